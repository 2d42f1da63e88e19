from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from moto.moto_api._internal.models import moto_api_backend

from collectors.aws.accounts import AwsAccount
from collectors.aws.calls import Calls
from collectors.aws.clients import Clients
from collectors.aws.faults import MALFORMED
from collectors.aws.organizations import MEMBERS, TYPES, collect
from tests.collectors.emulator import ACCOUNT, AWAY, error
from tests.collectors.estates import add_organization
from tests.collectors.script import Refusal, Script

if TYPE_CHECKING:
    from collectors.aws.calls import Workers
    from keyproof.documents import Json
    from tests.collectors.emulator import Emulator

DENIED = Refusal("AccessDeniedException")
ORGANIZATION = {"Id": "o-exampleorgid", "MasterAccountId": "123456789012"}
ROOT = {"Id": "r-1111", "PolicyTypes": [{"Type": each, "Status": "ENABLED"} for each in TYPES]}
UNIT = {"Id": "ou-1111-aaaaaaaa", "Name": "workloads"}
MEMBER = {"Id": "111122223333", "Name": "production"}
GUARD = {"Id": "p-guard000", "Name": "guard", "Type": TYPES[0], "AwsManaged": False}
EMPTY: Json = {member: [] for member in MEMBERS}


def _script(**changes: Any) -> Script:
    """A root with one unit, one account in that unit, and one service control policy."""
    answers: dict[str, Any] = {
        "DescribeOrganization": {"Organization": ORGANIZATION},
        "ListRoots": {"Roots": [ROOT]},
        "ListOrganizationalUnitsForParent": lambda asked: {
            "OrganizationalUnits": [UNIT] if asked["ParentId"] == ROOT["Id"] else []
        },
        "ListAccountsForParent": lambda asked: {
            "Accounts": [MEMBER] if asked["ParentId"] == UNIT["Id"] else []
        },
        "ListPolicies": lambda asked: {"Policies": [GUARD] if asked["Filter"] == TYPES[0] else []},
        "DescribePolicy": {"Policy": {"PolicySummary": GUARD, "Content": "{}"}},
        "ListTargetsForPolicy": {"Targets": [{"TargetId": UNIT["Id"]}]},
    }
    return Script({f"organizations:{name}": to for name, to in {**answers, **changes}.items()})


def _gaps(calls: Calls) -> list[tuple[str | None, str | None, str | None]]:
    return [
        ((gap.operation or "").removeprefix("organizations:"), gap.code, gap.resource)
        for gap in calls.gaps
    ]


@pytest.fixture
def estate(emulator: Emulator) -> dict[str, str]:
    moto_api_backend.reset()
    return add_organization(emulator.client)


def _emulated(workers: Workers, region: str = AWAY) -> Calls:
    clients = Clients(AwsAccount(id=ACCOUNT, regions=(region,)), max_attempts=1)
    return Calls(
        clients.client,
        workers,
        source="organizations",
        account=ACCOUNT,
        region="global",
        endpoint_region=region,
    )


def test_every_account_has_its_place_in_a_tree_of_three_levels(
    estate: dict[str, str], workers: Workers
) -> None:
    calls = _emulated(workers)

    records = collect(calls)

    assert calls.gaps == ()
    (organization,) = records["organization"]
    assert organization["MasterAccountId"] == ACCOUNT
    assert set(organization) == {"Id", "Arn", "FeatureSet", "MasterAccountArn", "MasterAccountId"}
    line = [estate[name] for name in ("root", "unit-1", "unit-2", "unit-3")]
    chains = {each["account"]["Id"]: each["parents"] for each in records["accounts"]}
    assert chains == {
        ACCOUNT: line[:1],
        **{estate[f"account-{level}"]: line[: level + 1] for level in range(4)},
    }
    assert [
        (each["parent"]["Id"], each["parents"], each["units"]) for each in records["parents"]
    ] == [(line[level], line[:level], line[level + 1 : level + 2]) for level in range(4)]
    assert [each["accounts"] for each in records["parents"]] == [
        [ACCOUNT, estate["account-0"]],
        *([estate[f"account-{level}"]] for level in range(1, 4)),
    ]
    assert records["parents"][0]["parent"]["PolicyTypes"] == [
        {"Type": each, "Status": "ENABLED"} for each in TYPES
    ]
    assert "@example.com" not in json.dumps(records)


def test_each_policy_has_its_text_and_what_it_is_attached_to(
    estate: dict[str, str], workers: Workers
) -> None:
    policies = {each["policy"]["Name"]: each for each in collect(_emulated(workers))["policies"]}

    assert {"FullAWSAccess", "RCPFullAWSAccess"} <= set(policies)
    assert policies["FullAWSAccess"]["policy"]["AwsManaged"] is True
    assert [target["Name"] for target in policies["FullAWSAccess"]["targets"]] != []
    for number, target in enumerate(("root", "unit-1", "unit-2", "unit-3", "account-3")):
        policy = policies[f"policy-{target}"]
        assert policy["policy"]["Id"] == estate[f"policy-{target}"]
        assert policy["policy"]["Type"] == TYPES[number % 2]
        assert policy["policy"]["AwsManaged"] is False
        (statement,) = json.loads(policy["content"])["Statement"]
        assert statement["Action"] == f"service:Level{number}"
        assert [each["TargetId"] for each in policy["targets"]] == [estate[target]]


def test_units_accounts_and_policies_on_several_pages(
    estate: dict[str, str], emulator: Emulator, workers: Workers
) -> None:
    organizations = emulator.client("organizations")
    for number in range(25):
        organizations.create_organizational_unit(ParentId=estate["root"], Name=f"wide-{number}")
        organizations.create_account(Email="a@example.com", AccountName=f"wide-{number}")
        organizations.create_policy(
            Name=f"wide-{number}", Description="d", Content="{}", Type=TYPES[0]
        )
    calls = _emulated(workers)

    records = collect(calls)

    root = records["parents"][0]
    assert (len(root["units"]), len(root["accounts"])) == (26, 27)
    assert len(records["parents"]) == 29
    names = [each["policy"]["Name"] for each in records["policies"]]
    assert len([name for name in names if name.startswith("wide-")]) == 25
    assert calls.gaps == ()
    pages = {each.operation: each.pages for each in calls.operations}
    assert pages["organizations:ListPolicies"] == 3
    assert pages["organizations:ListAccountsForParent"] == 30
    assert pages["organizations:ListOrganizationalUnitsForParent"] == 30


@pytest.mark.usefixtures("emulator")
def test_an_account_without_an_organisation_is_no_gap(workers: Workers) -> None:
    moto_api_backend.reset()
    calls = _emulated(workers)

    assert collect(calls) == EMPTY
    assert calls.gaps == ()
    (only,) = calls.operations
    assert (only.operation, only.calls, only.records) == (
        "organizations:DescribeOrganization",
        1,
        1,
    )


@pytest.mark.usefixtures("estate")
def test_a_member_account_sees_the_organisation_and_is_refused_once(
    emulator: Emulator, workers: Workers
) -> None:
    for operation in ("ListRoots", "ListPolicies", "DescribePolicy", "ListTargetsForPolicy"):
        emulator.faults[operation] = error("AccessDeniedException")
    emulator.operations.clear()
    calls = _emulated(workers)

    records = collect(calls)

    assert [each["MasterAccountId"] for each in records["organization"]] == [ACCOUNT]
    assert {**records, "organization": []} == EMPTY
    assert _gaps(calls) == [("ListRoots", "AccessDeniedException", None)]
    assert emulator.operations == ["DescribeOrganization", "ListRoots"]


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("eu-west-1", "https://organizations.us-east-1.amazonaws.com"),
        ("cn-north-1", "https://organizations.cn-northwest-1.amazonaws.com.cn"),
        ("us-gov-east-1", "https://organizations.us-gov-west-1.amazonaws.com"),
    ],
)
def test_the_endpoint_is_that_of_the_partition(region: str, endpoint: str) -> None:
    client = Clients(AwsAccount(id=ACCOUNT, regions=(region,))).client("organizations", region)

    assert client.meta.endpoint_url == endpoint


def test_what_is_asked_of_a_small_organisation(workers: Workers) -> None:
    script = _script()
    calls = script.calls(workers)

    assert collect(calls) == {
        "organization": [ORGANIZATION],
        "parents": [
            {"parent": ROOT, "parents": [], "units": [UNIT["Id"]], "accounts": []},
            {"parent": UNIT, "parents": [ROOT["Id"]], "units": [], "accounts": [MEMBER["Id"]]},
        ],
        "accounts": [{"account": MEMBER, "parents": [ROOT["Id"], UNIT["Id"]]}],
        "policies": [
            {"policy": GUARD, "content": "{}", "targets": [{"TargetId": UNIT["Id"]}]},
        ],
    }
    assert calls.gaps == ()
    assert len(script.requests) == 10


@pytest.mark.parametrize(
    ("operation", "resources"),
    [
        ("DescribeOrganization", [None]),
        ("ListRoots", [None]),
        ("ListOrganizationalUnitsForParent", [ROOT["Id"]]),
        ("ListAccountsForParent", [ROOT["Id"], UNIT["Id"]]),
        ("ListPolicies", [None, None]),
        ("DescribePolicy", [GUARD["Id"]]),
        ("ListTargetsForPolicy", [GUARD["Id"]]),
    ],
)
def test_what_could_not_be_read_is_a_gap(
    workers: Workers, operation: str, resources: list[str | None]
) -> None:
    calls = _script(**{operation: DENIED}).calls(workers)

    collect(calls)

    assert sorted(_gaps(calls), key=str) == [
        (operation, "AccessDeniedException", resource) for resource in sorted(resources, key=str)
    ]


def test_what_could_not_be_read_is_none(workers: Workers) -> None:
    unseen = ("ListAccountsForParent", "DescribePolicy", "ListTargetsForPolicy")
    records = collect(_script(**dict.fromkeys(unseen, DENIED)).calls(workers))

    assert [(each["units"], each["accounts"]) for each in records["parents"]] == [
        ([UNIT["Id"]], None),
        ([], None),
    ]
    assert records["policies"] == [{"policy": GUARD, "content": None, "targets": None}]


@pytest.mark.parametrize(
    ("operation", "lists", "item", "member"),
    [
        ("ListOrganizationalUnitsForParent", "OrganizationalUnits", UNIT, "units"),
        ("ListAccountsForParent", "Accounts", MEMBER, "accounts"),
    ],
)
def test_half_a_level_is_no_level(
    workers: Workers, operation: str, lists: str, item: Json, member: str
) -> None:
    def answer(asked: Json) -> Json | Refusal:
        return DENIED if "NextToken" in asked else {lists: [item], "NextToken": "more"}

    records = collect(_script(**{operation: answer}).calls(workers))

    assert records["parents"][0][member] is None
    if member == "accounts":
        assert records["accounts"] == []


def test_half_of_a_policys_targets_are_none(workers: Workers) -> None:
    pages = iter([{"Targets": [{"TargetId": UNIT["Id"]}], "NextToken": "more"}, DENIED])
    calls = _script(ListTargetsForPolicy=lambda _: next(pages)).calls(workers)

    assert [each["targets"] for each in collect(calls)["policies"]] == [None]


@pytest.mark.parametrize(
    ("types", "asked"),
    [
        ([], []),
        ([{"Type": TYPES[1], "Status": "ENABLED"}], [TYPES[1]]),
        ([{"Type": TYPES[0], "Status": "PENDING_ENABLE"}], [TYPES[0]]),
        ([{"Type": "TAG_POLICY", "Status": "ENABLED"}], []),
        (None, list(TYPES)),
    ],
)
def test_only_types_that_a_root_may_have_are_listed(
    workers: Workers, types: list[Json] | None, asked: list[str]
) -> None:
    root = {"Id": ROOT["Id"], **({} if types is None else {"PolicyTypes": types})}
    script = _script(ListRoots={"Roots": [root]})

    collect(script.calls(workers))

    filters = [
        parameters["Filter"]
        for operation, parameters in script.requests
        if operation == "organizations:ListPolicies"
    ]
    assert sorted(filters) == sorted(asked)


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        (
            {"DescribeOrganization": {"Organization": {"Id": "o-1"}}},
            ("DescribeOrganization", MALFORMED, None),
        ),
        ({"ListRoots": {"Roots": [{"PolicyTypes": []}]}}, ("ListRoots", MALFORMED, None)),
        (
            {
                "ListPolicies": lambda asked: {
                    "Policies": [{}] if asked["Filter"] == TYPES[0] else []
                }
            },
            ("ListPolicies", MALFORMED, None),
        ),
        (
            {"DescribePolicy": {"Policy": {"PolicySummary": GUARD}}},
            ("DescribePolicy", MALFORMED, GUARD["Id"]),
        ),
        (
            {
                "ListAccountsForParent": lambda asked: {
                    "Accounts": [{"Name": "x"}] if asked["ParentId"] == ROOT["Id"] else []
                }
            },
            ("ListAccountsForParent", MALFORMED, ROOT["Id"]),
        ),
        (
            {"ListAccountsForParent": {"Accounts": [MEMBER]}},
            ("ListAccountsForParent", MALFORMED, MEMBER["Id"]),
        ),
    ],
    ids=[
        "an organisation without a management account",
        "a root without an id",
        "a policy without an id",
        "a policy without a text",
        "an account without an id",
        "an account in two places",
    ],
)
def test_what_lacks_its_id_or_is_in_two_places_is_malformed(
    workers: Workers, changes: dict[str, Any], gap: tuple[str, str, str | None]
) -> None:
    calls = _script(**changes).calls(workers)

    records = collect(calls)

    assert _gaps(calls) == [gap]
    assert all("Id" in each["account"] for each in records["accounts"])
    assert all("Id" in each["parent"] for each in records["parents"])


def test_a_tree_that_goes_in_circles_ends(workers: Workers) -> None:
    calls = _script(
        ListOrganizationalUnitsForParent={"OrganizationalUnits": [UNIT, {"Id": ROOT["Id"]}]}
    ).calls(workers)

    records = collect(calls)

    assert [each["parent"]["Id"] for each in records["parents"]] == [ROOT["Id"], UNIT["Id"]]
    assert {(operation, code) for operation, code, _ in _gaps(calls)} == {
        ("ListOrganizationalUnitsForParent", MALFORMED)
    }
