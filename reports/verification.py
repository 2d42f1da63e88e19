"""Verification tells whether a bundle is what a trusted signer sealed, to the last byte."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keyproof import documents
from keyproof.errors import ConfigurationError, DocumentError, VerificationError
from reports import archive, attestations, contents, envelope, signing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from keyproof.documents import Json

CHECKS = (
    "the container is safe and has the one form that its contents can have",
    "both envelopes are signed by one trusted key",
    "both envelopes carry an in-toto payload",
    "both payloads are in-toto Statements v1",
    "the statements are a simple verification result and a test result",
    "the statements' subjects are exactly the bundle's files",
    "the manifest lists exactly the bundle's files",
    "SHA256SUMS lists exactly the bundle's files",
    "every document is valid and agrees with the others",
    "the statements say what the results say",
)
"""What `verify_bundle` checks, in its order."""

Evaluate = Callable[[bytes, bytes], bytes]
"""Evaluates facts with compiled policies: WASM and facts.json in, results.json out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """A bundle that passed every check."""

    checks: tuple[str, ...]
    """What was checked, in order."""

    keyid: str
    """Fingerprint of the trusted key that signed."""

    level: int
    """The level proven."""

    example: bool
    """The estate is emulated: the bundle proves nothing about any organisation."""

    organisation: str

    as_of: str
    """The instant that the evidence speaks of; RFC 3339 in UTC."""

    files: Mapping[str, bytes] = field(repr=False)
    """The verified contents, by path."""


def verify_bundle(path: Path, trusted_keys: Iterable[signing.PublicKey]) -> Verification:
    """
    Check a bundle file; see `verify_content` for the checks.

    Raises `DocumentError` when there is no file to read, `VerificationError` when it is
    not what its signer sealed.
    """
    try:
        with path.open("rb") as file:
            content = file.read(archive.MAX_BYTES + 1)
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return verify_content(content, trusted_keys)
    except VerificationError as error:
        raise VerificationError(f"{path}: does not verify: {error}") from error


def verify_content(content: bytes, trusted_keys: Iterable[signing.PublicKey]) -> Verification:
    """
    Check a bundle, in this order, each check resting on those before it.

    1. The container is read without unpacking it to disk: no names that are unsafe or
       collide, nothing but plain files, nothing before, between or after them; written again
       from its contents it is the same, byte for byte.
    2. Both envelopes are signed by one of the caller's keys, the same for both. No key
       is ever taken from the bundle.
    3. Their payload type is in-toto's.
    4. Their payloads are in-toto Statements v1.
    5. Each has its own predicate type.
    6. Their subjects are every file but the attestations, with its SHA-256, and no other.
    7. The manifest lists every file but itself, SHA256SUMS and the attestations.
    8. SHA256SUMS lists every file but itself and the attestations.
    9. Every document fits its schema and none contradicts another; the levels are those
       that the verdicts give.
    10. The statements, made again from the results, are those that were signed.

    Raises `VerificationError` with the number of the first check that fails, and
    `ConfigurationError` without a trusted key.
    """
    trusted = {signing.fingerprint(key): key for key in trusted_keys}
    if not trusted:
        raise ConfigurationError(
            "a bundle is verified with a trusted public key, and none is given"
        )

    with _check(1):
        files = archive.unpack(content)
    covered = {name: files[name] for name in files.keys() - attestations.PREDICATE_TYPES.keys()}

    with _check(2):
        envelopes = _open(files, trusted)
        keyids = {sealed.keyid for sealed in envelopes.values()}
        if len(keyids) != 1:
            raise VerificationError("the envelopes are signed by different keys")

    with _check(3):
        for name, sealed in envelopes.items():
            _require(name, "payloadType", sealed.payload_type, envelope.PAYLOAD_TYPE)

    with _check(4):
        stated = {name: documents.decode(envelopes[name].payload, name) for name in envelopes}
        for name, statement in stated.items():
            _require(name, "_type", statement.get("_type"), attestations.STATEMENT_TYPE)

    with _check(5):
        for name, predicate_type in attestations.PREDICATE_TYPES.items():
            _require(name, "predicateType", stated[name].get("predicateType"), predicate_type)

    with _check(6):
        subjects = attestations.subjects(covered)
        for name, statement in stated.items():
            _require_subjects(name, statement.get("subject"), subjects)

    with _check(7):
        made = {contents.MANIFEST, contents.CHECKSUMS}
        evidence = {name: covered[name] for name in covered.keys() - made}
        _require_manifest(covered, evidence)

    with _check(8):
        summed = {name: covered[name] for name in covered.keys() - {contents.CHECKSUMS}}
        if covered.get(contents.CHECKSUMS) != contents.checksums(summed):
            raise VerificationError(f"{contents.CHECKSUMS} is missing or another list")

    with _check(9):
        parsed = contents.read_documents(covered)
        contents.require_agreement(covered, parsed)

    with _check(10):
        results = parsed[contents.RESULTS]
        expected = attestations.statements(covered, parsed[contents.MANIFEST], results)
        for name, statement in stated.items():
            _require_statement(name, statement, expected[name])

    return Verification(
        checks=CHECKS,
        keyid=keyids.pop(),
        level=results["level"]["proven"],
        example=results["example"],
        organisation=results["organisation"],
        as_of=results["as_of"],
        files=files,
    )


def replay(verified: Verification, evaluate: Evaluate) -> None:
    """
    Evaluate a verified bundle's facts with its own policies again, and compare.

    Raises `VerificationError` naming the first criterion that comes out otherwise.
    """
    sealed = verified.files[contents.RESULTS]
    again = evaluate(verified.files[contents.POLICY], verified.files[contents.FACTS])
    if again == sealed:
        return
    name = f"the replay's {contents.RESULTS}"
    try:
        replayed = documents.decode(again, name)
        documents.validate(replayed, "results", name)
    except DocumentError as error:
        raise VerificationError(str(error)) from error
    difference = _first_difference(documents.decode(sealed, contents.RESULTS), replayed)
    raise VerificationError(f"{name} differs from the bundle's: {difference}")


@contextmanager
def _check(number: int) -> Iterator[None]:
    """Number the failure of a check."""
    try:
        yield
    except (DocumentError, VerificationError) as error:
        raise VerificationError(f"check {number} ({CHECKS[number - 1]}): {error}") from error


def _open(
    files: Mapping[str, bytes], trusted: Mapping[str, signing.PublicKey]
) -> dict[str, envelope.Envelope]:
    for name in attestations.PREDICATE_TYPES:
        if name not in files:
            raise VerificationError(f"{name} is missing")
    return {
        name: envelope.open_sealed(files[name], trusted, name)
        for name in attestations.PREDICATE_TYPES
    }


def _require(name: str, member: str, stated: object, expected: str) -> None:
    if stated != expected:
        raise VerificationError(f"{name}: {member} is {stated!a}, not {expected!a}")


def _require_subjects(name: str, stated: object, expected: list[Json]) -> None:
    if stated == expected:
        return
    if not isinstance(stated, list):
        raise VerificationError(f"{name}: has no list of subjects")
    for subject in expected:
        if subject not in stated:
            raise VerificationError(
                f"{name}: has no subject {subject['name']!a} with the digest of that file"
            )
    raise VerificationError(f"{name}: has a subject that is no file of the bundle, or one twice")


def _require_manifest(covered: Mapping[str, bytes], evidence: Mapping[str, bytes]) -> None:
    if contents.MANIFEST not in covered:
        raise VerificationError(f"{contents.MANIFEST} is missing")
    manifest = documents.decode(covered[contents.MANIFEST], contents.MANIFEST)
    documents.validate(manifest, "manifest", contents.MANIFEST)
    if manifest["files"] != contents.listing(evidence):
        raise VerificationError(f"{contents.MANIFEST}: lists other files than the bundle holds")


def _require_statement(name: str, stated: Json, expected: Json) -> None:
    if stated == expected:
        return
    predicate = stated.get("predicate")
    if not isinstance(predicate, dict):
        raise VerificationError(f"{name}: has no predicate")
    for member, value in expected["predicate"].items():
        if predicate.get(member) != value:
            raise VerificationError(f"{name}: {member} is not what {contents.RESULTS} gives")
    raise VerificationError(f"{name}: states more than {contents.RESULTS} gives")


def _first_difference(stated: Json, replayed: Json) -> str:
    for slug, before in sorted(stated["criteria"].items()):
        after = replayed["criteria"][slug]
        if before["verdict"] != after["verdict"]:
            return f"criterion {slug} was {before['verdict']} and is {after['verdict']}"
        for member in sorted(before):
            if before[member] != after[member]:
                return f"criterion {slug} has other {member}"
    for member in sorted(stated):
        if stated[member] != replayed[member]:
            return f"{member} is another"
    return "the same content is spelled in another way"
