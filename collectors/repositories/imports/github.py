"""
Alerts of GitHub's secret scanning, as `gh api …/secret-scanning/alerts` exports them.

An alert is one secret, wherever it stands. The list names its first place; where the answers of
`locations_url` were added to the alerts as `locations`, each of them is a finding.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from collectors.repositories.imports.entries import Origin, finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.repositories.imports.entries import Entry, Reading

FORMAT = "github-alerts"
TOOL = "github-secret-scanning"
_STATES = {"open", "resolved"}
_VALIDITIES = {"active", "inactive", "unknown"}
_WIKI = ("wiki_commit",)
# https://api.github.com/repos/OWNER/NAME/secret-scanning/alerts/1, or a page of the site.
_ADDRESS = re.compile(
    r"https://[^/?#@]+/(?:api/v3/)?(?:repos/)?([^/?#]+/[^/?#]+)/(?:secret-scanning|security)/.*"
)


def recognises(entry: Mapping[str, object]) -> bool:
    """Whether an entry is an alert."""
    return "secret_type" in entry


def read(entries: Sequence[object], reading: Reading) -> Origin:
    """Add the findings of an export."""
    for entry in reading.mappings(entries):
        if recognises(entry.data):
            _alert(entry, reading)
        else:
            entry.fault("secret_type", "expected the type of a secret")
    return Origin(tool=TOOL, version=None, format=FORMAT)


def _alert(entry: Entry, reading: Reading) -> None:
    repository = _repository(entry)
    state = _one_of(entry, "state", _STATES)
    resolution = entry.text("resolution")
    validity = _one_of(entry, "validity", _VALIDITIES)
    bypassed = entry.flag("push_protection_bypassed")
    rule, values = entry.text("secret_type"), entry.texts("secret")
    for place, wiki in _places(entry):
        path = place.text("path")
        wikis = f"{repository}.wiki" if wiki and repository is not None else repository
        reading.add(
            finding(
                rule=rule,
                repository=wikis,
                commit=place.commit("commit_sha"),
                # A path of git begins with no slash; GitHub's examples do.
                path=None if path is None else path.removeprefix("/"),
                line=place.line("start_line"),
                state=state,
                resolution=resolution,
                validity=validity,
                push_protection_bypassed=bypassed,
            ),
            values,
        )


def _places(entry: Entry) -> list[tuple[Entry, bool]]:
    """Where the secret stands, and whether that is in a wiki, which is a repository too."""
    located = entry.children("locations")
    if located:
        return [(place.child("details"), place.text("type") in _WIKI) for place in located]
    if entry.flag("has_more_locations"):
        entry.fault("locations", "names the first place only: add the answer of locations_url")
    first = entry.child("first_location_detected")
    place = first.child("details") if "details" in first.data else first
    return [(place, "page_url" in place.data)]


def _repository(entry: Entry) -> str | None:
    named = entry.child("repository").text("full_name")
    if named is not None:
        return named
    for address in entry.texts("url", "html_url"):
        match = _ADDRESS.fullmatch(address)
        if match is not None:
            return match[1]
    return None


def _one_of(entry: Entry, field: str, known: set[str]) -> str | None:
    value = entry.text(field)
    if value is not None and value not in known:
        entry.fault(field, f"expected one of {', '.join(sorted(known))}")
        return None
    return value
