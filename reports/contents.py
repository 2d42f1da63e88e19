"""
What lies in a bundle, and what its parts must say of each other.

Sealing and verifying call the same functions: what could not be verified is not sealed.
"""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from keyproof import __version__, documents
from keyproof.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.documents import Json

FACTS = "facts.json"
RESULTS = "results.json"
REPORT = "report.html"
COVERAGE = "snapshot/coverage.json"
POLICY = "policies/compiled/policy.wasm"
REQUIRED = (COVERAGE, FACTS, POLICY, RESULTS, REPORT)

MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"
ATTESTATIONS = "attestations/"

HOLDING = frozenset({"pass", "not_applicable"})
"""The verdicts that a level may rest on."""

_SHARED = ("example", "organisation", "as_of", "parameters", "looser_parameters")
"""Members that say the same in every document that has them."""

_KINDS = {FACTS: "facts", RESULTS: "results", COVERAGE: "coverage", MANIFEST: "manifest"}

_MEDIA_TYPES = {
    ".html": "text/html",
    ".json": "application/json",
    ".rego": "text/plain",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}


def sha256(content: bytes) -> str:
    """A file's digest, in lower-case hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def manifest(files: Mapping[str, bytes], results: Json) -> Json:
    """The manifest of these files, which are all but the ones made when sealing."""
    level = results["level"]
    return {
        "schema": "keyproof/manifest/1",
        "tool": {"name": "keyproof", "version": __version__},
        "example": results["example"],
        "organisation": results["organisation"],
        "as_of": results["as_of"],
        "level": {name: level[name] for name in ("proven", "possible", "target")},
        "files": listing(files),
    }


def listing(files: Mapping[str, bytes]) -> list[Json]:
    """The manifest's entries for these files."""
    return [
        {
            "path": path,
            "sha256": sha256(content),
            "bytes": len(content),
            "media_type": _MEDIA_TYPES.get(PurePosixPath(path).suffix, "application/octet-stream"),
        }
        for path, content in sorted(files.items())
    ]


def checksums(files: Mapping[str, bytes]) -> bytes:
    """`SHA256SUMS`, as `sha256sum --check` reads it."""
    lines = (f"{sha256(content)}  {path}\n" for path, content in sorted(files.items()))
    return "".join(lines).encode("ascii")


def read_documents(files: Mapping[str, bytes]) -> dict[str, Json]:
    """
    Parse and validate every document of a bundle.

    Raises `DocumentError` for a document that is missing or has a fault.
    """
    missing = [name for name in REQUIRED if name not in files]
    if missing:
        raise DocumentError(f"{missing[0]} is missing")
    parsed = {}
    for name, content in sorted(files.items()):
        kind = _KINDS.get(name) or ("snapshot" if _is_snapshot(name) else None)
        if kind is not None:
            parsed[name] = documents.decode(content, name)
            documents.validate(parsed[name], kind, name)
    return parsed


def require_agreement(files: Mapping[str, bytes], parsed: Mapping[str, Json]) -> None:
    """
    Hold the documents against each other.

    All speak of one organisation, one instant, one target, the same parameters, and
    either an example or not; the coverage lists exactly the snapshots that are there;
    the levels are those that the criteria's verdicts give. Raises `DocumentError` naming
    the first that does not.
    """
    results, level = parsed[RESULTS], parsed[RESULTS]["level"]
    for name, document in parsed.items():
        for member in _SHARED:
            if member in document:
                _require_same(f"{name}: {member}", document[member], results[member])
    _require_same(f"{FACTS}: target_level", parsed[FACTS]["target_level"], level["target"])
    for member, stated in parsed[MANIFEST]["level"].items():
        _require_same(f"{MANIFEST}: level/{member}", stated, level[member])
    _require_snapshots(files, parsed[COVERAGE])
    for member, accepted in (("proven", HOLDING), ("possible", HOLDING | {"unknown"})):
        reached = _reached(results["criteria"], accepted)
        if level[member] != reached:
            raise DocumentError(
                f"{RESULTS}: level/{member} is {level[member]}, but the verdicts give {reached}"
            )


def _is_snapshot(name: str) -> bool:
    return name.startswith("snapshot/") and name.endswith(".json")


def _require_same(what: str, stated: object, expected: object) -> None:
    if stated != expected:
        raise DocumentError(f"{what} is {stated!a}, but {RESULTS} has {expected!a}")


def _require_snapshots(files: Mapping[str, bytes], coverage: Json) -> None:
    stated = {f"snapshot/{entry['file']}": entry["sha256"] for entry in coverage["snapshots"]}
    present = {name for name in files if _is_snapshot(name) and name != COVERAGE}
    for name in sorted(stated.keys() | present):
        if name not in present:
            raise DocumentError(f"{COVERAGE}: lists {name!a}, which is missing")
        if name not in stated:
            raise DocumentError(f"{COVERAGE}: does not list {name!a}")
        if stated[name] != sha256(files[name]):
            raise DocumentError(f"{COVERAGE}: has another digest for {name!a}")


def _reached(criteria: Mapping[str, Any], accepted: frozenset[str]) -> int:
    """The highest level up to which every criterion's verdict is accepted."""
    level = 1
    for step in (2, 3, 4, 5):
        verdicts = {result["verdict"] for result in criteria.values() if result["level"] == step}
        if not verdicts or not verdicts <= accepted:
            break
        level = step
    return level
