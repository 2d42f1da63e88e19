"""The committed WebAssembly: what the sources give, and what it asks of its host."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
import wasmtime

from tests.policies.opa import COMPILED, OPA, ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_the_committed_policy_is_what_the_sources_give(tmp_path: Path) -> None:
    rebuilt = tmp_path / "policy.wasm"
    subprocess.run(
        [ROOT / "tools" / "compile_policies.sh", OPA, rebuilt],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )

    assert rebuilt.read_bytes() == COMPILED.read_bytes(), "run `make policies` and commit it"


@pytest.mark.parametrize(
    ("question", "answer"), [("builtins", {}), ("entrypoints", {"sec004/assessment": 0})]
)
def test_the_policy_has_one_entrypoint_and_needs_no_builtin_of_its_host(
    question: str, answer: dict[str, int]
) -> None:
    assert _ask(COMPILED.read_bytes(), question) == answer


def _ask(policy: bytes, question: str) -> object:
    """Call one of the functions of OPA's WASM ABI that describe a module."""
    store = wasmtime.Store()
    module = wasmtime.Module(store.engine, policy)
    provided = [_provide(store, imported.type) for imported in module.imports]
    exports = wasmtime.Instance(store, module, provided).exports(store)
    address = _call(store, exports["opa_json_dump"], _call(store, exports[question]))
    (memory,) = (each for each in provided if isinstance(each, wasmtime.Memory))
    return json.loads(memory.read(store, address).split(b"\0", 1)[0])


def _provide(store: wasmtime.Store, kind: object) -> wasmtime.Memory | wasmtime.Func:
    if isinstance(kind, wasmtime.MemoryType):
        return wasmtime.Memory(store, kind)
    assert isinstance(kind, wasmtime.FuncType)
    return wasmtime.Func(store, kind, _never_called)


def _never_called(*_: object) -> None:
    raise AssertionError("the module calls its host to describe itself")


def _call(store: wasmtime.Store, function: object, *arguments: int) -> int:
    assert isinstance(function, wasmtime.Func)
    result = function(store, *arguments)
    assert isinstance(result, int)
    return result
