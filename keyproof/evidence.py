"""
The evidence folder: where the documents of one assessment lie, and `latest`.

    evidence/
    ├── 2026-11-02T090000Z/
    │   ├── snapshot/           what the collectors saw
    │   ├── declarations/       what the organisation stated, as it was
    │   ├── keyproof.toml       the configuration, as it was
    │   ├── facts.json  results.json  report.html
    │   ├── bundle.zip          all of the above, sealed
    │   └── example-key.pub.pem of an example run only
    └── latest -> 2026-11-02T090000Z
"""

from __future__ import annotations

import fcntl
import os
import shlex
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keyproof import clock, documents
from keyproof.errors import DocumentError, InterruptedRunError, KeyproofError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

LATEST = "latest"
POLICIES = Path(__file__).parent.parent / "policies"
COMPILED_POLICY = POLICIES / "compiled" / "policy.wasm"

_ELSEWHERE = "free the place, or set `evidence` in keyproof.toml to another"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFolder:
    """The documents of one assessment."""

    path: Path

    @property
    def snapshot(self) -> Path:
        """The collectors' snapshots and their coverage."""
        return self.path / "snapshot"

    @property
    def facts(self) -> Path:
        """What is."""
        return self.path / "facts.json"

    @property
    def results(self) -> Path:
        """What was judged."""
        return self.path / "results.json"

    @property
    def report(self) -> Path:
        """What people read."""
        return self.path / "report.html"

    @property
    def bundle(self) -> Path:
        """All of it, sealed."""
        return self.path / "bundle.zip"

    @property
    def example_key(self) -> Path:
        """The public key of an example run."""
        return self.path / "example-key.pub.pem"

    @property
    def coverage(self) -> Path:
        """What was collected, and what could not be; nothing was before it is there."""
        return self.snapshot / "coverage.json"

    @contextmanager
    def kept(self, command: str, options: str = "") -> Iterator[None]:
        """
        Tell the user of a stage that stopped half-way what is kept, and how to go on from it.

        `command` is the stage to go on with, `options` what its command line needs besides
        the folder.
        """
        try:
            yield
        except KeyboardInterrupt as interrupt:
            interrupted = InterruptedRunError("interrupted")
            interrupted.add_note(self._going_on(command, options))
            raise interrupted from interrupt
        except KeyproofError as error:
            if error.exit_code == KeyproofError.exit_code:  # nobody's input has to be mended first
                error.add_note(self._going_on(command, options))
            raise

    def _going_on(self, command: str, options: str) -> str:
        if not self.coverage.is_file():
            return "there is nothing to go on from: collect again"
        again = f"keyproof {command} {shlex.quote(str(self.path))}{options}"
        return f"what was collected is kept in {self.path}; go on with `{again}`"

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Wait until nobody else changes the folder: two at once would mix their documents."""
        try:
            handle = os.open(self.path, os.O_RDONLY)
        except OSError as error:
            raise DocumentError(f"{self.path}: cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def keep_evaluation(
        self,
        *,
        declarations: Mapping[str, bytes],
        configuration: bytes,
        facts: bytes,
        results: bytes,
    ) -> None:
        """
        Write what was declared, what follows from it and what was judged, in this order.

        Where that is not what the folder holds, whatever was made from it (the report, the
        bundle) goes first: it would speak of other results than those beside it.
        """
        files = {self.path / "declarations" / name: declarations[name] for name in declarations}
        files |= {
            self.path / "keyproof.toml": configuration,
            self.facts: facts,
            self.results: results,
        }
        undeclared = {*(self.path / "declarations").glob("*")} - files.keys()
        if not undeclared and all(_holds(path, content) for path, content in files.items()):
            return
        for path in (self.bundle, self.example_key, self.report, self.results, *undeclared):
            _remove(path)
        for path, content in files.items():
            documents.write_whole(path, content)

    def contents(self) -> dict[str, bytes]:
        """
        Give every file of the bundle by its path in it, but for what sealing makes.

        Only what `coverage.json` lists is taken from the snapshot: a file that strayed
        there is no evidence.
        """
        coverage = documents.read(self.coverage, "coverage")
        listed = ["coverage.json", *(entry["file"] for entry in coverage["snapshots"])]
        files = {f"snapshot/{name}": self.snapshot / name for name in listed}
        for path in sorted((self.path / "declarations").glob("*")):
            files[f"declarations/{path.name}"] = path
        for name in ("keyproof.toml", "facts.json", "results.json", "report.html"):
            files[name] = self.path / name
        files |= policy_files()
        return {name: _read(path) for name, path in files.items()}


def policy_files() -> dict[str, Path]:
    """The policies' sources without their tests, and what they compile to."""
    sources = {
        f"policies/{path.relative_to(POLICIES).as_posix()}": path
        for path in sorted((POLICIES / "sec004").rglob("*.rego"))
        if not path.name.endswith("_test.rego")
    }
    return sources | {"policies/compiled/policy.wasm": COMPILED_POLICY}


def new_folder(evidence: Path, as_of: datetime) -> EvidenceFolder:
    """
    The folder of the assessment at an instant; colons are left out, as uploads refuse them.

    Raises `OutputError` where it cannot be made, so that nobody waits for a collection
    that has nowhere to go.
    """
    try:
        evidence.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{evidence}: cannot be made: {error.strerror}; {_ELSEWHERE}") from error
    if not os.access(evidence, os.W_OK | os.X_OK):
        raise OutputError(f"{evidence}: cannot be written to; {_ELSEWHERE}")
    return EvidenceFolder(path=evidence / clock.text(as_of).replace(":", ""))


def open_folder(path: Path) -> EvidenceFolder:
    """An existing folder; raises `DocumentError` when nothing was collected into it."""
    folder = EvidenceFolder(path=Path(os.path.realpath(path)))
    if not folder.coverage.is_file():
        raise DocumentError(
            f"{path}: holds no snapshot; run `keyproof collect`, or name a folder of an assessment"
        )
    return folder


def point_latest_at(folder: EvidenceFolder, evidence: Path) -> None:
    """
    Make `latest` in `evidence` name this folder, in one step, so that it never names nothing.

    A folder that lies elsewhere is nobody's latest.
    """
    if os.path.realpath(folder.path.parent) != os.path.realpath(evidence):
        return
    try:
        with tempfile.TemporaryDirectory(dir=evidence, prefix=".latest.") as temporary:
            link = Path(temporary) / LATEST
            link.symlink_to(folder.path.name)
            link.replace(evidence / LATEST)
    except OSError as error:
        raise OutputError(f"{evidence / LATEST}: cannot be written: {error.strerror}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror}") from error


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot be removed: {error.strerror}") from error
