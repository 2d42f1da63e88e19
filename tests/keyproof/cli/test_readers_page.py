from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from keyproof.cli.readers_page import group_of
from tests.keyproof.access.answers import READ
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    MANAGEMENT,
    Control,
    Organization,
    Role,
    Secret,
    User,
    allow,
    deny,
    gap,
    policy,
    trust,
)
from tests.keyproof.cli.command import KEYPROOF, clean_environment
from tests.keyproof.cli.terminal import COLUMNS, ESCAPE, HOSTILE, assert_harmless, on_a_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.keyproof.cli.conftest import Command, Organisation

OPENAI = Secret(name="openai")
WORKER = Role(name="worker", policies={"read": policy(allow(READ, Sid="ReadKeys"))})


def test_nobody_at_all_is_told(keyproof: Command, organisation: Organisation) -> None:
    organisation(
        accounts=(ACCOUNT, MANAGEMENT),
        roles=[WORKER],
        secrets=[OPENAI],
        organization=Organization(
            accounts={ACCOUNT: ""}, controls=[Control(name="closed", document=policy(deny("*")))]
        ),
    )

    outcome = keyproof("who-can-read", "openai")

    assert outcome.code == 0
    assert outcome.out.splitlines()[-1] == (
        "Nobody was found who can read it, not even its account's root user."
    )


def _small() -> dict[str, Any]:
    """One of each group of readers, and one of each group of gaps."""
    issuer = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.example.com"
    subject = {"StringEquals": {"oidc.example.com:sub": "build"}}
    enter = trust(issuer, action="sts:AssumeRoleWithWebIdentity", Sid="LetIn", Condition=subject)
    office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    edit = policy(allow("secretsmanager:PutResourcePolicy", OPENAI.arn, Sid="EditPolicy"))
    return {
        "users": [
            User(
                name="lead", policies={"read": policy(allow(READ, Sid="Office", Condition=office))}
            )
        ],
        "roles": [
            Role(name="worker", policies=WORKER.policies, trust=enter),
            Role(name="support", policies={"edit": edit}),
        ],
        "secrets": [OPENAI],
        "gaps": [
            gap("resource_policies", "secretsmanager:ListSecrets"),
            gap("iam", "iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
            gap("compute", "lambda:ListFunctions"),
        ],
    }


PAGE = """\
Kestrel Analytics, SEC-004, as of 2026-11-02T09:00:00Z
openai in us-east-1, account 111122223333 \
(arn:aws:secretsmanager:us-east-1:111122223333:secret:openai-AbCdEf)
holds openai-production

   principal             class     way               depends on
✘  lead                  none      directly          aws:SourceIp
✔  root of 111122223333  root      directly          nothing
✔  worker                workload  directly          nothing
-  oidc.example.com      none      web identity      oidc.example.com:sub
-  support               none      edits its policy  nothing

✘ 1 principal can read it and is not approved

  arn:aws:iam::111122223333:user/lead (user)
    may read it, depends on aws:SourceIp
      secretsmanager:GetSecretValue
        identity policy user/lead/read, statement Office
          iam.111122223333.global.json#/records/users/0/UserPolicyList/0/PolicyDocument/Statement/0
      kms:Decrypt
        key managed by AWS, whose use Secrets Manager allows

✔ 2 principals can read it and are approved

  arn:aws:iam::111122223333:root (root user, class root)
    may read it, on no condition
      secretsmanager:GetSecretValue
        root user, by its own right
      kms:Decrypt
        key managed by AWS, whose use Secrets Manager allows

  arn:aws:iam::111122223333:role/worker (role, class workload)
    may read it, on no condition
      secretsmanager:GetSecretValue
        identity policy role/worker/read, statement ReadKeys
          iam.111122223333.global.json#/records/roles/0/RolePolicyList/0/PolicyDocument/Statement/0
      kms:Decrypt
        key managed by AWS, whose use Secrets Manager allows

- 1 principal is an identity provider that lets others in

  arn:aws:iam::111122223333:oidc-provider/oidc.example.com (identity provider)
    is let into a role that reads it by a web identity provider, depends on oidc.example.com:sub
      sts:AssumeRoleWithWebIdentity on arn:aws:iam::111122223333:role/worker
        trust policy, statement LetIn
          iam.111122223333.global.json#/records/roles/0/AssumeRolePolicyDocument/Statement/0
      secretsmanager:GetSecretValue
        identity policy role/worker/read, statement ReadKeys
          iam.111122223333.global.json#/records/roles/0/RolePolicyList/0/PolicyDocument/Statement/0
      kms:Decrypt
        key managed by AWS, whose use Secrets Manager allows

- 1 principal could make it possible for itself

  arn:aws:iam::111122223333:role/support (role)
    may write the secret's own policy, on no condition
      secretsmanager:PutResourcePolicy
        identity policy role/support/edit, statement EditPolicy
          iam.111122223333.global.json#/records/roles/1/RolePolicyList/0/PolicyDocument/Statement/0

What could not be seen, and may hide a reader:
  resource_policies: access denied \
(secretsmanager:ListSecrets, AccessDeniedException, 111122223333, us-east-1)

What could not be seen, and leaves something in doubt:
  iam: access denied \
(iam:GetPolicy, AccessDeniedException, 111122223333, global, arn:aws:iam::aws:policy/ReadOnlyAccess)

What could not be seen of ways round, and of the people behind a role:
  compute: access denied (lambda:ListFunctions, AccessDeniedException, 111122223333, us-east-1)
"""


def test_the_page_of_a_small_estate(keyproof: Command, organisation: Organisation) -> None:
    organisation(**_small())

    outcome = keyproof("who-can-read", "openai-production")

    assert (outcome.code, outcome.err) == (3, "")
    assert [line.rstrip() for line in outcome.out.splitlines()] == PAGE.splitlines()


@pytest.mark.parametrize(
    ("approved", "ways", "group"),
    [
        (True, ["direct"], "pass"),
        (False, ["direct"], "fail"),
        (None, ["direct"], "unknown"),
        (False, ["role_chain", "write_policy"], "fail"),
        (False, ["write_policy", "role_chain"], "fail"),
        # The criterion knows no violation either where only something unseen could allow it.
        (False, ["direct unseen"], "unknown"),
        (False, ["direct unseen", "role_chain"], "fail"),
        (False, ["direct unseen", "write_policy"], "unknown"),
        (True, ["direct unseen"], "pass"),
        (False, ["saml"], "let_in"),
        (False, ["pass_role", "web_identity vouched"], "let_in"),
        (False, ["pass_role", "web_identity"], "fail"),
        (True, ["pass_role"], "round"),
    ],
)
def test_readers_are_told_in_groups(*, approved: bool | None, ways: list[str], group: str) -> None:
    reader = {
        "approved": approved,
        "ways": [
            {"kind": kind, "grants_seen": how != "unseen", "vouched_for": how == "vouched"}
            for kind, _, how in (way.partition(" ") for way in ways)
        ],
    }

    assert group_of(reader) == group


def test_on_a_terminal_the_overview_fits_80_columns(example: Path) -> None:
    code, said = on_a_terminal("who-can-read", "openai-production", cwd=example.parents[1])

    assert code == 0
    assert ESCAPE.search(said)
    lines = ESCAPE.sub("", said).replace("\r", "").splitlines()
    first = next(number for number, line in enumerate(lines) if "principal" in line)
    overview = lines[first : lines.index("✘ 1 principal can read it and is not approved")]
    assert len(overview) > 10
    assert max(map(cell_len, overview)) <= COLUMNS


def _hostile() -> dict[str, Any]:
    named = policy(allow(READ, Sid=HOSTILE, Condition={"StringEquals": {HOSTILE: HOSTILE}}))
    return {
        "access": None,
        "organisation": HOSTILE,
        "roles": [
            Role(name=HOSTILE, policies={HOSTILE: named}),
            Role(name="broken", policies={HOSTILE: HOSTILE}),
        ],
        "secrets": [Secret(name=HOSTILE)],
        "gaps": [gap("resource_policies", HOSTILE, Secret(name=HOSTILE).arn)],
    }


def test_hostile_names_are_written_out(keyproof: Command, organisation: Organisation) -> None:
    organisation(**_hostile())
    arn = Secret(name=HOSTILE).arn

    for arguments in ([], ["--explain", Role(name=HOSTILE).arn], ["--explain", "broken"]):
        outcome = keyproof("who-can-read", arn, *arguments)
        assert (outcome.code, outcome.err) == (3, "")
        assert_harmless(outcome.out)
    told = keyproof("who-can-read", arn[:-8])
    assert (told.code, told.out) == (2, "")
    assert_harmless(told.err)


@pytest.mark.parametrize("explain", [[], ["--explain", "broken"]])
def test_hostile_names_do_nothing_to_a_terminal(
    organisation: Organisation, tmp_path: Path, explain: list[str]
) -> None:
    organisation(**_hostile())

    code, said = on_a_terminal("who-can-read", Secret(name=HOSTILE).arn, *explain, cwd=tmp_path)

    assert code == 3
    # Of what a terminal obeys, only colours and weights of our own are left.
    assert_harmless(re.sub(r"\x1b\[[0-9;]*m", "", said).replace("\r\n", "\n"))


def test_a_reader_of_one_line_is_served(example: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$0" who-can-read openai-production | head -1', KEYPROOF],
        cwd=example.parents[1],
        env=clean_environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"EXAMPLE: ")
    assert done.stdout.count(b"\n") == 1
