from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from keyproof.cli import main, streams
from keyproof.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


@contextmanager
def _leading_to(handle: int) -> Iterator[TextIO]:
    """A stream of this process that leads to an open file; closing it must not fail."""
    with os.fdopen(handle, "w") as stream:
        yield stream


def test_a_reader_that_has_gone_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with _leading_to(writing) as stream:
        monkeypatch.setattr(sys, "stdout", stream)

        streams.write("page\n")
        streams.write(b"and another\n")


def test_a_full_disk_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with _leading_to(os.open("/dev/full", os.O_WRONLY)) as stream:
        monkeypatch.setattr(sys, "stdout", stream)

        with pytest.raises(OutputError, match=r"^standard output: cannot be written: No space"):
            streams.write("page\n")

        streams.write("what comes now leads nowhere\n")


def test_a_full_standard_error_leaves_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["keyproof", "no-such-command"])
    with _leading_to(os.open("/dev/full", os.O_WRONLY)) as stream:
        monkeypatch.setattr(sys, "stderr", stream)

        with pytest.raises(SystemExit) as ended:
            main()

    assert ended.value.code == 2


def test_a_missing_standard_output_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)

    streams.prepare()

    assert sys.stdout is not None
    with sys.stdout:
        streams.write("page\n")
