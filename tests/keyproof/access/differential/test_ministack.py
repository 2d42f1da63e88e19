"""Estates at MiniStack, which really enforces IAM on GetSecretValue, and keyproof's decisions."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from tests.keyproof.access.differential.generator import (
    SUFFIX,
    UNIQUE_ID,
    estate,
    estate_of,
)
from tests.keyproof.access.differential.ministack_rules import RULES
from tests.keyproof.access.differential.rules import compare, disagreements, measured
from tests.keyproof.access.differential.statements import (
    ACCOUNT,
    ELSEWHERE,
    FULL_ACCESS,
    REGION,
    seeded,
)
from tests.servers import free_port, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.keyproof.access.differential.generator import (
        Case,
        Estate,
    )
    from tests.keyproof.access.differential.statements import (
        Document,
    )

pytestmark = pytest.mark.everything

REPOSITORY = Path(__file__).parents[4]
MINISTACK = REPOSITORY / ".venv-ministack" / "bin" / "python"
ESTATES = 1_000
SESSION = "run1"
"""The name of each role's session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MiniStack:
    """A running MiniStack that enforces IAM, and the session whose clients ask it."""

    url: str
    session: Session

    def client(self, service: str, credentials: Document | None = None) -> Any:
        """A client of the root user, whose access key is the account's number, or of another."""
        given = credentials or {"AccessKeyId": ACCOUNT, "SecretAccessKey": "unused"}
        return self.session.create_client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given.get("SessionToken"),
            config=Config(retries={"total_max_attempts": 1}),
        )


@pytest.fixture(scope="module")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    if not MINISTACK.exists():
        pytest.fail(f"{MINISTACK} is missing: run `make test`, which installs it")
    port = free_port()
    folder = tmp_path_factory.mktemp("ministack")
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [MINISTACK, "-m", "ministack"],
            cwd=folder,
            env={
                "AUTH": "true",
                "BIND_HOST": "127.0.0.1",
                "GATEWAY_PORT": str(port),
                "HOME": str(folder),
                "IOT_MTLS_ENABLED": "0",
                "PATH": os.environ["PATH"],
                "SFTP_ENABLED": "0",
                "TMPDIR": str(folder),
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            wait_for(port, process, "MiniStack")
            yield MiniStack(url=f"http://127.0.0.1:{port}", session=Session())
        finally:
            process.terminate()


class Builder:
    """Builds estates, and asks for their secrets as the principal of each."""

    def __init__(self, ministack: MiniStack) -> None:
        self.ministack = ministack
        self.iam = ministack.client("iam")
        self.sts = ministack.client("sts")
        self.secrets = ministack.client("secretsmanager")

    def ask(self, built: Estate) -> tuple[Case, str]:
        """Build an estate; give its decision with MiniStack's own texts in it, and the answer."""
        secret = self.secrets.create_secret(
            Name=built.secret_name, SecretString="made for this test", Tags=_tags(built.secret_tags)
        )["ARN"]
        identity = self._create(built)
        known = json.dumps(built.case).replace(f"-{SUFFIX}", secret[-7:])
        case: Case = json.loads(known.replace(UNIQUE_ID, identity))
        if case["resource_policy"] is not None:
            self.secrets.put_resource_policy(
                SecretId=secret, ResourcePolicy=json.dumps(case["resource_policy"])
            )
        credentials = self._credentials(built, case)  # before a policy of its own forbids it
        self._attach(built, case)
        now = datetime.now(UTC)
        case["context"] |= {"aws:CurrentTime": now.isoformat(), "aws:EpochTime": now.timestamp()}
        if "SessionToken" in credentials:
            case["context"] |= {"aws:TokenIssueTime": now.isoformat()}
        return case, self._answer(credentials, secret)

    def _answer(self, credentials: Document, secret: str) -> str:
        client = self.ministack.client("secretsmanager", credentials)
        try:
            client.get_secret_value(SecretId=secret)
        except ClientError as error:
            told = error.response["Error"]
            assert told["Code"] == "AccessDeniedException", told
            return (
                "explicit_deny" if "with an explicit deny" in told["Message"] else "implicit_deny"
            )
        return "allow"

    def _create(self, built: Estate) -> str:
        """The unique identifier of the user or role made."""
        if built.kind == "root":
            return ""
        if built.kind == "session":
            made: str = self.iam.create_role(
                RoleName=built.name,
                Path=built.path,
                Tags=_tags(built.tags),
                AssumeRolePolicyDocument=json.dumps(_TRUST),
            )["Role"]["RoleId"]
            return made
        user: str = self.iam.create_user(
            UserName=built.name, Path=built.path, Tags=_tags(built.tags)
        )["User"]["UserId"]
        return user

    def _attach(self, built: Estate, case: Case) -> None:
        of_role = built.kind == "session"
        named = {"RoleName" if of_role else "UserName": built.name}
        kind = "role" if of_role else "user"
        for number, (place, policy) in enumerate(
            zip(built.places, case["identity_policies"], strict=True)
        ):
            name, text = f"{built.name}-{number}", json.dumps(policy)
            if place.startswith("group"):
                self.iam.create_group(GroupName=name)
                self.iam.add_user_to_group(GroupName=name, UserName=built.name)
            if place.endswith("managed"):
                arn = self._managed(name, text)
                if place == "managed":
                    getattr(self.iam, f"attach_{kind}_policy")(**named, PolicyArn=arn)
                else:
                    self.iam.attach_group_policy(GroupName=name, PolicyArn=arn)
            elif place == "inline":
                put = getattr(self.iam, f"put_{kind}_policy")
                put(**named, PolicyName=name, PolicyDocument=text)
            else:
                self.iam.put_group_policy(GroupName=name, PolicyName=name, PolicyDocument=text)
        if case["permission_boundary"] is not None:
            arn = self._managed(f"{built.name}-boundary", json.dumps(case["permission_boundary"]))
            put = getattr(self.iam, f"put_{kind}_permissions_boundary")
            put(**named, PermissionsBoundary=arn)

    def _managed(self, name: str, text: str) -> str:
        made = self.iam.create_policy(PolicyName=name, PolicyDocument=text)
        arn: str = made["Policy"]["Arn"]
        return arn

    def _credentials(self, built: Estate, case: Case) -> Document:
        session = case["session_policy"]
        given: Document = {"Policy": json.dumps(session)} if session is not None else {}
        found: Document
        if built.kind == "root":
            found = {"AccessKeyId": ACCOUNT, "SecretAccessKey": "unused"}
        elif built.kind == "session":
            found = self.sts.assume_role(
                RoleArn=f"arn:aws:iam::{ACCOUNT}:role{built.path}{built.name}",
                RoleSessionName=SESSION,
                Tags=_tags(built.session_tags),
                **given,
            )["Credentials"]
        else:
            found = self.iam.create_access_key(UserName=built.name)["AccessKey"]
        if built.kind == "federated":
            self.iam.put_user_policy(
                UserName=built.name, PolicyName="federate", PolicyDocument=json.dumps(_FEDERATE)
            )
            name = case["principal"].rpartition("/")[2]
            sts = self.ministack.client("sts", found)
            found = sts.get_federation_token(Name=name, **given)["Credentials"]
        return found


_TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"AWS": ACCOUNT},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    },
}
_FEDERATE = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "sts:GetFederationToken", "Resource": "*"},
}


def _tags(tags: dict[str, str]) -> list[Document]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def test_ministack_agrees(ministack: MiniStack) -> None:
    builder = Builder(ministack)
    asked = [builder.ask(estate(seeded("estate", number), number)) for number in range(ESTATES)]

    cases = [case for case, _ in asked]
    compared = compare(cases, [answer for _, answer in asked], RULES)

    assert compared.unexplained == ()
    assert compared.untouched >= 300
    assert compared.agreed >= 0.8 * ESTATES
    assert compared.rarest >= 0.15
    # No rule may grow into one that excuses everything.
    assert max(compared.by_rule.values()) <= 0.1 * ESTATES
    # MiniStack's clock is the machine's, and conditions speak of dates: the figures may move.
    kept = measured("ministack")
    assert compared.figures["decisions"] == kept["decisions"]
    assert abs(compared.agreed - kept["agreed"]) <= 0.01 * ESTATES


def test_ministack_disagrees(ministack: MiniStack) -> None:
    """Each rule has its case, which tells when MiniStack has been mended."""
    builder = Builder(ministack)
    kept = disagreements("ministack")

    answers = {case["title"]: builder.ask(estate_of(case))[1] for case in kept}

    assert answers == {case["title"]: case["other"]["answer"] for case in kept}


def test_ministack_knows_no_other_account(ministack: MiniStack) -> None:
    """So estates are of one account; iam-simulate is asked about several."""
    builder = Builder(ministack)
    secret = builder.secrets.create_secret(Name="shared", SecretString="made for this test")["ARN"]
    policy = {"Statement": FULL_ACCESS["Statement"][0] | {"Principal": "*"}}
    builder.secrets.put_resource_policy(SecretId=secret, ResourcePolicy=json.dumps(policy))
    root = {"AccessKeyId": ELSEWHERE, "SecretAccessKey": "unused"}

    with pytest.raises(ClientError) as refusal:
        ministack.client("secretsmanager", root).get_secret_value(SecretId=secret)

    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"
