"""
Where infrastructure code and the account disagree about a credential's secret.

Compared are the secret itself, its rotation, and its KMS key. A key that code refers to as a
resource has no identity before it is made, so of such a key only that it is a customer's own
can be compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.documents import Json

_AWS_OWN = "alias/aws/secretsmanager"
_ALIAS = "alias/"

_UNBOUND = {
    "unseen": "the secrets of its account and region were not all seen",
    "ambiguous": "more than one secret of the account has its name",
    "elsewhere": "the account has its secret in another place than the inventory says",
}
_CONDITIONAL = "whether it is made depends on a condition, a count or a collection"


def drift(
    entry: Json, declared: Json, rotation: Json, keys: Mapping[str, str | None]
) -> tuple[list[Json], list[Json]]:
    """
    Compare a credential as the facts state it with the secret that code declares.

    Gives the differences, and what could not be compared; `rotation` is the declared one,
    `keys` the KMS keys of the account's secrets by ARN. Something that code makes under a
    condition may differ rightly, so that its differences stay undecided.
    """
    secret, status = entry["secret"], entry["binding"]["status"]
    differences: list[Json] = []
    undecided: list[Json] = []
    if secret is not None:
        differences, undecided = _compared(secret, declared, rotation, keys)
    elif status == "missing":
        differences.append(_difference("secret", declared["name"], None))
    else:
        reason = _UNBOUND.get(status, "the inventory does not say where its secret is")
        undecided.append(_undecided("secret", reason))
    if declared["conditional"]:
        undecided += [_undecided(each["of"], _CONDITIONAL) for each in differences]
        differences = []
    return differences, undecided


def _compared(
    secret: Json, declared: Json, rotation: Json, keys: Mapping[str, str | None]
) -> tuple[list[Json], list[Json]]:
    differences: list[Json] = []
    undecided: list[Json] = []
    if secret["pending_deletion"]:
        differences.append(_difference("secret", declared["name"], "pending deletion"))
    if rotation["status"] == "unresolved":
        undecided.append(_undecided("rotation", "how it rotates is an expression"))
    elif not _same_rotation(rotation, secret["rotation"]):
        account = secret["rotation"]["schedule"] if secret["rotation"]["enabled"] else None
        differences.append(_difference("rotation", rotation["schedule"], account))
    if secret["arn"] not in keys:
        undecided.append(_undecided("kms_key", "the secret's KMS key was not seen"))
        return differences, undecided
    code, account_key = declared["kms_key"], _key(keys[secret["arn"]])
    same = _same_key(code, account_key)
    if same is None:
        undecided.append(_undecided("kms_key", "which KMS key it names cannot be told from here"))
    elif not same:
        named = None if code is None else code["address"] or code["literal"]
        differences.append(_difference("kms_key", named, account_key))
    return differences, undecided


def _same_rotation(code: Json, account: Json) -> bool:
    if (code["status"] == "declared") != account["enabled"]:
        return False
    if code["status"] == "none":
        return True
    known = code["interval_ns"] is not None and account["interval_ns"] is not None
    member = "interval_ns" if known else "schedule"
    return bool(code[member] == account[member])


def _same_key(code: Json | None, account: str | None) -> bool | None:
    """Whether code and account name the same key; None where that cannot be told."""
    if code is None:
        return account is None
    if code["address"] is not None:
        return account is not None
    if code["literal"] is None:
        return None
    named = _key(code["literal"])
    if named is None or account is None or named == account:
        return named == account
    aliases = {named.startswith(_ALIAS), account.startswith(_ALIAS)}
    return False if aliases == {False} else None


def _key(text: str | None) -> str | None:
    """A key's id or its alias, out of what names it in one of several ways; None: AWS's own."""
    if text is None:
        return None
    name = text.split(":", 5)[-1] if text.startswith("arn:") else text
    return None if name == _AWS_OWN else name.removeprefix("key/")


def _difference(of: str, code: str | None, account: str | None) -> Json:
    return {"of": of, "code": code, "account": account}


def _undecided(of: str, reason: str) -> Json:
    return {"of": of, "reason": reason}
