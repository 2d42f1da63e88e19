"""Who may decrypt a secret's value: by the policy of the key, by identity policies, by grants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from keyproof.access.readers import EffectiveAccess
from tests.keyproof.access.answers import (
    DECRYPT,
    READ,
    direct,
    steps,
    way_of,
)
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    MANAGEMENT,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    Control,
    Key,
    Managed,
    Organization,
    Role,
    Secret,
    User,
    allow,
    deny,
    estate,
    grant,
    policy,
    root,
    session,
)

if TYPE_CHECKING:
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

KEY = Key(name="key")
READING = policy(allow(READ))
WITH_KEY = policy(allow([READ, DECRYPT]))
VIA = f"secretsmanager.{REGION}.amazonaws.com"


def worker(*documents: Json, **more: Any) -> Role:
    """A role with the right to the value, and these policies."""
    policies = {str(number): each for number, each in enumerate((READING, *documents))}
    return Role(name="worker", policies=policies, **more)


WORKER = worker()


def closed(name: str = "closed", **policies: Json) -> Key:
    """A key whose policy leaves nothing to the account's identity policies."""
    administered = policy(allow("kms:Describe*", Principal={"AWS": root()}))
    return Key(name=name, policies={"default": administered, **policies})


def encrypted(key: Key | str | None, **more: Any) -> Secret:
    return Secret(name="openai", key=key, **more)


def other(snapshot: Snapshot, secret: int = 0) -> dict[str, str]:
    """Who reads beside the account's root, which does."""
    found = direct(snapshot, secret)
    assert found.pop(root()) == "allow"
    return found


def of(role: Role, key: Key | str | None, **more: Any) -> Snapshot:
    return estate(roles=[role], secrets=[encrypted(key)], **more)


def test_a_key_s_policy_leaves_decryption_to_identity_policies() -> None:
    decrypting = worker(policy(allow(DECRYPT, KEY.arn, Sid="Decrypt")))
    snapshot = of(decrypting, KEY)

    assert other(snapshot) == {decrypting.arn: "allow"}
    assert steps(way_of(snapshot, decrypting.arn)) == [
        ("identity_policy", "role/worker/0", "statement 1", READ, encrypted(KEY).arn),
        ("identity_policy", "role/worker/1", "Decrypt", DECRYPT, KEY.arn),
        ("key_policy", f"{KEY.arn} default", "Enable IAM policies", DECRYPT, KEY.arn),
    ]


def test_who_may_not_decrypt_does_not_read() -> None:
    assert other(of(WORKER, KEY)) == {}


def test_identity_policies_have_no_effect_without_the_key_s_policy() -> None:
    """See https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html."""
    decrypting = worker(policy(allow("kms:*")))

    # Not even the root user may use a key whose policy does not let it.
    assert direct(of(decrypting, closed())) == {}


def test_a_key_s_policy_alone_is_enough_for_whom_it_names() -> None:
    key = closed(decrypt=policy(allow(DECRYPT, Principal={"AWS": WORKER.arn}, Sid="Use")))
    snapshot = of(WORKER, key)

    assert direct(snapshot) == {WORKER.arn: "allow"}
    assert steps(way_of(snapshot, WORKER.arn))[1:] == [
        ("key_policy", f"{key.arn} decrypt", "Use", DECRYPT, key.arn)
    ]


def test_the_root_user_is_let_in_by_the_account_s_name() -> None:
    key = closed(decrypt=policy(allow(DECRYPT, Principal={"AWS": ACCOUNT})))

    assert direct(estate(secrets=[encrypted(key)])) == {root(): "allow"}


def test_every_policy_of_a_key_counts() -> None:
    """Resource Access Manager gives a shared key a second policy."""
    ana = User(name="ana", policies={"read": READING})
    ben = User(name="ben", policies={"read": READING})
    key = Key(
        name="key",
        policies={
            "ana": policy(allow(DECRYPT, Principal={"AWS": ana.arn})),
            "ben": policy(allow(DECRYPT, Principal={"AWS": ben.arn})),
            "bar": policy(deny(DECRYPT, Principal={"AWS": ben.arn})),
        },
    )

    assert other(estate(users=[ana, ben], secrets=[encrypted(key)])) == {ana.arn: "allow"}


def test_a_statement_of_a_key_s_policy_is_about_the_key_it_stands_in() -> None:
    named = policy({**allow(DECRYPT, Principal={"AWS": WORKER.arn}), "Resource": KEY.arn})
    elsewhere = policy(
        {**allow(DECRYPT, Principal={"AWS": WORKER.arn}), "Resource": encrypted(None).arn}
    )

    assert other(of(WORKER, Key(name="key", policies={"use": named}))) == {WORKER.arn: "allow"}
    assert other(of(WORKER, Key(name="key", policies={"use": elsewhere}))) == {}


@pytest.mark.parametrize(
    ("condition", "ways"),
    [
        ({"StringEquals": {"kms:ViaService": VIA}}, "allow"),
        ({"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}, None),
        ({"StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"}}, "allow"),
        ({"StringEquals": {"kms:CallerAccount": ACCOUNT}}, "allow"),
        ({"StringEquals": {"kms:CallerAccount": OTHER_ACCOUNT}}, None),
        ({"Bool": {"aws:ViaAWSService": "true"}}, "allow"),
        ({"StringEquals": {"kms:EncryptionContext:SecretARN": encrypted(None).arn}}, "allow"),
        ({"StringEquals": {"kms:EncryptionContext:SecretARN": encrypted(None).arn[:-7]}}, None),
        ({"StringLike": {"kms:EncryptionContext:SecretARN": "*:secret:openai-*"}}, "allow"),
        ({"StringLike": {"kms:EncryptionContext:SecretVersionId": "*"}}, "conditional"),
        ({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "SecretARN"}}, "allow"),
        ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "SecretARN"}}, None),
        ({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/openai"}}, "allow"),
        ({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/other"}}, None),
        ({"StringEquals": {"aws:ResourceTag/team": "chat"}}, "allow"),
        ({"StringEquals": {"aws:ResourceTag/team": "search"}}, None),
        ({"StringEquals": {"aws:RequestedRegion": REGION}}, "allow"),
        ({"StringEquals": {"aws:RequestedRegion": OTHER_REGION}}, None),
        ({"StringEquals": {"aws:ResourceAccount": ACCOUNT}}, "allow"),
        ({"StringEquals": {"aws:SourceVpc": "vpc-0123456789abcdef0"}}, "conditional"),
    ],
)
def test_conditions_on_the_use_of_a_key(condition: Json, ways: str | None) -> None:
    """See https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html."""
    key = Key(name="key", aliases=["alias/openai"], tags={"team": "chat"})
    decrypting = worker(policy(allow(DECRYPT, Condition=condition)))
    expected = {} if ways is None else {decrypting.arn: ways}

    assert other(of(decrypting, key)) == expected

    by_key = closed(
        decrypt=policy(allow(DECRYPT, Principal={"AWS": WORKER.arn}, Condition=condition))
    )
    by_key = Key(
        name="key", aliases=["alias/openai"], tags={"team": "chat"}, policies=by_key.policies
    )
    assert direct(of(WORKER, by_key)) == expected


def test_a_condition_in_doubt_is_told() -> None:
    condition = {"StringEquals": {"aws:SourceVpc": "vpc-0123456789abcdef0"}}
    decrypting = worker(policy(allow(DECRYPT, Condition=condition)))

    assert way_of(of(decrypting, KEY), decrypting.arn).path.conditions == ("aws:SourceVpc",)


def test_what_is_not_known_of_a_key_leaves_its_readers_in_doubt() -> None:
    key = Key(name="key", aliases=None, tags=None)
    by_alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/openai"}}
    by_tag = {"StringEquals": {"aws:ResourceTag/team": "chat"}}
    for condition, name in ((by_alias, "kms:ResourceAliases"), (by_tag, "aws:ResourceTag/team")):
        decrypting = worker(policy(allow(DECRYPT, Condition=condition)))
        snapshot = of(decrypting, key)

        assert other(snapshot) == {decrypting.arn: "conditional"}
        assert way_of(snapshot, decrypting.arn).path.conditions == (name,)


def test_one_key_of_many_secrets_tells_them_apart_by_their_encryption_context() -> None:
    first, second = Secret(name="anthropic", key=KEY), Secret(name="openai", key=KEY)
    condition = {"StringEquals": {"kms:EncryptionContext:SecretARN": second.arn}}
    decrypting = worker(policy(allow(DECRYPT, Condition=condition)))
    snapshot = estate(roles=[decrypting], secrets=[first, second])

    assert [other(snapshot, index) for index in (0, 1)] == [{}, {decrypting.arn: "allow"}]


@pytest.mark.parametrize(
    "key",
    [None, "alias/aws/secretsmanager", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/secretsmanager"],
)
def test_everybody_in_the_account_may_use_the_key_that_aws_manages(key: str | None) -> None:
    snapshot = of(WORKER, key)

    assert other(snapshot) == {WORKER.arn: "allow"}
    assert steps(way_of(snapshot, WORKER.arn))[1] == ("aws_managed_key", None, None, DECRYPT, None)


def test_the_key_that_aws_manages_may_go_by_its_own_id() -> None:
    key = Key(name="managed")
    record = key.record(key.arn)
    record["metadata"]["KeyManager"] = "AWS"
    snapshot = estate(
        roles=[WORKER],
        secrets=[encrypted(key.arn)],
        records={("kms", ACCOUNT, REGION): {"keys": [record]}},
    )

    assert other(snapshot) == {WORKER.arn: "allow"}


def test_no_other_account_may_use_the_key_that_aws_manages() -> None:
    """See https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html."""
    reader = Role(name="reader", account=OTHER_ACCOUNT, policies={"read": WITH_KEY})
    opening = {"open": policy(allow(READ, Principal={"AWS": [root(OTHER_ACCOUNT), reader.arn]}))}
    snapshot = estate(
        accounts=(ACCOUNT, OTHER_ACCOUNT),
        roles=[reader],
        secrets=[encrypted(None, policies=opening)],
    )

    assert other(snapshot) == {}


def test_no_service_may_use_the_key_that_aws_manages() -> None:
    """See https://docs.aws.amazon.com/msk/latest/developerguide/msk-password.html."""
    opening = {"open": policy(allow(READ, Principal={"Service": "kafka.amazonaws.com"}))}

    assert other(estate(secrets=[encrypted(None, policies=opening)])) == {}


def test_whether_a_denial_keeps_from_the_key_that_aws_manages_is_not_said() -> None:
    barred = worker(policy(deny("kms:*")))
    snapshot = of(barred, None)

    assert other(snapshot) == {barred.arn: "conditional"}
    assert way_of(snapshot, barred.arn).path.conditions == ("kms:Decrypt",)


def test_what_does_not_allow_the_key_that_aws_manages_keeps_nobody_from_it() -> None:
    bound = Managed(name="bound", document=policy(allow("secretsmanager:*")))
    role = worker(boundary=bound.arn)

    assert other(of(role, None, managed=[bound])) == {role.arn: "allow"}
    assert other(of(worker(policy(allow(DECRYPT)), boundary=bound.arn), KEY, managed=[bound])) == {}


def shared(*principals: str, account: str = ACCOUNT) -> Key:
    using = policy(allow(DECRYPT, Principal={"AWS": list(principals)}))
    return Key(name="shared", account=account, policies={"share": using})


def test_a_key_of_another_account_needs_both_sides() -> None:
    """The secret is in one account, its key and nobody else in another."""
    key = shared(root(), account=OTHER_ACCOUNT)
    decrypting = worker(policy(allow(DECRYPT, key.arn)))
    snapshot = estate(
        accounts=(ACCOUNT, OTHER_ACCOUNT), roles=[decrypting], secrets=[encrypted(key)]
    )

    assert other(snapshot) == {decrypting.arn: "allow"}
    assert steps(way_of(snapshot, decrypting.arn))[1:] == [
        ("identity_policy", "role/worker/1", "statement 1", DECRYPT, key.arn),
        ("key_policy", f"{key.arn} share", "statement 1", DECRYPT, key.arn),
    ]
    lacking = estate(accounts=(ACCOUNT, OTHER_ACCOUNT), roles=[WORKER], secrets=[encrypted(key)])
    assert other(lacking) == {}


def granted(*grants: Json, **more: Any) -> Snapshot:
    key = Key(name="key", policies=closed().policies, grants=grants)
    return estate(roles=[WORKER], secrets=[encrypted(key)], **more)


def test_a_grant_is_enough_without_the_key_s_policy() -> None:
    snapshot = granted(grant(WORKER.arn, name="nightly"))

    assert direct(snapshot) == {WORKER.arn: "allow"}
    key = Key(name="key")
    [_, step] = way_of(snapshot, WORKER.arn).path.steps
    assert (step.kind, step.action, step.statement, step.to) == (
        "grant",
        DECRYPT,
        "nightly",
        key.arn,
    )
    assert step.policy == f"{key.arn} {grant(WORKER.arn, name='nightly')['GrantId']}"
    assert step.at == f"kms.{ACCOUNT}.{REGION}.json#/records/keys/0/grants/0"


@pytest.mark.parametrize(
    ("given", "ways"),
    [
        (grant(WORKER.arn, "Encrypt", "GenerateDataKey"), None),
        (grant(WORKER.arn, "Encrypt", "Decrypt"), "allow"),
        (grant(f"arn:aws:iam::{ACCOUNT}:role/other"), None),
        (grant(root()), "conditional"),
        (grant(session("worker", "nightly")), "conditional"),
        (grant(session("other", "nightly")), None),
        (grant("lambda.amazonaws.com"), None),
        (grant(WORKER.record()["RoleId"]), "allow"),
        ({"GrantId": "0" * 64, "Operations": ["Decrypt"]}, None),
        ({"GrantId": "0" * 64, "GranteePrincipal": WORKER.arn}, None),
    ],
)
def test_who_a_grant_is_for_and_what_it_allows(given: Json, ways: str | None) -> None:
    found = {arn: each for arn, each in direct(granted(given)).items() if arn != root()}

    assert found == ({} if ways is None else {WORKER.arn: ways})


ARN = encrypted(None).arn
CONTEXT = {"SecretARN": ARN, "SecretVersionId": "b3160c3b-fbf1-5457-b570-b89efa78e90b"}


@pytest.mark.parametrize(
    ("constraints", "ways"),
    [
        ({}, "allow"),
        ({"EncryptionContextSubset": {"SecretARN": ARN}}, "allow"),
        ({"EncryptionContextSubset": {"SecretARN": ARN[:-7]}}, None),
        ({"EncryptionContextSubset": {"secretarn": ARN}}, None),
        ({"EncryptionContextSubset": CONTEXT}, "conditional"),
        ({"EncryptionContextSubset": {"SecretARN": ARN, "Stage": "production"}}, None),
        ({"EncryptionContextEquals": {"SecretARN": ARN}}, None),
        ({"EncryptionContextEquals": CONTEXT}, "conditional"),
        ({"EncryptionContextEquals": {**CONTEXT, "SecretARN": ARN[:-7]}}, None),
        ({"SourceArn": ARN}, "conditional"),
    ],
)
def test_the_constraints_of_a_grant(constraints: Json, ways: str | None) -> None:
    """See https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html."""
    found = direct(granted(grant(WORKER.arn, constraints=constraints)))

    assert found == ({} if ways is None else {WORKER.arn: ways})


def test_a_denial_stands_against_a_grant() -> None:
    barring = policy(deny(DECRYPT, Principal={"AWS": WORKER.arn}))
    key = Key(name="key", policies={"bar": barring}, grants=[grant(WORKER.arn)])

    assert other(of(WORKER, key)) == {}
    barred = worker(policy(deny(DECRYPT)))
    assert other(of(barred, Key(name="key", grants=[grant(barred.arn)]))) == {}


def test_a_grant_does_not_reach_past_the_organisation() -> None:
    organization = Organization(
        accounts={ACCOUNT: ""}, controls=[Control(name="bar", document=policy(deny(DECRYPT)))]
    )
    snapshot = granted(grant(WORKER.arn), accounts=(MANAGEMENT, ACCOUNT), organization=organization)

    assert direct(snapshot) == {}


def test_a_grant_reaches_another_account() -> None:
    """The grantee of another account needs the right to the value on both sides all the same."""
    reader = Role(name="reader", account=OTHER_ACCOUNT, policies={"read": READING})
    opening = {"open": policy(allow(READ, Principal={"AWS": reader.arn}))}
    key = Key(name="key", policies=closed().policies, grants=[grant(reader.arn)])
    secret = encrypted(key, policies=opening)

    collected = estate(accounts=(ACCOUNT, OTHER_ACCOUNT), roles=[reader], secrets=[secret])
    assert direct(collected) == {reader.arn: "allow"}
    assert direct(estate(secrets=[secret])) == {reader.arn: "allow"}


def test_grants_that_could_not_be_listed_may_be_anybody_s() -> None:
    key = Key(name="key", policies=closed().policies, grants=None)
    snapshot = of(WORKER, key)

    assert direct(snapshot) == {root(): "conditional", WORKER.arn: "conditional"}
    assert way_of(snapshot, WORKER.arn).path.unseen == (
        f"grants of {key.arn}: they were not collected",
    )


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (Key(name="key", policies=None), "its policies were not collected"),
        (Key(name="key", described=False), "the key was not described"),
        (Key(name="key", policies={"default": "{"}), "it is no JSON"),
    ],
)
def test_a_key_that_was_not_seen_leaves_everybody_with_the_value_in_doubt(
    key: Key, reason: str
) -> None:
    snapshot = of(WORKER, key)
    name = key.arn if key.policies is None or not key.described else f"{key.arn} default"

    assert direct(snapshot) == {root(): "conditional", WORKER.arn: "conditional"}
    unseen = way_of(snapshot, WORKER.arn).path.unseen
    assert unseen[-1] == f"key_policy {name}: {reason}"


def test_a_key_that_was_not_described_may_be_an_alias() -> None:
    snapshot = of(WORKER, "alias/openai")

    assert direct(snapshot) == {root(): "conditional", WORKER.arn: "conditional"}


def test_a_key_without_its_arn_is_of_the_secret_s_account() -> None:
    key = Key(name="key", aliases=["alias/openai"])
    record = key.record("alias/openai")
    for member in ("Arn", "AWSAccountId"):
        del record["metadata"][member]
    decrypting = worker(policy(allow(DECRYPT)))
    snapshot = estate(
        roles=[decrypting],
        secrets=[encrypted("alias/openai")],
        records={("kms", ACCOUNT, REGION): {"keys": [record]}},
    )

    assert other(snapshot) == {decrypting.arn: "allow"}


def test_who_has_no_right_to_the_value_is_not_in_doubt_for_the_key() -> None:
    snapshot = of(Role(name="idle"), Key(name="key", policies=None, grants=None))

    assert direct(snapshot) == {root(): "conditional"}


def test_secrets_of_one_key_share_what_is_known_of_it() -> None:
    key = Key(name="key", grants=[grant(WORKER.arn)])
    access = EffectiveAccess(
        estate(roles=[WORKER], secrets=[Secret(name="anthropic", key=key), encrypted(key)])
    )

    assert access.secrets[0].key is access.secrets[1].key
    assert [[reader.principal.arn for reader in access.readers(index)] for index in (0, 1)] == [
        [root(), WORKER.arn]
    ] * 2
