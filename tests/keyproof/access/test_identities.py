"""The users, roles and groups of an account, from records that may lack anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from keyproof.access.identities import AccountIdentities, Limits
from keyproof.access.policy import Policy, UnseenPolicy
from keyproof.access.values import ABSENT, UNKNOWN, Beginning, known
from tests.keyproof.access.answers import READ
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    Group,
    Managed,
    Role,
    User,
    allow,
    policy,
    root,
    trust,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keyproof.access.identities import Identity
    from keyproof.access.policy import AnyPolicy
    from keyproof.documents import Json

FILE = f"iam.{ACCOUNT}.global.json"
LIMITS = Limits(scps=None, context={"aws:principalorgid": ABSENT})
READING = policy(allow(READ))
LOST = f"arn:aws:iam::{ACCOUNT}:policy/lost"


def account(
    *,
    users: Sequence[User | Json] = (),
    groups: Sequence[Group | Json] = (),
    roles: Sequence[Role | Json] = (),
    managed: Sequence[Managed | Json] = (),
) -> AccountIdentities:
    def records(items: Sequence[Any]) -> list[Json]:
        return [each if isinstance(each, dict) else each.record() for each in items]

    return AccountIdentities(
        ACCOUNT,
        {
            "users": records(users),
            "groups": records(groups),
            "roles": records(roles),
            "policies": records(managed),
        },
        FILE,
        LIMITS,
    )


def only(**records: Any) -> Identity:
    """The one user or role beside the root."""
    [_, found] = account(**records).identities
    return found


def without(item: User | Role | Group | Managed, *members: str) -> Json:
    return {name: value for name, value in item.record().items() if name not in members}


def told(policies: Sequence[AnyPolicy]) -> list[tuple[str, str, str | None]]:
    """The kind, name and place of each policy, or why it could not be read."""
    return [
        (
            each.reference.kind,
            each.reference.name,
            each.reason if isinstance(each, UnseenPolicy) else each.reference.at,
        )
        for each in policies
    ]


def test_an_account_has_its_root_user_first() -> None:
    [identity] = account().identities

    principal = identity.principal
    assert (principal.arn, principal.type, principal.account) == (root(), "root", ACCOUNT)
    assert (principal.identity, principal.boundary, identity.trust) == ((), None, None)
    assert principal.value("aws:userid") == known(ACCOUNT)
    assert principal.value("aws:username") == ABSENT
    assert principal.value("aws:principaltype") == known("Account")


@pytest.mark.parametrize("member", ["roles", "users", "groups"])
def test_the_root_is_in_the_partition_of_the_others(member: str) -> None:
    records: dict[str, Json] = {
        "roles": Role(name="app").record(),
        "users": User(name="ana").record(),
        "groups": Group(name="staff").record(),
    }
    record = {**records[member], "Arn": f"arn:aws-us-gov:iam::{ACCOUNT}:any/thing"}
    first = account(**{member: [record]}).identities[0]

    assert first.principal.arn == f"arn:aws-us-gov:iam::{ACCOUNT}:root"


def test_a_user_has_its_policies_in_the_order_of_the_records() -> None:
    managed = Managed(name="reading", document=READING)
    staff = Group(name="staff", policies={"own": READING}, attached=[managed.arn])
    user = User(
        name="ana", policies={"a": READING, "b": READING}, attached=[managed.arn], groups=["staff"]
    )
    identity = only(users=[user], groups=[staff], managed=[managed])

    version = f"{FILE}#/records/policies/0/PolicyVersionList/0/Document"
    assert told(identity.principal.identity) == [
        (
            "identity_policy",
            "user/ana/a",
            f"{FILE}#/records/users/0/UserPolicyList/0/PolicyDocument",
        ),
        (
            "identity_policy",
            "user/ana/b",
            f"{FILE}#/records/users/0/UserPolicyList/1/PolicyDocument",
        ),
        ("identity_policy", managed.arn, version),
        (
            "identity_policy",
            "group/staff/own",
            f"{FILE}#/records/groups/0/GroupPolicyList/0/PolicyDocument",
        ),
        ("identity_policy", managed.arn, version),
    ]
    assert identity.groups == (staff.arn,)
    assert identity.managed == (managed.arn, managed.arn)


def test_a_managed_policy_is_read_once_and_a_boundary_apart() -> None:
    managed = Managed(name="reading", document=READING)
    users = [
        User(name=name, attached=[managed.arn], boundary=managed.arn) for name in ("ana", "ben")
    ]
    [_, ana, ben] = account(users=users, managed=[managed]).identities

    assert ana.principal.identity[0] is ben.principal.identity[0]
    assert ana.principal.boundary is ben.principal.boundary
    assert ana.principal.boundary is not ana.principal.identity[0]
    assert ana.principal.boundary is not None
    assert ana.principal.boundary.reference.kind == "boundary"


def test_the_default_version_of_a_policy_counts_and_the_others_are_kept() -> None:
    managed = Managed(name="reading", document=READING)
    record = managed.record()
    older = {"VersionId": "v0", "IsDefaultVersion": False, "Document": policy(allow("s3:*"))}
    record["PolicyVersionList"] = [older, *record["PolicyVersionList"]]
    identity = only(users=[User(name="ana", attached=[managed.arn])], managed=[record])

    place = f"{FILE}#/records/policies/0/PolicyVersionList"
    assert told(identity.principal.identity) == [
        ("identity_policy", managed.arn, f"{place}/1/Document")
    ]
    assert told([version for _, version in identity.versions]) == [
        ("identity_policy", f"{managed.arn} v0", f"{place}/0/Document")
    ]


@pytest.mark.parametrize(
    ("versions", "reason"),
    [
        ([], "its default version was not collected"),
        (
            [{"VersionId": "v1", "IsDefaultVersion": False, "Document": READING}],
            "its default version was not collected",
        ),
        ([{"VersionId": "v1", "Document": READING}], "its default version was not collected"),
        ([{"VersionId": "v1", "IsDefaultVersion": True}], "it is no JSON object"),
        ([{"VersionId": "v1", "IsDefaultVersion": True, "Document": "{"}], "it is no JSON"),
    ],
)
def test_a_managed_policy_without_a_version_to_read_is_unseen(
    versions: list[Json], reason: str
) -> None:
    managed = Managed(name="reading", document=READING)
    record = {**managed.record(), "PolicyVersionList": versions}
    identity = only(users=[User(name="ana", attached=[managed.arn])], managed=[record])

    assert told(identity.principal.identity) == [("identity_policy", managed.arn, reason)]


@pytest.mark.parametrize("record", [{"PolicyName": "lost"}, {}])
def test_a_policy_without_an_arn_is_nobody_s(record: Json) -> None:
    identity = only(users=[User(name="ana", attached=[LOST])], managed=[record])

    assert told(identity.principal.identity) == [
        ("identity_policy", LOST, "the managed policy was not collected")
    ]


def test_what_is_attached_and_was_not_collected_is_unseen() -> None:
    user = User(name="ana", attached=[LOST], boundary=LOST, groups=["lost"])
    identity = only(users=[user])

    assert told(identity.principal.identity) == [
        ("identity_policy", LOST, "the managed policy was not collected"),
        ("identity_policy", "group lost", "the group was not collected"),
    ]
    assert identity.principal.boundary is not None
    assert told([identity.principal.boundary]) == [
        ("boundary", LOST, "the managed policy was not collected")
    ]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"PolicyName": "own"}, "it is no JSON object"),
        ({"PolicyName": "own", "PolicyDocument": None}, "it is no JSON object"),
        ({"PolicyName": "own", "PolicyDocument": "no JSON"}, "it is no JSON"),
        ({"PolicyName": "own", "PolicyDocument": []}, "it is no JSON object"),
        ({"PolicyName": "own", "PolicyDocument": {}}, "it has no Statement"),
    ],
)
def test_an_inline_policy_that_is_none_is_unseen(record: Json, reason: str) -> None:
    user = {**User(name="ana").record(), "UserPolicyList": [record]}

    assert told(only(users=[user]).principal.identity) == [
        ("identity_policy", "user/ana/own", reason)
    ]


def test_an_inline_policy_without_a_name_goes_by_its_place() -> None:
    user = {**User(name="ana").record(), "UserPolicyList": [{"PolicyDocument": READING}]}
    [found] = only(users=[user]).principal.identity

    assert isinstance(found, Policy)
    assert found.reference.name == "user/ana/0"


def test_documents_may_be_percent_encoded_text() -> None:
    text = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D"
    user = {**User(name="ana").record(), "UserPolicyList": [{"PolicyDocument": text}]}
    [found] = only(users=[user]).principal.identity

    assert isinstance(found, Policy)
    assert found.statements == ()


def test_what_is_known_of_a_user() -> None:
    user = User(name="ana", path="/staff/", tags={"Team": "chat", "Empty": ""})
    principal = only(users=[user]).principal

    assert {
        key: principal.value(key)
        for key in (
            *("aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:username"),
            *("aws:userid", "aws:principaltag/team", "aws:principaltag/empty"),
            *("aws:principaltag/other", "aws:principalisawsservice", "aws:sourcearn"),
            *("aws:principalorgid", "aws:sourceip"),
        )
    } == {
        "aws:principalarn": known(f"arn:aws:iam::{ACCOUNT}:user/staff/ana"),
        "aws:principalaccount": known(ACCOUNT),
        "aws:principaltype": known("User"),
        "aws:username": known("ana"),
        "aws:userid": known(user.record()["UserId"]),
        "aws:principaltag/team": known("chat"),
        "aws:principaltag/empty": known(""),
        "aws:principaltag/other": ABSENT,
        "aws:principalisawsservice": known("false"),
        "aws:sourcearn": ABSENT,
        "aws:principalorgid": ABSENT,
        "aws:sourceip": None,
    }


def test_what_is_known_of_a_role() -> None:
    role = Role(name="app", tags={"Team": "chat"}, instance_profile=True)
    identity = only(roles=[role])
    principal = identity.principal

    assert principal.value("aws:principaltype") == known("AssumedRole")
    assert principal.value("aws:username") == ABSENT
    assert principal.value("aws:userid") == Beginning(f"{role.record()['RoleId']}:")
    assert principal.value("aws:principaltag/team") == known("chat")
    assert identity.instance_profiles == (role.profile_arn,)
    assert identity.tags == (("Team", "chat"),)
    assert identity.trust is not None
    assert told([identity.trust]) == [
        ("trust_policy", role.arn, f"{FILE}#/records/roles/0/AssumeRolePolicyDocument")
    ]


@pytest.mark.parametrize(
    "trusting",
    [
        trust(root(), action=["sts:AssumeRole", "sts:TagSession"]),  # type: ignore[arg-type]
        trust(root(), action="sts:*"),
        "{",
    ],
)
def test_whoever_may_pass_tags_hides_those_of_the_role(trusting: object) -> None:
    """See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html."""
    principal = only(roles=[Role(name="app", tags={"team": "chat"}, trust=trusting)]).principal

    assert principal.value("aws:principaltag/team") == UNKNOWN
    assert principal.value("aws:principaltag/other") == UNKNOWN


def test_a_role_of_a_service_is_known_by_its_path() -> None:
    roles = [
        Role(name="AWSServiceRoleForSupport", path="/aws-service-role/support.amazonaws.com/"),
        Role(
            name="AWSReservedSSO_Support_0123456789abcdef",
            path="/aws-reserved/sso.amazonaws.com/eu-west-1/",
        ),
        Role(name="aws-service-role"),
        Role(name="app", path="/team/aws-reserved/"),
    ]
    [_, *found] = account(roles=roles).identities

    assert [each.principal.service_linked for each in found] == [True, False, False, False]
    assert [each.protected for each in found] == [True, True, False, False]


def test_without_its_id_nothing_is_known_of_what_goes_by_it() -> None:
    user = only(users=[without(User(name="ana"), "UserId")]).principal
    role = only(roles=[without(Role(name="app"), "RoleId")]).principal

    assert [(each.unique_id, each.value("aws:userid")) for each in (user, role)] == [
        (None, UNKNOWN)
    ] * 2


@pytest.mark.parametrize("member", ["Arn", "UserName"])
def test_a_user_that_nobody_can_name_is_told(member: str) -> None:
    found = account(users=[User(name="ana"), without(User(name="ben"), member)])

    assert [each.principal.name for each in found.identities] == ["root", "ana"]
    assert found.unnamed == (f"{FILE}#/records/users/1: it has no name or no ARN",)


@pytest.mark.parametrize("member", ["Arn", "RoleName"])
def test_a_role_that_nobody_can_name_is_told(member: str) -> None:
    found = account(roles=[without(Role(name="app"), member)])

    assert [each.principal.name for each in found.identities] == ["root"]
    assert found.unnamed == (f"{FILE}#/records/roles/0: it has no name or no ARN",)


@pytest.mark.parametrize("member", ["Arn", "GroupName"])
def test_a_group_that_nobody_can_name_is_not_collected(member: str) -> None:
    staff = Group(name="staff", policies={"own": READING})
    user = User(name="ana", groups=["staff"])
    found = account(users=[user], groups=[without(staff, member)])

    assert (list(found.groups), found.unnamed) == ([], ())
    assert told(found.identities[1].principal.identity) == [
        ("identity_policy", "group staff", "the group was not collected")
    ]


def test_every_optional_member_may_be_missing() -> None:
    """As AWS's model says: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UserDetail.html."""
    user, role = ({"Arn": f"arn:aws:iam::{ACCOUNT}:{kind}/it"} for kind in ("user", "role"))
    group = {"Arn": f"arn:aws:iam::{ACCOUNT}:group/it", "GroupName": "it"}
    found = account(
        users=[{**user, "UserName": "it"}], roles=[{**role, "RoleName": "it"}], groups=[group]
    )
    [_, bare_user, bare_role] = found.identities

    assert (bare_user.principal.identity, bare_user.principal.boundary) == ((), None)
    assert (bare_role.principal.identity, bare_role.instance_profiles) == ((), ())
    assert bare_role.trust is not None
    assert told([bare_role.trust]) == [
        ("trust_policy", f"arn:aws:iam::{ACCOUNT}:role/it", "it is no JSON object")
    ]
    assert found.groups["it"].policies == ()


@pytest.mark.parametrize("attachment", [{}, {"PolicyName": "lost"}])
def test_an_attachment_without_its_arn_leaves_doubt(attachment: Json) -> None:
    user = {**User(name="ana").record(), "AttachedManagedPolicies": [attachment]}
    bound = {**User(name="ben").record(), "PermissionsBoundary": {}}
    [_, ana, ben] = account(users=[user, bound]).identities

    unseen = ("", "the managed policy was not collected")
    assert told(ana.principal.identity) == [("identity_policy", *unseen)]
    assert ben.principal.boundary is not None
    assert told([ben.principal.boundary]) == [("boundary", *unseen)]
