"""
The entries of a report, read field by field.

A field of another type than the tool writes is a fault, never a crash, and the entry is kept
with what else it tells: a key that was found stays found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from collectors.repositories.imports.providers import provider_of_rule
from collectors.repositories.imports.report import ImportedFinding, ImportFault
from collectors.repositories.imports.values import Secrets, redacted, told
from keyproof import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from collectors.repositories.findings import Key

_COMMIT = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)? ?"
    r"(?:Z|([+-][0-9]{2}):?([0-9]{2}))"
)
_LAST_LINE = 2**31 - 1
_CREDENTIALS = re.compile(r"\A([A-Za-z][A-Za-z0-9+.-]*://)[^/]*@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who wrote a report, in which form, and the commits that it names as scanned."""

    tool: str
    version: str | None
    format: str
    commits: frozenset[str] | None = None


class Reading:
    """What has been read of one report so far."""

    def __init__(self, name_key: Callable[[str], Key | None]) -> None:
        self.secrets = Secrets(name_key)
        self.faults: list[ImportFault] = []
        self._findings: list[ImportedFinding] = []

    def fault(self, entry: int, field: str, text: str) -> None:
        """Note what could not be used."""
        self.faults.append(ImportFault(entry=entry, field=field, text=text))

    def mappings(self, entries: Iterable[object]) -> Iterator[Entry]:
        """Those entries that are mappings; a fault for every other one."""
        for index, entry in enumerate(entries):
            if isinstance(entry, dict):
                yield Entry(reading=self, index=index, data=entry)
            else:
                self.fault(index, "", "expected a mapping")

    def add(
        self,
        finding: ImportedFinding,
        values: Sequence[str],
        contexts: Sequence[str] = (),
        digest: str | None = None,
    ) -> None:
        """
        Keep a finding, with what may be told of its secret.

        `values` are what may be the secret, the likeliest first; `contexts` are texts around;
        `digest` is the tool's own, and counts for the key of a provider whose value is redacted.
        """
        whole = [value for value in values if not redacted(value)]
        for value in whole:
            self.secrets.add(value)
        provider = provider_of_rule(finding.rule)
        named = self._named(whole, contexts, provider)
        if named is not None:
            described = replace(
                finding,
                provider=named.provider,
                kind=named.kind,
                fingerprint=named.fingerprint,
                hint=named.hint,
            )
        elif whole:
            fingerprint, hint = told(whole[0])
            described = replace(finding, provider=provider, fingerprint=fingerprint, hint=hint)
        else:
            fingerprint = None if provider is None else digest
            described = replace(finding, provider=provider, fingerprint=fingerprint)
        self._findings.append(described)

    def findings(self) -> tuple[ImportedFinding, ...]:
        """All findings; only now is every value known that their texts may not hold."""
        return tuple(
            replace(
                finding,
                rule=self._clean(finding.rule),
                repository=self._clean(finding.repository),
                path=self._clean(finding.path),
                resolution=self._clean(finding.resolution),
            )
            for finding in self._findings
        )

    def _named(
        self, values: Sequence[str], contexts: Sequence[str], provider: str | None
    ) -> Key | None:
        """The first of the values that is a key of a provider."""
        for value in values:
            named = self.secrets.key(value, contexts)
            if named is None and provider is not None:
                # The tool saw what stood around; the name of its rule stands in for that.
                around = self.secrets.key(value, (f'{provider}_api_key = "{value}"',))
                named = around if around is not None and around.provider == provider else None
            if named is not None:
                return named
        return None

    def _clean(self, text: str | None) -> str | None:
        return None if text is None else self.secrets.without(text)


def first_text(mappings: Iterable[object], *fields: str) -> str | None:
    """The first text at the end of these fields, wherever a report has it."""
    for mapping in mappings:
        value: object = mapping
        for step in fields:
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, str) and value:
            return value
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A mapping of a report, with the way that led to it from its entry."""

    reading: Reading
    index: int
    data: dict[str, object] = field(repr=False)
    place: str = ""

    def fault(self, field: str, text: str) -> None:
        """Note that a field of this mapping could not be used."""
        self.reading.fault(self.index, self._at(field), text)

    def child(self, field: str) -> Entry:
        """The mapping in a field; an empty one where there is none."""
        value = self.data.get(field)
        if value is not None and not isinstance(value, dict):
            self.fault(field, "expected a mapping")
        data = value if isinstance(value, dict) else {}
        return Entry(reading=self.reading, index=self.index, data=data, place=self._at(field))

    def children(self, field: str) -> list[Entry]:
        """The mappings in a list; none where there is no list."""
        value = self.data.get(field)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(field, "expected a list")
            return []
        found: list[Entry] = []
        for position, item in enumerate(value):
            place = f"{field}[{position}]"
            if isinstance(item, dict):
                child = Entry(
                    reading=self.reading, index=self.index, data=item, place=self._at(place)
                )
                found.append(child)
            else:
                self.fault(place, "expected a mapping")
        return found

    def text(self, field: str) -> str | None:
        """A text; `None` for one that is missing or empty."""
        value = self.data.get(field)
        if value is not None and not isinstance(value, str):
            self.fault(field, "expected text")
            return None
        return value or None

    def texts(self, *fields: str) -> tuple[str, ...]:
        """Those of the fields that hold a text."""
        return tuple(text for field in fields if (text := self.text(field)) is not None)

    def flag(self, field: str) -> bool | None:
        """True, false, or `None` where the report does not tell."""
        value = self.data.get(field)
        if value is not None and not isinstance(value, bool):
            self.fault(field, "expected true or false")
            return None
        return value

    def line(self, field: str) -> int | None:
        """A number of a line; tools write 0, or -1, where there is none."""
        value = self.data.get(field)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value > _LAST_LINE:
            self.fault(field, "expected the number of a line")
            return None
        return value if value > 0 else None

    def commit(self, field: str) -> str | None:
        """A commit's whole name in lower case; a short one may stand for another commit."""
        value = self.text(field)
        if value is None:
            return None
        if _COMMIT.fullmatch(value) is None:
            self.fault(field, "expected the 40 or 64 hexadecimal digits of a commit")
            return None
        return value.lower()

    def instant(self, field: str) -> str | None:
        """An instant with a time zone, as RFC 3339 in UTC, to the second."""
        value = self.text(field)
        if value is None:
            return None
        match = _INSTANT.fullmatch(value)
        try:
            if match is not None:
                zone = f"{match[3]}:{match[4]}" if match[3] else "+00:00"
                instant = datetime.fromisoformat(f"{match[1]}T{match[2]}{zone}")
                return clock.text(instant.astimezone(UTC))
        except (ValueError, OverflowError):
            pass  # no such day, or no such year in UTC
        self.fault(field, "expected an instant with a time zone, such as 2027-01-31T00:00:00Z")
        return None

    def repository(self, field: str) -> str | None:
        """A repository's address or path, without the credentials that a clone's URL may hold."""
        value = self.text(field)
        return None if value is None else without_credentials(value)

    def _at(self, field: str) -> str:
        return f"{self.place}.{field}" if self.place else field


def without_credentials(address: str) -> str:
    """An address without user, password, query and fragment."""
    bare = _CREDENTIALS.sub(r"\1", address)
    if "://" not in bare:
        return bare
    try:
        parts = urlsplit(bare)
    except ValueError:
        return bare.partition("?")[0]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def finding(  # noqa: PLR0913 - one argument a field
    *,
    rule: str | None,
    repository: str | None = None,
    commit: str | None = None,
    author_date: str | None = None,
    path: str | None = None,
    line: int | None = None,
    state: str | None = None,
    resolution: str | None = None,
    validity: str | None = None,
    push_protection_bypassed: bool | None = None,
) -> ImportedFinding:
    """A finding whose secret is not described yet."""
    return ImportedFinding(
        provider=None,
        kind=None,
        rule=rule,
        fingerprint=None,
        hint=None,
        repository=repository,
        commit=commit,
        author_date=author_date,
        path=path,
        line=line,
        state=state,
        resolution=resolution,
        validity=validity,
        push_protection_bypassed=push_protection_bypassed,
    )
