from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from keyproof.files import UnusableFileError, encoding_fault, key_faults, read_file

if TYPE_CHECKING:
    from pathlib import Path

MEBIBYTE = 1024 * 1024


def _refusal(path: Path) -> str:
    with pytest.raises(UnusableFileError) as raised:
        read_file(path, MEBIBYTE)
    return str(raised.value)


def test_a_file_of_the_largest_size_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * MEBIBYTE)

    assert read_file(path, MEBIBYTE) == b"x" * MEBIBYTE


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "file")

    assert read_file(tmp_path / "link", MEBIBYTE) == b"x"


def test_one_byte_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * (MEBIBYTE + 1))

    assert _refusal(path) == "has more than 1 MiB: take out what is not needed"


def test_what_is_no_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    assert _refusal(tmp_path) == "is a folder: put a file in its place"
    assert _refusal(tmp_path / "pipe") == "is no regular file: put one in its place"
    assert _refusal(tmp_path / "dangling") == "is a link to nothing: mend it or take it out"
    assert _refusal(tmp_path / "loop").startswith("cannot be read: ")


def test_a_missing_file_is_the_caller_s_to_judge(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "none", MEBIBYTE)


def test_plain_utf_8_has_no_fault() -> None:
    assert encoding_fault("é\n日本\n".encode()) is None


def test_a_byte_that_is_not_utf_8_is_named_with_its_line() -> None:
    assert encoding_fault(b"a\nb\n\xff\n") == (
        3,
        "byte 0xff is not UTF-8: save the file as UTF-8",
    )


def test_every_key_is_named_by_line_and_provider_alone() -> None:
    openai, pinecone = f"sk-{'a' * 20}T3BlbkFJ{'b' * 20}", f"pcsk_label1_{'c' * 50}"

    faults = key_faults(f"a\n{openai}\n\n{pinecone}\n".encode())

    assert [line for line, _ in faults] == [2, 4]
    assert faults[0][1].startswith("what looks like a key of openai: take it out")
    assert faults[1][1].startswith("what looks like a key of pinecone: take it out")
    assert not any(key in text for key in (openai, pinecone) for _, text in faults)
