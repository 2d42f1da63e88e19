"""The documents of several assessments, as a report receives them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from keyproof import clock, documents
from reports.html import render_html

if TYPE_CHECKING:
    from keyproof.documents import Json

AS_OF = "2026-11-02T09:30:00Z"
AS_OF_NS = clock.nanoseconds(clock.parse(AS_OF))
DAY_NS = clock.DAY_NS

# level, evidence, sources, title
CATALOGUE = {
    "inventory_documented": (2, "E1", "inventory", "Every credential is fully documented"),
    "individually_owned": (2, "E1", "inventory", "Every credential has an owner"),
    "no_keys_in_source": (2, "E5", "source_scan", "No repository holds an AI key"),
    "stored_in_secrets_manager": (3, "E1", "secrets_manager", "Every credential is stored"),
    "inventory_complete": (3, "E1", "secrets_manager", "The inventory and the store agree"),
    "rotation_documented": (3, "E3", "inventory", "Every credential has a schedule"),
    "rotated_on_schedule": (3, "E3", "secrets_manager", "Every credential was rotated on schedule"),
    "access_restricted": (3, "E2", "effective_access", "Only approved principals can read"),
    "no_live_keys_in_history": (3, "E5", "source_scan", "No key ever committed is active"),
    "usage_recorded": (4, "E4", "cloudtrail", "Reads of the secrets are recorded"),
    "spend_alerts_deliverable": (4, "E4", "sns", "Each spend alert reaches somebody"),
    "usage_anomalies_alerted": (4, "E4", "anomalies", "Unusual use alerts somebody"),
    "alerts_investigated": (4, "E4", "alert_history", "Each alert was investigated"),
    "scoped_to_service": (5, "E1", "provider_keys", "Each key serves named services"),
    "rotated_automatically": (5, "E3", "lambda", "Every credential is rotated automatically"),
    "rotated_after_compromise_or_departure": (5, "E3", "people", "Keys were rotated after leavers"),
    "response_time_measured": (5, "E4", "incidents", "The response is measured"),
    "infrastructure_code_checked": (0, "E3", "infrastructure_code", "Code declares it as it is"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """The three documents of one assessment."""

    facts: Json
    results: Json
    coverage: Json

    def render(self) -> bytes:
        """The report, of documents that have been validated as the pipeline does."""
        for kind in ("facts", "results", "coverage"):
            documents.validate(getattr(self, kind), kind, f"{kind}.json")
        return render_html(facts=self.facts, results=self.results, coverage=self.coverage)

    def text(self) -> str:
        return self.render().decode()

    def fail(self, slug: str, *violations: Json) -> None:
        result = self.results["criteria"][slug]
        result["violations"] = list(violations)
        result["verdict"] = "fail"

    def miss(self, slug: str, *gaps: Json) -> None:
        result = self.results["criteria"][slug]
        result["gaps"] = list(gaps)
        result["verdict"] = "fail" if result["violations"] else "unknown"

    def set_level(self, *, proven: int, possible: int, target: int, blocking: list[str]) -> None:
        self.facts["target_level"] = target
        self.results["level"] = {
            "proven": proven,
            "possible": possible,
            "target": target,
            "blocking": blocking,
        }


def flawless(*, example: bool = False) -> Estate:
    """Four credentials of which nothing is wrong, and every criterion passes."""
    shared = {"example": example, "organisation": "Kestrel Analytics", "as_of": AS_OF}
    ceiling = {"rotation_ceiling_days": {"development": 90, "production": 90}}
    limits = {"parameters": ceiling, "looser_parameters": []}
    credentials = [
        credential("openai-production", "openai", "production", days=90, age=31, cents=50_000),
        credential("openai-development", "openai", "development", days=30, age=12, cents=5_000),
        credential(
            "anthropic-production", "anthropic", "production", days=90, age=60, cents=50_000
        ),
        credential("pinecone-production", "pinecone", "production", days=90, age=15, cents=None),
    ]
    excluded = stored_secret("production/orders/database")
    excluded["excluded"] = "Passwords of the order database."
    return Estate(
        facts={
            "schema": "keyproof/facts/1",
            **shared,
            **copy.deepcopy(limits),
            "as_of_ns": AS_OF_NS,
            "target_level": 3,
            "default_parameters": copy.deepcopy(ceiling),
            "coverage": {
                source: {"gaps": []}
                for source in ("access", *(source for _, _, source, _ in CATALOGUE.values()))
            },
            "credentials": credentials,
            "effective_access": access(credentials),
            "stored_secrets": [*(_stored(entry) for entry in credentials), excluded],
            "repositories": [],
            "infrastructure": {
                "credentials": [],
                "other_checks": [],
                "unresolved": [],
                "unlisted": [],
            },
            "leaked_keys": [],
            "waivers": [],
        },
        results={
            "schema": "keyproof/results/1",
            **shared,
            **copy.deepcopy(limits),
            "level": {"proven": 5, "possible": 5, "target": 3, "blocking": []},
            "criteria": {slug: result(slug) for slug in CATALOGUE},
        },
        coverage={
            "schema": "keyproof/coverage/1",
            **shared,
            "finished": "2026-11-02T09:30:41Z",
            "accounts": [
                {
                    "id": "111122223333",
                    "regions": ["eu-west-1", "us-east-1"],
                    "identity": "arn:aws:sts::111122223333:assumed-role/keyproof-collector/audit",
                }
            ],
            "snapshots": [
                snapshot("secrets_manager", "eu-west-1"),
                snapshot("secrets_manager", "us-east-1"),
                snapshot("sns", "us-east-1"),
                snapshot("iam", "global"),
            ],
        },
    )


def example() -> Estate:
    """The example company: an old key, an unconfirmed alert, a secret nobody declared."""
    estate = flawless(example=True)
    sources = {"access", "inventory", "secrets_manager", "sns", "lambda"}
    estate.facts["coverage"] = {source: {"gaps": []} for source in sources}
    old, alerting = estate.facts["credentials"][1:3]
    old["secret"]["rotated_at_ns"] = AS_OF_NS - 45 * DAY_NS
    old["secret"]["rotation"] = automatic(30) | {"enabled": False}
    recipient = alerting["spend_alert"]["alerts"][0]["recipients"][0]
    recipient |= {"status": "broken", "reason": "the subscription was never confirmed"}
    undeclared = stored_secret("trial/cohere/api-key") | {"provider": "cohere"}
    estate.facts["stored_secrets"].append(undeclared)
    for slug, (_, _, source, _) in CATALOGUE.items():
        if source not in sources:
            estate.results["criteria"][slug] |= {
                "verdict": "unknown",
                "population": 0,
                "gaps": [gap(source=source, reason="no source yet")],
            }
    estate.fail(
        "rotated_on_schedule",
        {
            "resource": old["id"],
            "observed": {
                "binding": "bound",
                "interval_ns": 30 * DAY_NS,
                "rotated_at_ns": old["secret"]["rotated_at_ns"],
            },
        },
    )
    estate.fail(
        "inventory_complete",
        {
            "resource": undeclared["arn"],
            "observed": {
                "name": undeclared["name"],
                "provider": "cohere",
                "entry": None,
                "excluded": None,
                "owned_by_service": None,
            },
        },
    )
    estate.fail(
        "spend_alerts_deliverable",
        {
            "resource": alerting["id"],
            "observed": {"provider": "anthropic", "spend_alert": alerting["spend_alert"]},
        },
    )
    estate.fail(
        "rotated_automatically",
        {
            "resource": old["id"],
            "observed": {
                "binding": "bound",
                "interval_ns": 30 * DAY_NS,
                "rotation": old["secret"]["rotation"],
            },
        },
    )
    applied = waiver("W-2026-03", "rotated_on_schedule", old["id"], days=28)
    estate.facts["waivers"] = [
        applied,
        waiver("W-2026-01", "spend_alerts_deliverable", alerting["id"], days=-10),
    ]
    estate.results["criteria"]["rotated_on_schedule"]["waived"] = [waived(applied)]
    estate.set_level(proven=1, possible=2, target=3, blocking=["no_keys_in_source"])
    return estate


def credential(
    name: str, provider: str, environment: str, *, days: int, age: int, cents: int | None
) -> Json:
    """A credential as declared, bound to its secret, `age` days after its last rotation."""
    secret_name = f"{environment}/{provider}/api-key"
    arn = f"arn:aws:secretsmanager:us-east-1:111122223333:secret:{secret_name}-AbCdEf"
    return {
        "id": name,
        "provider": provider,
        "environment": environment,
        "scope": f"Models of {provider} for the support assistant",
        "services": ["support-assistant", "search"],
        "owner": {"kind": "team", "name": "Platform", "address": False},
        "provider_key": {"container": f"proj_{environment}", "key_id": f"key_{environment}_1"},
        "shares_key_with": [],
        "storage": {
            "secret": secret_name,
            "account": "111122223333",
            "region": "us-east-1",
            "json_key": None,
            "elsewhere": None,
        },
        "rotation": {"schedule": f"rate({days} days)", "interval_ns": days * DAY_NS},
        "spend_alert": {
            "threshold_usd_cents": cents,
            "not_applicable": None if cents else "The plan is a flat fee.",
            "alerts": [alert(f"ai-spend-{name}", cents)] if cents else [],
        },
        "binding": {"status": "bound", "how": "name", "confidence": "high", "candidates": [arn]},
        "secret": {
            "arn": arn,
            "name": secret_name,
            "account": "111122223333",
            "region": "us-east-1",
            "pending_deletion": False,
            "replica": False,
            "current": True,
            "rotated_at_ns": AS_OF_NS - age * DAY_NS,
            "rotation": automatic(days) | {"last_rotated_at_ns": AS_OF_NS - age * DAY_NS},
            "copies": [arn],
            "uncollected_copies": [],
        },
    }


WORKLOAD = "arn:aws:iam::111122223333:role/service/chat"
ROOT = "arn:aws:iam::111122223333:root"


def access(credentials: list[Json]) -> Json:
    """Effective access in which the workload and the root user read every secret."""
    arns = {each["secret"]["arn"]: each["secret"] for each in credentials}
    return {
        "classes": {
            "workload": {"environments": ["production"]},
            "root": {"environments": ["production", "development"]},
        },
        "principals": {
            ROOT: principal("root", "root"),
            WORKLOAD: principal("role", "workload"),
        },
        "steps": [
            step("identity_policy", policy="role/service/chat/secrets", statement="ReadKeys"),
            step("root_user"),
            step("aws_managed_key", action="kms:Decrypt"),
        ],
        "secrets": {
            arn: {
                "name": secret["name"],
                "account": secret["account"],
                "region": secret["region"],
                "classes": [],
                "gaps": [],
                "readers": [
                    reader(ROOT, way("direct", path=[1, 2])),
                    reader(WORKLOAD, way("direct", path=[0, 2])),
                ],
            }
            for arn, secret in arns.items()
        },
    }


def principal(kind: str, *classes: str, assigned: list[Json] | None = None) -> Json:
    return {
        "type": kind,
        "account": "111122223333",
        "classes": list(classes),
        "assigned": assigned or [],
    }


def step(kind: str, *, action: str = "secretsmanager:GetSecretValue", **more: str) -> Json:
    names = ("policy", "statement", "at", "to")
    return {"kind": kind, "action": action, **dict.fromkeys(names), **more}


def reader(arn: str, *ways: Json) -> Json:
    return {
        "principal": arn,
        "decision": ways[0]["decision"],
        "direct": any(each["kind"] == "direct" for each in ways),
        "ways": list(ways),
    }


def way(kind: str, *conditions: str, path: list[int] | None = None, **more: Any) -> Json:
    """A way, which is in doubt where it depends on something."""
    found = {
        "kind": kind,
        "decision": "conditional" if conditions or more.get("unseen") else "allow",
        "vouched_for": False,
        "path": path or [],
        "conditions": list(conditions),
        "unseen": [],
        "grants_seen": True,
    }
    return found | more


def automatic(days: int) -> Json:
    return {
        "enabled": True,
        "schedule": f"rate({days} days)",
        "interval_ns": days * DAY_NS,
        "performed_by": "function",
        "function": {
            "arn": "arn:aws:lambda:us-east-1:111122223333:function:rotate-ai-key",
            "status": "found",
            "invocable": True,
            "throttled": False,
        },
        "last_rotated_at_ns": AS_OF_NS - DAY_NS,
        "next_rotation_at_ns": AS_OF_NS + (days - 1) * DAY_NS,
        "stuck": False,
    }


def alert(name: str, cents: int) -> Json:
    return {
        "kind": "alarm",
        "name": name,
        "status": "found",
        "enabled": True,
        "watches_provider": True,
        "daily_threshold_usd_cents": cents,
        "recipients": [
            {
                "via": "arn:aws:sns:us-east-1:111122223333:ai-spend",
                "endpoint": "on-call@example.com",
                "protocol": "email",
                "status": "confirmed",
                "reason": None,
            }
        ],
    }


def stored_secret(name: str) -> Json:
    return {
        "arn": f"arn:aws:secretsmanager:us-east-1:111122223333:secret:{name}-GhIjKl",
        "name": name,
        "account": "111122223333",
        "region": "us-east-1",
        "provider": None,
        "entry": None,
        "excluded": None,
        "owned_by_service": None,
        "pending_deletion": False,
        "replica": False,
    }


def _stored(entry: Json) -> Json:
    return stored_secret(entry["secret"]["name"]) | {
        "arn": entry["secret"]["arn"],
        "provider": entry["provider"],
        "entry": entry["id"],
    }


def result(slug: str) -> Json:
    level, evidence, source, title = CATALOGUE[slug]
    return {
        "title": title,
        "description": f"{title}, at the instant of the snapshot.",
        "level": level,
        "evidence": evidence,
        "severity": "high",
        "remediation": f"Mend what {slug.replace('_', ' ')} names.",
        "requires": [source],
        "verdict": "pass",
        "population": 4,
        "violations": [],
        "gaps": [],
        "waived": [],
    }


def snapshot(source: str, region: str) -> Json:
    return {
        "file": f"{source}-111122223333-{region}.json",
        "sha256": "0" * 64,
        "source": source,
        "account": "111122223333",
        "region": region,
        "subject": None,
        "started": AS_OF,
        "finished": "2026-11-02T09:30:12Z",
        "calls": 12,
        "records": 5,
        "gaps": [],
    }


def gap(**members: str) -> Json:
    names = ("source", "reason", "account", "region", "operation", "code", "resource")
    return {**dict.fromkeys(names), **members}


def denied(source: str, operation: str) -> Json:
    return gap(
        source=source,
        reason="the call was refused",
        account="111122223333",
        region="eu-west-1",
        operation=operation,
        code="AccessDeniedException",
    )


def waiver(name: str, criterion: str, resource: str, *, days: int) -> Json:
    """A waiver that expires `days` after the snapshot."""
    expires = clock.parse(AS_OF) + timedelta(days=days)
    return {
        "id": name,
        "criterion": criterion,
        "resource": resource,
        "reason": "The research cluster moves to a new project; the old key goes with it.",
        "approver": "Ines Okafor, Security Lead",
        "expires": clock.text(expires),
        "expires_ns": clock.nanoseconds(expires),
    }


def waived(declared: Json) -> Json:
    members: dict[str, Any] = {
        name: declared[name] for name in ("resource", "reason", "approver", "expires")
    }
    return {"waiver": declared["id"], **members}
