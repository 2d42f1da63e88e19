from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keyproof import assessment
from keyproof.errors import DocumentError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("proven", "possible", "target", "code"),
    [
        (3, 3, 3, 0),
        (3, 5, 3, 0),
        (5, 5, 1, 0),
        (1, 1, 1, 0),
        (2, 2, 3, 1),
        (1, 2, 3, 1),
        (2, 3, 3, 3),
        (1, 5, 5, 3),
    ],
)
def test_the_exit_code_tells_proven_refuted_and_open_apart(
    proven: int, possible: int, target: int, code: int
) -> None:
    level = {"proven": proven, "possible": possible, "target": target}

    assert assessment.exit_code({"level": level}) == code


def test_policies_that_are_not_installed_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assessment, "COMPILED_POLICY", tmp_path / "policy.wasm")

    with pytest.raises(DocumentError, match=r"/policy\.wasm: cannot be read: No such file"):
        assessment.shipped_engine()
