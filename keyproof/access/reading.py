"""Who reads a secret's value directly: `GetSecretValue`, and the right to decrypt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyproof.access.decryption import Decryption
from keyproof.access.estate import SECRET_TAGS
from keyproof.access.evaluation import Conventions, Question, with_either_key
from keyproof.access.extents import NOTHING
from keyproof.access.universe import Universe
from keyproof.access.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keyproof.access.estate import Estate, Secret
    from keyproof.access.extents import Extent
    from keyproof.access.principals import Principal

GET_SECRET_VALUE = "secretsmanager:GetSecretValue"  # noqa: S105 - an action
"""`BatchGetSecretValue` needs it too for each secret, so nobody reads without it."""


class Reading:
    """Whether a principal may read each of these secrets."""

    def __init__(self, estate: Estate, secrets: Sequence[Secret]) -> None:
        self.secrets = secrets
        self.universe = Universe(
            [secret.resource for secret in secrets], tag_prefixes=SECRET_TAGS, unknown=UNKNOWN
        )
        self.conventions = Conventions(constants=estate.now, otherwise=UNKNOWN)
        self.rcps = estate.rcps
        self.value = self.question(GET_SECRET_VALUE)
        self.decryption = Decryption(estate, secrets)
        self._allowed: dict[Principal, Extent] = {}

    def question(self, action: str) -> Question:
        """Ask about another action on the same secrets."""
        return Question(
            action,
            self.universe,
            resource_policies=[secret.policies for secret in self.secrets],
            rcps=self.rcps,
            conventions=self.conventions,
        )

    def allowed(self, principal: Principal) -> Extent:
        """The secrets that the principal reads directly."""
        if principal.type == "provider":
            return NOTHING  # whom it vouches for is somebody only once a role is assumed
        found = self._allowed.get(principal)
        if found is None:
            found = self._allowed[principal] = with_either_key(principal, self._as_is)
        return found

    def allowed_at_most(self, principal: Principal) -> Extent:
        """The same, and perhaps secrets that the principal may not decrypt; found sooner."""
        found = self.value.answer(principal).allowed
        if found.possible and principal.with_long_term_key is not principal:
            found |= self.value.answer(principal.with_long_term_key).allowed
        return found

    def _as_is(self, principal: Principal) -> Extent:
        found = self.value.answer(principal).allowed
        if found.possible:
            found &= self.decryption.allowed(principal)
        return found if found.possible else NOTHING
