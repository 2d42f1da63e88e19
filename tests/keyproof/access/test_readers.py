"""
Who reads a secret directly, on whole estates.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from keyproof.access.readers import EffectiveAccess
from tests.keyproof.access.answers import (
    DECRYPT,
    DIRECT,
    PERHAPS,
    READ,
    others,
    readers,
    steps,
    way_of,
)
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    MANAGEMENT,
    ORGANIZATION,
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
)

if TYPE_CHECKING:
    from keyproof.documents import Json

OPENAI = Secret(name="openai")
BOTH = (ACCOUNT, OTHER_ACCOUNT)
READING = policy(allow(READ))
WITH_KEY = policy(allow([READ, DECRYPT]))
NOTHING = policy(allow("s3:GetObject"))


def reading(resource: str = "*", **more: Any) -> Json:
    return policy(allow(READ, resource, **more))


def guarded(*statements: Json, **more: Any) -> Secret:
    """The secret with a policy of its own."""
    return Secret(name="openai", policies={"default": policy(*statements)}, **more)


def opened(principal: object, **more: Any) -> Json:
    """A statement of a secret's own policy that lets somebody read."""
    return allow(READ, Principal=principal, **more)


def test_the_root_reads_and_needs_no_policy() -> None:
    way = way_of(estate(secrets=[OPENAI]), root())

    assert steps(way) == [
        ("root_user", None, None, "secretsmanager:GetSecretValue", OPENAI.arn),
        ("aws_managed_key", None, None, "kms:Decrypt", None),
    ]
    assert (way.decision, way.path.conditions, way.path.unseen) == ("allow", (), ())


def test_a_user_reads_by_an_inline_policy() -> None:
    ana = User(name="ana", policies={"read": reading(Sid="Read")})
    snapshot = estate(users=[ana], secrets=[OPENAI])

    assert others(snapshot) == {ana.arn: DIRECT}
    assert steps(way_of(snapshot, ana.arn)) == [
        ("identity_policy", "user/ana/read", "Read", "secretsmanager:GetSecretValue", OPENAI.arn),
        ("aws_managed_key", None, None, "kms:Decrypt", None),
    ]


def test_a_user_reads_by_a_managed_policy() -> None:
    managed = Managed(name="reading", document=READING)
    ana = User(name="ana", attached=[managed.arn])
    snapshot = estate(users=[ana], managed=[managed], secrets=[OPENAI])

    assert others(snapshot) == {ana.arn: DIRECT}
    assert steps(way_of(snapshot, ana.arn))[0] == (
        "identity_policy",
        managed.arn,
        "statement 1",
        "secretsmanager:GetSecretValue",
        OPENAI.arn,
    )


def test_a_user_reads_by_its_groups_policies() -> None:
    managed = Managed(name="reading", document=READING)
    inline = Group(name="inline", policies={"read": READING})
    attached = Group(name="attached", attached=[managed.arn])
    ana = User(name="ana", groups=["inline"])
    ben = User(name="ben", groups=["attached"])
    snapshot = estate(
        users=[ana, ben, User(name="cy", groups=["empty"])],
        groups=[inline, attached, Group(name="empty")],
        managed=[managed],
        secrets=[OPENAI],
    )

    assert others(snapshot) == {ana.arn: DIRECT, ben.arn: DIRECT}
    assert [steps(way_of(snapshot, each.arn))[0][1] for each in (ana, ben)] == [
        "group/inline/read",
        managed.arn,
    ]


def test_a_role_reads_by_its_policies() -> None:
    managed = Managed(name="reading", document=READING)
    inline = Role(name="inline", path="/service/", policies={"read": READING})
    attached = Role(name="attached", attached=[managed.arn])
    snapshot = estate(
        roles=[inline, attached, Role(name="idle", policies={"other": NOTHING})],
        managed=[managed],
        secrets=[OPENAI],
    )

    assert others(snapshot) == {inline.arn: DIRECT, attached.arn: DIRECT}
    assert inline.arn == f"arn:aws:iam::{ACCOUNT}:role/service/inline"


def test_a_deny_among_the_groups_policies_wins() -> None:
    ana = User(name="ana", groups=["barred"], policies={"read": READING})
    barred = Group(name="barred", policies={"none": policy(deny("secretsmanager:*"))})

    assert others(estate(users=[ana], groups=[barred], secrets=[OPENAI])) == {}


def test_batch_reading_needs_the_right_to_each_value() -> None:
    batch = Role(
        name="batch", policies={"batch": policy(allow("secretsmanager:BatchGetSecretValue"))}
    )

    assert others(estate(roles=[batch], secrets=[OPENAI])) == {}


def test_each_secret_has_readers_of_its_own() -> None:
    secrets = [Secret(name="anthropic"), OPENAI, Secret(name="pinecone")]
    role = Role(name="worker", policies={"read": reading(OPENAI.arn)})
    access = EffectiveAccess(estate(roles=[role], secrets=secrets))

    assert [secret.name for secret in access.secrets] == ["anthropic", "openai", "pinecone"]
    assert [
        [reader.principal.arn for reader in access.readers(index)] for index in range(len(secrets))
    ] == [[root()], [root(), role.arn], [root()]]


def test_only_wanted_secrets_are_answered_for() -> None:
    snapshot = estate(secrets=[Secret(name="anthropic"), OPENAI])

    assert [each.arn for each in EffectiveAccess(snapshot, frozenset({OPENAI.arn})).secrets] == [
        OPENAI.arn
    ]


@pytest.mark.parametrize(
    ("resource", "reads"),
    [
        ("*", True),
        (OPENAI.arn, True),
        (OPENAI.arn[:-7], False),
        (f"{OPENAI.arn[:-6]}??????", True),
        (f"{OPENAI.arn[:-6]}?????", False),
        (f"{OPENAI.arn[:-6]}*", True),
        (OPENAI.arn.upper(), False),
        (f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:open*", True),
        (f"arn:aws:secretsmanager:{OTHER_REGION}:{ACCOUNT}:secret:open*", False),
        (f"arn:aws:secretsmanager:{REGION}:{OTHER_ACCOUNT}:secret:open*", False),
        ("openai", False),
    ],
)
def test_a_secret_is_named_with_the_suffix_of_its_arn(resource: str, *, reads: bool) -> None:
    role = Role(name="worker", policies={"read": reading(resource)})

    assert others(estate(roles=[role], secrets=[OPENAI])) == ({role.arn: DIRECT} if reads else {})


@pytest.mark.parametrize(
    ("statement", "reads"),
    [
        (allow("SECRETSMANAGER:getsecretVALUE"), True),
        (allow("secretsmanager:Get*"), True),
        (allow("secretsmanager:?etSecretValue"), True),
        (allow("secretsmanager:GetSecret"), False),
        (allow(READ, NotAction=["s3:*"]), True),
        (allow(READ, NotAction=["secretsmanager:get*"]), False),
        (allow(READ, NotResource="arn:aws:s3:::*"), True),
        (allow(READ, NotResource=[OPENAI.arn]), False),
    ],
)
def test_actions_and_resources_of_a_statement(statement: Json, *, reads: bool) -> None:
    role = Role(name="worker", policies={"read": policy(statement)})

    found = others(estate(roles=[role], secrets=[OPENAI]))

    assert [arn for arn, ways in found.items() if "direct" in ways] == [role.arn] * reads


def test_a_boundary_bounds_what_identity_policies_allow() -> None:
    wide, narrow = Managed(name="wide", document=READING), Managed(name="narrow", document=NOTHING)
    free = Role(name="free", policies={"read": READING}, boundary=wide.arn)
    bound = Role(name="bound", policies={"read": READING}, boundary=narrow.arn)
    only_bound = Role(name="only-bound", boundary=wide.arn)
    snapshot = estate(roles=[free, bound, only_bound], managed=[wide, narrow], secrets=[OPENAI])

    assert others(snapshot) == {free.arn: DIRECT}


def test_what_a_boundary_leaves_out_limits_a_grant_to_a_role_but_not_to_a_user() -> None:
    """See https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html."""
    narrow = Managed(name="narrow", document=NOTHING)
    ana = User(name="ana", boundary=narrow.arn)
    worker = Role(name="worker", boundary=narrow.arn)
    secret = guarded(opened({"AWS": [ana.arn, worker.arn]}))
    snapshot = estate(users=[ana], roles=[worker], managed=[narrow], secrets=[secret])

    assert others(snapshot) == {ana.arn: DIRECT}


def test_what_a_boundary_denies_limits_a_grant_to_a_user() -> None:
    denying = Managed(name="denying", document=policy(deny("secretsmanager:*")))
    ana = User(name="ana", boundary=denying.arn)
    snapshot = estate(users=[ana], managed=[denying], secrets=[guarded(opened({"AWS": ana.arn}))])

    assert others(snapshot) == {}


def test_a_grant_to_a_session_is_not_limited_by_what_the_boundary_leaves_out() -> None:
    narrow = Managed(name="narrow", document=NOTHING)
    worker = Role(name="worker", boundary=narrow.arn)
    secret = guarded(opened({"AWS": session("worker", "nightly")}))
    snapshot = estate(roles=[worker], managed=[narrow], secrets=[secret])

    assert others(snapshot) == {worker.arn: PERHAPS}
    assert way_of(snapshot, worker.arn).path.conditions == ("sts:RoleSessionName",)


def test_a_resource_policy_lets_read_whom_it_names() -> None:
    ana, ben = User(name="ana"), User(name="ben")
    worker = Role(name="worker", path="/service/")
    secret = guarded(opened({"AWS": [ana.arn, worker.arn]}, Sid="Grant"))
    snapshot = estate(users=[ana, ben], roles=[worker], secrets=[secret])

    assert others(snapshot) == {ana.arn: DIRECT, worker.arn: DIRECT}
    assert steps(way_of(snapshot, ana.arn))[0] == (
        "resource_policy",
        "default",
        "Grant",
        "secretsmanager:GetSecretValue",
        secret.arn,
    )


def test_a_resource_policy_that_names_the_account_lets_nobody_read_by_itself() -> None:
    ana, ben = User(name="ana"), User(name="ben", policies={"read": READING})
    secret = guarded(opened({"AWS": ACCOUNT}))

    assert others(estate(users=[ana, ben], secrets=[secret])) == {ben.arn: DIRECT}


def test_a_resource_policy_may_name_a_user_by_its_unique_id() -> None:
    ana = User(name="ana")
    secret = guarded(opened({"AWS": ana.record()["UserId"]}))

    assert others(estate(users=[ana], secrets=[secret])) == {ana.arn: DIRECT}


def test_a_resource_policy_denies_though_an_identity_policy_allows() -> None:
    worker = Role(name="worker", path="/service/", policies={"read": READING})
    ana = User(name="ana", policies={"read": READING})
    spared = {"ArnNotLike": {"aws:PrincipalArn": [f"arn:aws:iam::{ACCOUNT}:role/service/*"]}}
    secret = guarded(deny(READ, Principal="*", Condition=spared))
    snapshot = estate(users=[ana], roles=[worker], secrets=[secret])

    found = readers(snapshot)

    assert [arn for arn, ways in found.items() if "direct" in ways] == [worker.arn]
    # A root user can still change that policy, as any other.
    assert found[root()]["write_resource_policy"] == "allow"


def test_every_named_policy_of_a_secret_counts() -> None:
    """See https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html."""
    ana, ben, cy = (User(name=name) for name in ("ana", "ben", "cy"))
    granted = {each.name: policy(opened({"AWS": each.arn})) for each in (ana, ben, cy)}
    barred = policy(deny(READ, Principal={"AWS": cy.arn}))
    secret = Secret(name="openai", policies={**granted, "barred": barred})

    assert others(estate(users=[ana, ben, cy], secrets=[secret])) == {
        ana.arn: DIRECT,
        ben.arn: DIRECT,
    }


def test_a_resource_policy_about_another_secret_says_nothing() -> None:
    ana = User(name="ana")
    other = Secret(name="anthropic")
    secret = guarded({**opened({"AWS": ana.arn}), "Resource": other.arn})

    assert others(estate(users=[ana], secrets=[secret])) == {}


def test_everybody_is_let_in_by_a_star() -> None:
    """The AWS-managed key keeps other accounts out all the same."""
    ana, worker = User(name="ana"), Role(name="worker")
    snapshot = estate(users=[ana], roles=[worker], secrets=[guarded(opened("*"))])

    assert others(snapshot) == {ana.arn: DIRECT, worker.arn: DIRECT}


def test_the_public_reads_what_a_star_opens_with_its_key() -> None:
    key = Key(name="key", policies={"open": policy(allow(DECRYPT, Principal="*"))})
    snapshot = estate(secrets=[guarded(opened({"AWS": "*"}), key=key)])

    assert others(snapshot) == {"*": DIRECT}
    assert steps(way_of(snapshot, "*")) == [
        ("public", None, None, "secretsmanager:GetSecretValue", OPENAI.arn),
        ("resource_policy", "default", "statement 1", "secretsmanager:GetSecretValue", OPENAI.arn),
        ("key_policy", f"{key.arn} open", "statement 1", "kms:Decrypt", key.arn),
    ]


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
        {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
        {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}},
    ],
)
def test_the_public_is_kept_out_by_conditions_on_who_asks(condition: Json) -> None:
    key = Key(name="key", policies={"open": policy(allow(DECRYPT, Principal="*"))})
    secret = guarded(opened("*", Condition=condition), key=key)
    organization = Organization(accounts={ACCOUNT: ""})
    accounts = (MANAGEMENT, ACCOUNT)
    found = readers(estate(accounts=accounts, secrets=[secret], organization=organization))

    assert "*" not in found


def test_of_an_organisation_that_nobody_saw_anybody_may_be() -> None:
    key = Key(name="key", policies={"open": policy(allow(DECRYPT, Principal="*"))})
    condition = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
    snapshot = estate(secrets=[guarded(opened("*", Condition=condition), key=key)])

    assert readers(snapshot)["*"] == PERHAPS


def test_a_condition_that_the_caller_meets_leaves_the_public_in() -> None:
    key = Key(name="key", policies={"open": policy(allow(DECRYPT, Principal="*"))})
    condition = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    snapshot = estate(secrets=[guarded(opened("*", Condition=condition), key=key)])

    assert others(snapshot) == {"*": PERHAPS}
    assert way_of(snapshot, "*").path.conditions == ("aws:SourceIp",)


SHARED_KEY = Key(
    name="shared",
    policies={"share": policy(allow(DECRYPT, Principal={"AWS": root(OTHER_ACCOUNT)}))},
)


def test_across_accounts_both_sides_must_allow() -> None:
    reader = Role(name="reader", account=OTHER_ACCOUNT, policies={"read": WITH_KEY})
    idle = Role(name="idle", account=OTHER_ACCOUNT)
    secret = guarded(opened({"AWS": root(OTHER_ACCOUNT)}), key=SHARED_KEY)
    snapshot = estate(accounts=BOTH, roles=[reader, idle], secrets=[secret])

    assert others(snapshot) == {root(OTHER_ACCOUNT): DIRECT, reader.arn: DIRECT}


@pytest.mark.parametrize("key", [None, Key(name="own")], ids=["managed by AWS", "not shared"])
def test_across_accounts_nobody_reads_without_the_key(key: Key | None) -> None:
    reader = Role(name="reader", account=OTHER_ACCOUNT, policies={"read": WITH_KEY})
    secret = guarded(opened({"AWS": [root(OTHER_ACCOUNT), reader.arn]}), key=key)

    assert others(estate(accounts=BOTH, roles=[reader], secrets=[secret])) == {}


def test_an_account_that_was_not_collected_reads_as_a_whole_where_it_is_named() -> None:
    key = Key(
        name="shared",
        policies={"share": policy(allow(DECRYPT, Principal={"AWS": root(STRANGER)}))},
    )
    snapshot = estate(secrets=[guarded(opened({"AWS": STRANGER}), key=key)])

    assert others(snapshot) == {root(STRANGER): DIRECT}
    assert steps(way_of(snapshot, root(STRANGER))) == [
        ("another_account", None, None, READ, OPENAI.arn),
        ("resource_policy", "default", "statement 1", READ, OPENAI.arn),
        ("key_policy", f"{key.arn} share", "statement 1", DECRYPT, key.arn),
    ]


def test_a_grant_to_one_session_depends_on_its_name() -> None:
    worker = Role(name="worker")
    secret = guarded(opened({"AWS": session("worker", "nightly")}))
    snapshot = estate(roles=[worker], secrets=[secret])

    assert others(snapshot) == {worker.arn: PERHAPS}
    assert way_of(snapshot, worker.arn).path.conditions == ("sts:RoleSessionName",)


TEAM = {"StringEquals": {"secretsmanager:ResourceTag/team": "${aws:PrincipalTag/team}"}}


def test_tags_of_the_principal_and_of_the_secret_must_agree() -> None:
    search = User(name="ana", tags={"team": "search"}, policies={"read": reading(Condition=TEAM)})
    chat = User(name="ben", tags={"team": "chat"}, policies={"read": reading(Condition=TEAM)})
    untagged = User(name="cy", policies={"read": reading(Condition=TEAM)})
    secret = Secret(name="openai", tags={"Team": "chat"})

    assert others(estate(users=[search, chat, untagged], secrets=[secret])) == {chat.arn: DIRECT}


def test_a_policy_of_the_old_version_has_no_variables() -> None:
    old = policy(allow(READ, Condition=TEAM), version="2008-10-17")
    ana = User(name="ana", tags={"team": "chat"}, policies={"read": old})

    assert others(estate(users=[ana], secrets=[Secret(name="openai", tags={"team": "chat"})])) == {}


@pytest.mark.parametrize(
    ("condition", "ways"),
    [
        ({"StringNotEquals": {"secretsmanager:ResourceTag/env": "prod"}}, DIRECT),
        ({"StringEquals": {"secretsmanager:ResourceTag/env": "prod"}}, None),
        ({"StringEqualsIfExists": {"secretsmanager:ResourceTag/env": "prod"}}, DIRECT),
        ({"Bool": {"aws:SecureTransport": "true"}}, DIRECT),
        ({"Bool": {"aws:SecureTransport": "false"}}, None),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, PERHAPS),
        ({"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}, PERHAPS),
        ({"DateLessThan": {"aws:CurrentTime": "2026-11-02T08:59:59Z"}}, None),
        ({"DateLessThan": {"aws:CurrentTime": "2026-11-03T00:00:00Z"}}, PERHAPS),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-11-02T08:59:59Z"}}, DIRECT),
        ({"StringEquals": {"aws:RequestedRegion": REGION}}, DIRECT),
        ({"StringEquals": {"aws:RequestedRegion": OTHER_REGION}}, None),
        ({"StringEquals": {"aws:PrincipalType": "User"}}, DIRECT),
        ({"StringEquals": {"aws:username": "ana"}}, DIRECT),
        ({"Null": {"aws:PrincipalServiceName": "true"}}, DIRECT),
        ({"StringSomething": {"aws:username": "ana"}}, PERHAPS),
    ],
)
def test_conditions(condition: Json, ways: Json | None) -> None:
    ana = User(name="ana", policies={"read": reading(Condition=condition)})

    found = others(estate(users=[ana], secrets=[OPENAI]))

    assert found == ({} if ways is None else {ana.arn: ways})


def test_a_denial_in_doubt_leaves_the_reader_in_doubt() -> None:
    outside = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    ana = User(name="ana", policies={"read": READING, "no": policy(deny("*", Condition=outside))})
    snapshot = estate(users=[ana], secrets=[OPENAI])

    assert others(snapshot)[ana.arn] == PERHAPS
    assert way_of(snapshot, ana.arn).path.conditions == ("aws:SourceIp",)


def test_a_service_that_a_secret_names_is_a_reader() -> None:
    service = {"Service": "appflow.amazonaws.com"}
    key = Key(name="key", policies={"app": policy(allow(DECRYPT, Principal=service))})
    snapshot = estate(secrets=[guarded(opened(service), key=key)])

    assert others(snapshot) == {"appflow.amazonaws.com": DIRECT}


def test_reading_in_batches_needs_the_right_to_each_value() -> None:
    batch = policy(allow(["secretsmanager:BatchGetSecretValue", "secretsmanager:ListSecrets"]))
    alone = User(name="ana", policies={"batch": batch})
    both = User(name="ben", policies={"batch": batch, "read": READING})

    assert others(estate(users=[alone, both], secrets=[OPENAI])) == {both.arn: DIRECT}


def test_a_group_and_a_policy_that_were_not_collected_leave_their_members_in_doubt() -> None:
    member = User(name="ana", groups=["lost"])
    holder = User(name="ben", attached=[f"arn:aws:iam::{ACCOUNT}:policy/lost"])
    bound = User(
        name="cy", policies={"read": READING}, boundary=f"arn:aws:iam::{ACCOUNT}:policy/lost"
    )
    snapshot = estate(users=[member, holder, bound], secrets=[OPENAI])

    found = others(snapshot)

    assert {arn: ways["direct"] for arn, ways in found.items()} == dict.fromkeys(
        (member.arn, holder.arn, bound.arn), "conditional"
    )
    assert way_of(snapshot, holder.arn).path.unseen == (
        f"identity_policy arn:aws:iam::{ACCOUNT}:policy/lost: the managed policy was not collected",
    )


def test_secrets_whose_policies_were_not_collected_have_a_gap() -> None:
    ana = User(name="ana", policies={"read": READING})
    secret = Secret(name="openai", policies=None)
    access = EffectiveAccess(estate(users=[ana], secrets=[secret]))

    assert access.gaps(0) == [
        f"resource_policy {secret.arn}: the secret's resource policies were not collected"
    ]
    [way] = [
        way for each in access.readers(0) if each.principal.arn == ana.arn for way in each.ways
    ]
    assert (way.decision, way.path.unseen) == ("conditional", tuple(access.gaps(0)))


def test_only_the_wanted_secrets_are_answered_for() -> None:
    wanted, other = Secret(name="openai"), Secret(name="anthropic")
    access = EffectiveAccess(estate(secrets=[wanted, other]), frozenset({wanted.arn}))

    assert [secret.arn for secret in access.secrets] == [wanted.arn]


def test_control_policies_limit_members_and_not_the_management_account() -> None:
    barring = policy(deny(READ))
    organization = Organization(
        accounts={ACCOUNT: "Workloads"}, controls=[Control(name="bar", document=barring)]
    )
    snapshot = estate(
        accounts=(MANAGEMENT, ACCOUNT),
        roles=[
            Role(name="worker", policies={"read": READING}),
            Role(name="chief", account=MANAGEMENT, policies={"read": READING}),
        ],
        secrets=[OPENAI, Secret(name="payer", account=MANAGEMENT)],
        organization=organization,
    )

    assert readers(snapshot, 0) == {}
    assert others(snapshot, 1, of=MANAGEMENT) == {f"arn:aws:iam::{MANAGEMENT}:role/chief": DIRECT}
