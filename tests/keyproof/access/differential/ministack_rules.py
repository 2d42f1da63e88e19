"""
What MiniStack makes of requests where it departs from AWS's documentation, or models less.

Each rule's function rewrites a decision into what MiniStack reads in it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.keyproof.access.differential.rules import (
    ABSENT,
    GUIDE,
    NEVER,
    Rule,
    conditions_edited,
    documents,
    edited,
    keys_of,
    statements,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.keyproof.access.differential.generator import Case
    from tests.keyproof.access.differential.rules import (
        Comparand,
    )
    from tests.keyproof.access.differential.statements import Document


def _without_tags(case: Case, prefix: str) -> Sequence[Case]:
    """The decision without these tags, if its policies speak of them."""
    if prefix.lower() not in json.dumps([*documents(case)]).lower():
        return [case]
    context = {key: text for key, text in case["context"].items() if not key.startswith(prefix)}
    return [case | {"context": context}]


def _variables_are_text(case: Case) -> Sequence[Case]:
    def edit(statement: dict[str, Any], document: Document) -> None:
        if document.get("Version") == "2012-10-17" and "${" in json.dumps(statement):
            document["Version"] = "2008-10-17"

    return edited(case, edit)


def _not_principal_means_nobody(case: Case) -> Sequence[Case]:
    def edit(statement: dict[str, Any], _: Document) -> None:
        if "NotPrincipal" in statement:
            statement["Condition"] = NEVER

    return edited(case, edit)


def _arns_are_texts(case: Case) -> Sequence[Case]:
    """The stars of ARN operators cross colons, and what is no ARN is compared as well."""

    def edit(test: Comparand) -> Comparand:
        like = test.operator.replace("ArnEquals", "ArnLike").replace("ArnNotEquals", "ArnNotLike")
        return replace(test, operator=like.replace("Arn", "String"))

    return conditions_edited(case, edit)


def _principal_arn_of_the_session(case: Case) -> Sequence[Case]:
    if ":assumed-role/" not in case["principal"]:
        return [case]

    def edit(test: Comparand) -> Comparand:
        return (
            replace(test, key="aws:SourceArn") if test.key.lower() == "aws:principalarn" else test
        )

    # keyproof takes the role's name from aws:PrincipalArn, so another key stands in for it.
    (after,) = conditions_edited(case, edit)
    if after == case:
        return [case]
    return [after | {"context": case["context"] | {"aws:SourceArn": case["principal"]}}]


def _root_is_not_checked(case: Case) -> Sequence[Case]:
    if not case["principal"].endswith(":root"):
        return [case]
    return [case | dict.fromkeys(("resource_policy", "scps", "rcps"))]


def _no_tags_of_its_own_prefix(case: Case) -> Sequence[Case]:
    return _without_tags(case, "secretsmanager:ResourceTag/")


def _tags_for_identity_policies_alone(case: Case) -> Sequence[Case]:
    """A resource's tags are looked up only when an identity policy names one."""
    conditions = [
        json.dumps(statement.get("Condition")).lower()
        for document in case["identity_policies"]
        for statement in statements(document)
    ]
    if any("aws:resourcetag/" in each for each in conditions):
        return [case]
    return _without_tags(case, "aws:ResourceTag/")


def _keys_of_services(case: Case) -> Sequence[Case]:
    names = {"aws:principalisawsservice", "aws:viaawsservice"}

    def edit(test: Comparand) -> Comparand:
        return replace(test, key=ABSENT) if test.key.lower() in names else test

    return conditions_edited(case, edit)


def _grant_to_everybody_is_limited(case: Case) -> Sequence[Case]:
    """What a resource policy allows to `*`, boundary and session policy limit."""
    return _limited(case, "*")


def _grant_to_federated_user_is_limited(case: Case) -> Sequence[Case]:
    """What a resource policy allows to a federated user, the session policy limits."""
    if ":federated-user/" not in case["principal"]:
        return [case]
    return _limited(case, case["principal"])


def _limited(case: Case, name: str) -> Sequence[Case]:
    """The decision with what is allowed to this name by an identity policy instead."""
    policy = case["resource_policy"]
    given = statements(policy) if policy is not None else []
    moved = [each for each in given if each["Effect"] == "Allow" and name in _named(each)]
    if not moved:
        return [case]
    of_identity = [{key: each[key] for key in each if key != "Principal"} for each in moved]
    kept = [each for each in given if each not in moved]
    identity = [*case["identity_policies"], policy | {"Statement": of_identity}]
    return [case | {"identity_policies": identity, "resource_policy": policy | {"Statement": kept}}]


def _named(statement: dict[str, Any]) -> list[Any]:
    """Whom a statement's Principal names, but for services."""
    principal = statement.get("Principal", {})
    return texts(principal.get("AWS", []) if isinstance(principal, dict) else principal)


def _unique_ids_name_nobody(case: Case) -> Sequence[Case]:
    """A Principal given by its unique identifier is compared with ARNs."""
    unique = str(case["context"]["aws:userid"]).partition(":")[0]

    def edit(statement: dict[str, Any], _: Document) -> None:
        if unique.startswith("A") and statement.get("Principal") == {"AWS": unique}:
            statement["Principal"] = {"AWS": "AIDAQABCDEFGHIJKLMNOP"}

    return edited(case, edit)


def _if_exists_over_any_value(case: Case) -> Sequence[Case]:
    """IfExists holds on an absent key, whether ForAnyValue stands before it or not."""

    def edit(test: Comparand) -> Comparand:
        if not test.operator.endswith("IfExists"):
            return test
        return replace(test, operator=test.operator.removeprefix("ForAnyValue:"))

    return conditions_edited(case, edit)


def _dates_of_less_than_a_day(case: Case) -> Sequence[Case]:
    """A year counts seconds of 1970, and a month is no date; what is no date never holds."""
    present = keys_of(case)

    def edit(test: Comparand) -> Comparand | None:
        if "Date" not in test.operator or test.key.lower() not in present:
            return test
        known = tuple(each for each in test.values if len(each) != len("2026-11"))
        if not known or ("Not" in test.operator and known != test.values):
            return None
        years = (f"{each}.0" if len(each) == len("2026") else each for each in known)
        return replace(test, values=tuple(years))

    return conditions_edited(case, edit)


RULES = (
    Rule(
        name="variables are text",
        page=f"{GUIDE}reference_policies_variables.html",
        rewrite=_variables_are_text,
    ),
    Rule(
        name="NotPrincipal means nobody",
        page=f"{GUIDE}reference_policies_elements_notprincipal.html",
        rewrite=_not_principal_means_nobody,
    ),
    Rule(
        name="ARNs are texts",
        page=f"{GUIDE}reference_policies_elements_condition_operators.html#Conditions_ARN",
        rewrite=_arns_are_texts,
    ),
    Rule(
        name="aws:PrincipalArn of the session",
        page=f"{GUIDE}reference_policies_condition-keys.html#condition-keys-principalarn",
        rewrite=_principal_arn_of_the_session,
    ),
    Rule(
        name="root is not checked",
        page=f"{GUIDE}reference_policies_evaluation-logic_policy-eval-denyallow.html",
        rewrite=_root_is_not_checked,
    ),
    Rule(
        name="secretsmanager:ResourceTag is absent",
        page=(
            "https://docs.aws.amazon.com/service-authorization/latest/reference/"
            "list_awssecretsmanager.html"
        ),
        rewrite=_no_tags_of_its_own_prefix,
    ),
    Rule(
        name="aws:ResourceTag for identity policies alone",
        page=f"{GUIDE}reference_policies_condition-keys.html#condition-keys-resourcetag",
        rewrite=_tags_for_identity_policies_alone,
    ),
    Rule(
        name="keys of services are absent",
        page=f"{GUIDE}reference_policies_condition-keys.html#condition-keys-viaawsservice",
        rewrite=_keys_of_services,
    ),
    Rule(
        name="grant to federated user is limited",
        page=f"{GUIDE}access_policies.html#policies_session",
        rewrite=_grant_to_federated_user_is_limited,
    ),
    Rule(
        name="grant to everybody is limited",
        page=f"{GUIDE}reference_policies_elements_principal.html",
        rewrite=_grant_to_everybody_is_limited,
    ),
    Rule(
        name="principal by unique identifier",
        page=f"{GUIDE}reference_identifiers.html#identifiers-unique-ids",
        rewrite=_unique_ids_name_nobody,
    ),
    Rule(
        name="ForAnyValue with IfExists",
        page=f"{GUIDE}reference_policies_condition-single-vs-multi-valued-context-keys.html",
        rewrite=_if_exists_over_any_value,
    ),
    Rule(
        name="dates of less than a day",
        page=f"{GUIDE}reference_policies_elements_condition_operators.html#Conditions_Date",
        rewrite=_dates_of_less_than_a_day,
    ),
)
