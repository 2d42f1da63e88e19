"""The policies as WebAssembly, run in this process: no server, nothing to install."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from opapywasm import OpaWasmError, OpaWasmPolicy, PolicyConfig, runtime

from keyproof.engine import EvaluationError

if TYPE_CHECKING:
    from keyproof.documents import Json
    from keyproof.engine import Engine

# The library's own limits stop at 1 MB of input; an estate of 10,000 credentials has
# some 100 MB of facts. WASM's own limit is 65,536 pages of 64 KiB.
_LIMIT_BYTES = 1 << 30
# opa-py-wasm 1.2.1 gives every policy two pages to begin with and refuses one whose texts
# alone need more; it has no setting for it. 64 pages are 4 MiB.
runtime._DEFAULT_MEMORY_PAGES = 64  # noqa: SLF001 - see above
_CONFIG = PolicyConfig(
    pool_size=1,
    max_input_bytes=_LIMIT_BYTES,
    max_result_bytes=_LIMIT_BYTES,
    max_cstring_scan_bytes=_LIMIT_BYTES,
    max_memory_pages=65_536,
    eval_timeout_seconds=300,
    parse_raw_json_input=False,  # the bytes were made here; parsing them twice takes seconds
    strict_result=True,
)


def wasm_engine(policy: bytes) -> Engine:
    """
    Give the engine for one compiled policy (`policies/compiled/policy.wasm`).

    Raises `EvaluationError` when the bytes are no policy, and when an evaluation
    traps, runs out of memory or takes longer than five minutes.
    """
    try:
        compiled = OpaWasmPolicy.from_wasm_bytes(policy, _CONFIG)
    except OpaWasmError as error:
        raise EvaluationError(f"the compiled policies cannot be loaded: {error}") from error

    def evaluate(facts: Json) -> Json:
        try:
            assessment = compiled.evaluate(orjson.dumps(facts), "sec004/assessment")
        except OpaWasmError as error:
            raise EvaluationError(f"the policies gave no assessment: {error}") from error
        if not isinstance(assessment, dict):
            raise EvaluationError("the policies gave no assessment: the result is no object")
        return assessment

    return evaluate
