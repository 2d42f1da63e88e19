from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyproof import documents
from keyproof.errors import DocumentError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from keyproof.documents import Json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
COVERAGE: Json = {
    "schema": "keyproof/coverage/1",
    "example": False,
    "organisation": "Kestrel",
    "as_of": "2026-07-01T08:00:00Z",
    "finished": "2026-07-01T08:00:01Z",
    "accounts": [],
    "snapshots": [],
}


# One spelling


@given(document=st.dictionaries(st.text(), JSON))
def test_a_document_survives_its_bytes(document: Json) -> None:
    content = documents.encode(document)

    assert documents.decode(content, "x.json") == document
    assert documents.encode(documents.decode(content, "x.json")) == content
    assert content.endswith(b"\n")


@given(pairs=st.lists(st.tuples(st.text(), st.integers(0, 9)), unique_by=lambda pair: pair[0]))
def test_the_order_of_members_does_not_matter(pairs: list[tuple[str, int]]) -> None:
    assert documents.encode(dict(pairs)) == documents.encode(dict(reversed(pairs)))


def test_the_spelling_is_sorted_indented_and_utf8() -> None:
    assert (
        documents.encode({"ö": [1], "a": None})
        == '{\n  "a": null,\n  "ö": [\n    1\n  ]\n}\n'.encode()
    )


@pytest.mark.parametrize("value", [2**64, "\ud800", {1: "a"}, object(), {1, 2}])
def test_what_has_no_json_that_everybody_reads_is_refused(value: object) -> None:
    with pytest.raises(DocumentError, match=r"^a document cannot be written as JSON: "):
        documents.encode({"value": value})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "x.json:1: is not JSON"),
        (b"{\n]", "x.json:2: is not JSON"),
        (b'{"a": NaN}', "x.json:1: is not JSON"),
        (b'{"a": "\xff"}', "is not JSON"),
        (b"\xef\xbb\xbf{}", "x.json:1: is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "x.json: must hold a JSON object"),
        (b"null", "x.json: must hold a JSON object"),
    ],
)
def test_what_is_no_json_object_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(DocumentError, match=told):
        documents.decode(content, "x.json")


# Schemas


def test_every_schema_names_the_version_of_its_document() -> None:
    kinds = [path.name.removesuffix(".schema.json") for path in documents.SCHEMAS.glob("*.json")]

    assert {"coverage", "facts", "manifest", "results", "snapshot"} < set(kinds)
    for kind in kinds:
        assert documents.schema_validator(kind) is documents.schema_validator(kind)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"example": "no"}, "x.json: example: "),
        ({"schema": "keyproof/coverage/2"}, "x.json: schema: "),
        ({"as_of": "2026-07-01 08:00"}, "x.json: as_of: "),
        ({"snapshots": [{}]}, "x.json: snapshots/0: "),
        ({"more": 1}, "x.json: document: "),
    ],
)
def test_a_fault_names_its_place(change: Json, told: str) -> None:
    with pytest.raises(DocumentError, match=f"^{told}"):
        documents.validate(COVERAGE | change, "coverage", "x.json")


def test_a_fault_does_not_repeat_the_whole_document() -> None:
    with pytest.raises(DocumentError, match=" … ") as caught:
        documents.validate(COVERAGE | {"example": "x" * 10_000}, "coverage", "x.json")

    assert len(str(caught.value)) < 400


# Reading and writing


def test_a_document_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "coverage.json"

    content = documents.write(path, "coverage", COVERAGE)

    assert path.read_bytes() == content
    assert documents.read(path, "coverage") == COVERAGE
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_document_with_a_fault_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "coverage.json"

    with pytest.raises(DocumentError, match=r"^coverage\.json: "):
        documents.write(path, "coverage", COVERAGE | {"example": 1})

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda path: path.unlink(), "cannot be read: No such file or directory"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read: Is a directory"),
        (lambda path: path.write_bytes(b"{"), ":1: is not JSON"),
        (lambda path: path.write_bytes(b"{}"), ": document: "),
    ],
)
def test_a_document_that_cannot_be_used_is_named(
    tmp_path: Path, spoil: Callable[[Path], object], told: str
) -> None:
    path = tmp_path / "coverage.json"
    documents.write(path, "coverage", COVERAGE)
    spoil(path)

    with pytest.raises(DocumentError) as caught:
        documents.read(path, "coverage")

    assert str(caught.value).startswith(str(path))
    assert told in str(caught.value)


# Whole or not at all


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_the_mode_is_the_one_asked_for(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    path.chmod(0o777)

    documents.write_whole(path, b"after", mode=mode)

    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == b"after"


def test_the_content_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def synced(handle: int) -> None:
        fsync(handle)
        assert os.fstat(handle).st_size == len(b"content")
        steps.append("fsync")

    def replaced(source: str, target: Path) -> None:
        assert not path.exists()
        replace(source, target)
        steps.append("replace")

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)

    documents.write_whole(path, b"content")

    assert steps == ["fsync", "replace"]


@pytest.mark.parametrize("call", ["fsync", "fchmod", "replace"])
@pytest.mark.parametrize(
    ("error", "expected"),
    [(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), OutputError), (KeyboardInterrupt(), None)],
)
def test_a_failure_leaves_what_was_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    error: BaseException,
    expected: type[BaseException] | None,
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, call, fail)

    with pytest.raises(expected or type(error)) as caught:
        documents.write_whole(path, b"after")

    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208 - hidden ones as well
    assert path.read_bytes() == b"before"
    if expected is OutputError:
        assert str(caught.value) == f"{path}: cannot be written: No space left on device"


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()

    with pytest.raises(OutputError, match=r"/file: cannot be written: Is a directory$"):
        documents.write_whole(tmp_path / "file", b"content")

    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"before")

    with pytest.raises(OutputError, match="/file/below: cannot be written: "):
        documents.write_whole(tmp_path / "file" / "below", b"content")


def test_a_folder_that_nobody_may_write_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "file").write_bytes(b"before")
    folder.chmod(0o555)
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)  # which nobody may enter by its whole path
    privileged = os.geteuid() == 0
    if privileged:
        os.seteuid(65534)
    try:
        with pytest.raises(OutputError, match=r"^kept/file: cannot be written: Permission denied$"):
            documents.write_whole(Path("kept/file"), b"after")
    finally:
        if privileged:
            os.seteuid(0)

    assert (folder / "file").read_bytes() == b"before"
    folder.chmod(0o755)


def test_a_link_gives_way_and_its_target_stays(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"somebody's")
    link.symlink_to(target)

    documents.write_whole(link, b"ours")

    assert not link.is_symlink()
    assert link.read_bytes() == b"ours"
    assert target.read_bytes() == b"somebody's"


def test_many_writers_leave_one_whole_document(tmp_path: Path) -> None:
    path = tmp_path / "coverage.json"
    contents = [documents.encode(COVERAGE | {"organisation": "x" * size}) for size in (1, 9_000)]
    start = threading.Barrier(4)

    def write(content: bytes) -> None:
        start.wait()
        for _ in range(20):
            documents.write_whole(path, content)
            assert path.read_bytes() in contents

    writers = [threading.Thread(target=write, args=(content,)) for content in contents * 2]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert path.read_bytes() in contents
    assert os.listdir(tmp_path) == ["coverage.json"]  # noqa: PTH208
    assert orjson.loads(path.read_bytes())["example"] is False
