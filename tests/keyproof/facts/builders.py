"""Snapshots, records and declarations in which nothing is wrong until a test changes it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors.evidence import GLOBAL, GLOBAL_SOURCES, REGIONAL_SOURCES
from keyproof import clock, documents
from keyproof.declarations.records import (
    AlertReference,
    Credential,
    ProviderKey,
    Rotation,
    SpendAlert,
    SpendMetric,
    Storage,
)
from keyproof.facts.snapshot import (
    Place,
    snapshot_from,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keyproof.documents import Json
    from keyproof.facts.snapshot import (
        Snapshot,
    )

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
REGION = "us-east-1"
OTHER_REGION = "eu-west-1"
HERE = Place(account=ACCOUNT, region=REGION)
ELSEWHERE = Place(account=ACCOUNT, region=OTHER_REGION)
EVERYWHERE = Place(account=ACCOUNT, region=GLOBAL)

AS_OF = "2026-11-02T09:30:00Z"
FINISHED = "2026-11-02T09:35:00Z"

LISTS = {
    "secrets_manager": ("secrets",),
    "resource_policies": ("secrets",),
    "kms": ("keys",),
    "iam": ("users", "groups", "roles", "policies"),
    "organizations": ("organization", "parents", "accounts", "policies"),
    "identity_center": ("instances", "permission_sets", "groups", "users"),
    "compute": ("functions", "task_definitions", "projects", "instance_profiles"),
    "lambda": ("functions",),
    "cloudwatch": ("metric_alarms", "composite_alarms", "log_alarms"),
    "budgets": ("budgets",),
    "sns": ("topics",),
}


def ns(text: str) -> int:
    return clock.nanoseconds(clock.parse(text))


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one source recorded in one place, beside what it could not see there."""

    source: str
    records: Mapping[str, Sequence[Json]]
    place: Place = HERE
    gaps: Sequence[Json] = ()


def collected(
    *parts: Seen,
    regions: Mapping[str, Sequence[str]] | None = None,
    absent: Iterable[tuple[str, Place]] = (),
) -> Snapshot:
    """Every source of every place, empty but for `parts`; `absent` ones have no snapshot."""
    return snapshot_from(files_of(*parts, regions=regions, absent=absent), "snapshot")


def files_of(
    *parts: Seen,
    regions: Mapping[str, Sequence[str]] | None = None,
    absent: Iterable[tuple[str, Place]] = (),
) -> dict[str, bytes]:
    regions = {ACCOUNT: (REGION, OTHER_REGION)} if regions is None else regions
    given = {(part.source, part.place): part for part in parts}
    files: dict[str, bytes] = {}
    listed = []
    places = [
        (source, Place(account=account, region=region))
        for account, each in regions.items()
        for source, all_regions in (
            *((source, each) for source in REGIONAL_SOURCES),
            *((source, (GLOBAL,)) for source in GLOBAL_SOURCES),
        )
        for region in all_regions
    ]
    for source, place in [key for key in places if key not in set(absent)]:
        part = given.pop((source, place), Seen(source=source, records={}, place=place))
        document = _document(part)
        file = f"{source}.{place.account}.{place.region}.json"
        files[file] = documents.encode(document)
        listed.append(
            {
                "file": file,
                "sha256": hashlib.sha256(files[file]).hexdigest(),
                **{
                    name: document[name]
                    for name in ("source", "account", "region", "subject", "gaps")
                },
                **{name: document[name] for name in ("started", "finished")},
                "calls": 0,
                "records": 0,
            }
        )
    assert not given, "a part of a place that is not in the snapshot"
    coverage = {
        "schema": "keyproof/coverage/1",
        "example": False,
        "organisation": "Kestrel Analytics",
        "as_of": AS_OF,
        "finished": FINISHED,
        "accounts": [
            {"id": account, "regions": list(each), "identity": None}
            for account, each in regions.items()
        ],
        "snapshots": listed,
    }
    return {"coverage.json": documents.encode(coverage), **files}


def _document(part: Seen) -> Json:
    return {
        "schema": "keyproof/snapshot/1",
        "example": False,
        "source": part.source,
        "account": part.place.account,
        "region": part.place.region,
        "subject": None,
        "started": AS_OF,
        "finished": FINISHED,
        "identity": None,
        "endpoint": None,
        "tool": "keyproof",
        "operations": [],
        "records": {name: list(part.records.get(name, ())) for name in LISTS.get(part.source, ())},
        "gaps": list(part.gaps),
    }


def failure(operation: str, resource: str | None = None, place: Place = HERE) -> Json:
    """A gap as a collector leaves it."""
    return {
        "source": operation.partition(":")[0],
        "reason": "access denied",
        "account": place.account,
        "region": place.region,
        "operation": operation,
        "code": "AccessDeniedException",
        "resource": resource,
    }


def secret_arn(name: str, place: Place = HERE) -> str:
    return f"arn:aws:secretsmanager:{place.region}:{place.account}:secret:{name}-AbCdEf"


def secret(name: str, place: Place = HERE, **described: object) -> Json:
    """A secret whose current version is a month old; `described` changes its description."""
    arn = secret_arn(name, place)
    return {
        "entry": {"ARN": arn, "Name": name},
        "description": {
            "ARN": arn,
            "Name": name,
            "VersionIdsToStages": {"v2": ["AWSCURRENT"], "v1": ["AWSPREVIOUS"]},
            **described,
        },
        "versions": [
            version("v2", "2026-10-02T09:30:00Z", "AWSCURRENT"),
            version("v1", "2026-07-02T09:30:00Z", "AWSPREVIOUS"),
        ],
    }


def version(version_id: str, created: str, *labels: str) -> Json:
    return {"VersionId": version_id, "CreatedDate": created, "VersionStages": list(labels)}


def secrets_seen(*secrets: Json, place: Place = HERE, gaps: Sequence[Json] = ()) -> Seen:
    return Seen(source="secrets_manager", records={"secrets": secrets}, place=place, gaps=gaps)


TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
MAILBOX = "oncall@example.com"


def policy(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(service: str, action: str = "sns:Publish", resource: str = TOPIC, **more: object) -> Json:
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": resource,
        **more,
    }


DEFAULT_POLICY = policy(
    {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:GetTopicAttributes", "SNS:Publish"],
        "Resource": TOPIC,
        "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}},
    }
)
"""What SNS gives a new topic: whoever acts for the owner's account may publish."""


def subscription(protocol: str = "email", **attributes: str) -> Json:
    return {
        "subscription": {
            "SubscriptionArn": f"{TOPIC}:11111111-2222-3333-4444-555555555555",
            "Protocol": protocol,
            "Endpoint": MAILBOX,
        },
        "attributes": {"PendingConfirmation": "false", **attributes},
    }


def topic(*subscriptions: Json, arn: str = TOPIC, **attributes: str) -> Json:
    return {
        "arn": arn,
        "attributes": {"TopicArn": arn, "Policy": DEFAULT_POLICY, **attributes},
        "subscriptions": list(subscriptions),
    }


def topics_seen(*topics: Json, place: Place = HERE, gaps: Sequence[Json] = ()) -> Seen:
    return Seen(source="sns", records={"topics": topics}, place=place, gaps=gaps)


DELIVERING = topics_seen(topic(subscription()))


def alarm(place: Place = HERE, **changes: object) -> Json:
    """An alarm on `METRIC` at 500 dollars."""
    return {
        "AlarmName": "ai-spend",
        "AlarmArn": f"arn:aws:cloudwatch:{place.region}:{place.account}:alarm:ai-spend",
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "StateValue": "OK",
        "Namespace": "Kestrel/AI",
        "MetricName": "Spend",
        "Dimensions": [{"Name": "Provider", "Value": "openai"}],
        "Statistic": "Maximum",
        "Period": 3600,
        "EvaluationPeriods": 1,
        "Threshold": 500.0,
        "ComparisonOperator": "GreaterThanThreshold",
        **changes,
    }


def alarms_seen(*alarms: Json, place: Place = HERE, gaps: Sequence[Json] = ()) -> Seen:
    return Seen(source="cloudwatch", records={"metric_alarms": alarms}, place=place, gaps=gaps)


def metric(**changes: object) -> SpendMetric:
    fields: dict[str, Any] = {
        "provider": "openai",
        "environment": None,
        "namespace": "Kestrel/AI",
        "metric": "Spend",
        "dimensions": {"Provider": "openai"},
        "account": None,
        "region": None,
        "measures": "spend_since_midnight",
        "unit": None,
    }
    fields.update(changes)
    return SpendMetric(**fields)


def notification(*subscribers: Json, **changes: object) -> Json:
    return {
        "notification": {
            "NotificationType": "ACTUAL",
            "ComparisonOperator": "GREATER_THAN",
            "Threshold": 80.0,
            "ThresholdType": "PERCENTAGE",
            **changes,
        },
        "subscribers": list(subscribers),
    }


MAIL = {"SubscriptionType": "EMAIL", "Address": MAILBOX}


def budget(*notifications: Json, **changes: object) -> Json:
    return {
        "budget": {
            "BudgetName": "ai",
            "BudgetType": "COST",
            "BudgetLimit": {"Amount": "500.0", "Unit": "USD"},
            "TimeUnit": "MONTHLY",
            "TimePeriod": {"Start": "2026-01-01T00:00:00Z", "End": "2087-06-15T00:00:00Z"},
            **changes,
        },
        "notifications": list(notifications),
    }


def budgets_seen(*budgets: Json, gaps: Sequence[Json] = ()) -> Seen:
    return Seen(source="budgets", records={"budgets": budgets}, place=EVERYWHERE, gaps=gaps)


def credential(**changes: object) -> Credential:
    fields: dict[str, Any] = {
        "id": "openai-production",
        "provider": "openai",
        "environment": "production",
        "scope": "all models",
        "services": ("search",),
        "owner": None,
        "provider_key": None,
        "storage": stored_in("prod/openai"),
        "rotation": Rotation(days=90, schedule=None),
        "spend_alert": None,
    }
    fields.update(changes)
    return Credential(**fields)


def stored_in(
    name: str | None,
    account: str | None = None,
    region: str | None = None,
    *,
    json_key: str | None = None,
    elsewhere: str | None = None,
) -> Storage:
    return Storage(
        secret=name, account=account, region=region, json_key=json_key, elsewhere=elsewhere
    )


def key(key_id: str) -> ProviderKey:
    return ProviderKey(container=None, key_id=key_id)


def alerted_by(*alerts: AlertReference) -> SpendAlert:
    return SpendAlert(threshold_usd_cents=50_000, not_applicable=None, alerts=alerts)


def alarm_reference(
    name: str = "ai-spend", account: str | None = None, region: str | None = None
) -> AlertReference:
    return AlertReference(kind="alarm", name=name, account=account, region=region)


def budget_reference(name: str = "ai", account: str | None = None) -> AlertReference:
    return AlertReference(kind="budget", name=name, account=account, region=None)
