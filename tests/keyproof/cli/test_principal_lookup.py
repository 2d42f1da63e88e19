from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from keyproof.access.readers import EffectiveAccess
from keyproof.cli.principal_lookup import find_principal
from keyproof.errors import UsageError
from tests.keyproof.access.answers import READ
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    OTHER_ACCOUNT,
    STRANGER,
    Role,
    Secret,
    User,
    allow,
    estate,
    policy,
    root,
    session,
    trust,
)

if TYPE_CHECKING:
    from keyproof.access.principals import Principal

CHAT = Role(name="chat", path="/service/")
ADA = User(name="ada")
CENTER = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
DEVELOPER = Role(name="AWSReservedSSO_Developer_fedcba9876543210", path=CENTER)
ISSUER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.example.com"
BUILD = Role(name="build", trust=trust(ISSUER, action="sts:AssumeRoleWithWebIdentity"))


def _found(text: str, **parts: Any) -> Principal:
    known = {"users": [ADA], "roles": [CHAT, DEVELOPER, BUILD], "secrets": [Secret(name="openai")]}
    return find_principal(text, EffectiveAccess(estate(**{**known, **parts})), ACCOUNT)


def _refused(text: str, **parts: Any) -> str:
    with pytest.raises(UsageError) as refused:
        _found(text, **parts)
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "arn"),
    [
        (CHAT.arn, CHAT.arn),
        ("chat", CHAT.arn),
        ("role/service/chat", CHAT.arn),
        # The path of a role is no part of what names it.
        (f"arn:aws:iam::{ACCOUNT}:role/chat", CHAT.arn),
        (session("chat", "pod-1"), CHAT.arn),
        (session(DEVELOPER.name, "ada@example.com"), DEVELOPER.arn),
        ("ada", ADA.arn),
        ("user/ada", ADA.arn),
        (DEVELOPER.name, DEVELOPER.arn),
        # The names that our pages have for them.
        ("Developer", DEVELOPER.arn),
        ("oidc.example.com", ISSUER),
        (ISSUER, ISSUER),
        ("everybody", "*"),
        ("*", "*"),
        ("root", root()),
        (f"root of {ACCOUNT}", root()),
        (ACCOUNT, root()),
        (root(), root()),
    ],
)
def test_every_name_of_a_principal_stands_for_it(text: str, arn: str) -> None:
    assert _found(text).arn == arn


@pytest.mark.parametrize(
    ("text", "kind", "arn"),
    [
        (STRANGER, "account", root(STRANGER)),
        (root(STRANGER), "account", root(STRANGER)),
        (f"arn:aws:iam::{STRANGER}:user/eve", "user", f"arn:aws:iam::{STRANGER}:user/eve"),
        (f"arn:aws:iam::{STRANGER}:role/x", "role", f"arn:aws:iam::{STRANGER}:role/x"),
        (session("x", "eve", STRANGER), "role", session("x", "eve", STRANGER)),
    ],
)
def test_somebody_of_an_account_that_was_not_collected_need_not_be_known(
    text: str, kind: str, arn: str
) -> None:
    stranger = _found(text)

    assert (stranger.type, stranger.arn, stranger.trusted) == (kind, arn, True)


def test_a_stranger_whom_a_policy_names_is_known_by_name() -> None:
    partner = f"arn:aws:iam::{STRANGER}:role/partner"
    share = policy(allow(READ, Principal={"AWS": partner}))
    secrets = [Secret(name="openai", policies={"default": share})]

    for text in ("partner", partner, session("partner", "any", STRANGER)):
        assert _found(text, secrets=secrets).arn == partner


def test_a_session_that_a_policy_names_beside_its_role_stands_for_itself() -> None:
    partner, named = f"arn:aws:iam::{STRANGER}:role/partner", session("partner", "ci", STRANGER)
    share = policy(allow(READ, Principal={"AWS": [partner, named]}))
    secrets = [Secret(name="openai", policies={"default": share})]

    for arn in (partner, named):
        assert _found(arn, secrets=secrets).arn == arn
    assert _found(session("partner", "other", STRANGER), secrets=secrets).arn == partner


def test_a_service_that_a_policy_names() -> None:
    share = policy(allow(READ, Principal={"Service": "lambda.amazonaws.com"}))
    secrets = [Secret(name="openai", policies={"default": share})]

    service = _found("lambda.amazonaws.com", secrets=secrets)

    assert (service.arn, service.type) == ("lambda.amazonaws.com", "service")


def test_a_name_of_several_is_refused_with_their_arns() -> None:
    user = User(name="chat")

    assert _refused("chat", users=[user]) == (
        f'"chat" stands for 2 principals; name one of them by its ARN: {CHAT.arn}, {user.arn}'
    )
    assert _found("user/chat", users=[user]).arn == user.arn

    theirs = Role(name="chat", account=OTHER_ACCOUNT)
    told = _refused("chat", roles=[CHAT, theirs], accounts=(ACCOUNT, OTHER_ACCOUNT))
    assert told.endswith(f" by its ARN: {CHAT.arn}, {theirs.arn}")


def test_root_is_that_of_the_account_of_the_secret() -> None:
    assert _found("root", accounts=(OTHER_ACCOUNT, ACCOUNT)).arn == root()
    assert _found(OTHER_ACCOUNT, accounts=(OTHER_ACCOUNT, ACCOUNT)).arn == root(OTHER_ACCOUNT)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("chatt", "chat"),
        ("Develope", f"Developer, {DEVELOPER.name}, {DEVELOPER.arn}"),
        (f"arn:aws:iam::{ACCOUNT}:role/chta", f"arn:aws:iam::{ACCOUNT}:role/build, {CHAT.arn}"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(text: str, near: str) -> None:
    told = _refused(text)

    assert told.startswith(f'no principal is called "{text}"; the nearest names are ')
    assert set(told.partition("; the nearest names are ")[2].split(", ")) >= set(near.split(", "))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "zzz",
        "Chat",
        "12345",
        f"arn:aws:iam::{ACCOUNT}:role/service/",
        f"arn:aws:s3:::{ACCOUNT}",
        f"arn:aws:iam::{STRANGER}:group/admins",
        "x" * 100_000,
    ],
)
def test_what_names_nobody_is_refused(text: str) -> None:
    told = _refused(text)

    assert told.startswith('no principal is called "')
    assert len(told) < 1_000
