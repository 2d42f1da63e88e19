from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keyproof import documents
from keyproof.errors import DocumentError
from reports import bundle, contents, signing
from tests.reports import assessed

KEY = signing.ephemeral_key()


@dataclass(frozen=True, kw_only=True)
class _Found:
    provider: str
    offset: int


def _unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_a_bundle_holds_what_was_given_and_what_was_made() -> None:
    given = assessed.assessment()

    held = _unzipped(bundle.build_bundle(given, key=KEY, find_keys=assessed.no_keys))

    assert list(held) == sorted(held)
    assert held.keys() - given.keys() == {
        "manifest.json",
        "SHA256SUMS",
        "attestations/svr.json",
        "attestations/test-result.json",
    }
    assert {name: held[name] for name in given} == given
    listed = documents.decode(held["manifest.json"], "manifest.json")["files"]
    assert [entry["path"] for entry in listed] == sorted(given)
    summed = {name: held[name] for name in (*given, "manifest.json")}
    assert held["SHA256SUMS"] == contents.checksums(summed)


def test_with_ed25519_the_same_contents_are_the_same_bytes() -> None:
    key = Ed25519PrivateKey.generate()

    assert assessed.sealed(key) == assessed.sealed(key)


def test_with_ecdsa_only_the_signatures_differ() -> None:
    one, other = _unzipped(assessed.sealed(KEY)), _unzipped(assessed.sealed(KEY))

    differing = [name for name in one if one[name] != other[name]]
    assert differing == ["attestations/svr.json", "attestations/test-result.json"]
    for name in differing:
        before, after = (documents.decode(held[name], name) for held in (one, other))
        assert before.pop("signatures") != after.pop("signatures")
        assert before == after


@pytest.mark.parametrize("name", sorted(assessed.assessment()))
def test_a_key_in_any_file_stops_the_sealing_and_is_not_told(name: str) -> None:
    secret = b"sk-" + b"x" * 20
    files = assessed.assessment()
    files[name] += secret

    def find_keys(content: bytes) -> list[_Found]:
        offset = content.find(secret)
        return [_Found(provider="openai", offset=offset)] if offset >= 0 else []

    offset = len(files[name]) - len(secret)
    with pytest.raises(
        DocumentError, match=f"^{name}: holds what .* key of openai at offset {offset};"
    ) as caught:
        bundle.build_bundle(files, key=KEY, find_keys=find_keys)
    assert secret.decode() not in str(caught.value)


@pytest.mark.parametrize("name", ["manifest.json", "SHA256SUMS", "attestations/another.json"])
def test_what_sealing_makes_cannot_be_given(name: str) -> None:
    files = {**assessed.assessment(), name: b""}

    with pytest.raises(DocumentError, match=f"^{name}: is made when a bundle is sealed"):
        bundle.build_bundle(files, key=KEY, find_keys=assessed.no_keys)


def test_a_name_that_is_not_safe_everywhere_is_not_sealed() -> None:
    files = {**assessed.assessment(), "declarations/my inventory.yaml": b""}

    with pytest.raises(DocumentError, match="cannot be a bundle's file"):
        bundle.build_bundle(files, key=KEY, find_keys=assessed.no_keys)


def test_a_level_that_is_not_proven_is_not_sealed() -> None:
    judged = assessed.results(proven=2)
    judged["level"]["proven"] = 5

    with pytest.raises(DocumentError, match="level/proven is 5, but the verdicts give 2"):
        assessed.sealed(KEY, judged)


def test_nothing_is_sealed_that_contradicts_itself() -> None:
    files = {
        **assessed.assessment(),
        "facts.json": assessed.assessment(assessed.results(example=True))["facts.json"],
    }

    with pytest.raises(DocumentError, match=r"^facts\.json: example is True"):
        bundle.build_bundle(files, key=KEY, find_keys=assessed.no_keys)


@pytest.mark.parametrize("name", contents.REQUIRED)
def test_nothing_is_sealed_without_its_evidence(name: str) -> None:
    files = assessed.assessment()
    del files[name]

    with pytest.raises(DocumentError, match=f"^{name} is missing$"):
        bundle.build_bundle(files, key=KEY, find_keys=assessed.no_keys)
