from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from keyproof.engine import EvaluationError
from keyproof.engine.wasm import wasm_engine
from keyproof.evidence import COMPILED_POLICY
from tests.policies.opa import OPA

if TYPE_CHECKING:
    from pathlib import Path

    from keyproof.documents import Json

CUSTOM_SECTION = b"\x00\x05\x04note"


@pytest.mark.parametrize("content", [b"", b"\0asm", b"\0asm\x01\0\0\0", b"package sec004"])
def test_what_is_no_policy_cannot_be_loaded(content: bytes) -> None:
    with pytest.raises(EvaluationError, match=r"^the compiled policies cannot be loaded: "):
        wasm_engine(content)


def test_an_engine_may_be_asked_again(estates: dict[str, Json]) -> None:
    engine = wasm_engine(COMPILED_POLICY.read_bytes() + CUSTOM_SECTION)

    first = engine(estates["example"])

    assert engine(estates["flawless"]) != first
    assert engine(estates["example"]) == first


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("assessment := 1", "the result is no object"),
        ("assessment := {1 | input.nothing}", "the result is no object"),
        ("assessment := 1 if input.nothing", ""),
        ('assessment := x if some x in ["a", "b"]', ""),
    ],
)
def test_a_policy_that_gives_no_assessment(tmp_path: Path, rule: str, told: str) -> None:
    (tmp_path / "policy.rego").write_text(f"package sec004\n\n{rule}\n")
    subprocess.run(
        [OPA, "build", "-t", "wasm", "-e", "sec004/assessment", "policy.rego"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    subprocess.run(["tar", "xzf", "bundle.tar.gz", "/policy.wasm"], cwd=tmp_path, check=True)
    engine = wasm_engine((tmp_path / "policy.wasm").read_bytes())

    with pytest.raises(EvaluationError, match=f"^the policies gave no assessment: .*{told}"):
        engine({})
