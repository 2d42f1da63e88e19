from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.facts.spend import cents, on_aws_bill
from tests.keyproof.facts.builders import ACCOUNT, HERE, OTHER_ACCOUNT


@pytest.mark.parametrize(
    ("provider", "key_account", "on_bill"),
    [
        ("bedrock", ACCOUNT, True),
        ("bedrock", OTHER_ACCOUNT, None),
        ("bedrock", None, None),
        ("openai", ACCOUNT, False),
        ("anthropic", OTHER_ACCOUNT, False),
        ("pinecone", None, False),
        (None, ACCOUNT, False),
    ],
)
def test_only_bedrock_is_on_the_bill_of_aws(
    provider: str | None, key_account: str | None, *, on_bill: bool | None
) -> None:
    assert on_aws_bill(provider, key_account, HERE) is on_bill


@pytest.mark.parametrize(
    ("dollars", "whole"),
    [
        ("0", 0),
        ("0.001", 1),
        ("0.29", 29),
        ("1.1", 110),
        ("2.2", 220),
        ("4.35", 435),
        ("500", 50_000),
        ("500.0000001", 50_001),
        ("1E-999999", 1),
        ("1E+15", 10**17),
    ],
)
def test_amounts_are_rounded_up_to_cents(dollars: str, whole: int) -> None:
    assert cents(Decimal(dollars)) == whole


@pytest.mark.parametrize(
    "dollars", ["-0.01", "1.1E+15", "1E+999999", "Infinity", "-Infinity", "NaN", "sNaN"]
)
def test_what_no_bill_can_hold_is_no_amount(dollars: str) -> None:
    assert cents(Decimal(dollars)) is None


@settings(deadline=None)
@given(whole=st.integers(0, 10**17))
def test_whole_cents_stay_what_they_are(whole: int) -> None:
    assert cents(Decimal(whole) / 100) == whole
