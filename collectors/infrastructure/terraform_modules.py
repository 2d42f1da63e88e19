"""
What Terraform declares once its local modules are put in place.

A module's variables have the values that its call gives, or their defaults; locals have what
they say. The variables of a folder that nobody calls are set when it is applied, so that even
a default says nothing certain, and what depends on them stays unresolved.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from collectors.infrastructure.declared import (
    KMS_KEY,
    ROTATION,
    SECRET,
    Declared,
    Reference,
    RotationRules,
    UnreadableCodeError,
    whole_number,
)
from collectors.infrastructure.files import TERRAFORM
from collectors.infrastructure.terraform import EXPRESSION, each_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from collectors.infrastructure.terraform import Block
    from keyproof.documents import Json

KINDS = {
    "aws_secretsmanager_secret": SECRET,
    "aws_secretsmanager_secret_rotation": ROTATION,
    "aws_kms_key": KMS_KEY,
    "aws_kms_external_key": KMS_KEY,
    "aws_kms_replica_key": KMS_KEY,
}

_REFERENCE = re.compile(r"\$\{\s*(aws_\w+\.[\w-]+)(?:\[[^\]]*\])?(?:\.\w+)?\s*\}")
_VALUE = re.compile(r"\$\{\s*((?:var|local)\.[\w-]+)\s*\}")
_CONDITIONS = ("count", "for_each")
_LOCAL_SOURCES = ("./", "../")
_MOST = 20_000
"""Modules and resources; modules that call modules many times over can stand for any number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    """The blocks of all files of one folder, which Terraform takes as one module."""

    resources: list[tuple[str, Block]] = field(default_factory=list)
    calls: list[Block] = field(default_factory=list)
    defaults: dict[str, Any] = field(default_factory=dict)
    locals: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """One module where it is called; `scope` is the folder that is applied."""

    scope: str
    prefix: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    conditional: bool = False
    callers: tuple[str, ...] = ()


def declare(files: Mapping[str, Sequence[Block]]) -> list[Declared]:
    """
    Give every secret, rotation and KMS key that the files' blocks declare.

    Raises `UnreadableCodeError` where modules multiply beyond all need.
    """
    folders = _folders(files)
    called = {_target(name, call) for name, folder in folders.items() for call in folder.calls}
    declared: list[Declared] = []
    seen: set[str] = set()
    budget = iter(range(_MOST))
    # Folders that call each other in a circle have no beginning, so any of them is one.
    for name in sorted(folders, key=lambda each: (each in called, each)):
        if name not in seen:
            try:
                declared += _instance(name, folders, _Place(scope=name), seen, budget)
            except RecursionError as error:
                raise UnreadableCodeError("holds values within values without end") from error
    return declared


def _folders(files: Mapping[str, Sequence[Block]]) -> Mapping[str, _Folder]:
    folders: dict[str, _Folder] = defaultdict(_Folder)
    for path, blocks in files.items():
        folder = folders[posixpath.dirname(path)]
        for block in blocks:
            if block.kind == "locals":
                folder.locals.update(block.body)
            elif block.kind == "module":
                folder.calls.append(block)
            elif block.kind == "variable":
                if "default" in block.body:
                    folder.defaults[f"var.{block.labels[0]}"] = block.body["default"]
            elif block.labels[0] in KINDS:
                folder.resources.append((path, block))
    return dict(folders)


def _target(folder: str, call: Block) -> str | None:
    """The folder that a call's source names, if it is a local one."""
    source = call.body.get("source")
    if not (isinstance(source, str) and source.startswith(_LOCAL_SOURCES)):
        return None
    path = posixpath.normpath(posixpath.join(folder, source))
    return "" if path == "." else path


def _instance(
    name: str,
    folders: Mapping[str, _Folder],
    place: _Place,
    seen: set[str],
    budget: Iterator[int],
) -> Iterator[Declared]:
    """What one module declares where it is called, and the modules that it calls."""
    seen.add(name)
    folder = folders[name]
    values = dict(place.values)
    for local, value in folder.locals.items():
        values[f"local.{local}"] = _resolved(value, values, place.prefix)
    for path, block in folder.resources:
        _spend(budget)
        yield _declared(path, block, values, place)
    for call in folder.calls:
        _spend(budget)
        target = _target(name, call)
        if target is None or target not in folders or target in (name, *place.callers):
            continue
        inner = _Place(
            scope=place.scope,
            prefix=f"{place.prefix}module.{call.labels[0]}.",
            values=folders[target].defaults
            | {
                f"var.{argument}": _resolved(value, values, place.prefix)
                for argument, value in call.body.items()
            },
            conditional=place.conditional or _is_conditional(call.body),
            callers=(*place.callers, name),
        )
        yield from _instance(target, folders, inner, seen, budget)


def _spend(budget: Iterator[int]) -> None:
    if next(budget, None) is None:
        raise UnreadableCodeError(f"calls modules for more than {_MOST} resources")


def _declared(path: str, block: Block, values: Mapping[str, Any], place: _Place) -> Declared:
    type_name, name = block.labels
    kind = KINDS[type_name]
    body = {member: _resolved(value, values, place.prefix) for member, value in block.body.items()}
    rules = _rotation_rules(body)
    return Declared(
        kind=kind,
        framework=TERRAFORM,
        scope=place.scope,
        address=f"{place.prefix}{type_name}.{name}",
        file=path,
        line=block.line,
        name=_literal(body.get("name")) if kind == SECRET else None,
        secret=_reference(body.get("secret_id")) if kind == ROTATION else None,
        kms_key=_reference(body.get("kms_key_id"))
        if kind == SECRET and body.get("kms_key_id") is not None
        else None,
        # Before version 4 of the provider a secret held the rules of its own rotation.
        rotation=RotationRules() if kind == ROTATION and rules is None else rules,
        conditional=place.conditional or _is_conditional(block.body),
    )


def _is_conditional(body: Json) -> bool:
    return any(condition in body for condition in _CONDITIONS)


def _resolved(value: Any, values: Mapping[str, Any], prefix: str) -> Any:  # noqa: ANN401 - any JSON
    """Put known values in the place of variables and locals, and give references their module."""
    if isinstance(value, list):
        return [_resolved(item, values, prefix) for item in value]
    if isinstance(value, dict):
        return {name: _resolved(member, values, prefix) for name, member in value.items()}
    if not isinstance(value, str):
        return value
    if (whole := _VALUE.fullmatch(value)) is not None:
        return values.get(whole[1], value)
    if (reference := _REFERENCE.fullmatch(value)) is not None:
        return Reference(address=f"{prefix}{reference[1]}")
    return _VALUE.sub(lambda part: _inserted(part, values), value)


def _inserted(part: re.Match[str], values: Mapping[str, Any]) -> str:
    value = values.get(part[1])
    whole = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    return str(value) if whole else part[0]


def _rotation_rules(body: Mapping[str, Any]) -> RotationRules | None:
    if "dynamic" in body:
        return RotationRules(resolved=False)
    rules = next(each_object(body.get("rotation_rules")), None)
    if rules is None:
        return None
    days, schedule = rules.get("automatically_after_days"), rules.get("schedule_expression")
    number, text = whole_number(days), _literal(schedule)
    return RotationRules(
        days=number,
        schedule=text,
        resolved=(days is None or number is not None) and (schedule is None or text is not None),
    )


def _reference(value: object) -> Reference:
    return value if isinstance(value, Reference) else Reference(literal=_literal(value))


def _literal(value: object) -> str | None:
    return value if isinstance(value, str) and not EXPRESSION.search(value) else None
