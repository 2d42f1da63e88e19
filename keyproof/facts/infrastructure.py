"""
What infrastructure code says of the credentials that it declares, beside what the account has.

A credential is declared in code where a secret's name stands there literally and is the name
of the credential's secret. A name that is an expression could be anybody's: such a secret is
stated as unresolved, and nothing is guessed about it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from keyproof.facts.infrastructure_drift import drift
from keyproof.facts.providers import recognise_provider
from keyproof.facts.schedules import longest_interval_ns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

_GROUPS: Mapping[str, tuple[str, ...]] = {
    "customer_key": ("CKV_AWS_149",),
    "rotation_declared": ("CKV2_AWS_57",),
    "rotation_period": ("CKV_AWS_304",),
    "dangling_kms_policy": ("CKV2_AWS_64", "CKV_AWS_7", "CKV_AWS_33", "CKV_AWS_227"),
    "hard_coded_keys": ("CKV_AWS_41", "CKV_AWS_45", "CKV_AWS_46"),
    "wide_iam": (
        *("CKV_AWS_1", "CKV_AWS_40", "CKV_AWS_49", "CKV2_AWS_40"),
        *(f"CKV_AWS_{number}" for number in (*range(60, 64), *range(107, 112))),
        *(f"CKV_AWS_{number}" for number in (273, 274, 275, *range(286, 291), 355, 356)),
    ),
    "ssm": ("CKV_AWS_337", "CKV2_AWS_34"),
}
"""Which of checkov's checks bear on SEC-004, by what they are about."""

_GROUP_OF = {check: group for group, checks in _GROUPS.items() for check in checks}
_OF_SECRETS = "CKV_SECRET_"
_OF_A_CREDENTIAL = frozenset(
    {"customer_key", "rotation_declared", "rotation_period", "dangling_kms_policy"}
)
"""Groups that count where they are about a credential's secret, its rotation or its key."""

_INDEX = re.compile(r"\[[^\]]*\]")
_ARN_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}$")


_Target: TypeAlias = tuple[str | None, ...]
"""A framework, a scope and an address in it, or a name or ARN alone; nothing: unresolved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    """One document: its rotations by what they refer to, its keys and checks by where they are."""

    name: str
    secrets: Sequence[Json]
    rotations: Mapping[_Target, Sequence[Json]]
    keys: Mapping[_Target, Sequence[Json]]
    checks: Mapping[tuple[str, str], Sequence[Json]]
    tool: Json | None


def infrastructure_facts(
    documents: Iterable[Json],
    credentials: Sequence[Json],
    stored_secrets: Sequence[Json],
    keys: Mapping[str, str | None],
) -> Json:
    """
    Give what the code of every folder says, in the shape of `$defs/infrastructure`.

    `documents` are the records of the source `infrastructure_code`; `credentials` and
    `stored_secrets` are the facts' own; `keys` is what `account_keys` gives. Pure. The result
    has four lists:

    `credentials`, one for each credential and each secret that declares it:
        {"credential": id, "environment": its own, "folder", "file", "line", "address",
         "name": the secret's literal name,
         "rotation": {"status": "declared|none|unresolved", "address", "schedule",
                      "interval_ns"} as declared,
         "kms_key": null (none is set), or {"address", "literal"}; both null: an expression,
         "checks": [check] about the secret, its rotation and its KMS key,
         "drift": [{"of": "secret|rotation|kms_key", "code": text or null,
                    "account": text or null}] where code and account disagree,
         "undecided": [{"of": "secret|rotation|kms_key|checks", "reason"}]}
    `other_checks`, every check about hard-coded keys, wide rights and SSM parameters that did
        not pass, whatever it is about: a check with "folder".
    `unresolved`, every secret whose name is an expression:
        {"folder", "file", "line", "address"}
    `unlisted`, every secret whose literal name points to an AI provider and is the name of no
        entry's secret: {"folder", "file", "line", "address", "name", "provider", "stored": bool}

    A check is {"group": a key of `_GROUPS`, "check_id", "name", "result":
    "PASSED|FAILED|SKIPPED|UNKNOWN", "resource", "file", "lines", "suppression"}.
    """
    folders = [_folder(document) for document in documents]
    by_name = _names(credentials)
    declarations = []
    unresolved = []
    unlisted = []
    stored = {secret["name"] for secret in stored_secrets}
    for folder in folders:
        for secret in folder.secrets:
            place = {"folder": folder.name} | {
                member: secret[member] for member in ("file", "line", "address")
            }
            name = secret["name"]
            if name is None:
                unresolved.append(place)
                continue
            entries = by_name.get(name, [])
            declarations += [_credential(entry, place, secret, folder, keys) for entry in entries]
            provider = recognise_provider(name)
            if not entries and provider is not None:
                own = {"name": name, "provider": provider, "stored": name in stored}
                unlisted.append(place | own)
    return {
        "credentials": declarations,
        "other_checks": [check for folder in folders for check in _other_checks(folder)],
        "unresolved": unresolved,
        "unlisted": unlisted,
    }


def _folder(document: Json) -> _Folder:
    checks: dict[tuple[str, str], list[Json]] = defaultdict(list)
    for check in document["checks"]:
        group = _group(check["check_id"])
        if group is not None:
            checks[check["file"], _INDEX.sub("", check["resource"])].append(
                {"group": group, **check}
            )
    rotations: dict[_Target, list[Json]] = defaultdict(list)
    keys: dict[_Target, list[Json]] = defaultdict(list)
    for each in document["declared"]:
        if each["kind"] == "rotation":
            rotations[_target(each["secret"], each)].append(each)
        elif each["kind"] == "kms_key":
            keys[_at(each)].append(each)
    return _Folder(
        name=document["folder"],
        secrets=[each for each in document["declared"] if each["kind"] == "secret"],
        rotations=rotations,
        keys=keys,
        checks=checks,
        tool=document["tool"],
    )


def _group(check_id: str) -> str | None:
    return "hard_coded_keys" if check_id.startswith(_OF_SECRETS) else _GROUP_OF.get(check_id)


def _names(credentials: Iterable[Json]) -> Mapping[str, list[Json]]:
    """Every name that a credential's secret may have in code, with the credentials of it."""
    by_name: dict[str, list[Json]] = defaultdict(list)
    for credential in credentials:
        for name in {*_names_of(credential)}:
            by_name[name].append(credential)
    return by_name


def _names_of(credential: Json) -> Iterable[str]:
    if credential["secret"] is not None:
        return (credential["secret"]["name"],)
    named = (credential["storage"] or {}).get("secret")
    return () if named is None else _names_in(named)


def _names_in(text: str) -> Iterable[str]:
    """The name that stands for a secret, or those that its ARN may be of."""
    if not text.startswith("arn:"):
        return (text,)
    name = text.split(":", 6)[-1]
    return name, _ARN_SUFFIX.sub("", name)  # which the name itself may end with


def _credential(
    entry: Json,
    place: Json,
    secret: Json,
    folder: _Folder,
    keys: Mapping[str, str | None],
) -> Json:
    rotations = _rotations(secret, folder)
    checks = sorted(
        _checks_about([secret, *rotations, *_keys(secret, folder)], folder),
        key=lambda check: (check["check_id"], check["file"], check["resource"], check["result"]),
    )
    rotation = _rotation(rotations, checks, folder)
    drifted, undecided = drift(entry, secret, rotation, keys)
    return {
        "credential": entry["id"],
        "environment": entry["environment"],
        **place,
        "name": secret["name"],
        "rotation": rotation,
        "kms_key": secret["kms_key"],
        "checks": checks,
        "drift": drifted,
        "undecided": [*_unchecked(checks, folder), *undecided],
    }


def _rotations(secret: Json, folder: _Folder) -> list[Json]:
    """The resources that state how a secret rotates, which may be the secret itself."""
    if secret["rotation"] is not None:
        return [secret]
    found = [*folder.rotations.get(_at(secret), ())]
    for target, rotations in folder.rotations.items():
        if len(target) == 1 and secret["name"] in _names_in(str(target[0])):
            found += rotations
    return found


def _keys(secret: Json, folder: _Folder) -> Sequence[Json]:
    if secret["kms_key"] is None:
        return ()
    return folder.keys.get(_target(secret["kms_key"], secret), ())


def _at(resource: Json) -> _Target:
    return resource["framework"], resource["scope"], resource["address"]


def _target(reference: Json, holder: Json) -> _Target:
    """What a reference is to; an address counts within the scope of what holds it."""
    if reference["address"] is not None:
        return holder["framework"], holder["scope"], reference["address"]
    return () if reference["literal"] is None else (reference["literal"],)


def _rotation(rotations: Sequence[Json], checks: Iterable[Json], folder: _Folder) -> Json:
    if not rotations:
        elsewhere = () in folder.rotations
        seen = any(
            check["group"] == "rotation_declared" and check["result"] == "PASSED"
            for check in checks
        )
        status = "unresolved" if elsewhere or seen else "none"
        return {"status": status, "address": None, "schedule": None, "interval_ns": None}
    certain = len(rotations) == 1 and not (
        rotations[0]["kind"] == "rotation" and rotations[0]["conditional"]
    )
    rules = rotations[0]["rotation"]
    schedule = rules["schedule"]
    if schedule is None and rules["days"] is not None:
        schedule = f"rate({rules['days']} days)"
    return {
        "status": "declared" if rules["resolved"] and certain else "unresolved",
        "address": rotations[0]["address"],
        "schedule": schedule,
        "interval_ns": None if schedule is None else longest_interval_ns(schedule),
    }


def _checks_about(resources: Iterable[Json], folder: _Folder) -> list[Json]:
    return [
        check
        for place in dict.fromkeys((each["file"], each["address"]) for each in resources)
        for check in folder.checks.get(place, ())
        if check["group"] in _OF_A_CREDENTIAL
    ]


def _unchecked(checks: Sequence[Json], folder: _Folder) -> Iterator[Json]:
    if not any(check["group"] == "customer_key" for check in checks):
        done = "checkov did not run" if folder.tool is None else "checkov said nothing about it"
        yield {"of": "checks", "reason": done}
    for check in checks:
        if check["result"] == "UNKNOWN":
            yield {"of": "checks", "reason": f"checkov could not tell: {check['check_id']}"}


def _other_checks(folder: _Folder) -> list[Json]:
    return [
        {"folder": folder.name, **check}
        for checks in folder.checks.values()
        for check in checks
        if check["group"] not in _OF_A_CREDENTIAL and check["result"] != "PASSED"
    ]


def account_keys(snapshot: Snapshot) -> dict[str, str | None]:
    """The KMS key of every secret that was seen, by the secret's ARN; None: AWS's own key."""
    return {
        record["entry"]["ARN"]: (record["description"] or record["entry"]).get("KmsKeyId")
        for _, records in snapshot.places("secrets_manager")
        for record in records["secrets"]
        if record["entry"].get("ARN")
    }
