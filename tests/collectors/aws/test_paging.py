from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.model import ListShape
from botocore.session import Session

from collectors.aws.clients import ALLOWED_OPERATIONS
from collectors.aws.faults import MALFORMED, REPEATED_TOKEN
from collectors.aws.paging import PAGING
from tests.collectors.script import Refusal, Script

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from collectors.aws.calls import Workers

MODELS = Session()
PAGED = sorted(PAGING)
WITHOUT_PAGINATOR = {"events:ListEventBuses", "secretsmanager:ListSecretVersionIds"}
INSTANCE = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
SET = "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef"
PARAMETERS: dict[str, dict[str, Any]] = {
    "budgets:DescribeBudgets": {"AccountId": "111122223333"},
    "budgets:DescribeNotificationsForBudget": {"AccountId": "111122223333", "BudgetName": "b"},
    "budgets:DescribeSubscribersForNotification": {
        "AccountId": "111122223333",
        "BudgetName": "b",
        "Notification": {
            "NotificationType": "ACTUAL",
            "ComparisonOperator": "GREATER_THAN",
            "Threshold": 1.0,
        },
    },
    "events:ListTargetsByRule": {"Rule": "r"},
    "identitystore:ListGroupMemberships": {"IdentityStoreId": "d-1", "GroupId": "g"},
    "kms:ListGrants": {"KeyId": "k"},
    "kms:ListKeyPolicies": {"KeyId": "k"},
    "kms:ListResourceTags": {"KeyId": "k"},
    "organizations:ListAccountsForParent": {"ParentId": "r-1"},
    "organizations:ListOrganizationalUnitsForParent": {"ParentId": "r-1"},
    "organizations:ListPolicies": {"Filter": "SERVICE_CONTROL_POLICY"},
    "organizations:ListTargetsForPolicy": {"PolicyId": "p-1"},
    "secretsmanager:ListResourcePolicies": {"SecretId": "s"},
    "secretsmanager:ListSecretVersionIds": {"SecretId": "s"},
    "sns:ListSubscriptionsByTopic": {"TopicArn": "t"},
    "sso-admin:ListAccountAssignments": {
        "InstanceArn": INSTANCE,
        "AccountId": "111122223333",
        "PermissionSetArn": SET,
    },
    "sso-admin:ListAccountsForProvisionedPermissionSet": {
        "InstanceArn": INSTANCE,
        "PermissionSetArn": SET,
    },
    "sso-admin:ListPermissionSets": {"InstanceArn": INSTANCE},
}
LARGEST_UNSAID = {"ecs:ListTaskDefinitionFamilies": 100}
"""Where the model does not say it, but AWS's documentation does."""
NAMES = {
    "codebuild:ListProjects",
    "ecs:ListTaskDefinitionFamilies",
    "kms:ListKeyPolicies",
    "sso-admin:ListAccountsForProvisionedPermissionSet",
    "sso-admin:ListPermissionSets",
}
"""Operations whose lists hold names, and not structures."""


def _model(operation: str) -> OperationModel:
    service, name = operation.split(":")
    return MODELS.get_service_model(service).operation_model(name)


def _item(operation: str) -> Any:
    return "name" if operation in NAMES else {}


def _page(operation: str, token: str | None, items: int = 1) -> dict[str, Any]:
    paging = PAGING[operation]
    page: dict[str, Any] = {
        name: [_item(operation)] * items for name in (*paging.lists, *paging.optional)
    }
    if token is not None:
        page[paging.names] = token
    if paging.more is not None:
        page[paging.more] = token is not None
    return page


def _pages(operation: str, *pages: object) -> Script:
    """Each request gets the next page; its token is the number of the page."""
    asks = PAGING[operation].asks
    return Script({operation: lambda parameters: pages[int(parameters.get(asks, 0))]})


@pytest.mark.parametrize("operation", sorted(ALLOWED_OPERATIONS))
def test_every_operation_with_pages_is_in_the_table(operation: str) -> None:
    shape = _model(operation).output_shape

    assert shape is not None
    assert (operation in PAGING) == (
        not {"NextToken", "nextToken", "Marker", "NextMarker"}.isdisjoint(shape.members)
    )


@pytest.mark.parametrize("operation", PAGED)
def test_the_table_agrees_with_the_model(operation: str) -> None:
    paging, model = PAGING[operation], _model(operation)
    assert model.input_shape is not None
    assert model.output_shape is not None

    lists = {
        name for name, shape in model.output_shape.members.items() if isinstance(shape, ListShape)
    }
    limits: dict[str, int] = {
        name: shape.metadata["max"] if "max" in shape.metadata else LARGEST_UNSAID[operation]
        for name, shape in model.input_shape.members.items()
        if name in {"Limit", "MaxItems", "MaxRecords", "MaxResults", "maxResults"}
    }

    assert lists == {*paging.lists, *paging.optional}
    assert set(paging.sizes) == set(limits)
    assert all(size <= limits[name] for name, size in paging.sizes.items())


@pytest.mark.parametrize("operation", sorted(set(PAGED) - WITHOUT_PAGINATOR))
def test_the_table_agrees_with_botocores_paginators(operation: str) -> None:
    service, name = operation.split(":")
    paging = PAGING[operation]

    theirs = MODELS.get_paginator_model(service).get_paginator(name)

    assert theirs["input_token"] == paging.asks
    assert theirs["output_token"] == paging.names
    assert theirs.get("more_results") == paging.more
    assert theirs.get("limit_key") in {*paging.sizes, None}


@pytest.mark.parametrize("operation", PAGED)
def test_all_pages_are_read(operation: str, workers: Workers) -> None:
    script = _pages(
        operation, _page(operation, "1"), _page(operation, "2", 0), _page(operation, None, 2)
    )
    calls = script.calls(workers)

    found = calls.pages(operation, PARAMETERS.get(operation))

    assert found == {
        name: [_item(operation)] * 3
        for name in (*PAGING[operation].lists, *PAGING[operation].optional)
    }
    assert calls.gaps == ()
    (counts,) = calls.operations
    assert (counts.calls, counts.pages, counts.failed) == (3, 3, 0)
    assert counts.records == 3 * len(found)
    assert counts.parameters == {**PARAMETERS.get(operation, {}), **PAGING[operation].sizes}


@pytest.mark.parametrize("operation", PAGED)
def test_a_page_that_is_denied_keeps_those_before_it(operation: str, workers: Workers) -> None:
    calls = _pages(operation, _page(operation, "1"), Refusal("AccessDenied")).calls(workers)

    found = calls.pages(operation, PARAMETERS.get(operation), resource="it")

    assert found is not None
    assert all(items == [_item(operation)] for items in found.values())
    assert [(gap.operation, gap.code, gap.resource) for gap in calls.gaps] == [
        (operation, "AccessDenied", "it")
    ]
    (counts,) = calls.operations
    assert (counts.calls, counts.pages, counts.failed) == (2, 1, 1)


@pytest.mark.parametrize("operation", PAGED)
def test_a_first_page_that_is_denied_leaves_nothing(operation: str, workers: Workers) -> None:
    calls = _pages(operation, Refusal("AccessDenied")).calls(workers)

    assert calls.pages(operation, PARAMETERS.get(operation)) is None
    assert [gap.code for gap in calls.gaps] == ["AccessDenied"]


@pytest.mark.parametrize("operation", PAGED)
def test_only_the_whole_list_is_of_use_or_nothing(operation: str, workers: Workers) -> None:
    parameters = PARAMETERS.get(operation)
    denied = _pages(operation, _page(operation, "1"), Refusal("AccessDenied")).calls(workers)
    circling = _pages(operation, _page(operation, "1"), _page(operation, "1")).calls(workers)
    complete = _pages(operation, _page(operation, "1"), _page(operation, None)).calls(workers)

    assert denied.pages(operation, parameters, whole=True) is None
    assert circling.pages(operation, parameters, whole=True) is None
    assert complete.pages(operation, parameters, whole=True) is not None
    assert [gap.code for gap in denied.gaps] == ["AccessDenied"]
    assert [gap.code for gap in circling.gaps] == [REPEATED_TOKEN]


@pytest.mark.parametrize("operation", PAGED)
def test_an_error_that_says_there_is_nothing_is_an_empty_list(
    operation: str, workers: Workers
) -> None:
    calls = _pages(operation, Refusal("NotFoundException")).calls(workers)

    found = calls.pages(
        operation, PARAMETERS.get(operation), absent=frozenset({"NotFoundException"})
    )

    assert found == {name: [] for name in (*PAGING[operation].lists, *PAGING[operation].optional)}
    assert calls.gaps == ()


@pytest.mark.parametrize("operation", PAGED)
@pytest.mark.parametrize("tokens", ["0", "10", "120"])
def test_a_token_that_comes_again_ends_the_list(
    operation: str, tokens: str, workers: Workers
) -> None:
    pages = [_page(operation, token) for token in tokens]
    if tokens == "0":
        pages = [_page(operation, "0")]
    calls = _pages(operation, *pages).calls(workers)

    found = calls.pages(operation, PARAMETERS.get(operation))

    assert found is not None
    assert [(gap.code, gap.reason) for gap in calls.gaps] == [(REPEATED_TOKEN, "pages without end")]


@pytest.mark.parametrize("operation", PAGED)
def test_a_page_without_a_list_is_malformed(operation: str, workers: Workers) -> None:
    for missing in PAGING[operation].lists:
        page = _page(operation, None)
        del page[missing]
        calls = _pages(operation, page).calls(workers)

        assert calls.pages(operation, PARAMETERS.get(operation)) is None
        assert [gap.code for gap in calls.gaps] == [MALFORMED]


@pytest.mark.parametrize(
    "operation", [operation for operation in PAGED if PAGING[operation].more is not None]
)
def test_a_page_that_promises_more_without_a_token_is_malformed(
    operation: str, workers: Workers
) -> None:
    more = str(PAGING[operation].more)
    calls = _pages(operation, {**_page(operation, None), more: True}).calls(workers)

    assert calls.pages(operation, PARAMETERS.get(operation)) is None
    assert [gap.code for gap in calls.gaps] == [MALFORMED]


def test_an_endpoint_that_does_not_know_a_younger_list_yet(workers: Workers) -> None:
    script = Script({"cloudwatch:DescribeAlarms": {"MetricAlarms": [], "CompositeAlarms": []}})
    calls = script.calls(workers)

    assert calls.pages("cloudwatch:DescribeAlarms") == {
        "MetricAlarms": [],
        "CompositeAlarms": [],
        "LogAlarms": [],
    }
    assert calls.gaps == ()


def test_an_empty_token_ends_the_list(workers: Workers) -> None:
    script = Script({"secretsmanager:ListSecretVersionIds": {"Versions": [], "NextToken": ""}})
    calls = script.calls(workers)

    assert calls.pages("secretsmanager:ListSecretVersionIds", {"SecretId": "s"}) == {"Versions": []}
    assert calls.gaps == ()
