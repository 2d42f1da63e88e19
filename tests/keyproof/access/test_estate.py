"""
Whole estates from records that nobody vouches for.

Whatever a document holds, the answer is right or in doubt: nobody who may read is lost.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keyproof.access.estate import Estate
from keyproof.access.readers import EffectiveAccess
from keyproof.access.values import ABSENT, UNKNOWN, known
from tests.keyproof.access.answers import DECRYPT, READ, direct, readers, way_of
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    MANAGEMENT,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    STRANGER,
    Control,
    Group,
    Key,
    Managed,
    Organization,
    Role,
    Secret,
    User,
    allow,
    deny,
    estate,
    policy,
    root,
    session,
    trust,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

OPENAI = Secret(name="openai")
READING = policy(allow(READ))
WORKER = Role(name="worker", policies={"read": READING})
BOTH = {root(): "allow", WORKER.arn: "allow"}
DOUBTED = {root(): "conditional", WORKER.arn: "conditional"}

LARGE = json.dumps(
    policy(
        *(
            allow(
                "s3:GetObject",
                [f"arn:aws:s3:::bucket-{n}-{m}/*" for m in range(20)],
                Principal={"AWS": root()},
            )
            for n in range(150)
        ),
        allow(READ, Principal="*"),
    )
)
DEEP = f'{{"Version": "2012-10-17", "Statement": {"[" * 100_000}{"]" * 100_000}}}'
NO_POLICIES: Mapping[str, str] = {
    "empty": "",
    "no JSON": "{",
    "a text": '"Allow"',
    "null": "null",
    "a list": "[]",
    "no statement": '{"Version": "2012-10-17"}',
    "unknown version": '{"Version": "2026-01-01", "Statement": []}',
    "version that is a list": '{"Version": ["2012-10-17"], "Statement": []}',
    "statement that is a text": '{"Version": "2012-10-17", "Statement": "Allow"}',
    "statement that is null": '{"Version": "2012-10-17", "Statement": [null]}',
    "no effect": '{"Statement": [{"Action": "*", "Resource": "*", "Principal": "*"}]}',
    "two actions": json.dumps(policy({**allow(READ, Principal="*"), "NotAction": "s3:*"})),
    "action that is a number": json.dumps(policy({**allow(READ, Principal="*"), "Action": 1})),
    "no actions": json.dumps(policy({**allow(READ, Principal="*"), "Action": []})),
    "principal that is a number": json.dumps(policy(allow(READ, Principal=5))),
    "condition that is a list": json.dumps(policy(allow(READ, Principal="*", Condition=[]))),
    "unknown element": json.dumps(policy(allow(READ, Principal="*", Until="2027-01-01"))),
    "deep": DEEP,
    "half of a surrogate pair": '{"Version": "2012-10-17", "Statement": [], "Id": "\\ud800"}',
}


@pytest.mark.parametrize("text", NO_POLICIES.values(), ids=NO_POLICIES)
def test_a_policy_of_a_secret_that_is_none_leaves_its_readers_in_doubt(text: str) -> None:
    snapshot = estate(roles=[WORKER], secrets=[Secret(name="openai", policies={"default": text})])
    access = EffectiveAccess(snapshot)

    assert direct(snapshot) == DOUBTED
    [gap] = access.gaps(0)
    assert gap.startswith("resource_policy default: ")


@pytest.mark.parametrize("text", NO_POLICIES.values(), ids=NO_POLICIES)
def test_an_identity_policy_that_is_none_leaves_its_holder_in_doubt(text: str) -> None:
    idle = Role(name="idle", policies={"bad": text})
    both = Role(name="both", policies={"bad": text, "read": READING})
    snapshot = estate(roles=[WORKER, idle, both], secrets=[OPENAI])

    assert direct(snapshot) == BOTH | {idle.arn: "conditional", both.arn: "conditional"}
    [unseen] = way_of(snapshot, idle.arn).path.unseen
    assert unseen.startswith("identity_policy role/idle/bad: ")


@pytest.mark.parametrize("text", NO_POLICIES.values(), ids=NO_POLICIES)
def test_a_boundary_that_is_none_leaves_its_holder_in_doubt(text: str) -> None:
    bound = Managed(name="bound", document=text)
    role = replace(WORKER, boundary=bound.arn)
    snapshot = estate(roles=[role], managed=[bound], secrets=[OPENAI])

    assert direct(snapshot) == {root(): "allow", role.arn: "conditional"}


@pytest.mark.parametrize("text", NO_POLICIES.values(), ids=NO_POLICIES)
def test_a_trust_policy_that_is_none_is_a_gap_of_what_the_role_reads(text: str) -> None:
    snapshot = estate(roles=[replace(WORKER, trust=text)], secrets=[OPENAI])
    access = EffectiveAccess(snapshot)

    assert direct(snapshot) == BOTH
    [gap] = access.gaps(0)
    assert gap.startswith(f"trust_policy {WORKER.arn}: ")


def test_a_policy_of_more_than_a_hundred_kilobytes_is_read() -> None:
    assert len(LARGE) > 100_000
    secret = Secret(name="openai", policies={"default": LARGE})
    idle = Role(name="idle")

    assert direct(estate(roles=[idle], secrets=[secret])) == {root(): "allow", idle.arn: "allow"}


def test_a_policy_with_a_thousand_stars_is_read_in_no_time() -> None:
    hostile = f"arn:aws:secretsmanager:{'*a' * 1000}:secret:openai-??????"
    role = Role(name="worker", policies={"read": policy(allow(READ, hostile))})
    fitting = Role(name="other", policies={"read": policy(allow(READ, f"arn:aws:{'*' * 1000}"))})

    assert direct(estate(roles=[role, fitting], secrets=[OPENAI])) == {
        root(): "allow",
        fitting.arn: "allow",
    }


@pytest.mark.parametrize(
    ("operator", "key"),
    [
        ("StringSimilar", "aws:username"),
        ("ForSomeValues:StringEquals", "aws:username"),
        ("NullIfExists", "aws:username"),
        ("", "aws:username"),
        ("Bool", ""),
        ("StringEquals", "aws:NoSuchKey"),
    ],
)
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_an_operator_or_key_that_nobody_knows_leaves_doubt(
    operator: str, key: str, effect: str
) -> None:
    statement = {**allow(READ, Condition={operator: {key: "true"}}), "Effect": effect}
    own = [statement] if effect == "Allow" else [allow(READ), statement]
    role = Role(name="worker", policies={"read": policy(*own)})

    assert direct(estate(roles=[role], secrets=[OPENAI])) == {
        root(): "allow",
        role.arn: "conditional",
    }


def test_a_thousand_groups_of_one_user() -> None:
    names = [f"group-{number}" for number in range(1000)]
    groups = [Group(name=name, policies={"own": policy(allow("s3:*"))}) for name in names]
    groups[-1] = Group(name=names[-1], policies={"read": READING})
    ana, ben = User(name="ana", groups=names), User(name="ben", groups=names[:-1])
    snapshot = estate(users=[ana, ben], groups=groups, secrets=[OPENAI])

    assert direct(snapshot) == {root(): "allow", ana.arn: "allow"}


def _elsewhere(value: Any, partition: str, region: str) -> Any:
    """The same records in another partition, whose ARNs and services are named otherwise."""
    text = json.dumps(value)
    text = text.replace("arn:aws:", f"arn:{partition}:").replace(REGION, region)
    return json.loads(text)


@pytest.mark.parametrize(
    ("partition", "region", "suffix"),
    [
        ("aws", "us-east-1", "amazonaws.com"),
        ("aws-cn", "cn-north-1", "amazonaws.com.cn"),
        ("aws-us-gov", "us-gov-west-1", "amazonaws.com"),
    ],
)
def test_other_partitions_are_no_other_world(partition: str, region: str, suffix: str) -> None:
    via = {"StringEquals": {"kms:ViaService": f"secretsmanager.{region}.{suffix}"}}
    key = Key(name="key", policies={"use": policy(allow(DECRYPT, Principal="*", Condition=via))})
    opened = {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/named", root(STRANGER)]}
    secret = Secret(
        name="openai", key=key, policies={"open": policy(allow(READ, Principal=opened))}
    )
    roles = [
        WORKER,
        Role(name="named"),
        Role(name="idle"),
        Role(name="narrow", policies={"read": policy(allow(READ, secret.arn))}),
        Role(name="other", policies={"read": policy(allow(READ, "arn:other:secretsmanager:*"))}),
        Role(name="chained", trust=trust(root()), policies={"read": READING}),
    ]
    ana = User(name="ana", policies={"own": policy(allow("sts:AssumeRole"))})
    kms = {"keys": [key.record(key.arn)]}
    records: dict[tuple[str, str, str], Json] = {
        ("iam", ACCOUNT, "global"): {
            "users": [ana.record()],
            "roles": [each.record() for each in roles],
        },
        ("secrets_manager", ACCOUNT, region): {"secrets": [secret.record()]},
        ("resource_policies", ACCOUNT, region): {"secrets": [secret.policies_record()]},
        ("kms", ACCOUNT, region): kms,
    }
    snapshot = estate(
        accounts={ACCOUNT: [region]},
        records={name: _elsewhere(each, partition, region) for name, each in records.items()},
    )

    def arn(resource: str, account: str = ACCOUNT) -> str:
        return f"arn:{partition}:iam::{account}:{resource}"

    found = readers(snapshot)
    assert {name: ways for name, ways in found.items() if "direct" in ways} == {
        arn(name): {"direct": "allow"}
        for name in ("root", "role/worker", "role/named", "role/narrow", "role/chained")
    } | {arn("root", STRANGER): {"direct": "allow"}}
    assert found[arn("user/ana")] == {"role_chain": "allow"}


def test_a_federated_user_that_a_secret_names_is_a_reader() -> None:
    """See https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session."""
    ana = f"arn:aws:sts::{ACCOUNT}:federated-user/ana"
    far = f"arn:aws:sts::{STRANGER}:federated-user/ana"
    key = Key(name="key", policies={"use": policy(allow(DECRYPT, Principal={"AWS": [ana, far]}))})
    secret = Secret(
        name="openai",
        key=key,
        policies={"open": policy(allow(READ, Principal={"AWS": [ana, far]}))},
    )
    managed = Secret(name="zilliz", policies=secret.policies)
    snapshot = estate(users=[User(name="ana")], secrets=[secret, managed])

    assert direct(snapshot) == {root(): "allow", ana: "allow", far: "allow"}
    assert direct(snapshot, 1) == {root(): "allow", ana: "allow"}
    types = {each.arn: each.type for each in EffectiveAccess(snapshot).principals}
    assert (types[ana], types[far]) == ("federated_user", "federated_user")


def test_control_policies_bound_federated_users_too() -> None:
    ana = f"arn:aws:sts::{ACCOUNT}:federated-user/ana"
    secret = Secret(name="openai", policies={"open": policy(allow(READ, Principal={"AWS": ana}))})
    guard = policy(deny("*", Condition={"StringEquals": {"aws:PrincipalType": "FederatedUser"}}))

    def found(*controls: Control) -> dict[str, str]:
        return direct(
            estate(
                accounts=(MANAGEMENT, ACCOUNT),
                secrets=[secret],
                organization=Organization(accounts={ACCOUNT: ""}, controls=controls),
            )
        )

    assert found() == {root(): "allow", ana: "allow"}
    assert found(Control(name="guard", document=guard)) == {root(): "allow"}


@pytest.mark.parametrize(
    "name",
    [
        f"arn:aws:iam::{STRANGER}:group/staff",
        f"arn:aws:iam::{STRANGER}",
        "arn:aws:iam::nobody:root",
        "AIDAEXAMPLEEXAMPLEEXA",
        "nonsense",
        "",
    ],
)
def test_a_name_that_can_be_nobody_s_is_nobody(name: str) -> None:
    opened = {"open": policy(allow(READ, Principal={"AWS": name}))}

    assert direct(estate(secrets=[Secret(name="openai", policies=opened)])) == {root(): "allow"}


# Records that lack what AWS's models let them lack


def lacking(source: str, member: str, change: Any, region: str = REGION, **parts: Any) -> Snapshot:
    """An estate of which the records of one source were changed."""
    whole = estate(**parts)
    places = whole.by_source[source]
    [place] = [each for each in places if each.account == ACCOUNT and each.region == region]
    records = deepcopy(places[place]["records"])
    change(records[member])
    documents = {**places, place: {**places[place], "records": records}}
    return replace(whole, by_source={**whole.by_source, source: documents})


def test_a_user_that_nobody_can_name_is_a_gap_of_every_secret() -> None:
    def lose(users: list[Json]) -> None:
        del users[0]["Arn"]

    ana = User(name="ana", policies={"read": READING})
    snapshot = lacking(
        "iam", "users", lose, region="global", users=[ana], roles=[WORKER], secrets=[OPENAI]
    )
    access = EffectiveAccess(snapshot)

    assert access.gaps(0) == [
        f"iam.{ACCOUNT}.global.json#/records/users/0: it has no name or no ARN"
    ]
    assert direct(snapshot) == BOTH


@pytest.mark.parametrize("member", ["Name", "CreatedDate", "Tags", "KmsKeyId"])
def test_a_secret_may_lack_all_but_its_arn(member: str) -> None:
    def lose(secrets: list[Json]) -> None:
        for part in ("entry", "description"):
            secrets[0][part].pop(member, None)

    snapshot = lacking("secrets_manager", "secrets", lose, roles=[WORKER], secrets=[OPENAI])

    assert direct(snapshot) == BOTH
    assert [each.name for each in Estate(snapshot).secrets] == ["openai"]


def test_a_secret_that_was_not_described_goes_by_its_entry() -> None:
    by_tag = {"StringEquals": {"aws:ResourceTag/team": "chat"}}
    role = Role(name="worker", policies={"read": policy(allow(READ, Condition=by_tag))})
    secret = Secret(name="openai", tags={"team": "chat"}, described=False)

    assert direct(estate(roles=[role], secrets=[secret])) == BOTH


@pytest.mark.parametrize("member", ["IamInstanceProfile", "InstanceId", "State"])
def test_an_instance_may_lack_anything(member: str) -> None:
    machine = replace(WORKER, instance_profile=True, trust=trust("ec2.amazonaws.com"))
    association = {
        "InstanceId": "i-0123456789abcdef0",
        "State": "associated",
        "IamInstanceProfile": {"Arn": machine.profile_arn},
    }
    eve = User(name="eve", policies={"own": policy(allow("ssm:SendCommand"))})

    def found(record: Json) -> dict[str, str] | None:
        records = {("compute", ACCOUNT, REGION): {"instance_profiles": [record]}}
        snapshot = estate(users=[eve], roles=[machine], secrets=[OPENAI], records=records)
        return readers(snapshot).get(eve.arn)

    assert found(association) == {"run_code": "allow"}
    assert found({name: each for name, each in association.items() if name != member}) is None


@pytest.mark.parametrize(
    ("member", "record"),
    [
        ("functions", {}),
        ("functions", {"FunctionArn": "arn:aws:lambda:us-east-1:111122223333:function:f"}),
        ("functions", {"Role": WORKER.arn}),
        ("projects", {"name": "build", "project": None}),
        ("projects", {"name": "build", "project": {}}),
        ("projects", {"name": "build", "project": {"serviceRole": WORKER.arn}}),
        ("task_definitions", {"family": "chat", "task_definition": None}),
        ("task_definitions", {"family": "chat", "task_definition": {}}),
        ("task_definitions", {"family": "chat", "task_definition": {"taskRoleArn": WORKER.arn}}),
    ],
)
def test_a_program_may_lack_anything(member: str, record: Json) -> None:
    eve = User(name="eve", policies={"own": policy(allow(["lambda:*", "codebuild:*", "ecs:*"]))})
    records = {("compute", ACCOUNT, REGION): {member: [record]}}
    snapshot = estate(users=[eve], roles=[WORKER], secrets=[OPENAI], records=records)

    assert direct(snapshot) == BOTH
    assert list(readers(snapshot)) == list(BOTH)


def test_sources_that_were_not_collected_leave_what_they_hide_in_doubt() -> None:
    key = Key(name="key")
    decrypting = Role(name="worker", policies={"read": policy(allow([READ, DECRYPT]))})
    secret = Secret(name="openai", key=key)

    def found(source: str, region: str = REGION) -> dict[str, str]:
        return direct(
            estate(roles=[decrypting], secrets=[secret], absent=[(source, ACCOUNT, region)])
        )

    assert found("compute") == BOTH
    assert found("identity_center") == BOTH
    assert found("kms") == DOUBTED
    assert found("resource_policies") == DOUBTED
    assert found("organizations", "global") == DOUBTED
    assert found("iam", "global") == {}


def test_an_estate_without_anything_has_no_readers() -> None:
    access = EffectiveAccess(estate())

    assert (list(access.secrets), [each.arn for each in access.principals]) == ([], [root(), "*"])
    assert Estate(estate()).partition == "aws"


def test_what_is_known_of_a_secret() -> None:
    rotating = Secret(
        name="openai",
        tags={"Team": "chat"},
        rotation_function=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate",
    )
    replicated = Secret(name="replica", region=OTHER_REGION, primary_region=REGION)
    [replica, secret] = Estate(estate(secrets=[rotating, replicated])).secrets

    assert secret.resource.tags == {"team": known("chat")}
    assert {
        key: secret.resource.context[key]
        for key in (
            *("aws:resourceaccount", "aws:requestedregion", "aws:resourceorgid"),
            "secretsmanager:resource/allowrotationlambdaarn",
            "secretsmanager:secretprimaryregion",
        )
    } == {
        "aws:resourceaccount": known(ACCOUNT),
        "aws:requestedregion": known(REGION),
        "aws:resourceorgid": ABSENT,
        "secretsmanager:resource/allowrotationlambdaarn": known(
            f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate"
        ),
        "secretsmanager:secretprimaryregion": UNKNOWN,
    }
    assert replica.resource.context["secretsmanager:secretprimaryregion"] == known(REGION)
    assert (replica.key, replica.policies, replica.account) == (None, (), ACCOUNT)


def test_the_regions_of_an_estate_are_those_collected_and_those_named() -> None:
    role = Role(
        name="worker",
        policies={
            "read": policy(
                allow(READ, "arn:aws:secretsmanager:ap-south-1:*:secret:*"),
                allow(READ, "arn:aws:secretsmanager:*:*:secret:*"),
                allow(READ, "arn:aws:secretsmanager:us-*:*:secret:*"),
                allow("s3:*", "arn:aws:s3:::bucket"),
            ),
            "bad": "{",
        },
    )

    assert Estate(estate(roles=[role])).regions_named == {REGION, OTHER_REGION, "ap-south-1"}


# What holds whatever the policies say

CONDITIONS: tuple[Json, ...] = (
    {"StringEquals": {"aws:PrincipalTag/team": "chat"}},
    {"StringNotEquals": {"aws:PrincipalTag/team": "chat"}},
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}},
    {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
    {"StringThing": {"aws:username": "ana"}},
)
ACTIONS = (READ, "secretsmanager:*", "*", "kms:Decrypt", "sts:AssumeRole", "iam:*", "s3:*")
PRINCIPALS: tuple[object, ...] = (
    "*",
    {"AWS": root()},
    {"AWS": root(OTHER_ACCOUNT)},
    {"AWS": root(STRANGER)},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ana"},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"},
    {"AWS": session("app", "run")},
    {"Service": "lambda.amazonaws.com"},
)


def _statements(*, principal: bool, effects: tuple[str, ...]) -> st.SearchStrategy[Json]:
    parts: dict[str, st.SearchStrategy[Any]] = {
        "Effect": st.sampled_from(effects),
        "Action": st.sampled_from(ACTIONS),
        "Resource": st.sampled_from(("*", OPENAI.arn)),
    }
    if principal:
        parts["Principal"] = st.sampled_from(PRINCIPALS)
    return st.fixed_dictionaries(parts, optional={"Condition": st.sampled_from(CONDITIONS)})


OWN = _statements(principal=False, effects=("Allow", "Allow", "Deny"))
OF_RESOURCE = _statements(principal=True, effects=("Allow", "Allow", "Deny"))
OF_TRUST = OF_RESOURCE.map(
    lambda each: (
        {name: value for name, value in each.items() if name != "Resource"}
        | {"Action": "sts:AssumeRole"}
    )
)
PLACES = ("ana", "app", "reader", "other", "trust", "secret", "key", "bound", "scp")
NAMES_PRINCIPALS = frozenset({"trust", "secret", "key"})
DENIALS = {
    place: _statements(principal=place in NAMES_PRINCIPALS, effects=("Deny",)) for place in PLACES
}
ESTATES = st.fixed_dictionaries(
    {
        place: st.lists(
            OF_TRUST if place == "trust" else OF_RESOURCE if place in NAMES_PRINCIPALS else OWN,
            max_size=3,
        )
        for place in PLACES
    }
)
"""Statements by where they stand."""

WIDE = allow("*")


def _built(
    statements: Mapping[str, list[Json]],
    *,
    bounded: bool = False,
    limited: bool = False,
    malformed: str | None = None,
) -> dict[str, str]:
    """Whoever can obtain the secret of a small estate, and the worst of how."""

    def document(place: str, *more: Json) -> object:
        if place == malformed:
            return "{"
        return policy(*more, *statements[place])

    bound = Managed(name="bound", document=document("bound"))
    boundary = bound.arn if bounded else None
    app = Role(
        name="app", policies={"own": document("app")}, boundary=boundary, trust=trust(root())
    )
    reader = Role(name="reader", policies={"own": document("reader")}, trust=document("trust"))
    ana = User(name="ana", policies={"own": document("ana")}, boundary=boundary)
    other = User(name="other", account=OTHER_ACCOUNT, policies={"own": document("other")})
    key = Key(name="key", policies={"own": document("key")})
    secret = Secret(name="openai", policies={"own": document("secret")}, key=key)
    controls = [Control(name="scp", document=document("scp", WIDE), on=[ACCOUNT])]
    organization = Organization(
        accounts={ACCOUNT: "", OTHER_ACCOUNT: ""},
        controls=controls if limited else (),
        detached=[ACCOUNT] if limited else (),
    )
    snapshot = estate(
        accounts=(MANAGEMENT, ACCOUNT, OTHER_ACCOUNT),
        users=[ana, other],
        roles=[app, reader],
        managed=[bound],
        secrets=[secret],
        organization=organization,
    )
    return {each.principal.arn: each.decision for each in EffectiveAccess(snapshot).readers(0)}


ORDER = {None: 0, "conditional": 1, "allow": 2}
quick = settings(max_examples=25, deadline=None)


def _none_gains(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    return all(ORDER[found] <= ORDER[before.get(arn)] for arn, found in after.items())


@quick
@given(ESTATES, st.sampled_from(PLACES), st.data())
def test_a_denial_adds_no_reader(
    statements: Mapping[str, list[Json]], place: str, data: st.DataObject
) -> None:
    denial = data.draw(DENIALS[place])
    if place == "trust":
        denial = {name: each for name, each in denial.items() if name != "Resource"}
    more = {**statements, place: [*statements[place], denial]}

    for limits in (False, True):
        assert _none_gains(
            _built(statements, bounded=limits, limited=limits),
            _built(more, bounded=limits, limited=limits),
        )


@quick
@given(ESTATES, st.data())
def test_without_an_allow_there_is_no_more_reader(
    statements: Mapping[str, list[Json]], data: st.DataObject
) -> None:
    allows = [
        (place, number)
        for place in PLACES
        for number, each in enumerate(statements[place])
        if each["Effect"] == "Allow"
    ]
    assume(allows)
    place, number = data.draw(st.sampled_from(allows))
    kept = statements[place][:number] + statements[place][number + 1 :]

    assert _none_gains(
        _built(statements, bounded=True, limited=True),
        _built({**statements, place: kept}, bounded=True, limited=True),
    )


@quick
@given(ESTATES)
def test_a_boundary_or_control_policy_adds_no_reader(statements: Mapping[str, list[Json]]) -> None:
    unlimited = _built(statements)

    assert _none_gains(unlimited, _built(statements, bounded=True))
    assert _none_gains(unlimited, _built(statements, limited=True))


@quick
@given(ESTATES, st.sampled_from([each for each in PLACES if each != "trust"]))
def test_a_policy_that_cannot_be_read_loses_no_reader(
    statements: Mapping[str, list[Json]], place: str
) -> None:
    """Whoever read stays a reader, and whoever could read by what it may say becomes one."""
    before = _built(statements, bounded=True, limited=True)
    after = _built(statements, bounded=True, limited=True, malformed=place)

    assert set(before) <= set(after)


@quick
@given(ESTATES)
def test_a_trust_policy_that_cannot_be_read_loses_no_reader_without_a_gap(
    statements: Mapping[str, list[Json]],
) -> None:
    before = _built(statements)
    after = _built(statements, malformed="trust")
    reader = f"arn:aws:iam::{ACCOUNT}:role/reader"

    assert set(before) <= set(after) or reader in after
