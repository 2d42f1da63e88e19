"""
One decision: what goes in, and what is said beside the outcome.

What AWS's documentation settles is in `test_cases`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.access.decision import Decision, Policies, Request, decide
from tests.keyproof.access.policies import (
    ACCOUNT,
    OTHER_ACCOUNT,
    allow,
    deny,
    policy,
    root,
    session,
    trust,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.access.decision import Outcome
    from keyproof.documents import Json

READ = "secretsmanager:GetSecretValue"
DECRYPT = "kms:Decrypt"
ASSUME = "sts:AssumeRole"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:prod/openai-AbCdEf"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
USER = f"arn:aws:iam::{ACCOUNT}:user/team/dev"
SESSION = session("app", "run")
FEDERATED = f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
LAMBDA = "lambda.amazonaws.com"
EVERYTHING = policy(allow("*"))
NO_POLICY = "{"


def request(
    principal: str = USER,
    action: str = READ,
    resource: str = SECRET,
    account: str = ACCOUNT,
    context: Mapping[str, object] = MappingProxyType({}),
) -> Request:
    return Request(
        principal=principal,
        action=action,
        resource=resource,
        resource_account=account,
        context=context,
    )


def outcome(asked: Request, **policies: Any) -> Outcome:
    return decide(asked, Policies(**policies)).outcome


def reading(**condition: object) -> Json:
    return policy(allow(READ, Condition=condition) if condition else allow(READ))


# --- what is said beside the outcome


def test_a_sure_decision_depends_on_nothing() -> None:
    assert decide(request(), Policies(identity=[reading()])) == Decision(
        outcome="allow", keys=(), unseen=()
    )


def test_what_a_decision_depends_on_is_named_as_the_policy_writes_it() -> None:
    condition = {"StringEquals": {"aws:TagKeys": "a"}, "Contains": {"aws:SourceIp": "1"}}
    asked = request(context={"aws:TagKeys": ["a"], "aws:SourceIp": "203.0.113.9"})

    assert decide(asked, Policies(identity=[reading(**condition)])) == Decision(
        outcome="conditional", keys=("Contains aws:SourceIp", "aws:TagKeys"), unseen=()
    )


def test_a_doubt_that_does_not_matter_is_not_named() -> None:
    doubtful = reading(Contains={"aws:SourceIp": "1"})

    assert decide(request(), Policies(identity=[doubtful, reading()])) == Decision(
        outcome="allow", keys=(), unseen=()
    )


def test_a_denial_in_doubt_is_named() -> None:
    denial = policy(deny(READ, Condition={"NumericEquals": {"aws:MultiFactorAuthAge": "old"}}))
    asked = request(context={"aws:MultiFactorAuthAge": 10})

    assert decide(asked, Policies(identity=[reading(), denial])) == Decision(
        outcome="conditional", keys=("aws:MultiFactorAuthAge",), unseen=()
    )


def test_every_policy_that_cannot_be_read_is_named_by_its_kind_and_place() -> None:
    decision = decide(
        request(),
        Policies(
            identity=[EVERYTHING, NO_POLICY],
            boundary=NO_POLICY,
            session=[],
            resource="[]",
            scps=[[EVERYTHING], [EVERYTHING, NO_POLICY]],
            rcps=[[{}]],
        ),
    )

    assert decision == Decision(
        outcome="conditional",
        keys=(),
        unseen=(
            "identity_policy 2: it is no JSON",
            "boundary 1: it is no JSON",
            "session_policy 1: it is no JSON object",
            "resource_policy 1: it is no JSON object",
            "service_control_policy 2: it is no JSON",
            "resource_control_policy 1: it has no Statement",
        ),
    )


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        (READ, "resource_policy"),
        ("s3:GetObject", "resource_policy"),
        ("KMS:decrypt", "key_policy"),
        ("STS:AssumeRole", "trust_policy"),
        ("sts:AssumeRoleWithWebIdentity", "trust_policy"),
    ],
)
def test_the_kind_of_the_resource_s_policy_follows_from_the_action(action: str, kind: str) -> None:
    decision = decide(request(action=action), Policies(resource=NO_POLICY))

    assert decision.unseen == (f"{kind} 1: it is no JSON",)


# --- policies that cannot be read

MALFORMED = [NO_POLICY, "", "[]", {}, 3, {"Version": "2030-01-01", "Statement": []}]


@pytest.mark.parametrize("document", MALFORMED)
@pytest.mark.parametrize("place", ["identity", "boundary", "session", "resource", "scps", "rcps"])
def test_a_policy_that_cannot_be_read_may_deny(place: str, document: object) -> None:
    given: object = {"identity": [EVERYTHING, document], "scps": [[EVERYTHING, document]]}.get(
        place, document
    )
    if place == "rcps":
        given = [[policy(allow("*", Principal="*")), document]]

    assert outcome(request(SESSION), **{"identity": [EVERYTHING], place: given}) == "conditional"


@pytest.mark.parametrize("document", MALFORMED)
def test_a_policy_that_cannot_be_read_may_allow(document: object) -> None:
    assert outcome(request(), identity=[document]) == "conditional"
    assert outcome(request(), resource=document) == "conditional"
    assert outcome(request(action=DECRYPT, resource=KEY), resource=document) == "conditional"
    assert outcome(request(action=ASSUME, resource=ROLE), resource=document) == "conditional"


@pytest.mark.parametrize("document", MALFORMED)
def test_and_does_not_where_something_else_is_missing(document: object) -> None:
    nothing = policy(allow("s3:*"))

    assert outcome(request(), identity=[document], boundary=nothing) == "implicit_deny"
    assert outcome(request(), identity=[document], scps=[[nothing]]) == "implicit_deny"
    assert outcome(request(), boundary=document) == "implicit_deny"
    assert outcome(request(), scps=[[document]]) == "implicit_deny"
    abroad = request(f"arn:aws:iam::{OTHER_ACCOUNT}:user/dev")
    assert outcome(abroad, identity=[document]) == "implicit_deny"
    assert outcome(abroad, resource=document) == "implicit_deny"
    assert outcome(abroad, identity=[document], resource=document) == "conditional"


@pytest.mark.parametrize("document", MALFORMED)
def test_a_sure_denial_stands_beside_what_cannot_be_read(document: object) -> None:
    denial = policy(deny(READ))

    assert outcome(request(), identity=[EVERYTHING, document, denial]) == "explicit_deny"
    assert outcome(request(), identity=[denial], resource=document) == "explicit_deny"
    assert outcome(request(), boundary=denial, scps=[[document]]) == "explicit_deny"


def test_a_statement_that_is_malformed_spoils_its_whole_policy() -> None:
    document = policy(allow(READ), {**deny("s3:*"), "Efect": "Deny"})

    assert outcome(request(), identity=[document]) == "conditional"


# --- documents


def test_a_document_is_text_or_an_object() -> None:
    document = reading()

    for given_as in (document, json.dumps(document), json.dumps(document, indent=1)):
        assert outcome(request(), identity=[given_as]) == "allow"


@pytest.mark.parametrize(
    ("place", "nothing", "empty"),
    [("scps", None, [[]]), ("rcps", None, [[]]), ("boundary", None, policy())],
)
def test_no_limit_is_not_an_empty_one(place: str, nothing: object, empty: object) -> None:
    assert outcome(request(), **{"identity": [reading()], place: nothing}) == "allow"
    assert outcome(request(), **{"identity": [reading()], place: empty}) == "implicit_deny"


# --- the context


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        ("a", {"StringEquals": {"aws:x": "a"}}),
        (True, {"Bool": {"aws:x": "true"}}),
        (False, {"Bool": {"aws:x": False}}),
        (10, {"NumericEquals": {"aws:x": "10"}}),
        (2.5, {"NumericEquals": {"aws:x": 2.5}}),
        (2**70, {"NumericEquals": {"aws:x": str(2**70)}}),
        (["a", "b"], {"ForAllValues:StringEquals": {"aws:x": ["a", "b", "c"]}}),
        (("a", True, 1), {"ForAllValues:StringEquals": {"aws:x": ["a", "true", "1"]}}),
        ([], {"Null": {"aws:x": "true"}}),
        (None, {"Null": {"aws:x": "true"}}),
        ({"a": 1}, {"Null": {"aws:x": "false"}}),
    ],
)
def test_the_values_of_the_context(value: object, condition: dict[str, object]) -> None:
    assert outcome(request(context={"aws:x": value}), identity=[reading(**condition)]) == "allow"
    asked = request(context={"AWS:X": value})
    assert outcome(asked, identity=[reading(**condition)]) == "allow"


def test_what_is_not_given_is_absent() -> None:
    assert outcome(request(), identity=[reading(Null={"aws:SourceIp": "true"})]) == "allow"
    assert outcome(request(), identity=[reading(Null={"aws:ResourceTag/a": "true"})]) == "allow"


@pytest.mark.parametrize(
    ("asked", "key", "value"),
    [
        (request(), "aws:ResourceAccount", ACCOUNT),
        (request(), "aws:RequestedRegion", "us-east-1"),
        (request(action=DECRYPT, resource=KEY), "kms:CallerAccount", ACCOUNT),
    ],
)
def test_every_request_has_some_keys(asked: Request, key: str, value: str) -> None:
    denial = policy(deny("*", Condition={"StringEquals": {key: value}}))

    assert outcome(asked, identity=[denial]) == "explicit_deny"
    assert outcome(replace(asked, context={key: "x"}), identity=[denial]) == "implicit_deny"


# --- who asks


@pytest.mark.parametrize(
    ("principal", "arn", "type_", "name"),
    [
        (USER, USER, "User", "dev"),
        (ROLE, ROLE, "AssumedRole", None),
        (SESSION, ROLE, "AssumedRole", None),
        (root(), root(), "Account", None),
        (FEDERATED, FEDERATED, "FederatedUser", None),
        (
            SESSION.replace(":aws:", ":aws-cn:"),
            ROLE.replace(":aws:", ":aws-cn:"),
            "AssumedRole",
            None,
        ),
    ],
)
def test_the_keys_that_follow_from_who_asks(
    principal: str, arn: str, type_: str, name: str | None
) -> None:
    condition: dict[str, object] = {
        "StringEquals": {
            "aws:PrincipalArn": arn,
            "aws:PrincipalType": type_,
            "aws:PrincipalAccount": ACCOUNT,
            **({"aws:username": name} if name else {}),
        },
        "Bool": {"aws:PrincipalIsAWSService": "false"},
        "Null": {"aws:username": "false" if name else "true"},
    }
    everything: dict[str, object] = {"session": EVERYTHING} if principal == FEDERATED else {}

    assert outcome(request(principal), identity=[reading(**condition)], **everything) == "allow"


def test_what_the_context_says_goes_before_what_follows() -> None:
    with_path = f"arn:aws:iam::{ACCOUNT}:role/service/app"
    condition = {"ArnEquals": {"aws:PrincipalArn": with_path}}
    asked = request(SESSION, context={"aws:PrincipalArn": with_path})

    assert outcome(asked, identity=[reading(**condition)]) == "allow"
    assert outcome(request(SESSION), identity=[reading(**condition)]) == "implicit_deny"


def test_a_service_has_no_account_and_an_arn_that_nobody_knows() -> None:
    named = allow(READ, Principal={"Service": LAMBDA})
    condition = {
        "Bool": {"aws:PrincipalIsAWSService": True},
        "Null": {"aws:PrincipalAccount": "true", "aws:PrincipalType": "true"},
    }
    guarded = policy({**named, "Condition": condition})
    by_arn = policy({**named, "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:*:*:*:*"}}})

    assert outcome(request(LAMBDA), resource=guarded) == "allow"
    assert outcome(request(LAMBDA), resource=by_arn) == "conditional"
    assert outcome(request(LAMBDA), identity=[EVERYTHING]) == "implicit_deny"


@pytest.mark.parametrize("scps", [[[]], [[policy(deny("*"))]], [[NO_POLICY]]])
def test_service_control_policies_do_not_bind_a_service(scps: list[list[object]]) -> None:
    """
    They limit the users and roles of the organisation's accounts.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    """
    granted = policy(allow(READ, Principal={"Service": LAMBDA}))

    assert outcome(request(LAMBDA), resource=granted, scps=scps) == "allow"


def test_resource_control_policies_bind_a_service() -> None:
    granted = policy(allow(READ, Principal={"Service": LAMBDA}))

    assert outcome(request(LAMBDA), resource=granted, rcps=[[]]) == "implicit_deny"
    denial = [[policy(deny("*", Principal="*"))]]
    assert outcome(request(LAMBDA), resource=granted, rcps=denial) == "explicit_deny"


def test_a_service_linked_role_is_bound_by_no_organisation() -> None:
    linked = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    denial = [[policy(deny("*"))]]

    assert outcome(request(linked), identity=[reading()], scps=denial) == "allow"
    assert outcome(request(linked), identity=[reading()], rcps=[[]]) == "allow"
    assert outcome(request(ROLE), identity=[reading()], scps=denial) == "explicit_deny"


def test_a_role_whose_session_is_not_told_may_be_any_of_its_sessions() -> None:
    to_session = policy(allow(READ, Principal={"AWS": SESSION}))

    assert decide(request(ROLE), Policies(resource=to_session)) == Decision(
        outcome="conditional", keys=("sts:RoleSessionName",), unseen=()
    )
    assert outcome(request(SESSION), resource=to_session) == "allow"
    assert outcome(request(session("app", "walk")), resource=to_session) == "implicit_deny"


def test_a_federated_user_needs_a_session_policy_or_to_be_named() -> None:
    named = policy(allow(READ, Principal={"AWS": FEDERATED}))

    assert outcome(request(FEDERATED), identity=[EVERYTHING]) == "implicit_deny"
    assert outcome(request(FEDERATED), identity=[EVERYTHING], session=reading()) == "allow"
    assert outcome(request(FEDERATED), resource=named) == "allow"


@pytest.mark.parametrize("user_id", ["AROAEXAMPLE:run", "AROAEXAMPLE"])
def test_the_id_of_a_user_or_role_is_taken_from_the_context(user_id: str) -> None:
    by_id = policy(allow(READ, Principal={"AWS": "AROAEXAMPLE"}))

    assert outcome(request(SESSION, context={"aws:userid": user_id}), resource=by_id) == "allow"
    assert (
        outcome(request(SESSION, context={"aws:userid": "AROAOTHER:run"}), resource=by_id)
        == "implicit_deny"
    )


def test_a_provider_is_named_by_its_arn() -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.example.com"
    action = "sts:AssumeRoleWithWebIdentity"
    asked = request(provider, action, ROLE, context={"token.example.com:sub": "repo:a"})
    condition = {"StringEquals": {"token.example.com:sub": "repo:a"}}

    trusted = trust(provider, action=action, Condition=condition)
    assert outcome(asked, resource=trusted) == "allow"
    assert outcome(request(provider, action, ROLE), resource=trusted) == "implicit_deny"
    assert outcome(asked, resource=trust(ACCOUNT, action=action)) == "implicit_deny"


def test_a_boundary_leaves_in_doubt_whether_it_limits_a_user_whom_a_trust_names() -> None:
    """Two of AWS's pages disagree on it."""
    asked = request(action=ASSUME, resource=ROLE)

    assert outcome(asked, resource=trust(USER), boundary=policy(allow("s3:*"))) == "conditional"
    assert outcome(asked, resource=trust(USER), boundary=EVERYTHING) == "allow"


def test_the_key_policy_must_delegate_before_another_policy_counts() -> None:
    asked = request(action=DECRYPT, resource=KEY)
    delegating = policy(allow("kms:*", Principal={"AWS": root()}))

    assert outcome(asked, identity=[EVERYTHING], resource=delegating) == "allow"
    assert outcome(asked, identity=[EVERYTHING]) == "implicit_deny"
    assert outcome(asked, resource=delegating) == "implicit_deny"


@pytest.mark.parametrize("element", ["Action", "Resource"])
def test_a_key_policy_s_statement_without_actions_or_resources_has_no_effect(element: str) -> None:
    """
    KMS takes such policies.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
    """
    asked = request(action=DECRYPT, resource=KEY)
    whole = allow(DECRYPT, Principal={"AWS": USER})
    denial = {name: value for name, value in deny("*", Principal="*").items() if name != element}

    assert outcome(asked, resource=policy(whole, denial)) == "allow"
    assert outcome(asked, resource=policy({**denial, "Effect": "Allow"})) == "implicit_deny"


# --- whatever is asked

PRINCIPALS = st.sampled_from([USER, ROLE, SESSION, root(), FEDERATED, LAMBDA, "*", "", "arn:aws"])
TEXTS = st.text(max_size=10) | st.lists(st.text("a:/*", max_size=3), max_size=8).map(":".join)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


@settings(max_examples=300, deadline=None)
@given(
    PRINCIPALS | TEXTS,
    st.sampled_from([READ, DECRYPT, ASSUME]) | TEXTS,
    st.sampled_from([SECRET, KEY, ROLE]) | TEXTS,
    st.dictionaries(st.text(max_size=5), VALUES | st.lists(VALUES, max_size=2), max_size=2),
)
def test_whatever_is_asked_there_is_an_answer(
    principal: str, action: str, resource: str, context: dict[str, object]
) -> None:
    asked = Request(
        principal=principal,
        action=action,
        resource=resource,
        resource_account=ACCOUNT,
        context=context,
    )

    without_policies = {"implicit_deny", "allow" if principal == root() else "implicit_deny"}
    assert outcome(asked) in without_policies
    assert outcome(asked, identity=[policy(deny("*"))]) in {"explicit_deny", "implicit_deny"}
