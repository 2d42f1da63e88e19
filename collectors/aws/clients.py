"""
The one module that makes AWS clients.

Every client refuses what is not on the allow-list before a request leaves: when the
call is made, and again just before it would be sent. A secret's value and presigned URLs
cannot be had. Environment variables hold keys too: a single function's configuration cannot
be had, and of the lists that hold such variables nothing is kept but what
`collectors.aws.keeping` names.

The endpoints are botocore's own business, `AWS_ENDPOINT_URL` and its variants included, and
so are a profile's credentials: single sign-on, a process, the machine's role.
"""

from __future__ import annotations

import threading
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import BotoCoreError, NoCredentialsError, ProfileNotFound
from botocore.loaders import create_loader
from botocore.session import Session

import keyproof
from keyproof.errors import ConfigurationError, KeyproofError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.client import BaseClient
    from botocore.loaders import Loader

    from collectors.aws.accounts import AwsAccount
    from keyproof.documents import Json

ALLOWED_OPERATIONS = frozenset(
    {
        "budgets:DescribeBudgets",
        "budgets:DescribeNotificationsForBudget",
        "budgets:DescribeSubscribersForNotification",
        "cloudwatch:DescribeAlarms",
        "codebuild:BatchGetProjects",
        "codebuild:ListProjects",
        "ec2:DescribeIamInstanceProfileAssociations",
        "ecs:DescribeTaskDefinition",
        "ecs:ListTaskDefinitionFamilies",
        "events:ListEventBuses",
        "events:ListRules",
        "events:ListTargetsByRule",
        "iam:GetAccountAuthorizationDetails",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "identitystore:DescribeGroup",
        "identitystore:DescribeUser",
        "identitystore:ListGroupMemberships",
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListAliases",
        "kms:ListGrants",
        "kms:ListKeyPolicies",
        "kms:ListResourceTags",
        "lambda:GetFunctionConcurrency",
        "lambda:GetPolicy",
        "lambda:ListFunctions",
        "organizations:DescribeOrganization",
        "organizations:DescribePolicy",
        "organizations:ListAccountsForParent",
        "organizations:ListOrganizationalUnitsForParent",
        "organizations:ListPolicies",
        "organizations:ListRoots",
        "organizations:ListTargetsForPolicy",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetResourcePolicy",
        "secretsmanager:ListResourcePolicies",
        "secretsmanager:ListSecretVersionIds",
        "secretsmanager:ListSecrets",
        "sns:GetSubscriptionAttributes",
        "sns:GetTopicAttributes",
        "sns:ListSubscriptionsByTopic",
        "sns:ListTopics",
        "sso-admin:DescribePermissionSet",
        "sso-admin:ListAccountAssignments",
        "sso-admin:ListAccountsForProvisionedPermissionSet",
        "sso-admin:ListInstances",
        "sso-admin:ListPermissionSets",
        "sts:GetCallerIdentity",
    }
)
"""What the collectors may call, as `service:Operation`: reading, and no secret's value."""

_ASSUME_ROLE = frozenset({"sts:AssumeRole"})
"""What the client that fetches a role's credentials may call, and nothing else may."""

_SECRET_VALUES = (
    "kms:Decrypt",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
)
"""IAM actions that reading a secret's value needs."""

_PREFIXES = {"sso-admin": "sso"}
"""The prefix of IAM actions where it is not the service's name."""

REQUESTS_AT_ONCE = 32
"""Requests that wait for AWS at the same time; one process gains nothing from more."""


class RefusedOperationError(KeyproofError):
    """An operation that is not on the allow-list; no request has left."""


class Clients:
    """
    The clients of one account, one for each service and region, safe to share by threads.

    `max_attempts` counts the first request too; throttled ones are spread out by botocore's
    adaptive mode. The timeouts are in seconds.
    """

    def __init__(
        self,
        account: AwsAccount,
        *,
        max_attempts: int = 10,
        connect_timeout: float = 10,
        read_timeout: float = 30,
    ) -> None:
        self._account = account
        self._config = Config(
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            max_pool_connections=REQUESTS_AT_ONCE,
            retries={"mode": "adaptive", "total_max_attempts": max_attempts},
            user_agent_extra=f"keyproof/{keyproof.__version__}",
        )
        self._session: Session | None = None
        self._made: dict[tuple[str, str], BaseClient] = {}
        self._lock = threading.RLock()

    def client(self, service: str, region: str) -> BaseClient:
        """
        Give the account's client of a service in a region.

        Raises `ConfigurationError` when the profile, the AWS configuration files or an
        endpoint's URL cannot be used.
        """
        with self._lock:  # making a client is not thread safe in botocore
            key = (service, region)
            if key not in self._made:
                if self._session is None:
                    self._session = self._open_session()
                self._made[key] = self._make(self._session, service, region)
            return self._made[key]

    def _open_session(self) -> Session:
        session = _session(self._account.profile)
        if self._account.role_arn is None:
            return session
        role = _AssumedRole(self._account, session, partial(self._role_client, session))
        assumed = _session(self._account.profile)
        assumed.register_component("credential_provider", CredentialResolver([role]))
        return assumed

    def _make(
        self,
        session: Session,
        service: str,
        region: str,
        *,
        allowed: frozenset[str] = ALLOWED_OPERATIONS,
        credentials: Mapping[str, Any] | None = None,
    ) -> BaseClient:
        try:
            client: BaseClient = session.create_client(
                service, region_name=region, config=self._config, **(credentials or {})
            )
        except ProfileNotFound as error:
            raise ConfigurationError(
                f"AWS has no profile {self._account.profile!r} for account {self._account.id}: "
                "name one that `aws configure list-profiles` prints, or make it with "
                "`aws configure sso`"
            ) from error
        except (BotoCoreError, ValueError) as error:
            raise ConfigurationError(
                f"no client of {service} in {region} can be made for account "
                f"{self._account.id}: {' '.join(str(error).split())}; check ~/.aws/config and the "
                "environment variables that begin with AWS_"
            ) from error
        guard = _Guard(service, allowed)
        client.meta.events.register_first("provide-client-params", guard.check)
        client.meta.events.register_first("before-send", guard.check)
        return client

    def _role_client(
        self,
        session: Session,
        service: str,
        **credentials: Any,  # noqa: ANN401 - as botocore's fetcher passes them
    ) -> BaseClient:
        region = self._account.regions[0]
        with self._lock:
            return self._make(
                session, service, region, allowed=_ASSUME_ROLE, credentials=credentials
            )


def _session(profile: str | None) -> Session:
    session = Session(profile=profile)
    session.register_component("data_loader", _models())
    return session


@cache
def _models() -> Loader:
    """The services' models, read once for all accounts: that takes most of a client's time."""
    return create_loader()


def iam_policy() -> Json:
    """
    Give the policy to attach to the principal that collects.

    It allows the IAM actions behind the allow-list, and denies what a secret's value needs,
    so that no other policy of the principal can let it read one.
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "CollectMetadata",
                "Effect": "Allow",
                "Action": sorted({_action(operation) for operation in ALLOWED_OPERATIONS}),
                "Resource": "*",
            },
            {
                "Sid": "NeverReadSecrets",
                "Effect": "Deny",
                "Action": list(_SECRET_VALUES),
                "Resource": "*",
            },
        ],
    }


def _action(operation: str) -> str:
    """
    Give the IAM action that permits an operation.

    AWS Budgets has one for all reading, and IAM Identity Center a prefix of its own.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbudgetservice.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamidentitycenter.html
    """
    service, name = operation.split(":")
    return (
        "budgets:ViewBudget"
        if service == "budgets"
        else f"{_PREFIXES.get(service, service)}:{name}"
    )


class _Guard:
    """Refuses, for one client, what its list does not hold."""

    def __init__(self, service: str, allowed: frozenset[str]) -> None:
        self._service = service
        self._allowed = allowed

    def check(
        self,
        event_name: str,
        context: Mapping[str, Any] | None = None,
        **_: object,
    ) -> None:
        operation = f"{self._service}:{event_name.rsplit('.', 1)[-1]}"
        if operation not in self._allowed:
            raise RefusedOperationError(
                f"{operation} is not on keyproof's list of read-only operations; nothing was sent"
            )
        if context is not None and context.get("is_presign_request"):
            raise RefusedOperationError(
                f"a presigned URL of {operation} is refused: whoever holds it can call it"
            )


class _AssumedRole(CredentialProvider):
    """Credentials of the account's role, fetched when first needed and again as they expire."""

    METHOD = "assume-role"

    def __init__(
        self, account: AwsAccount, source: Session, make_client: Callable[..., BaseClient]
    ) -> None:
        super().__init__(source)
        self._account = account
        self._make_client = make_client

    def load(self) -> DeferredRefreshableCredentials:
        """Promise credentials; they are fetched by the first call that signs a request."""
        return DeferredRefreshableCredentials(refresh_using=self._fetch, method=self.METHOD)

    def _fetch(self) -> Mapping[str, Any]:
        source = self.session.get_credentials()
        if source is None:
            raise NoCredentialsError
        parameters = {"RoleSessionName": "keyproof"}
        if self._account.external_id is not None:
            parameters["ExternalId"] = self._account.external_id
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=self._make_client,
            source_credentials=source,
            role_arn=str(self._account.role_arn),
            extra_args=parameters,
        )
        credentials: Mapping[str, Any] = fetcher.fetch_credentials()
        return credentials
