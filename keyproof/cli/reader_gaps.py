"""What was not seen and may hide a reader of one secret, or take one away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyproof.access.paths import unseen_policies
from keyproof.access.policy import Policy
from keyproof.facts.snapshot import Place, gap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from keyproof.access.policy import AnyPolicy
    from keyproof.access.readers import EffectiveAccess
    from keyproof.cli.secret_lookup import Family
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

NOTES = ("compute", "identity_center")
"""Sources that tell of ways round, and of the people behind a role; none lets anybody read."""

_NEEDLESS = frozenset({"secretsmanager:ListSecretVersionIds", "kms:GetKeyRotationStatus"})
"""Calls whose failure changes nothing about who reads."""

_IN_DOUBT = frozenset(
    {"iam:GetPolicy", "iam:GetPolicyVersion", "kms:ListAliases", "kms:ListResourceTags"}
)
"""Calls whose failure leaves those whom they are about in doubt, and hides nobody."""

_ORGANIZATION_KEYS = frozenset({"aws:principalorgid", "aws:principalorgpaths"})


def reader_gaps(access: EffectiveAccess, family: Family, *, classes_declared: bool) -> list[Json]:
    """
    Give the gaps about the family, and those about everything, in the facts' shape.

    `may_hide_readers` of each tells whether there may be readers because of it whom nobody
    saw. The others leave readers in doubt who are shown as such, or a class untold.
    """
    found = [(each, True) for each in _not_collected(family)]
    found += list(_of_sources(access, family))
    for index, secret in enumerate(access.secrets):
        reasons = access.gaps(index)
        if secret.key is not None:  # policies that were not collected are gaps of their own
            collected = (each for each in secret.key.policies if each.reference.at is not None)
            reasons += unseen_policies(collected)
        for reason in dict.fromkeys(reasons):
            place = {"account": secret.account, "region": secret.region, "resource": secret.arn}
            found.append((gap("effective_access", reason, **place), True))
    if not classes_declared:
        found.append((gap("access", "declarations/access.yaml is missing"), False))
    return [{**each, "may_hide_readers": hides} for each, hides in found]


def _not_collected(family: Family) -> Iterator[Json]:
    for arn in family.uncollected:
        reason = "a copy of the secret is in a place that was not collected"
        yield gap("secrets_manager", reason, resource=arn)


def _of_sources(access: EffectiveAccess, family: Family) -> Iterator[tuple[Json, bool]]:
    snapshot = access.estate.snapshot
    for each in snapshot.gaps("iam"):
        yield each, each["operation"] not in _IN_DOUBT
    by_organization = _by_organization(access)
    for each in snapshot.gaps("organizations"):
        seen = access.estate.organizations.membership(each["account"]).seen
        # What a member account may not list, the management account's snapshot has.
        if not (seen and each["operation"] == "organizations:ListRoots"):
            yield each, by_organization
    places = {Place(account=each["account"], region=each["region"]) for each in family.members}
    for each in _about(snapshot.gaps("secrets_manager"), places, family.arns):
        # The listing holds this secret; only its description tells of all its copies.
        yield each, each["resource"] is not None
    for each in _about(snapshot.gaps("resource_policies"), places, family.arns):
        yield each, True
    keys = _keys(access, snapshot)
    for place, key_id in keys:
        for each in _about(snapshot.gaps("kms"), {place}, {key_id}):
            yield each, each["operation"] not in _IN_DOUBT


def _about(gaps: Iterable[Json], places: Iterable[Place], names: Iterable[str]) -> Iterator[Json]:
    """The gaps of these places about one of these names, or about everything there."""
    here, wanted = set(places), {None, *names}
    for each in gaps:
        if (
            Place(account=each["account"], region=each["region"]) in here
            and each["resource"] in wanted
            and each["operation"] not in _NEEDLESS
        ):
            yield each


def _keys(access: EffectiveAccess, snapshot: Snapshot) -> list[tuple[Place, str]]:
    """The customer keys as the secrets name them, which is how gaps do, each once."""
    with_key = {
        (secret.arn, Place(account=secret.account, region=secret.region))
        for secret in access.secrets
        if secret.key is not None
    }
    found = [
        (place, described["KmsKeyId"])
        for place, records in snapshot.places("secrets_manager")
        for record in records["secrets"]
        if (record["entry"].get("ARN"), place) in with_key
        and (described := record["description"] or record["entry"]).get("KmsKeyId")
    ]
    return list(dict.fromkeys(found))


def _by_organization(access: EffectiveAccess) -> bool:
    """Whether somebody gets at the secret by being of an organisation, in whatever account."""
    policies: list[AnyPolicy] = [each for secret in access.secrets for each in secret.policies]
    policies += [
        identity.trust
        for number, identity in enumerate(access.assumption.roles)
        if identity.trust is not None and access.reach.of_role[number].possible
    ]
    return any(
        condition.key in _ORGANIZATION_KEYS
        for policy in policies
        if isinstance(policy, Policy)
        for statement in policy.statements
        if statement.effect == "Allow"
        for condition in statement.conditions
    )
