"""
Sealing: the evidence of one assessment, its manifest and two signed statements in one ZIP.

The same contents and the same Ed25519 key give the same bytes on any day and machine;
with an ECDSA key the signatures differ each time, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from keyproof import documents
from keyproof.errors import DocumentError
from reports import archive, attestations, contents, envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.signing import PrivateKey


class FoundKey(Protocol):
    """A place where an AI key stands in the clear."""

    @property
    def provider(self) -> str:
        """Whose key it is."""

    @property
    def offset(self) -> int:
        """Where it begins."""


FindKeys = Callable[[bytes], Sequence[FoundKey]]
"""Finds the AI keys in a file."""


def build_bundle(files: Mapping[str, bytes], *, key: PrivateKey, find_keys: FindKeys) -> bytes:
    """
    Seal an assessment's files, given by their paths in the bundle.

    `snapshot/coverage.json` with the snapshots that it lists, `facts.json`,
    `results.json`, `report.html` and `policies/compiled/policy.wasm` must be among them;
    `manifest.json`, `SHA256SUMS` and the attestations are made here. What is stated
    and signed is read from `results.json`. Raises `DocumentError` when a file holds an AI key,
    has a fault or contradicts another.
    """
    for name in files:
        if name in {contents.MANIFEST, contents.CHECKSUMS} or name.startswith(
            contents.ATTESTATIONS
        ):
            raise DocumentError(f"{name}: is made when a bundle is sealed, and cannot be given")
    _require_no_keys(files, find_keys)
    parsed = contents.read_documents(files)
    results = parsed[contents.RESULTS]
    manifest = contents.manifest(files, results)
    documents.validate(manifest, "manifest", contents.MANIFEST)
    listed = {**files, contents.MANIFEST: documents.encode(manifest)}
    contents.require_agreement(listed, {**parsed, contents.MANIFEST: manifest})
    sealed = {**listed, contents.CHECKSUMS: contents.checksums(listed)}
    signed = {
        name: envelope.seal(attestations.encode(statement), key)
        for name, statement in attestations.statements(sealed, manifest, results).items()
    }
    return archive.pack({**sealed, **signed})


def _require_no_keys(files: Mapping[str, bytes], find_keys: FindKeys) -> None:
    for name, content in sorted(files.items()):
        for found in find_keys(content):
            raise DocumentError(
                f"{name}: holds what looks like a key of {found.provider} at offset {found.offset};"
                " nothing was sealed: remove it where it came from, and rotate it"
            )
