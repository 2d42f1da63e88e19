"""Spend as alarms and budgets see it: on whose bill it stands, and amounts of it."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyproof.facts.snapshot import Place

AWS_BILLED = frozenset({"bedrock"})
"""Providers whose spend appears on the AWS bill; every other one sends its own invoice."""

_MOST_DOLLARS = Decimal(10) ** 15
"""More than any bill, and in cents still a number that every JSON reader agrees on."""


def on_aws_bill(provider: str | None, key_account: str | None, place: Place) -> bool | None:
    """
    Tell whether the bill of the place's account shows the spend of a provider's key.

    Another account's bill shows it only where that account pays for the key's, which is
    not seen here: None.
    """
    if provider not in AWS_BILLED:
        return False
    return True if key_account == place.account else None


def cents(dollars: Decimal) -> int | None:
    """Round an amount up to whole cents; None for one that is no amount of a bill."""
    if not dollars.is_finite() or not 0 <= dollars <= _MOST_DOLLARS:
        return None
    return math.ceil(dollars * 100)
