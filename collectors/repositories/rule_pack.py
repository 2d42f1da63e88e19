"""
The rules by which keys are recognised: the project's own, and those that somebody adds.

A pack is checked before the engine sees it, so that a rule that could never fire, or two
rules of one name, stop a scan instead of making it blind.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from kingfisher_sdk import Rules

from keyproof.errors import ConfigurationError
from keyproof.files import user_cache

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HERE = Path(__file__).parent
_OWN = _HERE / "rules" / "ai_keys.yaml"
_SPLITS = _HERE / "rules" / "splits.yaml"

SPLIT = "keyproof.candidate.split"
"""The rule that finds where a key may go on in the next line, and no key."""

# What else decides what is a key: with any other of them, results are others too.
_DECIDING = (
    _HERE / "rules" / "words.yaml",
    *(_HERE / f"{name}.py" for name in ("engine", "judgement", "labels", "randomness")),
    *(_HERE / f"{name}.py" for name in ("looks", "splits", "archives", "objects", "database")),
)
_ENGINE = "kingfisher-secret-scanner"
_ID = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+){2,3}")
_REQUIRED = frozenset({"name", "id", "pattern"})
_KNOWN = _REQUIRED | {"confidence", "min_entropy", "pattern_requirements", "references", "examples"}
# The engine passes over names that it does not know, and a requirement with them.
_REQUIREMENTS = frozenset(
    {f"min_{kind}" for kind in ("digits", "uppercase", "lowercase", "special_chars")}
    | {"special_chars", "ignore_if_contains", "checksum"}
)
_CONFIDENCES = frozenset({"low", "medium", "high"})
_YAML = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePack:
    """
    Compiled rules, and what names them in evidence.

    `digest` is `sha256:` over the bytes of every file of rules, the modules that judge their
    matches, and the engine's version: results of one digest can be compared, and reused.
    """

    rules: Rules
    ids: tuple[str, ...]
    examples: Mapping[str, tuple[str, ...]]
    """Texts in which the added rules fire; those of the project's own are made by canaries."""
    digest: str
    engine_version: str


def load_pack(extra: Path | None = None, *, cache_dir: Path | None = None) -> RulePack:
    """
    Compile the project's rules and those of `extra`, a YAML file or a folder of them.

    The compiled form is kept in `cache_dir`, or where `KF_RULE_CACHE_DIR` or the user's
    cache says; a place that cannot be written costs seconds, and nothing else.
    """
    files = [_OWN, _SPLITS, *_extra_files(extra)]
    contents = {file: _read(file) for file in files}
    places: dict[str, Path] = {}
    examples: dict[str, tuple[str, ...]] = {}
    for file, content in contents.items():
        for rule, texts in _rules(file, content):
            if rule in places:
                raise ConfigurationError(f"{file}: rule {rule} stands in {places[rule]} already")
            if file not in {_OWN, _SPLITS} and not texts:
                raise ConfigurationError(
                    f"{file}: rule {rule}: `examples` wants a text in which the rule fires"
                )
            places[rule] = file
            examples[rule] = texts
    engine_version = version(_ENGINE)
    return RulePack(
        rules=_compile(places, files, cache_dir or _default_cache()),
        ids=tuple(rule for rule in places if rule != SPLIT),
        examples={rule: texts for rule, texts in examples.items() if texts},
        digest=_digest([*contents.values(), *map(_read, _DECIDING)], engine_version),
        engine_version=engine_version,
    )


def _extra_files(extra: Path | None) -> list[Path]:
    if extra is None:
        return []
    if not extra.is_dir():
        return [extra]
    try:
        files = sorted(file for file in extra.iterdir() if file.suffix in _YAML)
    except OSError as error:
        raise ConfigurationError(f"{extra}: cannot be read: {error.strerror}") from error
    if not files:
        raise ConfigurationError(f"{extra}: holds no rules (*.yaml)")
    return files


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file}: rules cannot be read: {error.strerror}") from error


def _rules(file: Path, content: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Check the rules of one file, and give their ids and examples."""
    try:
        document = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        place = "" if line is None else f", line {line + 1}"
        raise ConfigurationError(f"{file}{place}: no YAML") from error
    rules = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(rules, list) or not rules or set(document) != {"rules"}:
        raise ConfigurationError(f"{file}: wants one field, `rules`, with a list of rules")
    for number, rule in enumerate(rules, start=1):
        if not isinstance(rule, dict):
            raise ConfigurationError(f"{file}: rule {number} is no mapping")
        identity = rule.get("id")
        if not isinstance(identity, str) or not _ID.fullmatch(identity):
            raise ConfigurationError(
                f"{file}: rule {number}: `id` wants the form <namespace>.<provider>.<kind>"
            )
        _check_fields(f"{file}: rule {identity}", rule)
        yield identity, tuple(rule.get("examples", ()))


def _check_fields(place: str, rule: dict[str, object]) -> None:
    _check_known(place, rule, _KNOWN)
    for field in ("name", "pattern"):
        if not isinstance(rule.get(field), str) or not rule[field]:
            raise ConfigurationError(f"{place}: `{field}` is missing or no text")
    if rule.get("confidence", "high") not in _CONFIDENCES:
        raise ConfigurationError(f"{place}: `confidence` wants low, medium or high")
    if not isinstance(rule.get("min_entropy", 0), int | float):
        raise ConfigurationError(f"{place}: `min_entropy` wants a number")
    examples = rule.get("examples", [])
    if not isinstance(examples, list) or not all(isinstance(text, str) for text in examples):
        raise ConfigurationError(f"{place}: `examples` wants a list of texts")
    requirements = rule.get("pattern_requirements", {})
    if not isinstance(requirements, dict):
        raise ConfigurationError(f"{place}: `pattern_requirements` is no mapping")
    _check_known(place, requirements, _REQUIREMENTS)


def _check_known(place: str, fields: dict[str, object], known: frozenset[str]) -> None:
    unknown = sorted(str(field) for field in fields.keys() - known)
    if unknown:
        raise ConfigurationError(f"{place}: unknown field `{unknown[0]}`")


def _compile(places: dict[str, Path], files: list[Path], cache_dir: Path) -> Rules:
    try:
        if files[1:]:  # what was added is small, and compiled first it fails fast
            Rules(files[1:], builtins=False, confidence="low", cache=False)
        rules = Rules(files, builtins=False, confidence="low", cache_dir=cache_dir)
    except (RuntimeError, ValueError, OSError) as error:
        raise ConfigurationError(_fault(places, files, str(error))) from error
    lost = sorted(places.keys() - {rule["id"] for rule in rules.metadata()})
    if lost:
        raise ConfigurationError(f"{places[lost[0]]}: rule {lost[0]} is dropped by the engine")
    return rules


def _fault(places: dict[str, Path], files: list[Path], message: str) -> str:
    """Tell in one line which rule the engine refuses; it names the rule, not its file."""
    named = [
        rule for rule in places if re.search(rf"(?<![\w.]){re.escape(rule)}(?![\w.])", message)
    ]
    reason = " ".join(message.split())
    if named:
        return f"{places[named[0]]}: rule {named[0]}: {reason}"
    return f"{files[-1]}: {reason}"


def _digest(contents: list[bytes], engine_version: str) -> str:
    digest = hashlib.sha256(f"{_ENGINE} {engine_version}\n".encode())
    for content in contents:
        digest.update(f"{len(content)}\n".encode())  # so that no byte moves between files
        digest.update(content)
    return f"sha256:{digest.hexdigest()}"


def _default_cache() -> Path:
    named = os.environ.get("KF_RULE_CACHE_DIR")
    return Path(named) if named else user_cache("rules")
