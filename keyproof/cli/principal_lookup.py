"""Which principal somebody means: by ARN, by name, or by the ARN of a session of a role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyproof.access.principals import canonical
from keyproof.cli.secret_lookup import listed, nearest
from keyproof.errors import UsageError
from keyproof.faults import found
from reports.access_phrases import reader_name

if TYPE_CHECKING:
    from keyproof.access.principals import Principal
    from keyproof.access.readers import EffectiveAccess

_ACCOUNT_DIGITS = 12


def find_principal(text: str, access: EffectiveAccess, account: str) -> Principal:
    """
    Find the one principal that `text` stands for; `root` is that of the secret's `account`.

    A session stands for its role. Somebody of an account that was not collected need not be
    known. Raises `UsageError` where nobody, or more than one, is meant.
    """
    partition = access.estate.partition
    if text == "root":
        text = account
    if len(text) == _ACCOUNT_DIGITS and text.isdigit():
        text = f"arn:{partition}:iam::{text}:root"
    known = access.principals
    wanted = {canonical(text), _role_of(text)}
    exact = [each for each in known if each.arn == text]
    by_name = [each for each in known if canonical(each.arn) in wanted]
    meant = exact or by_name or [each for each in known if _called(each, text)]
    if len(meant) > 1:
        raise UsageError(
            f"{found(text)} stands for {len(meant):,} principals; name one of them by its ARN:"
            f" {listed(sorted(each.arn for each in meant))}"
        )
    principal = meant[0] if meant else access.estate.stranger(text)
    if principal is None:
        near = nearest(text, {name for each in known for name in (each.arn, *_names(each))})
        said = f"; the nearest names are {listed(near)}" if near else ""
        raise UsageError(f"no principal is called {found(text)}{said}")
    return principal


def _called(principal: Principal, text: str) -> bool:
    """Whether somebody has this name, or this resource in the ARN: `role/service/chat`."""
    return text in _names(principal) or principal.arn.endswith(f":{text}")


def _names(principal: Principal) -> tuple[str, str]:
    """The name that AWS has for somebody, and the one by which our pages call them."""
    return principal.name, reader_name(principal.arn, principal.type)


def _role_of(text: str) -> str:
    """The canonical name of the role whose session an ARN names; of any other, its own."""
    name = canonical(text)
    before, _, role = name.partition(":assumed-role/")
    if not role:
        return name
    return f"{before.replace(':sts:', ':iam:')}:role/{role.partition('/')[0]}"
