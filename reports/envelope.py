"""
DSSE: an envelope that carries a statement and one signature over its exact bytes.

https://github.com/secure-systems-lab/dsse, version 1.0.2. An envelope is one line of
JSON with its members in the order of their names, so that `sed` can take it apart, and
no other spelling of it is accepted.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from keyproof import documents
from keyproof.errors import DocumentError, VerificationError
from reports import signing

if TYPE_CHECKING:
    from collections.abc import Mapping

PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An envelope whose signature holds."""

    payload_type: str
    payload: bytes
    keyid: str


def authenticated(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding (PAE): the bytes that are signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, key: signing.PrivateKey, *, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """Sign a payload."""
    signature = signing.sign(key, authenticated(payload_type, payload))
    return _line(payload_type, payload, signing.fingerprint(key.public_key()), signature)


def open_sealed(content: bytes, trusted: Mapping[str, signing.PublicKey], name: str) -> Envelope:
    """
    Check an envelope's signature with the trusted key that it names; nothing is parsed before.

    `trusted` has the keys by fingerprint. Raises `VerificationError`, also for an
    envelope that is spelled in another way than `seal` spells it.
    """
    try:
        envelope = documents.decode(content, name)
        payload_type = str(envelope["payloadType"])
        payload = base64.b64decode(envelope["payload"], validate=True)
        signature = base64.b64decode(envelope["signatures"][0]["sig"], validate=True)
        keyid = str(envelope["signatures"][0]["keyid"])
    except (DocumentError, LookupError, TypeError, ValueError) as error:
        raise VerificationError(f"{name}: is no DSSE envelope with one signature") from error
    if _line(payload_type, payload, keyid, signature) != content:
        raise VerificationError(f"{name}: is no DSSE envelope in its one form")
    key = trusted.get(keyid)
    if key is None:
        raise VerificationError(
            f"{name}: is signed by {keyid!a}, and the trusted keys are {', '.join(trusted)}"
        )
    try:
        signing.verify(key, signature, authenticated(payload_type, payload))
    except VerificationError as error:
        raise VerificationError(f"{name}: {error}") from error
    return Envelope(payload_type=payload_type, payload=payload, keyid=keyid)


def _line(payload_type: str, payload: bytes, keyid: str, signature: bytes) -> bytes:
    return orjson.dumps(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": payload_type,
            "signatures": [{"keyid": keyid, "sig": base64.b64encode(signature).decode()}],
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )
