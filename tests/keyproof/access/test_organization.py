"""
What an organisation takes away: control policies by its tree, and what of it was not seen.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from keyproof.access.organization import Organizations
from keyproof.access.readers import EffectiveAccess
from keyproof.access.values import ABSENT, UNKNOWN, known
from tests.keyproof.access.answers import DECRYPT, READ, direct, way_of
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    MANAGEMENT,
    ORGANIZATION,
    OTHER_ACCOUNT,
    Control,
    Key,
    Organization,
    Role,
    Secret,
    User,
    allow,
    deny,
    estate,
    gap,
    policy,
    root,
    trust,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

OPENAI = Secret(name="openai")
READING = policy(allow(READ))
WORKER = Role(name="worker", policies={"read": READING})
BOTH = {root(): "allow", WORKER.arn: "allow"}
DOUBTED = {root(): "conditional", WORKER.arn: "conditional"}
BARRING = policy(deny(READ))
BARRING_ALL = policy(deny(READ, Principal="*"))
PRODUCTION = "Workloads/Production"


def member(
    *controls: Control,
    roles: Sequence[Role] = (WORKER,),
    secrets: Sequence[Secret] = (OPENAI,),
    **more: Any,
) -> Snapshot:
    """A member account two units below the root, and the management account."""
    organization = Organization(
        accounts={ACCOUNT: PRODUCTION, OTHER_ACCOUNT: "Sandbox"},
        controls=controls,
        detached=more.pop("detached", ()),
    )
    accounts = more.pop("accounts", (MANAGEMENT, ACCOUNT, OTHER_ACCOUNT))
    return estate(
        accounts=accounts, roles=roles, secrets=secrets, organization=organization, **more
    )


def test_an_organisation_without_controls_takes_nothing_away() -> None:
    assert direct(member()) == BOTH


@pytest.mark.parametrize(
    ("level", "ways"),
    [
        ("root", {}),
        ("Workloads", {}),
        (PRODUCTION, {}),
        (ACCOUNT, {}),
        ("Sandbox", BOTH),
        (OTHER_ACCOUNT, BOTH),
        (MANAGEMENT, BOTH),
    ],
)
@pytest.mark.parametrize("resources", [False, True], ids=["of principals", "of resources"])
def test_a_denial_reaches_what_is_below_its_level(
    level: str, ways: Json, *, resources: bool
) -> None:
    document = BARRING_ALL if resources else BARRING
    control = Control(name="bar", document=document, on=[level], resources=resources)

    assert direct(member(control)) == ways


@pytest.mark.parametrize("level", ["root", "Workloads", PRODUCTION, ACCOUNT])
def test_each_level_must_allow(level: str) -> None:
    assert direct(member(detached=[level])) == {}

    reading = Control(name="reading", document=policy(allow("secretsmanager:*")), on=[level])
    assert direct(member(reading, detached=[level])) == BOTH


def test_no_level_can_allow_for_another() -> None:
    """What the account's own level allows does not come past the unit above."""
    reading = Control(name="reading", document=policy(allow("secretsmanager:*")), on=[ACCOUNT])

    assert direct(member(reading, detached=[PRODUCTION])) == {}


def test_the_levels_of_another_unit_do_not_count() -> None:
    assert direct(member(detached=["Sandbox", OTHER_ACCOUNT])) == BOTH


def test_a_control_policy_allows_nothing_by_itself() -> None:
    reading = Control(name="reading", document=READING)

    assert direct(member(reading, roles=[Role(name="idle")])) == {root(): "allow"}


def test_a_control_policy_limits_the_root_user() -> None:
    only_roles = policy(
        deny("*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})
    )

    assert direct(member(Control(name="no-root", document=only_roles))) == {WORKER.arn: "allow"}


def test_a_control_policy_spares_whom_it_says() -> None:
    spared = {"ArnNotLike": {"aws:PrincipalArn": [WORKER.arn, root()]}}
    control = Control(name="guard", document=policy(deny(READ, Condition=spared)))
    idle = Role(name="idle", policies={"read": READING})

    assert direct(member(control, roles=[WORKER, idle])) == BOTH


def test_a_control_policy_in_doubt_leaves_its_condition() -> None:
    outside = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    snapshot = member(Control(name="guard", document=policy(deny("*", Condition=outside))))

    assert direct(snapshot) == DOUBTED
    assert way_of(snapshot, WORKER.arn).path.conditions == ("aws:SourceIp",)


def test_the_management_account_is_exempt() -> None:
    chief = Role(name="chief", account=MANAGEMENT, policies={"read": READING})
    secret = Secret(name="payer", account=MANAGEMENT)
    controls = (
        Control(name="bar", document=BARRING, on=["root", MANAGEMENT]),
        Control(name="bar-all", document=BARRING_ALL, on=["root", MANAGEMENT], resources=True),
    )
    snapshot = member(*controls, roles=[chief], secrets=[secret], detached=["root", MANAGEMENT])

    assert direct(snapshot) == {root(MANAGEMENT): "allow", chief.arn: "allow"}


def test_a_service_linked_role_is_exempt() -> None:
    linked = Role(
        name="AWSServiceRoleForSupport",
        path="/aws-service-role/support.amazonaws.com/",
        policies={"read": READING},
        trust=trust("support.amazonaws.com"),
    )
    controls = (
        Control(name="bar", document=BARRING),
        Control(name="bar-all", document=BARRING_ALL, resources=True),
    )

    assert direct(member(*controls, roles=[WORKER, linked])) == {linked.arn: "allow"}


def across(*controls: Control) -> dict[str, str]:
    """Who reads a secret of one account, which another is let read."""
    other = {"AWS": root(OTHER_ACCOUNT)}
    reader = Role(
        name="reader", account=OTHER_ACCOUNT, policies={"read": policy(allow([READ, DECRYPT]))}
    )
    secret = Secret(
        name="openai",
        policies={"open": policy(allow(READ, Principal=other))},
        key=Key(name="shared", policies={"share": policy(allow(DECRYPT, Principal=other))}),
    )
    return direct(member(*controls, roles=[reader], secrets=[secret]))


READER = f"arn:aws:iam::{OTHER_ACCOUNT}:role/reader"
OTHERS = {root(OTHER_ACCOUNT): "allow", READER: "allow"}


def test_of_two_accounts_one_bounds_its_principals_and_one_its_resources() -> None:
    def bar(account: str, *, resources: bool = False) -> Control:
        document = BARRING_ALL if resources else BARRING
        return Control(name="bar", document=document, on=[account], resources=resources)

    assert across() == {root(): "allow"} | OTHERS
    assert across(bar(OTHER_ACCOUNT)) == {root(): "allow"}
    assert across(bar(ACCOUNT)) == OTHERS
    assert across(bar(ACCOUNT, resources=True)) == {}
    assert across(bar(OTHER_ACCOUNT, resources=True)) == {root(): "allow"} | OTHERS


def test_a_resource_control_policy_bounds_the_key_too() -> None:
    document = policy(deny(DECRYPT, Principal="*"))
    assert across(Control(name="bar", document=document, on=[ACCOUNT], resources=True)) == {}


def test_a_resource_control_policy_bounds_who_assumes_a_role() -> None:
    outsider = User(name="ana", account=OTHER_ACCOUNT, policies={"own": policy(allow("sts:*"))})
    role = Role(name="reader", policies={"read": READING}, trust=trust(root(OTHER_ACCOUNT)))
    strange = {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}
    control = Control(
        name="ours",
        document=policy(deny("sts:AssumeRole", Principal="*", Condition=strange)),
        resources=True,
    )

    def found(*controls: Control) -> set[str]:
        snapshot = member(*controls, roles=[role], users=[outsider])
        return {each.principal.arn for each in EffectiveAccess(snapshot).readers(0)}

    assert found() == {root(), role.arn, outsider.arn, root(OTHER_ACCOUNT)}
    assert found(control) == {root(), role.arn}


PERIMETER = policy(
    deny(
        READ,
        Principal="*",
        Condition={
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    )
)
"""In the manner of https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html."""


def test_a_perimeter_lets_in_the_organisation_and_nobody_else() -> None:
    stranger = "arn:aws:iam::999999999999:root"
    opened = {"AWS": [stranger, root(OTHER_ACCOUNT)]}
    secret = Secret(
        name="openai",
        policies={"open": policy(allow(READ, Principal=opened))},
        key=Key(name="shared", policies={"share": policy(allow(DECRYPT, Principal=opened))}),
    )
    control = Control(name="perimeter", document=PERIMETER, resources=True)
    # The other account is of the organisation, and was not collected.
    collected = (MANAGEMENT, ACCOUNT)

    assert direct(member(control, roles=[], secrets=[secret], accounts=collected)) == {
        root(): "allow",
        root(OTHER_ACCOUNT): "allow",
    }
    assert direct(member(roles=[], secrets=[secret], accounts=collected)) == {
        root(): "allow",
        root(OTHER_ACCOUNT): "allow",
        stranger: "allow",
    }


def test_an_account_of_the_organisation_is_bounded_though_it_was_not_collected() -> None:
    opened = {"AWS": root(OTHER_ACCOUNT)}
    secret = Secret(
        name="openai",
        policies={"open": policy(allow(READ, Principal=opened))},
        key=Key(name="shared", policies={"share": policy(allow(DECRYPT, Principal=opened))}),
    )
    control = Control(name="bar", document=BARRING, on=["Sandbox"])
    snapshot = member(control, roles=[], secrets=[secret], accounts=(MANAGEMENT, ACCOUNT))

    assert direct(snapshot) == {root(): "allow"}


def test_what_is_open_to_the_organisation_is_open_to_its_accounts() -> None:
    condition = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
    secret = Secret(
        name="openai",
        policies={"open": policy(allow(READ, Principal="*", Condition=condition))},
        key=Key(name="k", policies={"open": policy(allow(DECRYPT, Principal="*"))}),
    )
    snapshot = member(roles=[Role(name="idle")], secrets=[secret], accounts=(MANAGEMENT, ACCOUNT))

    assert direct(snapshot) == {
        root(): "allow",
        f"arn:aws:iam::{ACCOUNT}:role/idle": "allow",
        root(MANAGEMENT): "allow",
        root(OTHER_ACCOUNT): "allow",
    }


def test_the_public_is_in_no_unit_of_the_organisation() -> None:
    condition = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/r-ab12/*"}}
    secret = Secret(
        name="openai",
        policies={"open": policy(allow(READ, Principal="*", Condition=condition))},
        key=Key(name="k", policies={"open": policy(allow(DECRYPT, Principal="*"))}),
    )
    snapshot = member(roles=[], secrets=[secret], accounts=(MANAGEMENT, ACCOUNT))

    assert direct(snapshot) == {
        root(): "allow",
        root(MANAGEMENT): "allow",
        root(OTHER_ACCOUNT): "allow",
    }


def test_a_path_in_the_organisation_is_a_condition() -> None:
    path = Organizations(member()).membership(ACCOUNT).path
    ours = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{path}*"}}
    theirs = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/r-ab12/ou-x/*"}}

    def found(condition: Json) -> dict[str, str]:
        role = Role(name="worker", policies={"read": policy(allow(READ, Condition=condition))})
        return direct(member(roles=[role]))

    assert path == f"{ORGANIZATION}/r-ab12/ou-ab12-84bd9e2a/ou-ab12-f9f51cbb/"
    assert found(ours) == BOTH
    assert found(theirs) == {root(): "allow"}


# What was not seen of it


def changed(change: Callable[[Json], None], *controls: Control, **more: Any) -> Snapshot:
    """The member account, in an organisation whose records were changed."""
    organization = Organization(
        accounts={ACCOUNT: PRODUCTION, OTHER_ACCOUNT: "Sandbox"}, controls=controls
    )
    records = organization.records()
    change(records)
    return estate(
        accounts=(MANAGEMENT, ACCOUNT),
        roles=[WORKER],
        secrets=more.pop("secrets", [OPENAI]),
        records={("organizations", MANAGEMENT, "global"): records},
        **more,
    )


UNSEEN = "service_control_policy unseen"


def test_an_account_that_sees_no_more_than_its_organisation_is_in_doubt() -> None:
    organization = Organization(accounts={ACCOUNT: ""})
    snapshot = estate(roles=[WORKER], secrets=[OPENAI], organization=organization)

    assert direct(snapshot) == DOUBTED
    assert way_of(snapshot, WORKER.arn).path.unseen == (
        "resource_control_policy unseen: the organisation's control policies were not collected",
        "service_control_policy unseen: the organisation's control policies were not collected",
    )


def test_without_the_listing_nobody_knows_whether_there_is_an_organisation() -> None:
    refused = [gap("organizations", "organizations:DescribeOrganization")]
    snapshot = estate(roles=[WORKER], secrets=[OPENAI], gaps=refused)

    assert direct(snapshot) == DOUBTED
    absent = estate(roles=[WORKER], secrets=[OPENAI], absent=[("organizations", ACCOUNT, "global")])
    assert direct(absent) == DOUBTED


@pytest.mark.parametrize("resources", [False, True], ids=["of principals", "of resources"])
@pytest.mark.parametrize("member_of_policy", ["content", "targets"])
def test_a_control_policy_that_was_not_read_leaves_all_in_doubt(
    member_of_policy: str, *, resources: bool
) -> None:
    control = Control(
        name="guard",
        document=policy(allow("*", **({"Principal": "*"} if resources else {}))),
        resources=resources,
    )

    def lose(records: Json) -> None:
        records["policies"][-1][member_of_policy] = None

    snapshot = changed(lose, control)

    kind = "resource_control_policy" if resources else "service_control_policy"
    why = {
        "content": "its content was not collected",
        "targets": "the accounts that it is attached to were not collected",
    }
    assert direct(snapshot) == DOUBTED
    [unseen] = way_of(snapshot, WORKER.arn).path.unseen
    assert unseen.startswith(f"{kind} guard (p-")
    assert unseen.endswith(f"): {why[member_of_policy]}")


@pytest.mark.parametrize("document", ["{", "[]", '{"Version": "2030-01-01", "Statement": []}'])
def test_a_control_policy_that_is_none_leaves_all_in_doubt(document: str) -> None:
    assert direct(member(Control(name="bad", document=document))) == DOUBTED


def test_policies_that_were_not_listed_leave_all_in_doubt() -> None:
    refused = [gap("organizations", "organizations:ListPolicies", account=MANAGEMENT)]
    organization = Organization(accounts={ACCOUNT: ""})
    snapshot = estate(
        accounts=(MANAGEMENT, ACCOUNT),
        roles=[WORKER],
        secrets=[OPENAI],
        organization=organization,
        gaps=refused,
    )

    assert direct(snapshot) == DOUBTED


@pytest.mark.parametrize(
    ("types", "ways"),
    [
        ([], BOTH),
        ([{"Type": "TAG_POLICY", "Status": "ENABLED"}], BOTH),
        ([{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}], {}),
        ([{"Type": "SERVICE_CONTROL_POLICY", "Status": "PENDING_ENABLE"}], DOUBTED),
        ([{"Type": "SERVICE_CONTROL_POLICY", "Status": "PENDING_DISABLE"}], DOUBTED),
        ([{"Type": "SERVICE_CONTROL_POLICY"}], DOUBTED),
        (None, DOUBTED),
    ],
)
def test_a_type_of_policy_counts_where_it_is_enabled(types: list[Json] | None, ways: Json) -> None:
    def enable(records: Json) -> None:
        own = records["parents"][0]["parent"]
        del own["PolicyTypes"]
        own |= {} if types is None else {"PolicyTypes": types}

    assert direct(changed(enable, Control(name="bar", document=BARRING))) == ways


def test_of_an_organisation_without_management_account_nobody_knows_who_is_exempt() -> None:
    def lose(records: Json) -> None:
        del records["organization"][0]["MasterAccountId"]

    assert direct(changed(lose, Control(name="bar", document=BARRING))) == DOUBTED


def test_an_organisation_without_an_id_is_none_that_was_seen() -> None:
    def lose(records: Json) -> None:
        del records["organization"][0]["Id"]

    own_gap = [gap("organizations", "organizations:DescribeOrganization", account=MANAGEMENT)]
    snapshot = changed(lose, gaps=own_gap)
    membership = Organizations(snapshot).membership(MANAGEMENT)

    assert (membership.organization, membership.seen) == (None, False)


def test_a_unit_whose_accounts_were_not_listed_may_have_anybody() -> None:
    """So the public may be of the organisation."""
    condition = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
    secret = Secret(
        name="openai",
        policies={"open": policy(allow(READ, Principal="*", Condition=condition))},
        key=Key(name="k", policies={"open": policy(allow(DECRYPT, Principal="*"))}),
    )

    def lose(records: Json) -> None:
        [sandbox] = [each for each in records["parents"] if each["parent"]["Name"] == "Sandbox"]
        sandbox["accounts"] = None
        records["accounts"] = [
            each for each in records["accounts"] if each["account"]["Id"] != OTHER_ACCOUNT
        ]

    seen = changed(lambda _: None, secrets=[secret])
    unseen = changed(lose, secrets=[secret])

    assert "*" not in direct(seen)
    assert direct(unseen)["*"] == "conditional"


def test_a_target_without_an_id_may_be_any() -> None:
    def lose(records: Json) -> None:
        del records["policies"][-1]["targets"][0]["TargetId"]

    assert direct(changed(lose, Control(name="guard", document=policy(allow("*"))))) == DOUBTED


def test_membership() -> None:
    snapshot = member()
    organizations = Organizations(snapshot)

    assert set(organizations.accounts) == {MANAGEMENT, ACCOUNT, OTHER_ACCOUNT}
    assert organizations.seen == {ORGANIZATION}
    own = organizations.membership(ACCOUNT)
    assert own.context("principal") == {
        "aws:principalorgid": known(ORGANIZATION),
        "aws:principalorgpaths": known(str(own.path)),
    }
    chief = organizations.membership(MANAGEMENT)
    assert (chief.management, chief.scps, chief.rcps) == (True, None, None)
    assert chief.path == f"{ORGANIZATION}/r-ab12/"
    outside = Organizations(estate()).membership(ACCOUNT)
    assert outside.context("resource") == {
        "aws:resourceorgid": ABSENT,
        "aws:resourceorgpaths": ABSENT,
    }
    assert (outside.seen, outside.scps, outside.rcps) == (True, None, None)
    stranger = organizations.membership("999999999999")
    assert stranger.context("resource") == {
        "aws:resourceorgid": UNKNOWN,
        "aws:resourceorgpaths": UNKNOWN,
    }
