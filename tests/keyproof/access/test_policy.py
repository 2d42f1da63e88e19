"""
Policy documents: what is read of them, and which are none.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.access.patterns import Exact, Variable
from keyproof.access.policy import Kind, Policy, Principals, Reference, UnseenPolicy, read_policy
from tests.keyproof.access.policies import ACCOUNT, allow, deny, policy, root

if TYPE_CHECKING:
    from keyproof.access.policy import Statement
    from keyproof.documents import Json

READ = "secretsmanager:GetSecretValue"
KINDS: tuple[Kind, ...] = get_args(Kind)
WITH_PRINCIPALS: tuple[Kind, ...] = (
    "resource_policy",
    "key_policy",
    "trust_policy",
    "resource_control_policy",
)
WITHOUT: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind not in WITH_PRINCIPALS)


def reference(kind: Kind = "identity_policy") -> Reference:
    return Reference(kind=kind, name="reading", at="/records/1")


def statements(document: object, kind: Kind = "identity_policy") -> tuple[Statement, ...]:
    """The statements of a document that can be read."""
    found = read_policy(document, reference(kind))
    assert isinstance(found, Policy), found
    assert found.reference == reference(kind)
    return found.statements


def statement(document: object, kind: Kind = "identity_policy") -> Statement:
    [found] = statements(document, kind)
    return found


def reason(document: object, kind: Kind = "identity_policy") -> str:
    """Why a document is no policy."""
    found = read_policy(document, reference(kind))
    assert isinstance(found, UnseenPolicy), found
    assert found.reference == reference(kind)
    return found.reason


def with_element(**elements: Any) -> Json:
    """A policy of one statement that allows reading, with these elements besides."""
    return policy({**allow(READ), **elements})


# --- what is read


def test_a_statement_as_it_is_read() -> None:
    document = policy(
        allow(
            [READ, "secretsmanager:List*"],
            ["*", "arn:aws:secretsmanager:*:*:secret:${aws:username}/*"],
            Sid="Read",
            Condition={"StringLike": {"aws:PrincipalTag/Team": ["ml", "${*}"]}},
        )
    )

    found = statement(document)

    assert (found.effect, found.sid, found.name, found.number) == ("Allow", "Read", "Read", 0)
    assert (found.actions, found.not_action) == (
        ("secretsmanager:getsecretvalue", "secretsmanager:list*"),
        False,
    )
    assert (found.resources, found.not_resource) == (
        (
            ("*",),
            ("arn:aws:secretsmanager:*:*:secret:", Variable("aws:username", None), "/*"),
        ),
        False,
    )
    assert found.principals is None
    [condition] = found.conditions
    assert (condition.operator, condition.name) == ("StringLike", "aws:PrincipalTag/Team")
    assert condition.templates == (("ml",), (Exact("*"),))


def test_one_statement_is_as_good_as_a_list_of_one() -> None:
    assert statement({"Version": "2012-10-17", "Statement": allow(READ)}).name == "statement 1"


def test_a_text_is_as_good_as_a_list_of_one() -> None:
    one = statement(with_element(Action=READ, Resource="a", Condition={"Bool": {"a:b": "true"}}))
    listed = statement(
        with_element(Action=[READ], Resource=["a"], Condition={"Bool": {"a:b": ["true"]}})
    )

    assert (one.actions, one.resources) == (listed.actions, listed.resources)
    assert one.conditions == listed.conditions


def test_statements_are_named_by_their_sid_or_their_place() -> None:
    document = policy(allow(READ), deny(READ, Sid="Guard"), deny(READ, Sid=""), deny(READ, Sid=3))

    assert [each.name for each in statements(document)] == [
        "statement 1",
        "Guard",
        "statement 3",
        "statement 4",
    ]


def test_the_negated_elements() -> None:
    given = {"Effect": "Deny", "NotAction": "iam:*", "NotResource": ["a", "b"]}
    found = statement(policy(given))

    assert (found.actions, found.not_action) == (("iam:*",), True)
    assert (found.resources, found.not_resource) == ((("a",), ("b",)), True)


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("*", Principals(aws=frozenset({"*"}))),
        ({"AWS": "*"}, Principals(aws=frozenset({"*"}))),
        (
            {"AWS": [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/team/app"]},
            Principals(
                aws=frozenset({f"arn::iam::{ACCOUNT}:root", f"arn::iam::{ACCOUNT}:role/app"})
            ),
        ),
        (
            {"Service": ["a.amazonaws.com", "b.amazonaws.com"]},
            Principals(service=frozenset({"a.amazonaws.com", "b.amazonaws.com"})),
        ),
        (
            {"Federated": "accounts.google.com"},
            Principals(federated=frozenset({"accounts.google.com"})),
        ),
        ({"CanonicalUser": "abc", "Other": "d"}, Principals(other=frozenset({"abc", "d"}))),
        ({}, Principals()),
    ],
)
def test_the_principals_of_a_statement(named: object, expected: Principals) -> None:
    assert statement(with_element(Principal=named), "resource_policy").principals == expected


def test_everybody_but_some() -> None:
    found = statement(with_element(NotPrincipal={"AWS": root()}), "resource_policy").principals

    assert found == Principals(aws=frozenset({f"arn::iam::{ACCOUNT}:root"}), negated=True)


def test_anyone_is_a_star_among_the_aws_principals() -> None:
    assert Principals(aws=frozenset({"*", "x"})).anyone is True
    assert Principals(service=frozenset({"*"}), federated=frozenset({"*"})).anyone is False


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (True, ["true"]),
        (False, ["false"]),
        (10, ["10"]),
        (-0.5, ["-0.5"]),
        (2**70, ["1180591620717411303424"]),
        (1e300, ["1e+300"]),
        ([True, "x", 3], ["true", "x", "3"]),
        ("", [""]),
    ],
)
def test_a_boolean_or_number_of_a_condition_is_its_text(value: object, texts: list[str]) -> None:
    found = statement(with_element(Condition={"StringEquals": {"a:b": value}}))

    assert [condition.templates for condition in found.conditions] == [
        tuple((text,) for text in texts)
    ]


@pytest.mark.parametrize("condition", [{}, {"StringEquals": {}}])
def test_a_condition_without_keys_asks_for_nothing(condition: object) -> None:
    assert statement(with_element(Condition=condition)).conditions == ()


def test_each_key_of_each_operator_is_a_condition() -> None:
    given = {"StringLike": {"a:b": "x", "a:c": "y"}, "stringlike": {"A:B": "z"}}
    found = statement(with_element(Condition=given))

    assert [(each.operator, each.key) for each in found.conditions] == [
        ("StringLike", "a:b"),
        ("StringLike", "a:c"),
        ("stringlike", "a:b"),
    ]


def test_an_operator_that_aws_does_not_have_is_read_and_decides_nothing() -> None:
    [condition] = statement(with_element(Condition={"Contains": {"a:b": "x"}})).conditions

    assert condition.comparison is None


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_before_2012_there_are_no_variables(version: str | None) -> None:
    given = allow(READ, "${aws:username}", Condition={"StringEquals": {"a:b": "${*}"}})
    found = statement({"Version": version, "Statement": given} if version else {"Statement": given})

    assert found.resources == (("${aws:username}",),)
    assert [condition.templates for condition in found.conditions] == [(("${*}",),)]


def test_a_policy_may_have_an_id_and_no_statement() -> None:
    assert statements({"Version": "2012-10-17", "Id": "empty", "Statement": []}) == ()


@pytest.mark.parametrize(
    ("actions", "negated", "speaks"),
    [
        (["secretsmanager:GetSecretValue"], False, True),
        (["SECRETSMANAGER:getsecretvalue"], False, True),
        (["secretsmanager:Get*"], False, True),
        (["*"], False, True),
        (["*:*"], False, True),
        (["secretsmanager:?etSecretValue"], False, True),
        (["secretsmanager:GetSecret"], False, False),
        (["s3:*", "secretsmanager:*Value"], False, True),
        (["${*}"], False, False),
        (["s3:*"], True, True),
        (["*"], True, False),
    ],
)
def test_which_actions_a_statement_speaks_of(
    actions: list[str],
    negated: bool,  # noqa: FBT001 - a column of the table
    speaks: bool,  # noqa: FBT001
) -> None:
    element = "NotAction" if negated else "Action"
    given = {"Effect": "Allow", element: actions, "Resource": "*"}

    assert statement(policy(given)).speaks_of("secretsmanager:getsecretvalue") is speaks


def test_a_policy_knows_its_statements_about_an_action() -> None:
    found = read_policy(policy(allow("s3:*"), allow(READ), deny("*")), reference())

    assert isinstance(found, Policy)
    assert [each.number for each in found.about("secretsmanager:getsecretvalue")] == [1, 2]
    assert found.about("kms:decrypt") == found.statements[2:]
    assert found.about("kms:decrypt") is found.about("kms:decrypt")


def test_a_statement_is_referred_to_where_it_stands() -> None:
    first, second = statements(policy(allow(READ), allow("s3:*")))
    alone = statement({**policy(), "Statement": allow(READ)})

    places = [reference().at_statement(each) for each in (first, second, alone)]

    assert places == ["/records/1/Statement/0", "/records/1/Statement/1", "/records/1/Statement"]


# --- documents as text


def test_a_document_may_be_text() -> None:
    given = policy(allow(READ, Sid="Read"))

    for text in (json.dumps(given), json.dumps(given, indent=2), f"\n\t {json.dumps(given)} \n"):
        assert statement(text).name == "Read"


def test_a_document_may_be_percent_encoded_as_iam_hands_it_out() -> None:
    given = policy(allow(READ, f"arn:aws:s3:::a+b%2F{chr(233)}", Sid="Read"))

    found = statement(quote(json.dumps(given, ensure_ascii=False)))

    assert found.resources == ((f"arn:aws:s3:::a+b%2F{chr(233)}",),)


def test_percent_signs_in_plain_json_stand_for_themselves() -> None:
    assert statement(json.dumps(policy(allow(READ, "a%2Fb")))).resources == (("a%2Fb",),)


def test_the_same_text_is_read_once_for_each_kind() -> None:
    text = json.dumps(with_element(Principal="*"))

    assert statements(text, "resource_policy") is statements(text, "resource_policy")
    assert isinstance(read_policy(text, reference("boundary")), UnseenPolicy)


def test_a_document_of_100_kilobytes_is_read() -> None:
    many = [allow(READ, f"arn:aws:s3:::bucket/{number:080}") for number in range(800)]
    text = json.dumps(policy(*many))

    assert len(text) > 100_000
    assert [each.number for each in statements(text)] == list(range(800))
    assert statements(text)[799].resources == ((f"arn:aws:s3:::bucket/{799:080}",),)


def test_an_element_of_100_kilobytes_is_read() -> None:
    found = statement(json.dumps(with_element(Action="a" * 100_000, Resource="*a" * 50_000)))

    assert found.actions == ("a" * 100_000,)
    assert found.resources == (("*a" * 50_000,),)


# --- documents that are no policies

NO_JSON = "it is no JSON"
NO_OBJECT = "it is no JSON object"
NO_VERSION = "its Version is neither 2012-10-17 nor 2008-10-17"
NO_STATEMENT = "it has no Statement"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "policy",
        "{",
        '{"Version": "2012-10-17", "Statement": [}',
        "{'Version': '2012-10-17'}",
        '{"Statement": []}{"Statement": []}',
        '{"Statement": [],}',
        '{"Statement": NaN}',
        '{"Statement": [], "Id": "\\ud800"}',
        "\ud800",
        "\ufeff{}",
        "%",
        "%7B",
        "%ff%fe",
        "[" * 100_000,
        "[" * 700 + "]" * 700,
        '{"Statement":' * 20_000 + "[]" + "}" * 20_000,
        '{"Statement": [], "Id": ' + "9" * 5_000 + "}",
    ],
)
def test_text_that_is_no_json(text: str) -> None:
    assert reason(text) in {NO_JSON, NO_OBJECT}


@pytest.mark.parametrize(
    "document", [None, True, 3, 1.5, [], ["Statement"], b"{}", "[]", "3", '"a"']
)
def test_what_is_no_object(document: object) -> None:
    assert reason(document) == NO_OBJECT


@pytest.mark.parametrize(
    "version",
    ["2012-10-18", "2026-01-01", "", " 2012-10-17", None, 2012, True, [], {}, ["2012-10-17"]],
)
def test_a_version_that_aws_does_not_have(version: object) -> None:
    assert reason({"Version": version, "Statement": []}) == NO_VERSION
    assert reason(json.dumps({"Version": version, "Statement": []})) == NO_VERSION


@pytest.mark.parametrize(
    "document", [{}, {"Statement": None}, {"Statement": "a"}, {"statement": []}]
)
def test_a_policy_without_statement(document: object) -> None:
    assert reason(document) == NO_STATEMENT


@pytest.mark.parametrize("given", [None, "Allow", 3, [], [allow(READ)]])
def test_a_statement_that_is_no_object(given: object) -> None:
    assert reason({"Statement": [allow(READ), given]}) == "statement 2 is no object"


@pytest.mark.parametrize(
    "effect", [None, "allow", "DENY", "", "Permit", 1, True, [], ["Allow"], {}]
)
def test_an_effect_that_is_neither_allow_nor_deny(effect: object) -> None:
    assert reason(with_element(Effect=effect)) == "statement 1 has no Effect of Allow or Deny"


@pytest.mark.parametrize(
    "element", ["Conditon", "condition", "action", "Principals", "", "Version"]
)
def test_an_element_that_iam_does_not_know(element: str) -> None:
    """To leave it aside might leave out just what limits the statement."""
    assert reason(with_element(**{element: "*"})) == (
        "statement 1 has an element that IAM does not know"
    )


@pytest.mark.parametrize("element", ["Action", "Resource"])
def test_one_of_an_element_and_its_negation_must_be_there(element: str) -> None:
    expected = f"statement 1 must have one of {element} and Not{element}"
    without = {name: value for name, value in allow(READ).items() if name != element}

    assert reason(policy(without)) == expected
    assert reason(with_element(**{f"Not{element}": "*"})) == expected


@pytest.mark.parametrize("element", ["Action", "NotAction", "Resource", "NotResource"])
@pytest.mark.parametrize("value", [[], None, 3, True, {}, {"a": "b"}, ["a", 3], [["a"]], [None]])
def test_an_element_that_holds_something_else_than_texts(element: str, value: object) -> None:
    given = {
        name: text for name, text in allow(READ).items() if name != element.removeprefix("Not")
    }

    assert reason(policy({**given, element: value})) == (
        f"{element} of statement 1 holds something else than texts, or nothing"
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, "statement 1 has a Condition that is no object"),
        ([], "statement 1 has a Condition that is no object"),
        ("a", "statement 1 has a Condition that is no object"),
        ({"Bool": None}, "statement 1 has a Condition that is no object"),
        ({"Bool": ["a"]}, "statement 1 has a Condition that is no object"),
        ({"Bool": "true"}, "statement 1 has a Condition that is no object"),
    ],
)
def test_a_condition_that_is_no_object_of_objects(condition: object, expected: str) -> None:
    assert reason(with_element(Condition=condition)) == expected


@pytest.mark.parametrize("value", [[], None, {}, [None], [["a"]], ["a", {}]])
def test_a_condition_s_value_that_is_no_text(value: object) -> None:
    assert reason(with_element(Condition={"Bool": {"a:b": value}})) == (
        "Condition of statement 1 holds something else than texts, or nothing"
    )


@pytest.mark.parametrize("named", [None, "", "arn:aws:iam::111122223333:root", 3, ["*"], []])
def test_principals_that_are_neither_a_star_nor_an_object(named: object) -> None:
    assert reason(with_element(Principal=named), "resource_policy") == (
        "statement 1 has a Principal that is neither * nor an object"
    )


@pytest.mark.parametrize("value", [[], None, 3, {}, ["a", 3], [["a"]]])
def test_principals_that_are_no_texts(value: object) -> None:
    assert reason(with_element(Principal={"AWS": value}), "resource_policy") == (
        "Principal of statement 1 holds something else than texts, or nothing"
    )


@pytest.mark.parametrize("kind", WITH_PRINCIPALS)
def test_a_policy_of_a_resource_must_name_principals(kind: Kind) -> None:
    expected = "statement 1 must have one of Principal and NotPrincipal"

    assert reason(with_element(), kind) == expected
    assert reason(with_element(Principal="*", NotPrincipal="*"), kind) == expected
    assert statement(with_element(Principal="*"), kind).principals == Principals(
        aws=frozenset({"*"})
    )


@pytest.mark.parametrize("kind", WITHOUT)
def test_the_policy_of_a_principal_must_name_none(kind: Kind) -> None:
    """
    A user's, role's or organisation's policy is about whoever it is attached to.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    expected = "statement 1 names a principal, which its kind of policy must not"

    assert reason(with_element(Principal="*"), kind) == expected
    assert reason(with_element(NotPrincipal={"AWS": root()}), kind) == expected
    assert statement(with_element(), kind).principals is None


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in {"trust_policy", "key_policy"}]
)
def test_most_policies_must_name_resources(kind: Kind) -> None:
    given = {"Effect": "Allow", "Action": "*"} | (
        {"Principal": "*"} if kind in WITH_PRINCIPALS else {}
    )

    assert reason(policy(given), kind) == ("statement 1 must have one of Resource and NotResource")


def test_a_trust_policy_is_about_its_role() -> None:
    given = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}

    assert statement(policy(given), "trust_policy").resources == (("*",),)


@pytest.mark.parametrize("element", ["Action", "Resource"])
def test_kms_heeds_no_statement_without_actions_or_resources(element: str) -> None:
    """
    It takes such a policy all the same, and the other statements count.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
    """
    whole = allow("kms:*", Principal={"AWS": root()}, Sid="Root")
    given = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    without = {name: value for name, value in given.items() if name != element}

    ineffective, effective = statements(policy(without, whole), "key_policy")

    assert (ineffective.actions, ineffective.resources) in {((), (("*",),)), (("kms:*",), ())}
    assert effective.name == "Root"


@pytest.mark.parametrize("element", ["Effect", "Principal"])
def test_such_a_statement_must_be_whole_but_for_that(element: str) -> None:
    given = {"Effect": "Allow", "Principal": "*", "Action": "kms:*"}
    without = {name: value for name, value in given.items() if name != element}

    assert isinstance(read_policy(policy(without), reference("key_policy")), UnseenPolicy)


@pytest.mark.parametrize(
    "text",
    [
        '{"Statement": [], "Statement": []}',
        '{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": []}',
        '{"Statement": {"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}}',
        '{"Statement": {"Effect": "Allow", "Action": "a:b", "Action": "*", "Resource": "*"}}',
        '{"Statement": {"Condition": {"Bool": {"a:b": "true"}, "Bool": {"a:c": "true"}}}}',
        '{"Statement": {"Condition": {"Bool": {"a:b": "true", "a:b": "false"}}}}',
    ],
)
def test_a_document_that_says_something_twice(text: str) -> None:
    """
    JSON's readers keep the last; AWS joins the actions and resources of old documents.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_policies.html
    """
    assert reason(text) == "an object in it has two members of one name"


# --- whatever is there

MARK = "unmistakable"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.just(MARK),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([MARK, "AWS", "Bool", "a:b"]), inner, max_size=3)
    ),
    max_leaves=6,
)
ELEMENTS = st.sampled_from(
    [
        *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource"),
        *("NotResource", "Condition", MARK),
    ]
)
STATEMENT = st.just(allow(READ)) | st.dictionaries(ELEMENTS, JSON, max_size=6).map(
    lambda own: {**allow(READ), **own}
)
DOCUMENT = st.fixed_dictionaries(
    {"Version": st.just("2012-10-17") | JSON, "Statement": JSON | st.lists(STATEMENT, max_size=3)}
)


@settings(max_examples=300, deadline=None)
@given(DOCUMENT | JSON, st.sampled_from(KINDS))
def test_any_document_is_read_or_refused_without_a_word_of_it(document: object, kind: Kind) -> None:
    for given_as in (document, json.dumps(document)):
        found = read_policy(given_as, reference(kind))

        assert found.reference == reference(kind)
        assert MARK not in (found.reason if isinstance(found, UnseenPolicy) else "")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.text('{}[]",:\\%0aSE ', max_size=40), st.sampled_from(KINDS))
def test_any_text_is_read_or_refused(text: str, kind: Kind) -> None:
    found = read_policy(text, reference(kind))

    assert isinstance(found, UnseenPolicy)
    assert found.reason in {
        NO_JSON,
        NO_OBJECT,
        NO_STATEMENT,
        "an object in it has two members of one name",
    }
