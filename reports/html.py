"""
The report as one HTML file: no script, no request, nothing that collected text could start.

Its content security policy allows one style sheet, by its hash, and images from data URLs
(https://www.w3.org/TR/CSP3/), so that markup which slipped through the escaping would still
be inert.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports import phrases
from reports.view import first, report_view
from reports.visible import LONG_NAME, LONG_PROSE, Notes, visible

if TYPE_CHECKING:
    from keyproof.documents import Json
    from reports.view import Report

TEMPLATES = Path(__file__).parent / "templates"

EXAMPLE = "EXAMPLE: emulated estate, proves nothing about a real organisation"
"""What every section and printed page of an example run says."""

_HEADER_CHARACTERS = 60


def render_html(*, facts: Json, results: Json, coverage: Json) -> bytes:
    """
    The report on one assessment, as UTF-8; the same documents give the same bytes.

    The documents must have been validated. Raises `DocumentError` when they are not of
    one assessment.
    """
    report = report_view(facts, results, coverage)
    style = _style(report)
    page = _environment().get_template("report.html.jinja")
    return page.render(
        report=report,
        notes=Notes(),
        style=style,
        style_hash=_csp_hash(style),
        example_mark=EXAMPLE,
    ).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printed,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "counted": phrases.counted,
        "day": phrases.day,
        "first_rows": first,
        "words": lambda slug: slug.replace("_", " "),
    }
    environment.tests["collected"] = lambda word: isinstance(word, phrases.Name)
    environment.globals |= {
        "evidence": phrases.EVIDENCE,
        "icons": {"fail": "fail", "unknown": "unknown", "pass": "pass"},
        "long_name": LONG_NAME,
        "long_prose": LONG_PROSE,
        "verdicts": phrases.VERDICTS,
    }
    return environment


def _printed(value: object) -> object:
    """Every text that a template prints passes here; markup comes from templates alone."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value


def _style(report: Report) -> Markup:
    """The style sheet, with the header of each printed page."""
    header = f"{report.organisation[:_HEADER_CHARACTERS]} · SEC-004 · {phrases.day(report.as_of)}"
    sheet = _environment().get_template("report.css.jinja")
    text = sheet.render(
        header=_css_string(header), mark=_css_string(EXAMPLE) if report.example else None
    )
    return Markup(text)  # noqa: S704 - our own sheet; both strings are letters, digits and escapes


def _css_string(text: str) -> Markup:
    """A CSS string in which only ASCII letters and digits are not escaped."""
    escaped = "".join(
        character if character.isascii() and character.isalnum() else f"\\{ord(character):x} "
        for character in visible(text)
    )
    return Markup(f'"{escaped}"')  # noqa: S704 - letters, digits, spaces and backslashes only


def _csp_hash(style: str) -> str:
    """The hash source that allows this one inline style sheet."""
    return f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"
