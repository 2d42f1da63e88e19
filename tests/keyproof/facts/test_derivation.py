from __future__ import annotations

import dataclasses
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from keyproof import documents
from keyproof.clock import DAY_NS
from keyproof.configuration import DEFAULT_PARAMETERS, Configuration
from keyproof.declarations.records import (
    Access,
    Declarations,
    Inventory,
    OtherSecrets,
    Owner,
    Rotation,
    Waiver,
)
from keyproof.facts.derivation import derive_facts
from keyproof.facts.snapshot import SOURCES, gap
from tests.keyproof.facts.builders import (
    ACCOUNT,
    AS_OF,
    DELIVERING,
    ELSEWHERE,
    HERE,
    MAIL,
    OTHER_ACCOUNT,
    REGION,
    TOPIC,
    Seen,
    alarm,
    alarm_reference,
    alarms_seen,
    alerted_by,
    budget,
    budget_reference,
    budgets_seen,
    collected,
    credential,
    failure,
    key,
    metric,
    notification,
    ns,
    secret,
    secret_arn,
    secrets_seen,
    stored_in,
    subscription,
    topic,
    topics_seen,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from keyproof.declarations.records import Credential
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

OPENAI = secrets_seen(secret("prod/openai"))


def declared(*credentials: Credential, **changes: Any) -> Declarations:
    inventory = Inventory(credentials=credentials, other_secrets=(), spend_metrics=(metric(),))
    return dataclasses.replace(
        Declarations(
            inventory=inventory, access=Access(classes=()), waivers=(), missing=(), files={}
        ),
        **changes,
    )


def configured(**changes: Any) -> Configuration:
    fields: dict[str, Any] = {field.name: None for field in dataclasses.fields(Configuration)}
    return Configuration(
        **{
            **fields,
            "organisation": "Kestrel Analytics",
            "target_level": 3,
            "declarations": Path("declarations"),
            "evidence": Path("evidence"),
            "accounts": (),
            "repositories": (),
            "infrastructure": (),
            "parameters": DEFAULT_PARAMETERS,
            **changes,
        }
    )


def derive(
    declarations: Declarations, *parts: Seen, configuration: Configuration | None = None
) -> Json:
    """The facts, which always are a valid document that can be written."""
    facts = derive_facts(collected(*parts), declarations, configuration or configured())
    return documents.decode(checked(facts), "facts.json")


def checked(facts: Json) -> bytes:
    content = documents.encode(facts)
    documents.validate(documents.decode(content, "facts.json"), "facts", "facts.json")
    return content


def credential_facts(*credentials: Credential, parts: tuple[Seen, ...] = (OPENAI,)) -> list[Json]:
    found: list[Json] = derive(declared(*credentials), *parts)["credentials"]
    return found


def test_the_frame_of_the_facts() -> None:
    facts = derive(declared())

    assert facts == {
        "schema": "keyproof/facts/1",
        "example": False,
        "organisation": "Kestrel Analytics",
        "as_of": AS_OF,
        "as_of_ns": ns(AS_OF),
        "target_level": 3,
        "parameters": DEFAULT_PARAMETERS,
        "default_parameters": DEFAULT_PARAMETERS,
        "looser_parameters": [],
        "coverage": {source: {"gaps": []} for source in (*SOURCES, "inventory", "access")}
        | {
            source: {"gaps": [gap(source, f"no {what} is named in keyproof.toml")]}
            for source, what in (
                ("source_scan", "repository"),
                ("infrastructure_code", "folder with infrastructure code"),
            )
        },
        "credentials": [],
        "effective_access": {"classes": {}, "principals": {}, "steps": [], "secrets": {}},
        "stored_secrets": [],
        "repositories": [],
        "infrastructure": {"credentials": [], "other_checks": [], "unresolved": [], "unlisted": []},
        "leaked_keys": [],
        "waivers": [],
    }


def test_a_credential_as_declared_and_as_found() -> None:
    entry = credential(
        owner=Owner(kind="team", name="Platform"),
        provider_key=key("key_1"),
        storage=stored_in("prod/openai", ACCOUNT, REGION, json_key="api_key"),
        spend_alert=alerted_by(alarm_reference()),
    )

    (found,) = credential_facts(entry, parts=(OPENAI, alarms_seen(alarm()), DELIVERING))

    secret_facts = found.pop("secret")
    (alert,) = found.pop("spend_alert")["alerts"]
    assert found == {
        "id": "openai-production",
        "provider": "openai",
        "environment": "production",
        "scope": "all models",
        "services": ["search"],
        "owner": {"kind": "team", "name": "Platform", "address": False},
        "provider_key": {"container": None, "key_id": "key_1"},
        "shares_key_with": [],
        "storage": {
            "secret": "prod/openai",
            "account": ACCOUNT,
            "region": REGION,
            "json_key": "api_key",
            "elsewhere": None,
        },
        "rotation": {"schedule": "rate(90 days)", "interval_ns": 90 * DAY_NS},
        "binding": {
            "status": "bound",
            "how": "name",
            "confidence": "high",
            "candidates": [secret_arn("prod/openai")],
        },
    }
    assert secret_facts["rotated_at_ns"] == ns("2026-10-02T09:30:00Z")
    assert (alert["status"], alert["watches_provider"]) == ("found", True)


def test_a_credential_of_which_nothing_is_stated() -> None:
    entry = credential(
        provider=None,
        environment=None,
        scope=None,
        services=(),
        storage=None,
        rotation=None,
    )

    (found,) = credential_facts(entry, parts=())

    assert found == {
        "id": "openai-production",
        "provider": None,
        "environment": None,
        "scope": None,
        "services": [],
        "owner": None,
        "provider_key": None,
        "shares_key_with": [],
        "storage": None,
        "rotation": {"schedule": None, "interval_ns": None},
        "spend_alert": {"threshold_usd_cents": None, "not_applicable": None, "alerts": []},
        "binding": {"status": "undeclared", "how": None, "confidence": None, "candidates": []},
        "secret": None,
    }


@pytest.mark.parametrize(
    ("rotation", "schedule", "interval_ns"),
    [
        (Rotation(days=30, schedule=None), "rate(30 days)", 30 * DAY_NS),
        (Rotation(days=None, schedule="rate(12 hours)"), "rate(12 hours)", DAY_NS // 2),
        (Rotation(days=None, schedule="cron(0 8 1 * ? *)"), "cron(0 8 1 * ? *)", 31 * DAY_NS),
        (Rotation(days=None, schedule="soon"), "soon", None),
    ],
)
def test_a_declared_rotation(rotation: Rotation, schedule: str, interval_ns: int | None) -> None:
    (found,) = credential_facts(credential(rotation=rotation))

    assert found["rotation"] == {"schedule": schedule, "interval_ns": interval_ns}


@pytest.mark.parametrize(
    ("name", "address"),
    [("Ada Lindqvist", False), ("platform@example.com", True), (None, False)],
)
def test_a_mailbox_is_no_owner(name: str | None, *, address: bool) -> None:
    (found,) = credential_facts(credential(owner=Owner(kind="person", name=name)))

    assert found["owner"] == {"kind": "person", "name": name, "address": address}


class TestSharing:
    """Entries that stand for the very same key."""

    def shares(self, *credentials: Credential, parts: tuple[Seen, ...] = (OPENAI,)) -> list[str]:
        """What `a` shares its key with; the others then share it with `a`."""
        found = {
            each["id"]: each["shares_key_with"]
            for each in credential_facts(*credentials, parts=parts)
        }
        for other, others in found.items():
            assert (other in found["a"]) is ("a" in others)
            assert other not in others
        return list(found["a"])

    def entry(self, entry_id: str, **changes: object) -> Credential:
        return credential(**{"id": entry_id, "storage": None, **changes})

    def test_one_key_of_one_provider(self) -> None:
        a, b, c = (self.entry(name, provider_key=key("key_1")) for name in "abc")

        assert self.shares(c, a, b) == ["b", "c"]

    def test_keys_of_two_providers_may_have_one_identifier(self) -> None:
        a = self.entry("a", provider_key=key("key_1"))
        b = self.entry("b", provider_key=key("key_1"), provider="anthropic")

        assert self.shares(a, b) == []

    def test_two_keys_of_one_provider(self) -> None:
        a, b = (self.entry(name, provider_key=key(f"key_{name}")) for name in "ab")

        assert self.shares(a, b) == []

    def test_entries_without_key_and_secret_share_nothing(self) -> None:
        assert self.shares(self.entry("a"), self.entry("b")) == []

    @pytest.mark.parametrize(
        ("of_a", "of_b", "shared"),
        [
            (None, None, True),
            ("api_key", "api_key", True),
            ("api_key", "other_key", False),
            # An entry that names no place in the secret stands for all of it.
            (None, "api_key", True),
            ("api_key", None, True),
        ],
    )
    def test_one_place_in_one_secret(
        self, of_a: str | None, of_b: str | None, *, shared: bool
    ) -> None:
        a = self.entry("a", storage=stored_in("prod/openai", json_key=of_a))
        b = self.entry("b", storage=stored_in(secret_arn("prod/openai"), json_key=of_b))

        assert self.shares(a, b) == (["b"] if shared else [])

    def test_an_entry_for_the_whole_secret_does_not_join_the_parts(self) -> None:
        a = self.entry("a", storage=stored_in("prod/openai", json_key="a"))
        b = self.entry("b", storage=stored_in("prod/openai", json_key="b"))
        whole = self.entry("c", storage=stored_in("prod/openai"))

        assert self.shares(a, b, whole) == ["c"]

    def test_a_replica_holds_the_key_of_its_primary(self) -> None:
        far = secret("prod/openai", ELSEWHERE, PrimaryRegion=REGION)
        a = self.entry("a", storage=stored_in("prod/openai", ACCOUNT, REGION))
        b = self.entry("b", storage=stored_in("prod/openai", ACCOUNT, ELSEWHERE.region))

        assert self.shares(a, b, parts=(OPENAI, secrets_seen(far, place=ELSEWHERE))) == ["b"]

    def test_secrets_of_one_name_in_two_places_are_two(self) -> None:
        far = secret("prod/openai", ELSEWHERE)
        a = self.entry("a", storage=stored_in("prod/openai", ACCOUNT, REGION))
        b = self.entry("b", storage=stored_in("prod/openai", ACCOUNT, ELSEWHERE.region))

        assert self.shares(a, b, parts=(OPENAI, secrets_seen(far, place=ELSEWHERE))) == []


class TestBill:
    """The account on whose bill a key's spend appears."""

    def watches(self, *parts: Seen, storage: Any) -> bool:
        entry = credential(
            provider="bedrock", storage=storage, spend_alert=alerted_by(budget_reference())
        )
        seen = budgets_seen(budget(notification(MAIL)))
        (found,) = credential_facts(entry, parts=(*parts, seen))
        (alert,) = found["spend_alert"]["alerts"]
        assert alert["status"] == ("found" if alert["watches_provider"] else "unseen")
        return bool(alert["watches_provider"])

    def test_it_is_the_account_of_the_secret(self) -> None:
        assert self.watches(OPENAI, storage=stored_in("prod/openai"))

    def test_it_is_the_declared_account_where_no_secret_was_found(self) -> None:
        assert self.watches(storage=stored_in("prod/openai", ACCOUNT))
        assert not self.watches(storage=stored_in("prod/openai", OTHER_ACCOUNT))

    def test_it_is_unknown_otherwise(self) -> None:
        assert not self.watches(storage=stored_in("prod/openai"))
        assert not self.watches(storage=None)


class TestStored:
    """Stored secrets beside the entries."""

    def test_a_secret_belongs_to_the_entry_that_is_bound_to_it(self) -> None:
        parts = (
            secrets_seen(secret("prod/openai"), secret("prod/anthropic")),
            secrets_seen(secret("prod/openai", ELSEWHERE, PrimaryRegion=REGION), place=ELSEWHERE),
        )

        facts = derive(declared(credential()), *parts)["stored_secrets"]

        assert [(each["name"], each["region"], each["entry"]) for each in facts] == [
            ("prod/openai", ELSEWHERE.region, "openai-production"),
            ("prod/anthropic", REGION, None),
            ("prod/openai", REGION, "openai-production"),
        ]

    def test_a_primary_belongs_to_the_entry_that_is_bound_to_its_replica(self) -> None:
        far = secret("prod/openai", ELSEWHERE, PrimaryRegion=REGION)
        entry = credential(storage=stored_in("prod/openai", ACCOUNT, ELSEWHERE.region))

        facts = derive(declared(entry), OPENAI, secrets_seen(far, place=ELSEWHERE))

        assert {each["entry"] for each in facts["stored_secrets"]} == {"openai-production"}
        assert facts["credentials"][0]["secret"]["replica"]

    def test_an_exclusion_is_told(self) -> None:
        other = OtherSecrets(name="prod/*", reason="no key", account=None, region=None)
        inventory = Inventory(credentials=(), other_secrets=(other,), spend_metrics=())

        (fact,) = derive(declared(inventory=inventory), OPENAI)["stored_secrets"]

        assert (fact["entry"], fact["excluded"]) == (None, "no key")


class TestCoverage:
    """What could not be seen."""

    def test_gaps_of_a_source(self) -> None:
        missed = failure("secretsmanager:ListSecrets")

        facts = derive(declared(), secrets_seen(gaps=[missed]))

        assert facts["coverage"]["secrets_manager"]["gaps"] == [missed]

    def test_declarations_of_access_that_are_missing(self) -> None:
        facts = derive(declared(access=None, missing=("access.yaml",)))

        missed = gap("access", "declarations/access.yaml is missing")
        assert facts["coverage"]["access"]["gaps"] == [missed]


@pytest.mark.parametrize(
    ("expires", "text", "expires_ns"),
    [
        (datetime(2027, 1, 31, tzinfo=UTC), "2027-01-31T00:00:00Z", ns("2027-01-31T00:00:00Z")),
        # 64 bits of nanoseconds end in 2262.
        (datetime(9999, 12, 31, tzinfo=UTC), "9999-12-31T00:00:00Z", 2**63 - 1),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z", -(2**63)),
    ],
)
def test_a_waiver(expires: datetime, text: str, expires_ns: int) -> None:
    waiver = Waiver(
        id="late",
        criterion="rotated_on_schedule",
        resource="openai-production",
        reason="a migration",
        approver="Ada Lindqvist",
        expires=expires,
    )

    assert derive(declared(waivers=(waiver,)))["waivers"] == [
        {
            "id": "late",
            "criterion": "rotated_on_schedule",
            "resource": "openai-production",
            "reason": "a migration",
            "approver": "Ada Lindqvist",
            "expires": text,
            "expires_ns": expires_ns,
        }
    ]


def test_parameters_that_are_looser_than_the_defaults_are_told() -> None:
    ceilings = DEFAULT_PARAMETERS["rotation_ceiling_days"]
    parameters = {"rotation_ceiling_days": {**ceilings, "production": 365}}

    facts = derive(declared(), configuration=configured(parameters=parameters, target_level=5))

    assert facts["target_level"] == 5
    assert facts["parameters"] == parameters
    assert facts["default_parameters"] == DEFAULT_PARAMETERS
    assert [each["configured"] for each in facts["looser_parameters"]] == [365]


def test_the_same_snapshot_and_declarations_give_the_same_bytes() -> None:
    entries = [credential(id=name, provider_key=key("key_1")) for name in "abc"]
    parts = (OPENAI, alarms_seen(alarm()), DELIVERING)

    once, again = (
        documents.encode(derive_facts(collected(*parts), declared(*entries), configured()))
        for _ in range(2)
    )

    assert once == again


HOSTILE = (
    "",
    ":",
    "arn:",
    "arn:aws:sns:::",
    "\x00\x1b[31m",
    "\u202e\ufffd",
    "<script>alert(1)</script>",
    "${aws:SourceAccount}",
    "{" * 5000,
    "[" * 5000,
    "*?" * 500,
    ":" * 5000,
    "9" * 5000,
    "$(reboot)\n'\"",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_become_facts_and_nothing_else(text: str) -> None:
    """Every text of every record that the facts are made of, one hostile text at a time."""
    record = secret(
        text or "x",
        Tags=[{"Key": text, "Value": text}],
        Description=text,
        OwningService=text,
        PrimaryRegion=text,
        RotationLambdaARN=text,
        RotationRules={"ScheduleExpression": text},
        VersionIdsToStages={text: [text]},
    )
    record["versions"] = [{"VersionId": text, "VersionStages": [text]}]
    hostile_topic = topic(
        {
            "subscription": dict.fromkeys(("SubscriptionArn", "Protocol", "Endpoint"), text),
            "attributes": dict.fromkeys(("PendingConfirmation", "FilterPolicy"), text),
        },
        Policy=text,
        KmsMasterKeyId=text,
    )
    hostile_alarm = alarm(
        AlarmName=text or "x",
        AlarmArn=text,
        AlarmActions=[text, TOPIC],
        Namespace=text,
        MetricName=text,
        Dimensions=[{"Name": text, "Value": text}],
        Statistic=text,
        Unit=text,
    )
    hostile_budget = budget(
        notification(
            {"SubscriptionType": "SNS", "Address": text},
            {"SubscriptionType": text, "Address": text},
            ThresholdType=text,
        ),
        BudgetName=text or "x",
        BudgetLimit={"Amount": text, "Unit": "USD"},
        BillingViewArn=text,
        CostFilters={"Service": [text]},
    )
    function = {"arn": text, "exists": True, "policy": text, "reserved_concurrency": None}
    entry = credential(
        provider="bedrock",
        storage=stored_in(text or "x"),
        spend_alert=alerted_by(alarm_reference(text or "x"), budget_reference(text or "x")),
    )

    facts = derive(
        declared(entry),
        secrets_seen(record),
        topics_seen(hostile_topic),
        alarms_seen(hostile_alarm),
        budgets_seen(hostile_budget),
        Seen(source="lambda", records={"functions": [function]}),
    )

    assert len(facts["stored_secrets"]) == 1
    assert len(facts["credentials"][0]["spend_alert"]["alerts"]) == 2


def test_records_of_which_aws_says_nothing_become_facts_too() -> None:
    parts = (
        secrets_seen({"entry": {"ARN": secret_arn("a")}, "description": None, "versions": []}),
        alarms_seen({"AlarmName": "ai-spend"}, {}),
        budgets_seen(
            {
                "budget": {"BudgetName": "ai"},
                "notifications": [{"notification": {}, "subscribers": [{}]}],
            },
            {"budget": {}, "notifications": None},
        ),
        topics_seen(
            {"arn": None, "attributes": None, "subscriptions": None},
            {
                "arn": TOPIC,
                "attributes": {},
                "subscriptions": [{"subscription": {}, "attributes": None}],
            },
        ),
    )
    entry = credential(
        provider="bedrock", spend_alert=alerted_by(alarm_reference(), budget_reference())
    )

    facts = derive(declared(entry), *parts)

    alarm_fact, budget_fact = facts["credentials"][0]["spend_alert"]["alerts"]
    assert not alarm_fact["enabled"]
    assert not budget_fact["enabled"]


def estate_of(size: int) -> tuple[Snapshot, Declarations]:
    """So many accounts with secrets, alarms and functions of one name, and a gap each."""
    accounts = [f"{number:012}" for number in range(size)]
    parts: list[Seen] = []
    entries: list[Credential] = []
    for account in accounts:
        place = dataclasses.replace(HERE, account=account)
        arn = f"arn:aws:lambda:{REGION}:{account}:function:rotate"
        function = {"arn": arn, "exists": True, "policy": None, "reserved_concurrency": None}
        parts += [
            secrets_seen(secret("openai", place, RotationLambdaARN=arn), place=place),
            alarms_seen(alarm(place), place=place),
            Seen(source="lambda", records={"functions": [function]}, place=place),
        ]
        alerts = [
            alarm_reference("ai-spend", account, REGION),
            alarm_reference("none", account),
            alarm_reference("none"),
        ]
        entries.append(
            credential(
                id=f"openai-{account}",
                provider_key=key(account),
                storage=stored_in("openai", account, REGION),
                spend_alert=alerted_by(*alerts),
            )
        )
    return collected(*parts, regions=dict.fromkeys(accounts, (REGION,))), declared(*entries)


def estate_of_one_place(size: int) -> tuple[Snapshot, Declarations]:
    """So many secrets, functions and topics in one place, and a failed call for each."""
    functions: list[Json] = []
    secrets: list[Json] = []
    alarms: list[Json] = []
    topics: list[Json] = []
    for number in range(size):
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{number}"
        functions.append({"arn": arn, "exists": True, "policy": None, "reserved_concurrency": None})
        secrets.append(secret(f"{number}", RotationLambdaARN=arn))
        alarms.append(alarm(AlarmName=f"{number}", AlarmActions=[f"{TOPIC}-{number}"]))
        topics.append(topic(subscription(), arn=f"{TOPIC}-{number}"))
    parts = (
        secrets_seen(
            *secrets,
            gaps=[
                failure("secretsmanager:ListSecretVersionIds", each["entry"]["ARN"])
                for each in secrets
            ],
        ),
        alarms_seen(*alarms),
        topics_seen(
            *topics,
            gaps=[failure("sns:ListSubscriptionsByTopic", each["arn"]) for each in topics],
        ),
        Seen(
            source="lambda",
            records={"functions": functions},
            gaps=[failure("lambda:GetPolicy", each["arn"]) for each in functions],
        ),
    )
    entries = [
        credential(
            id=f"{number}",
            storage=stored_in(f"{number}"),
            spend_alert=alerted_by(alarm_reference(f"{number}"), alarm_reference("none")),
        )
        for number in range(size)
    ]
    return collected(*parts), declared(*entries)


@pytest.mark.parametrize("estate", [estate_of, estate_of_one_place])
def test_twice_the_estate_takes_twice_the_steps(
    estate: Callable[[int], tuple[Snapshot, Declarations]],
) -> None:
    def steps(size: int) -> int:
        """The lines of Python that are run, which unlike seconds are always the same."""
        snapshot, declarations = estate(size)
        lines = Counter[str]()

        def trace(_frame: FrameType, event: str, _argument: object) -> Any:
            lines[event] += 1
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            facts = derive_facts(snapshot, declarations, configured())
        finally:
            sys.settrace(before)
        assert {each["binding"]["status"] for each in facts["credentials"]} == {"bound"}
        assert len(facts["stored_secrets"]) == size
        return lines["line"]

    steps(1)  # fills the caches of schedules and patterns

    assert steps(400) < 2.1 * steps(200)
