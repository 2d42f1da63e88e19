from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.errors import DocumentError, VerificationError
from reports import archive

FILES = {"a.json": b"{}\n", "b/c.txt": b"", "b/d.txt": b"d" * 300}

_folders = st.lists(st.from_regex(r"[A-Za-z0-9_-]{0,5}[a-z]", fullmatch=True), max_size=2)
_names = st.builds(
    lambda folders, stem: "/".join([*(f"_{folder}" for folder in folders), f"{stem}.bin"]),
    _folders,
    st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,5}", fullmatch=True),
)
_files = st.lists(
    st.tuples(_names, st.binary(max_size=50)),
    min_size=1,
    max_size=6,
    unique_by=lambda named: named[0].lower(),
).map(dict)


def _entry(name: str, *, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo()
    entry.filename = name  # as it is; the constructor would cut it at a NUL
    entry.create_system = 3
    entry.external_attr = mode << 16
    return entry


def _zip(*entries: tuple[zipfile.ZipInfo, bytes], comment: bytes = b"") -> bytes:
    """What any other program may have written."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of names that come twice
        for entry, content in entries:
            file.writestr(entry, content)
        file.comment = comment
    return buffer.getvalue()


def _patched(content: bytes, offset: int, form: str, value: int) -> bytes:
    patched = bytearray(content)
    struct.pack_into(form, patched, offset, value)
    return bytes(patched)


@settings(deadline=None)
@given(_files)
def test_what_is_packed_is_unpacked_and_any_reader_of_zip_agrees(files: dict[str, bytes]) -> None:
    packed = archive.pack(files)

    assert archive.unpack(packed) == files
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        assert file.testzip() is None
        assert {name: file.read(name) for name in file.namelist()} == files
        for entry in file.infolist():
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert (entry.create_system, entry.compress_type) == (3, zipfile.ZIP_STORED)
            assert entry.external_attr >> 16 == stat.S_IFREG | 0o644


def test_the_order_of_the_files_does_not_matter() -> None:
    assert archive.pack(FILES) == archive.pack(dict(reversed(FILES.items())))


def test_the_form_is_fixed() -> None:
    record = "504b0304 14000000 0000 0000 2100 f9efbe71 01000000 01000000 0100 0000 61 62"
    directory = (
        "504b0102 1403 14000000 0000 0000 2100 f9efbe71 01000000 01000000 0100 0000"
        "0000 0000 0000 0000a481 00000000 61"
    )
    end = "504b0506 0000 0000 0100 0100 2f000000 20000000 0000"

    assert archive.pack({"a": b"b"}) == bytes.fromhex(record + directory + end)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/..",
        "./a",
        "/a",
        "//a",
        "a//b",
        "a/",
        "a\\b",
        "..\\a",
        "C:a",
        "C:/a",
        "a\0b",
        "a\nb",
        "a\x7f",
        "a b",
        "-a",
        ".hidden",
        "a.",
        "a./b",
        "é",
        "e\u0301",
        "a\u202eb",
        "a" * 201,
    ],
)
def test_a_name_that_is_not_safe_everywhere_is_neither_written_nor_read(name: str) -> None:
    with pytest.raises(DocumentError, match="cannot be a bundle's file"):
        archive.pack({name: b""})
    with pytest.raises(VerificationError):
        archive.unpack(_zip((_entry(name), b"")))


@pytest.mark.parametrize(
    "names", [("a", "A"), ("b/a.json", "B/a.json"), ("a", "a/b"), ("A", "a/b"), ("a/b", "a/b/c/d")]
)
def test_names_that_collide_are_neither_written_nor_read(names: tuple[str, str]) -> None:
    with pytest.raises(DocumentError, match=r"where case does not count|is itself a file"):
        archive.pack(dict.fromkeys(names, b""))
    with pytest.raises(VerificationError, match=r"where case does not count|is itself a file"):
        archive.unpack(_zip(*((_entry(name), b"") for name in names)))


def test_names_that_normalise_to_one_are_refused() -> None:
    with pytest.raises(VerificationError, match="not ASCII"):
        archive.unpack(_zip((_entry("\u00e9"), b""), (_entry("e\u0301"), b"")))


def test_a_name_that_comes_twice_is_refused() -> None:
    with pytest.raises(VerificationError, match="holds 'a' twice"):
        archive.unpack(_zip((_entry("a"), b"1"), (_entry("a"), b"2")))


@pytest.mark.parametrize(
    "mode", [stat.S_IFLNK | 0o777, stat.S_IFDIR | 0o755, stat.S_IFIFO | 0o644, stat.S_IFCHR, 0o644]
)
def test_anything_but_a_regular_file_is_refused(mode: int) -> None:
    with pytest.raises(VerificationError, match="as a link or another thing than a file"):
        archive.unpack(_zip((_entry("a", mode=mode), b"/etc/passwd")))


@pytest.mark.parametrize("mode", [0o755, 0o666, 0o4644])
def test_another_mode_is_refused(mode: int) -> None:
    with pytest.raises(VerificationError, match="not in the one form"):
        archive.unpack(_zip((_entry("a", mode=stat.S_IFREG | mode), b"")))


def test_compression_is_refused_before_it_is_undone() -> None:
    bomb = _entry("a")
    bomb.compress_type = zipfile.ZIP_DEFLATED

    with pytest.raises(VerificationError, match="holds 'a' compressed"):
        archive.unpack(_zip((bomb, bytes(10_000_000))))


def test_encryption_is_refused() -> None:
    with pytest.raises(VerificationError, match=r"holds 'a\.json' encrypted"):
        archive.unpack(_patched(archive.pack(FILES), 6, "<H", 1))


@pytest.mark.parametrize("size", [2, 4, 0xFFFFFFFF])
def test_a_record_of_two_sizes_is_refused(size: int) -> None:
    with pytest.raises(VerificationError, match=r"gives two sizes for 'a\.json'"):
        archive.unpack(_patched(archive.pack(FILES), 22, "<I", size))


def test_an_extra_field_is_refused() -> None:
    entry = _entry("a")
    entry.extra = struct.pack("<HH4s", 0x7075, 4, b"evil")

    with pytest.raises(VerificationError, match="extra field at 'a'"):
        archive.unpack(_zip((entry, b"")))


def test_another_name_in_the_directory_is_refused() -> None:
    packed = archive.pack(FILES)
    place = packed.rindex(b"b/c.txt")
    swapped = packed[:place] + b"b/x.txt" + packed[place + 7 :]

    with pytest.raises(VerificationError, match=r"says of 'b/c\.txt' one thing in its record"):
        archive.unpack(swapped)


@pytest.mark.parametrize("offset", [10, 16, 20, 24, 30])
def test_other_numbers_in_the_directory_are_refused(offset: int) -> None:
    packed = archive.pack(FILES)
    entry = packed.index(b"PK\x01\x02")

    with pytest.raises(VerificationError):
        archive.unpack(_patched(packed, entry + offset, "<H", 7))


def test_a_file_that_the_directory_hides_is_refused() -> None:
    packed, shorter = archive.pack(FILES), archive.pack({"a.json": FILES["a.json"]})
    records = packed[: packed.index(b"PK\x01\x02")]
    directory = shorter[shorter.index(b"PK\x01\x02") :]

    with pytest.raises(VerificationError, match=r"where its directory should name 'b/c\.txt'"):
        archive.unpack(records + directory)


def test_a_file_that_only_the_directory_names_is_refused() -> None:
    packed, shorter = archive.pack(FILES), archive.pack({"a.json": FILES["a.json"]})
    records = shorter[: shorter.index(b"PK\x01\x02")]
    directory = packed[packed.index(b"PK\x01\x02") :]

    with pytest.raises(VerificationError, match="names more files than it holds"):
        archive.unpack(records + directory)


@pytest.mark.parametrize("data", [b"\0", b"#!/bin/sh\n", archive.pack({"x": b""})])
def test_data_around_the_files_is_refused(data: bytes) -> None:
    packed = archive.pack(FILES)
    directory = packed.index(b"PK\x01\x02")

    for content in (
        data + packed,
        packed + data,
        packed[:directory] + data + packed[directory:],
    ):
        with pytest.raises(VerificationError):
            archive.unpack(content)


def test_a_comment_is_refused() -> None:
    with pytest.raises(VerificationError, match="a comment or other data after"):
        archive.unpack(_zip((_entry("a"), b""), comment=b"hello"))


def test_files_out_of_order_are_refused() -> None:
    with pytest.raises(VerificationError, match="not in the one form"):
        archive.unpack(_zip((_entry("b"), b""), (_entry("a"), b"")))


def test_every_cut_is_refused() -> None:
    packed = archive.pack(FILES)

    for length in range(len(packed)):
        with pytest.raises(VerificationError):
            archive.unpack(packed[:length])


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"%PDF-1.7\n"])
def test_what_is_no_bundle_is_refused(content: bytes) -> None:
    with pytest.raises(VerificationError, match="is no ZIP file"):
        archive.unpack(content)


@settings(deadline=None)
@given(st.data())
def test_no_bytes_at_all_cause_another_error(data: st.DataObject) -> None:
    packed = archive.pack(FILES)
    start = data.draw(st.integers(0, len(packed)))
    end = data.draw(st.integers(start, len(packed)))
    spliced = packed[:start] + data.draw(st.binary(max_size=60)) + packed[end:]

    if spliced == packed:
        assert archive.unpack(spliced) == FILES
    else:
        with pytest.raises(VerificationError):
            archive.unpack(spliced)


def test_too_many_files_are_neither_written_nor_read(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = archive.pack(FILES)
    monkeypatch.setattr(archive, "MAX_FILES", 2)

    with pytest.raises(DocumentError, match="3 files are more than the 2 of a bundle"):
        archive.pack(FILES)
    with pytest.raises(VerificationError, match="more than 2 files"):
        archive.unpack(packed)


def test_too_many_bytes_are_neither_written_nor_read(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = archive.pack(FILES)
    monkeypatch.setattr(archive, "MAX_BYTES", len(packed))
    assert archive.unpack(packed) == FILES
    monkeypatch.setattr(archive, "MAX_BYTES", len(packed) - 1)

    with pytest.raises(DocumentError, match=f"{len(packed)} bytes are more than"):
        archive.pack(FILES)
    with pytest.raises(VerificationError, match="is larger than"):
        archive.unpack(packed)
