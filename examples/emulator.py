"""
AWS in this process: moto, mended where it differs from AWS in what keyproof reads.

Every deviation mended here was measured against moto 5.2.5; a later moto that does
right by itself makes the mend superfluous, not wrong.
"""

from __future__ import annotations

import json
import os
import uuid
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import time_machine
from moto import mock_aws
from moto.budgets.models import budgets_backends
from moto.budgets.responses import BudgetsResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal import mock_random
from moto.secretsmanager.models import FakeSecret, ReplicaSecret, SecretsManagerBackend
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.sns.models import SNSBackend, sns_backends
from moto.ssoadmin.models import Instance, SSOAdminBackend, ssoadmin_backends

from keyproof import clock
from keyproof.facts.schedules import longest_interval_ns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from moto.sns.models import Subscription

ACCOUNT = DEFAULT_ACCOUNT_ID
"""The account that moto answers for: one of AWS's documentation ids."""

_SEED = 4
"""For the ids that AWS makes up, so that the same estate is the same on every run."""


@contextmanager
def emulated_aws() -> Iterator[None]:
    """
    Answer every AWS call of this process from memory, and none from the network.

    The environment's own AWS settings (credentials, profile, endpoint) are out of
    force inside, so that the emulation never turns to a real account.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    settings = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # hundreds of machine images, made anew each time
    }
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, {**own, **settings}, clear=True))
        for owner, name, mend in _MENDS:  # before moto starts, which makes all anew
            stack.enter_context(patch.object(owner, name, mend, create=True))
        stack.enter_context(mock_aws(config={"lambda": {"use_docker": False}}))
        mock_random.seed(_SEED)
        yield


def at(instant: datetime) -> time_machine.travel:
    """Make AWS's clock, and everyone else's, stand at `instant`, so that a past can be lived."""
    return time_machine.travel(instant, tick=False)


def request_token(secret: str) -> str:
    """The id of a secret's new version: boto3 would make up another on every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{secret} {clock.system_clock()}"))


def confirm_subscription(topic_arn: str, endpoint: str) -> None:
    """Do what a recipient does who follows the link in the confirmation e-mail."""
    region = topic_arn.split(":")[3]
    for arn, subscription in sns_backends[ACCOUNT][region].subscriptions.items():
        if (subscription.topic_arn, subscription.endpoint) == (topic_arn, endpoint):
            subscription.arn = arn
            return
    raise LookupError(f"{topic_arn} has no subscription of {endpoint}")


def enable_identity_center(region: str) -> None:
    """Do what an administrator does who enables IAM Identity Center; no operation can."""
    ssoadmin_backends[ACCOUNT][region].instances.append(Instance(ACCOUNT, region))


# moto knows nothing of several resource policies: a secret has `default` or none.
def _list_resource_policies(self: SecretsManagerResponse) -> str:
    secret = self.backend.describe_secret(self._get_param("SecretId"))
    names = [{"PolicyName": "default"}] if getattr(secret, "policy", None) else []
    return json.dumps({"ARN": secret.arn, "Name": secret.name, "ResourcePolicies": names})


# moto says "now" for the dates of every version.
def _list_secret_version_ids(self: SecretsManagerBackend, secret_id: str) -> str:
    secret = self.describe_secret(secret_id)
    versions = [
        {
            "VersionId": version_id,
            "VersionStages": version["version_stages"],
            "CreatedDate": version["createdate"],
        }
        for version_id, version in secret.versions.items()
    ]
    return json.dumps({"ARN": secret.arn, "Name": secret.name, "Versions": versions})


# moto drops ScheduleExpression and leaves the new version pending for ever.
def _rotate_secret(  # noqa: PLR0913, PLR0917 - the signature is moto's
    self: SecretsManagerBackend,
    secret_id: str,
    client_request_token: str | None = None,
    rotation_lambda_arn: str | None = None,
    rotation_rules: dict[str, Any] | None = None,
    rotate_immediately: bool = True,  # noqa: FBT001, FBT002
) -> str:
    secret = self.secrets[secret_id]
    if not isinstance(secret, FakeSecret):
        raise TypeError("a replica cannot be rotated")
    rules = rotation_rules or getattr(secret, "rotation_rules", {})
    now = clock.nanoseconds(clock.system_clock()) // 1_000_000_000
    secret.rotation_rules = rules  # type: ignore[attr-defined] # kept for the mended to_dict
    secret.rotation_requested = secret.rotation_enabled = True
    secret.rotation_lambda_arn = rotation_lambda_arn or secret.rotation_lambda_arn
    interval = longest_interval_ns(
        rules.get("ScheduleExpression") or f"rate({rules['AutomaticallyAfterDays']} days)"
    )
    if interval is not None:
        secret.next_rotation_date = now + interval // 1_000_000_000
    if rotate_immediately:
        version_id = client_request_token or str(mock_random.uuid4())
        version = {
            "createdate": now,
            "version_id": version_id,
            "version_stages": ["AWSCURRENT"],
            "secret_string": f"a value that {rotation_lambda_arn} made",
        }
        secret.reset_default_version(version, version_id)
        secret.last_rotation_date = now
    return secret.to_short_dict()


def _with_rotation_rules(
    original: Callable[[FakeSecret], dict[str, Any]],
) -> Callable[[FakeSecret], dict[str, Any]]:
    def to_dict(self: FakeSecret) -> dict[str, Any]:
        entry = original(self)
        if "RotationRules" in entry:
            entry["RotationRules"] = getattr(self, "rotation_rules", entry["RotationRules"])
        return entry

    return to_dict


# moto confirms e-mail subscriptions by itself; AWS waits for the recipient.
def _awaiting_confirmation(
    original: Callable[[SNSBackend, str, str, str], Subscription],
) -> Callable[[SNSBackend, str, str, str], Subscription]:
    def subscribe(self: SNSBackend, topic_arn: str, endpoint: str, protocol: str) -> Subscription:
        subscription = original(self, topic_arn, endpoint, protocol)
        if protocol in ("email", "email-json"):
            subscription.arn = "PendingConfirmation"
        return subscription

    return subscribe


# moto keeps a notification's subscribers and has no call to read them.
def _describe_subscribers(self: BudgetsResponse) -> str:
    budgets = budgets_backends[self._get_param("AccountId")][self.partition].budgets
    budget = budgets[self._get_param("AccountId")][self._get_param("BudgetName")]
    wanted = self._get_param("Notification")
    subscribers = [
        subscriber
        for notification in budget.notifications
        if notification.details == wanted
        for subscriber in notification.subscribers
    ]
    return json.dumps({"Subscribers": subscribers})


# moto says that a replica is encrypted with its primary's key, which is of another region.
def _with_own_key(
    original: Callable[[ReplicaSecret], dict[str, Any]],
) -> Callable[[ReplicaSecret], dict[str, Any]]:
    def to_dict(self: ReplicaSecret) -> dict[str, Any]:
        described = original(self)
        described.pop("KmsKeyId", None)  # as AWS leaves out the key that it manages
        return described

    return to_dict


# moto has Identity Center in every region from the start; AWS has it where it was enabled.
def _without_instances(
    original: Callable[[SSOAdminBackend, str, str], None],
) -> Callable[[SSOAdminBackend, str, str], None]:
    def initialise(self: SSOAdminBackend, region_name: str, account_id: str) -> None:
        original(self, region_name, account_id)
        self.instances.clear()

    return initialise


_MENDS: tuple[tuple[type, str, Any], ...] = (
    (SecretsManagerResponse, "list_resource_policies", _list_resource_policies),
    (SecretsManagerBackend, "list_secret_version_ids", _list_secret_version_ids),
    (SecretsManagerBackend, "rotate_secret", _rotate_secret),
    (FakeSecret, "to_dict", _with_rotation_rules(FakeSecret.to_dict)),
    (ReplicaSecret, "to_dict", _with_own_key(ReplicaSecret.to_dict)),
    (SNSBackend, "subscribe", _awaiting_confirmation(SNSBackend.subscribe)),
    (SSOAdminBackend, "__init__", _without_instances(SSOAdminBackend.__init__)),
    (BudgetsResponse, "describe_subscribers_for_notification", _describe_subscribers),
)
