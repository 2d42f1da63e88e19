"""
What @cloud-copilot/iam-simulate makes of decisions where it departs from AWS's documentation.

Each rule's function rewrites a decision into what iam-simulate reads in it.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tests.keyproof.access.differential.rules import (
    ABSENT,
    GUIDE,
    NEVER,
    Rule,
    conditions_edited,
    edited,
    keys_of,
    texts,
)
from tests.keyproof.access.differential.statements import FULL_ACCESS, TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.keyproof.access.differential.generator import Case
    from tests.keyproof.access.differential.rules import (
        Comparand,
    )
    from tests.keyproof.access.differential.statements import Document


def _session_policy_limits_every_grant(case: Case) -> Sequence[Case]:
    if case["session_policy"] is None:
        return [case]
    account = case["principal"].split(":")[4]
    alone = {
        "identity_policies": [case["session_policy"]],
        "resource_account": account,
        "resource_policy": {
            "Version": "2012-10-17",
            "Statement": FULL_ACCESS["Statement"][0] | {"Principal": {"AWS": account}},
        },
        **dict.fromkeys(("permission_boundary", "session_policy", "scps", "rcps")),
    }
    user = f"arn:aws:iam::{account}:user/anybody"
    return [case | {"session_policy": FULL_ACCESS}, _as_user(case | alone, user)]


def _as_user(case: Case, user: str) -> Case:
    """The decision for a user whose requests have the context of the given one, with no name."""
    return case | {"principal": user, "context": case["context"] | {"aws:username": []}}


def _renamed(case: Case, name: str) -> Case:
    """The decision with another name for its principal, wherever policies name it."""

    def edit(statement: dict[str, Any], _: Document) -> None:
        for element in {"Principal", "NotPrincipal"} & {*statement}:
            spelled = json.dumps(statement[element]).replace(f'"{case["principal"]}"', f'"{name}"')
            statement[element] = json.loads(spelled)

    (after,) = edited(case, edit)
    return after


def _root_has_no_rights_of_its_own(case: Case) -> Sequence[Case]:
    if not case["principal"].endswith(":root"):
        return [case]
    return [_as_user(case, case["principal"].replace(":root", ":user/nobody"))]


def _federated_user_without_session_policy(case: Case) -> Sequence[Case]:
    if ":federated-user/" not in case["principal"] or case["session_policy"] is not None:
        return [case]
    return [case | {"session_policy": FULL_ACCESS}]


def _federated_user_assumes_roles(case: Case) -> Sequence[Case]:
    if ":federated-user/" not in case["principal"] or case["action"] != "sts:AssumeRole":
        return [case]
    account = case["principal"].split(":")[4]
    user = f"arn:aws:iam::{account}:user/federated"

    return [_as_user(_renamed(case, user), user)]


def _any_listed_name_is_excepted(case: Case) -> Sequence[Case]:
    """NotPrincipal spares whom any one of its names means."""
    account = (
        f"arn:aws:iam::{case['principal'].split(':')[4]}:root" if ":" in case["principal"] else ""
    )
    owner = case["context"].get("aws:PrincipalArn")

    def edit(statement: dict[str, Any], _: Document) -> None:
        listed = texts(statement.get("NotPrincipal", {}).get("AWS", []))
        if case["permission_boundary"] is None and {case["principal"], owner, account} & {*listed}:
            statement["NotPrincipal"] = {"AWS": [*listed, case["principal"], owner, account]}

    return edited(case, edit)


def _versions_are_ignored(case: Case) -> Sequence[Case]:
    def edit(statement: dict[str, Any], document: Document) -> None:
        if "${" in json.dumps(statement):
            document["Version"] = "2012-10-17"

    return edited(case, edit)


def _variable_without_value_in_not_resource(case: Case) -> Sequence[Case]:
    """The statement does not apply."""

    def edit(statement: dict[str, Any], _: Document) -> None:
        if "${aws:PrincipalTag/env}" in json.dumps(statement.get("NotResource", "")):
            statement["Condition"] = NEVER

    return [case] if "aws:PrincipalTag/env" in case["context"] else edited(case, edit)


def _stars_stop_at_colons(case: Case) -> Sequence[Case]:
    """A star of Resource matches within its segment of the ARN alone."""
    segments = case["resource"].split(":", _COLONS_OF_ARN)[:_COLONS_OF_ARN]

    def stopped(pattern: str) -> str:
        parts = [*pattern.split(":", _COLONS_OF_ARN), "*", "*"]
        if pattern == "*" or all(map(fnmatchcase, segments, parts)):
            return pattern
        return "arn:aws:s3:::nothing"

    def edit(statement: dict[str, Any], _: Document) -> None:
        for element in {"Resource", "NotResource"} & {*statement}:
            given = texts(statement[element])
            if given != (read := [*map(stopped, given)]):
                statement[element] = read

    return edited(case, edit)


def _unique_ids_name_nobody(case: Case) -> Sequence[Case]:
    """A Principal given by its unique identifier is compared with ARNs."""
    unique = str(case["context"].get("aws:userid")).partition(":")[0]

    def edit(statement: dict[str, Any], _: Document) -> None:
        if unique.startswith("A") and statement.get("Principal") == {"AWS": unique}:
            statement["Principal"] = {"AWS": "AIDAQABCDEFGHIJKLMNOP"}

    return edited(case, edit)


_COLONS_OF_ARN = 5
_TYPES = {key.lower(): of_type for key, of_type in TYPES.items()}


def _plain_operator_on_several_values(case: Case) -> Sequence[Case]:
    """No plain operator matches a key that can have several values, once the key is there."""
    present = keys_of(case)

    def edit(test: Comparand) -> Comparand | None:
        plain = ":" not in test.operator and test.operator != "Null"
        several = _TYPES[test.key.lower()] == "strings" and test.key.lower() in present
        return None if plain and several else test

    return conditions_edited(case, edit)


def _negated_with_variable_without_value(case: Case) -> Sequence[Case]:
    """A negated operator fails where a variable has no value, instead of holding."""
    present = keys_of(case)

    def edit(test: Comparand) -> Comparand | None:
        named = re.findall(r"\$\{(aws:[^,}]+)\}", str(test.values).lower())
        fails = "Not" in test.operator and test.key.lower() in present and {*named} - present
        return None if fails else test

    return conditions_edited(case, edit)


def _any_value_if_exists(case: Case) -> Sequence[Case]:
    """ForAnyValue fails on an absent key, whether IfExists follows or not."""

    def edit(test: Comparand) -> Comparand:
        if not test.operator.startswith("ForAnyValue:"):
            return test
        return replace(test, operator=test.operator.removesuffix("IfExists"))

    return conditions_edited(case, edit)


def _whole_address_range(case: Case) -> Sequence[Case]:
    """A range with the prefix 0 has no address but its own."""

    def edit(test: Comparand) -> Comparand:
        ranges = ("0.0.0.0/32" if each == "0.0.0.0/0" else each for each in test.values)
        return replace(test, values=tuple(ranges))

    return conditions_edited(case, edit)


def _address_of_the_other_family(case: Case) -> Sequence[Case]:
    """NotIpAddress fails on an IPv6 address where an IPv4 address is named, and the reverse."""
    present = {key.lower(): value for key, value in case["context"].items()}

    def edit(test: Comparand) -> Comparand | None:
        address = present.get(test.key.lower())
        if "NotIpAddress" not in test.operator or address is None:
            return test
        single = [each for each in test.values if "/" not in each]
        return None if any((":" in address) != (":" in each) for each in single) else test

    return conditions_edited(case, edit)


def _services_have_no_arn(case: Case) -> Sequence[Case]:
    """The aws:PrincipalArn of a service's request is absent."""
    if case["principal"].startswith("arn:"):
        return [case]

    def edit(test: Comparand) -> Comparand:
        return replace(test, key=ABSENT) if test.key.lower() == "aws:principalarn" else test

    return conditions_edited(case, edit)


def _boundary_spares_direct_trust(case: Case) -> Sequence[Case]:
    """A boundary does not limit a user whom a trust policy names, just as it does no session."""
    user, account = case["principal"], case["resource_account"]
    if case["action"] != "sts:AssumeRole" or case["permission_boundary"] is None:
        return [case]
    if not user.startswith(f"arn:aws:iam::{account}:user/"):
        return [case]
    session = f"arn:aws:sts::{account}:assumed-role/like/{user.rpartition('/')[2]}"
    return [_renamed(case, session) | {"principal": session}]


def _arn_of_fewer_parts(case: Case) -> Sequence[Case]:
    """A pattern that is no ARN never matches, and nor does its negation."""
    present = keys_of(case)

    def edit(test: Comparand) -> Comparand | None:
        if "Arn" not in test.operator or test.key.lower() not in present:
            return test
        whole = tuple(each for each in test.values if each.count(":") >= _COLONS_OF_ARN)
        if whole == test.values:
            return test
        return replace(test, values=whole) if whole and "Not" not in test.operator else None

    return conditions_edited(case, edit)


def _whole_numbers_are_milliseconds(case: Case) -> Sequence[Case]:
    """A date of digits alone counts milliseconds of 1970, be it a year or seconds."""

    def read(text: str) -> str:
        if not text.isdigit():
            return text
        moment = datetime.fromtimestamp(int(text) / 1000, UTC)
        return moment.isoformat(timespec="milliseconds")

    def edit(test: Comparand) -> Comparand:
        dates = "Date" in test.operator
        return replace(test, values=tuple(map(read, test.values))) if dates else test

    (after,) = conditions_edited(case, edit)
    for key, value in after["context"].items():
        if TYPES[key] == "date":
            after["context"][key] = read(value)
    return [after]


RULES = (
    Rule(
        name="session policy limits every grant",
        page=f"{GUIDE}access_policies.html#policies_session",
        rewrite=_session_policy_limits_every_grant,
    ),
    Rule(
        name="root has no rights of its own",
        page=f"{GUIDE}reference_policies_evaluation-logic_policy-eval-denyallow.html",
        rewrite=_root_has_no_rights_of_its_own,
    ),
    Rule(
        name="federated user without session policy",
        page="https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html",
        rewrite=_federated_user_without_session_policy,
    ),
    Rule(
        name="federated user assumes roles",
        page="https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html",
        rewrite=_federated_user_assumes_roles,
    ),
    Rule(
        name="any name listed in NotPrincipal excepts",
        page=f"{GUIDE}reference_policies_elements_notprincipal.html",
        rewrite=_any_listed_name_is_excepted,
    ),
    Rule(
        name="versions are ignored",
        page=f"{GUIDE}reference_policies_elements_version.html",
        rewrite=_versions_are_ignored,
    ),
    Rule(
        name="variable without value in NotResource",
        page=f"{GUIDE}reference_policies_variables.html#policy-vars-no-value",
        rewrite=_variable_without_value_in_not_resource,
    ),
    Rule(
        name="plain operator on a key of several values",
        page=f"{GUIDE}reference_policies_condition-single-vs-multi-valued-context-keys.html",
        rewrite=_plain_operator_on_several_values,
    ),
    Rule(
        name="negated operator with a variable without value",
        page=f"{GUIDE}reference_policies_variables.html#policy-vars-no-value",
        rewrite=_negated_with_variable_without_value,
    ),
    Rule(
        name="ForAnyValue with IfExists",
        page=f"{GUIDE}reference_policies_condition-single-vs-multi-valued-context-keys.html",
        rewrite=_any_value_if_exists,
    ),
    Rule(
        name="address range with the prefix 0",
        page=f"{GUIDE}reference_policies_elements_condition_operators.html#Conditions_IPAddress",
        rewrite=_whole_address_range,
    ),
    Rule(
        name="NotIpAddress with the other family",
        page=f"{GUIDE}reference_policies_elements_condition_operators.html#Conditions_IPAddress",
        rewrite=_address_of_the_other_family,
    ),
    Rule(
        name="star across colons",
        page=f"{GUIDE}reference_policies_elements_resource.html",
        rewrite=_stars_stop_at_colons,
    ),
    Rule(
        name="principal by unique identifier",
        page=f"{GUIDE}reference_identifiers.html#identifiers-unique-ids",
        rewrite=_unique_ids_name_nobody,
    ),
    Rule(
        name="aws:PrincipalArn of a service",
        page=f"{GUIDE}reference_policies_condition-keys.html#condition-keys-principalarn",
        rewrite=_services_have_no_arn,
    ),
    Rule(
        name="boundary of a user whom a trust policy names",
        page=f"{GUIDE}id_roles_update-role-trust-policy.html",
        rewrite=_boundary_spares_direct_trust,
    ),
    Rule(
        name="ARN of fewer than six parts",
        page=f"{GUIDE}reference_policies_elements_condition_operators.html#Conditions_ARN",
        rewrite=_arn_of_fewer_parts,
    ),
    Rule(
        name="dates of digits are milliseconds",
        page=f"{GUIDE}reference_policies_elements_condition_operators.html#Conditions_Date",
        rewrite=_whole_numbers_are_milliseconds,
    ),
)
