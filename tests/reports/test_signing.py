from __future__ import annotations

import errno
import os
import stat
from typing import IO, TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from keyproof.errors import ConfigurationError, OutputError, VerificationError
from reports import signing

if TYPE_CHECKING:
    from pathlib import Path

OtherKind = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey

OTHER_KINDS = [
    pytest.param(rsa.generate_private_key(65537, 2048), id="rsa"),
    pytest.param(ec.generate_private_key(ec.SECP384R1()), id="p384"),
    pytest.param(ed448.Ed448PrivateKey.generate(), id="ed448"),
]
KEYS: dict[str, signing.PrivateKey] = {
    "p256": signing.ephemeral_key(),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}


def _store(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def _pkcs8(key: signing.PrivateKey | OtherKind) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keyproof-key.pem"


def test_an_ed25519_key_made_elsewhere_is_accepted(path: Path) -> None:
    key = KEYS["ed25519"]

    private = signing.load_private_key(_store(path, _pkcs8(key)))

    signing.verify(key.public_key(), signing.sign(private, b"message"), b"message")


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_new_key_is_its_owners_alone_and_can_be_used(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        public_path = signing.generate_key(path)
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert public_path == path.with_name("keyproof-key.pub.pem")
    public, private = signing.load_public_key(public_path), signing.load_private_key(path)
    signing.verify(public, signing.sign(private, b"message"), b"message")


def test_the_file_has_its_mode_before_its_first_byte(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    fdopen = os.fdopen

    def watched(handle: int, mode: str) -> IO[bytes]:
        status = os.fstat(handle)
        seen.append((stat.S_IMODE(status.st_mode), status.st_size))
        return fdopen(handle, mode)

    monkeypatch.setattr(os, "fdopen", watched)
    signing.generate_key(path)

    assert seen[0] == (0o600, 0)


@pytest.mark.parametrize("existing", ["keyproof-key.pem", "keyproof-key.pub.pem"])
def test_no_key_is_overwritten(path: Path, existing: str) -> None:
    other = path.with_name(existing)
    other.write_bytes(b"precious")

    with pytest.raises(ConfigurationError, match=r"exists, and a key is never overwritten"):
        signing.generate_key(path)

    assert other.read_bytes() == b"precious"
    assert list(path.parent.iterdir()) == [other]


def test_a_link_in_the_way_is_not_followed(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))

    with pytest.raises(ConfigurationError, match="exists"):
        signing.generate_key(path)

    assert not path.with_name("elsewhere").exists()


def test_a_full_disk_leaves_no_half_key(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)

    with pytest.raises(OutputError, match="No space left on device"):
        signing.generate_key(path)

    assert list(path.parent.iterdir()) == []


def test_a_folder_that_is_missing_is_named(path: Path) -> None:
    with pytest.raises(OutputError, match=r"nowhere/key.pem: cannot be written: No such file"):
        signing.generate_key(path.parent / "nowhere" / "key.pem")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601])
def test_a_private_key_that_others_can_touch_is_refused(path: Path, mode: int) -> None:
    _store(path, _pkcs8(KEYS["p256"]), mode)

    with pytest.raises(ConfigurationError, match=f"chmod 600 {path}"):
        signing.load_private_key(path)


def test_a_passphrase_protects_a_key(path: Path) -> None:
    signing.generate_key(path, passphrase=b"correct horse")

    assert b"ENCRYPTED PRIVATE KEY" in path.read_bytes()
    signing.load_private_key(path, passphrase=b"correct horse")
    with pytest.raises(ConfigurationError, match="is encrypted; name the environment variable"):
        signing.load_private_key(path)
    with pytest.raises(ConfigurationError, match="does not open") as caught:
        signing.load_private_key(path, passphrase=b"battery staple")
    assert "battery" not in str(caught.value)


def test_a_passphrase_for_a_key_without_one_is_said(path: Path) -> None:
    signing.generate_key(path)

    with pytest.raises(ConfigurationError, match="is not encrypted"):
        signing.load_private_key(path, passphrase=b"correct horse")


@pytest.mark.parametrize("key", OTHER_KINDS)
def test_keys_of_another_kind_are_refused(path: Path, key: OtherKind) -> None:
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    with pytest.raises(ConfigurationError, match="of another kind; an ECDSA P-256 or Ed25519"):
        signing.load_private_key(_store(path, _pkcs8(key)))
    with pytest.raises(ConfigurationError, match="of another kind; an ECDSA P-256 or Ed25519"):
        signing.load_public_key(_store(path, public))


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_malformed_private_key_is_refused(path: Path, content: bytes) -> None:
    with pytest.raises(ConfigurationError, match="is no private key in PEM"):
        signing.load_private_key(_store(path, content))


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n"])
def test_a_malformed_public_key_is_refused(path: Path, content: bytes) -> None:
    with pytest.raises(ConfigurationError, match="is no public key in PEM"):
        signing.load_public_key(_store(path, content))


def test_a_private_key_given_for_a_public_one_is_said(path: Path) -> None:
    signing.generate_key(path)

    with pytest.raises(ConfigurationError, match=r"is a private key; give the \.pub\.pem"):
        signing.load_public_key(path)


def test_a_missing_key_is_named(path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"key\.pem: cannot be read: No such file"):
        signing.load_private_key(path)
    with pytest.raises(ConfigurationError, match=r"key\.pem: cannot be read: No such file"):
        signing.load_public_key(path)


@pytest.mark.parametrize("environment", [{}, {"PASSPHRASE": ""}, {"PASSPHRASE": "p" * 1024}])
def test_a_passphrase_variable_must_be_set(environment: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="variable PASSPHRASE is to hold"):
        signing.read_passphrase("PASSPHRASE", environment)


def test_a_passphrase_is_read_from_the_named_variable() -> None:
    assert signing.read_passphrase("PASSPHRASE", {"PASSPHRASE": "pässword"}) == "pässword".encode()


@pytest.mark.parametrize(
    ("encoded", "printed"),
    [
        pytest.param(
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHGzVIFPtxLHT3oWQKWwrWI0jYFz0"
            "Ag5Nub23rOwYn/aqha94ihlfONlUJYarWkkDtGtpHSyrFTNOPVDIEpuKGA==",
            "SHA256:YcMmzKZpkt+YxgyYT9kcm33PYdL3buYROZlBqylwNfY",
            id="p256",
        ),
        pytest.param(
            "MCowBQYDK2VwAyEA0kDtwow96Rtw4KG8Qljm5+W5NME6ZgjsC3AnYOAz+rk=",
            "SHA256:4xZ7rkLRnsluSG1IodK3uswrrxOs4e4Z0PVMXYAmsO4",
            id="ed25519",
        ),
    ],
)
def test_a_key_is_named_as_ssh_keygen_prints_it(path: Path, encoded: str, printed: str) -> None:
    pem = f"-----BEGIN PUBLIC KEY-----\n{encoded}\n-----END PUBLIC KEY-----\n"

    key = signing.load_public_key(_store(path, pem.encode()))

    assert signing.fingerprint(key) == printed


@pytest.mark.parametrize("kind", KEYS)
def test_a_signature_holds_for_its_key_and_message_alone(kind: str) -> None:
    key, other = KEYS[kind], signing.ephemeral_key()
    signature = signing.sign(key, b"message")

    signing.verify(key.public_key(), signature, b"message")
    for public, forged, message in (
        (other.public_key(), signature, b"message"),
        (key.public_key(), signature, b"massage"),
        (key.public_key(), signature[:-1], b"message"),
        (key.public_key(), b"", b"message"),
    ):
        with pytest.raises(VerificationError, match="the signature is not SHA256:"):
            signing.verify(public, forged, message)
