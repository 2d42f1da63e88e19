from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from collectors.infrastructure.cloudformation import read_cloudformation
from collectors.infrastructure.declared import Reference, RotationRules, UnreadableCodeError
from collectors.infrastructure.files import CodeFile

if TYPE_CHECKING:
    from typing import Any

    from collectors.infrastructure.declared import Declared

UNRESOLVED = Reference()
SECRET = "AWS::SecretsManager::Secret"
SCHEDULE = "AWS::SecretsManager::RotationSchedule"


def _read(text: str | bytes) -> list[Declared]:
    content = text.encode() if isinstance(text, str) else text
    return read_cloudformation(
        CodeFile(path="stack.yaml", framework="cloudformation", content=content)
    )


def _only(kind: str, **properties: Any) -> Declared:
    resources = {"It": {"Type": kind, "Properties": properties}, "Key": {"Type": "AWS::KMS::Key"}}
    return _read(orjson.dumps({"Resources": resources}))[0]


def test_a_template_with_all_that_is_to_know() -> None:
    secret, rotation, key = _read("""
Resources:
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties:
      Name: !Sub production/openai
      KmsKeyId: !GetAtt Key.Arn
  Rotation:
    Type: AWS::SecretsManager::RotationSchedule
    Condition: Live
    Properties:
      SecretId: !Ref Secret
      RotationRules: {AutomaticallyAfterDays: 30}
  Key:
    Type: AWS::KMS::Key
""")

    assert secret.record == {
        "kind": "secret",
        "framework": "cloudformation",
        "scope": "stack.yaml",
        "address": "AWS::SecretsManager::Secret.Secret",
        "file": "stack.yaml",
        "line": 3,
        "name": "production/openai",
        "secret": None,
        "kms_key": {"address": "AWS::KMS::Key.Key", "literal": None},
        "rotation": None,
        "conditional": False,
    }
    assert rotation.secret == Reference(address="AWS::SecretsManager::Secret.Secret")
    assert (rotation.rotation, rotation.conditional) == (RotationRules(days=30), True)
    assert (key.kind, key.address, key.line) == ("kms_key", "AWS::KMS::Key.Key", 14)


def test_json_such_as_cdk_writes() -> None:
    text = """{
\t"Resources": {
\t\t"SecretA1B2": {
\t\t\t"Type": "AWS::SecretsManager::Secret",
\t\t\t"Properties": {"Name": "production\\/openai", "KmsKeyId": {"Fn::GetAtt": ["KeyC3D4", "Arn"]}}
\t\t},
\t\t"KeyC3D4": {"Type": "AWS::KMS::Key"}
\t}
}"""
    secret, _ = _read(text)

    assert (secret.name, secret.line) == ("production/openai", 3)
    assert secret.kms_key == Reference(address="AWS::KMS::Key.KeyC3D4")


@pytest.mark.parametrize(
    ("name", "literal"),
    [
        ("production/openai", "production/openai"),
        ({"Fn::Sub": "production/openai"}, "production/openai"),
        ({"Fn::Sub": "production/${!literal}"}, "production/${literal}"),
        ({"Fn::Sub": "${AWS::StackName}/openai"}, None),
        ({"Fn::Sub": ["production/${Name}", {"Name": "openai"}]}, None),
        ({"Ref": "Name"}, None),
        ({"Fn::Join": ["/", ["production", "openai"]]}, None),
        ("{{resolve:ssm:/name}}", None),
        (None, None),
        (5, None),
        ([], None),
    ],
)
def test_a_name_counts_where_it_is_literal(name: Any, literal: str | None) -> None:
    assert _only(SECRET, Name=name).name == literal


@pytest.mark.parametrize(
    ("key", "reference"),
    [
        ({"Ref": "Key"}, Reference(address="AWS::KMS::Key.Key")),
        ({"Fn::GetAtt": ["Key", "Arn"]}, Reference(address="AWS::KMS::Key.Key")),
        ({"Fn::GetAtt": "Key.Arn"}, Reference(address="AWS::KMS::Key.Key")),
        ("alias/ai-keys", Reference(literal="alias/ai-keys")),
        ({"Ref": "Parameter"}, UNRESOLVED),
        ({"Fn::ImportValue": "ai-keys"}, UNRESOLVED),
        ({"Fn::If": ["Live", {"Ref": "Key"}, {"Ref": "AWS::NoValue"}]}, UNRESOLVED),
        ({"Fn::GetAtt": []}, UNRESOLVED),
        ({"Ref": []}, UNRESOLVED),
        (None, UNRESOLVED),
    ],
)
def test_its_key(key: Any, reference: Reference) -> None:
    assert _only(SECRET, KmsKeyId=key).kms_key == reference


def test_a_secret_without_a_key() -> None:
    assert _only(SECRET, Name="a").kms_key is None


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"AutomaticallyAfterDays": 30}, RotationRules(days=30)),
        ({"AutomaticallyAfterDays": "30"}, RotationRules(days=30)),
        ({"ScheduleExpression": "rate(30 days)"}, RotationRules(schedule="rate(30 days)")),
        ({"AutomaticallyAfterDays": {"Ref": "Days"}}, RotationRules(resolved=False)),
        ({"ScheduleExpression": {"Fn::Sub": "rate(${Days} days)"}}, RotationRules(resolved=False)),
        ({"Fn::If": ["Live", {}, {}]}, RotationRules(resolved=False)),
        ("daily", RotationRules(resolved=False)),
        (None, RotationRules()),
    ],
)
def test_a_rotation(rules: Any, expected: RotationRules) -> None:
    declared = _only(SCHEDULE, SecretId={"Ref": "Elsewhere"}, RotationRules=rules)

    assert (declared.secret, declared.rotation) == (UNRESOLVED, expected)


def test_properties_that_are_made_elsewhere_are_unresolved() -> None:
    resources = """
Transform: AWS::LanguageExtensions
Resources:
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties: !Transform {Name: AWS::Include}
  Rotation: {Type: AWS::SecretsManager::RotationSchedule, Properties: [1]}
"""
    secret, rotation = _read(resources)

    assert (secret.name, secret.kms_key) == (None, UNRESOLVED)
    assert rotation.secret == UNRESOLVED
    assert rotation.rotation == RotationRules(resolved=False)


def test_what_no_json_can_hold_is_replaced() -> None:
    (secret,) = _read(
        f'{{"Resources": {{"A": {{"Type": "{SECRET}", "Properties": {{"Name": "\\ud800"}}}}}}}}'
    )

    assert secret.record["name"] == "\ufffd"


def test_what_is_no_template_declares_nothing() -> None:
    for text in (
        f'["{SECRET}"]',
        f"- {SECRET}",
        f'{{"tree": "{SECRET}"}}',
        f'{{"Resources": ["{SECRET}"]}}',
        f'{{"Resources": {{"a": "{SECRET}", "b": {{"Type": ["{SECRET}"]}}}}}}',
        "Resources: {a: [broken",
    ):
        assert _read(text) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f'{{"Resources": {{"a": {{"Type": "{SECRET}"', "is not JSON"),
        (f'{{"Type": "{SECRET}", "a": {"[" * 100_000}', "is not JSON"),
        (f"Resources:\n  a: {{Type: {SECRET}\n", "is not YAML"),
        (f"# {SECRET}\na: 1\n---\nb: 2\n", "is not YAML"),
        (f"# {SECRET}\na: {'[' * 10_000}", "is not YAML"),
        (f"# {SECRET}\nResources:\n  a: {'[' * 150}{']' * 150}\n", "is not YAML"),
        (f"# {SECRET} \xff".encode("latin-1"), "is not UTF-8"),
    ],
)
def test_what_cannot_be_read_says_so(content: str | bytes, reason: str) -> None:
    with pytest.raises(UnreadableCodeError, match=reason):
        _read(content)


def test_aliases_of_aliases_end() -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    bomb = "\n  ".join(["Resources:", "a0: &a0 [x]", *levels, f"b: {{Type: {SECRET}, P: *a19}}"])

    with pytest.raises(UnreadableCodeError):
        _read(bomb)
