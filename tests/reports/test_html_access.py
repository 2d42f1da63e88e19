"""What the report says of who can read each production secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from reports.visible import visible
from tests.reports import access_estates, estates
from tests.reports.markup import read

if TYPE_CHECKING:
    from tests.reports.estates import Estate
    from tests.reports.markup import Element

PAGE = read(access_estates.crowded().render())
SECTION = PAGE.one("section", id="access")
CROWD = SECTION.one("article", id="access-2")


def _access(estate: Estate) -> Element:
    return read(estate.render()).one("section", id="access")


def test_the_overview_of_access_counts_and_leads_to_each_secret() -> None:
    table = PAGE.one("table", **{"class": "cards overview-of-access"})
    rows = [
        [cell.text for cell in row.all() if cell.tag in {"th", "td"}]
        for row in table.one("tbody").all("tr")
    ]

    assert rows[1:] == [
        ["production/openai/api-key us-east-1", "9", "1", "43", "13"],
        ["production/anthropic/api-key us-east-1", "0", "0", "2", "0"],
        ["production/openai/api-key eu-west-1", "0", "0", "2", "0"],
        ["production/pinecone/api-key us-east-1", "0", "0", "2", "0"],
    ]
    assert rows[0][1:] == ["7", "7", "7", "7"]
    assert [link.attributes["href"] for link in table.all("a")] == [
        f"#access-{number}" for number in range(1, 6)
    ]


def test_what_is_wrong_with_a_secret_is_said_beside_its_name() -> None:
    glances = [article.one("p", **{"class": "verdicts"}).text for article in SECTION.all("article")]

    assert glances == [
        "7 not approved waived 7 cannot be told not all was seen",
        "9 not approved waived 1 cannot be told not all was seen",
        "all approved",
        "all approved",
        "all approved",
    ]


def test_readers_without_approval_come_first_with_their_paths_open() -> None:
    tables = CROWD.all("table")
    captions = [table.one("caption").text for table in tables]

    assert captions == [
        "9 principals can read it and are not approved",
        "1 principal perhaps reads it without approval",
        "43 readers",
        "3 identity providers",
        "10 principals could make it possible",
    ]
    opened = [{"open" in path.attributes for path in table.all("details")} for table in tables]
    assert opened == [{True}, {True}, {False}, {False}, {False}]
    folded = [
        details
        for details in CROWD.all("details")
        if details.all("table") and "open" not in details.attributes
    ]
    assert [details.all("summary")[0].text for details in folded] == [
        "43 principals can read it and are approved"
    ]


def test_many_readers_without_approval_are_never_folded_away() -> None:
    estate = access_estates.collected()
    effective = estate.facts["effective_access"]
    for number in range(13):
        arn = f"arn:aws:iam::111122223333:user/u-{number}"
        effective["principals"][arn] = estates.principal("user")
        for secret in effective["secrets"].values():
            secret["readers"].append(estates.reader(arn, estates.way("direct")))

    section = _access(access_estates.judged(estate))

    folded = [details for details in section.all("details") if details.all("table")]
    assert [
        (details.all("summary")[0].text, "open" in details.attributes) for details in folded
    ] == [("13 principals can read it and are not approved", True)] * 3


def test_a_path_names_policy_statement_and_place() -> None:
    rows = CROWD.all("table")[0].one("tbody").all("tr")
    (row,) = [row for row in rows if row.one("th").text.startswith("Developer")]
    principal, how = row.one("th"), row.one("td", **{"data-label": "How"})

    assert principal.text.startswith(
        "Developer role of Identity Center, account 111122223333 "
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/"
        "AWSReservedSSO_Developer_fedcba9876543210 "
        "assigned in Identity Center to group team-0, group team-1,"
    )
    assert principal.text.endswith("group team-11 and 2 more")
    approval = row.one("td", **{"data-label": "Class"})
    assert (approval.one("span").text, approval.one("p").text) == (
        "not approved",
        "class developer, which is not approved for production",
    )
    assert how.one("summary").text == "may assume a role that reads it, on no condition"
    iam = "iam.111122223333.global.json#/records/roles"
    kms = "kms.111122223333.us-east-1.json#/records/keys/0/policies/0/policy/Statement/0"
    assert [
        [step.all("code")[0].text, *(paragraph.text for paragraph in step.all("p"))]
        for step in how.all("li")
    ] == [
        [
            "sts:AssumeRole",
            (
                "identity policy role/support/become-others, statement 1"
                f"{iam}/7/RolePolicyList/0/PolicyDocument/Statement/0"
            ),
            f"trust policy, statement 2{iam}/1/AssumeRolePolicyDocument/Statement/1",
        ],
        [
            "secretsmanager:GetSecretValue",
            (
                "identity policy role/deployment/secrets, statement ReadKeys"
                f"{iam}/1/RolePolicyList/0/PolicyDocument/Statement/0"
            ),
        ],
        [
            "kms:Decrypt",
            f"policy of the key, default, statement Enable IAM User Permissions{kms}",
        ],
    ]


def test_a_conditional_reader_shows_on_what_it_depends() -> None:
    rows = CROWD.all("table")[0].one("tbody").all("tr")
    doubts = {
        row.one("th").all("bdi")[0].text: [
            span.text for span in row.all("span", **{"class": "unsure"})
        ]
        for row in rows
    }

    assert {name: found for name, found in doubts.items() if found} == {
        "anybody in 444455556666": ["depends on aws:PrincipalOrgID, aws:SourceVpce"],
        "alice": ["depends on aws:MultiFactorAuthPresent"],
        "perhaps-forbidden": ["depends on what could not be read"],
        "token.actions.githubusercontent.com": [
            "depends on token.actions.githubusercontent.com:aud"
        ],
    }


def test_what_was_not_seen_of_access_is_said() -> None:
    callouts = SECTION.all("div", **{"class": "callout unknown"})

    assert callouts[0].text == (
        "Not known, or not whole: openai-production: its copy arn:aws:secretsmanager:ap-south-1:"
        "111122223333:secret:production/openai/api-key-AbCdEf is in a place that was not collected"
    )
    assert CROWD.one("div", **{"class": "callout unknown"}).text == (
        "What could not be read may hide a reader: resource_policy extra: it is no JSON"
    )
    reasons = [reason.text for reason in CROWD.all("p", **{"class": "unseen-policy"})]
    assert reasons == [f"not seen: {access_estates.UNSEEN}"] * 2


def test_nobody_is_approved_where_no_class_was_declared() -> None:
    estate = access_estates.collected()
    effective = estate.facts["effective_access"]
    effective["classes"] = {}
    for principal in effective["principals"].values():
        principal["classes"] = []
    gap = estates.gap(source="access", reason="declarations/access.yaml is missing")
    estate.facts["coverage"]["access"] = {"gaps": [gap]}

    section = _access(access_estates.judged(estate))

    assert section.all("p", **{"class": "callout unknown"})[0].text == (
        "The classes of principals were not declared or could not be read, so that nobody's "
        "approval can be told."
    )
    assert {
        article.one("p", **{"class": "verdicts"}).text for article in section.all("article")
    } == {"2 cannot be told"}


def test_a_secret_that_nobody_reads_is_no_good_news() -> None:
    estate = estates.flawless()
    for secret in estate.facts["effective_access"]["secrets"].values():
        secret["readers"] = []

    section = _access(estate)

    assert not section.all("svg", **{"class": "flow"})
    assert {
        article.one("p", **{"class": "verdicts"}).text for article in section.all("article")
    } == {""}
    assert "not even its account's root user" in section.text


def test_a_criterion_says_of_each_violating_reader_in_one_line() -> None:
    article = PAGE.one("article", id="access_restricted")
    lines = [cell.all("li")[0].text for cell in article.all("td", **{"data-label": "Observed"})]

    assert "Developer of Identity Center may assume a role that reads it, on no condition" in lines
    assert "alice may read it, which depends on aws:MultiFactorAuthPresent" in lines
    assert article.all("a")[0].attributes["href"] == "#access"
    assert len(lines) == 16


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_any_name_in_access_is_text(name: str) -> None:
    estate = access_estates.collected()
    effective = estate.facts["effective_access"]
    effective["classes"][name] = {"environments": []}
    effective["principals"][name] = estates.principal(
        "role", name, assigned=[{"kind": "user", "name": name}]
    )
    effective["steps"].append(
        estates.step(name, action=name, policy=name, statement=name, at=name, to=name)
    )
    arn = estate.facts["credentials"][0]["secret"]["arn"]
    secret = effective["secrets"][arn]
    secret |= {"name": name, "region": name, "gaps": [name]}
    secret["readers"].append(
        estates.reader(name, estates.way("direct", name, unseen=[name], path=[3]))
    )

    section = _access(access_estates.judged(estate))

    known = {element.tag for element in SECTION.all()}
    assert {element.tag for element in section.all()} <= known
    whole = " ".join(visible(name[:120]).split())
    assert section.all("article")[0].one("h3").text.startswith(whole)
    assert len(section.all("svg", **{"class": "flow"})) == 3
