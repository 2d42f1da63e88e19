"""
`keyproof.toml`: what to assess, against which target, and where things lie.

It never holds a credential: accounts name a profile or a role, the signing key is a file
of its own, and its passphrase stands in an environment variable.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from collectors.aws.accounts import AwsAccount, validate_region
from keyproof.declarations.scalars import is_placeholder
from keyproof.errors import ConfigurationError
from keyproof.faults import Fault, found, repeated, schema_faults, sentence
from keyproof.files import UnusableFileError, encoding_fault, key_faults, read_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from keyproof.documents import Json
    from keyproof.faults import Path as Place

    Parameters: TypeAlias = Mapping[str, Mapping[str, int]]

DEFAULT_PARAMETERS: Final[Parameters] = {
    "rotation_ceiling_days": {
        "production": 90,
        "staging": 90,
        "test": 30,
        "development": 30,
        "sandbox": 30,
    }
}
"""What the criteria measure against, where `keyproof.toml` says nothing else."""

DEFAULT_TARGET_LEVEL: Final = 3

LARGEST = 1024 * 1024
"""Bytes that `keyproof.toml` may have at most."""

_SMALLEST = "`organisation`, and under `[[aws.accounts]]` an `id` and `regions`"
_CREDENTIAL = re.compile(r"access_key|api_?key|password|passphrase|secret|token", re.IGNORECASE)
_NAMES_A_VARIABLE = "passphrase_env"
_NO_CREDENTIALS = (
    "credentials never stand in this file: name a `profile` or a `role_arn`, or leave both to "
    "the environment"
)
_DEEPEST = 16
_LONGEST_INTEGER = 63  # bits
_TOO_DEEP = "holds values within values without end"
_TOML_LINE = re.compile(r" \(at line ([0-9]+), column [0-9]+\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRepository:
    """A git repository to scan, its name in reports, and other scanners' reports on it."""

    path: Path
    name: str
    reports: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InfrastructureFolder:
    """A folder with infrastructure code, the checkov to run on it, or a report of one."""

    path: Path
    name: str
    checkov: Path | None = None
    report: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """
    `keyproof.toml` with its defaults filled in; relative paths start at its folder.

    `signing_passphrase_env` names the environment variable that holds the key's
    passphrase; `content` is the file, byte for byte.
    """

    organisation: str
    target_level: int
    declarations: Path
    evidence: Path
    accounts: tuple[AwsAccount, ...]
    repositories: tuple[SourceRepository, ...] = ()
    infrastructure: tuple[InfrastructureFolder, ...] = ()
    parameters: Parameters
    signing_key: Path | None
    signing_passphrase_env: str | None
    content: bytes


def load_configuration(path: Path, *, evidence: Path | None = None) -> Configuration:
    """
    Read `keyproof.toml`; `evidence` overrules the folder that it names.

    Raises `ConfigurationError` with all faults of the file, one a line.
    """
    try:
        content = read_file(path, LARGEST)
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path}: is missing: write it with {_SMALLEST}") from error
    except UnusableFileError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    return _read(content, str(path), path.parent, evidence)


def read_configuration(content: bytes, name: str) -> Configuration:
    """Read the bytes of a `keyproof.toml`; `name` says where they come from."""
    return _read(content, name, Path(), None)


def looser_parameters(parameters: Parameters) -> list[Json]:
    """Every parameter that lets more pass than its default, with both values."""
    return [
        {"parameter": f"{group}.{name}", "configured": value, "default": default}
        for group, defaults in DEFAULT_PARAMETERS.items()
        for name, default in defaults.items()
        if (value := parameters[group][name]) > default
    ]


def _read(content: bytes, name: str, folder: Path, evidence: Path | None) -> Configuration:
    unreadable = encoding_fault(content)
    refused = key_faults(content) if unreadable is None else [unreadable]
    if refused:
        raise ConfigurationError("\n".join(f"{name}:{line}: {text}" for line, text in refused))
    document = _parse(content.decode("utf-8"), name)
    faults = list(_faults(document))
    if faults:
        raise ConfigurationError("\n".join(f"{name}: {sentence(fault)}" for fault in faults))
    return _build(document, folder, evidence, content)


def _parse(content: str, name: str) -> Json:
    try:
        return tomllib.loads(content)
    except ValueError as error:  # TOMLDecodeError, or an integer of thousands of digits
        where = _TOML_LINE.search(str(error))
        line = f":{where[1]}" if where else ""
        reason = _TOML_LINE.sub("", str(error))
        raise ConfigurationError(f"{name}{line}: is not TOML: {reason}") from error
    except RecursionError as error:
        raise ConfigurationError(f"{name}: {_TOO_DEEP}") from error


def _faults(document: Json) -> Iterator[Fault]:
    """Every fault; one that is said plainly is not said again in general terms."""
    pointed = {}
    for place, value in _members(document):
        if len(place) > _DEEPEST:
            yield Fault(path=place[:1], text=_TOO_DEEP)
            return
        if isinstance(value, int) and value.bit_length() > _LONGEST_INTEGER:
            yield Fault(path=place, text="is too large a number")
            return
        field = str(place[-1])
        if _CREDENTIAL.search(field) and field != _NAMES_A_VARIABLE:
            pointed[place] = _NO_CREDENTIALS
        elif isinstance(value, date | time):
            pointed[place] = "is a date or a time: put it in quotes"
    yield from (Fault(path=place, text=text) for place, text in pointed.items())
    as_json = json.loads(json.dumps(document, default=str))
    general = [
        fault for fault in schema_faults(as_json, "configuration") if fault.path not in pointed
    ]
    yield from general
    if isinstance(name := document.get("organisation"), str) and name and is_placeholder(name):
        yield Fault(path=("organisation",), text=f"expected a name, found {found(name)}")
    yield from _account_faults(document, {fault.path for fault in general})
    yield from _subject_faults(document, "repositories")
    yield from _subject_faults(document, "infrastructure")


def _members(document: Json) -> Iterator[tuple[Place, Any]]:
    """Every member and item of a document, at any depth, with its path."""
    waiting: list[tuple[Place, Any]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        if path:
            yield path, value
        if isinstance(value, dict):
            waiting.extend(((*path, name), member) for name, member in reversed(value.items()))
        elif isinstance(value, list):
            waiting.extend(((*path, index), item) for index, item in reversed([*enumerate(value)]))


def _account_faults(document: Json, spoilt: set[Place]) -> Iterator[Fault]:
    """Accounts that repeat, regions that AWS does not have, roles of other accounts."""
    path: Place = ("aws", "accounts")
    aws = document.get("aws")
    accounts = aws.get("accounts") if isinstance(aws, dict) else None
    entries = accounts if isinstance(accounts, list) else []
    yield from repeated(entries, path, "id")
    for index, account in enumerate(entries):
        if not isinstance(account, dict):
            continue
        regions = account.get("regions")
        for number, region in enumerate(regions if isinstance(regions, list) else []):
            here = (*path, index, "regions", number)
            if here not in spoilt:
                yield from _region_faults(region, here)
        role, here = account.get("role_arn"), (*path, index, "role_arn")
        if isinstance(role, str) and here not in spoilt:
            owner = role.split(":")[4]
            if owner != str(account.get("id")):
                text = f"expected a role of this account, found one of {found(owner)}"
                yield Fault(path=here, text=text)


def _region_faults(region: str, path: Place) -> Iterator[Fault]:
    try:
        validate_region(region)
    except ConfigurationError as error:
        yield Fault(path=path, text=str(error))


def _build(document: Json, folder: Path, evidence: Path | None, content: bytes) -> Configuration:
    signing = document.get("signing", {})
    ceilings = document.get("parameters", {}).get("rotation_ceiling_days", {})
    return Configuration(
        organisation=document["organisation"],
        target_level=document.get("target_level", DEFAULT_TARGET_LEVEL),
        declarations=folder / document.get("declarations", "declarations"),
        evidence=evidence or folder / document.get("evidence", "evidence"),
        accounts=tuple(
            AwsAccount(
                id=account["id"],
                regions=tuple(account["regions"]),
                profile=account.get("profile"),
                role_arn=account.get("role_arn"),
                external_id=account.get("external_id"),
            )
            for account in document["aws"]["accounts"]
        ),
        repositories=tuple(
            SourceRepository(
                path=folder / each["path"],
                name=_name(each),
                reports=tuple(folder / report for report in each.get("reports", [])),
            )
            for each in document.get("repositories", [])
        ),
        infrastructure=tuple(
            InfrastructureFolder(
                path=folder / each["path"],
                name=_name(each),
                checkov=folder / each["checkov"] if "checkov" in each else None,
                report=folder / each["report"] if "report" in each else None,
            )
            for each in document.get("infrastructure", [])
        ),
        parameters={
            "rotation_ceiling_days": {
                **DEFAULT_PARAMETERS["rotation_ceiling_days"],
                **ceilings,
            }
        },
        signing_key=folder / signing["key"] if signing else None,
        signing_passphrase_env=signing.get("passphrase_env"),
        content=content,
    )


def _subject_faults(document: Json, member: str) -> Iterator[Fault]:
    """Names of which there are two: each must tell one repository or folder from the others."""
    entries = document.get(member)
    if not isinstance(entries, list):
        return
    named = [
        {"name": _name(each)}
        for each in entries
        if isinstance(each, dict) and isinstance(each.get("path"), str)
    ]
    if len(named) == len(entries):
        yield from repeated(named, (member,), "name")


def _name(entry: Json) -> str:
    """The name that an entry gives, or the last part of its path; the same on any machine."""
    last = PurePath(entry["path"]).name
    return str(entry.get("name") or (last if last not in {"", ".."} else "repository"))
