from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from collectors.infrastructure.declared import Reference, RotationRules, UnreadableCodeError
from collectors.infrastructure.files import CodeFile
from collectors.infrastructure.terraform import parse_terraform
from collectors.infrastructure.terraform_modules import declare

if TYPE_CHECKING:
    from typing import Any

    from collectors.infrastructure.declared import Declared

UNRESOLVED = Reference()


def _read(text: str | bytes, path: str = "main.tf") -> list[Declared]:
    content = text.encode() if isinstance(text, str) else text
    return declare(
        {path: parse_terraform(CodeFile(path=path, framework="terraform", content=content))}
    )


def _secret(body: str) -> Declared:
    (declared,) = _read(f'resource "aws_secretsmanager_secret" "key" {{\n{body}\n}}\n')
    return declared


def _rotation(body: str) -> Declared:
    (declared,) = _read(f'resource "aws_secretsmanager_secret_rotation" "key" {{\n{body}\n}}\n')
    return declared


def test_a_secret_with_all_that_is_to_know() -> None:
    declared = _secret('# a comment\nname = "production/openai"\nkms_key_id = aws_kms_key.ai.arn')

    assert declared.record == {
        "kind": "secret",
        "framework": "terraform",
        "scope": "",
        "address": "aws_secretsmanager_secret.key",
        "file": "main.tf",
        "line": 1,
        "name": "production/openai",
        "secret": None,
        "kms_key": {"address": "aws_kms_key.ai", "literal": None},
        "rotation": None,
        "conditional": False,
    }


@pytest.mark.parametrize(
    ("name", "literal"),
    [
        ('"production/openai"', "production/openai"),
        (r'"a\"b\u00e9"', 'a"bé'),
        ('"production/${var.name}"', None),
        ('"%{ if var.live }production%{ endif }"', None),
        ("var.name", None),
        ('"${var.name}"', None),
        ('lower("X")', None),
        ('"a" == "b" ? "c" : "d"', None),
        ("null", None),
        ("5", None),
        ('["a"]', None),
        ('"$${escaped}"', None),
        ('"${lower("A")}"', None),
    ],
)
def test_a_name_counts_where_it_is_literal(name: str, literal: str | None) -> None:
    assert _secret(f"name = {name}").name == literal


@pytest.mark.parametrize(
    ("key", "reference"),
    [
        ("aws_kms_key.ai.arn", Reference(address="aws_kms_key.ai")),
        ('"${aws_kms_key.ai.arn}"', Reference(address="aws_kms_key.ai")),
        ("aws_kms_key.ai[0].key_id", Reference(address="aws_kms_key.ai")),
        ('"alias/ai-keys"', Reference(literal="alias/ai-keys")),
        ("data.aws_kms_key.ai.arn", UNRESOLVED),
        ("module.keys.ai_arn", UNRESOLVED),
        ("var.key", UNRESOLVED),
        ("var.own ? aws_kms_key.ai.arn : null", UNRESOLVED),
        ("null", None),
    ],
)
def test_its_key(key: str, reference: Reference | None) -> None:
    assert _secret(f'name = "a"\nkms_key_id = {key}').kms_key == reference


@pytest.mark.parametrize("condition", ["count = 0", 'for_each = toset(["a"])'])
def test_what_may_not_be_made_is_conditional(condition: str) -> None:
    assert _secret(f'{condition}\nname = "a"').conditional


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("rotation_rules {\nautomatically_after_days = 30\n}", RotationRules(days=30)),
        (
            'rotation_rules {\nschedule_expression = "rate(30 days)"\nduration = "2h"\n}',
            RotationRules(schedule="rate(30 days)"),
        ),
        (
            "rotation_rules {\nautomatically_after_days = var.days\n}",
            RotationRules(resolved=False),
        ),
        (
            'rotation_rules {\nschedule_expression = "rate(${var.days} days)"\n}',
            RotationRules(resolved=False),
        ),
        (
            f"rotation_rules {{\nautomatically_after_days = {10**30}\n}}",
            RotationRules(resolved=False),
        ),
        (
            'dynamic "rotation_rules" {\nfor_each = var.rules\ncontent {}\n}',
            RotationRules(resolved=False),
        ),
        ("", RotationRules()),
    ],
)
def test_a_rotation(rules: str, expected: RotationRules) -> None:
    declared = _rotation(f"secret_id = aws_secretsmanager_secret.key.id\n{rules}")

    assert declared.secret == Reference(address="aws_secretsmanager_secret.key")
    assert declared.rotation == expected


def test_a_rotation_of_a_secret_that_cannot_be_told() -> None:
    assert _rotation("secret_id = var.secret").secret == UNRESOLVED


def test_a_secret_of_an_old_provider_holds_its_own_rotation() -> None:
    declared = _secret('name = "a"\nrotation_rules {\nautomatically_after_days = 30\n}')

    assert declared.rotation == RotationRules(days=30)


def test_json() -> None:
    secret: Any = {"name": "production/openai", "kms_key_id": "${aws_kms_key.ai.arn}"}
    rotation: Any = {
        "secret_id": "${aws_secretsmanager_secret.key.id}",
        "rotation_rules": [{"automatically_after_days": "30"}],
    }
    document = {
        "resource": {
            "aws_kms_key": {"ai": [{}]},
            "aws_secretsmanager_secret": {"key": secret, "other": [{"name": "${var.name}"}]},
            "aws_secretsmanager_secret_rotation": {"key": rotation},
        }
    }

    key, named, unnamed, rotating = _read(orjson.dumps(document), "main.tf.json")

    assert (key.kind, key.address, key.line) == ("kms_key", "aws_kms_key.ai", None)
    assert (named.name, named.kms_key) == ("production/openai", Reference(address="aws_kms_key.ai"))
    assert unnamed.name is None
    assert rotating.secret == Reference(address="aws_secretsmanager_secret.key")
    assert rotating.rotation == RotationRules(days=30)


def test_json_that_is_nested_without_end_says_so() -> None:
    deep = "[" * 800 + "]" * 800
    text = f'{{"resource": {{"aws_kms_key": {{"ai": {{"policy": {deep}}}}}}}}}'

    with pytest.raises(UnreadableCodeError, match="without end"):
        _read(text, "main.tf.json")


def test_other_blocks_declare_nothing() -> None:
    text = """
        data "aws_secretsmanager_secret" "there" { name = "production/openai" }
        variable "aws_secretsmanager_secret" {}
        resource "aws_iam_user" "aws_secretsmanager_secret" { name = "production/openai" }
    """
    assert _read(text) == []


@pytest.mark.parametrize(
    ("content", "path", "reason"),
    [
        ('resource "aws_kms_key" "ai" {', "main.tf", "is not Terraform"),
        ('# c\nresource "aws_kms_key" "ai" {\n  a = = b\n}', "main.tf", "line 3"),
        ("aws_kms_key = " + "[" * 5000, "main.tf", "is not Terraform"),
        (f"aws_kms_key = {'(' * 2000}1{')' * 2000}", "main.tf", "is not Terraform"),
        ("aws_kms_key = 1\naws_kms_key = 2\x00", "main.tf", "is not Terraform"),
        (b"# aws_kms_key \xff", "main.tf", "is not UTF-8"),
        ('{"resource": {"aws_kms_key":', "main.tf.json", "is not JSON"),
        ('["aws_kms_key", ' + "[" * 100_000, "main.tf.json", "is not JSON"),
    ],
)
def test_what_is_no_terraform_says_so(content: str | bytes, path: str, reason: str) -> None:
    with pytest.raises(UnreadableCodeError, match=reason):
        _read(content, path)


@pytest.mark.parametrize(
    "document",
    [
        "[]",
        '"aws_kms_key"',
        '{"resource": "aws_kms_key"}',
        '{"resource": {"aws_kms_key": 5}}',
        '{"resource": [{"aws_kms_key": [{"ai": 5}]}]}',
    ],
)
def test_json_of_another_form_declares_nothing(document: str) -> None:
    assert _read(f"{document} ", "main.tf.json") == []
