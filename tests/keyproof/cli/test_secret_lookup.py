from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from keyproof.cli.secret_lookup import find_secret, listed, nearest
from keyproof.errors import UsageError
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    Secret,
    estate,
    gap,
)
from tests.keyproof.cli.estates import declared
from tests.keyproof.facts.builders import credential, stored_in

if TYPE_CHECKING:
    from keyproof.cli.secret_lookup import Family
    from keyproof.declarations.records import Credential

OPENAI = Secret(name="prod/openai")
PRIMARY = Secret(name="prod/openai", replicas=[OTHER_REGION])
REPLICA = Secret(name="prod/openai", region=OTHER_REGION, primary_region=REGION)
TAGGED = Secret(name="billing", tags={"keyproof:credential": "billing-key"})


def _family(text: str, *credentials: Credential, **parts: Any) -> Family:
    return find_secret(text, estate(**parts), declared(*credentials))


def _found(text: str, *credentials: Credential, **parts: Any) -> str:
    return str(_family(text, *credentials, **parts).secret["arn"])


def _refused(text: str, *credentials: Credential, **parts: Any) -> str:
    with pytest.raises(UsageError) as refused:
        _family(text, *credentials, **parts)
    return str(refused.value)


def test_a_secret_has_four_names() -> None:
    entry = credential(id="openai-production", storage=stored_in("prod/openai"))

    for text in (OPENAI.arn, OPENAI.arn[:-7], "prod/openai", "openai-production"):
        assert _found(text, entry, secrets=[OPENAI, TAGGED]) == OPENAI.arn


def test_a_credential_may_be_bound_by_a_tag() -> None:
    entry = credential(id="billing-key", storage=None, provider_key=None)

    family = _family("billing-key", entry, secrets=[OPENAI, TAGGED])

    assert family.secret["arn"] == TAGGED.arn
    assert family.credentials == (entry,)


def test_an_arn_without_its_suffix_is_not_taken_for_a_longer_name() -> None:
    """The ARN of `openai` without its suffix and more is no secret of `openai-AbCdEf`."""
    short, long = Secret(name="openai"), Secret(name="openai-AbCdEf")

    assert _found(short.arn, secrets=[short, long]) == short.arn
    assert _found(long.arn, secrets=[short, long]) == long.arn
    assert _found("openai-AbCdEf", secrets=[short, long]) == long.arn
    # Alone, the ARN of one is what the other's is without its suffix.
    assert _found(short.arn, secrets=[long]) == long.arn


@pytest.mark.parametrize("text", ["PROD/OPENAI", "prod/openai ", "prod/*", "", OPENAI.arn[:-1]])
def test_a_name_must_be_whole_and_exact(text: str) -> None:
    assert _refused(text, secrets=[OPENAI]).startswith("no secret and no credential is called ")


def test_a_replica_is_a_copy_of_its_primary() -> None:
    for text in ("prod/openai", PRIMARY.arn):
        family = _family(text, secrets=[PRIMARY, REPLICA, TAGGED])
        assert family.secret["arn"] == PRIMARY.arn
        assert [each["arn"] for each in family.copies] == [REPLICA.arn]
        assert [each["arn"] for each in family.members] == [PRIMARY.arn, REPLICA.arn]
        assert family.arns == {PRIMARY.arn, REPLICA.arn}
        assert family.uncollected == ()


def test_by_its_own_arn_a_replica_is_what_was_asked_for() -> None:
    entry = credential(id="openai-production", storage=stored_in("prod/openai"))

    family = _family(REPLICA.arn, entry, secrets=[PRIMARY, REPLICA])

    assert family.secret["arn"] == REPLICA.arn
    assert [each["arn"] for each in family.copies] == [PRIMARY.arn]
    assert family.credentials == (entry,)


def test_copies_that_were_not_collected_are_named() -> None:
    far = Secret(name="prod/openai", replicas=[OTHER_REGION, "ap-south-1"])
    family = _family("prod/openai", secrets=[far, REPLICA])
    assert family.uncollected == (OPENAI.arn.replace(REGION, "ap-south-1"),)

    alone = _family("prod/openai", secrets=[REPLICA])
    assert alone.secret["arn"] == REPLICA.arn
    assert alone.uncollected == (OPENAI.arn,)


def test_a_copy_in_another_account_is_of_the_family() -> None:
    theirs = Secret(
        name="shared",
        account=OTHER_ACCOUNT,
        more={"CrossAccountPrimary": {"PrimarySecretARN": OPENAI.arn}},
    )
    ours = Secret(name="prod/openai", more={"CrossAccountReplicas": [{"ReplicaArn": theirs.arn}]})

    family = _family("prod/openai", secrets=[ours, theirs], accounts=(ACCOUNT, OTHER_ACCOUNT))
    assert family.arns == {ours.arn, theirs.arn}
    assert family.uncollected == ()

    assert _family("prod/openai", secrets=[ours]).uncollected == (theirs.arn,)


def test_a_name_of_several_secrets_is_refused_with_their_arns() -> None:
    other = Secret(name="prod/openai", region=OTHER_REGION)

    assert _refused("prod/openai", secrets=[OPENAI, other]) == (
        f'"prod/openai" stands for 2 secrets; name one of them by its ARN:'
        f" {other.arn}, {OPENAI.arn}"
    )


def test_a_name_of_one_secret_and_id_of_another_is_refused() -> None:
    entry = credential(id="prod/openai", storage=stored_in("billing"))

    told = _refused("prod/openai", entry, secrets=[OPENAI, TAGGED])

    assert told.startswith('"prod/openai" stands for 2 secrets; ')


def test_a_credential_without_a_secret_is_told_as_such() -> None:
    entry = credential(id="openai-production", storage=stored_in("elsewhere"))

    assert _refused("openai-production", entry, secrets=[OPENAI]) == (
        'the credential "openai-production" is bound to no secret; see `keyproof inventory`'
    )


def test_what_could_not_be_listed_may_be_there_all_the_same() -> None:
    told = _refused("claude", gaps=[gap("secrets_manager", "secretsmanager:ListSecrets")])

    assert told == (
        'no secret and no credential is called "claude";'
        " not all secrets could be listed, so that it may be there all the same"
    )


def test_a_long_or_hostile_name_is_clipped_and_written_out() -> None:
    hostile = Secret(name="\x1b[2Jopenai\nkeyproof: all is well")

    told = _refused("\x1b[2Jopenai" + "i" * 100_000, secrets=[hostile])

    assert "\x1b" not in told
    assert len(told) < 500
    near = _refused("openai", secrets=[hostile]).partition("; the nearest names are ")[2]
    assert near.startswith("\\u001b[2Jopenai\\nkeyproof: all is well, arn:aws:")


def test_the_nearest_names_are_spelt_alike_or_have_it_in_them() -> None:
    known = ["openai-production", "openai-development", "OpenAI-Research", "cohere"]

    assert nearest("openai-prodction", known) == ["openai-production"]
    assert nearest("OPENAI", known) == [
        "OpenAI-Research",
        "openai-development",
        "openai-production",
    ]
    assert nearest("research", known) == ["OpenAI-Research"]
    assert nearest("", known) == []
    assert nearest("zzz", known) == []


def test_long_lists_are_cut_and_counted() -> None:
    names = [f"secret-{number:04}" for number in range(1_250)]

    assert listed(names[:20]) == ", ".join(names[:20])
    assert listed(names) == f"{', '.join(names[:20])} and 1,230 more"
