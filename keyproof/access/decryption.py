"""
Who may decrypt a secret's value: by key policy, identity policy or grant.

Secrets Manager decrypts in the caller's name, with the secret's ARN in the encryption
context: https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyproof.access.evaluation import Conventions, Question
from keyproof.access.extents import NOTHING, Extent, Truth, extent
from keyproof.access.principals import canonical, session_of
from keyproof.access.universe import Resource, Universe
from keyproof.access.values import UNKNOWN, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keyproof.access.estate import Estate, Key, Secret
    from keyproof.access.principals import Principal
    from keyproof.documents import Json

DECRYPT = "kms:Decrypt"

_CONTEXT = "kms:encryptioncontext:"
_CONTEXT_KEYS = ("SecretARN", "SecretVersionId")
_SERVICE = {"aws-cn": "amazonaws.com.cn"}


class Decryption:
    """
    Whether a principal may decrypt the value of each secret.

    The AWS-managed key is open to everybody in the account, and to nobody else. Whether an
    explicit Deny of kms:Decrypt keeps somebody from using it AWS does not say, so that one
    who has it may decrypt, but not for sure.
    """

    def __init__(self, estate: Estate, secrets: Sequence[Secret]) -> None:
        self.secrets = secrets
        self._managed = sum(1 << n for n, secret in enumerate(secrets) if secret.key is None)
        universe = Universe([_key_resource(estate, each) for each in secrets], unknown=UNKNOWN)
        conventions = Conventions(
            delegated=True,
            unseen_grants=True,
            constants={**estate.now, "aws:viaawsservice": known("true")},
            otherwise=UNKNOWN,
        )
        self.customer = Question(
            DECRYPT,
            universe,
            resource_policies=[() if each.key is None else each.key.policies for each in secrets],
            rcps=estate.rcps,
            outright=self._granted,
            conventions=conventions,
        )
        # Resource control policies do not reach keys that AWS manages.
        self.managed = Question(DECRYPT, universe, conventions=conventions)
        self._grants = _Grants(secrets)
        self._allowed: dict[Principal, Extent] = {}

    def is_managed(self, index: int) -> bool:
        """Whether the secret is encrypted with the AWS-managed key."""
        return bool(self._managed >> index & 1)

    def allowed(self, principal: Principal) -> Extent:
        """The secrets whose value the principal may decrypt."""
        found = self._allowed.get(principal)
        if found is None:
            found = self._allowed[principal] = self._decrypted(principal)
        return found

    def _decrypted(self, principal: Principal) -> Extent:
        customer = self.customer.answer(principal).allowed.within(~self._managed)
        own = self._managed & self.managed.universe.of_account(principal.account)
        if not own:
            return customer
        denied = self.managed.own_denies(principal)
        return customer | Extent(own & ~denied.possible, own)

    def grants(self, principal: Principal, index: int) -> list[tuple[int, Json]]:
        """The grants on the secret's key that let the principal decrypt it, with their places."""
        return self._grants.of(principal, index)

    @property
    def grantees(self) -> set[str]:
        """All to whom a grant lets somebody decrypt, as the grants have them."""
        return self._grants.grantees

    def _granted(self, principal: Principal) -> Extent:
        return self._grants.extent(principal)


def _key_resource(estate: Estate, secret: Secret) -> Resource:
    """The key as it is seen in a request that Secrets Manager makes for this secret."""
    partition = estate.partition
    key = secret.key
    account = secret.account if key is None else key.account
    own = f"arn:{partition}:kms:{secret.region}:{secret.account}:key/aws/secretsmanager"
    suffix = _SERVICE.get(partition, "amazonaws.com")
    return Resource(
        arn=own if key is None else key.arn,
        account=account,
        tags={} if key is None else key.tags,
        context={
            "aws:requestedregion": known(secret.region),
            **estate.organizations.membership(account).context("resource"),
            "aws:resourceaccount": known(account),
            "kms:viaservice": known(f"secretsmanager.{secret.region}.{suffix}"),
            f"{_CONTEXT}secretarn": known(secret.arn),
            f"{_CONTEXT}secretversionid": UNKNOWN,
            "kms:encryptioncontextkeys": known(*_CONTEXT_KEYS),
            "kms:resourcealiases": UNKNOWN if key is None else key.aliases,
        },
    )


class _Grants:
    """The grants that allow decryption, by the canonical name of the grantee."""

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self._by_grantee: dict[str, list[tuple[int, int, Json, Truth]]] = {}
        self._unseen = NOTHING
        seen: dict[Key, list[int]] = {}
        for index, secret in enumerate(secrets):
            if secret.key is not None:
                seen.setdefault(secret.key, []).append(index)
        for key, indexes in seen.items():
            if key.grants is None:
                self._unseen |= extent(Truth.MAYBE, sum(1 << index for index in indexes))
            for number, grant in enumerate(key.grants or ()):
                grantee = canonical(grant.get("GranteePrincipal", ""))
                if not grantee or "Decrypt" not in grant.get("Operations", ()):
                    continue
                names = {grantee, session_of(grantee) or grantee}
                for index in indexes:
                    truth = _constrained(grant.get("Constraints", {}), secrets[index].arn)
                    for name in names if truth is not Truth.NO else ():
                        entry = (index, number, grant, truth)
                        self._by_grantee.setdefault(name, []).append(entry)

    @property
    def grantees(self) -> set[str]:
        return {
            entry[2]["GranteePrincipal"]
            for entries in self._by_grantee.values()
            for entry in entries
        }

    def of(self, principal: Principal, index: int) -> list[tuple[int, Json]]:
        return [(number, grant) for each, number, grant, _ in self._to(principal) if each == index]

    def extent(self, principal: Principal) -> Extent:
        found = self._unseen
        for index, _, grant, truth in self._to(principal):
            found |= extent(min(truth, _is_grantee(principal, grant)), 1 << index)
        return found

    def _to(self, principal: Principal) -> list[tuple[int, int, Json, Truth]]:
        names = {*principal.own_names, principal.account_name, principal.sessions_name}
        return [
            entry
            for name in names
            if name is not None
            for entry in self._by_grantee.get(name, ())
            if _is_grantee(principal, entry[2]) is not Truth.NO
        ]


def _is_grantee(principal: Principal, grant: Json) -> Truth:
    """
    Tell whether a grant is the principal's.

    What a grant to an account gives to those in it, AWS does not say.
    """
    grantee = canonical(grant.get("GranteePrincipal", ""))
    if grantee in principal.own_names:
        return Truth.YES
    if grantee == principal.account_name:
        return Truth.MAYBE
    if principal.sessions_name is not None and session_of(grantee) == principal.sessions_name:
        own = principal.session
        if own is None:
            return Truth.MAYBE
        return Truth.YES if grantee == f"{principal.sessions_name}/{own}" else Truth.NO
    return Truth.NO


def _constrained(constraints: Json, secret_arn: str) -> Truth:
    """
    Tell whether Secrets Manager's encryption context meets a grant's constraints.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
    """
    for exact, member in ((False, "EncryptionContextSubset"), (True, "EncryptionContextEquals")):
        wanted = constraints.get(member)
        if not wanted:
            continue
        if not set(wanted) <= set(_CONTEXT_KEYS) or (exact and set(wanted) != set(_CONTEXT_KEYS)):
            return Truth.NO
        if wanted.get("SecretARN", secret_arn) != secret_arn:
            return Truth.NO
        if "SecretVersionId" in wanted:
            return Truth.MAYBE
    return Truth.MAYBE if constraints.get("SourceArn") else Truth.YES
