from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from reports.access_entries import (
    BANDS,
    ENVIRONMENT,
    Approval,
    approval,
    entries,
    is_judged,
    numbers,
)
from reports.access_phrases import SHORT_WAYS
from tests.reports import access_estates, estates
from tests.reports.estates import ROOT, WORKLOAD, principal, reader, way

if TYPE_CHECKING:
    from keyproof.documents import Json
    from reports.access_entries import Band, Entry

SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:production/openai-AbCdEf"
ALICE = "arn:aws:iam::111122223333:user/alice"
CLASSES: dict[str, Json] = {
    "workload": {"environments": [ENVIRONMENT]},
    "developer": {"environments": ["development"]},
    "partner": {"environments": []},
}


def _entries(
    readers: list[Json],
    principals: dict[str, Json],
    *,
    named: tuple[str, ...] = (),
    violating: tuple[str, ...] = (),
) -> list[Entry]:
    approved = Approval(
        classes=CLASSES,
        principals=principals,
        violating=frozenset((SECRET, arn) for arn in violating),
    )
    secret = {"account": "111122223333", "classes": list(named), "readers": readers}
    return entries(SECRET, secret, approved)


def _bands(
    facts: Json, *ways: Json, named: tuple[str, ...] = (), violates: bool = False
) -> list[Band]:
    found = _entries(
        [reader(ALICE, *ways)],
        {ALICE: facts},
        named=named,
        violating=(ALICE,) if violates else (),
    )
    return [entry.band for entry in found]


@pytest.mark.parametrize(
    ("kind", "vouched_for", "judged"),
    [
        *((kind, False, kind in {"direct", "role_chain", "web_identity"}) for kind in SHORT_WAYS),
        ("web_identity", True, False),
    ],
)
def test_reading_is_judged_and_ways_round_are_not(
    kind: str, *, vouched_for: bool, judged: bool
) -> None:
    assert is_judged(way(kind, vouched_for=vouched_for)) is judged


@pytest.mark.parametrize(
    ("classes", "named", "violates", "band"),
    [
        (("workload",), (), False, "pass"),
        (("developer",), ("developer",), False, "pass"),
        (("developer", "workload"), (), False, "pass"),
        (("developer",), (), True, "fail"),
        (("partner",), (), True, "fail"),
        ((), (), True, "fail"),
        ((), (), False, "unknown"),
        (("developer",), (), False, "unknown"),
    ],
)
def test_the_results_alone_say_who_violates(
    classes: tuple[str, ...], named: tuple[str, ...], band: Band, *, violates: bool
) -> None:
    assert _bands(principal("user", *classes), way("direct"), named=named, violates=violates) == [
        band
    ]


def test_a_reader_stands_once_in_each_band_of_its_ways() -> None:
    ways = [way("direct"), way("role_chain"), way("write_policy"), way("saml")]

    (reads, let_in, about) = _entries([reader(ALICE, *ways)], {ALICE: principal("user")})

    assert [(entry.band, [each["kind"] for each in entry.ways]) for entry in (
        reads, let_in, about
    )] == [
        ("unknown", ["direct", "role_chain"]),
        ("let_in", ["saml"]),
        ("round", ["write_policy"]),
    ]  # fmt: skip


def test_only_the_classes_that_approve_are_approving() -> None:
    facts = principal("user", "developer", "workload", "partner")

    (entry,) = _entries([reader(ALICE, way("direct"))], {ALICE: facts}, named=("partner",))

    assert (entry.classes, entry.approving) == (
        ["developer", "workload", "partner"],
        ("workload", "partner"),
    )


def test_the_public_and_strangers_come_first_then_the_surest() -> None:
    other = {"account": "444455556666"}
    principals = {
        "arn:aws:iam::111122223333:user/b": principal("user"),
        "arn:aws:iam::111122223333:user/a": principal("user"),
        "arn:aws:iam::111122223333:user/c": principal("user"),
        "arn:aws:iam::444455556666:user/z": principal("user") | other,
        "events.amazonaws.com": principal("service") | {"account": None},
        "*": principal("public") | {"account": None},
    }
    readers = [
        reader(arn, way("direct", *(["aws:SourceIp"] if arn.endswith("a") else [])))
        for arn in principals
    ]

    found = _entries(readers, principals, violating=("arn:aws:iam::111122223333:user/c",))

    assert [(entry.band, entry.name, entry.sure) for entry in found] == [
        ("fail", "c", True),
        ("unknown", "everybody", True),
        ("unknown", "z", True),
        ("unknown", "b", True),
        ("unknown", "events.amazonaws.com", True),
        ("unknown", "a", False),
    ]


def test_bands_stand_with_the_most_urgent_first() -> None:
    estate = access_estates.crowded()
    effective = estate.facts["effective_access"]
    approved = approval(estate.facts, estate.results["criteria"])
    arn = estate.facts["credentials"][0]["secret"]["arn"]

    bands = [entry.band for entry in entries(arn, effective["secrets"][arn], approved)]

    assert list(dict.fromkeys(bands)) == list(BANDS)
    assert bands == sorted(bands, key=list(BANDS).index)
    assert numbers(arn, effective["secrets"][arn], approved) == Counter(bands)


def test_approval_is_that_of_the_facts_and_the_results() -> None:
    estate = estates.flawless()
    observed = {"secret": SECRET, "principal": ALICE}
    estate.fail(
        "access_restricted",
        {"resource": "a", "observed": observed},
        {"resource": "b", "observed": {}},
    )

    found = approval(estate.facts, estate.results["criteria"])

    assert (SECRET, ALICE) in found.violating
    assert found.of(WORKLOAD, []) == ("workload",)
    assert found.of(ROOT, ["workload"]) == ("root",)
