from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from moto.secretsmanager.models import secretsmanager_backends

from collectors.aws import collection
from collectors.aws.accounts import AwsAccount
from collectors.aws.clients import ALLOWED_OPERATIONS, Clients
from collectors.aws.collection import _Collection, collect
from collectors.aws.identity import EnteredAccount
from collectors.aws.sources import INDEPENDENT, MEMBERS, OF_SECRETS, nothing
from collectors.evidence import GLOBAL, GLOBAL_SOURCES, REGIONAL_SOURCES, Snapshot
from keyproof import documents
from keyproof.errors import ConfigurationError, OutputError
from tests.collectors.emulator import ACCOUNT, AWAY, HOME, Answer, error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from collectors.aws.calls import Workers
    from collectors.aws.collection import Progress
    from keyproof.documents import Json
    from tests.collectors.emulator import Emulator

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OWN = AwsAccount(id=ACCOUNT, regions=(HOME,))
OTHER = "111122223333"
IN_OTHER = AwsAccount(id=OTHER, regions=(HOME,), role_arn=f"arn:aws:iam::{OTHER}:role/auditor")
SOURCES = (*INDEPENDENT, *OF_SECRETS)


def _collect(folder: Path, *accounts: AwsAccount, **changes: Any) -> Json:
    return collect(
        accounts or (OWN,),
        folder,
        **{
            "as_of": NOON,
            "clock": lambda: NOON,
            "organisation": "Example",
            "max_attempts": 1,
            **changes,
        },
    )


def _snapshots(folder: Path) -> dict[tuple[str, str, str], Json]:
    found = [
        documents.read(file, "snapshot")
        for file in folder.glob("*.json")
        if file.name != "coverage.json"
    ]
    return {(each["source"], each["account"], each["region"]): each for each in found}


def _coverage(folder: Path) -> Json:
    coverage = documents.read(folder / "coverage.json", "coverage")
    for entry in coverage["snapshots"]:
        content = (folder / entry["file"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    return coverage


@pytest.mark.usefixtures("emulator")
def test_every_source_of_every_account_and_region_is_written(tmp_path: Path) -> None:
    seen: list[Progress] = []
    wide = AwsAccount(id=ACCOUNT, regions=(HOME, AWAY))

    coverage = _collect(tmp_path, wide, IN_OTHER, example=True, progress=seen.append)

    snapshots = _snapshots(tmp_path)
    assert set(snapshots) == {
        (source, account.id, region)
        for account in (wide, IN_OTHER)
        for source in SOURCES
        for region in ((GLOBAL,) if source in GLOBAL_SOURCES else account.regions)
    }
    assert coverage == _coverage(tmp_path)
    assert {entry["file"] for entry in coverage["snapshots"]} == {
        f"{source}.{account}.{region}.json" for source, account, region in snapshots
    }
    assert coverage["accounts"] == [
        {
            "id": ACCOUNT,
            "regions": [HOME, AWAY],
            "identity": f"arn:aws:sts::{ACCOUNT}:user/moto",
        },
        {
            "id": OTHER,
            "regions": [HOME],
            "identity": f"arn:aws:sts::{OTHER}:assumed-role/auditor/keyproof",
        },
    ]
    assert (coverage["organisation"], coverage["as_of"]) == ("Example", "2026-11-23T12:00:00Z")
    assert all(document["example"] for document in (*snapshots.values(), coverage))
    assert [each.done for each in seen] == list(range(1, len(snapshots) + 1))
    assert {each.total for each in seen} == {len(snapshots)}
    assert {(each.source, each.account, each.region) for each in seen} == set(snapshots)


def test_the_emulated_estate_is_seen_as_it_is(emulator: Emulator, tmp_path: Path) -> None:
    _collect(tmp_path, AwsAccount(id=ACCOUNT, regions=(HOME, AWAY)))

    seen = {(source, region): each for (source, _, region), each in _snapshots(tmp_path).items()}
    assert all(each["gaps"] == [] for each in seen.values())
    assert all(set(each["records"]) == set(MEMBERS[each["source"]]) for each in seen.values())
    assert {
        operation["operation"] for each in seen.values() for operation in each["operations"]
    } == (ALLOWED_OPERATIONS - {"sts:GetCallerIdentity"})
    secrets = {
        secret["entry"]["Name"]: secret
        for secret in seen["secrets_manager", HOME]["records"]["secrets"]
    }
    assert set(secrets) == {"openai/production", "anthropic/production", "retired"}
    assert "DeletedDate" in secrets["retired"]["entry"]
    assert secrets["anthropic/production"]["description"]["ReplicationStatus"][0]["Region"] == AWAY
    (replica,) = seen["secrets_manager", AWAY]["records"]["secrets"]
    assert replica["entry"]["PrimaryRegion"] == HOME
    policies = seen["resource_policies", HOME]["records"]["secrets"]
    assert sorted(len(secret["resource_policies"]) for secret in policies) == [0, 0, 1]
    (key,) = seen["kms", HOME]["records"]["keys"]
    assert key["key_id"] == secrets["openai/production"]["entry"]["KmsKeyId"]
    assert [grant["Operations"] for grant in key["grants"]] == [["Decrypt"]]
    (function,) = seen["lambda", HOME]["records"]["functions"]
    assert (function["exists"], function["reserved_concurrency"]) == (True, 2)
    assert "secretsmanager.amazonaws.com" in function["policy"]
    assert [user["UserName"] for user in seen["iam", "global"]["records"]["users"]] == ["ada"]
    (role,) = seen["iam", "global"]["records"]["roles"]
    assert role["AssumeRolePolicyDocument"]["Version"] == "2012-10-17"
    (topic,) = seen["sns", HOME]["records"]["topics"]
    assert topic["subscriptions"][0]["attributes"]["PendingConfirmation"] == "false"
    (alarm,) = seen["cloudwatch", HOME]["records"]["metric_alarms"]
    assert alarm["AlarmActions"] == [topic["arn"]]
    (bus,) = seen["eventbridge", HOME]["records"]["buses"]
    assert bus["rules"][0]["targets"] == [{"Id": "1", "Arn": topic["arn"]}]
    (budget,) = seen["budgets", "global"]["records"]["budgets"]
    assert budget["notifications"][0]["subscribers"][0]["Address"] == "alerts@example.com"
    assert seen["kms", HOME]["endpoint"] == emulator.url
    assert seen["kms", AWAY]["endpoint"] is None


def test_no_value_of_a_secret_is_asked_for_or_kept(emulator: Emulator, tmp_path: Path) -> None:
    _collect(tmp_path)

    assert {"GetSecretValue", "BatchGetSecretValue", "Decrypt"}.isdisjoint(emulator.operations)
    assert all(b"never read" not in file.read_bytes() for file in tmp_path.iterdir())


@pytest.mark.usefixtures("emulator")
def test_the_same_estate_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        _collect(tmp_path / name)

    one, other = (
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()}
        for name in ("one", "other")
    )
    assert set(one) == set(other)
    different = {name for name in one if one[name] != other[name]}
    # moto says of each version of a secret that it was made now.
    assert different <= {f"secrets_manager.{ACCOUNT}.{HOME}.json", "coverage.json"}


@pytest.mark.usefixtures("emulator")
def test_hundreds_of_secrets_on_several_pages(tmp_path: Path) -> None:
    region = "eu-central-1"
    backend = secretsmanager_backends[ACCOUNT][region]
    for number in range(230):
        backend.create_secret(
            name=f"key-{number}",
            secret_string="never read",
            secret_binary=None,
            description=None,
            tags=None,
            kms_key_id=None,
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )

    _collect(tmp_path, AwsAccount(id=ACCOUNT, regions=(region,)))

    snapshot = _snapshots(tmp_path)["secrets_manager", ACCOUNT, region]
    names = [secret["description"]["Name"] for secret in snapshot["records"]["secrets"]]
    assert sorted(names) == sorted(f"key-{number}" for number in range(230))
    assert all(len(secret["versions"]) == 1 for secret in snapshot["records"]["secrets"])
    counts = {each["operation"]: each for each in snapshot["operations"]}
    assert (counts["secretsmanager:ListSecrets"]["pages"], snapshot["gaps"]) == (3, [])
    assert counts["secretsmanager:DescribeSecret"]["calls"] == 230


def test_an_account_that_cannot_be_entered_is_a_gap_of_all_its_sources(
    emulator: Emulator, tmp_path: Path
) -> None:
    emulator.faults["AssumeRole"] = error("AccessDenied", 403)

    coverage = _collect(tmp_path, OWN, IN_OTHER)

    for (source, account, region), snapshot in _snapshots(tmp_path).items():
        if account == ACCOUNT:
            assert snapshot["gaps"] == []
            continue
        assert snapshot["records"] == nothing(source)
        assert (snapshot["identity"], snapshot["endpoint"]) == (None, None)
        assert snapshot["gaps"] == [
            {
                "source": source,
                "reason": "access denied",
                "account": OTHER,
                "region": region,
                "operation": "sts:AssumeRole",
                "code": "AccessDenied",
                "resource": None,
            }
        ]
    assert coverage["accounts"][1]["identity"] is None
    assert len(coverage["snapshots"]) == 2 * len(SOURCES)


def test_versions_that_are_unseen_hide_no_key(emulator: Emulator, tmp_path: Path) -> None:
    emulator.faults["ListSecretVersionIds"] = error("AccessDeniedException")

    _collect(tmp_path)

    gaps = {key[0]: each["gaps"] for key, each in _snapshots(tmp_path).items()}
    assert [source for source, each in gaps.items() if each] == ["secrets_manager"]


@pytest.mark.parametrize("operation", ["ListSecrets", "DescribeSecret"])
def test_keys_and_functions_of_unseen_secrets_are_unseen_too(
    emulator: Emulator, tmp_path: Path, operation: str
) -> None:
    emulator.faults[operation] = error("AccessDeniedException")

    _collect(tmp_path)

    for source, snapshot in ((key[0], each) for key, each in _snapshots(tmp_path).items()):
        expected = {source} if source in {"secrets_manager", *OF_SECRETS} else set()
        assert {gap["source"] for gap in snapshot["gaps"]} == expected
        assert {gap["operation"] for gap in snapshot["gaps"]} <= {f"secretsmanager:{operation}"}


@pytest.mark.parametrize(
    ("accounts", "message"),
    [
        ((AwsAccount(id=ACCOUNT, regions=("us-esat-1",)),), "did you mean us-east-1"),
        ((OWN, OWN), "is named twice"),
        ((AwsAccount(id=OTHER, regions=(HOME,)),), "belong to account 123456789012"),
        ((AwsAccount(id=ACCOUNT, regions=(HOME,), profile="nobody"),), "no profile 'nobody'"),
    ],
)
def test_a_wrong_configuration_is_refused_before_anything_is_collected(
    emulator: Emulator, tmp_path: Path, accounts: tuple[AwsAccount, ...], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        _collect(tmp_path, *accounts)

    assert set(emulator.operations) <= {"GetCallerIdentity"}
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_keeps_what_is_finished_and_waits_for_nobody(
    emulator: Emulator, tmp_path: Path
) -> None:
    never = Event()

    def wait(_: str) -> Answer:
        never.wait(timeout=60)
        return Answer(status=200, body=b"{}")

    emulator.faults["DescribeSecret"] = wait
    finished: list[str] = []

    def interrupt(progress: Progress) -> None:
        finished.append(progress.source)
        if len(finished) == len(INDEPENDENT) - 1:  # all but Secrets Manager, which hangs
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _collect(tmp_path, progress=interrupt)

    assert not never.is_set()
    never.set()
    coverage = _coverage(tmp_path)
    assert {entry["source"] for entry in coverage["snapshots"]} == set(SOURCES)
    for (source, _, region), snapshot in _snapshots(tmp_path).items():
        reasons = [(gap["reason"], gap["region"]) for gap in snapshot["gaps"]]
        done = source in finished[: len(INDEPENDENT) - 1]
        assert reasons == ([] if done else [("interrupted", region)])
    assert set(finished) == set(SOURCES)


def test_what_was_finished_but_not_yet_written_is_not_lost(
    tmp_path: Path, workers: Workers
) -> None:
    entered = EnteredAccount(account=OWN, clients=Clients(OWN), identity="arn", gap=None)
    unfinished = _Collection(
        [entered],
        tmp_path,
        workers,
        workers.requests,
        clock=lambda: NOON,
        example=False,
        progress=lambda _: None,
    )
    topics = Snapshot(
        source="sns",
        account=ACCOUNT,
        region=HOME,
        started=NOON,
        finished=NOON,
        identity="arn",
        endpoint=None,
        operations=(),
        records={"topics": [{"arn": "seen"}]},
        gaps=(),
    )
    unfinished._done.put(ZeroDivisionError())
    unfinished._done.put(topics)

    unfinished.give_up()

    snapshots = {key[0]: each for key, each in _snapshots(tmp_path).items()}
    assert set(snapshots) == set(SOURCES)
    assert snapshots["sns"]["records"] == {"topics": [{"arn": "seen"}]}
    assert [source for source, each in snapshots.items() if not each["gaps"]] == ["sns"]


INTERRUPTED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from collectors.aws.accounts import AwsAccount
from collectors.aws.collection import collect

collect(
    [AwsAccount(id=sys.argv[1], regions=(sys.argv[2],))],
    Path(sys.argv[3]),
    as_of=datetime.now(UTC),
    clock=lambda: datetime.now(UTC),
    organisation="Example",
    progress=lambda each: print(each.source, flush=True),
)
"""


def test_ctrl_c_ends_the_process_while_aws_does_not_answer(
    emulator: Emulator, tmp_path: Path
) -> None:
    never = Event()

    def wait(_: str) -> Answer:
        never.wait(timeout=120)
        return Answer(status=200, body=b"{}")

    emulator.faults["DescribeSecret"] = wait
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, ACCOUNT, HOME, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline().strip()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)

    never.set()
    assert errors.rstrip().endswith("KeyboardInterrupt")
    snapshots = {key[0]: each for key, each in _snapshots(tmp_path).items()}
    assert snapshots[first]["gaps"] == []
    assert snapshots["secrets_manager"]["gaps"][0]["reason"] == "interrupted"
    assert {entry["source"] for entry in _coverage(tmp_path)["snapshots"]} == set(SOURCES)


@pytest.mark.usefixtures("emulator")
def test_a_defect_of_a_collector_goes_on_after_the_rest_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(_: object) -> Json:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(collection, "INDEPENDENT", {**INDEPENDENT, "sns": defect})

    with pytest.raises(ZeroDivisionError, match="a fault of ours"):
        _collect(tmp_path)

    coverage = _coverage(tmp_path)
    gaps = {entry["source"]: entry["gaps"] for entry in coverage["snapshots"]}
    assert set(gaps) == set(SOURCES)
    assert [gap["code"] for gap in gaps["sns"]] == ["Interrupted"]


def _failing(
    monkeypatch: pytest.MonkeyPatch, fails: Callable[[str], bool], message: str
) -> list[str]:
    written: list[str] = []
    write = documents.write

    def full(path: Path, kind: str, document: Json) -> bytes:
        if fails(path.name):
            raise OutputError(f"{path}: {message}")
        written.append(path.name)
        return write(path, kind, document)

    monkeypatch.setattr(documents, "write", full)
    return written


@pytest.mark.usefixtures("emulator")
def test_a_file_that_cannot_be_written_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = _failing(monkeypatch, lambda name: name.startswith("sns"), "No space left")

    with pytest.raises(OutputError, match=r"sns\..*No space left"):
        _collect(tmp_path)

    assert written[-1] == "coverage.json"
    assert {entry["source"] for entry in _coverage(tmp_path)["snapshots"]} == set(SOURCES) - {"sns"}


@pytest.mark.usefixtures("emulator")
def test_a_full_disk_ends_with_what_filled_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = _failing(monkeypatch, lambda _: True, "No space left")

    with pytest.raises(OutputError, match="No space left"):
        _collect(tmp_path)

    assert written == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("emulator")
def test_a_coverage_that_cannot_be_written_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _failing(monkeypatch, lambda name: name == "coverage.json", "No space left")

    with pytest.raises(OutputError, match=r"coverage\.json"):
        _collect(tmp_path)

    assert {key[0] for key in _snapshots(tmp_path)} == set(SOURCES)


def test_the_catalogue_has_every_collector_and_no_other() -> None:
    assert {*INDEPENDENT, *OF_SECRETS} == {*REGIONAL_SOURCES, *GLOBAL_SOURCES} == set(MEMBERS)
