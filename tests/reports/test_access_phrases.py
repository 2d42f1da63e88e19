from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyproof.access import ways
from keyproof.access.principals import PrincipalType
from reports import access_phrases as say
from reports.phrases import Name
from tests.reports.estates import step

if TYPE_CHECKING:
    from reports.phrases import Phrase

RESERVED = (
    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/"
    "AWSReservedSSO_Data_Team_0123456789abcdef"
)
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:production/openai-AbCdEf"


def _said(phrase: Phrase) -> str:
    return "".join(word if isinstance(word, str) else word.text for word in phrase)


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("*", "everybody"),
        ("arn:aws:iam::111122223333:user/alice", "alice"),
        ("arn:aws:iam::111122223333:user/team/data/alice", "alice"),
        ("arn:aws-cn:iam::111122223333:role/service/chat", "chat"),
        ("arn:aws-us-gov:iam::111122223333:root", "root of 111122223333"),
        ("arn:aws:sts::111122223333:assumed-role/chat/session", "chat/session"),
        ("arn:aws:sts::111122223333:federated-user/bob", "bob"),
        ("arn:aws:iam::111122223333:saml-provider/Okta", "Okta"),
        ("arn:aws:iam::111122223333:oidc-provider/example.com/realm/a", "example.com/realm/a"),
        ("accounts.google.com", "accounts.google.com"),
        ("events.amazonaws.com", "events.amazonaws.com"),
        ("arn:aws:iam::111122223333:user/", "user/"),
        ("arn:aws:iam::1:user/alice", "arn:aws:iam::1:user/alice"),
        ("arn:aws:iam::111122223333:user/line\nbreak", "line\nbreak"),
        ("AIDACKCEVSQ6C2EXAMPLE", "AIDACKCEVSQ6C2EXAMPLE"),
        ("", ""),
    ],
)
def test_a_principal_is_called_as_people_know_it(arn: str, name: str) -> None:
    assert say.principal_name(arn) == name


@pytest.mark.parametrize(
    ("arn", "kind", "name", "described"),
    [
        (RESERVED, "role", "Data_Team", "role of Identity Center"),
        (RESERVED.replace("eu-west-1/", ""), "role", "Data_Team", "role of Identity Center"),
        (
            RESERVED.replace("aws-reserved/sso.amazonaws.com/eu-west-1/", ""),
            "role",
            "AWSReservedSSO_Data_Team_0123456789abcdef",
            "role",
        ),
        ("arn:aws:iam::444455556666:root", "root", "root of 444455556666", "root user"),
        (
            "arn:aws:iam::444455556666:root",
            "account",
            "anybody in 444455556666",
            "account that was not collected",
        ),
        ("*", "public", "everybody", "anybody in any account"),
        ("x", "never_heard_of", "x", "never heard of"),
    ],
)
def test_a_reader_whose_type_is_known_is_told_apart(
    arn: str, kind: str, name: str, described: str
) -> None:
    assert (say.reader_name(arn, kind), say.reader_type(arn, kind)) == (name, described)


def test_every_type_and_way_of_the_facts_has_words() -> None:
    assert set(get_args(PrincipalType)) == set(say.TYPES)
    assert set(ways.KINDS) == set(say.SHORT_WAYS)
    assert {kind: say.way(kind) for kind in ways.KINDS} == dict(ways.KINDS)
    assert say.way("never_heard_of") == "never heard of"


@pytest.mark.parametrize(
    ("decided", "conditions", "unseen", "told"),
    [
        ("allow", [], [], "on no condition"),
        ("allow", ["aws:SourceIp"], [], "on no condition"),
        ("conditional", ["aws:SourceIp"], [], "depends on aws:SourceIp"),
        ("conditional", ["a", "b"], [], "depends on a, b"),
        ("conditional", [], ["scp p-1"], "depends on what could not be read"),
        ("conditional", ["a"], ["b", "c"], "depends on a and on what could not be read"),
        ("conditional", [], [], "depends on a condition that nobody could decide"),
        (
            "conditional",
            [f"k{n}" for n in range(23)],
            [],
            "depends on " + ", ".join(f"k{n}" for n in range(20)) + " and 3 more",
        ),
    ],
)
def test_on_what_a_way_depends(
    decided: str, conditions: list[str], unseen: list[str], told: str
) -> None:
    assert _said(say.decision(decided, conditions, unseen)) == told


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (
            step("identity_policy", policy="role/chat/secrets", statement="ReadKeys"),
            "identity policy role/chat/secrets, statement ReadKeys",
        ),
        (
            step("identity_policy", policy="role/chat/secrets", statement="statement 2"),
            "identity policy role/chat/secrets, statement 2",
        ),
        (
            step("trust_policy", policy="arn:r", to="arn:r", statement="statement 1"),
            "trust policy, statement 1",
        ),
        (
            step("key_policy", policy="arn:k default", to="arn:k", statement="Use it"),
            "policy of the key, default, statement Use it",
        ),
        (
            step("resource_policy", policy="default", to=SECRET, statement="Partner"),
            "policy of the secret, default, statement Partner",
        ),
        (step("grant", policy="arn:k abc", to="arn:k"), "grant on the key, abc"),
        (step("root_user"), "root user, by its own right"),
        (step("public"), "granted to everybody"),
        (step("never_heard_of"), "never heard of"),
    ],
)
def test_whose_statement_allows_a_step(found: dict[str, Any], told: str) -> None:
    assert _said(say.step(found)) == told


def test_what_was_collected_is_a_name_and_never_prose() -> None:
    found = step("identity_policy", policy=" allows nobody", statement="by its own right", to="x")

    assert say.step(found) == (
        "identity policy",
        " ",
        Name(" allows nobody"),
        ", statement ",
        Name("by its own right"),
    )


def _observed(**more: object) -> dict[str, object]:
    return {
        "secret": SECRET,
        "principal": "arn:aws:iam::111122223333:user/alice",
        "way": "direct",
        "decision": "allow",
        "conditions": [],
        "unseen": [],
        "classes": [],
        **more,
    }


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({}, "alice may read it, on no condition"),
        (
            {"principal": RESERVED, "way": "role_chain"},
            "Data_Team of Identity Center may assume a role that reads it, on no condition",
        ),
        (
            {"decision": "conditional", "conditions": ["aws:SourceIp"]},
            "alice may read it, which depends on aws:SourceIp",
        ),
        (
            {"decision": "conditional", "unseen": ["scp p-1"]},
            "alice may read it, which depends on what could not be read",
        ),
        ({"principal": "*"}, "everybody may read it, on no condition"),
        (
            {"principal": "arn:aws:iam::444455556666:root"},
            "account 444455556666 (root) may read it, on no condition",
        ),
        (
            {"principal": "accounts.google.com", "way": "web_identity"},
            (
                "accounts.google.com is let into a role that reads it by a web identity provider, "
                "on no condition"
            ),
        ),
    ],
)
def test_a_violation_is_one_line_and_its_particulars(more: dict[str, object], line: str) -> None:
    observed = _observed(**more)

    told = say.violation(observed)

    assert told is not None
    assert {label: _said(phrase) for label, phrase in told.items()} == {
        "": line,
        "principal": observed["principal"],
        "class": "none",
        "secret": SECRET,
    }


def test_a_violation_names_the_classes_that_do_not_approve() -> None:
    told = say.violation(_observed(classes=["developer", "support"]))

    assert told is not None
    assert _said(told["class"]) == "developer, support (not approved for it)"


@pytest.mark.parametrize(
    "observed",
    [
        {},
        _observed(extra=1),
        {name: value for name, value in _observed().items() if name != "unseen"},
        _observed(principal=None),
        _observed(conditions=[1]),
        _observed(unseen=[{}]),
        _observed(classes=[None]),
        _observed(classes="developer"),
    ],
)
def test_anything_else_is_no_violation_of_this_kind(observed: dict[str, object]) -> None:
    assert say.violation(observed) is None


@given(st.text(), st.sampled_from(get_args(PrincipalType)))
def test_any_text_can_be_a_principal(arn: str, kind: str) -> None:
    names = (say.principal_name(arn), say.reader_name(arn, kind))

    assert all(name for name in names) or not arn
    assert say.violation(_observed(principal=arn)) is not None
