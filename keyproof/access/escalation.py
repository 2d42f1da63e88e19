"""Which of the ways round are open to a principal."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from keyproof.access.empowerment import ANYTHING, Empowered, Empowerment
from keyproof.access.estate import SECRET_TAGS, service_principal
from keyproof.access.evaluation import NO_ROLES, Question
from keyproof.access.extents import NOTHING, Truth, bits, indices
from keyproof.access.policy import Reference, read_policy
from keyproof.access.principals import Principal
from keyproof.access.sought import Sought, Step
from keyproof.access.universe import Resource, Universe
from keyproof.access.values import ABSENT, UNKNOWN, known
from keyproof.access.ways import (
    CHANGE_FUNCTION,
    COMMAND_INSTANCE,
    COMMAND_TASK,
    CREATE_GRANT,
    LAUNCHES,
    NEW_CREDENTIALS,
    NEW_ROLE,
    NEW_USER,
    PASS_ROLE,
    REPLICATE,
    START_BUILD,
    UNGUARD_SECRET,
    WRITE_KEY,
    WRITE_SECRET,
    WRITE_TRUST,
    Gain,
    Right,
    scaled,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from keyproof.access.assumption import Assumption, Reach
    from keyproof.access.estate import Estate, Program
    from keyproof.access.extents import Extent
    from keyproof.access.principals import PrincipalType
    from keyproof.access.reading import Reading
    from keyproof.access.rights import Rights
    from keyproof.access.ways import Kind


_EVERYBODY = read_policy(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    },
    Reference(kind="resource_policy", name="a policy that the principal writes"),
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
        self._role_at: Mapping[str | None, int] = {
            each.principal.arn: number for number, each in enumerate(assumption.roles)
        }
        self._programs = {
            "functions": (estate.functions, CHANGE_FUNCTION),
            "projects": (estate.projects, START_BUILD),
            "instances": (estate.instances, COMMAND_INSTANCE),
        }
        self._tasks = estate.tasks
        self._empowerment = Empowerment(rights)
        self._new: dict[tuple[str, PrincipalType], Principal] = {}
        self._read: dict[Principal, Extent] = {}
        self._read_at_most: dict[Principal, Extent] = {}
        self._leading = bits(number for number, each in enumerate(reach.of_role) if each.possible)
        self._given_to: dict[Program, int] = {}
        self._secrets_at: dict[str, int] = defaultdict(int)
        for index, secret in enumerate(reading.secrets):
            self._secrets_at[secret.arn] |= 1 << index
        self._launches = [
            (launch, service_principal(name))
            for launch in LAUNCHES
            for name in _names(launch.service, estate.partition)
        ]
        self._value_opened = _opened(reading.value)
        self._value_unguarded = Question(
            reading.value.name,
            reading.universe,
            rcps=reading.rcps,
            conventions=reading.conventions,
        )
        self._key_opened = _opened(reading.decryption.customer)
        self._trust_opened = _opened(assumption.assume)
        self._elsewhere = [_in_region(reading, region) for region in sorted(estate.regions_named)]

    def gains(self, principal: Principal, wanted: int) -> list[Gain]:
        """Every way round that leads the principal to one of the wanted secrets."""
        if principal.type in {"provider", "service"} or not wanted:
            return []
        sought = Sought(wanted)
        found = [
            *sought.kept(self._by_writing_secrets(principal, wanted)),
            *sought.kept(self._by_replicating(principal, wanted)),
        ]
        if not principal.trusted:  # of another account only such rights reach across
            found += sought.kept(self._within_account(principal, sought))
        return found

    def _within_account(self, principal: Principal, sought: Sought) -> Iterator[Gain]:
        yield from self._by_passing_roles(principal, sought)
        yield from self._by_running_code(principal, sought)
        yield from self._by_writing_policies(principal, sought)
        yield from self._by_writing_trust(principal, sought)
        yield from self._by_new_credentials(principal, sought)
        yield from self._by_making_principals(principal)

    def _by_passing_roles(self, principal: Principal, sought: Sought) -> Iterator[Gain]:
        for launch, service in self._launches:
            passed = self._rights.extent(principal, "roles", (PASS_ROLE,), passed_to=service.name)
            if passed.possible:
                passed &= self._assumption.trusting(service)
            if not passed.possible or not sought.lacks("pass_role"):
                continue
            truth, started = _one_of_each(
                launch.actions, partial(self._rights.somewhere, principal)
            )
            passed = scaled(truth, passed)
            for role in self._useful(principal, passed):
                rights = partial(self._passing, principal, role, service, started)
                step = Step(kind="pass_role", truth=passed.truth(role), rights=rights)
                yield from self._through_role(principal, sought, role, step)

    def _passing(
        self, principal: Principal, role: int, service: Principal, started: tuple[Right, ...]
    ) -> tuple[Right, ...]:
        """The right to pass a role to a service, those to start something, and the role's trust."""
        right = self._rights.right(principal, "roles", (PASS_ROLE,), role, passed_to=service.name)
        return (right, *started, Right(self._assumption.assume, role, service))

    def _useful(self, principal: Principal, roles: Extent) -> list[int]:
        """Of these roles those that lead somewhere, or could if the principal wrote policies."""
        everything = self._empowerment.writes(principal)
        return indices(roles.possible if everything else roles.possible & self._leading)

    def _by_running_code(self, principal: Principal, sought: Sought) -> Iterator[Gain]:
        for kind, (programs, actions) in self._programs.items():
            allowed = self._rights.extent(principal, kind, actions) if programs else NOTHING
            for index in indices(allowed.possible):
                role = self._role_at.get(programs[index].role)
                if role is not None:
                    rights = partial(self._only, principal, kind, actions, index)
                    truth, to = allowed.truth(index), programs[index].arn
                    step = Step(kind="run_code", truth=truth, rights=rights, to=to)
                    yield from self._through_role(principal, sought, role, step)
        yield from self._by_commanding_tasks(principal, sought)

    def _only(
        self, principal: Principal, kind: str, actions: tuple[str, ...], index: int
    ) -> tuple[Right, ...]:
        """The one right that a way takes."""
        return (self._rights.right(principal, kind, actions, index),)

    def _by_commanding_tasks(self, principal: Principal, sought: Sought) -> Iterator[Gain]:
        """Whether somebody may command a task depends on where it runs, so none is sure."""
        truth, right = self._rights.somewhere(principal, COMMAND_TASK[0])
        for task in self._tasks if truth is not Truth.NO else ():
            if task.account != principal.account:
                continue
            role, giver = self._role_at.get(task.role), self._role_at.get(task.given_by)
            step = Step(kind="run_code", truth=Truth.MAYBE, rights=lambda: (right,), to=task.arn)
            if role is not None:
                yield from self._through_role(principal, sought, role, step)
            if giver is not None and task.given:
                given = self._given(task)
                for gain in self._through_role(principal, sought, giver, step):
                    yield replace(gain, secrets=gain.secrets.within(given))

    def _given(self, program: Program) -> int:
        """The mask of the secrets that the service puts in, whose ARNs may go on with a key."""
        known = self._given_to.get(program)
        if known is None:
            known = 0
            for each in program.given:
                pieces = each.split(":")
                for number in range(len(pieces)):
                    known |= self._secrets_at.get(":".join(pieces[: number + 1]), 0)
            self._given_to[program] = known
        return known

    def _by_writing_policies(self, principal: Principal, sought: Sought) -> Iterator[Gain]:
        """Write the policies of oneself, or of a role that one may assume."""
        own = self._identity.get(principal)
        if own is None or not self._empowerment.writes(principal):
            return
        step = Step(kind="write_policy", truth=Truth.YES, rights=tuple)
        for empowered in self._empowerment.of(principal, own):
            yield from self._empowered(sought, step, empowered, empowered.to)
        assumed = self._assumption.edges(principal)
        for role in indices(assumed.possible):
            assuming = partial(_alone, Right(self._assumption.assume, role))
            step = Step(kind="write_policy", truth=assumed.truth(role), rights=assuming)
            for empowered in self._empowerment.of(principal, self._assumption.roles[role]):
                yield from self._empowered(sought, step, empowered, empowered.to)

    def _by_writing_trust(self, principal: Principal, sought: Sought) -> Iterator[Gain]:
        if principal.type in NO_ROLES:
            return
        allowed = self._rights.extent(principal, "roles", (WRITE_TRUST,))
        if allowed.possible:
            allowed &= self._trust_opened.answer(principal).allowed
        for role in self._useful(principal, allowed):
            if self._assumption.roles[role].protected:
                continue
            rights = partial(self._only, principal, "roles", (WRITE_TRUST,), role)
            step = Step(kind="write_trust", truth=allowed.truth(role), rights=rights)
            yield from self._through_role(principal, sought, role, step)

    def _by_new_credentials(self, principal: Principal, sought: Sought) -> Iterator[Gain]:
        allowed = self._rights.extent(principal, "users", NEW_CREDENTIALS)
        for index in indices(allowed.possible):
            identity = self._rights.users[index]
            user, truth = identity.principal, allowed.truth(index)
            if user is principal:
                continue
            rights = partial(self._only, principal, "users", NEW_CREDENTIALS, index)
            step = Step(kind="new_credentials", truth=truth, rights=rights)
            as_is = Empowered(principal=user, truth=Truth.YES, rights=(), to=user.arn)
            for each in (as_is, *self._empowerment.of(principal, identity)):
                yield from self._empowered(sought, step, each, user.arn)

    def _by_making_principals(self, principal: Principal) -> Iterator[Gain]:
        """Make a role that trusts oneself, or a user with credentials, that may do anything."""
        ways: tuple[tuple[PrincipalType, tuple[tuple[str, ...], ...]], ...] = (
            ("role", NEW_ROLE),
            ("user", NEW_USER),
        )
        for kind, groups in ways:
            if kind == "role" and principal.type in NO_ROLES:
                continue
            truth, rights = _one_of_each(groups, partial(self._rights.on_new, principal, kind=kind))
            if truth is not Truth.NO:
                made = self._made(principal, kind)
                yield Gain(
                    kind="new_principal",
                    secrets=scaled(truth, self._reading.allowed(made)),
                    rights=rights,
                    to=made.arn,
                    reads_as=made,
                )

    def _made(self, maker: Principal, kind: PrincipalType) -> Principal:
        """A new role or user of the maker's account, of whose name and tags nothing is known."""
        key = (maker.account, kind)
        if key not in self._new:
            partition = maker.arn.split(":", 2)[1]
            kept = {
                name: value
                for name, value in maker.context.items()
                if not name.startswith("aws:principaltag/")
            }
            self._new[key] = Principal(
                arn=f"arn:{partition}:iam::{maker.account}:{kind}/",
                type=kind,
                account=maker.account,
                name="",
                identity=(ANYTHING,),
                scps=maker.scps,
                session_tags=True,
                context={
                    **kept,
                    "aws:principalarn": UNKNOWN,
                    "aws:principaltype": known("AssumedRole" if kind == "role" else "User"),
                    "aws:userid": UNKNOWN,
                    "aws:username": UNKNOWN if kind == "user" else ABSENT,
                },
            )
        return self._new[key]

    def _by_writing_secrets(self, principal: Principal, wanted: int) -> Iterator[Gain]:
        """Write the secret's policy, the key's policy or a grant, each with what else it takes."""
        written = self._rights.extent(principal, "secrets", (WRITE_SECRET,))
        unguarded = self._rights.extent(principal, "secrets", (UNGUARD_SECRET,))
        keys, grants = self._keys_opened(principal, wanted)
        if not (written | unguarded | keys | grants).possible & wanted:
            return
        value = self._reading.value.answer(principal).allowed
        decrypted = self._reading.decryption.allowed(principal)
        unlocked = keys | grants
        for own, allowed, after in (
            (WRITE_SECRET, written, self._value_opened),
            (UNGUARD_SECRET, unguarded, self._value_unguarded),
        ):
            found = allowed
            if found.possible & wanted:
                found &= after.answer(principal).allowed & (decrypted | unlocked)
            for index in indices(found.possible & wanted):
                rights = [self._rights.right(principal, "secrets", (own,), index)]
                if decrypted.truth(index) < unlocked.truth(index):
                    action = WRITE_KEY if keys.truth(index) >= grants.truth(index) else CREATE_GRANT
                    rights.append(self._rights.right(principal, "keys", (action,), index))
                yield Gain(
                    kind="write_resource_policy",
                    secrets=found.within(1 << index),
                    rights=tuple(rights),
                    to=self._rights.arn("secrets", index),
                )
        ways: tuple[tuple[Kind, str, Extent], ...] = (
            ("write_key_policy", WRITE_KEY, keys & value),
            ("create_grant", CREATE_GRANT, grants & value),
        )
        for kind, action, secrets in ways:
            for index in indices(secrets.possible & wanted):
                yield Gain(
                    kind=kind,
                    secrets=secrets.within(1 << index),
                    rights=(self._rights.right(principal, "keys", (action,), index),),
                    to=self._rights.arn("keys", index),
                )

    def _keys_opened(self, principal: Principal, wanted: int) -> tuple[Extent, Extent]:
        """
        Whose key the principal can open to itself, by the key's policy and by a grant.

        What else denies decryption still does, and against a grant the key's policy too. No
        other account may write a key's policy:
        https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
        """
        keys = self._rights.extent(principal, "keys", (WRITE_KEY,))
        keys = keys.within(self._rights.of_account("keys", principal.account))
        grants = self._rights.extent(principal, "keys", (CREATE_GRANT,))
        if not (keys | grants).possible & wanted:
            return NOTHING, NOTHING
        possible = self._key_opened.answer(principal).allowed
        denied = self._reading.decryption.customer.answer(principal, thorough=True).denied
        return keys & possible, (grants & possible).without(denied)

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

    def _empowered(
        self, sought: Sought, step: Step, empowered: Empowered, to: str
    ) -> Iterator[Gain]:
        """What somebody reads whose policies were written, if one can become that somebody."""
        reader, truth = empowered.principal, min(step.truth, empowered.truth)
        if not sought.adds(step.kind, scaled(truth, self._reads_at_most(reader))):
            return
        secrets = scaled(truth, self._reads(reader))
        if sought.adds(step.kind, secrets):
            yield Gain(
                kind=step.kind,
                secrets=secrets,
                rights=(*step.rights(), *empowered.rights),
                to=to,
                reads_as=reader,
            )

    def _reads_at_most(self, reader: Principal) -> Extent:
        """The same as `_reads`, and perhaps more; it tells what need not be looked into."""
        found = self._read.get(reader, self._read_at_most.get(reader))
        if found is None:
            found = self._reading.allowed_at_most(reader) | self._reach.by_chain(reader)
            self._read_at_most[reader] = found
        return found

    def _reads(self, reader: Principal) -> Extent:
        """What somebody reads, also by assuming roles."""
        if reader not in self._read:
            self._read[reader] = self._reading.allowed(reader) | self._reach.by_chain(reader)
        return self._read[reader]

    def _through_role(
        self, principal: Principal, sought: Sought, role: int, step: Step
    ) -> Iterator[Gain]:
        """What a role reads as it is, and with its policies written by the same principal."""
        identity = self._assumption.roles[role]
        through = identity.principal.arn if step.to is None else step.to
        secrets = scaled(step.truth, self._reach.of_role[role])
        if sought.adds(step.kind, secrets):
            yield Gain(
                kind=step.kind,
                secrets=secrets,
                rights=step.rights(),
                to=through,
                reads_as=identity.principal,
            )
        for empowered in self._empowerment.of(principal, identity):
            yield from self._empowered(sought, step, empowered, through)


def _one_of_each(
    groups: Iterable[Sequence[str]], ask: Callable[[str], tuple[Truth, Right]]
) -> tuple[Truth, tuple[Right, ...]]:
    """How surely somebody has one right of each group, and the surest of each."""
    surest = [max(map(ask, group), key=lambda found: found[0]) for group in groups]
    return min(truth for truth, _ in surest), tuple(right for _, right in surest)


def _alone(right: Right) -> tuple[Right, ...]:
    return (right,)


def _names(service: str, partition: str) -> tuple[str, ...]:
    """How roles name a service; in China some have other names, such as ec2.amazonaws.com.cn."""
    return (service, f"{service}.cn") if partition == "aws-cn" else (service,)


def _opened(question: Question) -> Question:
    """The same, once the resources' own policies let everybody in: what else can forbid it."""
    return Question(
        question.name,
        question.universe,
        resource_policies=[(_EVERYBODY,)] * len(question.universe.resources),
        rcps=question.rcps,
        conventions=question.conventions,
    )


def _in_region(reading: Reading, region: str) -> tuple[str, Question]:
    """
    Reading of the replicas that the secrets would have in a region, with the same policies.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
    """
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
        reading.value.name,
        universe,
        resource_policies=[
            () if secret.region == region else secret.policies for secret in reading.secrets
        ],
        rcps=reading.rcps,
        conventions=reading.conventions,
    )
