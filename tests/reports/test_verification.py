from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof import documents
from keyproof.errors import ConfigurationError, DocumentError, VerificationError
from reports import archive, attestations, contents, envelope, signing, verification
from tests.reports import assessed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = signing.ephemeral_key()
OTHER = signing.ephemeral_key()
ED25519 = Ed25519PrivateKey.generate()
TRUSTED = (KEY.public_key(),)

SEALED = assessed.sealed(KEY)
FILES = archive.unpack(SEALED)

_json = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def _refused(content: bytes, number: int) -> str:
    """The message of a refusal, which must come from the check of that number."""
    with pytest.raises(VerificationError, match=rf"^check {number} \(") as caught:
        verification.verify_content(content, TRUSTED)
    message = str(caught.value)
    assert "\n" not in message
    return message


# What verifies


@pytest.mark.parametrize("key", [KEY, ED25519])
@pytest.mark.parametrize("example", [False, True])
def test_a_good_bundle_verifies(
    tmp_path: Path,
    key: signing.PrivateKey,
    example: bool,  # noqa: FBT001 - a parameter
) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(assessed.sealed(key, assessed.results(proven=3, example=example)))

    verified = verification.verify_bundle(path, (OTHER.public_key(), key.public_key()))

    assert verified.checks == verification.CHECKS
    assert len(verified.checks) == 10
    assert verified.keyid == signing.fingerprint(key.public_key())
    assert verified.level == 3
    assert verified.example is example
    assert verified.organisation == "Kestrel"
    assert verified.as_of == assessed.AS_OF
    assert verified.files == archive.unpack(path.read_bytes())


@pytest.mark.parametrize("proven", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("target", [1, 3, 5])
def test_whatever_is_sealed_verifies(proven: int, target: int) -> None:
    judged = assessed.results(proven=proven, possible=max(proven, 4), target=target)

    assert verification.verify_content(assessed.sealed(KEY, judged), TRUSTED).level == proven


# What cannot be read


def test_a_missing_bundle_is_no_failed_verification(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"bundle\.zip: cannot be read: No such file"):
        verification.verify_bundle(tmp_path / "bundle.zip", TRUSTED)
    with pytest.raises(DocumentError, match="cannot be read: Is a directory"):
        verification.verify_bundle(tmp_path, TRUSTED)


def test_without_a_trusted_key_nothing_is_verified() -> None:
    with pytest.raises(ConfigurationError, match="with a trusted public key, and none is given"):
        verification.verify_content(SEALED, ())


def test_an_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(b"hello")

    with pytest.raises(VerificationError, match=rf"^{path}: does not verify: check 1 .*no ZIP"):
        verification.verify_bundle(path, TRUSTED)


def test_a_file_that_never_ends_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", len(SEALED) - 1)
    path = tmp_path / "bundle.zip"
    path.write_bytes(SEALED)

    with pytest.raises(VerificationError, match=r"check 1 .* is larger than"):
        verification.verify_bundle(path, TRUSTED)


# What was changed after signing


def test_every_byte_of_a_bundle_matters() -> None:
    changed = bytearray(SEALED)
    for place in range(len(SEALED)):
        flip = 1 << place % 8
        changed[place] ^= flip
        with pytest.raises(VerificationError):
            verification.verify_content(bytes(changed), TRUSTED)
        changed[place] ^= flip


@pytest.mark.parametrize("name", FILES)
def test_every_byte_of_a_file_matters_in_a_container_that_fits(name: str) -> None:
    """As above, by somebody who mends the checksums that ZIP has."""
    changed = bytearray(FILES[name])
    number = 2 if name in attestations.PREDICATE_TYPES else 6
    for place in range(0, len(changed), 1 if number == 2 else 37):
        changed[place] ^= 0x01
        _refused(archive.pack({**FILES, name: bytes(changed)}), number)
        changed[place] ^= 0x01


@pytest.mark.parametrize("name", FILES)
def test_no_file_can_be_taken_away(name: str) -> None:
    remaining = {other: FILES[other] for other in FILES if other != name}

    _refused(archive.pack(remaining), 2 if name in attestations.PREDICATE_TYPES else 6)


@pytest.mark.parametrize("name", ["a.txt", "attestations/another.json", "snapshot/iam.json"])
def test_no_file_can_be_slipped_in(name: str) -> None:
    message = _refused(archive.pack({**FILES, name: b"{}"}), 6)

    assert f"has no subject '{name}'" in message


def test_no_file_can_be_renamed() -> None:
    renamed = {**FILES, "declarations/access.yaml": FILES["declarations/inventory.yaml"]}
    del renamed["declarations/inventory.yaml"]

    _refused(archive.pack(renamed), 6)


def test_files_cannot_change_places() -> None:
    one, other = "declarations/inventory.yaml", "report.html"

    _refused(archive.pack({**FILES, one: FILES[other], other: FILES[one]}), 6)


def test_statements_cannot_change_places() -> None:
    one, other = attestations.SVR, attestations.TEST_RESULT

    _refused(archive.pack({**FILES, one: FILES[other], other: FILES[one]}), 5)


def test_statements_of_another_bundle_do_not_fit() -> None:
    better = archive.unpack(assessed.sealed(KEY, assessed.results(proven=5)))
    borrowed = {name: better[name] for name in attestations.PREDICATE_TYPES}

    _refused(archive.pack({**FILES, **borrowed}), 6)


# What somebody else signed


def test_another_signer_is_refused() -> None:
    message = _refused(assessed.sealed(OTHER), 2)

    assert signing.fingerprint(OTHER.public_key()) in message
    assert signing.fingerprint(KEY.public_key()) in message


def test_a_key_in_the_bundle_is_not_trusted() -> None:
    files = {**assessed.assessment(), "key.pub.pem": signing.public_pem(OTHER.public_key())}

    _refused(assessed.resealed(files, OTHER), 2)


def test_both_statements_need_the_same_trusted_key() -> None:
    theirs = archive.unpack(assessed.resealed(FILES, OTHER))[attestations.SVR]
    content = archive.pack({**FILES, attestations.SVR: theirs})

    with pytest.raises(VerificationError, match=r"^check 2 .* signed by different keys"):
        verification.verify_content(content, (KEY.public_key(), OTHER.public_key()))


# What the trusted signer signed, and should not have


def test_a_signature_for_another_purpose_is_refused() -> None:
    payload = orjson.dumps({})
    sealed = envelope.seal(payload, KEY, payload_type="text/plain")

    message = _refused(archive.pack({**FILES, attestations.SVR: sealed}), 3)

    assert "payloadType is 'text/plain'" in message


@pytest.mark.parametrize("payload", [b"", b"[]", b"\xff", b"{}", b'{"_type":[]}'])
def test_a_payload_that_is_no_statement_is_refused(payload: bytes) -> None:
    _refused(archive.pack({**FILES, attestations.SVR: envelope.seal(payload, KEY)}), 4)


@pytest.mark.parametrize(
    ("number", "members"),
    [
        (4, {"_type": "https://in-toto.io/Statement/v0.1"}),
        (5, {"predicateType": "https://in-toto.io/attestation/svr/v0.1"}),
        (5, {"predicateType": None}),
        (6, {"subject": None}),
        (6, {"subject": []}),
        (6, {"subject": [None]}),
        (6, {"subject": "SHA256SUMS"}),
        (10, {"predicate": None}),
        (10, {"predicate": {}}),
        (10, {"predicate": []}),
        (10, {"note": "more"}),
    ],
)
@pytest.mark.parametrize("name", attestations.PREDICATE_TYPES)
def test_a_statement_of_another_form_is_refused(
    name: str, number: int, members: dict[str, Any]
) -> None:
    _refused(assessed.resealed(FILES, KEY, change={name: members}), number)


@pytest.mark.parametrize("name", attestations.PREDICATE_TYPES)
def test_a_subject_without_a_file_is_refused(name: str) -> None:
    covered = {one: FILES[one] for one in FILES.keys() - attestations.PREDICATE_TYPES.keys()}
    subjects = attestations.subjects({**covered, "zzz": b""})

    message = _refused(assessed.resealed(FILES, KEY, change={name: {"subject": subjects}}), 6)

    assert "has a subject that is no file of the bundle" in message


def test_a_manifest_that_lists_other_files_is_refused() -> None:
    manifest = orjson.loads(FILES["manifest.json"])
    manifest["files"].pop()
    files = {**FILES, "manifest.json": documents.encode(manifest)}

    _refused(assessed.resealed(files, KEY, relist=False), 7)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]"])
def test_a_malformed_manifest_is_refused(content: bytes) -> None:
    files = {**FILES, "manifest.json": content}

    _refused(assessed.resealed(files, KEY, relist=False), 7)


@pytest.mark.parametrize(("name", "number"), [("manifest.json", 7), ("SHA256SUMS", 8)])
def test_a_bundle_without_a_list_of_its_files_is_refused(name: str, number: int) -> None:
    files = {one: FILES[one] for one in FILES if one != name}

    _refused(assessed.resealed(files, KEY, relist=False), number)


def test_checksums_that_list_other_files_are_refused() -> None:
    lines = FILES["SHA256SUMS"].splitlines(keepends=True)
    files = {**FILES, "SHA256SUMS": b"".join(lines[1:])}

    _refused(assessed.resealed(files, KEY, relist=False), 8)


@pytest.mark.parametrize("name", ["facts.json", "snapshot/coverage.json", "snapshot/kms.json"])
def test_a_document_that_fits_no_schema_is_refused(name: str) -> None:
    message = _refused(assessed.resealed({**FILES, name: b"{}\n"}, KEY), 9)

    assert f": {name}: " in message


@pytest.mark.parametrize("name", ["facts.json", "report.html", "snapshot/coverage.json"])
def test_a_bundle_without_its_evidence_is_refused(name: str) -> None:
    files = {one: FILES[one] for one in FILES if one != name}
    covered = {one: files[one] for one in files.keys() - attestations.PREDICATE_TYPES.keys()}
    generated = {contents.MANIFEST, contents.CHECKSUMS}
    evidence = {one: covered[one] for one in covered.keys() - generated}
    manifest = orjson.loads(FILES["manifest.json"])
    manifest["files"] = contents.listing(evidence)
    listed = {**evidence, "manifest.json": documents.encode(manifest)}
    summed = {**listed, "SHA256SUMS": contents.checksums(listed)}
    signed = {}
    for one, predicate_type in attestations.PREDICATE_TYPES.items():
        statement = {
            "_type": attestations.STATEMENT_TYPE,
            "subject": attestations.subjects(summed),
            "predicateType": predicate_type,
            "predicate": {},
        }
        signed[one] = envelope.seal(attestations.encode(statement), KEY)

    message = _refused(archive.pack({**summed, **signed}), 9)

    assert message.endswith(f"{name} is missing")


def test_documents_that_contradict_each_other_are_refused() -> None:
    facts = orjson.loads(FILES["facts.json"]) | {"organisation": "Another"}
    files = {**FILES, "facts.json": documents.encode(facts)}

    assert "facts.json: organisation is 'Another'" in _refused(assessed.resealed(files, KEY), 9)


def test_a_level_without_its_verdicts_is_refused() -> None:
    judged = orjson.loads(FILES["results.json"])
    judged["level"]["proven"] = 5
    files = {**FILES, "results.json": documents.encode(judged)}

    assert "the verdicts give 3" in _refused(assessed.resealed(files, KEY), 9)


def _predicate(name: str) -> dict[str, Any]:
    payload = envelope.open_sealed(
        FILES[name], {signing.fingerprint(key): key for key in TRUSTED}, name
    ).payload
    predicate = orjson.loads(payload)["predicate"]
    assert isinstance(predicate, dict)
    return predicate


@pytest.mark.parametrize(
    ("name", "member", "value"),
    [
        (attestations.SVR, "properties", ["SEC004_MATURITY_LEVEL_5"]),
        (attestations.SVR, "timeCreated", "2027-01-01T00:00:00Z"),
        (attestations.SVR, "verifier", {"id": "https://example.com", "policies": []}),
        (attestations.TEST_RESULT, "result", "FAILED"),
        (attestations.TEST_RESULT, "failedTests", ["usage_recorded"]),
        (attestations.TEST_RESULT, "warnedTests", []),
        (attestations.TEST_RESULT, "passedTests", []),
        (attestations.TEST_RESULT, "configuration", []),
    ],
)
def test_a_statement_that_contradicts_the_results_is_refused(
    name: str, member: str, value: object
) -> None:
    predicate = {**_predicate(name), member: value}

    message = _refused(assessed.resealed(FILES, KEY, change={name: {"predicate": predicate}}), 10)

    assert message.endswith(f"{name}: {member} is not what results.json gives")


def test_a_statement_that_says_more_is_refused() -> None:
    predicate = {**_predicate(attestations.SVR), "url": "https://example.com"}

    message = _refused(
        assessed.resealed(FILES, KEY, change={attestations.SVR: {"predicate": predicate}}), 10
    )

    assert message.endswith("states more than results.json gives")


@settings(deadline=None)
@given(
    name=st.sampled_from(sorted(attestations.PREDICATE_TYPES)),
    members=st.dictionaries(
        st.sampled_from(["_type", "subject", "predicateType", "predicate"]), _json, min_size=1
    ),
)
def test_nothing_that_is_signed_causes_another_error(name: str, members: dict[str, Any]) -> None:
    with pytest.raises(VerificationError):
        verification.verify_content(assessed.resealed(FILES, KEY, change={name: members}), TRUSTED)


# Replay


def _replayed(change: Callable[[Any], None]) -> bytes:
    judged = assessed.results()
    change(judged)
    return documents.encode(judged)


def test_a_replay_evaluates_the_facts_with_the_policies_of_the_bundle() -> None:
    verified = verification.verify_content(SEALED, TRUSTED)
    given_to = []

    def evaluate(wasm: bytes, facts: bytes) -> bytes:
        given_to.append((wasm, facts))
        return FILES["results.json"]

    verification.replay(verified, evaluate)

    assert given_to == [(FILES["policies/compiled/policy.wasm"], FILES["facts.json"])]


def _fail_two(judged: Any) -> None:
    judged["criteria"]["usage_recorded"]["verdict"] = "fail"
    judged["criteria"]["access_restricted"]["verdict"] = "fail"


@pytest.mark.parametrize(
    ("again", "difference"),
    [
        (_replayed(_fail_two), "criterion access_restricted was pass and is fail"),
        (
            _replayed(lambda judged: judged["criteria"]["usage_recorded"].update(population=7)),
            "criterion usage_recorded has other population",
        ),
        (_replayed(lambda judged: judged["level"].update(proven=4)), "level is another"),
        (orjson.dumps(assessed.results()), "the same content is spelled in another way"),
    ],
)
def test_a_replay_names_the_first_difference(again: bytes, difference: str) -> None:
    verified = verification.verify_content(SEALED, TRUSTED)

    with pytest.raises(
        VerificationError, match=f"^the replay's results.json differs from .*: {difference}$"
    ):
        verification.replay(verified, lambda _wasm, _facts: again)


@pytest.mark.parametrize("again", [b"", b"{}", b"[]"])
def test_a_replay_without_results_is_refused(again: bytes) -> None:
    verified = verification.verify_content(SEALED, TRUSTED)

    with pytest.raises(VerificationError, match=r"^the replay's results\.json:"):
        verification.replay(verified, lambda _wasm, _facts: again)
