"""Which of the ways round are open to a principal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from keyproof.access.estate import SECRET_TAGS
from keyproof.access.evaluation import Question
from keyproof.access.extents import NOTHING, Extent, Truth, indices
from keyproof.access.policy import Reference, read_policy
from keyproof.access.universe import Resource, Universe
from keyproof.access.values import known
from keyproof.access.ways import (
    CHANGE_FUNCTION,
    COMMAND_INSTANCE,
    COMMAND_TASK,
    CREATE_GRANT,
    JOIN_GROUP,
    LAUNCHES,
    NEW_CREDENTIALS,
    PASS_ROLE,
    REPLICATE,
    START_BUILD,
    WRITE_GROUP,
    WRITE_KEY,
    WRITE_MANAGED,
    WRITE_ROLE,
    WRITE_SECRET,
    WRITE_TRUST,
    WRITE_USER,
    Gain,
    Right,
    scaled,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from keyproof.access.assumption import Assumption, Reach
    from keyproof.access.estate import Estate
    from keyproof.access.identities import Identity
    from keyproof.access.principals import Principal
    from keyproof.access.reading import Reading
    from keyproof.access.rights import Rights
    from keyproof.access.ways import (
        Kind,
    )

_ANYTHING = read_policy(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
    Reference(kind="identity_policy", name="a policy that the principal writes"),
)


class Escalation:
    """The ways round for each principal, as far as they lead to secrets."""

    def __init__(
        self,
        estate: Estate,
        reading: Reading,
        assumption: Assumption,
        reach: Reach,
        rights: Rights,
    ) -> None:
        self._reading = reading
        self._assumption = assumption
        self._reach = reach
        self._rights = rights
        self._identity = {each.principal: each for each in estate.identities}
        self._role_at = {each.principal.arn: number for number, each in enumerate(assumption.roles)}
        self._programs = {
            "functions": (estate.functions, CHANGE_FUNCTION),
            "projects": (estate.projects, START_BUILD),
            "instances": (estate.instances, COMMAND_INSTANCE),
        }
        self._tasks = estate.tasks
        # The same secrets with their policies rewritten: what else could then stand against it.
        self._unguarded = Question(
            reading.value.action,
            reading.universe,
            rcps=reading.rcps,
            conventions=reading.conventions,
        )
        self._elsewhere = [_in_region(reading, region) for region in sorted(estate.regions_named)]

    def gains(self, principal: Principal, wanted: int) -> list[Gain]:
        """Every way round that leads the principal to one of the wanted secrets."""
        if principal.trusted or principal.type in {"provider", "service"} or not wanted:
            return []
        found = (
            *self._by_passing_roles(principal),
            *self._by_running_code(principal),
            *self._by_writing_policies(principal),
            *self._by_writing_trust(principal),
            *self._by_new_credentials(principal),
            *self._by_writing_secrets(principal, wanted),
            *self._by_replicating(principal, wanted),
        )
        kept = (replace(gain, secrets=gain.secrets.within(wanted)) for gain in found)
        return [gain for gain in kept if gain.secrets.possible]

    def _by_passing_roles(self, principal: Principal) -> Iterator[Gain]:
        for launch in LAUNCHES:
            passed = self._rights.extent(principal, "roles", (PASS_ROLE,), passed_to=launch.service)
            if not passed.possible:
                continue
            steps = [
                max(
                    (self._rights.somewhere(principal, action) for action in group),
                    key=lambda step: step[0],
                )
                for group in launch.actions
            ]
            start = min(truth for truth, _ in steps)
            for role in indices(passed.possible) if start is not Truth.NO else ():
                trusted = self._assumption.trusts(role, launch.service)
                truth = min(start, passed.truth(role), trusted)
                yield self._through_role(
                    "pass_role",
                    role,
                    truth,
                    (
                        self._rights.right(
                            principal, "roles", (PASS_ROLE,), role, passed_to=launch.service
                        ),
                        *(right for _, right in steps),
                    ),
                )

    def _by_running_code(self, principal: Principal) -> Iterator[Gain]:
        for kind, (programs, actions) in self._programs.items():
            allowed = self._rights.extent(principal, kind, actions) if programs else NOTHING
            for index in indices(allowed.possible):
                role = self._role_at.get(programs[index].role)
                if role is not None:
                    right = self._rights.right(principal, kind, actions, index)
                    gain = self._through_role("run_code", role, allowed.truth(index), (right,))
                    yield replace(gain, to=programs[index].arn)
        for task in self._tasks:
            role = self._role_at.get(task.role)
            if role is not None and self._assumption.roles[role].principal.account == (
                principal.account
            ):
                truth, right = self._rights.somewhere(principal, COMMAND_TASK[0])
                # Whether it may command this very task depends on where that runs.
                gain = self._through_role("run_code", role, min(truth, Truth.MAYBE), (right,))
                yield replace(gain, to=task.arn)

    def _by_writing_policies(self, principal: Principal) -> Iterator[Gain]:
        roles = self._rights.extent(principal, "roles", WRITE_ROLE)
        own = self._assumption.index.get(principal)
        assumed = self._assumption.edges(principal)
        if own is not None:
            assumed |= Extent(1 << own, 1 << own)
        for role in indices((roles & assumed).possible):
            target = self._assumption.roles[role].principal
            right = self._rights.right(principal, "roles", WRITE_ROLE, role)
            yield self._empowered(target, (roles & assumed).truth(role), right, target.arn)
        yield from self._by_writing_own(principal)
        identity = self._identity.get(principal)
        if identity is None or principal.type != "user":
            return
        joined = self._rights.extent(principal, "groups", (JOIN_GROUP,))
        for index in indices(joined.possible):
            group = self._rights.groups[index]
            if group.account == principal.account:
                member = replace(principal, identity=(*principal.identity, *group.policies))
                yield Gain(
                    kind="write_policy",
                    secrets=scaled(joined.truth(index), self._reading.allowed(member)),
                    rights=(self._rights.right(principal, "groups", (JOIN_GROUP,), index),),
                    to=group.arn,
                    reads_as=member,
                )

    def _by_writing_own(self, principal: Principal) -> Iterator[Gain]:
        """Write what is attached to oneself: as a user, through a group, or a managed policy."""
        identity = self._identity.get(principal)
        if identity is None:
            return
        own: list[tuple[str, tuple[str, ...], Iterable[str]]] = [
            ("users", WRITE_USER, (principal.arn,)),
            ("groups", WRITE_GROUP, identity.groups),
            ("policies", WRITE_MANAGED, identity.managed),
        ]
        for kind, actions, arns in own:
            allowed = self._rights.extent(principal, kind, actions)
            for index in indices(allowed.possible):
                arn = self._rights.arn(kind, index)
                if arn in arns:
                    right = self._rights.right(principal, kind, actions, index)
                    yield self._empowered(principal, allowed.truth(index), right, arn)

    def _by_writing_trust(self, principal: Principal) -> Iterator[Gain]:
        allowed = self._rights.extent(principal, "roles", (WRITE_TRUST,))
        if principal.type in {"root", "federated_user"}:
            return
        for role in indices(allowed.possible):
            right = self._rights.right(principal, "roles", (WRITE_TRUST,), role)
            yield self._through_role("write_trust", role, allowed.truth(role), (right,))

    def _by_new_credentials(self, principal: Principal) -> Iterator[Gain]:
        allowed = self._rights.extent(principal, "users", NEW_CREDENTIALS)
        for index in indices(allowed.possible):
            user = self._rights.users[index].principal
            if user is not principal:
                found = self._reading.allowed(user) | self._reach.by_chain(user)
                yield Gain(
                    kind="new_credentials",
                    secrets=scaled(allowed.truth(index), found),
                    rights=(self._rights.right(principal, "users", NEW_CREDENTIALS, index),),
                    to=user.arn,
                    reads_as=user,
                )

    def _by_writing_secrets(self, principal: Principal, wanted: int) -> Iterator[Gain]:
        """Write the secret's policy, the key's policy or a grant, each with what else it takes."""
        value = self._reading.value.answer(principal).allowed
        decrypted = self._reading.decryption.allowed(principal)
        written = self._rights.extent(principal, "secrets", WRITE_SECRET)
        keys = self._rights.extent(principal, "keys", (WRITE_KEY,))
        grants = self._rights.extent(principal, "keys", (CREATE_GRANT,))
        opened = decrypted | keys | grants
        possible = NOTHING
        if written.possible & opened.possible & wanted:
            possible = self._unguarded.answer(_granted_to(principal)).allowed
        ways: tuple[tuple[Kind, tuple[str, ...], Extent], ...] = (
            ("write_resource_policy", WRITE_SECRET, written & possible & opened),
            ("write_key_policy", (WRITE_KEY,), keys & value),
            ("create_grant", (CREATE_GRANT,), grants & value),
        )
        for kind, actions, secrets in ways:
            resources = "secrets" if kind == "write_resource_policy" else "keys"
            for index in indices(secrets.possible & wanted):
                right = self._rights.right(principal, resources, actions, index)
                yield Gain(
                    kind=kind,
                    secrets=secrets.within(1 << index),
                    rights=(right,),
                    to=self._rights.arn(resources, index),
                )

    def _by_replicating(self, principal: Principal, wanted: int) -> Iterator[Gain]:
        """A replica is encrypted with whatever key the caller names, AWS's own if none."""
        allowed = self._rights.extent(principal, "secrets", (REPLICATE,))
        allowed &= self._reading.decryption.allowed(principal)
        if not allowed.possible & wanted:
            return
        for region, question in self._elsewhere:
            found = (allowed & question.answer(principal).allowed).within(wanted)
            for index in indices(found.possible):
                yield Gain(
                    kind="replicate",
                    secrets=found.within(1 << index),
                    rights=(
                        self._rights.right(principal, "secrets", (REPLICATE,), index),
                        Right(question, index),
                    ),
                    to=region,
                )

    def _empowered(self, target: Principal, truth: Truth, right: Right, to: str) -> Gain:
        """What the target reads once it may do everything that nothing denies or bounds."""
        empowered = replace(target, identity=(*target.identity, _ANYTHING))
        return Gain(
            kind="write_policy",
            secrets=scaled(truth, self._reading.allowed(empowered)),
            rights=(right,),
            to=to,
            reads_as=empowered,
        )

    def _through_role(self, kind: Kind, role: int, truth: Truth, rights: tuple[Right, ...]) -> Gain:
        reader: Identity = self._assumption.roles[role]
        return Gain(
            kind=kind,
            secrets=scaled(truth, self._reach.of_role[role]),
            rights=rights,
            to=reader.principal.arn,
            reads_as=reader.principal,
        )


def _granted_to(principal: Principal) -> Principal:
    """
    The principal, once the secret's policy names it directly.

    Such a grant is not limited by what its boundary leaves out, only by what that denies.
    """
    boundary = () if principal.boundary is None else (principal.boundary,)
    return replace(principal, identity=(*principal.identity, *boundary, _ANYTHING), boundary=None)


def _in_region(reading: Reading, region: str) -> tuple[str, Question]:
    """Reading of the replicas that the secrets would have in a region."""
    resources = []
    for secret in reading.secrets:
        resource = secret.resource
        same = secret.region == region
        arn = resource.arn.replace(f":{secret.region}:", f":{region}:", 1)
        context = {**resource.context, "aws:requestedregion": known(region)}
        resources.append(
            Resource(
                arn="" if same else arn,
                account="" if same else resource.account,
                tags=resource.tags,
                context=context,
            )
        )
    universe = Universe(resources, tag_prefixes=SECRET_TAGS)
    return region, Question(
        reading.value.action, universe, rcps=reading.rcps, conventions=reading.conventions
    )
