"""Whose credentials these are: asked before anything is collected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from collectors.aws.calls import Calls, Miss
from collectors.aws.clients import Clients
from keyproof.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.aws.accounts import AwsAccount
    from collectors.aws.calls import Workers
    from collectors.evidence import Gap

OPERATION = "sts:GetCallerIdentity"

_LOGGED_OUT = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "LoginTokenLoadError",
        "RequestExpired",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedException",
        "UnauthorizedSSOTokenError",
    }
)
_UNREACHABLE = frozenset(
    {"ConnectTimeoutError", "EndpointConnectionError", "ProxyConnectionError", "ReadTimeoutError"}
)
_UNKNOWN = frozenset(
    {"InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException"}
)


class UnreachableAccountError(ConfigurationError):
    """An account that cannot be entered; `gap` is what the evidence says of it."""

    def __init__(self, message: str, gap: Gap) -> None:
        super().__init__(message)
        self.gap = gap


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredAccount:
    """An account that was asked who we are; either `identity` or `gap` is None."""

    account: AwsAccount
    clients: Clients
    identity: str | None
    gap: Gap | None


def enter(
    accounts: Sequence[AwsAccount], workers: Workers, *, max_attempts: int
) -> list[EnteredAccount]:
    """
    Find out who we are in each account, before anything is collected.

    Raises `ConfigurationError` when no account can be reached, or when the credentials
    for one belong to another.
    """
    attempts = workers.requests.map(
        partial(_enter, workers=workers, max_attempts=max_attempts), accounts, chunksize=1
    )
    failures = [failure for _, failure in attempts if failure is not None]
    if len(failures) == len(attempts):
        raise ConfigurationError("; ".join(str(failure) for failure in failures)) from failures[0]
    return [entered for entered, _ in attempts]


def _enter(
    account: AwsAccount, *, workers: Workers, max_attempts: int
) -> tuple[EnteredAccount, UnreachableAccountError | None]:
    clients = Clients(account, max_attempts=max_attempts)
    try:
        arn = identity(account, clients, workers)
    except UnreachableAccountError as error:
        unseen = EnteredAccount(account=account, clients=clients, identity=None, gap=error.gap)
        return unseen, error
    return EnteredAccount(account=account, clients=clients, identity=arn, gap=None), None


def identity(account: AwsAccount, clients: Clients, workers: Workers) -> str:
    """
    Give the ARN of the principal that the account's credentials belong to.

    Raises `UnreachableAccountError` with what to do when there is none, and
    `ConfigurationError` when the credentials belong to another account.
    """
    region = account.regions[0]
    calls = Calls(
        clients.client,
        workers,
        source="sts",
        account=account.id,
        region=region,
        endpoint_region=region,
    )
    caller = calls.call(OPERATION, {}, has=("Account", "Arn"))
    if isinstance(caller, Miss):
        gap = calls.gaps[0]
        raise UnreachableAccountError(f"account {account.id}: {_advice(account, gap)}", gap)
    if caller["Account"] != account.id:
        raise ConfigurationError(
            f"the credentials for account {account.id} belong to account {caller['Account']}: "
            f"correct the account's id, profile or role in keyproof.toml"
        )
    arn: str = caller["Arn"]
    return arn


def _advice(account: AwsAccount, gap: Gap) -> str:
    profile = "" if account.profile is None else f" --profile {account.profile}"
    if gap.code in _LOGGED_OUT:
        return f"the session has expired ({gap.code}): run `aws sso login{profile}`"
    if gap.operation == "sts:AssumeRole":
        return (
            f"{account.role_arn} cannot be assumed ({gap.code}): let its trust policy name this "
            "principal, with the external id if it asks for one"
        )
    if gap.code == "NoCredentialsError":
        return f"there are no AWS credentials: run `aws sso login{profile}`, or name a profile"
    if gap.code in _UNREACHABLE:
        return f"AWS STS gives no answer ({gap.code}): check the network and AWS_ENDPOINT_URL"
    if gap.code in _UNKNOWN:
        return (
            f"AWS does not know these credentials ({gap.code}): run `aws sso login{profile}`, or "
            f"check that {account.regions[0]} is enabled for the account"
        )
    return (
        f"the credentials cannot be used ({gap.code}): try `aws sts get-caller-identity{profile}`"
    )
