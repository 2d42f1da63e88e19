from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.errors import DocumentError
from reports.access_entries import BANDS
from reports.access_phrases import SHORT_WAYS
from reports.access_view import MOST_READERS, MOST_SECRETS, MOST_STEPS, access_view
from reports.capped import MOST_ROWS
from tests.reports import access_estates, estates
from tests.reports.estates import WORKLOAD, principal, reader, way

if TYPE_CHECKING:
    from keyproof.documents import Json
    from reports.access_entries import Band
    from reports.access_view import Access, SecretAccess
    from reports.phrases import Phrase
    from tests.reports.estates import Estate


def _view(estate: Estate) -> Access:
    return access_view(estate.facts, estate.results["criteria"])


def _said(phrase: Phrase) -> str:
    return "".join(word if isinstance(word, str) else word.text for word in phrase)


def _untold(estate: Estate) -> list[str]:
    return [f"{row.credential}: {_said(row.reason)}" for row in _view(estate).untold.rows]


def _first(estate: Estate) -> Json:
    """The secret of the first credential, in the facts on access."""
    arn = estate.facts["credentials"][0]["secret"]["arn"]
    secret: Json = estate.facts["effective_access"]["secrets"][arn]
    return secret


def _add(estate: Estate, arn: str, facts: Json, *ways: Json) -> None:
    estate.facts["effective_access"]["principals"][arn] = facts
    _first(estate)["readers"].append(reader(arn, *ways))


def _in_band(access: Access, band: Band) -> set[tuple[str, str]]:
    return {(secret.arn, row.arn) for secret in access.secrets for row in secret.bands[band].rows}


def test_each_production_secret_is_told_and_no_other() -> None:
    access = _view(estates.flawless())

    assert [(secret.name, list(secret.credentials)) for secret in access.secrets] == [
        ("production/anthropic/api-key", ["anthropic-production"]),
        ("production/openai/api-key", ["openai-production"]),
        ("production/pinecone/api-key", ["pinecone-production"]),
    ]
    assert [secret.number for secret in access.secrets] == [1, 2, 3]
    assert {tuple(secret.counts.values()) for secret in access.secrets} == {(0, 0, 2, 0, 0)}
    assert (access.overview.total, access.untold.total, access.classes_declared) == (3, 0, True)


def test_credentials_that_share_a_secret_share_its_drawing() -> None:
    estate = estates.flawless()
    first, *_, last = estate.facts["credentials"]
    last["secret"] = first["secret"]

    shared = [secret for secret in _view(estate).secrets if len(secret.credentials) > 1]

    assert [list(secret.credentials) for secret in shared] == [
        ["openai-production", "pinecone-production"]
    ]


def test_each_copy_is_told_by_itself_and_the_worst_first() -> None:
    access = _view(access_estates.crowded())

    found = [
        (secret.region, secret.counts["fail"] > 0, secret.gaps.total > 0)
        for secret in access.secrets
    ]

    assert found == [
        ("eu-central-1", True, True),
        ("us-east-1", True, True),
        ("us-east-1", False, False),
        ("eu-west-1", False, False),
        ("us-east-1", False, False),
    ]


def test_a_secret_in_doubt_stands_before_one_that_is_settled() -> None:
    estate = estates.flawless()
    arn = estate.facts["credentials"][3]["secret"]["arn"]
    estate.facts["effective_access"]["secrets"][arn]["gaps"] = ["a policy"]

    assert [secret.name for secret in _view(estate).secrets] == [
        "production/pinecone/api-key",
        "production/anthropic/api-key",
        "production/openai/api-key",
    ]


def test_a_waiver_is_told_where_somebody_reads_without_approval() -> None:
    estate = access_estates.crowded()

    waived = {(secret.region, secret.name): list(secret.waived) for secret in _view(estate).secrets}

    assert waived["us-east-1", "production/openai/api-key"] == [("openai-production", "W-2026-04")]
    assert waived["eu-west-1", "production/openai/api-key"] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"environment": None},
            "openai-production: no environment is stated, so that it may be one of production",
        ),
        (
            {"secret": None, "binding": {"status": "missing", "candidates": []}},
            (
                "openai-production: no secret is bound to it: "
                "no such secret in that account and region"
            ),
        ),
    ],
)
def test_what_is_not_known_of_a_credential_is_said(change: Json, told: str) -> None:
    estate = estates.flawless()
    estate.facts["credentials"][0] |= change

    assert _untold(estate) == [told]


def test_what_is_not_known_of_a_secret_is_said() -> None:
    estate = estates.flawless()
    nowhere, _, lost, far = estate.facts["credentials"]
    nowhere["secret"]["copies"] = []
    del estate.facts["effective_access"]["secrets"][lost["secret"]["arn"]]
    far["secret"]["uncollected_copies"] = ["arn:of:a:copy"]

    assert _untold(estate) == [
        "openai-production: it is not known where its secret is kept",
        f"anthropic-production: who can read {lost['secret']['arn']} was not derived",
        "pinecone-production: its copy arn:of:a:copy is in a place that was not collected",
    ]
    assert [secret.name for secret in _view(estate).secrets] == ["production/pinecone/api-key"]


def test_credentials_of_other_environments_are_no_part_of_it() -> None:
    estate = estates.flawless()
    for credential in estate.facts["credentials"]:
        credential["environment"] = "staging"
        credential["secret"] = None

    access = _view(estate)

    assert (access.overview.total, access.untold.total, list(access.secrets)) == (0, 0, [])


@pytest.mark.parametrize(
    "coverage", [None, {"gaps": [estates.gap(source="access", reason="missing")]}]
)
def test_classes_that_were_not_read_are_a_warning(coverage: Json | None) -> None:
    estate = estates.flawless()
    del estate.facts["coverage"]["access"]
    if coverage is not None:
        estate.facts["coverage"]["access"] = coverage

    assert _view(estate).classes_declared is False


def test_nobody_found_is_no_drawing() -> None:
    estate = estates.flawless()
    _first(estate)["readers"] = []

    (secret,) = [each for each in _view(estate).secrets if each.drawing is None]

    assert secret.name == "production/openai/api-key"
    assert set(secret.counts.values()) == {0}


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        (lambda facts: facts["principals"].pop(WORKLOAD), f"principal '{WORKLOAD}'"),
        (lambda facts: facts["classes"].pop("workload"), "class 'workload'"),
        (lambda facts: facts["steps"].pop(), "step 2"),
    ],
    ids=["principal", "class", "step"],
)
def test_facts_that_name_what_they_lack_are_no_facts(change: Any, lost: str) -> None:
    estate = estates.flawless()
    change(estate.facts["effective_access"])

    with pytest.raises(DocumentError) as raised:
        _view(estate)

    assert str(raised.value) == (
        f"facts: effective_access: there is no {lost}: run `keyproof evaluate` again"
    )


def test_a_band_shows_its_first_readers_and_counts_them_all() -> None:
    estate = access_estates.collected()
    for number in range(MOST_READERS + 9):
        for kind in ("direct", "write_policy"):
            _add(estate, f"arn:{kind}:{number:03}", principal("role"), way(kind))

    secret = _view(access_estates.judged(estate)).secrets[0]

    assert {band: (len(rows.rows), rows.total) for band, rows in secret.bands.items()} == {
        "fail": (50, 59),
        "unknown": (0, 0),
        "pass": (2, 2),
        "let_in": (0, 0),
        "round": (50, 59),
    }
    assert MOST_READERS == 50


def test_steps_have_an_end_however_many_readers_there_are() -> None:
    estate = access_estates.collected()
    for number in range(MOST_READERS):
        long = way("role_chain", path=[0] * 200)
        _add(estate, f"arn:chain:{number:03}", principal("role"), long)

    access = _view(access_estates.judged(estate))
    shown = {band: len(rows.rows) for band, rows in access.secrets[0].bands.items()}

    assert shown == {"fail": 6, "unknown": 0, "pass": 0, "let_in": 0, "round": 0}
    assert _steps(access) <= MOST_STEPS


def test_one_reader_is_always_told() -> None:
    estate = estates.flawless()
    _first(estate)["readers"] = [reader(WORKLOAD, way("direct", path=[0] * MOST_STEPS * 2))]

    (secret,) = [each for each in _view(estate).secrets if "openai" in each.name]

    assert [row.arn for row in secret.bands["pass"].rows] == [WORKLOAD]


def _steps(access: Access) -> int:
    return sum(
        len(step.statements)
        for secret in access.secrets
        for rows in secret.bands.values()
        for row in rows.rows
        for told in row.ways
        for step in told.steps
    )


def test_many_secrets_share_the_room_and_the_rest_are_told_in_numbers() -> None:
    estate = estates.flawless()
    number = MOST_ROWS + 20
    credential = estate.facts["credentials"][0]
    secret = _first(estate)
    secret["readers"] = [reader(WORKLOAD, way("direct", path=[0, 2]))] * 40
    arns = [f"arn:aws:secretsmanager:us-east-1:111122223333:secret:s-{n:04}" for n in range(number)]
    estate.facts["credentials"] = [
        credential | {"id": arn, "secret": credential["secret"] | {"copies": [arn]}} for arn in arns
    ]
    estate.facts["effective_access"]["secrets"] = {
        arn: secret | {"name": arn.rpartition(":")[2]} for arn in arns
    }

    access = _view(estate)

    assert (len(access.overview.rows), access.overview.total) == (MOST_ROWS, number)
    assert len(access.secrets) == MOST_SECRETS
    assert all(each.bands and each.drawing for each in access.secrets)
    untold = access.overview.rows[MOST_SECRETS:]
    assert not any(each.bands or each.drawing for each in untold)
    assert {each.counts["pass"] for each in access.overview.rows} == {40}
    assert _steps(access) == MOST_STEPS


def _agrees(estate: Estate) -> None:
    """What the report says of readers is what the policies said."""
    access = _view(estate)
    result = estate.results["criteria"]["access_restricted"]

    violating = {
        (violation["observed"]["secret"], violation["observed"]["principal"])
        for violation in result["violations"]
    }
    assert _in_band(access, "fail") == violating
    for secret in access.secrets:
        assert all(rows.more == 0 for rows in secret.bands.values())
        assert set(secret.credentials) >= {
            violation["resource"]
            for violation in result["violations"]
            if violation["observed"]["secret"] == secret.arn
        }
    doubtful = {principal for _, principal in _in_band(access, "unknown")}
    unseen = {gap["resource"] for gap in result["gaps"] if gap["source"] == "effective_access"}
    in_doubt = bool(doubtful) or any(secret.gaps.total for secret in access.secrets)
    if access.classes_declared:
        assert doubtful == unseen & set(estate.facts["effective_access"]["principals"])
    expected = "fail" if violating else "unknown" if in_doubt or access.untold.total else "pass"
    if access.classes_declared:
        assert result["verdict"] == expected
    else:
        assert (violating, result["verdict"]) == (set(), "unknown")


def test_the_report_and_the_policies_agree_on_everybody() -> None:
    estate = access_estates.crowded()

    _agrees(estate)

    counts = [secret.counts for secret in _view(estate).secrets]
    assert {band for each in counts for band, number in each.items() if number} == set(BANDS)


_way = st.builds(
    lambda kind, conditions, unseen, vouched_for, grants_seen: way(
        kind,
        *conditions,
        unseen=unseen,
        vouched_for=vouched_for,
        grants_seen=grants_seen or not unseen,
    ),
    st.sampled_from(list(SHORT_WAYS)),
    st.lists(st.sampled_from(["aws:SourceIp", "a:aud", "a:sub"]), max_size=2),
    st.lists(st.sampled_from(["scp p-1", "boundary b"]), max_size=1),
    st.booleans(),
    st.booleans(),
)
_classes = st.lists(st.sampled_from(["workload", "developer", "nobody"]), unique=True)


@settings(max_examples=150, deadline=None)
@given(
    readers=st.lists(st.tuples(_classes, st.lists(_way, min_size=1, max_size=4)), max_size=6),
    named=_classes,
    gaps=st.sampled_from([[], [], [], ["resource_policy default: it is no JSON"]]),
    environment=st.sampled_from(["production", "production", "development"]),
    declared=st.sampled_from([True, True, True, False]),
)
def test_the_report_and_the_policies_always_agree(
    *,
    readers: list[tuple[list[str], list[Json]]],
    named: list[str],
    gaps: list[str],
    environment: str,
    declared: bool,
) -> None:
    estate = access_estates.collected()
    effective = estate.facts["effective_access"]
    effective["classes"] |= {
        "developer": {"environments": ["development"]},
        "nobody": {"environments": []},
    }
    secret = _first(estate)
    secret["classes"], secret["gaps"] = named, gaps
    estate.facts["credentials"][0]["environment"] = environment
    for number, (classes, ways) in enumerate(readers):
        _add(estate, f"arn:reader:{number}", principal("role", *classes), *copy.deepcopy(ways))
    if not declared:
        gap = estates.gap(source="access", reason="declarations/access.yaml is missing")
        estate.facts["coverage"]["access"] = {"gaps": [gap]}

    _agrees(access_estates.judged(estate))


def test_what_is_told_of_a_secret_is_that_of_its_own_readers() -> None:
    estate = access_estates.collected()
    _add(estate, "arn:one", principal("role"), way("direct"))

    by_name: dict[str, SecretAccess] = {
        secret.name: secret for secret in _view(access_estates.judged(estate)).secrets
    }

    assert {name: secret.counts["fail"] for name, secret in by_name.items()} == {
        "production/openai/api-key": 1,
        "production/anthropic/api-key": 0,
        "production/pinecone/api-key": 0,
    }
