from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import orjson
import pytest

from collectors.redaction import find_keys
from keyproof import documents
from keyproof.engine.results import evaluate
from keyproof.engine.wasm import wasm_engine
from keyproof.evidence import COMPILED_POLICY, EvidenceFolder
from reports import signing
from reports.bundle import build_bundle
from reports.verification import CHECKS
from tests.keyproof.cli.command import message

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.keyproof.cli.conftest import Command

    Files = dict[str, bytes]


@pytest.fixture
def seal(example: Path, tmp_path: Path) -> Callable[[Files], tuple[Path, Path]]:
    """Seal changed contents as an honest tool with a dishonest user would; gives bundle and key."""

    def sealed(changes: Files) -> tuple[Path, Path]:
        key = signing.ephemeral_key()
        files = {**EvidenceFolder(path=example).contents(), **changes}
        kept = {name: content for name, content in files.items() if content}
        bundle, public = tmp_path / "changed.zip", tmp_path / "changed.pub.pem"
        bundle.write_bytes(build_bundle(kept, key=key, find_keys=find_keys))
        public.write_bytes(signing.public_pem(key.public_key()))
        return bundle, public

    return sealed


def _key(example: Path) -> Path:
    return example / "example-key.pub.pem"


def test_a_bundle_verifies_check_by_check(keyproof: Command, example: Path) -> None:
    outcome = keyproof("verify", example / "bundle.zip", "--key", _key(example))

    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].startswith("EXAMPLE: ")
    assert lines[1 : len(CHECKS) + 1] == [f"✔ {check}" for check in CHECKS]
    assert lines[-1].startswith("note: --replay ")
    assert "level proven  2 Developing" in lines


def test_verify_speaks_json(keyproof: Command, example: Path) -> None:
    outcome = keyproof(
        "verify", example / "bundle.zip", "--key", _key(example), "--replay", "--json"
    )

    assert outcome.code == 0
    assert outcome.json == {
        "verified": True,
        "checks": [
            *CHECKS,
            "facts derived again: the same",
            "facts evaluated again: the same results",
        ],
        "keyid": signing.fingerprint(signing.load_public_key(_key(example))),
        "organisation": "EXAMPLE Company",
        "as_of": "2026-11-02T09:00:00Z",
        "level": 2,
        "example": True,
        "replayed": True,
        "policies_of_this_keyproof": True,
    }


def test_any_of_several_trusted_keys_will_do(
    keyproof: Command, example: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other-key.pem"
    assert keyproof("keygen", other).code == 0

    keys = ("--key", other.with_name("other-key.pub.pem"), "--key", _key(example))
    assert keyproof("verify", example / "bundle.zip", *keys).code == 0


@pytest.mark.parametrize("position", [0, 40, 1000, -30, -1])
def test_a_changed_byte_is_found(keyproof: Command, example: Path, position: int) -> None:
    bundle = example / "bundle.zip"
    content = bytearray(bundle.read_bytes())
    content[position] ^= 1
    bundle.write_bytes(content)

    told = message(keyproof("verify", bundle, "--key", _key(example)), 1)

    assert "does not verify: check " in told


def test_a_changed_verdict_is_found(keyproof: Command, example: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.zip"
    with (
        zipfile.ZipFile(example / "bundle.zip") as old,
        zipfile.ZipFile(changed, "w") as new,
    ):
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "results.json":
                content = content.replace(b'"fail"', b'"pass"')
            new.writestr(entry, content)

    message(keyproof("verify", changed, "--key", _key(example)), 1)


def test_somebody_elses_key_does_not_verify(
    keyproof: Command, example: Path, tmp_path: Path
) -> None:
    keyproof("keygen", tmp_path / "other-key.pem")

    told = message(
        keyproof("verify", example / "bundle.zip", "--key", tmp_path / "other-key.pub.pem"), 1
    )

    assert "check 2 (both envelopes are signed by one trusted key)" in told


def test_a_failed_verification_speaks_json_too(
    keyproof: Command, example: Path, tmp_path: Path
) -> None:
    bundle = tmp_path / "none.zip"
    bundle.write_bytes(b"not a bundle")

    outcome = keyproof("verify", bundle, "--key", _key(example), "--json")

    assert outcome.code == 1
    assert outcome.json["verified"] is False
    assert outcome.err == f"keyproof: {outcome.json['error']}\n"


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"not a bundle"])
def test_what_is_no_bundle_does_not_verify(
    keyproof: Command, example: Path, tmp_path: Path, content: bytes
) -> None:
    bundle = tmp_path / "none.zip"
    bundle.write_bytes(content)

    assert "does not verify" in message(keyproof("verify", bundle, "--key", _key(example)), 1)


@pytest.mark.parametrize(
    ("bundle", "key", "told"),
    [
        ("missing.zip", "example-key.pub.pem", "missing.zip: cannot be read: No such file"),
        (".", "example-key.pub.pem", ": cannot be read: Is a directory"),
        ("bundle.zip", "missing.pem", "missing.pem: cannot be read: No such file"),
        ("bundle.zip", "facts.json", "facts.json: is no public key in PEM"),
        ("bundle.zip", "private-key.pem", "is a private key; give the .pub.pem"),
    ],
)
def test_what_cannot_be_read_is_the_users_to_mend(
    keyproof: Command, example: Path, bundle: str, key: str, told: str
) -> None:
    keyproof("keygen", example / "private-key.pem")

    assert told in message(keyproof("verify", example / bundle, "--key", example / key), 2)


def test_a_key_must_be_named(keyproof: Command, example: Path) -> None:
    told = message(keyproof("verify", example / "bundle.zip"), 2)

    assert told == "Missing option '--key'; see `keyproof verify --help`"


# Replays: each bundle is rightly signed, and its contents were made otherwise


def test_policies_of_another_keyproof_are_pointed_out(
    keyproof: Command, seal: Callable[[Files], tuple[Path, Path]]
) -> None:
    custom_section = b"\x00\x05\x04note"
    policy = COMPILED_POLICY.read_bytes() + custom_section
    bundle, key = seal({"policies/compiled/policy.wasm": policy})

    outcome = keyproof("verify", bundle, "--key", key, "--replay")

    assert outcome.code == 0
    assert "note: the bundle's policies are not those of this keyproof" in outcome.out


def _with_results_of(facts: bytes) -> Files:
    return {
        "facts.json": facts,
        "results.json": evaluate(facts, wasm_engine(COMPILED_POLICY.read_bytes())),
    }


def test_facts_that_the_snapshot_does_not_give_are_found(
    keyproof: Command, seal: Callable[[Files], tuple[Path, Path]], example: Path
) -> None:
    facts = orjson.loads((example / "facts.json").read_bytes())
    facts["stored_secrets"] = [each for each in facts["stored_secrets"] if each["entry"]]
    bundle, key = seal(_with_results_of(documents.encode(facts)))

    assert keyproof("verify", bundle, "--key", key).code == 0
    told = message(keyproof("verify", bundle, "--key", key, "--replay"), 1)
    assert (
        told == "facts.json: stored_secrets is not what the bundle's snapshot and declarations give"
    )


def test_facts_spelled_in_another_way_are_found(
    keyproof: Command, seal: Callable[[Files], tuple[Path, Path]], example: Path
) -> None:
    bundle, key = seal(_with_results_of((example / "facts.json").read_bytes() + b"\n"))

    told = message(keyproof("verify", bundle, "--key", key, "--replay"), 1)
    assert told.startswith("facts.json: the spelling is not what")


def test_results_that_the_policies_do_not_give_are_found(
    keyproof: Command, seal: Callable[[Files], tuple[Path, Path]], example: Path
) -> None:
    results = orjson.loads((example / "results.json").read_bytes())
    results["criteria"]["inventory_complete"] |= {"verdict": "pass", "violations": []}
    bundle, key = seal({"results.json": documents.encode(results)})

    assert keyproof("verify", bundle, "--key", key).code == 0
    told = message(keyproof("verify", bundle, "--key", key, "--replay"), 1)
    assert "criterion inventory_complete was pass and is fail" in told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"keyproof.toml": b""}, "keyproof.toml is missing"),
        ({"keyproof.toml": b"organisation ="}, "keyproof.toml: is not TOML"),
        ({"declarations/inventory.yaml": b""}, "inventory.yaml: is missing"),
        ({"declarations/inventory.yaml": b"a: b: c\n"}, "inventory.yaml:1: "),
        ({"policies/compiled/policy.wasm": b"\0asm"}, "the compiled policies cannot be loaded"),
    ],
)
def test_a_bundle_that_cannot_be_replayed_does_not_verify(
    keyproof: Command,
    seal: Callable[[Files], tuple[Path, Path]],
    changes: Files,
    told: str,
) -> None:
    bundle, key = seal(changes)

    assert keyproof("verify", bundle, "--key", key).code == 0
    outcome = keyproof("verify", bundle, "--key", key, "--replay")
    assert outcome.code == 1
    assert "the bundle cannot be replayed: " in outcome.err
    assert told in outcome.err
