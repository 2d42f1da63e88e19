"""
How each list operation of AWS hands out its pages.

botocore has no paginator for some of these operations; all are read here in one way.
The tests hold this table against botocore's own where it has one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.documents import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """
    The member that asks for a page, the one that names the next, and the lists inside.

    `lists` are in every page; `more`, where there is one, says whether another follows.
    `sizes` asks for the largest pages that the service gives. `optional` are lists that
    a service leaves out: log alarms where it does not know them yet, and whatever AWS
    Budgets has none of, an account without budgets answering with an empty document.
    """

    lists: tuple[str, ...] = ()
    asks: str = "NextToken"
    names: str = "NextToken"
    more: str | None = None
    sizes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    optional: tuple[str, ...] = ()

    def well_formed(self, page: Json) -> bool:
        """Whether a page has its lists, and names the next page when it says there is one."""
        goes_on = self.more is not None and page.get(self.more)
        return all(name in page for name in self.lists) and not (
            goes_on and not page.get(self.names)
        )

    def next_token(self, page: Json) -> str | None:
        """Give the token of the page after this one; None when this is the last."""
        if self.more is not None and page.get(self.more) is False:
            return None
        return page.get(self.names) or None


PAGING: Mapping[str, Paging] = MappingProxyType(
    {
        "budgets:DescribeBudgets": Paging(optional=("Budgets",), sizes={"MaxResults": 100}),
        "budgets:DescribeNotificationsForBudget": Paging(
            optional=("Notifications",), sizes={"MaxResults": 100}
        ),
        "budgets:DescribeSubscribersForNotification": Paging(
            optional=("Subscribers",), sizes={"MaxResults": 100}
        ),
        "cloudwatch:DescribeAlarms": Paging(
            lists=("MetricAlarms", "CompositeAlarms"),
            optional=("LogAlarms",),
            sizes={"MaxRecords": 100},
        ),
        "codebuild:ListProjects": Paging(lists=("projects",), asks="nextToken", names="nextToken"),
        "ec2:DescribeIamInstanceProfileAssociations": Paging(
            lists=("IamInstanceProfileAssociations",), sizes={"MaxResults": 1000}
        ),
        "ecs:ListTaskDefinitionFamilies": Paging(
            lists=("families",), asks="nextToken", names="nextToken", sizes={"maxResults": 100}
        ),
        "events:ListEventBuses": Paging(lists=("EventBuses",), sizes={"Limit": 100}),
        "events:ListRules": Paging(lists=("Rules",), sizes={"Limit": 100}),
        "events:ListTargetsByRule": Paging(lists=("Targets",), sizes={"Limit": 100}),
        "iam:GetAccountAuthorizationDetails": Paging(
            lists=("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"),
            asks="Marker",
            names="Marker",
            more="IsTruncated",
            sizes={"MaxItems": 1000},
        ),
        "identitystore:ListGroupMemberships": Paging(
            lists=("GroupMemberships",), sizes={"MaxResults": 100}
        ),
        "kms:ListAliases": Paging(
            lists=("Aliases",),
            asks="Marker",
            names="NextMarker",
            more="Truncated",
            sizes={"Limit": 100},
        ),
        "kms:ListGrants": Paging(
            lists=("Grants",),
            asks="Marker",
            names="NextMarker",
            more="Truncated",
            sizes={"Limit": 100},
        ),
        "kms:ListKeyPolicies": Paging(
            lists=("PolicyNames",),
            asks="Marker",
            names="NextMarker",
            more="Truncated",
            sizes={"Limit": 1000},
        ),
        "kms:ListResourceTags": Paging(
            lists=("Tags",),
            asks="Marker",
            names="NextMarker",
            more="Truncated",
            sizes={"Limit": 50},
        ),
        "lambda:ListFunctions": Paging(
            lists=("Functions",), asks="Marker", names="NextMarker", sizes={"MaxItems": 50}
        ),
        "organizations:ListAccountsForParent": Paging(
            lists=("Accounts",), sizes={"MaxResults": 20}
        ),
        "organizations:ListOrganizationalUnitsForParent": Paging(
            lists=("OrganizationalUnits",), sizes={"MaxResults": 20}
        ),
        "organizations:ListPolicies": Paging(lists=("Policies",), sizes={"MaxResults": 20}),
        "organizations:ListRoots": Paging(lists=("Roots",), sizes={"MaxResults": 20}),
        "organizations:ListTargetsForPolicy": Paging(lists=("Targets",), sizes={"MaxResults": 20}),
        "secretsmanager:ListResourcePolicies": Paging(
            lists=("ResourcePolicies",), sizes={"MaxResults": 100}
        ),
        "secretsmanager:ListSecretVersionIds": Paging(
            lists=("Versions",), sizes={"MaxResults": 100}
        ),
        "secretsmanager:ListSecrets": Paging(lists=("SecretList",), sizes={"MaxResults": 100}),
        "sns:ListSubscriptionsByTopic": Paging(lists=("Subscriptions",)),
        "sns:ListTopics": Paging(lists=("Topics",)),
        "sso-admin:ListAccountAssignments": Paging(
            lists=("AccountAssignments",), sizes={"MaxResults": 100}
        ),
        "sso-admin:ListAccountsForProvisionedPermissionSet": Paging(
            lists=("AccountIds",), sizes={"MaxResults": 100}
        ),
        "sso-admin:ListInstances": Paging(lists=("Instances",), sizes={"MaxResults": 100}),
        "sso-admin:ListPermissionSets": Paging(
            lists=("PermissionSets",), sizes={"MaxResults": 100}
        ),
    }
)
