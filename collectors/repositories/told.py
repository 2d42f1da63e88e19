"""The findings of a scan as they are told: each key at each path once, and nothing hostile."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import TYPE_CHECKING

from collectors.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from collectors.repositories.committed import Finding
    from keyproof.documents import Json

_FIRST, _LAST = "0000", "9999"
_ORDER = ("path", "line", "where", "commit", "provider", "kind", "fingerprint", "inside")


def _once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """
    Leave out what is told better elsewhere.

    A file that lies there as it was committed is a finding of its commit; one that was only
    staged is stored without a commit, and is a finding of the work tree.
    """
    kinds: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
    for each in findings:
        kinds[each.place.where].add((each.sighting.key.fingerprint, each.place.path))
    lying = {fingerprint for fingerprint, _ in kinds["working_tree"]}
    for each in findings:
        key = each.sighting.key.fingerprint, each.place.path
        if each.place.where == "working_tree" and key in kinds["tip"]:
            continue
        if each.place.where == "unreachable" and each.sighting.key.fingerprint in lying:
            continue
        yield each


def told(findings: Sequence[Finding]) -> list[Json]:
    """
    Each key at each path once, by the commit that first brought it there.

    A place at a branch's tip tells more than the history behind it.
    """
    together: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for each in _once(findings):
        where = "committed" if each.place.where in {"tip", "history"} else each.place.where
        commit = each.place.commit or "" if each.place.where in {"message", "tag"} else ""
        inside = each.sighting.inside or ""
        path = each.place.path or ""
        together[each.sighting.key.fingerprint, where, path, inside, commit].append(each)
    found = [_finding(of_one) for of_one in together.values()]
    return sorted(found, key=lambda each: tuple(str(each[name] or "") for name in _ORDER))


def _finding(of_one: Sequence[Finding]) -> Json:
    first = min(of_one, key=lambda each: (each.place.written or _LAST, each.place.commit or ""))
    tips = [each for each in of_one if each.place.branches]
    shown = max(tips or of_one, key=lambda each: each.place.written or _FIRST)
    sighting = shown.sighting
    return {
        "provider": sighting.key.provider,
        "kind": sighting.key.kind,
        "rule": sighting.rule,
        "fingerprint": sighting.key.fingerprint,
        "hint": sighting.key.hint,
        "where": shown.place.where,
        "commit": first.place.commit,
        "author_date": first.place.written,
        "last_date": _last(of_one),
        "path": visible(shown.place.path),
        "inside": visible(sighting.inside),
        "line": sighting.line,
        "branches": sorted({visible(each) or "" for tip in tips for each in tip.place.branches}),
        "commits": len({each.place.commit for each in of_one if each.place.commit}),
        "suppressed": any(each.sighting.suppressed for each in of_one),
    }


def _last(of_one: Sequence[Finding]) -> str | None:
    """The latest date of any commit that brought it; None where one has no date."""
    dates = [date for each in of_one for date in (each.place.written, each.place.committed)]
    known = [date for date in dates if date is not None]
    return max(known) if len(known) == len(dates) else None


def visible(text: str | None) -> str | None:
    r"""A name as JSON can hold it; bytes that are no UTF-8 are shown as `\xff`."""
    if text is None:
        return None
    return redact(os.fsencode(text).decode("utf-8", "backslashreplace"))
