"""Every step of a path points to the statement in the snapshot that it tells of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from keyproof.access.readers import EffectiveAccess
from keyproof.facts.snapshot import snapshot_from
from tests.keyproof.access.answers import DECRYPT, READ
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Group,
    Key,
    Managed,
    Role,
    Secret,
    User,
    allow,
    deny,
    estate_files,
    grant,
    policy,
    root,
    trust,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.access.paths import Step

FIRST = deny("s3:*")
"""So that no statement is found by chance at the first place."""


def told(sid: str, *actions: str, **more: Any) -> Any:
    return policy(FIRST, allow(actions, Sid=sid, **more))


def _pointed(files: Mapping[str, bytes], at: str) -> Any:
    """What a reference leads to; a policy of a resource is text with JSON in it."""
    name, _, pointer = at.partition("#/")
    found = json.loads(files[name])
    for step in pointer.split("/"):
        found = json.loads(found) if isinstance(found, str) else found
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found


def test_each_step_points_to_its_statement() -> None:
    managed = Managed(name="managed", document=told("Managed", READ, DECRYPT))
    staff = Group(name="staff", policies={"own": told("Staff", READ, DECRYPT)})
    granted = Role(name="granted", policies={"own": told("Value", READ)})
    named = Role(name="named")
    reader = Role(
        name="reader",
        policies={"own": told("Reader", READ, DECRYPT)},
        trust=policy(
            {**FIRST, "Principal": "*", "Action": "sts:TagSession"}, *trust(root())["Statement"]
        ),
    )
    using = told("Use", DECRYPT, Principal={"AWS": [named.arn, root(OTHER_ACCOUNT)]})
    using["Statement"][0] = {**FIRST, "Principal": "*"}
    opened = told("Open", READ, Principal={"AWS": [named.arn, root(OTHER_ACCOUNT)]})
    opened["Statement"][0] = {**FIRST, "Principal": "*"}
    key = Key(
        name="key",
        policies={"use": using},
        grants=[grant(named.arn, "Encrypt"), grant(granted.arn, name="nightly")],
    )
    secret = Secret(name="openai", key=key, policies={"other": policy(), "open": opened})
    files = estate_files(
        users=[
            User(name="ana", groups=["staff"]),
            User(name="ben", attached=[managed.arn]),
            User(name="cy", policies={"own": told("Assume", "sts:AssumeRole")}),
        ],
        groups=[staff],
        roles=[granted, named, reader],
        managed=[managed],
        secrets=[Secret(name="anthropic"), secret],
    )
    access = EffectiveAccess(snapshot_from(files, "snapshot"))
    found: dict[Step, Any] = {
        step: _pointed(files, step.at)
        for each in access.readers(1)
        for way in each.ways
        for step in way.path.steps
        if step.at is not None
    }

    assert {step.statement for step in found if step.kind != "grant"} == {
        *("Staff", "Managed", "Value", "Reader", "Assume", "Use", "Open"),
        *("Enable IAM policies", "statement 2"),
    }
    for step, pointed in found.items():
        if step.kind == "grant":
            assert (pointed["Name"], pointed["GranteePrincipal"]) == ("nightly", granted.arn)
        elif step.kind == "trust_policy":
            assert pointed == trust(root())["Statement"][0]
        else:
            assert pointed["Sid"] == step.statement


def test_what_needs_no_policy_points_nowhere() -> None:
    opened = {"open": policy(allow([READ, DECRYPT], Principal="*"))}
    secret = Secret(name="openai", policies=opened, key=Key(name="key", policies=opened))
    access = EffectiveAccess(
        snapshot_from(estate_files(secrets=[secret, Secret(name="zilliz")]), "snapshot")
    )

    assert {
        step.kind
        for index in (0, 1)
        for each in access.readers(index)
        for way in each.ways
        for step in way.path.steps
        if step.at is None
    } == {"root_user", "aws_managed_key", "public"}


def test_a_policy_that_cannot_be_read_points_to_itself() -> None:
    files = estate_files(
        users=[User(name="ana", policies={"own": "{"})], secrets=[Secret(name="openai")]
    )
    access = EffectiveAccess(snapshot_from(files, "snapshot"))
    [step] = [
        step
        for each in access.readers(0)
        for way in each.ways
        for step in way.path.steps
        if step.policy == "user/ana/own" and way.kind == "direct"
    ]

    assert (step.statement, step.at) == (
        None,
        f"iam.{ACCOUNT}.global.json#/records/users/0/UserPolicyList/0/PolicyDocument",
    )
