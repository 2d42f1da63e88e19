from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import orjson
import pytest

from collectors.evidence import GLOBAL
from keyproof.errors import DocumentError
from keyproof.facts.snapshot import (
    SOURCES,
    gap,
    load_snapshot,
    snapshot_from,
)
from tests.keyproof.facts.builders import (
    ACCOUNT,
    AS_OF,
    ELSEWHERE,
    EVERYWHERE,
    FINISHED,
    HERE,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    alarm,
    alarms_seen,
    budget,
    budgets_seen,
    collected,
    failure,
    files_of,
    ns,
    secret,
    secrets_seen,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from keyproof.documents import Json
    from keyproof.facts.snapshot import (
        Place,
    )

SECRETS_FILE = f"secrets_manager.{ACCOUNT}.{REGION}.json"


def changed(files: dict[str, bytes], name: str, change: Callable[[Json], None]) -> dict[str, bytes]:
    """Change one file and, if it is a snapshot, its digest in the coverage."""
    document = orjson.loads(files[name])
    change(document)
    files = {**files, name: orjson.dumps(document)}
    if name == "coverage.json":
        return files
    coverage = orjson.loads(files["coverage.json"])
    for listed in coverage["snapshots"]:
        if listed["file"] == name:
            listed["sha256"] = hashlib.sha256(files[name]).hexdigest()
    return {**files, "coverage.json": orjson.dumps(coverage)}


def test_a_folder_gives_what_was_written_into_it(tmp_path: Path) -> None:
    files = files_of(secrets_seen(secret("prod/openai")))
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "stray.json").write_text("no evidence")
    (tmp_path / "notes.txt").write_text("no evidence")

    snapshot = load_snapshot(tmp_path)

    assert snapshot == snapshot_from(files, "snapshot")
    found = {place: records["secrets"] for place, records in snapshot.places("secrets_manager")}
    assert found == {HERE: [secret("prod/openai")], ELSEWHERE: []}


def test_a_folder_without_coverage_is_no_collection(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=f"^{re.escape(str(tmp_path))}: has no coverage.json"):
        load_snapshot(tmp_path)


def test_a_bundle_without_coverage_is_no_collection() -> None:
    with pytest.raises(DocumentError, match=r"^snapshot: has no coverage\.json"):
        snapshot_from({}, "snapshot")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "coverage.json").mkdir()

    with pytest.raises(DocumentError, match=r"coverage\.json: cannot be read: Is a directory$"):
        load_snapshot(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("coverage.json", b"{", "snapshot/coverage.json:1: is not JSON"),
        ("coverage.json", b"{}", "snapshot/coverage.json: document: "),
        (SECRETS_FILE, b"{}", f"snapshot/{SECRETS_FILE}: was changed after it was collected"),
    ],
)
def test_a_document_that_was_spoilt_is_refused(name: str, content: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=f"^{re.escape(message)}"):
        snapshot_from({**files_of(), name: content}, "snapshot")


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("schema", "keyproof/snapshot/2", "schema: "),
        ("gaps", None, "gaps: "),
        ("account", OTHER_ACCOUNT, "is not the snapshot that coverage.json lists"),
        ("region", OTHER_REGION, "is not the snapshot that coverage.json lists"),
        ("source", "sns", "is not the snapshot that coverage.json lists"),
        ("records", {}, "records/secrets: must be a list"),
        ("records", {"secrets": None}, "records/secrets: must be a list"),
    ],
)
def test_a_snapshot_that_is_not_what_it_should_be_is_refused(
    member: str, value: object, message: str
) -> None:
    files = changed(files_of(), SECRETS_FILE, lambda document: document.update({member: value}))

    expected = f"^{re.escape(f'snapshot/{SECRETS_FILE}: {message}')}"
    with pytest.raises(DocumentError, match=expected):
        snapshot_from(files, "snapshot")


def test_two_snapshots_of_one_place_are_refused() -> None:
    # The second could hide the gaps of the first.
    def list_twice(coverage: Json) -> None:
        coverage["snapshots"].append(coverage["snapshots"][0])

    with pytest.raises(DocumentError, match=r"is the second snapshot of one source and place$"):
        snapshot_from(changed(files_of(), "coverage.json", list_twice), "snapshot")


def test_a_source_that_nobody_knows_is_refused() -> None:
    def rename(coverage: Json) -> None:
        coverage["snapshots"][0]["source"] = "tarot"

    with pytest.raises(DocumentError, match=r"tarot is no source that keyproof knows$"):
        snapshot_from(changed(files_of(), "coverage.json", rename), "snapshot")


def test_nothing_is_a_gap_where_everything_was_collected() -> None:
    snapshot = collected()

    assert [snapshot.gaps(source) for source in SOURCES] == [[] for _ in SOURCES]


def test_a_listed_file_that_is_not_there_is_a_gap() -> None:
    files = files_of(secrets_seen(secret("prod/openai")))
    del files[SECRETS_FILE]

    snapshot = snapshot_from(files, "snapshot")

    absent = gap("secrets_manager", "not collected", account=ACCOUNT, region=REGION)
    assert snapshot.gaps("secrets_manager") == [absent]
    assert [place for place, _ in snapshot.places("secrets_manager")] == [ELSEWHERE]
    assert not snapshot.seen("secrets_manager", (ACCOUNT, REGION))


def test_a_source_that_was_not_collected_is_a_gap_of_every_place() -> None:
    snapshot = collected(
        absent=[("sns", HERE), ("sns", ELSEWHERE), ("iam", EVERYWHERE)],
    )

    assert [each["region"] for each in snapshot.gaps("sns")] == [REGION, OTHER_REGION]
    assert [each["region"] for each in snapshot.gaps("iam")] == [GLOBAL]
    assert snapshot.gaps("budgets") == []


def test_gaps_of_all_places_are_told() -> None:
    one, two = (
        failure("secretsmanager:ListSecrets"),
        failure("secretsmanager:DescribeSecret", "arn"),
    )
    snapshot = collected(secrets_seen(gaps=[one]), secrets_seen(place=ELSEWHERE, gaps=[two]))

    assert snapshot.gaps("secrets_manager") == [one, two]


REGIONS = {ACCOUNT: (REGION, OTHER_REGION), OTHER_ACCOUNT: (REGION,)}


def seen(snapshot_scope: tuple[str | None, str | None], *gaps: Json, absent: bool = False) -> bool:
    """Whether a scope was seen, with these gaps, or no snapshot at all, in one place of three."""
    snapshot = collected(
        *([] if absent else [secrets_seen(gaps=gaps)]),
        regions=REGIONS,
        absent=[("secrets_manager", HERE)] if absent else [],
    )
    return snapshot.seen("secrets_manager", snapshot_scope)


@pytest.mark.parametrize(
    "scope", [(None, None), (ACCOUNT, None), (None, REGION), (ACCOUNT, REGION)]
)
def test_a_scope_is_seen_only_when_all_of_its_places_are(
    scope: tuple[str | None, str | None],
) -> None:
    assert seen(scope)
    assert seen(scope, failure("secretsmanager:DescribeSecret", "arn"))
    assert not seen(scope, failure("secretsmanager:ListSecrets"))
    assert not seen(scope, absent=True)


@pytest.mark.parametrize(
    "scope", [(OTHER_ACCOUNT, None), (OTHER_ACCOUNT, REGION), (None, OTHER_REGION)]
)
def test_a_gap_leaves_the_scopes_of_other_places_alone(
    scope: tuple[str | None, str | None],
) -> None:
    assert seen(scope, failure("secretsmanager:ListSecrets"))
    assert seen(scope, absent=True)


@pytest.mark.parametrize("scope", [("999999999999", None), (None, "eu-north-1"), (ACCOUNT, GLOBAL)])
def test_a_scope_outside_of_the_snapshot_was_not_seen(
    scope: tuple[str | None, str | None],
) -> None:
    assert not seen(scope)


def test_nothing_was_seen_where_no_account_was_collected() -> None:
    assert not collected(regions={}).seen("secrets_manager", (None, None))


def test_a_failed_call_is_known_by_operation_and_resource() -> None:
    snapshot = collected(secrets_seen(gaps=[failure("secretsmanager:DescribeSecret", "one")]))

    def failed(operation: str, resource: str, place: Place = HERE) -> bool:
        return snapshot.failed("secrets_manager", place, operation, resource)

    assert failed("secretsmanager:DescribeSecret", "one")
    assert not failed("secretsmanager:DescribeSecret", "two")
    assert not failed("secretsmanager:ListSecretVersionIds", "one")
    assert not failed("secretsmanager:DescribeSecret", "one", ELSEWHERE)
    assert not failed("secretsmanager:DescribeSecret", "one", EVERYWHERE)


def test_a_call_that_could_not_assume_its_role_failed() -> None:
    snapshot = collected(secrets_seen(gaps=[failure("sts:AssumeRole", "one")]))

    assert snapshot.failed("secrets_manager", HERE, "secretsmanager:DescribeSecret", "one")


def test_records_are_found_by_name_within_a_scope() -> None:
    far = alarm(ELSEWHERE)
    snapshot = collected(
        alarms_seen(alarm(), alarm(AlarmName="other")), alarms_seen(far, place=ELSEWHERE)
    )

    def found(name: str, account: str | None, region: str | None) -> list[Place]:
        named = snapshot.named("cloudwatch", "metric_alarms", name, (account, region))
        assert all(record["AlarmName"] == name for _, record in named)
        return [place for place, _ in named]

    assert found("ai-spend", None, None) == [HERE, ELSEWHERE]
    assert found("ai-spend", ACCOUNT, None) == [HERE, ELSEWHERE]
    assert found("ai-spend", None, OTHER_REGION) == [ELSEWHERE]
    assert found("ai-spend", ACCOUNT, REGION) == [HERE]
    assert found("ai-spend", OTHER_ACCOUNT, REGION) == []
    assert found("AI-SPEND", None, None) == []


def test_a_name_may_lie_deeper() -> None:
    snapshot = collected(budgets_seen(budget()))

    assert snapshot.named("budgets", "budgets", "ai") == [(EVERYWHERE, budget())]


def test_records_without_a_name_are_found_by_none() -> None:
    nameless = alarm()
    del nameless["AlarmName"]
    snapshot = collected(alarms_seen(nameless, alarm(AlarmName="")), budgets_seen({"budget": {}}))

    assert snapshot.named("cloudwatch", "metric_alarms", "") == []
    assert snapshot.named("budgets", "budgets", "ai") == []


def test_a_list_that_older_collectors_do_not_write_holds_nothing() -> None:
    name = f"cloudwatch.{ACCOUNT}.{REGION}.json"
    files = changed(files_of(), name, lambda document: document["records"].pop("log_alarms"))

    snapshot = snapshot_from(files, "snapshot")

    assert snapshot.named("cloudwatch", "log_alarms", "ai-spend") == []


@pytest.mark.parametrize(
    ("text", "counts_as"),
    [
        ("2026-11-02T09:29:59.999999Z", "2026-11-02T09:29:59.999999Z"),
        (AS_OF, AS_OF),
        ("2026-11-02T09:30:00.000001Z", AS_OF),
        (FINISHED, AS_OF),
        ("2026-11-02T09:35:00.000001Z", "2026-11-02T09:35:00.000001Z"),
    ],
)
def test_what_happens_during_the_collection_is_as_old_as_it(text: str, counts_as: str) -> None:
    assert collected().instant_ns(text) == ns(counts_as)


@pytest.mark.parametrize(
    "text", [None, "0001-01-01T00:00:00Z", "2262-04-11T23:47:16.854776Z", "9999-12-31T23:59:59Z"]
)
def test_an_instant_beyond_64_bits_is_none(text: str | None) -> None:
    assert collected().instant_ns(text) is None


def test_the_last_instant_of_64_bits_is_one() -> None:
    assert collected().instant_ns("2262-04-11T23:47:16.854775Z") == 2**63 - 1 - 807
