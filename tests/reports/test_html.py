from __future__ import annotations

import base64
import hashlib
import itertools
import random
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.access_phrases import SHORT_WAYS
from reports.capped import MOST_ROWS
from reports.html import EXAMPLE, TEMPLATES, render_html
from reports.visible import visible
from tests.reports import access_estates, estates
from tests.reports.estates import DAY_NS, Estate
from tests.reports.markup import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reports.markup import Element

LONG = "N" * 10_000
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; } </style><script>alert(1)</script>",
    "</title></textarea>--><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;&#60;",
    "invoice\u202efdp\u2066.exe\u200b",
    "bell\x07 null\x00 escape\x1b[2J",
    "line\nbreak\r\ttab",
    "z" + "\u0301" * 60,
    LONG,
]


def _gaps() -> Estate:
    estate = estates.example()
    for document in (estate.facts, estate.results, estate.coverage):
        document["example"] = False
    refused = estates.denied("secrets_manager", "secretsmanager:ListSecrets")
    estate.facts["coverage"]["secrets_manager"]["gaps"] = [refused]
    estate.coverage["snapshots"][0]["gaps"] = [refused]
    estate.miss("stored_in_secrets_manager", refused)
    return estate


def _empty() -> Estate:
    estate = estates.flawless()
    estate.facts.update(credentials=[], stored_secrets=[], waivers=[], coverage={})
    estate.coverage.update(accounts=[], snapshots=[])
    for document in (estate.facts, estate.results):
        document["parameters"] = {"rotation_ceiling_days": {}}
    estate.facts["default_parameters"] = {"rotation_ceiling_days": {}}
    for result in estate.results["criteria"].values():
        result.update(verdict="unknown", population=0, requires=[], description="")
    estate.set_level(proven=1, possible=5, target=3, blocking=["inventory_documented"])
    return estate


def _nothing_known() -> Estate:
    """Every member that may be null is null, and every list that may be empty is empty."""
    estate = estates.flawless()
    estate.facts["credentials"] = [
        _nulled(entry) | {"secret": secret}
        for entry in estate.facts["credentials"]
        for secret in (None, _nulled(entry["secret"]))
    ]
    estate.coverage["accounts"][0]["identity"] = None
    gap = estates.gap(source="sns", reason="unknown")
    estate.facts["coverage"]["sns"]["gaps"] = [gap]
    estate.miss("spend_alerts_deliverable", gap)
    estate.fail("access_restricted", {"resource": "", "observed": {"a_ns": None, "b": None}})
    return estate


def _nulled(part: dict[str, Any]) -> dict[str, Any]:
    nullable = {
        "provider", "environment", "scope", "provider_key", "storage", "owner", "schedule",
        "interval_ns", "threshold_usd_cents", "not_applicable", "how", "confidence",
        "rotated_at_ns", "performed_by", "function", "last_rotated_at_ns", "next_rotation_at_ns",
    }  # fmt: skip
    return {
        name: None
        if name in nullable
        else _nulled(value)
        if isinstance(value, dict)
        else []
        if isinstance(value, list)
        else value
        for name, value in part.items()
    }


def _hostile() -> Estate:
    """Hostile text in every member that is free text, in every document."""
    estate = _gaps()
    turn = itertools.cycle(HOSTILE)
    fixed = {
        "schema", "as_of", "finished", "started", "expires", "sha256", "verdict", "severity",
        "evidence", "environment", "status", "kind", "how", "confidence", "performed_by",
    }  # fmt: skip

    def poison(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: poison(part, key) for key, part in value.items()}
        if isinstance(value, list):
            return [poison(part, name) for part in value]
        if not isinstance(value, str) or name in fixed or re.fullmatch("[0-9]{12}", value):
            return value
        return next(turn)

    blocking = estate.results["level"]["blocking"]
    poisoned = Estate(
        facts=poison(estate.facts),
        results=poison(estate.results),
        coverage=poison(estate.coverage),
    )
    poisoned.results["level"]["blocking"] = blocking
    poisoned.facts["effective_access"] = _hostile_access()
    for number, credential in enumerate(poisoned.facts["credentials"]):
        credential["environment"] = "production"
        credential["secret"] |= {"copies": [HOSTILE[number]], "uncollected_copies": [LONG]}
    for document in (poisoned.facts, poisoned.results, poisoned.coverage):
        document["organisation"] = HOSTILE[2]
    poisoned.results["criteria"]["rotated_on_schedule"]["violations"] += [
        {"resource": text, "observed": {text: text, "nested": {text: [text, {text: text}]}}}
        for text in HOSTILE
    ]
    return poisoned


def _hostile_access() -> dict[str, Any]:
    """Everybody reads every secret in every way, and all names are hostile."""
    principals = {
        text: estates.principal("role", text, assigned=[{"kind": "group", "name": text}])
        for text in HOSTILE
    }
    steps = [
        estates.step("identity_policy", action=text, policy=text, statement=text, at=text, to=text)
        for text in HOSTILE
    ]
    places = list(range(len(steps)))
    readers = [
        estates.reader(
            text, *(estates.way(kind, text, path=places, unseen=[text]) for kind in SHORT_WAYS)
        )
        for text in HOSTILE
    ]
    shared = {"account": "111122223333", "region": "us-east-1", "classes": [], "readers": readers}
    return {
        "classes": {text: {"environments": []} for text in HOSTILE},
        "principals": principals,
        "steps": steps,
        "secrets": {text: {**shared, "name": text, "gaps": [text]} for text in HOSTILE},
    }


def _many() -> Estate:
    """10,000 credentials, half of which violate two criteria."""
    estate = estates.flawless()
    entries = estate.facts["credentials"]
    estate.facts["credentials"] = [
        entries[number % 3] | {"id": f"key-{number:05}"} for number in range(10_000)
    ]
    for slug in ("rotated_on_schedule", "spend_alerts_deliverable"):
        estate.fail(
            slug,
            *(
                {"resource": f"key-{number:05}", "observed": {"interval_ns": 30 * DAY_NS}}
                for number in range(1, 10_000, 2)
            ),
        )
    return estate


ESTATES: dict[str, Callable[[], Estate]] = {
    "example": estates.example,
    "flawless": estates.flawless,
    "gaps": _gaps,
    "empty": _empty,
    "nothing known": _nothing_known,
    "hostile": _hostile,
    "many": _many,
    "crowded": access_estates.crowded,
}
PAGES = {name: build().render() for name, build in ESTATES.items()}
TREES = {name: read(page) for name, page in PAGES.items()}

every_page = pytest.mark.parametrize("page", PAGES)


@every_page
def test_ids_are_unique_and_every_link_leads_to_one(page: str) -> None:
    ids = [element.attributes["id"] for element in TREES[page].all() if "id" in element.attributes]

    assert len(ids) == len(set(ids))
    links = {
        link
        for element in TREES[page].all()
        for name in ("href", "aria-labelledby", "clip-path")
        for link in (element.attributes.get(name) or "").split()
    }
    assert {re.sub(r"\Aurl\((.*)\)\Z", r"\1", link).removeprefix("#") for link in links} <= set(ids)
    assert not [inner for link in TREES[page].all("a") for inner in link.all("a")]


@every_page
def test_headings_never_skip_a_level(page: str) -> None:
    levels = [
        int(element.tag[1]) for element in TREES[page].all() if re.fullmatch("h[1-6]", element.tag)
    ]

    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@every_page
def test_tables_have_captions_and_their_headers_have_scopes(page: str) -> None:
    for table in TREES[page].all("table"):
        assert table.one("caption").text
        assert {th.attributes.get("scope") for th in table.all("th")} == {"col", "row"}
        (head,) = table.one("thead").all("tr")
        columns = [cell for cell in head.all() if cell.tag in {"th", "td"}]
        for body in table.all("tbody"):
            for row in body.all("tr"):
                assert len([c for c in row.all() if c.tag in {"th", "td"}]) == len(columns)


@every_page
def test_landmarks_language_and_title(page: str) -> None:
    tree = TREES[page]

    assert tree.one("html").attributes["lang"] == "en"
    assert tree.one("head").one("title").text
    for landmark in ("main", "nav", "footer"):
        tree.one(landmark)
    assert tree.one("a", **{"class": "skip"}).attributes["href"] == "#main"
    assert tree.one("nav").attributes["aria-label"]
    assert all(section.attributes["aria-labelledby"] for section in tree.all("section"))


@every_page
def test_drawings_are_titled_or_stand_beside_words(page: str) -> None:
    tree = TREES[page]
    symbols = {f"#{symbol.attributes['id']}" for symbol in tree.all("symbol")}

    for drawing in tree.all("svg"):
        if drawing.attributes["class"] in {"icons", "flow"}:
            assert drawing.one("title").text
            assert drawing.one("desc").text
        else:
            assert drawing.attributes["aria-hidden"] == "true"
            assert drawing.one("use").attributes["href"] in symbols
    statuses = [span for span in tree.all("span") if "status" in _classes(span)]
    assert statuses
    assert all(status.text and status.all("svg") for status in statuses)


@every_page
def test_the_text_of_a_drawing_says_all_that_it_shows(page: str) -> None:
    for drawing in TREES[page].all("svg", **{"class": "flow"}):
        names = str(drawing.attributes["aria-labelledby"]).split()
        title, told = drawing.one("title"), drawing.one("desc")

        assert drawing.attributes["role"] == "img"
        assert names == [title.attributes["id"], told.attributes["id"]]
        assert title.text == f"Who can read {_shown(drawing, 'flow-secret')}"
        assert told.text == " ".join(
            f"{_shown(band, 'flow-head')}. {'; '.join(_row(row) for row in _rows(band))}."
            for band in drawing.all("g")
            if "band" in _classes(band)
        )


def _rows(band: Element) -> list[Element]:
    return [group for group in band.all("g") if _classes(group)[0] in {"sure", "unsure"}]


def _row(row: Element) -> str:
    parts = [_shown(row, f"flow-{part}") for part in ("name", "detail", "way", "remark")]
    name, detail, way, remark = parts
    return f"{name}, {detail}: {way}" + (f", {remark}" if remark else "")


def _shown(part: Element, kind: str) -> str:
    """The text of that class that a wide drawing shows; empty where there is none."""
    texts = [
        text.text
        for text in part.all("text")
        if kind in _classes(text) and "on-narrow" not in _classes(text)
    ]
    return texts[0] if texts else ""


def _classes(element: Element) -> list[str]:
    return (element.attributes.get("class") or "").split()


@every_page
def test_nothing_runs_and_nothing_is_fetched(page: str) -> None:
    tree = TREES[page]

    assert not [
        element.tag
        for element in tree.all()
        if element.tag
        in {"script", "img", "iframe", "object", "embed", "link", "base", "form", "audio", "video"}
    ]
    attributes = {name for element in tree.all() for name in element.attributes}
    assert not {name for name in attributes if name.startswith("on")}
    assert not attributes & {"style", "src", "srcset", "action", "background", "xlink:href"}
    assert all(
        str(element.attributes["href"]).startswith("#")
        for element in tree.all()
        if "href" in element.attributes
    )
    style = tree.one("style").text
    assert "url(" not in style
    assert "@import" not in style


@every_page
def test_the_policy_allows_the_one_style_sheet_and_nothing_else(page: str) -> None:
    tree = TREES[page]
    meta = tree.one("meta", **{"http-equiv": "Content-Security-Policy"})
    policy = dict(
        directive.split(" ", 1) for directive in str(meta.attributes["content"]).split("; ")
    )
    style = re.search(rb"<style>(.*?)</style>", PAGES[page], re.DOTALL)

    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1]).digest()).decode()
    assert policy == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


@every_page
def test_the_same_documents_give_the_same_bytes(page: str) -> None:
    estate = ESTATES[page]()
    chance = random.Random(page)  # noqa: S311 - an order, not a secret

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            members = list(value.items())
            chance.shuffle(members)
            return {name: shuffled(part) for name, part in members}
        return [shuffled(part) for part in value] if isinstance(value, list) else value

    again = render_html(
        facts=shuffled(estate.facts),
        results=shuffled(estate.results),
        coverage=shuffled(estate.coverage),
    )

    assert again == PAGES[page]


@every_page
def test_every_criterion_is_there_with_its_verdict(page: str) -> None:
    results = ESTATES[page]().results
    words = {"not_applicable": "not applicable"}

    for slug, result in results["criteria"].items():
        article = TREES[page].one("article", id=slug)
        verdict = result["verdict"]
        assert article.all("p", **{"class": "verdicts"})[0].text.startswith(
            words.get(verdict, verdict)
        )
        assert f"{result['population']:,} resource" in article.text
        assert bool(article.all("p", **{"class": "remedy"})) == (
            verdict not in {"pass", "not_applicable"}
        )


@pytest.mark.parametrize("page", ["example", "gaps", "nothing known"])
def test_every_violation_gap_and_waiver_is_there(page: str) -> None:
    estate, tree = ESTATES[page](), TREES[page]

    for slug, result in estate.results["criteria"].items():
        text = tree.one("article", id=slug).text
        for violation in result["violations"]:
            assert violation["resource"] in text
        for gap in result["gaps"]:
            assert all(value in text for value in gap.values() if value is not None)
        for waived in result["waived"]:
            assert waived["resource"] in text
            assert waived["reason"] in text
            assert waived["approver"] in text
            assert waived["expires"][:10] in text
    waivers = tree.one("section", id="waivers").text
    for waiver in estate.facts["waivers"]:
        assert all(waiver[name] in waivers for name in ("id", "reason", "approver", "resource"))


def test_the_verdict_of_the_example() -> None:
    verdict = TREES["example"].one("section", id="verdict")

    assert verdict.one("p", **{"class": "lead"}).text == (
        "Level 1 is proven; level 2 is possible if every unknown turned out well; "
        "the target is level 3. The target is not reached."
    )
    assert [step.text for step in verdict.one("ol").all("span", **{"class": "marks"})] == [
        "proven",
        "possible",
        "target",
        "",
        "",
    ]
    counts = [item.text for item in verdict.one("ul", **{"class": "counts"}).all("li")]
    assert counts == ["4 fail", "10 unknown", "4 pass", "0 not applicable"]


def test_what_blocks_the_next_level_says_what_to_do() -> None:
    estate = estates.example()
    estate.set_level(proven=2, possible=2, target=3, blocking=["rotated_on_schedule"])

    blocking = read(estate.render()).one("section", id="blocking")

    assert blocking.one("h2").text == "What blocks level 3"
    text = blocking.one("article").text
    assert "openai-development" in text
    assert "rotated 2026-09-18 09:30 UTC, 45 days before the snapshot" in text
    assert "What to do Mend what rotated on schedule names." in text
    assert "waived" in text


def test_what_blocks_the_next_level_counts_what_it_leaves_out() -> None:
    estate = estates.flawless()
    estate.fail("individually_owned", *({"resource": f"key-{n}", "observed": {}} for n in range(5)))
    estate.miss(
        "individually_owned",
        *(estates.gap(source="inventory", reason=f"reason {n}") for n in range(4)),
    )
    estate.set_level(proven=1, possible=1, target=3, blocking=["individually_owned"])

    blocking = read(estate.render()).one("section", id="blocking")

    assert "And 2 more violations, 1 more gap: see the criterion." in blocking.text


def test_nothing_blocks_the_highest_level() -> None:
    blocking = TREES["flawless"].one("section", id="blocking")

    assert "Nothing: level 5, the highest, is proven." in blocking.text


def test_an_assessment_that_judged_nobody_says_so() -> None:
    text = TREES["empty"].one("main").text

    assert "a criterion that judged nobody proves nothing" in text
    assert "An empty inventory is no inventory." in text
    assert "Nothing was collected." in text
    assert "Everything" not in text


def test_the_inventory_has_declared_beside_observed() -> None:
    rows = TREES["example"].one("section", id="inventory").one("tbody").all("tr")
    old, alerting = rows[1], rows[2]

    rotation = old.one("td", **{"data-label": "Rotation"})
    assert "every 30 days" in rotation.one("div", **{"class": "declared-lines"}).text
    observed = rotation.one("div", **{"class": "observed-lines"}).text
    assert "45 days old, since 2026-09-18 15 days past the schedule" in observed
    assert [link.attributes["href"] for link in rotation.all("a")] == [
        "#rotated_automatically",
        "#rotated_on_schedule",
    ]
    alert = alerting.one("td", **{"data-label": "Spend alert"})
    assert "nothing arrives: the subscription was never confirmed" in alert.text
    assert "fails spend alerts deliverable" in alert.text


@every_page
def test_every_production_secret_is_drawn(page: str) -> None:
    facts = ESTATES[page]().facts
    section = TREES[page].one("section", id="access")
    arns = {
        arn
        for credential in facts["credentials"]
        if credential["environment"] == "production" and credential["secret"] is not None
        for arn in credential["secret"]["copies"]
    }

    assert len(section.all("article")) == len(arns)
    assert len(section.all("svg", **{"class": "flow"})) == len(arns)


def test_undeclared_and_excluded_secrets() -> None:
    section = TREES["example"].one("section", id="secrets")
    undeclared, excluded = section.all("table")

    assert undeclared.one("caption").text == "1 stored secret neither declared nor excluded"
    assert "trial/cohere/api-key" in undeclared.text
    assert "point to cohere" in undeclared.text
    assert "production/orders/database" in excluded.text
    assert "Passwords of the order database." in excluded.text


def test_an_absence_of_undeclared_secrets_reassures_only_when_all_was_seen() -> None:
    complete, partial = estates.flawless(), estates.flawless()
    refused = estates.denied("secrets_manager", "secretsmanager:ListSecrets")
    partial.coverage["snapshots"][0]["gaps"] = [refused]

    sections = [
        read(estate.render()).one("section", id="secrets").text for estate in (complete, partial)
    ]

    assert "Every stored secret is declared" in sections[0]
    assert (
        "Every stored secret that was seen is declared or excluded. Not everything was"
        in (sections[1])
    )


def test_coverage_tells_what_was_and_was_not_seen() -> None:
    section = TREES["gaps"].one("section", id="coverage")
    seen, unseen = section.all("table")

    assert len(seen.one("tbody").all("tr")) == 4
    assert "secrets_manager" in seen.text
    first = unseen.one("tbody").all("tr")[0].text
    for part in ("secretsmanager:ListSecrets", "AccessDeniedException", "111122223333 eu-west-1"):
        assert part in first
    assert "stored in secrets manager" in first


def test_expired_waivers_count_as_absent() -> None:
    rows = TREES["example"].one("section", id="waivers").one("tbody").all("tr")

    assert "applied" in rows[0].text
    assert "expired: counts as absent" in rows[1].text


def test_looser_parameters_are_a_warning_at_the_top() -> None:
    estate = estates.flawless()
    estate.results["parameters"]["rotation_ceiling_days"]["production"] = 365
    estate.results["looser_parameters"] = [
        {"parameter": "rotation_ceiling_days.production", "configured": 365, "default": 90}
    ]

    tree = read(estate.render())

    assert "Looser than the defaults." in tree.one("section", id="verdict").text
    parameters = tree.one("section", id="parameters")
    assert "rotation_ceiling_days.production is 365, the default is 90" in parameters.text
    assert "looser" in parameters.one("tbody").all("tr")[1].text
    assert "Looser" not in TREES["flawless"].one("main").text


def test_the_steps_of_the_verification_are_those_of_the_documentation() -> None:
    document = (TEMPLATES.parents[1] / "docs" / "verification.md").read_text()
    script = re.search(r"<!-- verify.sh: begin -->\n```sh\n(.*?)```", document, re.DOTALL)

    shown = TREES["flawless"].one("section", id="verification").one("pre").one("code")

    assert script is not None
    assert shown.children == [script[1]]


def test_an_example_says_so_everywhere() -> None:
    tree = TREES["example"]

    assert tree.one("head").one("title").text.startswith("EXAMPLE")
    assert "EXAMPLE" in tree.one("p", **{"class": "example-banner"}).text
    for part in (*tree.all("section"), tree.one("footer")):
        assert part.one("p", **{"class": "example-mark"}).text == EXAMPLE
    assert "@top-right" in tree.one("style").text


def test_only_an_example_says_so() -> None:
    assert not re.search(r"EXAMPLE|@top-right", PAGES["flawless"].decode())


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_shown_and_does_nothing(text: str) -> None:
    shown = TREES["hostile"].one("article", id="rotated_on_schedule").text
    plain = " ".join(visible(text).split())

    if text == LONG:
        plain = f"{LONG[:120]}… (the first of 10,000 characters; in full in note"
    assert plain in shown


def test_a_long_text_is_given_whole_in_a_note() -> None:
    notes = TREES["hostile"].one("section", id="notes")

    assert LONG in {note.text for note in notes.all("bdi")}


def test_hostile_pages_have_only_our_own_elements() -> None:
    tags = {element.tag for element in TREES["hostile"].all()}

    assert tags <= {
        element.tag for name in ("example", "gaps") for element in TREES[name].all()
    } | {
        "details",
        "summary",
    }
    assert not re.search(r"[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e"
                         r"\u2066-\u2069]", PAGES["hostile"].decode())  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_any_name_is_text(name: str) -> None:
    estate = estates.flawless()
    for document in (estate.facts, estate.results, estate.coverage):
        document["organisation"] = name
    estate.facts["credentials"][0]["id"] = name

    tree = read(estate.render())

    assert {element.tag for element in tree.all()} == {
        element.tag for element in TREES["flawless"].all()
    }
    heading = " ".join(visible(name[:120]).split())
    assert tree.one("h1").text.startswith(heading)


def test_nulls_are_put_into_words() -> None:
    text = TREES["nothing known"].one("body").text

    assert not re.search(r"\b(None|null|undefined|True|False)\b", text)
    for words in ("no provider", "no environment", "nobody", "nowhere", "no schedule"):
        assert words in text


def test_ten_thousand_credentials_are_capped() -> None:
    tree = TREES["many"]
    inventory = tree.one("section", id="inventory")

    assert len(inventory.one("tbody").all("tr")) == MOST_ROWS
    assert "9,700 more credentials in facts.json." in inventory.text
    violations = tree.one("article", id="rotated_on_schedule").one("details")
    assert violations.one("summary").text == "5,000 violations"
    assert len(violations.one("tbody").all("tr")) == MOST_ROWS
    assert "4,700 more violations in results.json." in violations.text
    assert len(PAGES["many"]) < 2_000_000


def _palette(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z_-]+): (#[0-9a-f]{6});", block))


def _luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast(scheme: int) -> None:
    """WCAG 2.2 AA, 1.4.3: 4.5 to 1 for text."""
    style = TREES["example"].one("style").text
    light, dark = (_palette(block) for block in re.findall(r":root \{(.*?)\}", style))
    colours = (light, dark)[scheme]
    on_paper = [
        "ink",
        "quiet",
        "accent",
        "pass",
        "fail",
        "unknown",
        "not_applicable",
        "waived",
        "example",
    ]
    pairs = [
        *((text, "paper") for text in on_paper),
        ("ink", "panel"),
        ("accent", "panel"),
        ("quiet", "panel"),
        ("on-accent", "accent"),
        ("on-example", "example"),
        *(
            (text, f"{kind}-panel")
            for kind in ("pass", "fail", "unknown")
            for text in (kind, "ink", "accent")
        ),
    ]

    for text, ground in pairs:
        bright, faint = sorted(
            (_luminance(colours[text]), _luminance(colours[ground])), reverse=True
        )
        assert (bright + 0.05) / (faint + 0.05) >= 4.5, f"{text} on {ground}"
