"""The report in a real browser, at the widths and on the paper on which it is read."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.reports import browser, estates

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


@pytest.fixture(params=["example", "flawless", "hostile"])
def report(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    builds = {"example": estates.example, "flawless": estates.flawless, "hostile": _hostile}
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
