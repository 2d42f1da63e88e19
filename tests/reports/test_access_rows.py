from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports.access_entries import Entry
from reports.access_rows import reader_row
from tests.reports.access_estates import KEY
from tests.reports.estates import principal, step, way

if TYPE_CHECKING:
    from keyproof.documents import Json
    from reports.access_entries import Band
    from reports.access_rows import ReaderRow
    from reports.phrases import Phrase

SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:production/openai-AbCdEf"
ROLE = "arn:aws:iam::111122223333:role/deployment"
STEPS = [
    step("identity_policy", action="sts:AssumeRole", policy="user/a/b", statement="Be", to=ROLE),
    step("trust_policy", action="sts:AssumeRole", policy=ROLE, statement="statement 1", to=ROLE),
    step("identity_policy", policy="role/deployment/secrets", at="iam.json#/0", to=SECRET),
    step("key_policy", action="kms:Decrypt", policy=f"{KEY} default", to=KEY),
]


def _row(
    *ways: Json, band: Band = "fail", facts: Json | None = None, approving: tuple[str, ...] = ()
) -> ReaderRow:
    entry = Entry(
        band=band,
        principal="arn:aws:iam::111122223333:user/alice",
        name="alice",
        facts=facts or principal("user"),
        approving=approving,
        ways=ways or (way("direct"),),
    )
    return reader_row(entry, SECRET, {"steps": STEPS})


def _said(phrase: Phrase) -> str:
    return "".join(word if isinstance(word, str) else word.text for word in phrase)


def test_a_path_is_told_step_by_step_with_all_that_allows_each() -> None:
    (told,) = _row(way("role_chain", path=[0, 1, 2, 3])).ways

    assert (told.name, _said(told.decision), told.sure) == (
        "may assume a role that reads it",
        "on no condition",
        True,
    )
    assert [
        (each.action, each.to, [(_said(one.phrase), one.at) for one in each.statements])
        for each in told.steps
    ] == [
        (
            "sts:AssumeRole",
            ROLE,
            [("identity policy user/a/b, statement Be", None), ("trust policy, statement 1", None)],
        ),
        (
            "secretsmanager:GetSecretValue",
            None,
            [("identity policy role/deployment/secrets", "iam.json#/0")],
        ),
        ("kms:Decrypt", KEY, [("policy of the key, default", None)]),
    ]


def test_a_chain_that_comes_back_keeps_its_order() -> None:
    (told,) = _row(way("role_chain", path=[0, 2, 0])).ways

    assert [each.action for each in told.steps] == [
        "sts:AssumeRole",
        "secretsmanager:GetSecretValue",
        "sts:AssumeRole",
    ]


def test_a_way_in_doubt_says_on_what_and_what_was_not_seen() -> None:
    unseen = [f"policy {number}" for number in range(15)]

    (told,) = _row(way("direct", "aws:SourceIp", unseen=unseen)).ways

    assert (_said(told.decision), told.sure) == (
        "depends on aws:SourceIp and on what could not be read",
        False,
    )
    assert (list(told.unseen.rows), told.unseen.more) == (unseen[:12], 3)


@pytest.mark.parametrize(
    ("band", "status"),
    [
        ("fail", ("fail", "not approved")),
        ("unknown", ("unknown", "cannot be told")),
        ("pass", ("pass", "approved")),
        ("let_in", ("not_applicable", "not judged")),
        ("round", ("not_applicable", "not judged")),
    ],
)
def test_each_band_has_a_status(band: Band, status: tuple[str, str]) -> None:
    assert _row(band=band).status == status


@pytest.mark.parametrize(
    ("classes", "approving", "told"),
    [
        ((), (), "no class"),
        (("developer",), (), "class developer, which is not approved for production"),
        (("developer", "workload"), ("workload",), "class workload"),
    ],
)
def test_the_class_says_whether_it_approves(
    classes: tuple[str, ...], approving: tuple[str, ...], told: str
) -> None:
    row = _row(facts=principal("user", *classes), approving=approving)

    assert _said(row.classes) == told


def test_the_account_is_said_once() -> None:
    other = {"account": "444455556666"}

    accounts = [_row(facts=principal(kind) | other).account for kind in ("user", "account")]

    assert accounts == ["444455556666", None]


def test_many_people_behind_a_role_are_counted() -> None:
    people = [{"kind": "group", "name": f"team-{number}"} for number in range(15)]

    assigned = _row(facts=principal("role", assigned=people)).assigned

    assert (list(assigned.rows), assigned.more) == (people[:12], 3)
