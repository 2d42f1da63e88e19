from __future__ import annotations

import pytest

from collectors.aws.accounts import AwsAccount, validate_accounts, validate_region
from keyproof.errors import ConfigurationError

ACCOUNT = AwsAccount(id="111122223333", regions=("us-east-1",))


@pytest.mark.parametrize("name", ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1"])
def test_regions_of_every_partition_exist(name: str) -> None:
    validate_region(name)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("us-est-1", "did you mean us-west-1 or us-east-1?"),
        ("us-esat-1", "did you mean us-east-1 or us-west-1?"),
        ("us-east-1a", "did you mean us-east-1 or us-west-1?"),
        ("EU-WEST-1", "did you mean eu-west-1 or us-west-1?"),
        ("everywhere", "use a name such as us-east-1"),
        ("", "use a name such as us-east-1"),
    ],
)
def test_a_region_that_does_not_exist_gets_a_hint(name: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match="is no AWS region") as caught:
        validate_region(name)

    assert str(caught.value).endswith(hint)


@pytest.mark.parametrize(
    ("accounts", "message"),
    [
        ((), "no AWS account is named"),
        ((ACCOUNT, ACCOUNT), "account 111122223333 is named twice"),
        ((AwsAccount(id="111122223333", regions=()),), "at least one region"),
        ((AwsAccount(id="111122223333", regions=("us-east-1",) * 2),), "each region once"),
        ((ACCOUNT, AwsAccount(id="444455556666", regions=("mars-1",))), "'mars-1' is no AWS"),
    ],
)
def test_accounts_must_be_distinct_and_have_regions(
    accounts: tuple[AwsAccount, ...], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        validate_accounts(accounts)
