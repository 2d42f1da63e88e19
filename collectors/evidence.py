"""
Typed records that every collector returns, and the documents they become.

A `Snapshot` is what one collector saw in one account and region; a `Gap` is one thing
that it could not see. Both are written as plain JSON, in AWS's own names and shapes, and
every string in them passes `collectors.redaction` on its way.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from collectors.redaction import redact
from keyproof import __version__, clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from keyproof.documents import Json

COVERAGE_FILE = "coverage.json"

TOOL = f"keyproof {__version__}"
"""What collects, as every snapshot says."""

GLOBAL = "global"
"""The region of a service that has none."""

REGIONAL_SOURCES = (
    "secrets_manager",
    "resource_policies",
    "kms",
    "lambda",
    "cloudwatch",
    "sns",
    "eventbridge",
    "compute",
    "identity_center",
)
GLOBAL_SOURCES = ("iam", "organizations", "budgets")
"""Sources of an account as a whole; the others are of each of its regions."""

SOURCE_SCAN, INFRASTRUCTURE_CODE = "source_scan", "infrastructure_code"
SUBJECT_SOURCES = (SOURCE_SCAN, INFRASTRUCTURE_CODE)
"""Sources outside of AWS: of a repository, or of a folder with infrastructure code."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")

_DEEPEST = 200
"""JSON writers stop at 254 levels; an answer's own place in the document takes a few."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_INTEGERS = range(-(2**63), 2**64)


class UnkeepableError(ValueError):
    """A value that has no JSON which every reader agrees on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """
    One thing that could not be seen.

    `operation` is `service:Operation`, `code` the service's error code or the exception's
    name, and `resource` what the call was about (None: about all). The service's message
    is not kept, since it may name principals.
    """

    source: str
    reason: str
    account: str | None = None
    region: str | None = None
    operation: str | None = None
    code: str | None = None
    resource: str | None = None

    @property
    def order(self) -> tuple[str, ...]:
        """A place in a list that does not depend on which thread came first."""
        return tuple(part or "" for part in (self.operation, self.resource, self.code, self.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """How often one API operation was called, and with which parameters every time."""

    operation: str
    parameters: Mapping[str, Any]
    calls: int
    pages: int
    records: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """
    What one collector saw in one account and region, or of one subject.

    `region` may be `global`. A `subject` is a repository or a folder, by its name in
    `keyproof.toml`; it has neither account nor region.
    """

    source: str
    account: str | None
    region: str | None
    subject: str | None = None
    started: datetime
    finished: datetime
    identity: str | None
    endpoint: str | None
    operations: tuple[Operation, ...]
    records: Json
    gaps: tuple[Gap, ...]

    @classmethod
    def of_subject(  # noqa: PLR0913 - the members of one record
        cls,
        source: str,
        subject: str,
        *,
        started: datetime,
        finished: datetime,
        records: Json,
        gaps: tuple[Gap, ...],
    ) -> Snapshot:
        """What was seen outside of AWS, where nobody has to be asked for anything."""
        return cls(
            source=source,
            account=None,
            region=None,
            subject=subject,
            started=started,
            finished=finished,
            identity=None,
            endpoint=None,
            operations=(),
            records=records,
            gaps=gaps,
        )

    @property
    def key(self) -> tuple[str, str, str]:
        """Account, source and region of what was seen in AWS."""
        return self.account or "", self.source, self.region or ""

    @property
    def file_name(self) -> str:
        """The name of the snapshot's file."""
        if self.subject is None:
            return f"{self.source}.{self.account}.{self.region}.json"
        safe = _UNSAFE.sub("-", self.subject)
        if safe != self.subject:  # two subjects must not share a file
            safe = f"{safe[:60]}-{hashlib.sha256(self.subject.encode()).hexdigest()[:12]}"
        return f"{self.source}.{safe}.json"

    def document(self, *, tool: str, example: bool) -> Json:
        """
        Give the snapshot as `keyproof/schemas/snapshot.schema.json` describes it, redacted.

        Operations and gaps are in an order of their own, since threads finish in any.
        """
        document = {
            "schema": "keyproof/snapshot/1",
            "example": example,
            "source": self.source,
            "account": self.account,
            "region": self.region,
            "subject": self.subject,
            "started": clock.text(self.started),
            "finished": clock.text(self.finished),
            "identity": self.identity,
            "endpoint": self.endpoint,
            "tool": tool,
            "operations": [
                asdict(operation)
                for operation in sorted(self.operations, key=lambda each: each.operation)
            ],
            "records": self.records,
            "gaps": [asdict(gap) for gap in sorted(self.gaps, key=lambda each: each.order)],
        }
        return {member: _redacted(value) for member, value in document.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedAccount:
    """An account in the coverage; `identity` is None when it could not be reached."""

    id: str
    regions: tuple[str, ...]
    identity: str | None


def coverage_entry(snapshot: Json, *, file: str, content: bytes) -> Json:
    """What the coverage says of one snapshot document and the bytes it was written as."""
    return {
        "file": file,
        "sha256": hashlib.sha256(content).hexdigest(),
        **{
            member: snapshot[member]
            for member in ("source", "account", "region", "subject", "started", "finished", "gaps")
        },
        "calls": sum(operation["calls"] for operation in snapshot["operations"]),
        "records": sum(
            len(members) for members in snapshot["records"].values() if isinstance(members, list)
        ),
    }


def coverage_document(  # noqa: PLR0913 - the members of one document
    *,
    organisation: str,
    example: bool,
    as_of: datetime,
    finished: datetime,
    accounts: Iterable[CollectedAccount],
    snapshots: Iterable[Json],
) -> Json:
    """All snapshots of one collection, as `coverage.schema.json` describes them."""
    return {
        "schema": "keyproof/coverage/1",
        "example": example,
        "organisation": organisation,
        "as_of": clock.text(as_of),
        "finished": clock.text(finished),
        "accounts": [
            {"id": account.id, "regions": list(account.regions), "identity": account.identity}
            for account in accounts
        ],
        "snapshots": sorted(snapshots, key=lambda entry: str(entry["file"])),
    }


def plain(value: object, *, level: int = 0) -> Any:  # noqa: ANN401 - JSON is any of six types
    """
    Turn what an SDK returned into plain JSON.

    Datetimes become RFC 3339 text and lone surrogates U+FFFD. Raises `UnkeepableError` for
    bytes, numbers that JSON readers disagree on, and what is nested too deeply to be written.
    """
    if level > _DEEPEST:
        raise UnkeepableError("nested too deeply")
    match value:
        case str():
            kept: Any = value if value.isascii() else _LONE_SURROGATE.sub("\ufffd", value)
        case datetime():
            kept = _instant(value)
        case list() | tuple():
            kept = [plain(item, level=level + 1) for item in value]
        case dict():
            kept = {
                plain(name, level=level + 1): plain(member, level=level + 1)
                for name, member in value.items()
            }
            if len(kept) != len(value):
                raise UnkeepableError("two members of one name")
        case None | bool():
            kept = value
        case int() if value in _INTEGERS:
            kept = value
        case float() if math.isfinite(value):
            kept = value
        case _:
            raise UnkeepableError(type(value).__name__)
    return kept


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise UnkeepableError("an instant without a time zone names no moment")
    try:
        return clock.text(value)
    except OverflowError as error:
        raise UnkeepableError("an instant outside of the calendar") from error


def _redacted(value: Any) -> Any:  # noqa: ANN401 - JSON is any of six types
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(name): _redacted(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return value
