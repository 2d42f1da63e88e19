"""
The keys that were found in repositories, and which declared credential each of them is.

A leaked key is a credential's where the inventory has its fingerprint, or where it ends like
one key of that provider and of no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.evidence import SOURCE_SCAN
from collectors.repositories.places import BRANCHES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from keyproof.declarations.records import Credential
    from keyproof.documents import Json
    from keyproof.facts.reconciliation import Match
    from keyproof.facts.snapshot import Snapshot

_KEPT = (
    *("provider", "kind", "fingerprint", "hint", "where", "commit", "path", "inside", "line"),
    *("branches", "suppressed"),
)


def repositories(snapshot: Snapshot) -> list[Json]:
    """What was scanned of each repository, so that “nothing found” can be weighed."""
    return [
        {
            "name": subject,
            "head": document["records"]["head"]["commit"],
            "branches": sum(
                ref["name"].startswith(BRANCHES) for ref in document["records"]["refs"]
            ),
            "commits": document["records"]["objects"]["commits"],
            "blobs": document["records"]["objects"]["blobs"],
            "rules": document["records"]["rules"],
            "suppressed": document["records"]["suppressed"],
        }
        for subject, document in sorted(snapshot.by_subject[SOURCE_SCAN].items())
    ]


def leaked_keys(
    snapshot: Snapshot, credentials: Sequence[Credential], matches: Mapping[str, Match]
) -> list[Json]:
    """
    Every key in every repository, at each place where it was found.

    `last_at_ns` is the latest date of a commit that brought it there, by author or
    committer; None where a place has no date. `rotated_at_ns` is when the credential that it
    is of got its present key.
    """
    return [
        {
            "repository": subject,
            **{member: finding[member] for member in _KEPT},
            "first_at_ns": snapshot.instant_ns(finding["author_date"]),
            "last_at_ns": snapshot.instant_ns(finding["last_date"]),
            **_owner(finding, credentials, matches),
        }
        for subject, document in sorted(snapshot.by_subject[SOURCE_SCAN].items())
        for finding in document["records"]["findings"]
    ]


def _owner(finding: Json, credentials: Sequence[Credential], matches: Mapping[str, Match]) -> Json:
    entry, how = next(_owners(finding, credentials), (None, None))
    secret = None if entry is None else matches[entry.id].secret
    return {
        "credential": None if entry is None else entry.id,
        "joined_by": how,
        "rotated_at_ns": None if secret is None else secret["rotated_at_ns"],
    }


def _owners(finding: Json, credentials: Sequence[Credential]) -> Iterator[tuple[Credential, str]]:
    for entry in credentials:
        if finding["fingerprint"] in entry.key_fingerprints:
            yield entry, "fingerprint"
    hinted = [
        entry
        for entry in credentials
        if entry.provider == finding["provider"] and finding["hint"] in entry.key_hints
    ]
    if len(hinted) == 1:
        yield hinted[0], "hint"
