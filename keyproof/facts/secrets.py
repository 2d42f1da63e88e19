"""What Secrets Manager stores, secret by secret, and whether its rotation can work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keyproof import clock
from keyproof.facts.providers import recognise_provider
from keyproof.facts.schedules import longest_interval_ns
from keyproof.facts.service_access import service_may

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.documents import Json
    from keyproof.facts.snapshot import Place, Snapshot


def stored_secrets(snapshot: Snapshot) -> list[Json]:
    """
    Give one fact for each secret of every account and region, in the order of the ARNs.

    Its members are those of `$defs/secret` in the schema of the facts, with the name's
    provider, tags and owning service beside it for reconciliation.
    """
    facts = [
        _secret(record, place, snapshot)
        for place, records in snapshot.places("secrets_manager")
        for record in records["secrets"]
    ]
    return sorted(facts, key=lambda fact: (fact["arn"], fact["account"], fact["region"]))


def _secret(record: Json, place: Place, snapshot: Snapshot) -> Json:
    # ListSecrets lags by up to five minutes, so DescribeSecret counts where it answered.
    described = record["description"] or record["entry"]
    stages = described.get("VersionIdsToStages") or described.get("SecretVersionsToStages") or {}
    current = _staged(stages, "AWSCURRENT")
    tags = {tag["Key"]: tag.get("Value", "") for tag in described.get("Tags") or []}
    return {
        "arn": described["ARN"],
        "name": described["Name"],
        "account": place.account,
        "region": place.region,
        "tags": tags,
        "provider": recognise_provider(
            described["Name"],
            *(f"{key} {value}" for key, value in sorted(tags.items())),
            described.get("Description") or "",
        ),
        "owned_by_service": described.get("OwningService"),
        "pending_deletion": described.get("DeletedDate") is not None,
        "replica": described.get("PrimaryRegion") not in (None, place.region),
        "current": current is not None and _has_value(record["versions"], current),
        "rotated_at_ns": _created_ns(record["versions"], current, snapshot),
        "rotation": _rotation(described, current, _staged(stages, "AWSPENDING"), place, snapshot),
    }


def _staged(stages: Mapping[str, list[str]], stage: str) -> str | None:
    return next((version for version, names in stages.items() if stage in names), None)


def _has_value(versions: list[Json] | None, version_id: str) -> bool:
    """ListSecretVersionIds omits versions without a value; such a version holds no key."""
    return versions is None or any(version["VersionId"] == version_id for version in versions)


def _created_ns(versions: list[Json] | None, current: str | None, snapshot: Snapshot) -> int | None:
    """
    When the current version was made: the only date that moves with every new key.

    A version made while the collection ran is as old as the collection, not younger.
    """
    for version in versions or []:
        if version["VersionId"] == current and version.get("CreatedDate") is not None:
            created = clock.nanoseconds(clock.parse(version["CreatedDate"]))
            started = clock.nanoseconds(clock.parse(snapshot.coverage["as_of"]))
            finished = clock.nanoseconds(clock.parse(snapshot.coverage["finished"]))
            return started if started < created <= finished else created
    return None


def _rotation(
    described: Json, current: str | None, pending: str | None, place: Place, snapshot: Snapshot
) -> Json:
    schedule = _schedule(described.get("RotationRules") or {})
    function_arn = described.get("RotationLambdaARN")
    return {
        "enabled": described.get("RotationEnabled") is True,
        "schedule": schedule,
        "interval_ns": None if schedule is None else longest_interval_ns(schedule),
        "performed_by": _performed_by(described),
        "function": None
        if function_arn is None
        else _function(function_arn, described["ARN"], place, snapshot),
        "last_rotated_at_ns": _instant_ns(described.get("LastRotatedDate")),
        "next_rotation_at_ns": _instant_ns(described.get("NextRotationDate")),
        "stuck": pending is not None and pending != current,
    }


def _performed_by(described: Json) -> str | None:
    if described.get("RotationLambdaARN") is not None:
        return "function"
    if described.get("ExternalSecretRotationRoleArn") is not None:
        return "partner"
    return "service" if described.get("OwningService") is not None else None


def _schedule(rules: Json) -> str | None:
    """
    `AutomaticallyAfterDays` is recomputed after each rotation where an expression is set.

    So the expression counts where there is one.
    """
    expression: str | None = rules.get("ScheduleExpression")
    days = rules.get("AutomaticallyAfterDays")
    if expression is not None:
        return expression
    return f"rate({days} days)" if days else None


def _instant_ns(value: Any) -> int | None:  # noqa: ANN401 - a member of AWS's answer, or nothing
    return None if value is None else clock.nanoseconds(clock.parse(value))


def _function(arn: str, secret_arn: str, place: Place, snapshot: Snapshot) -> Json:
    functions = snapshot.named("lambda", "functions", arn)
    found = next((record for at, record in functions if at == place), None)
    if found is None or found["exists"] is None:
        return {"arn": arn, "status": "unseen", "invocable": None, "throttled": None}
    if not found["exists"]:
        return {"arn": arn, "status": "missing", "invocable": False, "throttled": None}
    return {
        "arn": arn,
        "status": "found",
        "invocable": None
        if snapshot.failed("lambda", place, "lambda:GetPolicy", arn)
        else service_may(
            found["policy"],
            service="secretsmanager.amazonaws.com",
            action="lambda:InvokeFunction",
            resource=arn,
            context={"aws:sourceaccount": place.account, "aws:sourcearn": secret_arn},
        ),
        "throttled": found["reserved_concurrency"] == 0,
    }
