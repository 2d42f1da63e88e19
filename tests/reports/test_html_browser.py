"""The report in a real browser, at the widths and on the paper on which it is read."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.reports import access_estates, browser, estates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.reports.browser import Page
    from tests.reports.estates import Estate

pytestmark = pytest.mark.everything

HOSTILE = ["W" * 10_000, "<script>document.title = 'run'</script>", "\u202egnp.exe"]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser.page(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def _hostile() -> Estate:
    estate = estates.example()
    for entry, name in zip(estate.facts["credentials"], HOSTILE, strict=False):
        entry["id"] = entry["scope"] = entry["storage"]["secret"] = name
        entry["spend_alert"]["alerts"][0]["name"] = name
    estate.fail(
        "rotated_on_schedule",
        *(
            {"resource": f"{name}{n}", "observed": {name: name}}
            for n in range(9)
            for name in HOSTILE
        ),
    )
    return estate


@pytest.fixture(params=["example", "flawless", "hostile", "crowded"])
def report(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    builds = {
        "example": estates.example,
        "flawless": estates.flawless,
        "hostile": _hostile,
        "crowded": access_estates.crowded,
    }
    file = tmp_path / "report.html"
    file.write_bytes(builds[request.param]().render())
    return file


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_loads_without_a_complaint_and_fits(
    page: Page, report: Path, width: int, *, dark: bool
) -> None:
    page.load(report, width=width, dark=dark)

    assert page.evaluate("document.documentElement.scrollWidth") == width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(21, 24, 28)" if dark else "rgb(255, 255, 255)")
    assert "run" not in page.evaluate("document.title")
    told = (
        "Log.entryAdded",
        "Runtime.exceptionThrown",
        "Runtime.consoleAPICalled",
        "Audits.issueAdded",
    )
    assert not [event for event in page.events if event.get("method") in told]
    requests = [
        event["params"]["request"]["url"]
        for event in page.events
        if event.get("method") == "Network.requestWillBeSent"
    ]
    assert requests == [report.as_uri()]


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_cut_off(page: Page, report: Path, width: int) -> None:
    page.load(report, width=width)

    outside = page.evaluate(
        """Array.from(document.querySelectorAll('main *, header *, footer *'))
        .filter(element => !element.closest('pre, thead') && element.getClientRects().length)
        .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
        .map(element => element.outerHTML.slice(0, 80))"""
    )

    assert outside == []


# Of each drawing: what sticks out of it, texts that lie on each other, and texts on the secret.
COLLISIONS = """Array.from(document.querySelectorAll('svg.flow')).flatMap(drawing => {
    const texts = Array.from(drawing.querySelectorAll('text'))
        .filter(text => text.getClientRects().length);
    const boxes = texts.map(text => text.getBoundingClientRect());
    const whole = drawing.getBoundingClientRect();
    const secret = drawing.querySelector('.target').getBoundingClientRect();
    const upon = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
        && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    return texts.flatMap((text, place) => [
        boxes[place].right > whole.right + 1 || boxes[place].left < whole.left - 1 ? 'out' : '',
        !text.matches('.flow-secret') && boxes[place].right > secret.left ? 'on the secret' : '',
        ...boxes.slice(place + 1).map((box, after) =>
            upon(boxes[place], box) ? `on ${texts[place + 1 + after].textContent}` : '')
    ].filter(Boolean).map(fault => `${text.textContent}: ${fault}`));
})"""


@pytest.mark.parametrize("width", [360, 390, 761, 1280])
def test_no_word_of_a_drawing_lies_on_another(page: Page, report: Path, width: int) -> None:
    page.load(report, width=width)

    assert page.evaluate("document.querySelectorAll('svg.flow text').length") > 10
    assert page.evaluate(COLLISIONS) == []


def test_no_word_of_a_drawing_lies_on_another_in_print(page: Page, report: Path) -> None:
    page.load(report, width=680)  # what A4 leaves between its margins
    page.call("Emulation.setEmulatedMedia", media="print")

    on_paper = page.evaluate(COLLISIONS)
    width = page.evaluate("document.querySelector('svg.flow').getBoundingClientRect().width")
    page.call("Emulation.setEmulatedMedia", media="")

    assert (on_paper, width) == ([], 680)


@pytest.mark.parametrize(("width", "shown"), [(360, "on-narrow"), (1280, "on-wide")])
def test_a_drawing_shows_the_words_that_it_has_room_for(
    page: Page, tmp_path: Path, width: int, shown: str
) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(access_estates.crowded().render())
    page.load(file, width=width)

    seen = page.evaluate(
        """Array.from(document.querySelectorAll('svg.flow text'))
        .filter(text => text.getClientRects().length)
        .map(text => text.classList[1] || '')"""
    )

    assert set(seen) == {"", shown}


def test_the_browser_reads_the_drawing_out(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(access_estates.crowded().render())
    page.load(file, width=1280)
    told = page.evaluate("document.querySelectorAll('svg.flow desc')[1].textContent")

    page.call("Accessibility.enable")
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    page.call("Accessibility.disable")

    names = [
        node["name"]["value"]
        for node in nodes
        if node.get("role", {}).get("value") == "image" and not node["ignored"]
    ]
    assert f"Who can read production/openai/api-key in us-east-1 {told}" in names
    assert len(names) == 5


def test_the_page_is_drawn(page: Page, report: Path) -> None:
    page.load(report, width=1280)

    assert len(_colours(page.screenshot())) > 20


def test_long_lists_are_open_in_print(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(_hostile().render())
    # The layout is asked for first: it brings the visibility up to date with the medium.
    open_list = """(details => details.getBoundingClientRect().height > 100
        && details.querySelector('tbody tr:last-child').checkVisibility())(
        document.querySelector('details'))"""
    page.load(file, width=1280)

    on_screen = page.evaluate(open_list)
    page.call("Emulation.setEmulatedMedia", media="print")
    in_print = page.evaluate(open_list)
    page.call("Emulation.setEmulatedMedia", media="")

    assert (on_screen, in_print) == (False, True)
    assert page.pdf().startswith(b"%PDF-")


def test_the_keyboard_reaches_the_verdict_first(page: Page, report: Path) -> None:
    page.load(report, width=1280)

    for kind in ("keyDown", "keyUp"):
        page.call(
            "Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9
        )

    focused = page.evaluate(
        "[document.activeElement.hash, getComputedStyle(document.activeElement).outlineStyle]"
    )
    assert focused == ["#main", "solid"]


def _colours(png: bytes) -> set[bytes]:
    """The colours of an 8-bit PNG (https://www.w3.org/TR/png-3/), of every 16th pixel or so."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (depth, kind) in {(8, 2), (8, 6)}
    size = 3 if kind == 2 else 4
    chunks, place = b"", 8
    while place < len(png):
        length, name = struct.unpack(">I4s", png[place : place + 8])
        chunks += png[place + 8 : place + 8 + length] if name == b"IDAT" else b""
        place += 12 + length
    filtered = zlib.decompress(chunks)
    assert len(filtered) == height * (1 + width * size)
    return {filtered[at : at + size] for at in range(1, len(filtered) - size, size * 16)}
