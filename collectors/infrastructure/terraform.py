"""
The blocks of Terraform's files.

Written as HCL (`.tf`), which the library python-hcl2 parses, or as JSON (`.tf.json`). In what
is read a text that holds `${` is an expression, and any other one is literal.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors.infrastructure.declared import UnreadableCodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hcl2.rules.base import BlockRule
    from hcl2.utils import SerializationOptions

    from collectors.infrastructure.files import CodeFile
    from keyproof.documents import Json

EXPRESSION = re.compile(r"[$%]\{")

_LABELS = {"resource": 2, "module": 1, "variable": 1, "locals": 0}
"""The kinds of blocks that are read, and how many labels each has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block, such as `resource "type" "name" { … }`; JSON has no lines."""

    kind: str
    labels: tuple[str, ...]
    body: Json
    line: int | None


def parse_terraform(file: CodeFile) -> list[Block]:
    """Give the blocks of one file, in its order; raises `UnreadableCodeError`."""
    try:
        text = file.content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableCodeError("is not UTF-8") from error
    return [*(_json_blocks(text) if file.path.endswith(".json") else _hcl_blocks(text))]


def _hcl_blocks(text: str) -> Iterator[Block]:
    # The grammar takes a fifth of a second to load, and only code that declares secrets needs it.
    import hcl2  # noqa: PLC0415
    from hcl2.rules.base import BlockRule  # noqa: PLC0415
    from hcl2.utils import SerializationOptions  # noqa: PLC0415
    from lark.exceptions import LarkError  # noqa: PLC0415

    options = SerializationOptions(with_comments=False, explicit_blocks=False)
    try:
        tree = hcl2.parses_to_tree(text)
        lines = [statement.meta.line for statement in tree.children[0].children]
        for line, block in zip(lines, hcl2.transform(tree).body.children, strict=True):
            kind, *labels = _labels(block, options) if isinstance(block, BlockRule) else [""]
            if len(labels) == _LABELS.get(kind):
                body = _plain(block.body.serialize(options))
                yield Block(kind=kind, labels=tuple(labels), body=body, line=line)
    except LarkError as error:
        line = getattr(error, "line", None)
        where = f" (line {line})" if isinstance(line, int) and line > 0 else ""
        raise UnreadableCodeError(f"is not Terraform{where}") from error
    except (RecursionError, RuntimeError, ValueError) as error:
        raise UnreadableCodeError("is not Terraform") from error


def _labels(block: BlockRule, options: SerializationOptions) -> list[str]:
    return [_unquoted(str(label.serialize(options))) for label in block.labels]


def _json_blocks(text: str) -> Iterator[Block]:
    try:
        document = json.loads(text)
    except (RecursionError, ValueError) as error:
        raise UnreadableCodeError("is not JSON") from error
    for top in each_object(document):
        for kind, depth in _LABELS.items():
            for labels, body in _labelled(top.get(kind), depth):
                yield Block(kind=kind, labels=labels, body=body, line=None)


def _labelled(value: object, depth: int) -> Iterator[tuple[tuple[str, ...], Json]]:
    """The bodies below so many levels of labels, any of which may be a list of some."""
    for body in each_object(value):
        if depth == 0:
            yield (), body
            continue
        for label, member in body.items():
            for labels, inner in _labelled(member, depth - 1):
                yield (label, *labels), inner


def each_object(value: object) -> Iterator[Json]:
    """Every object in what may be one, a list of some, or neither."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield item


def _plain(value: Any) -> Any:  # noqa: ANN401 - HCL's values are as many as JSON's
    """Take the parser's quotes off every text; an expression stays `${…}`."""
    if isinstance(value, str):
        return _unquoted(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {_unquoted(str(name)): _plain(member) for name, member in value.items()}
    return value


def _unquoted(text: str) -> str:
    if not (len(text) > 1 and text.startswith('"') and text.endswith('"')):
        return text
    try:
        return str(json.loads(text))
    except ValueError:  # quotes within an expression, or an escape that only HCL has
        return f"${{{text}}}"
