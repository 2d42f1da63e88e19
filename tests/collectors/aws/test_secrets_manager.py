from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from collectors.aws.faults import MALFORMED
from collectors.aws.secrets_manager import collect, named
from tests.collectors.script import Refusal, Script

if TYPE_CHECKING:
    from collectors.aws.calls import Workers

ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:openai/production-AbCdEf"
NAMED = {"ARN": ARN, "Name": "openai/production"}
LIST, DESCRIBE, VERSIONS = (
    f"secretsmanager:{name}" for name in ("ListSecrets", "DescribeSecret", "ListSecretVersionIds")
)


def _script(**changes: Any) -> Script:
    answers = {
        LIST: {"SecretList": [NAMED]},
        DESCRIBE: NAMED,
        VERSIONS: {"Versions": [{"VersionId": "v1"}]},
    }
    return Script({**answers, **{f"secretsmanager:{name}": to for name, to in changes.items()}})


def test_a_secret_is_listed_described_and_has_its_versions(workers: Workers) -> None:
    script = _script()
    calls = script.calls(workers)

    assert collect(calls) == {
        "secrets": [{"entry": NAMED, "description": NAMED, "versions": [{"VersionId": "v1"}]}]
    }
    assert calls.gaps == ()
    asked = dict(script.requests)
    assert asked[LIST]["IncludePlannedDeletion"] is True
    assert asked[VERSIONS]["IncludeDeprecated"] is True
    assert asked[DESCRIBE]["SecretId"] == asked[VERSIONS]["SecretId"] == ARN


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("DescribeSecret", "description"),
        ("ListSecretVersionIds", "versions"),
    ],
)
@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_what_could_not_be_read_is_none_and_a_gap(
    workers: Workers, operation: str, member: str, code: str
) -> None:
    calls = _script(**{operation: Refusal(code)}).calls(workers)

    (secret,) = collect(calls)["secrets"]

    assert [name for name, value in secret.items() if value is None] == [member]
    assert [(gap.operation, gap.code, gap.resource) for gap in calls.gaps] == [
        (f"secretsmanager:{operation}", code, ARN)
    ]


def test_an_entry_without_an_arn_is_kept_with_a_gap(workers: Workers) -> None:
    calls = _script(ListSecrets={"SecretList": [{"Name": "nameless"}, NAMED]}).calls(workers)

    first, second = collect(calls)["secrets"]

    assert first == {"entry": {"Name": "nameless"}, "description": None, "versions": None}
    assert second["description"] == NAMED
    assert [(gap.operation, gap.code) for gap in calls.gaps] == [(LIST, MALFORMED)]


def test_no_secret_can_be_listed(workers: Workers) -> None:
    calls = _script(ListSecrets=Refusal("AccessDeniedException")).calls(workers)

    assert collect(calls) == {"secrets": []}
    assert [gap.operation for gap in calls.gaps] == [LIST]


def test_what_secrets_name_is_taken_from_list_and_description() -> None:
    secrets: list[dict[str, Any]] = [
        {"entry": {"KmsKeyId": "a"}, "description": {"KmsKeyId": "b"}},
        {"entry": {"KmsKeyId": "b"}, "description": None},
        {"entry": {}, "description": {}},
        {"entry": {"KmsKeyId": ""}, "description": {"KmsKeyId": "a"}},
    ]

    assert named(secrets, "KmsKeyId") == ["a", "b"]
