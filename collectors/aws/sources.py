"""The catalogue of AWS sources: what each gives, and what it needs first."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from collectors.aws import (
    budgets,
    cloudwatch,
    compute,
    eventbridge,
    iam,
    identity_center,
    kms,
    lambda_functions,
    organizations,
    resource_policies,
    secrets_manager,
    sns,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from collectors.aws.calls import Calls
    from keyproof.documents import Json

SECRETS = "secrets_manager"

INDEPENDENT: Mapping[str, Callable[[Calls], Json]] = MappingProxyType(
    {
        SECRETS: secrets_manager.collect,
        "iam": iam.collect,
        "organizations": organizations.collect,
        "identity_center": identity_center.collect,
        "compute": compute.collect,
        "cloudwatch": cloudwatch.collect,
        "budgets": budgets.collect,
        "sns": sns.collect,
        "eventbridge": eventbridge.collect,
    }
)

OF_SECRETS: Mapping[str, Callable[[Calls, list[Json]], Json]] = MappingProxyType(
    {
        "resource_policies": resource_policies.collect,
        "kms": kms.collect,
        "lambda": lambda_functions.collect,
    }
)
"""What is collected for the secrets of a region, once these are known."""

MEMBERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        SECRETS: secrets_manager.MEMBERS,
        "resource_policies": resource_policies.MEMBERS,
        "kms": kms.MEMBERS,
        "lambda": lambda_functions.MEMBERS,
        "iam": iam.MEMBERS,
        "organizations": organizations.MEMBERS,
        "identity_center": identity_center.MEMBERS,
        "compute": compute.MEMBERS,
        "cloudwatch": cloudwatch.MEMBERS,
        "budgets": budgets.MEMBERS,
        "sns": sns.MEMBERS,
        "eventbridge": eventbridge.MEMBERS,
    }
)
"""The members of each source's records; each is a list."""


def nothing(source: str) -> Json:
    """The records of a source of which nothing could be seen."""
    return {member: [] for member in MEMBERS[source]}
