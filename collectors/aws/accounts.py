"""The AWS accounts and regions that are looked at, as `keyproof.toml` names them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import botocore
from botocore.loaders import create_loader

from keyproof.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAccount:
    """
    One account, where to look in it, and how to get in.

    `id` has twelve digits. `profile` is None for the environment's own credentials. With
    `role_arn` these credentials assume that role, giving `external_id` where there is one.
    """

    id: str
    regions: tuple[str, ...]
    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None


def validate_region(name: str) -> None:
    """Raise `ConfigurationError`, with the closest names, for a region that AWS does not have."""
    known = _known_regions()
    if name in known:
        return
    close = difflib.get_close_matches(name.lower(), sorted(known), n=2)
    close.sort(key=lambda region: sorted(region) != sorted(name))  # swapped letters first
    hint = f"did you mean {' or '.join(close)}?" if close else "use a name such as us-east-1"
    raise ConfigurationError(
        f"{name!r} is no AWS region that botocore {botocore.__version__} knows: {hint}"
    )


def validate_accounts(accounts: Sequence[AwsAccount]) -> None:
    """Raise `ConfigurationError` unless each account is named once, with regions that exist."""
    if not accounts:
        raise ConfigurationError("no AWS account is named: add one to keyproof.toml")
    seen: set[str] = set()
    for account in accounts:
        if account.id in seen:
            raise ConfigurationError(f"account {account.id} is named twice: keep one entry")
        seen.add(account.id)
        if not account.regions or len(set(account.regions)) != len(account.regions):
            raise ConfigurationError(
                f"account {account.id} must name at least one region, and each region once"
            )
        for region in account.regions:
            validate_region(region)


@cache
def _known_regions() -> frozenset[str]:
    """
    Regions of every partition, as the installed botocore lists them.

    They are read from its data and not through a session, which would heed AWS_PROFILE.
    """
    partitions = create_loader().load_data("endpoints")["partitions"]
    return frozenset(region for partition in partitions for region in partition["regions"])
