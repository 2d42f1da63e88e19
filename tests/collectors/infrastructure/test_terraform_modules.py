from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.infrastructure import terraform_modules
from collectors.infrastructure.declared import Reference, RotationRules, UnreadableCodeError
from collectors.infrastructure.files import CodeFile
from collectors.infrastructure.terraform import parse_terraform
from collectors.infrastructure.terraform_modules import declare

if TYPE_CHECKING:
    from collectors.infrastructure.declared import Declared

MODULE = """
variable "name" {}
variable "kms_key_id" { default = null }
variable "days" { default = 30 }
locals { whole = "ai/${var.name}" }
resource "aws_secretsmanager_secret" "this" {
  name       = local.whole
  kms_key_id = var.kms_key_id
}
resource "aws_secretsmanager_secret_rotation" "this" {
  secret_id = aws_secretsmanager_secret.this.id
  rotation_rules { automatically_after_days = var.days }
}
"""


def _declare(**files: str) -> list[Declared]:
    return declare(
        {
            path: parse_terraform(CodeFile(path=path, framework="terraform", content=text.encode()))
            for path, text in (
                (name.replace("__", "/") + ".tf", text) for name, text in files.items()
            )
        }
    )


def _secrets(**files: str) -> dict[str, Declared]:
    return {each.address: each for each in _declare(**files) if each.kind == "secret"}


def test_a_module_has_the_values_of_its_call() -> None:
    live = """
resource "aws_kms_key" "ai" {}
module "openai" {
  source     = "../modules/key"
  name       = "openai"
  kms_key_id = aws_kms_key.ai.arn
}
module "cohere" {
  source = "../modules/key"
  name   = "cohere"
  days   = 7
}
"""
    key, openai, openai_rotation, cohere, cohere_rotation = _declare(
        live__main=live, modules__key__main=MODULE
    )

    assert (key.address, key.scope) == ("aws_kms_key.ai", "live")
    assert (openai.address, openai.scope, openai.file, openai.line) == (
        "module.openai.aws_secretsmanager_secret.this",
        "live",
        "modules/key/main.tf",
        6,
    )
    assert (openai.name, openai.kms_key) == ("ai/openai", Reference(address="aws_kms_key.ai"))
    assert openai_rotation.secret == Reference(address=openai.address)
    assert openai_rotation.rotation == RotationRules(days=30)
    assert (cohere.name, cohere.kms_key) == ("ai/cohere", None)
    assert cohere_rotation.rotation == RotationRules(days=7)


def test_values_pass_through_modules_of_modules() -> None:
    secrets = _secrets(
        main='module "outer" {\n source = "./outer"\n team = "search"\n}',
        outer__main='variable "team" {}\nmodule "inner" {\n source = "../inner"\n'
        ' name = "${var.team}/openai"\n}',
        inner__main=MODULE,
    )

    ((address, secret),) = secrets.items()
    assert address == "module.outer.module.inner.aws_secretsmanager_secret.this"
    assert secret.name == "ai/search/openai"


def test_a_default_says_nothing_certain_where_the_folder_is_applied() -> None:
    root = 'variable "name" { default = "openai" }\n'
    (secret,) = _secrets(
        main=f'{root}resource "aws_secretsmanager_secret" "this" {{\n name = var.name\n}}'
    ).values()

    assert secret.name is None


def test_locals_of_any_folder_are_known() -> None:
    text = """
locals {
  team = "search"
  name = "${local.team}/openai"
}
resource "aws_secretsmanager_secret" "this" {
  name = "production/${local.name}"
}
"""
    (secret,) = _secrets(main=text).values()

    assert secret.name == "production/search/openai"


@pytest.mark.parametrize(
    "argument",
    ["var.name", "each.key", "module.other.name", "null", "true", '["a"]', "aws_kms_key.ai.arn"],
)
def test_an_argument_that_is_an_expression_stays_one(argument: str) -> None:
    call = f'module "key" {{\n source = "./key"\n name = {argument}\n}}'

    (secret,) = _secrets(main=call, key__main=MODULE).values()

    assert secret.name is None


@pytest.mark.parametrize("condition", ["count = 1", 'for_each = toset(["a"])'])
def test_what_a_conditional_call_makes_is_conditional(condition: str) -> None:
    call = f'module "key" {{\n source = "./key"\n name = "a"\n {condition}\n}}'

    assert all(each.conditional for each in _declare(main=call, key__main=MODULE))


@pytest.mark.parametrize("source", ['"hashicorp/key/aws"', '"./nowhere"', "var.source", '"./.."'])
def test_modules_that_are_not_here_are_left_alone(source: str) -> None:
    call = f'module "key" {{\n source = {source}\n name = "a"\n}}'

    assert [*_secrets(main=call, key__main=MODULE)] == ["aws_secretsmanager_secret.this"]


def test_modules_that_call_each_other_end() -> None:
    secrets = _secrets(
        a__main=f'module "b" {{\n source = "../b"\n}}\n{MODULE}',
        b__main=f'module "a" {{\n source = "../a"\n}}\n{MODULE}',
    )

    assert "aws_secretsmanager_secret.this" in secrets
    assert "module.b.aws_secretsmanager_secret.this" in secrets


def test_modules_that_multiply_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform_modules, "_MOST", 50)
    calls = "\n".join(f'module "m{number}" {{\n source = "../next"\n}}' for number in range(5))
    folders = {f"f{level}__main": calls.replace("next", f"f{level + 1}") for level in range(7)}

    with pytest.raises(UnreadableCodeError, match="more than 50 resources"):
        _declare(**folders, f7__main=MODULE)
