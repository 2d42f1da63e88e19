"""
Who is meant by a Principal or NotPrincipal.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.access.extents import Truth
from keyproof.access.policy import Policy, Reference, read_policy
from keyproof.access.principals import NOBODY, Named, Principal, canonical, session_of
from keyproof.access.values import ABSENT, UNKNOWN, known
from tests.keyproof.access.policies import ACCOUNT, OTHER_ACCOUNT, allow, policy, root, session

if TYPE_CHECKING:
    from keyproof.access.policy import Principals
    from keyproof.access.values import Value

NO, MAYBE, YES = Truth.NO, Truth.MAYBE, Truth.YES
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/team/dev"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/service/app"
FEDERATED_ARN = f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
PROVIDER_ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.example.com"
LAMBDA = "lambda.amazonaws.com"


def principals(**named: Any) -> Principals:
    """What a statement's Principal or NotPrincipal is read as."""
    document = policy(allow("*", **named))
    read = read_policy(document, Reference(kind="resource_policy", name="p"))
    assert isinstance(read, Policy)
    [statement] = read.statements
    assert statement.principals is not None
    return statement.principals


def aws(*names: str) -> Principals:
    return principals(Principal={"AWS": list(names)})


USER = Principal(arn=USER_ARN, type="user", account=ACCOUNT, name="dev", unique_id="AIDAEXAMPLE")
ROLE = Principal(arn=ROLE_ARN, type="role", account=ACCOUNT, name="app", unique_id="AROAEXAMPLE")
RUN = replace(ROLE, session="run")
ROOT = Principal(arn=root(), type="root", account=ACCOUNT, name="root")
FEDERATED = Principal(arn=FEDERATED_ARN, type="federated_user", account=ACCOUNT, name="bob")
SERVICE = Principal(arn=LAMBDA, type="service", account="", name=LAMBDA)
PROVIDER = Principal(arn=PROVIDER_ARN, type="provider", account=ACCOUNT, name=PROVIDER_ARN)
ANYBODY_THERE = Principal(arn=root(), type="account", account=ACCOUNT, name="anybody")
PUBLIC = Principal(arn="*", type="public", account="", name="anybody")
EVERY = (USER, ROLE, RUN, ROOT, FEDERATED, SERVICE, PROVIDER, ANYBODY_THERE, PUBLIC)


# --- names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (ACCOUNT, f"arn::iam::{ACCOUNT}:root"),
        (root(), f"arn::iam::{ACCOUNT}:root"),
        (f"arn:aws-cn:iam::{ACCOUNT}:root", f"arn::iam::{ACCOUNT}:root"),
        (USER_ARN, f"arn::iam::{ACCOUNT}:user/dev"),
        (f"arn:aws-us-gov:iam::{ACCOUNT}:role/a/b/c/app", f"arn::iam::{ACCOUNT}:role/app"),
        (session("app", "run"), f"arn::sts::{ACCOUNT}:assumed-role/app/run"),
        (FEDERATED_ARN, f"arn::sts::{ACCOUNT}:federated-user/bob"),
        ("*", "*"),
        ("", ""),
        ("AIDAEXAMPLE", "AIDAEXAMPLE"),
        ("11112222333", "11112222333"),
        ("arn:aws:iam::111122223333", "arn:aws:iam::111122223333"),
        (f"urn:aws:iam::{ACCOUNT}:root", f"urn:aws:iam::{ACCOUNT}:root"),
        (f"arn:aws:iam::{ACCOUNT}:user/", f"arn::iam::{ACCOUNT}:user/"),
        (f"arn:aws:iam::{ACCOUNT}:user", f"arn::iam::{ACCOUNT}:user"),
        (
            f"arn:aws:iam::{ACCOUNT}:saml-provider/a/b",
            f"arn::iam::{ACCOUNT}:saml-provider/a/b",
        ),
    ],
)
def test_the_one_spelling_of_a_name(name: str, expected: str) -> None:
    assert canonical(name) == expected


@settings(deadline=None)
@given(st.text(max_size=20) | st.lists(st.text("a:/", max_size=4), max_size=8).map(":".join))
def test_the_spelling_of_a_spelling_is_the_same(name: str) -> None:
    assert canonical(canonical(name)) == canonical(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (session("app", "run"), f"arn::sts::{ACCOUNT}:assumed-role/app"),
        (FEDERATED_ARN, None),
        (ROLE_ARN, None),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/app", None),
        ("*", None),
        ("AROAEXAMPLE", None),
    ],
)
def test_the_role_of_a_session(name: str, expected: str | None) -> None:
    assert session_of(canonical(name)) == expected


def test_the_names_of_a_principal() -> None:
    assert USER.own_names == {f"arn::iam::{ACCOUNT}:user/dev", "AIDAEXAMPLE"}
    assert replace(USER, unique_id=None).own_names == {f"arn::iam::{ACCOUNT}:user/dev"}
    assert SERVICE.own_names == {LAMBDA}
    assert PROVIDER.own_names == {PROVIDER_ARN}
    assert USER.account_name == f"arn::iam::{ACCOUNT}:root"
    assert (ROLE.sessions_name, USER.sessions_name) == (
        f"arn::sts::{ACCOUNT}:assumed-role/app",
        None,
    )


# --- Principal


@pytest.mark.parametrize(
    ("principal", "named", "expected"),
    [
        # anyone
        *((each, "*", Named(YES)) for each in (USER, ROLE, RUN, ROOT, FEDERATED, SERVICE, PUBLIC)),
        (ANYBODY_THERE, "*", Named(YES)),
        (PROVIDER, "*", Named(MAYBE)),
        # by name
        (USER, USER_ARN, Named(YES)),
        (USER, f"arn:aws:iam::{ACCOUNT}:user/dev", Named(YES)),
        (USER, f"arn:aws:iam::{ACCOUNT}:user/Dev", NOBODY),
        (USER, f"arn:aws:iam::{OTHER_ACCOUNT}:user/dev", NOBODY),
        (USER, f"arn:aws:iam::{ACCOUNT}:role/dev", NOBODY),
        (USER, f"arn:aws:iam::{ACCOUNT}:user/*", NOBODY),
        (USER, f"arn:aws:iam::{ACCOUNT}:group/devs", NOBODY),
        (USER, "AIDAEXAMPLE", Named(YES)),
        (USER, "AIDAANOTHER", NOBODY),
        (ROLE, ROLE_ARN, Named(NO, role=YES)),
        (RUN, ROLE_ARN, Named(NO, role=YES)),
        (ROLE, "AROAEXAMPLE", Named(NO, role=YES)),
        (RUN, session("app", "run"), Named(YES)),
        (RUN, session("app", "walk"), NOBODY),
        (RUN, session("web", "run"), NOBODY),
        (RUN, session("app", "run", OTHER_ACCOUNT), NOBODY),
        (ROLE, session("app", "run"), Named(MAYBE)),
        (ROLE, session("application", "run"), NOBODY),
        (FEDERATED, FEDERATED_ARN, Named(YES)),
        (FEDERATED, f"arn:aws:iam::{ACCOUNT}:user/bob", NOBODY),
        # by account
        *(
            (each, name, Named(NO, account=YES))
            for each in (USER, ROLE, RUN, ROOT, FEDERATED, ANYBODY_THERE)
            for name in (ACCOUNT, root(), f"arn:aws-cn:iam::{ACCOUNT}:root")
        ),
        (USER, OTHER_ACCOUNT, NOBODY),
        (PUBLIC, ACCOUNT, NOBODY),
        (SERVICE, ACCOUNT, NOBODY),
        (PROVIDER, ACCOUNT, NOBODY),
        (ROOT, USER_ARN, NOBODY),
        (ANYBODY_THERE, USER_ARN, NOBODY),
    ],
)
def test_how_an_aws_principal_is_named(principal: Principal, named: str, expected: Named) -> None:
    assert principal.named_by(aws(named)) == expected
    assert principal.named_by(aws(f"arn:aws:iam::{OTHER_ACCOUNT}:user/x", named)) == expected


def test_a_role_may_be_named_in_every_way_at_once() -> None:
    named = RUN.named_by(aws(ROLE_ARN, session("app", "run"), ACCOUNT))

    assert named == Named(YES, role=YES, account=YES)
    assert named.any is YES


@pytest.mark.parametrize(
    ("named", "any_way"),
    [
        (NOBODY, NO),
        (Named(MAYBE), MAYBE),
        (Named(NO, role=YES), YES),
        (Named(NO, account=YES), YES),
        (Named(MAYBE, account=YES), YES),
    ],
)
def test_in_any_of_the_ways(named: Named, any_way: Truth) -> None:
    assert named.any is any_way


@pytest.mark.parametrize(
    ("principal", "named", "expected"),
    [
        (SERVICE, {"Service": LAMBDA}, YES),
        (SERVICE, {"Service": ["ec2.amazonaws.com", LAMBDA]}, YES),
        (SERVICE, {"Service": "ec2.amazonaws.com"}, NO),
        (SERVICE, {"Service": "Lambda.amazonaws.com"}, NO),
        (SERVICE, {"Service": "*"}, MAYBE),
        (SERVICE, {"AWS": LAMBDA}, NO),
        (USER, {"Service": [LAMBDA, "*"]}, NO),
        (PROVIDER, {"Federated": PROVIDER_ARN}, YES),
        (PROVIDER, {"Federated": "token.example.com"}, NO),
        (PROVIDER, {"AWS": PROVIDER_ARN}, NO),
        (USER, {"Federated": "*"}, NO),
        *((each, {"CanonicalUser": "abc"}, MAYBE) for each in (USER, ROLE, ROOT, FEDERATED)),
        (PUBLIC, {"CanonicalUser": "abc"}, MAYBE),
        (SERVICE, {"CanonicalUser": "abc"}, NO),
        (USER, {"CanonicalUser": "abc", "AWS": USER_ARN}, YES),
        *((each, {}, NO) for each in EVERY),
    ],
)
def test_whom_the_other_types_of_principals_mean(
    principal: Principal, named: dict[str, object], expected: Truth
) -> None:
    assert principal.named_by(principals(Principal=named)).any is expected


# --- NotPrincipal


def excepted(principal: Principal, effect: Literal["Allow", "Deny"], *names: str) -> Truth:
    return principal.excepted_by(principals(NotPrincipal={"AWS": list(names)}), effect)


SESSION = session("app", "run")


@pytest.mark.parametrize(
    ("principal", "names", "expected"),
    [
        (USER, (USER_ARN, ACCOUNT), YES),
        (USER, ("AIDAEXAMPLE", root()), YES),
        (USER, (USER_ARN,), MAYBE),
        (USER, (ACCOUNT,), NO),
        (USER, (f"arn:aws:iam::{ACCOUNT}:user/other", ACCOUNT), NO),
        (USER, (f"arn:aws:iam::{OTHER_ACCOUNT}:user/dev", OTHER_ACCOUNT), NO),
        (RUN, (ROLE_ARN, SESSION, ACCOUNT), YES),
        (RUN, (ROLE_ARN, SESSION), MAYBE),
        (RUN, (ROLE_ARN, ACCOUNT), NO),
        (RUN, (SESSION, ACCOUNT), NO),
        (RUN, (ROLE_ARN, session("app", "walk"), ACCOUNT), NO),
        (ROLE, (ROLE_ARN, SESSION, ACCOUNT), MAYBE),
        (ROLE, (ROLE_ARN, ACCOUNT), NO),
        (ROOT, (ACCOUNT,), YES),
        (ROOT, (USER_ARN,), NO),
        (FEDERATED, (FEDERATED_ARN, ACCOUNT), YES),
        (FEDERATED, (FEDERATED_ARN,), MAYBE),
        (ANYBODY_THERE, (ACCOUNT,), MAYBE),
        (ANYBODY_THERE, (OTHER_ACCOUNT,), NO),
        (PUBLIC, (ACCOUNT, USER_ARN), NO),
        (SERVICE, (ACCOUNT,), NO),
        *((each, ("*",), YES) for each in EVERY),
    ],
)
def test_whom_a_deny_spares(principal: Principal, names: tuple[str, ...], expected: Truth) -> None:
    assert excepted(principal, "Deny", *names) is expected


@pytest.mark.parametrize(
    ("principal", "names", "expected"),
    [
        (USER, (USER_ARN,), YES),
        (USER, (ACCOUNT,), MAYBE),
        (USER, (OTHER_ACCOUNT,), NO),
        (RUN, (ROLE_ARN,), YES),
        (RUN, (SESSION,), YES),
        (ROLE, (SESSION,), MAYBE),
        (RUN, (session("app", "walk"),), NO),
        (ROOT, (ACCOUNT,), YES),
        (ANYBODY_THERE, (ACCOUNT,), MAYBE),
        (PUBLIC, (ACCOUNT,), NO),
        *((each, ("*",), YES) for each in EVERY),
    ],
)
def test_whom_an_allow_leaves_out(
    principal: Principal, names: tuple[str, ...], expected: Truth
) -> None:
    assert excepted(principal, "Allow", *names) is expected


BOUNDARY = read_policy(policy(allow("*")), Reference(kind="boundary", name="b"))


@pytest.mark.parametrize(
    ("principal", "names"),
    [
        (USER, (USER_ARN, ACCOUNT)),
        (RUN, (ROLE_ARN, SESSION, ACCOUNT)),
        (ROLE, (ROLE_ARN, SESSION, ACCOUNT)),
    ],
)
def test_a_deny_spares_nobody_who_has_a_boundary(
    principal: Principal, names: tuple[str, ...]
) -> None:
    bounded = replace(principal, boundary=BOUNDARY)

    assert excepted(bounded, "Deny", *names) is NO
    assert excepted(bounded, "Allow", *names) is excepted(principal, "Allow", *names)


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_services_and_providers_are_spared_by_name(effect: Literal["Allow", "Deny"]) -> None:
    service = principals(NotPrincipal={"Service": LAMBDA})
    provider = principals(NotPrincipal={"Federated": PROVIDER_ARN})

    assert SERVICE.excepted_by(service, effect) is YES
    assert SERVICE.excepted_by(provider, effect) is NO
    assert PROVIDER.excepted_by(provider, effect) is YES
    assert USER.excepted_by(service, effect) is NO


NAMES = st.lists(
    st.sampled_from(
        [USER_ARN, ROLE_ARN, SESSION, ACCOUNT, OTHER_ACCOUNT, FEDERATED_ARN, "AROAEXAMPLE"]
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(EVERY), NAMES, NAMES)
def test_a_longer_list_names_and_spares_no_fewer(
    principal: Principal, names: list[str], more: list[str]
) -> None:
    few, many = aws(*names), aws(*names, *more)

    assert principal.named_by(few).any <= principal.named_by(many).any
    assert excepted(principal, "Deny", *names) <= excepted(principal, "Deny", *names, *more)
    assert excepted(principal, "Allow", *names) <= excepted(principal, "Allow", *names, *more)


# --- keys that a principal decides


def test_the_keys_of_a_principal() -> None:
    user = replace(USER, context={"aws:username": known("dev")})

    assert user.value("aws:username") == known("dev")
    assert user.value("aws:principaltag/team") == ABSENT
    assert user.value("aws:sourceip") is None


def test_a_session_may_have_tags_that_nobody_knows() -> None:
    role = replace(ROLE, session_tags=True, context={"aws:principaltag/team": known("ml")})

    assert role.value("aws:principaltag/team") == known("ml")
    assert role.value("aws:principaltag/env") == UNKNOWN
    assert role.value("aws:resourcetag/env") is None


def test_a_long_term_key_has_none_of_the_keys_of_sessions() -> None:
    context: dict[str, Value] = {
        "aws:multifactorauthpresent": UNKNOWN,
        "aws:username": known("dev"),
    }
    user = replace(USER, context=context)

    assert user.with_long_term_key.value("aws:multifactorauthpresent") == ABSENT
    assert user.with_long_term_key.value("aws:tokenissuetime") == ABSENT
    assert user.with_long_term_key.value("aws:username") == known("dev")
    assert ROLE.with_long_term_key is ROLE
