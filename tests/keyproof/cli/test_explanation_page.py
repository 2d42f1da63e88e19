from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from keyproof.cli.explanation_page import show_explanation
from tests.keyproof.access.answers import DECRYPT, READ
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    MANAGEMENT,
    OTHER_REGION,
    REGION,
    Control,
    Key,
    Organization,
    Role,
    Secret,
    User,
    allow,
    deny,
    gap,
    grant,
    policy,
    root,
    trust,
)
from tests.keyproof.cli.explained import OPENAI, READS, explained

if TYPE_CHECKING:
    from keyproof.documents import Json
    from tests.keyproof.cli.conftest import Command, Organisation


def _page(outcome: str) -> list[str]:
    return [line.rstrip() for line in outcome.splitlines()]


def _small() -> dict[str, Any]:
    """Somebody who reads on a condition, and is let into a role by another."""
    office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    become = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    ada = {
        "read": policy(allow(READ, Sid="Office", Condition=office)),
        "roles": policy(allow("sts:AssumeRole", Sid="Become", Condition=become)),
    }
    guard = deny(
        READ, Sid="Guard", Condition={"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}
    )
    return {
        "accounts": (ACCOUNT, MANAGEMENT),
        "users": [User(name="ada", policies=ada)],
        "roles": [
            Role(name="worker", policies=READS, trust=trust(root(), Sid="Account")),
            Role(name="nightly", policies=READS, trust=trust("lambda.amazonaws.com", Sid="Lambda")),
        ],
        "secrets": [OPENAI],
        "organization": Organization(
            accounts={ACCOUNT: "Workloads"},
            controls=[Control(name="guard", document=policy(guard), on=["Workloads"])],
        ),
        "gaps": [gap("compute", "lambda:ListFunctions")],
    }


PAGE = """\
Kestrel Analytics, SEC-004, as of 2026-11-02T09:00:00Z
openai in us-east-1, account 111122223333 \
(arn:aws:secretsmanager:us-east-1:111122223333:secret:openai-AbCdEf)
holds openai-production

arn:aws:iam::111122223333:user/ada (user, no class)
It can read the value itself, on a condition. Nobody approved that.

secretsmanager:GetSecretValue: ? allowed on a condition
  service control policies of r-ab12: allow yes, deny no
  service control policies of ou-ab12-84bd9e2a: allow yes, deny no
    Deny by service control policy guard (p-a9d4034d), statement Guard: does not apply, as a \
condition fails
      StringNotEquals aws:PrincipalAccount 111122223333: fails, the request has 111122223333
      organizations.123456789012.global.json#/records/policies/2/content/Statement/0
  service control policies of 111122223333: allow yes, deny no
  resource control policies of r-ab12, ou-ab12-84bd9e2a, 111122223333: allow yes, deny no
  identity policies: allow maybe, deny no
    Allow by identity policy user/ada/read, statement Office: may apply, which a condition decides
      IpAddress aws:SourceIp 203.0.113.0/24: undecided, not known of the request
      iam.111122223333.global.json#/records/users/0/UserPolicyList/0/PolicyDocument/Statement/0
  policies of the secret: allow no, deny no

kms:Decrypt: ✔ allowed
  key managed by AWS: allow yes, deny no
    whoever may get a secret of the account may use it; nobody of another account

Roles that lead to the value, and what is said of assuming them
  arn:aws:iam::111122223333:role/worker: ? assuming it is allowed on a condition
    service control policies of r-ab12, ou-ab12-84bd9e2a, 111122223333: allow yes, deny no
    resource control policies of r-ab12, ou-ab12-84bd9e2a, 111122223333: allow yes, deny no
    identity policies: allow maybe, deny no
      Allow by identity policy user/ada/roles, statement Become: may apply, which a condition \
decides
        Bool aws:MultiFactorAuthPresent true: undecided, not known of the request
        iam.111122223333.global.json#/records/users/0/UserPolicyList/1/PolicyDocument/Statement/0
    trust policy: allow yes, deny no
      it names the account, and so leaves it to identity policies
      Allow by trust policy, statement Account: applies
        iam.111122223333.global.json#/records/roles/0/AssumeRolePolicyDocument/Statement/0
  arn:aws:iam::111122223333:role/nightly: ✘ assuming it is denied
    service control policies of r-ab12, ou-ab12-84bd9e2a, 111122223333: allow yes, deny no
    resource control policies of r-ab12, ou-ab12-84bd9e2a, 111122223333: allow yes, deny no
    identity policies: allow maybe, deny no
      Allow by identity policy user/ada/roles, statement Become: may apply, which a condition \
decides
        Bool aws:MultiFactorAuthPresent true: undecided, not known of the request
        iam.111122223333.global.json#/records/users/0/UserPolicyList/1/PolicyDocument/Statement/0
    trust policy: allow no, deny no
      Allow by trust policy, statement Lambda: does not apply, as its Principal is somebody else
        iam.111122223333.global.json#/records/roles/1/AssumeRolePolicyDocument/Statement/0

Every way to the value
    may read it, depends on aws:SourceIp
      secretsmanager:GetSecretValue
        identity policy user/ada/read, statement Office
          iam.111122223333.global.json#/records/users/0/UserPolicyList/0/PolicyDocument/Statement/0
      kms:Decrypt
        key managed by AWS, whose use Secrets Manager allows
    may assume a role that reads it, depends on aws:MultiFactorAuthPresent
      sts:AssumeRole on arn:aws:iam::111122223333:role/worker
        identity policy user/ada/roles, statement Become
          iam.111122223333.global.json#/records/users/0/UserPolicyList/1/PolicyDocument/Statement/0
        trust policy, statement Account
          iam.111122223333.global.json#/records/roles/0/AssumeRolePolicyDocument/Statement/0
      secretsmanager:GetSecretValue
        identity policy role/worker/read, statement Read
          iam.111122223333.global.json#/records/roles/0/RolePolicyList/0/PolicyDocument/Statement/0
      kms:Decrypt
        key managed by AWS, whose use Secrets Manager allows

What could not be seen of ways round, and of the people behind a role:
  compute: access denied (lambda:ListFunctions, AccessDeniedException, 111122223333, us-east-1)
"""


def test_the_page_of_a_small_estate(keyproof: Command, organisation: Organisation) -> None:
    organisation(**_small())

    outcome = keyproof("who-can-read", "openai", "--explain", "ada")

    assert (outcome.code, outcome.err) == (0, "")
    assert _page(outcome.out) == PAGE.splitlines()


def _key_and_copy() -> dict[str, Any]:
    """Somebody who may get the value and not decrypt it, but for that of a copy."""
    copy = Secret(name="openai", region=OTHER_REGION, primary_region=REGION)
    key = Key(name="key", grants=[grant(Role(name="batch").arn, name="Batch")])
    leave = allow(DECRYPT, NotResource=["arn:aws:kms:*:*:key/*", "*"], Sid="NoKey")
    return {
        "roles": [
            Role(name="batch"),
            Role(name="worker", policies={**READS, "key": policy(leave)}),
        ],
        "secrets": [Secret(name="openai", key=key, replicas=[OTHER_REGION]), copy],
    }


PAGE_WITH_A_COPY = """\
Kestrel Analytics, SEC-004, as of 2026-11-02T09:00:00Z
openai in us-east-1, account 111122223333 \
(arn:aws:secretsmanager:us-east-1:111122223333:secret:openai-AbCdEf)
holds openai-production

arn:aws:iam::111122223333:role/worker (role, class workload)
It cannot obtain the value here, but from a copy (see below).

secretsmanager:GetSecretValue: ✔ allowed
  identity policies: allow yes, deny no
    Allow by identity policy role/worker/read, statement Read: applies
      iam.111122223333.global.json#/records/roles/1/RolePolicyList/0/PolicyDocument/Statement/0
  policies of the secret: allow no, deny no

kms:Decrypt: ✘ denied
  identity policies: allow no, deny no
    Allow by identity policy role/worker/key, statement NoKey: does not apply, as its \
NotResource leaves it out
      NotResource arn:aws:kms:*:*:key/*, *
      iam.111122223333.global.json#/records/roles/1/RolePolicyList/1/PolicyDocument/Statement/0
  policies of the key: allow yes, deny no
    it names the account, and so leaves it to identity policies
    Allow by policy of the key, \
arn:aws:kms:us-east-1:111122223333:key/2c70e12b-7a06-46f9-2279-f427c7b38e73 default, statement \
Enable IAM policies: applies
      kms.111122223333.us-east-1.json#/records/keys/0/policies/0/policy/Statement/0
  grants on the key: allow no, deny no

A copy of it:
openai in eu-west-1, account 111122223333 \
(arn:aws:secretsmanager:eu-west-1:111122223333:secret:openai-AbCdEf)
It can read the value itself. It is approved.

Every way to the value
    may read it, on no condition
      secretsmanager:GetSecretValue
        identity policy role/worker/read, statement Read
          iam.111122223333.global.json#/records/roles/1/RolePolicyList/0/PolicyDocument/Statement/0
      kms:Decrypt
        key managed by AWS, whose use Secrets Manager allows
"""


def test_the_page_of_a_secret_with_a_key_and_a_copy(
    keyproof: Command, organisation: Organisation
) -> None:
    organisation(**_key_and_copy())

    outcome = keyproof("who-can-read", "openai", "--explain", "worker")

    assert (outcome.code, outcome.err) == (0, "")
    assert _page(outcome.out) == PAGE_WITH_A_COPY.splitlines()


# The sentence at its top, and single lines


def _said(capsys: pytest.CaptureFixture[str], document: Json) -> list[str]:
    show_explanation(document)
    return _page(capsys.readouterr().out)


def _verdict(capsys: pytest.CaptureFixture[str], document: Json) -> str:
    said = _said(capsys, document)
    return said[said.index("") + 2]


@pytest.mark.parametrize(
    ("approved", "told"),
    [
        (True, "It is approved."),
        (False, "Nobody approved that."),
        (None, "Whether that is approved cannot be told."),
    ],
)
def test_whether_reading_is_approved(
    capsys: pytest.CaptureFixture[str], *, approved: bool | None, told: str
) -> None:
    document = explained("root") | {"approved": approved}

    assert _verdict(capsys, document) == f"It can read the value itself. {told}"


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        ([], "It cannot obtain the value."),
        (
            ["direct conditional", "role_chain conditional"],
            "It can read the value itself, on a condition. Nobody approved that.",
        ),
        (
            ["role_chain allow", "direct conditional"],
            "It can read the value itself, on a condition. Nobody approved that.",
        ),
        (
            ["role_chain conditional"],
            (
                "It cannot read the value itself, but may assume a role that reads it, on a"
                " condition. Nobody approved that."
            ),
        ),
        (
            ["direct conditional unseen"],
            (
                "It can read the value itself, if what could not be read allows it."
                " Nobody approved that."
            ),
        ),
        # A way round is nothing to approve; that one may be a reader besides is.
        (
            ["create_grant allow"],
            "It cannot read the value itself, but may create a grant on the key.",
        ),
        (
            ["create_grant allow", "role_chain conditional"],
            (
                "It cannot read the value itself, but may create a grant on the key."
                " Nobody approved that."
            ),
        ),
    ],
)
def test_the_sentence_tells_the_most_direct_way(
    capsys: pytest.CaptureFixture[str], kinds: list[str], told: str
) -> None:
    ways = [
        {"kind": kind, "decision": decision, "grants_seen": seen != "unseen", "vouched_for": False}
        | {"path": [], "conditions": [], "unseen": []}
        for kind, decision, seen in ((*each.split(" "), "")[:3] for each in kinds)
    ]
    document = explained("ada", users=[User(name="ada")]) | {
        "ways": ways,
        "decision": ways[0]["decision"] if ways else "deny",
        "direct": any(way["kind"] == "direct" for way in ways),
        "approved": False,
    }

    assert _verdict(capsys, document) == told


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            deny(READ, NotPrincipal={"AWS": [User(name="ada").arn, root()]}, Sid="OnlyAda"),
            "statement OnlyAda: does not apply, as its NotPrincipal leaves it out",
        ),
        (
            deny(READ, NotPrincipal={"AWS": [User(name="ada").arn]}, Sid="Ada"),
            "statement Ada: may apply, which its Principal decides",
        ),
        (
            deny(
                READ,
                "*:secret:${aws:SourceIp}-*",
                Principal="*",
                Sid="Both",
                Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}},
            ),
            "statement Both: may apply, which its Resource and a condition decide",
        ),
    ],
)
def test_which_element_of_a_statement_decides(
    capsys: pytest.CaptureFixture[str], statement: dict[str, Any], told: str
) -> None:
    secret = Secret(name="openai", policies={"default": policy(statement)})

    said = _said(capsys, explained("ada", users=[User(name="ada")], secrets=[secret]))

    (line,) = [each for each in said if "    Deny by policy of the secret" in each]
    assert line.endswith(told)


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (
            {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
            "aws:CurrentTime 2020-01-01T00:00:00Z: fails, whatever the request has",
        ),
        (
            {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}},
            "aws:CurrentTime 2030-01-01T00:00:00Z: undecided, not known of the request",
        ),
        (
            {"StringLike": {"aws:PrincipalTag/team": ["search", "chat"]}},
            "aws:PrincipalTag/team search, chat: fails, absent from the request",
        ),
        (
            {"StringLike": {"aws:username": "a?b*"}},
            "aws:username a?b*: fails, the request has ada",
        ),
    ],
)
def test_what_a_condition_asks_and_what_the_request_has(
    capsys: pytest.CaptureFixture[str], condition: dict[str, Any], told: str
) -> None:
    ada = User(name="ada", policies={"read": policy(allow(READ, Condition=condition))})

    said = _said(capsys, explained("ada", users=[ada]))

    (operator,) = condition
    assert [line for line in said if line.startswith(f"      {operator} ")] == [
        f"      {operator} {told}"
    ]


def test_long_lists_of_values_are_cut_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    accounts = {"StringEquals": {"aws:PrincipalAccount": [f"{n:012}" for n in range(1_208)]}}
    ada = User(name="ada", policies={"read": policy(allow(READ, Condition=accounts))})

    said = _said(capsys, explained("ada", users=[ada]))

    (line,) = [each for each in said if "StringEquals" in each]
    shown = ", ".join(f"{number:012}" for number in range(8))
    assert line == (
        f"      StringEquals aws:PrincipalAccount {shown} and 1,200 more: fails,"
        f" the request has {ACCOUNT}"
    )


def test_levels_that_allow_and_deny_nothing_more_share_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    closed = Control(name="closed", document=policy(deny(READ, Sid="Closed")), on=["A/B", "A/B/C"])
    organization = Organization(
        accounts={ACCOUNT: "A/B/C/D"}, controls=[closed], detached=["A/B/C/D", ACCOUNT]
    )

    said = _said(
        capsys,
        explained(
            "worker",
            accounts=(ACCOUNT, MANAGEMENT),
            roles=[Role(name="worker", policies=READS)],
            organization=organization,
        ),
    )

    read = said[: next(n for n, line in enumerate(said) if line.startswith("kms:Decrypt"))]
    denied = "    Deny by service control policy closed (p-id), statement Closed: applies"
    assert [
        re.sub("(ou-ab12|p)-[0-9a-f]{8}", lambda found: "unit" if found[1] != "p" else "p-id", line)
        for line in read
        if "service control" in line
    ] == [
        "  service control policies of r-ab12, unit: allow yes, deny no",
        "  service control policies of unit: allow yes, deny yes",
        denied,
        "  service control policies of unit: allow yes, deny yes",
        denied,
        f"  service control policies of unit, {ACCOUNT}: allow no, deny no",
    ]
