"""Rights other than reading, asked about the resources of an estate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from keyproof.access.evaluation import Conventions, Question
from keyproof.access.extents import NOTHING, Truth
from keyproof.access.policy import Policy
from keyproof.access.universe import Resource, Universe
from keyproof.access.values import ABSENT, UNKNOWN, known
from keyproof.access.ways import ACTIONS, Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keyproof.access.assumption import Assumption
    from keyproof.access.estate import Estate
    from keyproof.access.extents import Extent
    from keyproof.access.identities import Identity
    from keyproof.access.patterns import Pattern
    from keyproof.access.policy import AnyPolicy
    from keyproof.access.principals import Principal
    from keyproof.access.reading import Reading
    from keyproof.access.values import Value


class _Anything(Universe):
    """A resource of the caller's own choice: whatever a policy allows, the caller picks."""

    def matching(self, pattern: Pattern) -> Extent:  # noqa: ARG002 - there is one that matches
        return self.everything


class Rights:
    """
    Which rights a principal has, by the kind of the resources.

    `roles`, `users`, `groups`, `policies`, `functions`, `projects`, `instances` are asked by
    index; `secrets` and `keys` by the index of the secret.
    """

    def __init__(self, estate: Estate, reading: Reading, assumption: Assumption) -> None:
        self._estate = estate
        self.users = [each for each in estate.identities if each.principal.type == "user"]
        self.groups = estate.groups
        self.policies = sorted(
            {
                arn
                for each in estate.identities
                for arn in (*each.managed, *_boundaries(each))
                if _of_customer(arn)
            }
        )
        users = [each.principal for each in self.users]
        decryption = reading.decryption.customer
        self._universes: Mapping[str, Universe] = {
            "roles": assumption.universe,
            "users": _universe((each.arn, each.account) for each in users),
            "groups": _universe((each.arn, each.account) for each in self.groups),
            "policies": _universe((arn, arn.split(":")[4]) for arn in self.policies),
            "functions": _universe((each.arn, each.account) for each in estate.functions),
            "projects": _universe((each.arn, each.account) for each in estate.projects),
            "instances": _universe((each.arn, each.account) for each in estate.instances),
            "secrets": reading.universe,
            "keys": Universe(
                [_called_directly(each) for each in decryption.universe.resources],
                unknown=UNKNOWN,
            ),
        }
        self._own_policies: Mapping[str, Sequence[Sequence[AnyPolicy]]] = {
            "secrets": reading.value.resource_policies,
            "keys": decryption.resource_policies,
        }
        self._questions: dict[tuple[str, str, str | None], Question] = {}
        self._chosen: dict[tuple[str, str], tuple[Question, Question]] = {}
        self._extents: dict[tuple[object, ...], Extent] = {}
        self._allowed: dict[tuple[AnyPolicy, ...], frozenset[str]] = {}
        self._said: dict[tuple[tuple[str, ...], bool], frozenset[str]] = {}

    def might(self, principal: Principal, actions: Iterable[str]) -> bool:
        """
        Whether the principal's own policies allow one of the actions, anywhere at all.

        Most allow none, so that there is nothing to ask.
        """
        if principal.trusted or principal.type in {"root", "account", "public"}:
            return True
        allowed = self._allowed.get(principal.identity)
        if allowed is None:
            allowed = frozenset().union(*map(self._allowed_by, principal.identity))
            self._allowed[principal.identity] = allowed
        return any(action in allowed or action not in ACTIONS for action in map(str.lower, actions))

    def _allowed_by(self, policy: AnyPolicy) -> frozenset[str]:
        """The actions, of those that ways round take, that a policy allows on something."""
        if not isinstance(policy, Policy):
            return ACTIONS
        found: frozenset[str] = frozenset()
        for statement in policy.statements:
            if statement.effect == "Allow":
                key = (statement.actions, statement.not_action)
                if key not in self._said:
                    self._said[key] = frozenset(filter(statement.speaks_of, ACTIONS))
                found |= self._said[key]
        return found

    def question(self, kind: str, action: str, *, passed_to: str | None = None) -> Question:
        """Ask about an action on all resources of a kind; `passed_to` is a role's service."""
        key = (kind, action, passed_to)
        if key not in self._questions:
            constants: dict[str, Value] = dict(self._estate.now)
            if passed_to is not None:
                constants["iam:passedtoservice"] = known(passed_to)
            governed = kind in self._own_policies
            self._questions[key] = Question(
                action,
                self._universes[kind],
                resource_policies=self._own_policies.get(kind, ()),
                rcps=self._estate.rcps if governed else {},
                conventions=Conventions(
                    delegated=kind == "keys", constants=constants, otherwise=UNKNOWN
                ),
            )
        return self._questions[key]

    def extent(
        self, principal: Principal, kind: str, actions: Iterable[str], **options: str
    ) -> Extent:
        """On which resources of a kind the principal has one of the rights."""
        actions = tuple(actions)
        if kind not in self._own_policies and not self.might(principal, actions):
            return NOTHING
        key = (principal, kind, actions, *options.values())
        found = self._extents.get(key)
        if found is None:
            found = NOTHING
            for action in actions:
                allowed = self.question(kind, action, **options).answer(principal).allowed
                if allowed.possible:
                    found |= allowed
            self._extents[key] = found
        return found

    def right(
        self,
        principal: Principal,
        kind: str,
        actions: Iterable[str],
        index: int,
        **options: str,
    ) -> Right:
        """The right, of those given, that the principal has most surely on one resource."""
        questions = [self.question(kind, action, **options) for action in actions]
        best = max(questions, key=lambda each: each.answer(principal).allowed.truth(index))
        return Right(best, index)

    def indices_by_arn(self, kind: str) -> Mapping[str, int]:
        """The index of each resource of a kind."""
        return {each.arn: n for n, each in enumerate(self._universes[kind].resources)}

    def of_account(self, kind: str, account: str) -> int:
        """The mask of the resources of a kind that an account owns."""
        return self._universes[kind].of_account(account)

    def arn(self, kind: str, index: int) -> str:
        """The resource of this index."""
        return self._universes[kind].resources[index].arn

    def somewhere(self, principal: Principal, action: str) -> tuple[Truth, Right]:
        """
        Tell whether the principal may do the action on a resource of its own choice.

        An Allow of some resources is enough; of Denies only those that spare none count.
        """
        service = action.partition(":")[0]
        account = principal.account
        arn = f"arn:{self._estate.partition}:{service}:any-region:{account}:any/resource"
        chosen, denied = self._of_choice(action, arn, account)
        if not self.might(principal, (action,)):
            return Truth.NO, Right(chosen, 0)
        granted = chosen.answer(principal).granted
        if not granted.possible:
            return Truth.NO, Right(chosen, 0)
        answer = granted.without(denied.answer(principal, thorough=True).denied)
        return answer.truth(0), Right(chosen, 0)

    def on_new(self, principal: Principal, action: str, kind: str) -> tuple[Truth, Right]:
        """
        Tell whether the principal may do the action on a role or user that it makes.

        An Allow of some names only is in doubt, since several rights must agree on one name.
        """
        arn = f"arn:{self._estate.partition}:iam::{principal.account}:{kind}/any-name"
        _, named = self._of_choice(action, arn, principal.account)
        if not self.might(principal, (action,)):
            return Truth.NO, Right(named, 0)
        truth = named.answer(principal).allowed.truth(0)
        if truth is not Truth.NO:
            return truth, Right(named, 0)
        truth, right = self.somewhere(principal, action)
        return min(truth, Truth.MAYBE), right

    def _of_choice(self, action: str, arn: str, account: str) -> tuple[Question, Question]:
        """Ask about an action on whatever a policy allows, and on a resource of this ARN."""
        key = (action, arn)
        if key not in self._chosen:
            of_choice = [
                Resource(
                    arn=arn,
                    account=account,
                    tags=None,
                    context={"aws:resourceaccount": known(account)},
                )
            ]
            conventions = Conventions(constants=self._estate.now, otherwise=UNKNOWN)
            self._chosen[key] = (
                Question(action, _Anything(of_choice, unknown=UNKNOWN), conventions=conventions),
                Question(action, Universe(of_choice, unknown=UNKNOWN), conventions=conventions),
            )
        return self._chosen[key]


def _boundaries(identity: Identity) -> Iterable[str]:
    """The ARN of the policy that bounds somebody."""
    boundary = identity.principal.boundary
    return () if boundary is None else (boundary.reference.name,)


def _of_customer(policy: str) -> bool:
    """Whether a managed policy is the customer's own, by its ARN."""
    parts = policy.split(":")
    return len(parts) > 5 and parts[4] != "aws"  # noqa: PLR2004


def _called_directly(key: Resource) -> Resource:
    """
    A key as it is seen in the caller's own requests, and not in one of Secrets Manager.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    context = {
        name: UNKNOWN if name.startswith("kms:encryptioncontext") else value
        for name, value in key.context.items()
    }
    return replace(key, context={**context, "kms:viaservice": ABSENT})


def _universe(resources: Iterable[tuple[str, str]]) -> Universe:
    return Universe(
        [
            Resource(
                arn=arn,
                account=account,
                tags=None,
                context={"aws:resourceaccount": known(account)},
            )
            for arn, account in resources
        ],
        unknown=UNKNOWN,
    )
