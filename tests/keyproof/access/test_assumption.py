"""
Who comes to a secret by assuming roles.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from keyproof.access.readers import EffectiveAccess
from tests.keyproof.access.answers import DECRYPT, READ, readers, steps, way_of
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    OTHER_ACCOUNT,
    STRANGER,
    Managed,
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
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

OPENAI = Secret(name="openai")
READING = policy(allow(READ))
ASSUMING = policy(allow("sts:AssumeRole"))
ANA = User(name="ana", policies={"assume": ASSUMING})
ASSUME = "sts:AssumeRole"
CHAIN = {"role_chain": "allow"}
DOUBTFUL = {"role_chain": "conditional"}


def reader(*trusted: str, **more: object) -> Role:
    """A role that reads, and whom it trusts."""
    return Role(name="reader", policies={"read": READING}, trust=trust(*trusted, **more))  # type: ignore[arg-type]


def chained(snapshot: Snapshot, secret: int = 0) -> dict[str, dict[str, str]]:
    """Who reads only as somebody else, and how."""
    return {arn: ways for arn, ways in readers(snapshot, secret).items() if "direct" not in ways}


def test_a_role_that_trusts_the_account_needs_an_identity_policy_too() -> None:
    ben = User(name="ben")
    role = reader(root())
    snapshot = estate(users=[ANA, ben], roles=[role], secrets=[OPENAI])

    assert chained(snapshot) == {ANA.arn: CHAIN}
    assert steps(way_of(snapshot, ANA.arn, "role_chain")) == [
        ("identity_policy", "user/ana/assume", "statement 1", ASSUME, role.arn),
        ("trust_policy", role.arn, "statement 1", ASSUME, role.arn),
        ("identity_policy", "role/reader/read", "statement 1", READ, OPENAI.arn),
        ("aws_managed_key", None, None, DECRYPT, None),
    ]


def test_a_role_that_names_somebody_needs_no_identity_policy_in_its_account() -> None:
    ben, app = User(name="ben"), Role(name="app", path="/team/")
    role = reader(ben.arn, app.arn)
    snapshot = estate(users=[ben], roles=[app, role], secrets=[OPENAI])

    assert chained(snapshot) == {ben.arn: CHAIN, app.arn: CHAIN}
    assert steps(way_of(snapshot, ben.arn, "role_chain"))[0] == (
        "trust_policy",
        role.arn,
        "statement 1",
        ASSUME,
        role.arn,
    )


def test_a_role_that_trusts_everybody_lets_in_strangers() -> None:
    snapshot = estate(users=[User(name="ben")], roles=[reader("*")], secrets=[OPENAI])

    assert chained(snapshot) == {f"arn:aws:iam::{ACCOUNT}:user/ben": CHAIN, "*": CHAIN}
    assert [step[0] for step in steps(way_of(snapshot, "*", "role_chain"))] == [
        "public",
        "trust_policy",
        "identity_policy",
        "aws_managed_key",
    ]


@pytest.mark.parametrize(
    ("condition", "ways"),
    [
        ({"StringEquals": {"sts:ExternalId": "0c4bd7f2"}}, DOUBTFUL),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, DOUBTFUL),
        ({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, CHAIN),
        ({"StringEquals": {"aws:PrincipalAccount": OTHER_ACCOUNT}}, None),
        ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/a*"}}, CHAIN),
        ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/b*"}}, None),
        ({"StringEquals": {"aws:username": "ana"}}, CHAIN),
        ({"StringLike": {"sts:RoleSessionName": "${aws:username}"}}, DOUBTFUL),
        ({"StringEquals": {"aws:PrincipalTag/team": "chat"}}, None),
        ({"StringEquals": {"aws:ResourceTag/team": "chat"}}, CHAIN),
        ({"StringEquals": {"iam:ResourceTag/team": "search"}}, None),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}}, None),
        ({"StringThing": {"aws:username": "ana"}}, DOUBTFUL),
    ],
)
def test_conditions_of_a_trust_policy(condition: Json, ways: Json | None) -> None:
    role = replace(reader(root(), Condition=condition), tags={"team": "chat"})

    found = chained(estate(users=[ANA], roles=[role], secrets=[OPENAI]))

    assert found == ({} if ways is None else {ANA.arn: ways})


def test_the_conditions_of_every_step_are_those_of_the_way() -> None:
    external = {"StringEquals": {"sts:ExternalId": "0c4bd7f2"}}
    inside = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    role = Role(
        name="reader",
        policies={"read": policy(allow(READ, Condition=inside))},
        trust=trust(root(), Condition=external),
    )
    snapshot = estate(users=[ANA], roles=[role], secrets=[OPENAI])

    assert way_of(snapshot, ANA.arn, "role_chain").path.conditions == (
        "aws:SourceIp",
        "sts:ExternalId",
    )


def test_a_denial_anywhere_closes_a_step() -> None:
    role = reader(root())
    barred = User(name="ben", policies={"own": policy(allow("*"), deny("sts:*"))})
    bound = Managed(name="bound", document=policy(allow("s3:*")))
    bounded = User(name="cy", policies={"assume": ASSUMING}, boundary=bound.arn)
    elsewhere = User(
        name="dee", policies={"own": policy(allow(ASSUME, f"arn:aws:iam::{ACCOUNT}:role/x"))}
    )

    def found(role: Role, *users: User) -> set[str]:
        snapshot = estate(users=users, roles=[role], managed=[bound], secrets=[OPENAI])
        return {arn for arn, ways in readers(snapshot).items() if "role_chain" in ways}

    assert found(role, ANA, barred, bounded, elsewhere) == {ANA.arn}
    refusing = trust(root())
    refusing["Statement"].append(
        {"Effect": "Deny", "Principal": {"AWS": ANA.arn}, "Action": "sts:AssumeRole"}
    )
    assert found(replace(role, trust=refusing), ANA) == set()


def test_a_boundary_leaves_in_doubt_who_is_named_by_a_trust_policy() -> None:
    """AWS's pages on boundaries and on trust differ about users named by a resource's policy."""
    bound = Managed(name="bound", document=policy(allow("s3:*")))
    ben = User(name="ben", boundary=bound.arn)
    snapshot = estate(users=[ben], roles=[reader(ben.arn)], managed=[bound], secrets=[OPENAI])

    assert chained(snapshot) == {ben.arn: DOUBTFUL}


def test_the_root_user_cannot_assume_a_role() -> None:
    """See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html."""
    only = {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/reader"}}
    guarded = Secret(
        name="openai",
        policies={"default": policy(deny("secretsmanager:*", Principal="*", Condition=only))},
    )
    snapshot = estate(roles=[reader(root())], secrets=[guarded])

    assert "role_chain" not in readers(snapshot)[root()]


def test_chains_go_on() -> None:
    first = Role(name="first", trust=trust(ANA.arn), policies={"assume": ASSUMING})
    second = Role(name="second", trust=trust(root()), policies={"assume": ASSUMING})
    third = reader(second.arn)
    snapshot = estate(users=[ANA], roles=[first, second, third], secrets=[OPENAI])

    assert chained(snapshot) == {ANA.arn: CHAIN, first.arn: CHAIN, second.arn: CHAIN}
    path = way_of(snapshot, ANA.arn, "role_chain").path
    # Ana may assume the second role at once, since it trusts the account.
    assert [step.to for step in path.steps if step.kind == "trust_policy"] == [
        second.arn,
        third.arn,
    ]


def test_a_sure_chain_is_told_rather_than_a_shorter_one_in_doubt() -> None:
    doubtful = Role(
        name="doubtful",
        policies={"read": READING},
        trust=trust(root(), Condition={"StringEquals": {"sts:ExternalId": "0c4bd7f2"}}),
    )
    between = Role(name="between", trust=trust(root()), policies={"assume": ASSUMING})
    sure = reader(between.arn)
    snapshot = estate(users=[ANA], roles=[doubtful, between, sure], secrets=[OPENAI])

    assert chained(snapshot)[ANA.arn] == CHAIN
    path = way_of(snapshot, ANA.arn, "role_chain").path
    assert [step.to for step in path.steps if step.kind == "trust_policy"] == [
        between.arn,
        sure.arn,
    ]


def test_a_chain_is_in_doubt_if_any_step_is() -> None:
    between = Role(name="between", trust=trust(root()), policies={"assume": ASSUMING})
    condition = {"StringEquals": {"sts:ExternalId": "0c4bd7f2"}}
    snapshot = estate(
        users=[ANA],
        roles=[between, reader(between.arn, Condition=condition)],
        secrets=[OPENAI],
    )

    assert chained(snapshot) == {ANA.arn: DOUBTFUL, between.arn: DOUBTFUL}


def test_roles_that_trust_each_other_end() -> None:
    """Including one that trusts itself."""
    arns = {name: f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("a", "b", "c")}
    ring = [
        Role(name="a", trust=trust(arns["c"], arns["a"])),
        Role(name="b", trust=trust(arns["a"])),
        Role(name="c", trust=trust(arns["b"])),
    ]
    without = estate(roles=ring, secrets=[OPENAI])
    assert chained(without) == {}

    reading = [replace(ring[0], policies={"read": READING}), *ring[1:]]
    snapshot = estate(roles=reading, secrets=[OPENAI])
    assert chained(snapshot) == {arns["b"]: CHAIN, arns["c"]: CHAIN}
    path = way_of(snapshot, arns["b"], "role_chain").path
    assert [step.to for step in path.steps if step.kind == "trust_policy"] == [
        arns["c"],
        arns["a"],
    ]


def test_a_thousand_roles_in_a_ring_end() -> None:
    names = [f"role-{number}" for number in range(1000)]
    roles = [
        Role(name=name, trust=trust(f"arn:aws:iam::{ACCOUNT}:role/{names[number - 1]}"))
        for number, name in enumerate(names)
    ]
    roles[0] = replace(roles[0], policies={"read": READING})
    access = EffectiveAccess(estate(roles=roles, secrets=[OPENAI]))

    [last] = [each for each in access.estate.principals if each.name == "role-1"]
    [way] = access.ways(last, 0)
    assert (way.kind, way.decision) == ("role_chain", "allow")
    assert len(way.path.steps) == 999 + 2


def test_across_accounts_both_sides_must_agree() -> None:
    """The secret and the role are in one account, who assumes it in another."""
    both = User(name="both", account=OTHER_ACCOUNT, policies={"assume": ASSUMING})
    one = User(name="one", account=OTHER_ACCOUNT)
    named = reader(both.arn, one.arn)
    whole = reader(root(OTHER_ACCOUNT))

    def found(role: Role) -> dict[str, dict[str, str]]:
        return {
            arn: ways
            for arn, ways in chained(
                estate(
                    accounts=(ACCOUNT, OTHER_ACCOUNT),
                    users=[both, one],
                    roles=[role],
                    secrets=[OPENAI],
                )
            ).items()
            if "role_chain" in ways
        }

    assert found(named) == {both.arn: CHAIN}
    assert found(whole) == {both.arn: CHAIN}


def test_a_chain_may_cross_accounts_and_come_back() -> None:
    there = Role(
        name="there", account=OTHER_ACCOUNT, trust=trust(ANA.arn), policies={"assume": ASSUMING}
    )
    snapshot = estate(
        accounts=(ACCOUNT, OTHER_ACCOUNT),
        users=[ANA],
        roles=[there, reader(there.arn)],
        secrets=[OPENAI],
    )

    found = chained(snapshot)
    assert (found[ANA.arn], found[there.arn]) == (CHAIN, CHAIN)


@pytest.mark.parametrize(
    ("trusted", "arn"),
    [
        (STRANGER, root(STRANGER)),
        (root(STRANGER), root(STRANGER)),
        (f"arn:aws:iam::{STRANGER}:role/team/app", f"arn:aws:iam::{STRANGER}:role/team/app"),
        (f"arn:aws:iam::{STRANGER}:user/ana", f"arn:aws:iam::{STRANGER}:user/ana"),
        (session("app", "run", STRANGER), session("app", "run", STRANGER)),
    ],
)
def test_whom_a_role_trusts_of_an_account_that_was_not_collected(trusted: str, arn: str) -> None:
    role = reader(trusted)
    snapshot = estate(roles=[role], secrets=[OPENAI])

    assert chained(snapshot) == {arn: CHAIN}
    assert steps(way_of(snapshot, arn, "role_chain"))[:2] == [
        ("another_account", None, None, ASSUME, role.arn),
        ("trust_policy", role.arn, "statement 1", ASSUME, role.arn),
    ]


@pytest.mark.parametrize(
    ("pattern", "of_role", "of_session"),
    [
        (f"arn:aws:iam::{STRANGER}:role/*", CHAIN, CHAIN),
        (f"arn:aws:iam::{STRANGER}:role/team/*", CHAIN, DOUBTFUL),
        (f"arn:aws:iam::{STRANGER}:role/other/*", None, DOUBTFUL),
        (f"arn:aws:iam::{STRANGER}:user/*", None, None),
        (f"arn:aws:iam::{OTHER_ACCOUNT}:role/*", None, None),
    ],
)
def test_a_stranger_has_the_path_that_policies_name(
    pattern: str, of_role: Json | None, of_session: Json | None
) -> None:
    """A session's ARN leaves out the path of its role."""
    app = f"arn:aws:iam::{STRANGER}:role/team/app"
    for trusted, ways in ((app, of_role), (session("app", "run", STRANGER), of_session)):
        role = reader(trusted, Condition={"ArnLike": {"aws:PrincipalArn": pattern}})
        found = chained(estate(roles=[role], secrets=[OPENAI]))
        assert list(found.values()) == ([] if ways is None else [ways])


def test_a_session_that_a_trust_policy_names_depends_on_its_name() -> None:
    app = Role(name="app", policies={"assume": ASSUMING})
    snapshot = estate(roles=[app, reader(session("app", "run"))], secrets=[OPENAI])

    assert chained(snapshot) == {app.arn: DOUBTFUL}
    assert way_of(snapshot, app.arn, "role_chain").path.conditions == ("sts:RoleSessionName",)


def test_a_trust_policy_that_cannot_be_read_is_a_gap() -> None:
    role = replace(reader(), trust="no JSON")
    access = EffectiveAccess(estate(users=[ANA], roles=[role], secrets=[OPENAI]))

    assert access.gaps(0) == [f"trust_policy {role.arn}: it is no JSON"]
    assert [each.principal.arn for each in access.readers(0)] == [root(), role.arn]


def test_a_trust_policy_is_a_gap_for_the_secrets_it_leads_to_alone() -> None:
    role = Role(name="reader", policies={"read": policy(allow(READ, OPENAI.arn))}, trust="{")
    idle = Role(name="idle", trust="{")
    between = replace(idle, name="between", policies={"assume": ASSUMING})
    end = Role(name="end", policies={"read": policy(allow(READ, OPENAI.arn))}, trust=trust(root()))
    secrets = [Secret(name="anthropic"), OPENAI]
    access = EffectiveAccess(estate(roles=[role, idle, between, end], secrets=secrets))

    assert access.gaps(0) == []
    assert access.gaps(1) == [
        f"trust_policy {role.arn}: it is no JSON",
        f"trust_policy {between.arn}: it is no JSON",
    ]


# Identity providers

GITHUB = "token.actions.githubusercontent.com"
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"
EKS = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF"
SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider/example"
WEB = "sts:AssumeRoleWithWebIdentity"


@pytest.mark.parametrize(
    ("condition", "decision", "conditions"),
    [
        (None, "allow", ()),
        (
            {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}},
            "conditional",
            (f"{GITHUB}:aud",),
        ),
        (
            {
                "StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"},
                "StringLike": {f"{GITHUB}:sub": "repo:kestrel/chat:*"},
            },
            "conditional",
            (f"{GITHUB}:aud", f"{GITHUB}:sub"),
        ),
        ({"StringLike": {f"{GITHUB}:sub": "repo:*"}}, "allow", ()),
        ({"StringLike": {f"{GITHUB}:sub": "*"}}, "allow", ()),
        ({"Null": {f"{GITHUB}:sub": "false"}}, "allow", ()),
        ({"StringEquals": {"aws:FederatedProvider": OIDC}}, "allow", ()),
    ],
)
def test_a_web_identity_provider_lets_in_whom_it_vouches_for(
    condition: Json | None, decision: str, conditions: tuple[str, ...]
) -> None:
    role = reader(OIDC, action=WEB, **({} if condition is None else {"Condition": condition}))
    snapshot = estate(roles=[role], secrets=[OPENAI])

    assert chained(snapshot) == {OIDC: {"web_identity": decision}}
    way = way_of(snapshot, OIDC, "web_identity")
    assert way.path.conditions == conditions
    assert steps(way) == [
        ("trust_policy", role.arn, "statement 1", WEB, role.arn),
        ("identity_policy", "role/reader/read", "statement 1", READ, OPENAI.arn),
        ("aws_managed_key", None, None, DECRYPT, None),
    ]


def test_a_service_account_of_a_cluster_is_let_in_by_its_provider() -> None:
    issuer = EKS.partition("oidc-provider/")[2]
    condition = {"StringEquals": {f"{issuer}:sub": "system:serviceaccount:chat:app"}}
    snapshot = estate(roles=[reader(EKS, action=WEB, Condition=condition)], secrets=[OPENAI])

    assert chained(snapshot) == {EKS: {"web_identity": "conditional"}}
    assert way_of(snapshot, EKS, "web_identity").path.conditions == (f"{issuer}:sub",)


@pytest.mark.parametrize("name", ["accounts.google.com", "cognito-identity.amazonaws.com"])
def test_a_provider_that_aws_knows_by_its_name(name: str) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Federated": name}, "Action": WEB}],
    }
    snapshot = estate(roles=[replace(reader(), trust=document)], secrets=[OPENAI])

    assert chained(snapshot) == {name: {"web_identity": "allow"}}


def test_a_saml_provider_lets_in_whom_it_vouches_for() -> None:
    condition = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    role = reader(SAML, action="sts:AssumeRoleWithSAML", Condition=condition)
    snapshot = estate(roles=[role], secrets=[OPENAI])

    assert chained(snapshot) == {SAML: {"saml": "conditional"}}
    way = way_of(snapshot, SAML, "saml")
    assert way.path.conditions == ("SAML:aud",)
    assert [step[3] for step in steps(way)] == ["sts:AssumeRoleWithSAML", READ, DECRYPT]


@pytest.mark.parametrize(
    ("provider", "action"),
    [(OIDC, ASSUME), (OIDC, "sts:AssumeRoleWithSAML"), (SAML, WEB), (SAML, "sts:TagSession")],
)
def test_a_provider_s_way_in_is_of_its_kind(provider: str, action: str) -> None:
    snapshot = estate(roles=[reader(provider, action=action)], secrets=[OPENAI])

    assert chained(snapshot) == {}


def test_a_provider_leads_on_to_further_roles() -> None:
    deploy = Role(name="deploy", trust=trust(OIDC, action=WEB), policies={"assume": ASSUMING})
    snapshot = estate(roles=[deploy, reader(root())], secrets=[OPENAI])

    assert chained(snapshot) == {OIDC: {"web_identity": "allow"}, deploy.arn: CHAIN}
    assert [step[3] for step in steps(way_of(snapshot, OIDC, "web_identity"))] == [
        WEB,
        ASSUME,
        ASSUME,
        READ,
        DECRYPT,
    ]


# Tags of the session

TEAM = {"StringEquals": {"aws:PrincipalTag/team": "chat"}}


def by_tag(trusting: Json, **tags: str) -> Snapshot:
    role = Role(
        name="reader",
        policies={"read": policy(allow(READ, Condition=TEAM))},
        trust=trusting,
        tags=tags,
    )
    return estate(users=[ANA], roles=[role], secrets=[OPENAI])


TAGGING = trust(root(), action="sts:*")


@pytest.mark.parametrize(
    ("snapshot", "ways"),
    [
        (by_tag(trust(root()), team="chat"), ({"direct": "allow"}, CHAIN)),
        (by_tag(trust(root()), team="search"), ()),
        (by_tag(trust(root())), ()),
        (by_tag(TAGGING, team="chat"), ({"direct": "conditional"}, DOUBTFUL)),
        (by_tag(TAGGING, team="search"), ({"direct": "conditional"}, DOUBTFUL)),
        (by_tag(TAGGING), ({"direct": "conditional"}, DOUBTFUL)),
    ],
)
def test_tags_of_the_session_hide_those_of_the_role(
    snapshot: Snapshot, ways: tuple[Json, ...]
) -> None:
    """See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html."""
    role = f"arn:aws:iam::{ACCOUNT}:role/reader"

    found = {arn: each for arn, each in readers(snapshot).items() if arn != root()}

    assert found == dict(zip((ANA.arn, role), reversed(ways), strict=False))
