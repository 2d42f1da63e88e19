from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keyproof.declarations.records import OtherSecrets
from keyproof.facts.reconciliation import (
    CREDENTIAL_TAG,
    PROVIDER_KEY_TAG,
    Reconciler,
    stored_facts,
)
from keyproof.facts.secrets import stored_secrets
from tests.keyproof.facts.builders import (
    ACCOUNT,
    ELSEWHERE,
    HERE,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    collected,
    credential,
    failure,
    key,
    secret,
    secret_arn,
    secrets_seen,
    stored_in,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keyproof.declarations.records import Credential, Storage
    from keyproof.documents import Json
    from keyproof.facts.reconciliation import (
        Match,
    )
    from keyproof.facts.snapshot import Place
    from tests.keyproof.facts.builders import (
        Seen,
    )

NAME = "prod/openai"
ARN = secret_arn(NAME)
FAR_ARN = secret_arn(NAME, ELSEWHERE)

BOTH = (secrets_seen(secret(NAME)), secrets_seen(secret(NAME, ELSEWHERE), place=ELSEWHERE))
REPLICATED = (
    secrets_seen(secret(NAME, PrimaryRegion=REGION)),
    secrets_seen(secret(NAME, ELSEWHERE, PrimaryRegion=REGION), place=ELSEWHERE),
)
UNLISTED = secrets_seen(gaps=[failure("secretsmanager:ListSecrets")])


def match(entry: Credential, *parts: Seen, absent: Sequence[tuple[str, Place]] = ()) -> Match:
    snapshot = collected(*parts, absent=absent)
    found = Reconciler(stored_secrets(snapshot), snapshot).match(entry)
    assert (found.secret is not None) is (found.binding["status"] == "bound")
    return found


def binding(
    storage: Storage | None, *parts: Seen, absent: Sequence[tuple[str, Place]] = ()
) -> Json:
    return match(credential(storage=storage), *parts, absent=absent).binding


def bound(arn: str, how: str, confidence: str) -> Json:
    return {"status": "bound", "how": how, "confidence": confidence, "candidates": [arn]}


def unbound(status: str, *candidates: str) -> Json:
    return {"status": status, "how": None, "confidence": None, "candidates": list(candidates)}


class TestByArn:
    """As the loader builds it, an ARN also gives account and region."""

    def storage(self, arn: str = ARN, account: str = ACCOUNT, region: str = REGION) -> Storage:
        return stored_in(arn, account, region)

    def test_the_whole_arn(self) -> None:
        found = match(credential(storage=self.storage()), *BOTH)

        assert found.binding == bound(ARN, "arn", "high")
        assert found.secret is not None
        assert (found.secret["arn"], found.secret["region"]) == (ARN, REGION)

    def test_the_arn_without_its_random_characters(self) -> None:
        storage = self.storage(ARN.removesuffix("-AbCdEf"))

        assert binding(storage, *BOTH) == bound(ARN, "name", "medium")

    def test_the_arn_of_a_secret_that_was_made_anew(self) -> None:
        storage = self.storage(ARN.replace("AbCdEf", "XyZxYz"))

        assert binding(storage, *BOTH) == unbound("missing")

    def test_the_arn_of_a_replica_is_the_replica(self) -> None:
        storage = self.storage(FAR_ARN, region=OTHER_REGION)

        found = match(credential(storage=storage), *REPLICATED)

        assert found.binding == bound(FAR_ARN, "arn", "high")
        assert found.secret is not None
        assert found.secret["replica"]

    def test_the_arn_of_a_place_outside_of_the_snapshot(self) -> None:
        arn = ARN.replace(ACCOUNT, OTHER_ACCOUNT)

        assert binding(self.storage(arn, account=OTHER_ACCOUNT), *BOTH) == unbound("unseen")

    def test_the_arn_of_another_partition(self) -> None:
        arn = f"arn:aws-cn:secretsmanager:{REGION}:{ACCOUNT}:secret:{NAME}-AbCdEf"
        record = {"entry": {"ARN": arn, "Name": NAME}, "description": None, "versions": None}

        assert binding(self.storage(arn), secrets_seen(record)) == bound(arn, "arn", "high")

    @pytest.mark.parametrize("arn", ["arn:", "arn:::::::", "arn:aws:secretsmanager:x"])
    def test_an_arn_that_is_none(self, arn: str) -> None:
        assert binding(self.storage(arn), *BOTH) == unbound("missing")


class TestByName:
    """A name alone may mean any account and region."""

    @pytest.mark.parametrize(
        ("account", "region", "confidence"),
        [
            (None, None, "medium"),
            (ACCOUNT, None, "medium"),
            (None, REGION, "medium"),
            (ACCOUNT, REGION, "high"),
        ],
    )
    def test_one_secret_of_that_name(
        self, account: str | None, region: str | None, confidence: str
    ) -> None:
        storage = stored_in(NAME, account, region)

        assert binding(storage, secrets_seen(secret(NAME))) == bound(ARN, "name", confidence)

    def test_two_secrets_of_that_name_are_ambiguous(self) -> None:
        assert binding(stored_in(NAME), *BOTH) == unbound("ambiguous", FAR_ARN, ARN)
        assert binding(stored_in(NAME, ACCOUNT), *BOTH) == unbound("ambiguous", FAR_ARN, ARN)

    def test_two_secrets_of_that_name_are_told_apart_by_their_place(self) -> None:
        assert binding(stored_in(NAME, ACCOUNT, REGION), *BOTH) == bound(ARN, "name", "high")
        assert binding(stored_in(NAME, None, OTHER_REGION), *BOTH) == bound(
            FAR_ARN, "name", "medium"
        )

    def test_a_replica_beside_its_primary_is_the_same_secret(self) -> None:
        assert binding(stored_in(NAME), *REPLICATED) == bound(ARN, "name", "medium")

    def test_a_replica_stands_for_itself_where_its_region_is_named(self) -> None:
        storage = stored_in(NAME, ACCOUNT, OTHER_REGION)

        assert binding(storage, *REPLICATED) == bound(FAR_ARN, "name", "high")

    def test_a_secret_that_two_pages_hold_is_not_ambiguous(self) -> None:
        twice = secrets_seen(secret(NAME), secret(NAME))

        assert binding(stored_in(NAME), twice) == bound(ARN, "name", "medium")

    def test_a_secret_pending_deletion_gives_way_to_one_that_lives(self) -> None:
        dying = secret(NAME, ELSEWHERE, DeletedDate="2026-11-30T00:00:00Z")
        both = (secrets_seen(secret(NAME)), secrets_seen(dying, place=ELSEWHERE))

        assert binding(stored_in(NAME), *both) == bound(ARN, "name", "medium")
        assert binding(stored_in(NAME, ACCOUNT, OTHER_REGION), *both) == bound(
            FAR_ARN, "name", "high"
        )

    def test_no_secret_of_that_name(self) -> None:
        assert binding(stored_in("prod/OpenAI"), *BOTH) == unbound("missing")

    def test_only_a_secret_in_another_place(self) -> None:
        storage = stored_in(NAME, ACCOUNT, OTHER_REGION)

        assert binding(storage, secrets_seen(secret(NAME))) == unbound("elsewhere", ARN)

    @pytest.mark.parametrize(
        ("account", "region", "status"),
        [
            (None, None, "unseen"),
            (ACCOUNT, None, "unseen"),
            (ACCOUNT, REGION, "unseen"),
            (None, OTHER_REGION, "missing"),
            (ACCOUNT, OTHER_REGION, "missing"),
            (OTHER_ACCOUNT, None, "unseen"),
            (OTHER_ACCOUNT, REGION, "unseen"),
            (None, "eu-north-1", "unseen"),
        ],
    )
    def test_an_incomplete_listing_proves_no_absence(
        self, account: str | None, region: str | None, status: str
    ) -> None:
        storage = stored_in(NAME, account, region)

        assert binding(storage, UNLISTED) == unbound(status)
        assert binding(storage, absent=[("secrets_manager", HERE)]) == unbound(status)

    def test_where_only_another_place_has_it_its_own_must_have_been_seen(self) -> None:
        there = secrets_seen(secret(NAME, ELSEWHERE), place=ELSEWHERE)

        assert binding(stored_in(NAME, ACCOUNT, REGION), UNLISTED, there) == unbound("unseen")

    def test_a_failure_about_one_secret_leaves_the_listing_whole(self) -> None:
        listed = secrets_seen(gaps=[failure("secretsmanager:DescribeSecret", ARN)])

        assert binding(stored_in(NAME), listed) == unbound("missing")

    def test_nothing_is_missing_where_nothing_was_collected(self) -> None:
        snapshot = collected(regions={})

        found = Reconciler([], snapshot).match(credential(storage=stored_in(NAME)))

        assert found.binding == unbound("unseen")


def tagged(tag: str, value: str, name: str = "a", place: Place = HERE, **changes: object) -> Json:
    return secret(name, place, Tags=[{"Key": tag, "Value": value}], **changes)


class TestByTags:
    """Only for an entry that names no secret."""

    @pytest.mark.parametrize(
        ("tag", "value"), [(CREDENTIAL_TAG, "openai-production"), (PROVIDER_KEY_TAG, "key_1")]
    )
    def test_either_tag_will_do(self, tag: str, value: str) -> None:
        entry = credential(storage=None, provider_key=key("key_1"))

        found = match(entry, secrets_seen(tagged(tag, value)))

        assert found.binding == bound(secret_arn("a"), "tags", "medium")

    @pytest.mark.parametrize(
        ("tag", "value"),
        [
            (CREDENTIAL_TAG, "openai-development"),
            (CREDENTIAL_TAG, "key_1"),
            (PROVIDER_KEY_TAG, "openai-production"),
            (PROVIDER_KEY_TAG, ""),
            ("Keyproof:Credential", "openai-production"),
        ],
    )
    def test_other_tags_will_not(self, tag: str, value: str) -> None:
        entry = credential(storage=None, provider_key=key("key_1"))

        assert match(entry, secrets_seen(tagged(tag, value))).binding == unbound("undeclared")

    def test_both_tags_on_one_secret_are_one_candidate(self) -> None:
        record = tagged(CREDENTIAL_TAG, "openai-production")
        record["description"]["Tags"].append({"Key": PROVIDER_KEY_TAG, "Value": "key_1"})
        entry = credential(storage=None, provider_key=key("key_1"))

        assert match(entry, secrets_seen(record)).binding["status"] == "bound"

    def test_tags_on_two_secrets_are_ambiguous(self) -> None:
        both = [tagged(CREDENTIAL_TAG, "openai-production", name) for name in ("b", "a")]

        assert binding(None, secrets_seen(*both)) == unbound(
            "ambiguous", secret_arn("a"), secret_arn("b")
        )

    def test_the_tags_of_a_replica_are_those_of_its_primary(self) -> None:
        tags = (CREDENTIAL_TAG, "openai-production")
        replica = tagged(*tags, place=ELSEWHERE, PrimaryRegion=REGION)

        found = binding(None, secrets_seen(tagged(*tags)), secrets_seen(replica, place=ELSEWHERE))

        assert found == bound(secret_arn("a"), "tags", "medium")

    def test_a_secret_pending_deletion_gives_way_to_its_successor(self) -> None:
        tags = (CREDENTIAL_TAG, "openai-production")
        dying = tagged(*tags, name="old", DeletedDate="2026-11-30T00:00:00Z")

        found = binding(None, secrets_seen(dying, tagged(*tags, name="new")))

        assert found == bound(secret_arn("new"), "tags", "medium")

    def test_an_entry_that_names_a_secret_is_found_by_no_tag(self) -> None:
        record = tagged(CREDENTIAL_TAG, "openai-production")

        assert binding(stored_in(NAME), secrets_seen(record)) == unbound("missing")

    def test_an_entry_that_is_kept_elsewhere_is_found_by_no_tag(self) -> None:
        record = tagged(CREDENTIAL_TAG, "openai-production")
        storage = stored_in(None, elsewhere="a vault of another vendor")

        assert binding(storage, secrets_seen(record)) == unbound("undeclared")

    def test_a_secret_without_a_name_is_looked_for_by_its_tags(self) -> None:
        record = tagged(CREDENTIAL_TAG, "openai-production")

        assert binding(stored_in(None), secrets_seen(record))["how"] == "tags"

    def test_an_incomplete_listing_proves_no_absence(self) -> None:
        assert binding(None) == unbound("undeclared")
        assert binding(None, UNLISTED) == unbound("unseen")
        assert binding(None, absent=[("secrets_manager", HERE)]) == unbound("unseen")


class TestStored:
    """Every stored secret, with the entry that claims it."""

    def facts(
        self,
        *parts: Seen,
        entries: dict[str, str] | None = None,
        others: Sequence[OtherSecrets] = (),
    ) -> list[Json]:
        return stored_facts(stored_secrets(collected(*parts)), entries or {}, others)

    def test_a_secret_as_it_stands(self) -> None:
        record = secret(NAME, OwningService="rds", DeletedDate="2026-11-30T00:00:00Z")

        assert self.facts(secrets_seen(record), entries={ARN: "openai-production"}) == [
            {
                "arn": ARN,
                "name": NAME,
                "account": ACCOUNT,
                "region": REGION,
                "provider": "openai",
                "owned_by_service": "rds",
                "pending_deletion": True,
                "replica": False,
                "entry": "openai-production",
                "excluded": None,
            }
        ]

    def test_a_secret_that_no_entry_claims(self) -> None:
        (fact,) = self.facts(secrets_seen(secret(NAME)))

        assert (fact["entry"], fact["excluded"]) == (None, None)

    def test_a_replica_belongs_to_the_entry_of_its_primary(self) -> None:
        facts = self.facts(*REPLICATED, entries={ARN: "openai-production"})

        assert [(fact["replica"], fact["entry"]) for fact in facts] == [
            (True, "openai-production"),
            (False, "openai-production"),
        ]

    @pytest.mark.parametrize(
        ("name", "account", "region", "excluded"),
        [
            ("prod/*", None, None, True),
            ("prod/open?i", None, None, True),
            (NAME, ACCOUNT, REGION, True),
            ("prod", None, None, False),
            ("PROD/*", None, None, False),
            ("prod/*", OTHER_ACCOUNT, None, False),
            ("prod/*", None, OTHER_REGION, False),
        ],
    )
    def test_an_exclusion(
        self, name: str, account: str | None, region: str | None, *, excluded: bool
    ) -> None:
        other = OtherSecrets(name=name, reason="no key", account=account, region=region)

        (fact,) = self.facts(secrets_seen(secret(NAME)), others=[other])

        assert fact["excluded"] == ("no key" if excluded else None)

    def test_the_first_exclusion_gives_the_reason(self) -> None:
        others = [
            OtherSecrets(name=name, reason=reason, account=None, region=None)
            for name, reason in (("test/*", "zero"), ("prod/*", "one"), ("*openai", "two"))
        ]

        (fact,) = self.facts(secrets_seen(secret(NAME)), others=others)

        assert fact["excluded"] == "one"
