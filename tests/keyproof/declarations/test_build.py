from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.declarations.build import inventory
from keyproof.declarations.records import (
    AccessClass,
    AlertReference,
    Credential,
    OtherSecrets,
    Owner,
    ProviderKey,
    Rotation,
    SpendAlert,
    SpendMetric,
    Storage,
    Waiver,
)
from tests.keyproof.declarations.folders import ALARM_ARN, ARN, INVENTORY, credential, load

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = Credential(
    id="openai-production",
    provider=None,
    environment=None,
    scope=None,
    services=(),
    owner=None,
    provider_key=None,
    storage=None,
    rotation=None,
    spend_alert=None,
)


def test_a_whole_entry_becomes_a_record(tmp_path: Path) -> None:
    entry = credential(
        tmp_path,
        """
        provider: openai
        environment: production
        scope: GPT-4o
        services: [assistant, search]
        owner: {team: Platform}
        provider_key: {container: proj_1, key_id: key_1}
        storage: {secret: production/openai, account: "111122223333", region: eu-central-1}
        rotation: {days: 90}
        spend_alert: {threshold_usd_per_day: 500, alerts: [{budget: ai, account: "444455556666"}]}
        """,
    )

    assert entry == Credential(
        id="openai-production",
        provider="openai",
        environment="production",
        scope="GPT-4o",
        services=("assistant", "search"),
        owner=Owner(kind="team", name="Platform"),
        provider_key=ProviderKey(container="proj_1", key_id="key_1"),
        storage=Storage(
            secret="production/openai",
            account="111122223333",
            region="eu-central-1",
            json_key=None,
            elsewhere=None,
        ),
        rotation=Rotation(days=90, schedule=None),
        spend_alert=SpendAlert(
            threshold_usd_cents=50_000,
            not_applicable=None,
            alerts=(AlertReference(kind="budget", name="ai", account="444455556666", region=None),),
        ),
    )


@pytest.mark.parametrize("text", ["", "tbd", "'  '", "N/A", "none", "'-'", "'?'", "TODO: ask"])
def test_a_placeholder_states_nothing(tmp_path: Path, text: str) -> None:
    fields = (
        f"provider: {text}\nenvironment: {text}\nscope: {text}\nowner: {text}\nservices: {text}"
    )
    quoted = fields.replace("TODO: ask", "'TODO: ask'")

    assert credential(tmp_path, quoted) == NOTHING


def test_placeholders_within_a_mapping_state_nothing(tmp_path: Path) -> None:
    entry = credential(
        tmp_path,
        """
        owner: {person: tbd}
        provider_key: {container: proj_1, key_id: unknown}
        storage: {secret: tbd}
        rotation: {schedule: tbd}
        spend_alert: {not_applicable: n/a}
        """,
    )

    assert entry.owner == Owner(kind="person", name=None)
    assert entry.provider_key is None
    assert entry.storage == Storage(
        secret=None, account=None, region=None, json_key=None, elsewhere=None
    )
    assert entry.rotation is None
    assert entry.spend_alert == SpendAlert(threshold_usd_cents=None, not_applicable=None, alerts=())


def test_an_arn_says_account_and_region(tmp_path: Path) -> None:
    entry = credential(
        tmp_path,
        f"""
        storage: {{secret: "{ARN}", json_key: api_key}}
        spend_alert: {{threshold_usd_per_day: 1, alerts: [{{alarm: "{ALARM_ARN}"}}, {{alarm: a}}]}}
        """,
    )

    place = ("111122223333", "eu-central-1")
    assert entry.storage is not None
    assert (entry.storage.account, entry.storage.region) == place
    assert entry.storage.secret == ARN
    assert entry.spend_alert is not None
    named, plain = entry.spend_alert.alerts
    assert (named.name, named.account, named.region) == ("ai-spend", *place)
    assert plain == AlertReference(kind="alarm", name="a", account=None, region=None)


@settings(deadline=None)
@given(cents=st.integers(1, 10**11), rest=st.integers(0, 9))
def test_a_threshold_is_rounded_down_to_a_cent(cents: int, rest: int) -> None:
    whole, part = divmod(cents, 100)
    threshold = float(f"{whole}.{part:02}{rest}")
    entry = {"id": "a", "spend_alert": {"threshold_usd_per_day": threshold}}

    (record,) = inventory({"credentials": [entry]}).credentials

    assert record.spend_alert is not None
    assert record.spend_alert.threshold_usd_cents == cents


def test_other_secrets_and_spend_metrics(tmp_path: Path) -> None:
    lists = (
        "other_secrets:\n"
        "  - {name: 'orders/*', reason: passwords, region: eu-west-1}\n"
        "spend_metrics:\n"
        "  - {provider: openai, environment: test, namespace: N, metric: M, dimensions: {a: b},\n"
        "     measures: spend_in_period, unit: Count}\n"
        "  - {provider: openai, namespace: N, metric: M, measures: spend_since_midnight}\n"
    )

    declared = load(tmp_path, INVENTORY + lists).inventory

    assert declared.other_secrets == (
        OtherSecrets(name="orders/*", reason="passwords", account=None, region="eu-west-1"),
    )
    assert declared.spend_metrics == (
        SpendMetric(
            provider="openai",
            environment="test",
            namespace="N",
            metric="M",
            dimensions={"a": "b"},
            account=None,
            region=None,
            measures="spend_in_period",
            unit="Count",
        ),
        SpendMetric(
            provider="openai",
            environment=None,
            namespace="N",
            metric="M",
            dimensions={},
            account=None,
            region=None,
            measures="spend_since_midnight",
            unit=None,
        ),
    )


def test_access_classes(tmp_path: Path) -> None:
    access = (
        "schema: keyproof/access/1\n"
        "classes:\n"
        "  - name: ci_cd\n"
        "    principals: ['arn:aws:iam::111122223333:role/ci']\n"
        "    environments: [test]\n"
        "  - name: rotation\n"
        "    description: Replaces keys\n"
        "    principals: ['arn:aws:iam::111122223333:role/rotate-*']\n"
        "    resources: ['production/*']\n"
    )

    declared = load(tmp_path, access=access)

    assert declared.missing == ("waivers.yaml",)
    assert declared.access is not None
    assert declared.access.classes == (
        AccessClass(
            name="ci_cd",
            description=None,
            principals=("arn:aws:iam::111122223333:role/ci",),
            environments=("test",),
            resources=(),
        ),
        AccessClass(
            name="rotation",
            description="Replaces keys",
            principals=("arn:aws:iam::111122223333:role/rotate-*",),
            environments=(),
            resources=("production/*",),
        ),
    )


@pytest.mark.parametrize("approver", ["Ines Okafor", "{person: Ines Okafor}"])
def test_a_waiver_ends_at_an_instant_in_utc(tmp_path: Path, approver: str) -> None:
    waivers = (
        "schema: keyproof/waivers/1\nwaivers:\n"
        f"  - {{id: W-1, criterion: rotated_on_schedule, resource: a, reason: moves,\n"
        f"     approver: {approver}, expires: 2027-01-31T01:00:00+01:00}}\n"
    )

    assert load(tmp_path, waivers=waivers).waivers == (
        Waiver(
            id="W-1",
            criterion="rotated_on_schedule",
            resource="a",
            reason="moves",
            approver="Ines Okafor",
            expires=datetime(2027, 1, 31, tzinfo=UTC),
        ),
    )
