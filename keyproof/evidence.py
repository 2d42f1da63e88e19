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

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keyproof import clock, documents
from keyproof.errors import DocumentError, InterruptedRunError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

LATEST = "latest"
POLICIES = Path(__file__).parent.parent / "policies"
COMPILED_POLICY = POLICIES / "compiled" / "policy.wasm"


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

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Tell an interrupted user where what was collected lies, and how to go on from it."""
        try:
            yield
        except KeyboardInterrupt as interrupt:
            if not (self.snapshot / "coverage.json").is_file():
                raise InterruptedRunError(
                    "interrupted before anything was collected"
                ) from interrupt
            raise InterruptedRunError(
                f"interrupted; what was collected is kept in {self.path}; go on with"
                f" `keyproof evaluate {self.path}`"
            ) from interrupt

    def keep_declarations(self, files: Mapping[str, bytes], configuration: bytes) -> None:
        """Write what was declared beside what was judged by it, and nothing from before."""
        folder = self.path / "declarations"
        for stale in folder.glob("*"):
            if stale.name not in files:
                stale.unlink()
        for name, content in files.items():
            documents.write_whole(folder / name, content)
        documents.write_whole(self.path / "keyproof.toml", configuration)

    def contents(self) -> dict[str, bytes]:
        """
        Give every file of the bundle by its path in it, but for what sealing makes.

        Only what `coverage.json` lists is taken from the snapshot: a file that strayed
        there is no evidence.
        """
        coverage = documents.read(self.snapshot / "coverage.json", "coverage")
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
    """The folder of the assessment at an instant; colons are left out, as uploads refuse them."""
    return EvidenceFolder(path=evidence / clock.text(as_of).replace(":", ""))


def open_folder(path: Path) -> EvidenceFolder:
    """An existing folder; raises `DocumentError` when nothing was collected into it."""
    folder = EvidenceFolder(path=path.resolve())
    if not (folder.snapshot / "coverage.json").is_file():
        raise DocumentError(
            f"{path}: holds no snapshot; run `keyproof collect`, or name a folder of an assessment"
        )
    return folder


def point_latest_at(folder: EvidenceFolder) -> None:
    """Make `latest` name this folder, in one step, so that it never names nothing."""
    evidence = folder.path.parent
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
