"""Who can read a secret of organisations whose estates are written down for one question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keyproof.cli.readers_page import group_of
from tests.keyproof.access.answers import DECRYPT, READ
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    OTHER_REGION,
    REGION,
    Key,
    Role,
    Secret,
    allow,
    gap,
    policy,
    root,
)
from tests.keyproof.cli.command import message

if TYPE_CHECKING:
    from keyproof.documents import Json
    from tests.keyproof.cli.conftest import Command, Organisation

OPENAI = Secret(name="openai")
READS = {"read": policy(allow(READ, Sid="ReadKeys"))}
WORKER = Role(name="worker", policies=READS)


def _decisions(readers: list[Json]) -> dict[str, str]:
    return {each["principal"]: each["decision"] for each in readers}


def test_a_copy_in_another_region_is_answered_for_too(
    keyproof: Command, organisation: Organisation
) -> None:
    copy = Secret(name="openai", region=OTHER_REGION, primary_region=REGION)
    in_ireland = policy(allow(READ, copy.arn))
    organisation(
        roles=[WORKER, Role(name="audit", policies={"read": in_ireland})],
        secrets=[Secret(name="openai", replicas=[OTHER_REGION]), copy],
    )

    document = keyproof("who-can-read", "openai-production", "--json").json

    assert document["secret"] == OPENAI.arn
    assert _decisions(document["readers"]) == {root(): "allow", WORKER.arn: "allow"}
    (copied,) = document["copies"]
    assert copied.keys() == {"secret", "name", "account", "region", "readers"}
    assert (copied["secret"], copied["region"]) == (copy.arn, OTHER_REGION)
    assert _decisions(copied["readers"]) == {
        root(): "allow",
        WORKER.arn: "allow",
        Role(name="audit").arn: "allow",
    }
    # By the copy's own ARN it is the other way round.
    turned = keyproof("who-can-read", copy.arn, "--json").json
    assert turned["readers"] == copied["readers"]
    assert [each["readers"] for each in turned["copies"]] == [document["readers"]]
    said = keyproof("who-can-read", "openai-production").out
    assert f"\nA copy of it:\nopenai in eu-west-1, account {ACCOUNT} ({copy.arn})\n" in said


def test_a_copy_that_was_not_collected_may_hide_readers(
    keyproof: Command, organisation: Organisation
) -> None:
    organisation(roles=[WORKER], secrets=[Secret(name="openai", replicas=["ap-south-1"])])

    outcome = keyproof("who-can-read", "openai", "--json")

    assert outcome.code == 3
    assert _decisions(outcome.json["readers"]) == {root(): "allow", WORKER.arn: "allow"}
    (found,) = outcome.json["gaps"]
    assert found["resource"] == OPENAI.arn.replace(REGION, "ap-south-1")
    assert found["may_hide_readers"] is True
    said = keyproof("who-can-read", "openai")
    assert said.code == 3
    assert said.out.splitlines()[-2:] == [
        "What could not be seen, and may hide a reader:",
        (
            "  secrets_manager: a copy of the secret is in a place that was not collected"
            f" ({found['resource']})"
        ),
    ]


def test_two_secrets_of_one_name_are_told_apart_by_their_arns(
    keyproof: Command, organisation: Organisation
) -> None:
    other = Secret(name="openai", region=OTHER_REGION)
    organisation(
        roles=[Role(name="worker", policies={"read": policy(allow(READ, OPENAI.arn))})],
        secrets=[OPENAI, other],
    )

    told = message(keyproof("who-can-read", "openai"), 2)

    assert told == (
        f'"openai" stands for 2 secrets; name one of them by its ARN: {other.arn}, {OPENAI.arn}'
    )
    here, there = (keyproof("who-can-read", each.arn, "--json").json for each in (OPENAI, other))
    assert (here["credentials"], there["credentials"]) == (["openai-production"], [])
    assert (here["copies"], there["copies"]) == ([], [])
    assert _decisions(here["readers"]) == {root(): "allow", WORKER.arn: "allow"}
    assert _decisions(there["readers"]) == {root(): "allow"}


def test_what_is_pending_deletion_is_answered_for_and_told(
    keyproof: Command, organisation: Organisation
) -> None:
    deleted = Secret(name="openai", more={"DeletedDate": "2026-11-01T09:00:00Z"})
    organisation(roles=[WORKER], secrets=[deleted])

    document = keyproof("who-can-read", "openai", "--json").json

    assert document["pending_deletion"] is True
    assert _decisions(document["readers"]) == {root(): "allow", WORKER.arn: "allow"}
    assert (
        "\nIt is pending deletion: its value can be read again once it is restored.\n"
        in keyproof("who-can-read", "openai").out
    )


def test_without_declared_classes_nobody_is_known_to_be_approved(
    keyproof: Command, organisation: Organisation
) -> None:
    organisation(roles=[WORKER], secrets=[OPENAI], access=None)

    outcome = keyproof("who-can-read", "openai", "--json")

    assert outcome.code == 0
    assert [
        (each["class"], each["classes"], each["approved"], group_of(each))
        for each in outcome.json["readers"]
    ] == [(None, [], None, "unknown")] * 2
    (found,) = outcome.json["gaps"]
    assert (found["source"], found["reason"]) == ("access", "declarations/access.yaml is missing")
    assert found["may_hide_readers"] is False


NAMING = f"""\
schema: keyproof/access/1
classes:
  - {{name: reader, principals: ["{WORKER.arn}"], resources: ["open*"]}}
  - {{name: developer, principals: ["*:role/batch"], environments: [development]}}
"""


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("production", {"worker": ("reader", True), "batch": ("developer", False)}),
        ("development", {"worker": ("reader", True), "batch": ("developer", True)}),
        (None, {"worker": ("reader", True), "batch": ("developer", None)}),
    ],
)
def test_a_class_approves_by_environment_or_by_naming_the_secret(
    keyproof: Command,
    organisation: Organisation,
    environment: str | None,
    expected: dict[str, tuple[str, bool | None]],
) -> None:
    stated = f"environment: {environment}, " if environment else ""
    organisation(
        inventory="schema: keyproof/inventory/1\ncredentials:\n"
        f"  - {{id: openai-key, {stated}storage: {{secret: openai}}}}\n",
        access=NAMING.replace("*:role", "arn:aws:iam::*:role"),
        roles=[WORKER, Role(name="batch", policies=READS)],
        secrets=[OPENAI],
    )

    readers = keyproof("who-can-read", "openai", "--json").json["readers"]

    assert {
        each["principal"].rpartition("/")[2]: (each["class"], each["approved"])
        for each in readers
        if each["type"] == "role"
    } == expected


@pytest.mark.parametrize(
    ("environment", "expected"), [("production", "workload"), ("development", "developer")]
)
def test_of_several_classes_that_is_told_which_lets_somebody_read(
    keyproof: Command, organisation: Organisation, environment: str, expected: str
) -> None:
    organisation(
        inventory="schema: keyproof/inventory/1\ncredentials:\n"
        f"  - {{id: key, environment: {environment}, storage: {{secret: openai}}}}\n",
        access=f"""\
schema: keyproof/access/1
classes:
  - {{name: guest, principals: ["{WORKER.arn}"], environments: [staging]}}
  - {{name: developer, principals: ["{WORKER.arn}"], environments: [development]}}
  - {{name: workload, principals: ["{WORKER.arn}"], environments: [production]}}
""",
        roles=[WORKER],
        secrets=[OPENAI],
    )

    readers = keyproof("who-can-read", "openai", "--json").json["readers"]

    (worker,) = [each for each in readers if each["type"] == "role"]
    assert (worker["class"], worker["classes"], worker["approved"]) == (
        expected,
        ["guest", "developer", "workload"],
        True,
    )


def test_a_key_of_two_environments_asks_for_both(
    keyproof: Command, organisation: Organisation
) -> None:
    organisation(
        inventory="""\
schema: keyproof/inventory/1
credentials:
  - {id: one, environment: production, storage: {secret: openai}}
  - {id: two, environment: development, storage: {secret: openai}}
""",
        roles=[WORKER],
        secrets=[OPENAI],
    )

    document = keyproof("who-can-read", "one", "--json").json

    assert document["credentials"] == ["one", "two"]
    assert {each["class"]: each["approved"] for each in document["readers"]} == {
        "root": True,
        "workload": False,
    }


def test_people_behind_a_role_of_identity_center_are_named(
    keyproof: Command, organisation: Organisation
) -> None:
    lead = Role(
        name="AWSReservedSSO_Lead_0123456789abcdef",
        path="/aws-reserved/sso.amazonaws.com/",
        policies=READS,
    )
    store = {"identity_store": "d-1234567890"}
    assigned = [
        {"PrincipalType": "GROUP", "PrincipalId": "group-1"},
        {"PrincipalType": "USER", "PrincipalId": "user-1"},
    ]
    organisation(
        roles=[lead],
        secrets=[OPENAI],
        records={
            ("identity_center", ACCOUNT, REGION): {
                "permission_sets": [
                    {
                        **store,
                        "permission_set": {"Name": "Lead"},
                        "accounts": [{"account": ACCOUNT, "assignments": assigned}],
                    }
                ],
                "groups": [{**store, "id": "group-1", "group": {"DisplayName": "Leads"}}],
                "users": [{**store, "id": "user-1", "user": None}],
            }
        },
    )

    outcome = keyproof("who-can-read", "openai", "--json")

    (reader,) = [each for each in outcome.json["readers"] if each["principal"] == lead.arn]
    assert reader["assigned"] == [
        {"kind": "group", "name": "Leads"},
        {"kind": "user", "name": "user-1"},
    ]
    said = keyproof("who-can-read", "openai").out
    assert "\n    assigned in Identity Center to group Leads, user user-1\n" in said


def test_an_estate_in_another_partition(keyproof: Command, organisation: Organisation) -> None:
    key = Key(name="key")
    organisation(
        in_china=True,
        roles=[Role(name="worker", policies={"read": policy(allow([READ, DECRYPT]))})],
        secrets=[Secret(name="openai", key=key)],
        keys=[key],
    )

    outcome = keyproof("who-can-read", "openai-production", "--json")

    assert outcome.code == 0
    document = outcome.json
    arn = f"arn:aws-cn:secretsmanager:cn-north-1:{ACCOUNT}:secret:openai-AbCdEf"
    assert document["secret"] == arn
    assert _decisions(document["readers"]) == {
        f"arn:aws-cn:iam::{ACCOUNT}:root": "allow",
        f"arn:aws-cn:iam::{ACCOUNT}:role/worker": "allow",
    }
    assert [each["approved"] for each in document["readers"]] == [True, True]
    assert keyproof("who-can-read", arn[:-7], "--json") == outcome


def test_what_was_not_seen_of_ways_round_is_a_note(
    keyproof: Command, organisation: Organisation
) -> None:
    functions = gap("compute", "lambda:ListFunctions")
    people = gap("identity_center", "sso-admin:ListInstances", region=OTHER_REGION)
    organisation(roles=[WORKER], secrets=[OPENAI], gaps=[people, functions])

    outcome = keyproof("who-can-read", "openai", "--json")

    assert (outcome.code, outcome.json["gaps"]) == (0, [])
    assert outcome.json["notes"] == [functions, people]


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        (gap("iam", "iam:GetAccountAuthorizationDetails"), 3),
        (gap("iam", "iam:GetPolicyVersion", "arn:aws:iam::aws:policy/ReadOnlyAccess"), 0),
        (gap("resource_policies", "secretsmanager:GetResourcePolicy", OPENAI.arn), 3),
        (gap("compute", "lambda:ListFunctions"), 0),
        (gap("sns", "sns:ListTopics"), 0),
    ],
)
def test_the_exit_code_tells_whether_readers_may_be_hidden(
    keyproof: Command, organisation: Organisation, missing: Json, code: int
) -> None:
    organisation(roles=[WORKER], secrets=[OPENAI], gaps=[missing])

    assert keyproof("who-can-read", "openai").code == code
    assert keyproof("who-can-read", "openai", "--json").code == code
    assert keyproof("who-can-read", "openai", "--explain", "worker").code == code
