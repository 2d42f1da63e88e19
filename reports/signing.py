"""
Keys: made, loaded, named, and used to sign and to verify bytes.

ECDSA on P-256 with SHA-256 (FIPS 186-5), signatures in DER, is what `generate_key`
makes; Ed25519 (RFC 8032) keys made elsewhere are accepted. Private keys are PEM PKCS #8
in a file that nobody but its owner can read.
"""

from __future__ import annotations

import base64
import os
import stat
from contextlib import ExitStack
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
    ssh_key_fingerprint,
)

from keyproof.errors import ConfigurationError, OutputError, VerificationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey
PublicKey = EllipticCurvePublicKey | Ed25519PublicKey

_ACCEPTED = "an ECDSA P-256 or Ed25519 key is needed; `keyproof keygen` makes one"
_MAX_KEY_BYTES = 1 << 16
_MAX_PASSPHRASE_BYTES = 1023


def ephemeral_key() -> PrivateKey:
    """A key for one run, never written to disk: what an example is signed with."""
    return generate_private_key(SECP256R1())


def generate_key(path: Path, *, passphrase: bytes | None = None) -> Path:
    """
    Make a P-256 key: the private half at `path`, the public half beside it as `<stem>.pub.pem`.

    Returns the public half's path. The private file has mode 0600 before its first
    byte is written. Raises `ConfigurationError` when either file exists, since no key is
    ever overwritten, and `OutputError` when one cannot be written; neither is left then.
    """
    key = ephemeral_key()
    protection = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)
    public_path = path.with_name(f"{path.stem}.pub.pem")
    with ExitStack() as undo:
        _create(path, private, 0o600, undo)
        _create(public_path, public_pem(key.public_key()), 0o644, undo)
        undo.pop_all()
    return public_path


def load_private_key(path: Path, *, passphrase: bytes | None = None) -> PrivateKey:
    """
    Read a private key that only its owner can read.

    Raises `ConfigurationError` when it is missing, readable by others, encrypted without
    a passphrase (or the reverse), malformed, or of another kind.
    """
    content = _read(path, private=True)
    try:
        key = load_pem_private_key(content, passphrase)
    except TypeError as error:  # how `cryptography` says that only one of the two has a passphrase
        if passphrase is None:
            raise ConfigurationError(
                f"{path}: is encrypted; name the environment variable that holds its passphrase"
            ) from error
        raise ConfigurationError(
            f"{path}: is not encrypted, but a passphrase was given; leave the passphrase out"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        wrong = "is no private key in PEM" if passphrase is None else "does not open; passphrase?"
        raise ConfigurationError(f"{path}: {wrong}; {_ACCEPTED}") from error
    if isinstance(key, Ed25519PrivateKey):
        return key
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    raise ConfigurationError(f"{path}: holds a key of another kind; {_ACCEPTED}")


def load_public_key(path: Path) -> PublicKey:
    """Read a public key; raises `ConfigurationError` when it is missing or cannot be used."""
    content = _read(path, private=False)
    if b"PRIVATE KEY-----" in content:
        raise ConfigurationError(f"{path}: is a private key; give the .pub.pem that lies beside it")
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(f"{path}: is no public key in PEM; {_ACCEPTED}") from error
    if isinstance(key, Ed25519PublicKey):
        return key
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    raise ConfigurationError(f"{path}: holds a key of another kind; {_ACCEPTED}")


def read_passphrase(variable: str, environment: Mapping[str, str]) -> bytes:
    """
    The passphrase in a named environment variable.

    Raises `ConfigurationError` when there is none, or one longer than OpenSSL takes.
    """
    passphrase = os.fsencode(environment.get(variable, ""))
    if not 0 < len(passphrase) <= _MAX_PASSPHRASE_BYTES:
        raise ConfigurationError(
            f"the environment variable {variable} is to hold the signing key's passphrase, "
            f"1 to {_MAX_PASSPHRASE_BYTES} bytes, but holds {len(passphrase)} or is not set"
        )
    return passphrase


def public_pem(key: PublicKey) -> bytes:
    """A public key as `openssl` and `cosign` read it: SubjectPublicKeyInfo in PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: PublicKey) -> str:
    """
    The key's name, `SHA256:…`, as `ssh-keygen -lf` prints it.

    It is the DSSE `keyid` too, since verifiers written in Go look a key up by this form
    and skip a signature that names it otherwise.
    """
    digest = ssh_key_fingerprint(key, hashes.SHA256())
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def sign(key: PrivateKey, message: bytes) -> bytes:
    """Sign a message; Ed25519 gives the same signature each time, ECDSA another each time."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(message)
    return key.sign(message, ECDSA(hashes.SHA256()))


def verify(key: PublicKey, signature: bytes, message: bytes) -> None:
    """Raise `VerificationError` unless `signature` was made over `message` with `key`."""
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(signature, message, ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise VerificationError(f"the signature is not {fingerprint(key)}'s") from error


def _create(path: Path, content: bytes, mode: int, undo: ExitStack) -> None:
    """Write a file that must not exist yet; `undo` takes it away again."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        undo.callback(path.unlink)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise ConfigurationError(
            f"{path}: exists, and a key is never overwritten; choose another name"
        ) from error
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error


def _read(path: Path, *, private: bool) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if private and stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO):
                raise ConfigurationError(
                    f"{path}: others than its owner can read or change this private key; "
                    f"run `chmod 600 {path}`"
                )
            return file.read(_MAX_KEY_BYTES)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
