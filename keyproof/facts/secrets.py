"""What Secrets Manager stores, secret by secret, and whether its rotation can work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyproof.facts.providers import recognise_provider
from keyproof.facts.schedules import longest_interval_ns
from keyproof.facts.service_access import service_may

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keyproof.documents import Json
    from keyproof.facts.snapshot import Place, Snapshot

_CURRENT = "AWSCURRENT"
_PENDING = "AWSPENDING"


def stored_secrets(snapshot: Snapshot) -> list[Json]:
    """
    Give one fact for each secret of every account and region, in the order of the ARNs.

    Its members are those of `$defs/secret` in the schema of the facts, with the name's
    provider, tags, owning service and `primary_arn` (of a replica: its primary's) beside
    it for reconciliation. One that two pages of the listing hold is one secret.
    """
    facts = (
        _secret(record, place, snapshot)
        for place, records in snapshot.places("secrets_manager")
        for record in records["secrets"]
        if record["entry"].get("ARN")  # one without is a gap of the listing
    )
    once = {(fact["arn"], fact["account"], fact["region"]): fact for fact in facts}
    return [once[key] for key in sorted(once)]


def _secret(record: Json, place: Place, snapshot: Snapshot) -> Json:
    # ListSecrets lags by up to five minutes, so DescribeSecret counts where it answered.
    described = record["description"] or record["entry"]
    arn = record["entry"]["ARN"]
    name = described.get("Name") or _name_in(arn)
    primary_arn = _primary_arn(arn, described, place)
    tags = {tag.get("Key", ""): tag.get("Value", "") for tag in described.get("Tags", [])}
    versions = _versions(record, place, snapshot)
    listed = [version.get("VersionStages", []) for version in versions or []]
    stages = described.get("VersionIdsToStages") or described.get("SecretVersionsToStages") or {}
    staged = list(stages.values()) or listed
    return {
        "arn": arn,
        "primary_arn": primary_arn,
        "name": name,
        "account": place.account,
        "region": place.region,
        "tags": tags,
        "provider": recognise_provider(
            name,
            *(f"{key} {value}" for key, value in sorted(tags.items())),
            described.get("Description", ""),
        ),
        "owned_by_service": described.get("OwningService"),
        "pending_deletion": described.get("DeletedDate") is not None,
        "replica": primary_arn != arn,
        "replicated_to": _replicated_to(arn, described, place),
        # ListSecretVersionIds omits versions without a value; such a version holds no key.
        "current": any(_CURRENT in labels for labels in (staged if versions is None else listed)),
        "rotated_at_ns": _created_ns(versions or [], snapshot),
        "rotation": _rotation(described, arn, staged, place, snapshot),
    }


def _name_in(arn: str) -> str:
    """The name in a secret's ARN, which ends with a hyphen and six random characters."""
    return arn.split(":", 6)[-1][:-7]


def _primary_arn(arn: str, described: Json, place: Place) -> str:
    """A replica's ARN is its primary's but for the region; across accounts AWS names it."""
    elsewhere: str | None = described.get("CrossAccountPrimary", {}).get("PrimarySecretARN")
    region = described.get("PrimaryRegion", place.region)
    return elsewhere or arn.replace(f":{place.region}:", f":{region}:", 1)


def _replicated_to(arn: str, described: Json, place: Place) -> list[str]:
    """The ARNs of its replicas, in other regions and other accounts."""
    regions = [each.get("Region") for each in described.get("ReplicationStatus", [])]
    found = {arn.replace(f":{place.region}:", f":{region}:", 1) for region in regions if region}
    for each in described.get("CrossAccountReplicas", []):
        found |= {each["ReplicaArn"]} if each.get("ReplicaArn") else set()
    return sorted(found)


def _versions(record: Json, place: Place, snapshot: Snapshot) -> list[Json] | None:
    """Every version that the listing holds; None unless it was seen to its end."""
    operation = "secretsmanager:ListSecretVersionIds"
    if snapshot.failed("secrets_manager", place, operation, record["entry"]["ARN"]):
        return None
    versions: list[Json] | None = record["versions"]
    return versions


def _created_ns(versions: Sequence[Json], snapshot: Snapshot) -> int | None:
    """
    When the current version was made: the only date that moves with every new key.

    None when it is not known which version that is.
    """
    current = [version for version in versions if _CURRENT in version.get("VersionStages", [])]
    return snapshot.instant_ns(current[0].get("CreatedDate")) if len(current) == 1 else None


def _rotation(
    described: Json, arn: str, staged: Sequence[Sequence[str]], place: Place, snapshot: Snapshot
) -> Json:
    schedule = _schedule(described.get("RotationRules", {}))
    function_arn = described.get("RotationLambdaARN")
    return {
        "enabled": described.get("RotationEnabled") is True,
        "schedule": schedule,
        "interval_ns": None if schedule is None else longest_interval_ns(schedule),
        "performed_by": _performed_by(described),
        "function": None if function_arn is None else _function(function_arn, arn, place, snapshot),
        "last_rotated_at_ns": snapshot.instant_ns(described.get("LastRotatedDate")),
        "next_rotation_at_ns": snapshot.instant_ns(described.get("NextRotationDate")),
        "stuck": any(_PENDING in labels and _CURRENT not in labels for labels in staged),
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


def _function(arn: str, secret_arn: str, place: Place, snapshot: Snapshot) -> Json:
    scope = (place.account, place.region)
    _, function = next(iter(snapshot.named("lambda", "functions", arn, scope)), (place, None))
    if function is None or function["exists"] is None:
        return {"arn": arn, "status": "unseen", "invocable": None, "throttled": None}
    if not function["exists"]:
        return {"arn": arn, "status": "missing", "invocable": False, "throttled": None}
    return {
        "arn": arn,
        "status": "found",
        "invocable": None
        if snapshot.failed("lambda", place, "lambda:GetPolicy", arn)
        else service_may(
            function["policy"],
            service="secretsmanager.amazonaws.com",
            action="lambda:InvokeFunction",
            resource=arn,
            context={"aws:sourceaccount": place.account, "aws:sourcearn": secret_arn},
        ),
        "throttled": None
        if snapshot.failed("lambda", place, "lambda:GetFunctionConcurrency", arn)
        else function["reserved_concurrency"] == 0,
    }
