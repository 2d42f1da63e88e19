from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.aws.accounts import AwsAccount
from collectors.aws.clients import Clients
from collectors.aws.identity import OPERATION, UnreachableAccountError, enter, identity
from keyproof.errors import ConfigurationError
from tests.collectors.emulator import ACCOUNT, HOME, Answer, document, error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from collectors.aws.calls import Workers
    from tests.collectors.emulator import Emulator

OWN = AwsAccount(id=ACCOUNT, regions=(HOME,))
OTHER = "111122223333"
ROLE = f"arn:aws:iam::{OTHER}:role/auditor"
IN_OTHER = AwsAccount(id=OTHER, regions=(HOME,), role_arn=ROLE)


def _identity(account: AwsAccount, workers: Workers) -> str:
    return identity(account, Clients(account, max_attempts=1), workers)


def test_the_principal_is_named(emulator: Emulator, workers: Workers) -> None:
    assert _identity(OWN, workers) == f"arn:aws:sts::{ACCOUNT}:user/moto"
    assert _identity(IN_OTHER, workers) == f"arn:aws:sts::{OTHER}:assumed-role/auditor/keyproof"
    assert set(emulator.operations) == {"AssumeRole", "GetCallerIdentity"}


def test_credentials_of_another_account_are_refused(emulator: Emulator, workers: Workers) -> None:
    account = AwsAccount(id=OTHER, regions=(HOME,))

    with pytest.raises(ConfigurationError, match=rf"account {OTHER} belong to account {ACCOUNT}"):
        _identity(account, workers)
    assert emulator.operations == ["GetCallerIdentity"]


@pytest.mark.parametrize(
    ("fault", "code", "advice"),
    [
        (error("ExpiredToken", 403), "ExpiredToken", "run `aws sso login --profile audit`"),
        (error("AccessDenied", 403), "AccessDenied", "try `aws sts get-caller-identity --profile"),
        (error("InvalidClientTokenId", 403), "InvalidClientTokenId", "us-east-1 is enabled"),
        (error("Throttling"), "Throttling", "the credentials cannot be used (Throttling)"),
        (document({}), "MalformedResponse", "the credentials cannot be used (MalformedResponse)"),
        (lambda _: Answer(status=200, body=b"\xff"), "ResponseParserError", "cannot be used"),
        (lambda _: Answer(status=500, body=b""), "500", "the credentials cannot be used (500)"),
    ],
    ids=["expired", "denied", "unknown", "throttled", "empty", "garbage", "failing"],
)
def test_an_account_that_cannot_be_entered_gets_advice(
    emulator: Emulator,
    workers: Workers,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    fault: Callable[[str], Answer],
    code: str,
    advice: str,
) -> None:
    (tmp_path / "config").write_text("[profile audit]\nregion = us-east-1\n")
    (tmp_path / "credentials").write_text(
        "[audit]\naws_access_key_id = testing\naws_secret_access_key = testing\n"
    )
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    emulator.faults["GetCallerIdentity"] = fault
    account = AwsAccount(id=ACCOUNT, regions=(HOME,), profile="audit")

    with pytest.raises(UnreachableAccountError) as caught:
        _identity(account, workers)

    assert str(caught.value).startswith(f"account {ACCOUNT}: ")
    assert advice in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (caught.value.gap.operation, caught.value.gap.code) == (OPERATION, code)


def test_no_credentials_at_all(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    for account in (OWN, IN_OTHER):
        with pytest.raises(UnreachableAccountError, match="there are no AWS credentials"):
            _identity(account, workers)


def test_a_sign_on_that_never_happened(workers: Workers, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(
        "[profile audit]\n"
        "sso_session = company\n"
        "sso_account_id = 123456789012\n"
        "sso_role_name = auditor\n"
        "[sso-session company]\n"
        "sso_region = us-east-1\n"
        "sso_start_url = https://example.awsapps.com/start\n"
    )
    account = AwsAccount(id=ACCOUNT, regions=(HOME,), profile="audit")

    with pytest.raises(UnreachableAccountError, match="run `aws sso login --profile audit`"):
        _identity(account, workers)


def test_a_role_that_may_not_be_assumed(emulator: Emulator, workers: Workers) -> None:
    emulator.faults["AssumeRole"] = error("AccessDenied", 403)

    with pytest.raises(UnreachableAccountError, match=f"{ROLE} cannot be assumed") as caught:
        _identity(IN_OTHER, workers)

    assert (caught.value.gap.operation, caught.value.gap.code) == (
        "sts:AssumeRole",
        "AccessDenied",
    )


def test_an_endpoint_that_nobody_listens_at(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    with pytest.raises(UnreachableAccountError, match="check the network and AWS_ENDPOINT_URL"):
        _identity(OWN, workers)


def test_accounts_that_can_be_entered_go_on_without_those_that_cannot(
    emulator: Emulator, workers: Workers
) -> None:
    emulator.faults["AssumeRole"] = error("AccessDenied", 403)

    first, second = enter((OWN, IN_OTHER), workers, max_attempts=1)

    assert (first.identity, first.gap) == (f"arn:aws:sts::{ACCOUNT}:user/moto", None)
    assert second.identity is None
    assert second.gap is not None
    assert second.gap.account == OTHER


def test_no_account_at_all_can_be_entered(emulator: Emulator, workers: Workers) -> None:
    emulator.faults["AssumeRole"] = error("AccessDenied", 403)
    emulator.faults["GetCallerIdentity"] = error("ExpiredToken", 403)

    with pytest.raises(ConfigurationError) as caught:
        enter((OWN, IN_OTHER), workers, max_attempts=1)

    assert f"account {ACCOUNT}: the session has expired" in str(caught.value)
    assert f"account {OTHER}: {ROLE} cannot be assumed" in str(caught.value)
