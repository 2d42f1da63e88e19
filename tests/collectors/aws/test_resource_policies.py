from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from collectors.aws.faults import MALFORMED
from collectors.aws.resource_policies import collect
from tests.collectors.script import Refusal, Script

if TYPE_CHECKING:
    from collectors.aws.calls import Workers

ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:openai/production-AbCdEf"
NAMED = {"ARN": ARN, "Name": "openai/production"}
SECRETS: list[dict[str, Any]] = [{"entry": NAMED, "description": None}]
LIST, GET = "secretsmanager:ListResourcePolicies", "secretsmanager:GetResourcePolicy"


def _script(**changes: Any) -> Script:
    answers = {
        LIST: {"ResourcePolicies": [{"PolicyName": "default"}, {"PolicyName": "second"}]},
        GET: lambda parameters: {
            **NAMED,
            "ResourcePolicy": f"the policy {parameters['PolicyName']}",
        },
    }
    return Script({**answers, **{f"secretsmanager:{name}": to for name, to in changes.items()}})


def test_a_secret_has_all_of_its_policies(workers: Workers) -> None:
    script = _script()
    calls = script.calls(workers)

    assert collect(calls, SECRETS) == {
        "secrets": [
            {
                "arn": ARN,
                "resource_policies": [
                    {"name": "default", "policy": "the policy default"},
                    {"name": "second", "policy": "the policy second"},
                ],
            }
        ]
    }
    assert calls.gaps == ()
    assert {parameters["SecretId"] for _, parameters in script.requests} == {ARN}


NOT_LISTED = {"name": None, "policy": None}
REFUSED = [
    pytest.param(
        {"ListResourcePolicies"},
        [{"name": "default", "policy": "the policy default"}, NOT_LISTED],
        id="listing",
    ),
    pytest.param(
        {"GetResourcePolicy"},
        [{"name": "default", "policy": None}, {"name": "second", "policy": None}],
        id="reading",
    ),
    pytest.param(
        {"ListResourcePolicies", "GetResourcePolicy"},
        [{"name": "default", "policy": None}, NOT_LISTED],
        id="both",
    ),
]


@pytest.mark.parametrize(("operations", "policies"), REFUSED)
@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_what_could_not_be_read_is_none_and_a_gap(
    workers: Workers, operations: set[str], policies: list[object], code: str
) -> None:
    calls = _script(**dict.fromkeys(operations, Refusal(code))).calls(workers)

    (secret,) = collect(calls, SECRETS)["secrets"]

    assert secret == {"arn": ARN, "resource_policies": policies}
    assert {(gap.operation, gap.code, gap.resource) for gap in calls.gaps} == {
        (f"secretsmanager:{operation}", code, ARN) for operation in operations
    }


def test_default_may_be_absent_where_nothing_could_be_listed(workers: Workers) -> None:
    script = _script(ListResourcePolicies=Refusal("AccessDeniedException"), GetResourcePolicy=NAMED)

    (secret,) = collect(script.calls(workers), SECRETS)["secrets"]

    assert secret["resource_policies"] == [NOT_LISTED]


def test_one_policy_of_two_is_kept(workers: Workers) -> None:
    calls = _script(
        GetResourcePolicy=lambda parameters: (
            Refusal("AccessDeniedException")
            if parameters["PolicyName"] == "second"
            else {**NAMED, "ResourcePolicy": "{}"}
        )
    ).calls(workers)

    (secret,) = collect(calls, SECRETS)["secrets"]

    assert secret["resource_policies"] == [
        {"name": "default", "policy": "{}"},
        {"name": "second", "policy": None},
    ]
    assert len(calls.gaps) == 1


@pytest.mark.parametrize(
    ("listed", "policies", "codes"),
    [
        ([], [], []),
        ([{"PolicyName": "default"}], [], []),
        ([{"PolicyName": "second"}], [{"name": "second", "policy": None}], [MALFORMED]),
        ([{}], [NOT_LISTED], [MALFORMED]),
    ],
    ids=["none", "default is not attached", "listed but without text", "without a name"],
)
def test_an_answer_without_a_policy(
    workers: Workers,
    listed: list[dict[str, str]],
    policies: list[object],
    codes: list[str],
) -> None:
    calls = _script(
        ListResourcePolicies={"ResourcePolicies": listed}, GetResourcePolicy=NAMED
    ).calls(workers)

    (secret,) = collect(calls, SECRETS)["secrets"]

    assert secret["resource_policies"] == policies
    assert [gap.code for gap in calls.gaps] == codes
