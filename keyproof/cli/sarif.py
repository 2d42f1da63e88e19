r"""
`scan --json` as SARIF 2.1.0, for code hosts and editors.

One run. A finding is an error in every case; a suppression in the source is shown as one that
nobody has accepted yet, so that no viewer hides it. What was not scanned makes the run
unsuccessful, with a notification for each gap.

Paths become percent-encoded URIs below their repository. All other texts come out as they are,
but for bytes that are no UTF-8 (`\xff`); messages are escaped, since their readers may print
them on a terminal and make links of what stands in brackets.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keyproof.documents import Json

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

_ROOT = "%SRCROOT%"
"""The name that viewers know for the folder of the one repository."""

_WHERE = {
    "tip": "in a branch",
    "history": "in the history",
    "message": "in the message of a commit",
    "tag": "in a tag",
    "note": "in a note",
    "filename": "in the name of a file",
    "stash": "in a stash",
    "reflog": "in a commit that a branch left behind",
    "unreachable": "in an object that no branch reaches",
    "working_tree": "in the working tree",
}
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")
_DOTS = {".": "%2E", "..": "%2E%2E"}
_NOT_IN_ADDRESSES = re.compile(r'[<>"{}|\\^`]')


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as viewers show it: what it finds, and whose key that is."""

    id: str
    name: str
    provider: str
    kind: str


def sarif(scan: Json, rules: Iterable[Rule]) -> Json:
    """Turn the document of `scan --json` into a SARIF log; `rules` are the pack's."""
    findings: Sequence[Json] = scan["findings"]
    descriptors = _descriptors(findings, rules)
    bases = _bases(scan)
    positions = {descriptor["id"]: position for position, descriptor in enumerate(descriptors)}
    run: Json = {
        "tool": {"driver": _driver(scan["tool"], descriptors)},
        "invocations": [_invocation(scan["gaps"])],
        "originalUriBaseIds": _roots(bases),
        "versionControlProvenance": _provenance(scan["coverage"], bases),
        "results": [_result(finding, positions, bases) for finding in findings],
        "properties": {"coverage": [_plain(covered) for covered in scan["coverage"]]},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def uri(path: str) -> str:
    """A path below a repository as a URI: every byte that could mean something is encoded."""
    encoded = quote(_bytes(path), safe="/")
    # A slash ahead would make it a path from the machine's root, two of them a host.
    slashes = len(encoded) - len(encoded.lstrip("/"))
    steps = "%2F" * slashes + encoded[slashes:]
    # A corrupt tree may have an entry `..`, which no viewer shall follow out of the root.
    return "/".join(_DOTS.get(step, step) for step in steps.split("/"))


def _driver(tool: Json, descriptors: list[Json]) -> Json:
    return {
        "name": "keyproof",
        "version": _text(tool["version"]),
        "rules": descriptors,
        "properties": {"rulesDigest": _text(tool["rules"])},
    }


def _descriptors(findings: Sequence[Json], rules: Iterable[Rule]) -> list[Json]:
    known = {rule.id: rule for rule in rules}
    for finding in findings:
        name = str(finding["rule"])
        stated = {"provider": str(finding["provider"]), "kind": str(finding["kind"])}
        known.setdefault(name, Rule(id=name, name=" ".join(stated.values()), **stated))
    return [
        {
            "id": _text(rule.id),
            "name": _text(rule.name),
            "shortDescription": {"text": _message(f"{rule.name} in a repository")},
            "defaultConfiguration": {"level": "error"},
            "properties": {"provider": _text(rule.provider), "kind": _text(rule.kind)},
        }
        for rule in sorted(known.values(), key=lambda rule: rule.id)
    ]


def _result(finding: Json, positions: Mapping[str, int], bases: Mapping[str, str]) -> Json:
    rule, location = _text(finding["rule"]), _location(finding, bases)
    result: Json = {
        "ruleId": rule,
        "ruleIndex": positions[rule],
        "level": "error",
        "message": {"text": _sentence(finding)},
        "locations": [location] if location else [],
        "partialFingerprints": _fingerprints(finding),
        "properties": _plain(
            {
                "provider": finding["provider"],
                "kind": finding["kind"],
                "hint": finding["hint"],
                "repository": finding["repository"],
                "commit": finding["commit"],
                "authorDate": finding["author_date"],
                "where": finding["where"],
                "inside": finding["inside"],
                "branches": finding["branches"],
            }
        ),
    }
    if finding["suppressed"]:
        # Without a status it would count as accepted, and viewers would hide the key.
        result["suppressions"] = [{"kind": "inSource", "status": "underReview"}]
    return result


def _sentence(finding: Json) -> str:
    place = _WHERE.get(finding["where"], "in a repository")
    hint = f", ending in {finding['hint']}," if finding["hint"] else ""
    return _message(f"Key of {finding['provider']} ({finding['kind']}){hint} {place}.")


def _location(finding: Json, bases: Mapping[str, str]) -> Json:
    repository, path, line = finding["repository"], finding["path"], finding["line"]
    location: Json = {}
    if path:
        artifact = {"uri": uri(path), "uriBaseId": bases[repository]}
        location["physicalLocation"] = {"artifactLocation": artifact}
        if line is not None and line > 0:
            location["physicalLocation"]["region"] = {"startLine": line}
    if finding["commit"]:
        commit = {"name": _text(finding["commit"]), "kind": "commit"}
        location["logicalLocations"] = [commit]
    return location


def _fingerprints(finding: Json) -> dict[str, str]:
    """What stays the same from scan to scan: the key, and the key in its file."""
    key = str(finding["fingerprint"])
    parts = (key, finding["repository"], finding["path"] or "", finding["where"])
    place = hashlib.sha256(b"\0".join(_bytes(str(part)) for part in parts)).hexdigest()
    return {"keyproof/key/v1": _text(key), "keyproof/place/v1": f"sha256:{place}"}


def _bases(scan: Json) -> dict[str, str]:
    """The name of each repository's folder, by the repository."""
    named = [covered["repository"] for covered in scan["coverage"]]
    found = [finding["repository"] for finding in scan["findings"]]
    repositories = list(dict.fromkeys(named + found))
    if len(repositories) == 1:
        return {repositories[0]: _ROOT}
    return {name: f"REPOSITORY_{number}" for number, name in enumerate(repositories, start=1)}


def _roots(bases: Mapping[str, str]) -> Json:
    """Where each repository lies; a viewer knows better for one whose path is not whole."""
    roots: Json = {}
    for repository, base in bases.items():
        roots[base] = {"description": {"text": _message(repository)}}
        folder = _folder(repository)
        if folder is not None:
            roots[base]["uri"] = folder
    return roots


def _provenance(coverage: Sequence[Json], bases: Mapping[str, str]) -> list[Json]:
    """The commit that each repository stood at; it needs an address, or a whole path."""
    provenance = []
    for covered in coverage:
        repository, head = covered["repository"], covered["head"]
        address = _address(repository) or _folder(repository)
        if address is None:
            continue
        details: Json = {
            "repositoryUri": address,
            "mappedTo": {"uriBaseId": bases[repository]},
            **_plain({"revisionId": head["commit"] or None, "branch": head["branch"] or None}),
        }
        if details not in provenance:
            provenance.append(details)
    return provenance


def _invocation(gaps: Sequence[Json]) -> Json:
    return {
        "executionSuccessful": not gaps,
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {"text": _message(_unseen(gap))},
                "properties": _plain(
                    {name: gap.get(name) for name in ("source", "reason", "resource")}
                ),
            }
            for gap in gaps
        ],
    }


def _unseen(gap: Json) -> str:
    return f"Not scanned: {gap.get('resource') or gap['source']}: {gap['reason']}"


def _folder(path: str) -> str | None:
    """A folder's URI, ending in a slash; a path that is not whole has none."""
    if not path.startswith("/"):
        return None
    inner = path.strip("/")
    return f"file:///{quote(_bytes(inner), safe='/')}/" if inner else "file:///"


def _address(repository: str) -> str | None:
    """A repository that is named by its address; what no URI may hold is encoded."""
    if not _ADDRESS.fullmatch(repository):
        return None
    return _NOT_IN_ADDRESSES.sub(lambda match: quote(match[0], safe=""), repository)


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate that stands for no byte
        return text.encode("utf-8", "backslashreplace")


def _text(value: object) -> str:
    r"""A text that JSON can hold: bytes that are no UTF-8 are written as `\xff`."""
    return _bytes(str(value)).decode("utf-8", "backslashreplace")


def _message(text: str) -> str:
    """A text in which SARIF finds no placeholder and no link, and a terminal no command."""
    visible = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in _text(text)
    )
    escaped = visible.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return escaped.replace("{", "{{").replace("}", "}}")


def _plain(value: Json) -> Json:
    """A mapping without what is not known, with texts that JSON can hold."""
    return {_text(name): _held(item) for name, item in value.items() if item is not None}


def _held(value: object) -> object:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return _plain(value)
    if isinstance(value, list):
        return [_held(item) for item in value]
    return value
