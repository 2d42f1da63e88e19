from __future__ import annotations

from typing import TYPE_CHECKING

from reports.access_entries import Entry
from reports.access_lines import Label, Line, lines, same
from reports.access_phrases import reader_name
from tests.reports.estates import principal, way

if TYPE_CHECKING:
    from keyproof.documents import Json
    from reports.access_entries import Band

ACCOUNT = "111122223333"
OTHER = {"account": "444455556666"}


def _entry(
    band: Band, name: str, *ways: Json, facts: Json | None = None, approving: str = ""
) -> Entry:
    facts = principal("role") if facts is None else facts
    return Entry(
        band=band,
        principal=name,
        name=reader_name(name, facts["type"]),
        facts=facts,
        approving=(approving,) if approving else (),
        ways=ways or (way("direct"),),
    )


def _names(found: list[Line]) -> list[tuple[str, str, str, int]]:
    return [(each.name.wide, each.detail.wide, each.way.wide, each.readers) for each in found]


def test_readers_without_approval_are_told_one_by_one() -> None:
    found = lines(
        "fail",
        [
            _entry("fail", "*", facts=principal("public") | {"account": None}),
            _entry("fail", "a", facts=principal("user", "developer", "support")),
            _entry("fail", "b", way("role_chain"), facts=principal("user") | OTHER),
        ],
        ACCOUNT,
    )

    assert found == [
        Line(
            name=same("everybody"),
            detail=same("no class, any account"),
            way=same("directly"),
            readers=1,
            doubtful=0,
            keys=(),
            unseen=False,
        ),
        Line(
            name=same("a"),
            detail=same("class developer, support"),
            way=same("directly"),
            readers=1,
            doubtful=0,
            keys=(),
            unseen=False,
        ),
        Line(
            name=same("b"),
            detail=Label("no class, account 444455556666", "444455556666, no class"),
            way=same("assumes a role"),
            readers=1,
            doubtful=0,
            keys=(),
            unseen=False,
        ),
    ]


def test_a_narrow_line_keeps_what_tells_most() -> None:
    reserved = (
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/"
        "AWSReservedSSO_Developer_0123456789abcdef"
    )
    entries = [
        _entry("fail", "arn:aws:iam::444455556666:root", facts=principal("account") | OTHER),
        _entry("fail", "x", facts=principal("account") | {"account": None}),
        _entry("fail", reserved, way("run_code"), facts=principal("role", "developer")),
    ]

    account, nameless, people = lines("fail", entries, ACCOUNT)

    assert (account.name, account.detail) == (
        Label("anybody in 444455556666", "444455556666"),
        Label("no class", "anybody, no class"),
    )
    assert nameless.name == same("x")
    assert (people.name, people.detail, people.way) == (
        same("Developer"),
        Label("class developer, Identity Center", "class developer"),
        Label("changes a program", "uses a program"),
    )


def test_approved_readers_are_told_by_class_and_way() -> None:
    entries = [
        *(_entry("pass", f"service-{n}", approving="workload") for n in range(3)),
        _entry("pass", "deployment", approving="ci_cd"),
        _entry("pass", "other", way("role_chain"), approving="workload"),
    ]

    assert _names(lines("pass", entries, ACCOUNT)) == [
        ("workload", "3 principals", "directly", 3),
        ("ci_cd", "deployment", "directly", 1),
        ("workload", "other", "assumes a role", 1),
    ]


def test_ways_round_are_told_by_way_the_most_frequent_first() -> None:
    entries = [
        _entry("round", "a", way("write_policy"), way("pass_role"), way("pass_role")),
        _entry("round", "b", way("write_policy"), approving="ci_cd"),
        _entry("round", "c", way("create_grant"), approving="ci_cd"),
        _entry("round", "d", way("create_grant"), approving="ci_cd"),
    ]

    assert _names(lines("round", entries, ACCOUNT)) == [
        ("2 principals", "all approved", "makes a grant", 2),
        ("2 principals", "1 not approved", "edits policies", 2),
        ("a", "no class", "passes a role", 1),
    ]


def test_a_line_counts_those_that_depend_on_something() -> None:
    entries = [
        _entry("pass", "a", way("direct", "k2", "k1"), approving="workload"),
        _entry("pass", "b", way("direct"), way("direct", "ignored"), approving="workload"),
        _entry("pass", "c", way("direct", "k3"), approving="workload"),
    ]

    (line,) = lines("pass", entries, ACCOUNT)

    assert (line.readers, line.doubtful, line.keys, line.unseen) == (
        3,
        2,
        ("k1", "k2", "k3"),
        False,
    )


def test_a_line_tells_when_not_all_was_seen() -> None:
    (line,) = lines("unknown", [_entry("unknown", "a", way("direct", unseen=["scp"]))], ACCOUNT)

    assert (line.doubtful, line.keys, line.unseen) == (1, (), True)
