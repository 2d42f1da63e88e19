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
LIST, DESCRIBE, VERSIONS, POLICIES, POLICY = (
    f"secretsmanager:{name}"
    for name in (
        "ListSecrets",
        "DescribeSecret",
        "ListSecretVersionIds",
        "ListResourcePolicies",
        "GetResourcePolicy",
    )
)


def _script(**changes: Any) -> Script:
    answers = {
        LIST: {"SecretList": [NAMED]},
        DESCRIBE: NAMED,
        VERSIONS: {"Versions": [{"VersionId": "v1"}]},
        POLICIES: {"ResourcePolicies": [{"PolicyName": "default"}, {"PolicyName": "second"}]},
        POLICY: lambda parameters: {
            **NAMED,
            "ResourcePolicy": f"the policy {parameters['PolicyName']}",
        },
    }
    return Script({**answers, **{f"secretsmanager:{name}": to for name, to in changes.items()}})


def test_a_secret_has_its_versions_and_all_of_its_policies(workers: Workers) -> None:
    script = _script()
    calls = script.calls(workers)

    assert collect(calls) == {
        "secrets": [
            {
                "entry": NAMED,
                "description": NAMED,
                "versions": [{"VersionId": "v1"}],
                "resource_policies": [
                    {"name": "default", "policy": "the policy default"},
                    {"name": "second", "policy": "the policy second"},
                ],
            }
        ]
    }
    assert calls.gaps == ()
    asked = dict(script.requests)
    assert asked[LIST]["IncludePlannedDeletion"] is True
    assert asked[VERSIONS]["IncludeDeprecated"] is True
    assert all(parameters.get("SecretId", ARN) == ARN for parameters in asked.values())


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("DescribeSecret", "description"),
        ("ListSecretVersionIds", "versions"),
        ("ListResourcePolicies", "resource_policies"),
        ("GetResourcePolicy", "resource_policies"),
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


def test_one_policy_of_two_is_not_all(workers: Workers) -> None:
    calls = _script(
        GetResourcePolicy=lambda parameters: Refusal("AccessDeniedException")
        if parameters["PolicyName"] == "second"
        else {**NAMED, "ResourcePolicy": "{}"}
    ).calls(workers)

    (secret,) = collect(calls)["secrets"]

    assert secret["resource_policies"] is None
    assert len(calls.gaps) == 1


@pytest.mark.parametrize(
    ("listed", "policies", "codes"),
    [
        ([], [], []),
        ([{"PolicyName": "default"}], [], []),
        ([{"PolicyName": "second"}], None, [MALFORMED]),
        ([{}], None, [MALFORMED]),
    ],
    ids=["none", "default is not attached", "listed but without text", "without a name"],
)
def test_an_answer_without_a_policy(
    workers: Workers,
    listed: list[dict[str, str]],
    policies: list[object] | None,
    codes: list[str],
) -> None:
    calls = _script(
        ListResourcePolicies={"ResourcePolicies": listed}, GetResourcePolicy=NAMED
    ).calls(workers)

    (secret,) = collect(calls)["secrets"]

    assert secret["resource_policies"] == policies
    assert [gap.code for gap in calls.gaps] == codes


def test_an_entry_without_an_arn_is_kept_with_a_gap(workers: Workers) -> None:
    calls = _script(ListSecrets={"SecretList": [{"Name": "nameless"}, NAMED]}).calls(workers)

    first, second = collect(calls)["secrets"]

    assert first == {
        "entry": {"Name": "nameless"},
        "description": None,
        "versions": None,
        "resource_policies": None,
    }
    assert second["description"] == NAMED
    assert [(gap.operation, gap.code) for gap in calls.gaps] == [(LIST, MALFORMED)]


def test_no_secret_can_be_listed(workers: Workers) -> None:
    calls = _script(ListSecrets=Refusal("AccessDeniedException")).calls(workers)

    assert collect(calls) == {"secrets": []}
    assert [gap.operation for gap in calls.gaps] == [LIST]


def test_what_secrets_name_is_taken_from_list_and_description() -> None:
    secrets = [
        {"entry": {"KmsKeyId": "a"}, "description": {"KmsKeyId": "b"}},
        {"entry": {"KmsKeyId": "b"}, "description": None},
        {"entry": {}, "description": {}},
        {"entry": {"KmsKeyId": ""}, "description": {"KmsKeyId": "a"}},
    ]

    assert named(secrets, "KmsKeyId") == ["a", "b"]
