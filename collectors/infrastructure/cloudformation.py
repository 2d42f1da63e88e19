"""
CloudFormation: the secrets, rotations and KMS keys of a template, such as CDK writes.

Templates are JSON, or YAML with tags for its functions (`!Ref Key`, `!Sub "…"`), which are
read as what they stand for (`{"Ref": "Key"}`).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml

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
from collectors.infrastructure.files import CLOUDFORMATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.infrastructure.files import CodeFile
    from keyproof.documents import Json

_KINDS = {
    "AWS::SecretsManager::Secret": SECRET,
    "AWS::SecretsManager::RotationSchedule": ROTATION,
    "AWS::KMS::Key": KMS_KEY,
    "AWS::KMS::ReplicaKey": KMS_KEY,
}
_MARKS = tuple(kind.encode() for kind in _KINDS)
_MOST_NODES = 100_000
"""Aliases of aliases can stand for more nodes than there are atoms; templates have few."""

_DEEPEST = 100
_VARIABLE = re.compile(r"\$\{(?!!)")
_PROPERTIES = ("Name", "KmsKeyId", "SecretId", "RotationRules")
_UNRESOLVED = {"Fn::Unresolved": None}


def read_cloudformation(file: CodeFile) -> list[Declared]:
    """
    Give what one template declares, in its order.

    Raises `UnreadableCodeError`. A file that is something else than a template declares
    nothing, and one that names none of the types is not parsed.
    """
    if not any(mark in file.content for mark in _MARKS):
        return []
    try:
        text = file.content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableCodeError("is not UTF-8") from error
    resources = _json_resources(text) if text.lstrip().startswith("{") else _yaml_resources(text)
    return [
        _declared(name, resource, resources, line, file.path)
        for name, (resource, line) in resources.items()
        if _type(resource) in _KINDS
    ]


def _type(resource: Json) -> str | None:
    name = resource.get("Type")
    return name if isinstance(name, str) else None


def _json_resources(text: str) -> dict[str, tuple[Json, int | None]]:
    try:
        document = json.loads(text)
    except (RecursionError, ValueError) as error:
        raise UnreadableCodeError("is not JSON") from error
    resources = document.get("Resources")
    return {
        name: (resource, _line_of(name, text))
        for name, resource in (resources.items() if isinstance(resources, dict) else ())
        if isinstance(resource, dict)
    }


def _line_of(name: str, text: str) -> int | None:
    """Where JSON has a member of this name that is an object, if that is one place only."""
    places = [*re.finditer(rf"{re.escape(json.dumps(name))}\s*:\s*\{{", text)]
    return text.count("\n", 0, places[0].start()) + 1 if len(places) == 1 else None


def _yaml_resources(text: str) -> dict[str, tuple[Json, int | None]]:
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        budget = iter(range(_MOST_NODES))
        return {
            name: (resource, line)
            for name, node, line in _members(_named(root, "Resources"))
            if isinstance(resource := _plain(node, budget), dict)
        }
    except (RecursionError, ValueError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f" (line {mark.line + 1})"
        raise UnreadableCodeError(f"is not YAML that can be read{where}") from error


def _members(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key.value, value, key.start_mark.line + 1


def _named(node: yaml.Node | None, wanted: str) -> yaml.Node | None:
    return next((value for name, value, _ in _members(node) if name == wanted), None)


def _plain(node: yaml.Node, budget: Iterator[int], level: int = 0) -> Any:  # noqa: ANN401 - any JSON
    if next(budget, None) is None or level > _DEEPEST:
        raise ValueError("more nodes than a template has")
    if isinstance(node, yaml.ScalarNode):
        value: Any = node.value
    elif isinstance(node, yaml.SequenceNode):
        value = [_plain(item, budget, level + 1) for item in node.value]
    else:
        value = {name: _plain(member, budget, level + 1) for name, member, _ in _members(node)}
    if not node.tag.startswith("!"):
        return value
    function = node.tag[1:]
    if function == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {function if function in {"Ref", "Condition"} else f"Fn::{function}": value}


def _declared(
    name: str,
    resource: Json,
    resources: dict[str, tuple[Json, int | None]],
    line: int | None,
    path: str,
) -> Declared:
    kind = _KINDS[str(_type(resource))]
    properties = _properties(resource)
    return Declared(
        kind=kind,
        framework=CLOUDFORMATION,
        scope=path,
        address=f"{_type(resource)}.{name}",
        file=path,
        line=line,
        name=_literal(properties.get("Name")) if kind == SECRET else None,
        secret=_reference(properties.get("SecretId"), resources) if kind == ROTATION else None,
        kms_key=_reference(properties["KmsKeyId"], resources)
        if kind == SECRET and "KmsKeyId" in properties
        else None,
        rotation=_rules(properties.get("RotationRules")) if kind == ROTATION else None,
        conditional="Condition" in resource,
    )


def _properties(resource: Json) -> Json:
    """The properties; where some come from elsewhere, those that are not here are unresolved."""
    properties = resource.get("Properties", {})
    if not isinstance(properties, dict):
        return dict.fromkeys(_PROPERTIES, _UNRESOLVED)
    if any(name.startswith("Fn::") or name == "<<" for name in properties):
        return dict.fromkeys(_PROPERTIES, _UNRESOLVED) | properties
    return properties


def _rules(rules: object) -> RotationRules:
    if rules is None:  # nothing else than somebody's hand rotates it
        return RotationRules()
    if not isinstance(rules, dict):
        return RotationRules(resolved=False)
    days, schedule = rules.get("AutomaticallyAfterDays"), rules.get("ScheduleExpression")
    number, text = whole_number(days), _literal(schedule)
    return RotationRules(
        days=number,
        schedule=text,
        resolved=not any(name.startswith("Fn::") for name in rules)
        and (days is None or number is not None)
        and (schedule is None or text is not None),
    )


def _reference(value: object, resources: dict[str, tuple[Json, int | None]]) -> Reference:
    if isinstance(value, dict):
        target = value.get("Ref")
        attribute = value.get("Fn::GetAtt")
        if isinstance(attribute, str):
            target = attribute.split(".", 1)[0]
        elif isinstance(attribute, list) and attribute:
            target = attribute[0]
        if isinstance(target, str) and target in resources:
            return Reference(address=f"{_type(resources[target][0])}.{target}")
    return Reference(literal=_literal(value))


def _literal(value: object) -> str | None:
    if isinstance(value, dict) and isinstance(text := value.get("Fn::Sub"), str):
        return None if _VARIABLE.search(text) else text.replace("${!", "${")
    # `{{resolve:…}}` is looked up when the stack is deployed.
    return value if isinstance(value, str) and "{{resolve:" not in value else None
