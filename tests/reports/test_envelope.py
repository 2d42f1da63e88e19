from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keyproof.errors import VerificationError
from reports import envelope, signing

KEY = signing.ephemeral_key()
TRUSTED = {signing.fingerprint(KEY.public_key()): KEY.public_key()}
SEALED = envelope.seal(b'{"a":1}', KEY)


def _dump(document: object) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def test_the_signed_bytes_are_those_of_the_specification() -> None:
    """The example of DSSE's protocol.md."""
    assert envelope.authenticated("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_lengths_are_of_bytes() -> None:
    assert envelope.authenticated("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


@pytest.mark.parametrize("key", [KEY, Ed25519PrivateKey.generate()])
def test_what_is_sealed_can_be_opened(key: signing.PrivateKey) -> None:
    public = key.public_key()
    keyid = signing.fingerprint(public)

    opened = envelope.open_sealed(envelope.seal(b"payload", key), {keyid: public}, "a.json")

    assert opened == envelope.Envelope(
        payload_type="application/vnd.in-toto+json", payload=b"payload", keyid=keyid
    )


def test_an_envelope_is_one_line_in_a_fixed_order() -> None:
    (line,) = SEALED.splitlines(keepends=True)

    document = orjson.loads(line)
    assert list(document) == ["payload", "payloadType", "signatures"]
    assert list(document["signatures"][0]) == ["keyid", "sig"]
    assert line.endswith(b"}\n")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b"null",
        _dump({"payload": "", "payloadType": "", "signatures": []}),
        _dump({"payload": "", "payloadType": "", "signatures": [None]}),
        _dump({"payload": "", "payloadType": "", "signatures": {}}),
        _dump({"payload": None, "payloadType": "", "signatures": [{"keyid": "", "sig": ""}]}),
        _dump({"payload": "é", "payloadType": "", "signatures": [{"keyid": "", "sig": ""}]}),
        _dump({"payload": "a", "payloadType": "", "signatures": [{"keyid": "", "sig": ""}]}),
        _dump({"payload": "", "payloadType": "", "signatures": [{"keyid": "", "sig": 1}]}),
        b"[" * 100_000,
    ],
)
def test_what_is_no_envelope_is_refused(content: bytes) -> None:
    with pytest.raises(VerificationError, match="is no DSSE envelope with one signature"):
        envelope.open_sealed(content, TRUSTED, "a.json")


def _spellings() -> dict[str, bytes]:
    document: dict[str, Any] = orjson.loads(SEALED)
    (signature,) = document["signatures"]
    padded = base64.b64encode(b'{"a":1}')
    loose = padded.replace(b"fQ==", b"fR==")
    assert base64.b64decode(loose, validate=True) == b'{"a":1}'
    return {
        "another member": _dump({**document, "note": ""}),
        "another order": _dump(dict(reversed(document.items()))),
        "indented": orjson.dumps(document, option=orjson.OPT_INDENT_2),
        "no line end": SEALED[:-1],
        "two signatures": _dump({**document, "signatures": [signature, signature]}),
        "another member of a signature": _dump({**document, "signatures": [{**signature, "c": 1}]}),
        "a member twice": SEALED.replace(b'{"payload"', b'{"payload":"","payload"', 1),
        "stray bits in base64": SEALED.replace(padded, loose),
        "an escape": SEALED.replace(b"in-toto", b"in\\u002dtoto"),
        "a type that is no string": _dump({**document, "payloadType": 1}),
    }


@pytest.mark.parametrize("spelling", _spellings())
def test_no_other_spelling_is_accepted(spelling: str) -> None:
    with pytest.raises(VerificationError, match="is no DSSE envelope in its one form"):
        envelope.open_sealed(_spellings()[spelling], TRUSTED, "a.json")


def test_a_key_that_is_not_trusted_is_named() -> None:
    stranger = signing.ephemeral_key()

    with pytest.raises(VerificationError, match=r"a\.json: is signed by 'SHA256:.*', and the"):
        envelope.open_sealed(envelope.seal(b"", stranger), TRUSTED, "a.json")


def test_a_trusted_keys_name_is_not_enough() -> None:
    stranger = signing.ephemeral_key()
    theirs, trusted = (signing.fingerprint(key.public_key()) for key in (stranger, KEY))
    forged = envelope.seal(b"", stranger).replace(theirs.encode(), trusted.encode())

    with pytest.raises(VerificationError, match=r"a\.json: the signature is not SHA256:"):
        envelope.open_sealed(forged, TRUSTED, "a.json")


@pytest.mark.parametrize("member", ["payload", "payloadType"])
def test_the_signature_covers_payload_and_type(member: str) -> None:
    other = orjson.loads(envelope.seal(b"other", KEY, payload_type="text/plain"))
    document = orjson.loads(SEALED)
    document[member] = other[member]

    with pytest.raises(VerificationError, match=r"a\.json: the signature is not SHA256:"):
        envelope.open_sealed(_dump(document), TRUSTED, "a.json")
