from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from keyproof.facts.infrastructure import account_keys, infrastructure_facts
from tests.keyproof.facts.builders import HERE, Seen, collected

if TYPE_CHECKING:
    from keyproof.documents import Json

DAY_NS = 86_400_000_000_000
ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:production/openai-AbCdEf"
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
SECRET = "aws_secretsmanager_secret.openai"
ROTATION = "aws_secretsmanager_secret_rotation.openai"
KEY = "aws_kms_key.ai"


def _resource(kind: str, address: str) -> Json:
    return {
        "kind": kind,
        "framework": "terraform",
        "scope": "live",
        "address": address,
        "file": "live/main.tf",
        "line": 1,
        "name": None,
        "secret": None,
        "kms_key": None,
        "rotation": None,
        "conditional": False,
    }


def _secret(**changes: Any) -> Json:
    own = {"name": "production/openai", "kms_key": {"address": KEY, "literal": None}, "line": 7}
    return _resource("secret", SECRET) | own | changes


def _rotation(days: int | None = 60, schedule: str | None = None, **changes: Any) -> Json:
    own = {
        "secret": {"address": SECRET, "literal": None},
        "rotation": {"days": days, "schedule": schedule, "resolved": True},
    }
    return _resource("rotation", ROTATION) | own | changes


def _check(check_id: str, resource: str, result: str = "PASSED", **changes: Any) -> Json:
    return {
        "check_id": check_id,
        "name": "A check",
        "result": result,
        "resource": resource,
        "file": "live/main.tf",
        "lines": [7, 9],
        "suppression": None,
    } | changes


CUSTOMER_KEY = _check("CKV_AWS_149", SECRET)


def _document(*declared: Json, checks: tuple[Json, ...] = (CUSTOMER_KEY,), **own: Any) -> Json:
    return {
        "folder": "infra",
        "tool": {"name": "checkov", "version": "3.3.30", "imported": False},
        "checks": list(checks),
        "declared": list(declared) or [_secret(), _rotation(), _resource("kms_key", KEY)],
        "files": [],
    } | own


def _credential(**changes: Any) -> Json:
    return {
        "id": "openai-production",
        "environment": "production",
        "storage": {"secret": ARN},
        "binding": {"status": "bound"},
        "secret": {
            "arn": ARN,
            "name": "production/openai",
            "pending_deletion": False,
            "rotation": {
                "enabled": True,
                "schedule": "rate(60 days)",
                "interval_ns": 60 * DAY_NS,
            },
        },
    } | changes


def _unbound(status: str, named: str | None = "production/openai") -> Json:
    return _credential(secret=None, binding={"status": status}, storage=named and {"secret": named})


def _account(**rotation: Any) -> Json:
    credential = _credential()
    credential["secret"]["rotation"] |= rotation
    return credential


def _facts(document: Json, *credentials: Json, keys: dict[str, str | None] | None = None) -> Json:
    return infrastructure_facts(
        [document],
        credentials or [_credential()],
        [{"name": "production/openai"}],
        {ARN: KEY_ARN} if keys is None else keys,
    )


def _only(document: Json, *credentials: Json, keys: dict[str, str | None] | None = None) -> Json:
    (declared,) = _facts(document, *credentials, keys=keys)["credentials"]
    assert isinstance(declared, dict)
    return declared


def test_a_credential_that_code_declares_just_as_it_is() -> None:
    facts = _facts(_document())

    assert facts == {
        "credentials": [
            {
                "credential": "openai-production",
                "environment": "production",
                "folder": "infra",
                "file": "live/main.tf",
                "line": 7,
                "address": SECRET,
                "name": "production/openai",
                "rotation": {
                    "status": "declared",
                    "address": ROTATION,
                    "schedule": "rate(60 days)",
                    "interval_ns": 60 * DAY_NS,
                },
                "kms_key": {"address": KEY, "literal": None},
                "checks": [{"group": "customer_key", **CUSTOMER_KEY}],
                "drift": [],
                "undecided": [],
            }
        ],
        "other_checks": [],
        "unresolved": [],
        "unlisted": [],
    }


@pytest.mark.parametrize(
    "credential",
    [
        _unbound("missing"),
        _unbound("missing", ARN),
        _unbound("missing", ARN.removesuffix("-AbCdEf")),
        _credential(storage=None),
    ],
)
def test_its_secret_is_known_by_its_name(credential: Json) -> None:
    assert _only(_document(), credential)["credential"] == "openai-production"


@pytest.mark.parametrize(
    "credential", [_unbound("missing", "production/open"), _unbound("undeclared", None)]
)
def test_another_secret_is_not_its_own(credential: Json) -> None:
    assert _facts(_document(), credential)["credentials"] == []


def test_two_credentials_in_one_secret_are_both_declared() -> None:
    facts = _facts(_document(), _credential(), _credential(id="second"))

    assert [each["credential"] for each in facts["credentials"]] == ["openai-production", "second"]


def test_checks_about_its_secret_its_rotation_and_its_key_count() -> None:
    checks = (
        CUSTOMER_KEY,
        _check("CKV_AWS_304", ROTATION, "FAILED"),
        _check("CKV2_AWS_64", f"{KEY}[0]", "SKIPPED", suppression="so"),
        _check("CKV2_AWS_57", f'{SECRET}["b"]'),
        _check("CKV_AWS_149", f"module.other.{SECRET}", "FAILED"),
        _check("CKV_AWS_149", SECRET, "FAILED", file="other/main.tf"),
        _check("CKV_AWS_7", "aws_kms_key.other", "FAILED"),
        _check("CKV_AWS_999", SECRET, "FAILED"),
    )

    found = _only(_document(checks=checks))["checks"]

    assert [(check["group"], check["result"]) for check in found] == [
        ("rotation_declared", "PASSED"),
        ("dangling_kms_policy", "SKIPPED"),
        ("customer_key", "PASSED"),
        ("rotation_period", "FAILED"),
    ]
    assert found[1]["suppression"] == "so"


def test_addresses_of_modules_count_without_their_indices() -> None:
    secret = _secret(address=f"module.ai.{SECRET}")
    checks = (_check("CKV_AWS_149", f'module.ai["a"].{SECRET}[0]', "FAILED"),)

    found = _only(_document(secret, checks=checks))["checks"]

    assert [check["result"] for check in found] == ["FAILED"]


@pytest.mark.parametrize("elsewhere", [{"scope": "other"}, {"framework": "cloudformation"}])
def test_addresses_count_within_their_own_scope(elsewhere: Json) -> None:
    rotation = _rotation(**elsewhere)
    assert _only(_document(_secret(), rotation))["rotation"]["status"] == "none"

    beside = _rotation(file="live/rotation.tf")
    assert _only(_document(_secret(), beside))["rotation"]["status"] == "declared"


def test_other_checks_count_whatever_they_are_about() -> None:
    failed = _check("CKV_AWS_41", "aws.default", "FAILED")
    checks = (
        CUSTOMER_KEY,
        failed,
        _check("CKV_AWS_355", "aws_iam_policy.wide", "SKIPPED"),
        _check("CKV_AWS_337", "aws_ssm_parameter.key", "UNKNOWN"),
        _check("CKV_SECRET_6", "live/main.tf", "FAILED"),
        _check("CKV_AWS_355", "aws_iam_policy.narrow", "PASSED"),
        _check("CKV_AWS_18", "aws_s3_bucket.logs", "FAILED"),
        _check("CKV_AWS_149", "aws_secretsmanager_secret.database", "FAILED"),
    )

    found = _facts(_document(checks=checks))["other_checks"]

    assert found[0] == {"folder": "infra", "group": "hard_coded_keys", **failed}
    assert [(check["group"], check["result"]) for check in found] == [
        ("hard_coded_keys", "FAILED"),
        ("wide_iam", "SKIPPED"),
        ("ssm", "UNKNOWN"),
        ("hard_coded_keys", "FAILED"),
    ]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (_document(checks=(), tool=None), "checkov did not run"),
        (_document(checks=()), "checkov said nothing about it"),
        (
            _document(checks=(CUSTOMER_KEY | {"result": "UNKNOWN"},)),
            "checkov could not tell: CKV_AWS_149",
        ),
    ],
)
def test_what_was_not_checked_is_undecided(document: Json, reason: str) -> None:
    assert _only(document)["undecided"] == [{"of": "checks", "reason": reason}]


@pytest.mark.parametrize(
    ("rotation", "schedule", "interval_ns"),
    [
        (_rotation(30), "rate(30 days)", 30 * DAY_NS),
        (_rotation(None, "rate(30 days)"), "rate(30 days)", 30 * DAY_NS),
        (_rotation(30, "cron(0 4 1 * ? *)"), "cron(0 4 1 * ? *)", 31 * DAY_NS),
        (_rotation(None, "cron(0 4 1 1 ? *)"), "cron(0 4 1 1 ? *)", 366 * DAY_NS),
        (_rotation(None, "cron(0 4 1 1 ? 2026)"), "cron(0 4 1 1 ? 2026)", None),
        (_rotation(None, "now and then"), "now and then", None),
        (_rotation(None), None, None),
    ],
)
def test_how_long_a_declared_rotation_takes(
    rotation: Json, schedule: str | None, interval_ns: int | None
) -> None:
    assert _only(_document(_secret(), rotation))["rotation"] == {
        "status": "declared",
        "address": ROTATION,
        "schedule": schedule,
        "interval_ns": interval_ns,
    }


EXPRESSION = {"days": None, "schedule": None, "resolved": False}
NOWHERE = {"address": None, "literal": None}


@pytest.mark.parametrize(
    "document",
    [
        _document(_secret(), _rotation(rotation=EXPRESSION)),
        _document(_secret(), _rotation(secret=NOWHERE)),
        _document(_secret(), _rotation(conditional=True)),
        _document(_secret(), _rotation(), _rotation()),
        _document(_secret(), checks=(CUSTOMER_KEY, _check("CKV2_AWS_57", SECRET))),
    ],
)
def test_a_rotation_that_cannot_be_told_is_unresolved(document: Json) -> None:
    declared = _only(document)

    assert declared["rotation"]["status"] == "unresolved"
    assert declared["drift"] == []
    assert declared["undecided"] == [
        {"of": "rotation", "reason": "how it rotates is an expression"}
    ]


def test_a_rotation_may_name_its_secret_literally() -> None:
    for literal in ("production/openai", ARN):
        rotation = _rotation(secret={"address": None, "literal": literal})
        assert _only(_document(_secret(), rotation))["rotation"]["status"] == "declared"


def test_an_old_provider_s_secret_rotates_itself() -> None:
    secret = _secret(rotation={"days": 60, "schedule": None, "resolved": True})

    assert _only(_document(secret))["rotation"]["address"] == SECRET


@pytest.mark.parametrize(
    ("declared", "credential", "drift"),
    [
        (
            (_secret(), _rotation()),
            _account(enabled=False),
            {"of": "rotation", "code": "rate(60 days)", "account": None},
        ),
        (
            (_secret(), _rotation(30)),
            _credential(),
            {"of": "rotation", "code": "rate(30 days)", "account": "rate(60 days)"},
        ),
        (
            (_secret(),),
            _credential(),
            {"of": "rotation", "code": None, "account": "rate(60 days)"},
        ),
        (
            (_secret(), _rotation(None, "now and then")),
            _credential(),
            {"of": "rotation", "code": "now and then", "account": "rate(60 days)"},
        ),
        (
            (_secret(), _rotation()),
            _unbound("missing"),
            {"of": "secret", "code": "production/openai", "account": None},
        ),
        (
            (_secret(), _rotation()),
            _credential(secret=_credential()["secret"] | {"pending_deletion": True}),
            {"of": "secret", "code": "production/openai", "account": "pending deletion"},
        ),
    ],
)
def test_code_and_account_differ(declared: tuple[Json, ...], credential: Json, drift: Json) -> None:
    found = _only(_document(*declared), credential)

    assert (found["drift"], found["undecided"]) == ([drift], [])


def test_the_same_interval_is_no_difference_however_it_is_written() -> None:
    rotation = _rotation(None, "rate(1440 hours)")

    assert _only(_document(_secret(), rotation))["drift"] == []


def test_no_rotation_on_either_side_is_no_difference() -> None:
    credential = _account(enabled=False, schedule=None, interval_ns=None)

    assert _only(_document(_secret()), credential)["drift"] == []


def test_what_is_made_under_a_condition_may_differ() -> None:
    secret = _secret(conditional=True)

    found = _only(_document(secret, _rotation()), _unbound("missing"))

    assert found["drift"] == []
    assert [each["of"] for each in found["undecided"]] == ["secret"]


@pytest.mark.parametrize("status", ["unseen", "ambiguous", "elsewhere"])
def test_a_secret_that_was_not_found_for_certain_is_undecided(status: str) -> None:
    found = _only(_document(), _unbound(status))

    assert found["drift"] == []
    assert [each["of"] for each in found["undecided"]] == ["secret"]


@pytest.mark.parametrize(
    ("code", "account", "same"),
    [
        (None, None, True),
        (None, "alias/aws/secretsmanager", True),
        (None, KEY_ARN, False),
        ({"address": KEY, "literal": None}, KEY_ARN, True),
        ({"address": KEY, "literal": None}, None, False),
        ({"address": None, "literal": KEY_ARN}, KEY_ARN, True),
        ({"address": None, "literal": KEY_ARN.rsplit("/", 1)[-1]}, KEY_ARN, True),
        ({"address": None, "literal": KEY_ARN}, KEY_ARN.replace("1111", "9999"), False),
        ({"address": None, "literal": KEY_ARN}, None, False),
        ({"address": None, "literal": "alias/aws/secretsmanager"}, None, True),
        ({"address": None, "literal": "alias/aws/secretsmanager"}, KEY_ARN, False),
        ({"address": None, "literal": "alias/ai"}, "alias/ai", True),
        ({"address": None, "literal": "alias/ai"}, KEY_ARN, None),
        ({"address": None, "literal": "alias/ai"}, "alias/other", None),
        ({"address": None, "literal": None}, KEY_ARN, None),
        ({"address": None, "literal": None}, None, None),
    ],
)
def test_the_keys_of_code_and_account(
    code: Json | None,
    account: str | None,
    same: bool | None,  # noqa: FBT001 - a column of a table
) -> None:
    document = _document(_secret(kms_key=code), _rotation())

    found = _only(document, keys={ARN: account})

    assert bool(found["drift"]) is (same is False)
    assert bool(found["undecided"]) is (same is None)


def test_a_key_that_was_not_seen_is_undecided() -> None:
    assert _only(_document(), keys={})["undecided"] == [
        {"of": "kms_key", "reason": "the secret's KMS key was not seen"}
    ]


def test_a_name_that_is_an_expression_is_stated_as_unresolved() -> None:
    facts = _facts(_document(_secret(name=None)))

    assert facts["credentials"] == []
    assert facts["unresolved"] == [
        {"folder": "infra", "file": "live/main.tf", "line": 7, "address": SECRET}
    ]


def test_a_secret_of_an_ai_provider_without_an_entry_is_unlisted() -> None:
    facts = _facts(
        _document(_secret(name="trial/cohere"), _secret(name="production/orders/database")),
    )

    assert facts["unlisted"] == [
        {
            "folder": "infra",
            "file": "live/main.tf",
            "line": 7,
            "address": SECRET,
            "name": "trial/cohere",
            "provider": "cohere",
            "stored": False,
        }
    ]


def test_the_account_s_keys_are_those_of_the_snapshot() -> None:
    described = {"ARN": ARN, "Name": "production/openai", "KmsKeyId": KEY_ARN}
    records: list[Json] = [
        {"entry": {"ARN": ARN}, "description": described, "versions": []},
        {"entry": {"ARN": f"{ARN}2", "KmsKeyId": "alias/ai"}, "description": None, "versions": []},
        {"entry": {"ARN": f"{ARN}3"}, "description": None, "versions": []},
        {"entry": {}, "description": None, "versions": []},
    ]
    snapshot = collected(Seen(source="secrets_manager", records={"secrets": records}, place=HERE))

    assert account_keys(snapshot) == {ARN: KEY_ARN, f"{ARN}2": "alias/ai", f"{ARN}3": None}
