"""The script of docs/verification.md, run as a reader of it would run it."""

from __future__ import annotations

import io
import re
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reports import archive, attestations, signing, verification
from tests.reports import assessed

DOCUMENT = (Path(__file__).parents[2] / "docs" / "verification.md").read_text()
MISSING = [name for name in ("openssl", "unzip", "sha256sum") if not shutil.which(name)]
SHELLS = [name for name in ("sh", "bash", "dash", "busybox") if shutil.which(name)]

KEY = signing.ephemeral_key()
FILES = archive.unpack(assessed.sealed(KEY))

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"this machine has no {MISSING}")


def _script() -> str:
    match = re.search(
        r"<!-- verify\.sh: begin -->\n```sh\n(.*?)```\n<!-- verify\.sh: end -->",
        DOCUMENT,
        re.DOTALL,
    )
    assert match
    return match[1]


def _script_for_ed25519() -> str:
    match = re.search(r"```sh\n(  openssl pkeyutl .*\n)```", DOCUMENT)
    assert match
    lines = _script().splitlines(keepends=True)
    replaced = [match[1] if line.startswith("  openssl dgst") else line for line in lines]
    assert replaced != lines
    return "".join(replaced)


def _run(
    folder: Path,
    content: bytes,
    key: signing.PrivateKey = KEY,
    script: str | None = None,
    shell: str = "sh",
) -> subprocess.CompletedProcess[str]:
    (folder / "verify.sh").write_text(script or _script())
    (folder / "bundle.zip").write_bytes(content)
    (folder / "key.pub.pem").write_bytes(signing.public_pem(key.public_key()))
    command = [shell, "sh"] if shell == "busybox" else [shell]
    return subprocess.run(
        [*command, "verify.sh", "bundle.zip", "key.pub.pem"],
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "TMPDIR": str(folder)},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


def test_the_script_is_short() -> None:
    assert len(_script().splitlines()) <= 12


@pytest.mark.parametrize("shell", SHELLS)
def test_a_good_bundle_verifies_and_its_levels_are_told(tmp_path: Path, shell: str) -> None:
    run = _run(tmp_path, archive.pack(FILES), shell=shell)

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines() == [
        "Verified OK",
        "Verified OK",
        '"SEC004_MATURITY_LEVEL_1","SEC004_MATURITY_LEVEL_2","SEC004_MATURITY_LEVEL_3"',
    ]


def test_a_large_bundle_verifies(tmp_path: Path) -> None:
    evidence = {f"declarations/{number}.yaml": b"%d" % number for number in range(1000)}

    run = _run(tmp_path, assessed.resealed({**FILES, **evidence}, KEY))

    assert (run.returncode, run.stderr) == (0, "")


def test_ed25519_is_verified_by_the_line_that_replaces_one(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    content = assessed.sealed(key)

    run = _run(tmp_path, content, key, _script_for_ed25519())
    other = tmp_path / "other"
    other.mkdir()
    forged = _run(other, content, Ed25519PrivateKey.generate(), _script_for_ed25519())

    assert (run.returncode, run.stderr) == (0, "")
    assert forged.returncode != 0


def test_another_key_is_refused(tmp_path: Path) -> None:
    run = _run(tmp_path, archive.pack(FILES), signing.ephemeral_key())

    assert run.returncode != 0
    assert "Verification failure" in run.stdout + run.stderr


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_refused(tmp_path: Path, name: str) -> None:
    content = FILES[name]
    middle = len(content) // 2
    changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]

    assert _run(tmp_path, archive.pack({**FILES, name: changed})).returncode != 0


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing_is_refused(tmp_path: Path, name: str) -> None:
    content = archive.pack({other: FILES[other] for other in FILES if other != name})

    assert _run(tmp_path, content).returncode != 0


@pytest.mark.parametrize("name", ["a.txt", "attestations/another.json"])
def test_a_file_that_was_slipped_in_is_refused(tmp_path: Path, name: str) -> None:
    assert _run(tmp_path, archive.pack({**FILES, name: b""})).returncode != 0


def test_statements_of_another_bundle_are_refused(tmp_path: Path) -> None:
    better = archive.unpack(assessed.sealed(KEY, assessed.results(proven=5)))
    borrowed = {name: better[name] for name in attestations.PREDICATE_TYPES}

    assert _run(tmp_path, archive.pack({**FILES, **borrowed})).returncode != 0


def test_a_link_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in FILES.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            link = name == "report.html"
            entry.external_attr = (stat.S_IFLNK if link else stat.S_IFREG) << 16
            file.writestr(entry, b"facts.json" if link else content)

    assert _run(tmp_path, buffer.getvalue()).returncode != 0


def test_the_table_names_every_check() -> None:
    table = dict(re.findall(r"^\| (\d+) \| ([^|]*) \|", DOCUMENT, re.MULTILINE))

    named = [table[str(number)].lower() for number in range(1, len(table) + 1)]
    assert named == [check.lower() for check in verification.CHECKS]
