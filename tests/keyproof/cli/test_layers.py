from __future__ import annotations

from tests.keyproof.access.answers import DECRYPT, READ
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    MANAGEMENT,
    OTHER_ACCOUNT,
    STRANGER,
    Control,
    Key,
    Managed,
    Organization,
    Role,
    Secret,
    User,
    allow,
    deny,
    policy,
    root,
)
from tests.keyproof.cli.explained import (
    ADA,
    KEY,
    OPENAI,
    READS,
    WORKER,
    explained,
    gist,
    layer_of,
    outcome,
    statements,
)


def test_somebody_who_cannot_and_what_one_statement_lacks() -> None:
    others = allow(READ, "arn:aws:secretsmanager:*:*:secret:billing-*", Sid="Others")
    theirs = {"StringEquals": {"aws:PrincipalAccount": STRANGER}}
    far = allow(READ, "arn:aws:secretsmanager:*:*:secret:far-*", Sid="Far", Condition=theirs)
    writes = allow("secretsmanager:PutSecretValue", Sid="Writes")
    ada = User(name="ada", policies={"read": policy(others, far, writes)})

    document = explained("ada", users=[ada])

    assert outcome(document) == ("deny", False, [])
    assert document["actions"] == {READ: "deny", DECRYPT: "allow"}
    # One that fails by two elements, and one about something else, explain nothing.
    layer = layer_of(document, "identity_policies")
    assert statements(layer) == ["Allow Others: no, resource"]
    (statement,) = layer["statements"]
    assert (statement["resources"], statement["not_resource"]) == (
        ["arn:aws:secretsmanager:*:*:secret:billing-*"],
        False,
    )


def test_what_not_resource_leaves_out() -> None:
    read = allow(READ, NotResource=[OPENAI.arn, "*:other-*"], Sid="AllBut")
    document = explained("ada", users=[User(name="ada", policies={"read": policy(read)})])

    (statement,) = layer_of(document, "identity_policies")["statements"]
    assert (statement["applies"], statement["fails_by"]) == ("no", "resource")
    assert (statement["resources"], statement["not_resource"]) == (
        [OPENAI.arn, "*:other-*"],
        True,
    )


def test_a_denial_is_told_beside_what_allows() -> None:
    ada = User(name="ada", policies=READS)
    closed = policy(deny(READ, Principal={"AWS": ada.arn}, Sid="NotAda"))

    document = explained(
        "ada", users=[ada], secrets=[Secret(name="openai", policies={"default": closed})]
    )

    assert outcome(document) == ("deny", False, [])
    assert gist(document["layers"]) == [
        ("identity_policies", "yes", "no", ["Allow Read: yes"]),
        ("resource_policies", "no", "yes", ["Deny NotAda: yes"]),
    ]


def test_a_boundary_and_what_it_leaves_out() -> None:
    bound = Managed(name="bound", document=policy(allow("s3:*"), deny(READ, "*:other", Sid="No")))
    ada = User(name="ada", policies=READS, boundary=bound.arn)

    document = explained("ada", users=[ada], managed=[bound])

    assert document["actions"][READ] == "deny"
    assert gist(document["layers"]) == [
        ("boundary", "no", "no", ["Deny No: no, resource"]),
        ("identity_policies", "yes", "no", ["Allow Read: yes"]),
        ("resource_policies", "no", "no", []),
    ]


def test_a_condition_that_fails_and_what_the_request_has() -> None:
    read = allow(
        READ,
        Sid="OwnTeam",
        Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team, 'none'}"}},
    )
    ada = User(name="ada", policies={"read": policy(read)}, tags={"team": "search"})
    of_billing = Secret(name="openai", tags={"team": "billing"})

    for secret, has in ((of_billing, ["billing"]), (OPENAI, [])):
        document = explained("ada", users=[ada], secrets=[secret])

        assert document["decision"] == "deny"
        (statement,) = layer_of(document, "identity_policies")["statements"]
        assert statement["fails_by"] == "condition"
        assert statement["conditions"] == [
            {
                "operator": "StringEquals",
                "key": "aws:ResourceTag/team",
                "values": ["${aws:principaltag/team, 'none'}"],
                "holds": "no",
                "request": has,
            }
        ]


def test_a_role_of_another_account_needs_both_sides() -> None:
    theirs = Role(name="theirs", account=OTHER_ACCOUNT, policies={"read": policy(allow("*"))})
    partner = {"AWS": root(OTHER_ACCOUNT)}
    key = Key(name="key", policies={"share": policy(allow(DECRYPT, Principal=partner, Sid="Them"))})
    shared = Secret(
        name="openai",
        key=key,
        policies={"default": policy(allow(READ, Principal=partner, Sid="Share"))},
    )
    accounts = (ACCOUNT, OTHER_ACCOUNT)

    document = explained(theirs.arn, roles=[theirs], secrets=[shared], accounts=accounts)

    assert outcome(document) == ("allow", True, ["direct allow"])
    resource = ("resource_policies", "yes", "no", ["Allow Share: yes"])
    assert gist(document["layers"])[-1] == resource
    without = Role(name="theirs", account=OTHER_ACCOUNT)
    refused = explained(without.arn, roles=[without], secrets=[shared], accounts=accounts)
    assert outcome(refused) == ("deny", False, [])
    assert gist(refused["layers"]) == [("identity_policies", "no", "no", []), resource]


def test_a_secret_that_names_only_its_own_account_adds_nothing() -> None:
    named = policy(allow(READ, Principal={"AWS": root()}, Sid="Account"))
    secret = Secret(name="openai", policies={"default": named})

    document = explained("ada", users=[ADA], secrets=[secret])

    assert document["actions"][READ] == "deny"
    layer = layer_of(document, "resource_policies")
    assert (layer["allows"], statements(layer), layer["note"]) == (
        "no",
        ["Allow Account: yes"],
        "it names the account, which adds nothing to identity policies",
    )


def test_control_policies_by_the_level_that_they_are_attached_to() -> None:
    document = explained(
        "worker",
        accounts=(ACCOUNT, MANAGEMENT),
        roles=[WORKER],
        organization=Organization(
            accounts={ACCOUNT: "Workloads"},
            controls=[
                Control(name="guard", document=policy(deny(READ, Sid="Guard")), on=["Workloads"]),
                Control(
                    name="fence",
                    document=policy(deny(READ, "*:other-*", Principal="*", Sid="Fence")),
                    on=[ACCOUNT],
                    resources=True,
                ),
            ],
        ),
    )

    assert document["actions"] == {READ: "deny", DECRYPT: "allow"}
    full = "Allow statement 1: yes"
    levels = [each for each in document["layers"] if each["of"] is not None]
    unit = levels[1]["of"]
    assert unit.startswith("ou-ab12-")
    assert [
        (each["layer"][:7], each["of"], each["denies"], statements(each))
        for each in levels
        if each["action"] == READ
    ] == [
        ("service", "r-ab12", "no", [full]),
        ("service", unit, "yes", [full, "Deny Guard: yes"]),
        ("service", ACCOUNT, "no", [full]),
        ("resourc", "r-ab12", "no", [full]),
        ("resourc", unit, "no", [full]),
        ("resourc", ACCOUNT, "no", [full, "Deny Fence: no, resource"]),
    ]


def test_each_account_is_held_to_the_levels_above_itself() -> None:
    """Service control policies are those of the principal's, resource ones of the secret's."""
    theirs = Role(name="theirs", account=OTHER_ACCOUNT, policies=READS)
    document = explained(
        theirs.arn,
        accounts=(ACCOUNT, OTHER_ACCOUNT, MANAGEMENT),
        roles=[theirs],
        organization=Organization(accounts={ACCOUNT: "Keys", OTHER_ACCOUNT: ""}),
    )

    levels = [
        (each["layer"], each["of"])
        for each in document["layers"]
        if each["action"] == READ and each["of"] is not None
    ]
    service = [of for layer, of in levels if layer == "service_control_policies"]
    resource = [of for layer, of in levels if layer == "resource_control_policies"]
    assert service == ["r-ab12", OTHER_ACCOUNT]
    assert (resource[0], resource[2:]) == ("r-ab12", [ACCOUNT])
    assert resource[1].startswith("ou-ab12-")


def test_an_organisation_that_was_not_seen_has_levels_without_names() -> None:
    absent = [("organizations", ACCOUNT, "global")]

    document = explained("worker", roles=[WORKER], absent=absent)

    assert outcome(document) == ("conditional", True, ["direct conditional"])
    layer = layer_of(document, "service_control_policies")
    assert (layer["of"], layer["allows"], layer["denies"]) == (None, "maybe", "maybe")
    assert layer["unseen"] == ["unseen: the organisation's control policies were not collected"]
    assert [each["source"] for each in document["gaps"]] == ["organizations", "access"]


def test_a_key_that_leaves_it_to_identity_policies() -> None:
    secrets = [Secret(name="openai", key=KEY)]
    without = explained("worker", roles=[WORKER], secrets=secrets)

    assert outcome(without) == ("deny", False, [])
    assert without["actions"] == {READ: "allow", DECRYPT: "deny"}
    delegated = ("key_policies", "yes", "no", ["Allow Enable IAM policies: yes"])
    assert gist(without["layers"], DECRYPT) == [
        ("identity_policies", "no", "no", []),
        delegated,
        ("grants", "no", "no", []),
    ]
    assert layer_of(without, "key_policies", DECRYPT)["note"] == (
        "it names the account, and so leaves it to identity policies"
    )

    decrypts = {"key": policy(allow(DECRYPT, KEY.arn, Sid="Decrypt"))}
    worker = Role(name="worker", policies=READS | decrypts)
    document = explained("worker", roles=[worker], secrets=secrets)
    assert outcome(document) == ("allow", True, ["direct allow"])
    assert gist(document["layers"], DECRYPT)[0] == (
        *("identity_policies", "yes", "no"),
        ["Allow Decrypt: yes"],
    )


def test_what_could_not_be_read_of_each_layer() -> None:
    key = Key(name="key", policies={"extra": "{"})
    ada = User(
        name="ada",
        policies={"read": "[]", "more": policy(allow([READ, DECRYPT]))},
        boundary="arn:aws:iam::aws:policy/Bound",
    )
    secret = Secret(name="openai", key=key, policies={"default": "{"})

    document = explained("ada", users=[ada], secrets=[secret])

    assert document["decision"] == "conditional"
    assert [
        (each["action"], each["layer"], each["allows"], each["denies"], each["unseen"])
        for each in document["layers"]
        if each["unseen"]
    ] == [
        (
            *(READ, "boundary", "maybe", "maybe"),
            ["arn:aws:iam::aws:policy/Bound: the managed policy was not collected"],
        ),
        (
            *(READ, "identity_policies", "yes", "maybe"),
            ["user/ada/read: it is no JSON object"],
        ),
        (READ, "resource_policies", "no", "maybe", ["default: it is no JSON"]),
        (
            *(DECRYPT, "boundary", "maybe", "maybe"),
            ["arn:aws:iam::aws:policy/Bound: the managed policy was not collected"],
        ),
        (
            *(DECRYPT, "identity_policies", "yes", "maybe"),
            ["user/ada/read: it is no JSON object"],
        ),
        (DECRYPT, "key_policies", "yes", "maybe", [f"{key.arn} extra: it is no JSON"]),
    ]
