"""Keys that the engine alone would not see."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from collectors.repositories import archives
from collectors.repositories.collection import new_scanner
from collectors.repositories.findings import key
from collectors.repositories.looks import NOTHING
from tests.collectors.repositories.repos import a_key

if TYPE_CHECKING:
    from collectors.repositories.looks import Look

KEY = a_key()
FINGERPRINT = key("openai", "project_key", KEY).fingerprint
LINE = f'key = "{KEY}"\n'
HALVES = KEY[:60], KEY[60:]
THIRDS = KEY[:50], KEY[50:100], KEY[100:]


def look(content: str | bytes) -> Look:
    looker = new_scanner(keep=False).looker()
    return looker.look(content.encode() if isinstance(content, str) else content)


def test_content_without_a_key() -> None:
    assert look("nothing to see\n") is NOTHING


@pytest.mark.parametrize(
    "text",
    [
        'key = ("{0}"\n       "{1}")\n',
        'key = "{0}" + \\\n  "{1}"\n',
        "const key = '{0}' +\n  '{1}';\n",
        'String key = "{0}"\n    + "{1}";\n',
        "export OPENAI_API_KEY={0}\\\n{1}\n",
        "$key = '{0}' .\n  '{1}';\n",
    ],
)
def test_a_key_split_over_strings(text: str) -> None:
    found = look("import x\n" + text.format(*HALVES))

    assert [each.key.fingerprint for each in found.sightings] == [FINGERPRINT]


@pytest.mark.parametrize(
    "text", ["key: >-\n  {0}\n  {1}\n", "the key is {0}\n{1}\n", "# {0}\n# {1}\n"]
)
@pytest.mark.parametrize("place", [12, 20, 100])
def test_a_key_that_was_wrapped_is_found_though_its_end_may_be_missed(
    text: str, place: int
) -> None:
    found = look("import x\n" + text.format(KEY[:place], KEY[place:]))

    assert {each.key.provider for each in found.sightings} == {"openai"}


def test_a_key_in_three_strings() -> None:
    found = look('key = "{}" \\\n "{}" \\\n "{}"\n'.format(*THIRDS))

    assert [each.key.fingerprint for each in found.sightings] == [FINGERPRINT]


def test_a_key_at_the_end_of_a_line_ends_there() -> None:
    found = look(f"OPENAI_API_KEY={KEY}\nNEXT_VARIABLE=harmless\n")

    assert [each.key.fingerprint for each in found.sightings] == [FINGERPRINT]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_key_in_wide_characters(encoding: str) -> None:
    found = look(("first line\n" + LINE).encode(encoding))

    assert {(each.key.fingerprint, each.line) for each in found.sightings} == {(FINGERPRINT, 2)}


def test_a_key_in_base64() -> None:
    found = look(f"data: {base64.b64encode(LINE.encode()).decode()}\n")

    assert [each.key.fingerprint for each in found.sightings] == [FINGERPRINT]


def _zip(**files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def _tar(mode: str) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=mode) as archive:  # type: ignore[call-overload]
        entry = tarfile.TarInfo("env")
        entry.size = len(LINE)
        archive.addfile(entry, io.BytesIO(LINE.encode()))
    return held.getvalue()


ARCHIVES = {
    "zip": (_zip(env=LINE.encode()), "env"),
    "zip in zip": (_zip(inner=_zip(env=LINE.encode())), "inner!env"),
    "tar": (_tar("w"), "env"),
    "tar.gz": (_tar("w:gz"), "content!env"),
    "tar.bz2": (_tar("w:bz2"), "content!env"),
    "tar.xz": (_tar("w:xz"), "content!env"),
    "gz": (gzip.compress(LINE.encode()), "content"),
    "bz2": (bz2.compress(LINE.encode()), "content"),
    "xz": (lzma.compress(LINE.encode()), "content"),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_a_key_in_an_archive(kind: str) -> None:
    content, path = ARCHIVES[kind]

    found = look(content)

    assert [(each.key.fingerprint, each.inside) for each in found.sightings] == [
        (FINGERPRINT, path)
    ]
    assert found.unseen == ()


def test_a_key_that_a_zip_holds_uncompressed_is_told_once() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("env", KEY)

    (found,) = look(held.getvalue()).sightings

    assert (found.key.fingerprint, found.inside) == (FINGERPRINT, "env")


def test_a_name_in_an_archive() -> None:
    (found,) = look(_zip(**{f"{KEY}.txt": b"x"})).sightings

    assert found.key.fingerprint == FINGERPRINT


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("kind", ["zip", "tar.gz", "tar.bz2", "tar.xz", "gz", "bz2", "xz"])
def test_a_damaged_archive_was_not_seen(kind: str, share: float) -> None:
    content, _ = ARCHIVES[kind]

    found = look(content[: int(len(content) * share)])

    assert found.unseen
    assert "cannot be opened" in found.unseen[0]


def test_an_encrypted_archive_was_not_seen() -> None:
    content = bytearray(_zip(env=LINE.encode()))
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1

    assert look(bytes(content)).unseen == ("env: cannot be opened: RuntimeError",)


@pytest.mark.parametrize("magic", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x28\xb5\x2f\xfd"])
def test_an_archive_of_another_kind_was_not_seen(magic: bytes) -> None:
    (reason,) = look(magic + b"\0" * 100).unseen

    assert reason.endswith("is not opened")


def test_an_archive_that_unfolds_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MOST_BYTES", 10_000)

    (reason,) = look(_zip(a=b"\1" * 20_000)).unseen

    assert reason == "a: unfolds to over 256 MiB"


def test_an_archive_of_too_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MOST_MEMBERS", 2)

    (reason,) = look(_zip(a=b"1", b=b"2", c=b"3")).unseen

    assert reason.startswith("holds over")


def test_archives_within_archives_without_end() -> None:
    content = LINE.encode()
    for _ in range(6):
        content = _zip(inner=content)

    (reason,) = look(content).unseen

    assert reason.endswith("archives within archives, over 4")
