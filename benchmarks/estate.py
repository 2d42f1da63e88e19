"""
A synthetic estate of any size: a snapshot, an inventory and a configuration.

Everything follows from the sizes alone, so that two runs measure the same work. The
documents have the members that AWS answers with, and pass the same schemas.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from collectors.evidence import CollectedAccount, Snapshot, coverage_document, coverage_entry
from keyproof import clock, documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from keyproof.documents import Json

AS_OF = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ACCOUNTS = ("111122223333", "444455556666")
REGIONS = ("us-east-1", "eu-west-1")

CREDENTIALS_OF_A_TOPIC = 10
"""Credentials whose alerts go to the same topic: those of one team."""

FLAWS = (
    "no scope",
    "owned by a mailbox",
    "pending deletion",
    "a stored secret without an entry",
    "a schedule beyond the ceiling",
    "overdue",
    "no confirmed recipient",
    "rotation off",
)
"""One for each criterion that is judged so far; the flawed credentials have them in turn."""

_PROVIDERS = ("openai", "anthropic", "pinecone")
_ENVIRONMENTS = ("production", "staging", "test", "development", "sandbox")
_PLACES = tuple((account, region) for account in ACCOUNTS for region in REGIONS)
_ROTATION_DAYS = 30
_UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """
    How large an estate is.

    `violating` is the share of credentials with one of the flaws. Spend is published for
    each provider and environment, or with `metric_each` for each credential.
    """

    credentials: int
    recipients: int = 20
    violating: float = 0.05
    metric_each: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """One credential, the secret that holds it, and the alarm on its spend."""

    number: int
    flaw: str | None
    metric_each: bool

    @property
    def id(self) -> str:
        return f"{self.provider}-{self.environment}-{self.number:06d}"

    @property
    def provider(self) -> str:
        return _PROVIDERS[self.number % len(_PROVIDERS)]

    @property
    def environment(self) -> str:
        return _ENVIRONMENTS[self.number % len(_ENVIRONMENTS)]

    @property
    def place(self) -> tuple[str, str]:
        return _PLACES[self.number % len(_PLACES)]

    @property
    def secret(self) -> str:
        return f"{self.environment}/{self.provider}/{self.number:06d}/api-key"

    @property
    def team(self) -> int:
        return self.number // (CREDENTIALS_OF_A_TOPIC * len(_PLACES))

    @property
    def dimensions(self) -> dict[str, str]:
        """Those of the metric that holds the credential's spend."""
        shared = {"Provider": self.provider, "Environment": self.environment}
        return {**shared, "Credential": self.id} if self.metric_each else shared


def inventory(sizes: Sizes) -> bytes:
    """The estate's `inventory.yaml`, in the form that people write."""
    entries = "\n".join(map(_entry, _keys(sizes)))
    published = {_metric(key): None for key in _keys(sizes)}
    metrics = "\n".join(published)
    text = f"schema: keyproof/inventory/1\n\ncredentials:\n{entries}\nspend_metrics:\n{metrics}\n"
    return text.encode()


def configuration() -> bytes:
    """The estate's `keyproof.toml`."""
    accounts = "\n".join(
        f'[[aws.accounts]]\nid = "{account}"\nregions = ["{REGIONS[0]}", "{REGIONS[1]}"]'
        for account in ACCOUNTS
    )
    return f'organisation = "Example Company"\ntarget_level = 5\n{accounts}\n'.encode()


def snapshot(sizes: Sizes) -> dict[str, bytes]:
    """The files of the estate's snapshot by name, `coverage.json` among them."""
    files: dict[str, bytes] = {}
    entries: list[Json] = []
    for each in _snapshots(sizes):
        document = each.document(tool="keyproof", example=True)
        content = documents.encode(document)
        files[each.file_name] = content
        entries.append(coverage_entry(document, file=each.file_name, content=content))
    coverage = coverage_document(
        organisation="Example Company",
        example=True,
        as_of=AS_OF,
        finished=AS_OF,
        accounts=[
            CollectedAccount(id=account, regions=REGIONS, identity=None) for account in ACCOUNTS
        ],
        snapshots=entries,
    )
    return {**files, "coverage.json": documents.encode(coverage)}


def _keys(sizes: Sizes) -> Iterator[_Key]:
    """Flaws are spread evenly: one wherever the share of flawed credentials passes a whole."""
    flawed = 0
    for number in range(sizes.credentials):
        flaw = None
        if int((number + 1) * sizes.violating) > flawed:
            flaw = FLAWS[flawed % len(FLAWS)]
            flawed += 1
        yield _Key(number=number, flaw=flaw, metric_each=sizes.metric_each)


def _entry(key: _Key) -> str:
    account, region = key.place
    scope = "" if key.flaw == "no scope" else "\n    scope: All models of the team's project"
    owner = (
        "{team: ai@example.com}" if key.flaw == "owned by a mailbox" else f"{{team: T{key.team}}}"
    )
    days = 400 if key.flaw == "a schedule beyond the ceiling" else _ROTATION_DAYS
    return f"""\
  - id: {key.id}
    provider: {key.provider}
    environment: {key.environment}{scope}
    services: [service-{key.number:06d}]
    owner: {owner}
    provider_key: {{container: project-{key.team}, key_id: key-{key.number:06d}}}
    storage: {{secret: {key.secret}, account: "{account}", region: {region}}}
    rotation: {{days: {days}}}
    spend_alert:
      threshold_usd_per_day: 500
      alerts: [{{alarm: ai-spend-{key.id}, account: "{account}", region: {region}}}]
"""


def _metric(key: _Key) -> str:
    dimensions = ", ".join(f"{name}: {value}" for name, value in key.dimensions.items())
    return f"""\
  - provider: {key.provider}
    environment: {key.environment}
    namespace: ExampleCompany/AI
    metric: SpendSinceMidnight
    dimensions: {{{dimensions}}}
    measures: spend_since_midnight
"""


def _snapshots(sizes: Sizes) -> Iterator[Snapshot]:
    keys: Mapping[tuple[str, str], list[_Key]] = {place: [] for place in _PLACES}
    for key in _keys(sizes):
        keys[key.place].append(key)
    for place, here in keys.items():
        secrets = list(_secrets(here))
        policies = [{"arn": each["entry"]["ARN"], "resource_policies": []} for each in secrets]
        yield _snapshot("secrets_manager", place, {"secrets": secrets})
        yield _snapshot("resource_policies", place, {"secrets": policies})
        yield _snapshot("kms", place, {"keys": []})
        yield _snapshot("lambda", place, {"functions": [_function(place)]})
        yield _snapshot(
            "cloudwatch",
            place,
            {"metric_alarms": list(map(_alarm, here)), "composite_alarms": [], "log_alarms": []},
        )
        teams = dict.fromkeys(f"ai-spend-{key.team}" for key in here)
        topics = [_topic(name, place, sizes.recipients) for name in (*teams, _UNREAD)]
        yield _snapshot("sns", place, {"topics": topics})
        yield _snapshot("eventbridge", place, {"buses": []})
        yield _snapshot(
            "compute",
            place,
            _empty("functions", "task_definitions", "projects", "instance_profiles"),
        )
        yield _snapshot(
            "identity_center", place, _empty("instances", "permission_sets", "groups", "users")
        )
    for account in ACCOUNTS:
        yield _snapshot("iam", (account, "global"), _empty("users", "groups", "roles", "policies"))
        yield _snapshot("budgets", (account, "global"), {"budgets": []})
        yield _snapshot(
            "organizations",
            (account, "global"),
            _empty("organization", "parents", "accounts", "policies"),
        )


def _empty(*members: str) -> Json:
    return {member: [] for member in members}


def _snapshot(source: str, place: tuple[str, str], records: Json) -> Snapshot:
    account, region = place
    return Snapshot(
        source=source,
        account=account,
        region=region,
        started=AS_OF,
        finished=AS_OF,
        identity=None,
        endpoint=None,
        operations=(),
        records=records,
        gaps=(),
    )


def _secrets(keys: list[_Key]) -> Iterator[Json]:
    for key in keys:
        yield _secret(key, key.secret)
        if key.flaw == "a stored secret without an entry":
            yield _secret(key, f"{key.secret}-trial")


def _secret(key: _Key, name: str) -> Json:
    account, region = key.place
    rotated = AS_OF - timedelta(days=200 if key.flaw == "overdue" else 10)
    arn = f"arn:aws:secretsmanager:{region}:{account}:secret:{name}-{_digest(name, 6)}"
    version_id = _digest(arn, 32)
    described: Json = {
        "ARN": arn,
        "Name": name,
        "Description": f"Key of {key.provider} for {key.environment}",
        "KmsKeyId": f"arn:aws:kms:{region}:{account}:key/{_digest(region, 32)}",
        "RotationEnabled": key.flaw != "rotation off",
        "RotationLambdaARN": _function_arn(key.place),
        "RotationRules": {"ScheduleExpression": f"rate({_ROTATION_DAYS} days)"},
        "LastRotatedDate": clock.text(rotated),
        "LastChangedDate": clock.text(rotated),
        "NextRotationDate": clock.text(AS_OF + timedelta(days=20)),
        "Tags": [
            {"Key": "environment", "Value": key.environment},
            {"Key": "team", "Value": str(key.team)},
        ],
        "CreatedDate": clock.text(AS_OF - timedelta(days=400)),
    }
    if key.flaw == "pending deletion":
        described["DeletedDate"] = clock.text(AS_OF)
    stages = {version_id: ["AWSCURRENT"]}
    return {
        "entry": {**described, "SecretVersionsToStages": stages},
        "description": {**described, "VersionIdsToStages": stages},
        "versions": [
            {
                "VersionId": version_id,
                "VersionStages": ["AWSCURRENT"],
                "CreatedDate": clock.text(rotated),
            }
        ],
    }


def _function_arn(place: tuple[str, str]) -> str:
    account, region = place
    return f"arn:aws:lambda:{region}:{account}:function:rotate-ai-key"


def _function(place: tuple[str, str]) -> Json:
    arn = _function_arn(place)
    return {
        "arn": arn,
        "exists": True,
        "policy": _policy("secretsmanager.amazonaws.com", "lambda:InvokeFunction", arn),
        "reserved_concurrency": None,
    }


def _alarm(key: _Key) -> Json:
    account, region = key.place
    name = f"ai-spend-{key.id}"
    topic = _UNREAD if key.flaw == "no confirmed recipient" else f"ai-spend-{key.team}"
    return {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
        "ActionsEnabled": True,
        "AlarmActions": [_topic_arn(topic, key.place)],
        "StateValue": "OK",
        "Namespace": "ExampleCompany/AI",
        "MetricName": "SpendSinceMidnight",
        "Dimensions": [{"Name": name, "Value": value} for name, value in key.dimensions.items()],
        "Statistic": "Maximum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 500.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }


def _topic_arn(name: str, place: tuple[str, str]) -> str:
    account, region = place
    return f"arn:aws:sns:{region}:{account}:{name}"


def _topic(name: str, place: tuple[str, str], recipients: int) -> Json:
    arn = _topic_arn(name, place)
    return {
        "arn": arn,
        "attributes": {
            "TopicArn": arn,
            "Policy": _policy("cloudwatch.amazonaws.com", "sns:Publish", arn),
        },
        "subscriptions": [_subscription(arn, name, number) for number in range(recipients)],
    }


def _subscription(topic: str, name: str, number: int) -> Json:
    pending = name == _UNREAD
    arn = "PendingConfirmation" if pending else f"{topic}:{_digest(f'{topic}{number}', 32)}"
    endpoint = f"on-call-{number}.{name}@example.com"
    subscription = {"SubscriptionArn": arn, "Protocol": "email", "Endpoint": endpoint}
    return {
        "subscription": {**subscription, "TopicArn": topic},
        "attributes": None if pending else {**subscription, "PendingConfirmation": "false"},
    }


def _policy(service: str, action: str, resource: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": resource,
    }
    return documents.encode({"Version": "2012-10-17", "Statement": [statement]}).decode()


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
