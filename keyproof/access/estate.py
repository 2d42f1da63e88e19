"""
The estate as the evaluation needs it: who there is, and what they may want to reach.

Built from a snapshot, which is hostile text: a document that is no policy becomes an unseen
one, and a record that was not collected a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from keyproof import clock
from keyproof.access.identities import AccountIdentities, Limits, person_context
from keyproof.access.organization import Organizations
from keyproof.access.policy import Policy, Reference, UnseenPolicy, read_policy
from keyproof.access.principals import Principal
from keyproof.access.universe import Resource, tag_values
from keyproof.access.values import ABSENT, UNKNOWN, Beginning, Elsewhere, Since, known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keyproof.access.organization import Levels
    from keyproof.access.policy import AnyPolicy
    from keyproof.access.principals import PrincipalType
    from keyproof.access.values import Value
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Place, Snapshot

_LONGEST_SESSION = 12 * 60 * 60
"""Seconds: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html"""

AWS_MANAGED_KEY = "alias/aws/secretsmanager"

_FEDERATED = "federated-user"

SECRET_TAGS = ("aws:resourcetag/", "secretsmanager:resourcetag/")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Secret:
    """A secret, its policies, and the key that it is encrypted with."""

    arn: str
    name: str
    account: str
    region: str
    resource: Resource
    policies: tuple[AnyPolicy, ...]
    key: Key | None
    """None for the AWS-managed key, which everybody in the account may use through the service."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Key:
    """
    A customer key; `arn` is how the secret names it where it could not be described.

    `grants` are None when they could not be listed.
    """

    arn: str
    account: str
    policies: tuple[AnyPolicy, ...]
    grants: Sequence[Json] | None
    grants_at: str
    tags: Mapping[str, Value] | None
    aliases: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """
    Something that runs under a role: a function, a build project, an instance, a task.

    `given` are the secrets, by ARN with perhaps more behind it, that the service itself puts
    in, which it reads under the role `given_by`.
    """

    arn: str
    account: str
    role: str | None
    given: tuple[str, ...] = ()
    given_by: str | None = None


class Estate:
    """Everything of a snapshot that effective access depends on."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.organizations = Organizations(snapshot)
        self.collected = frozenset(account["id"] for account in snapshot.coverage["accounts"])
        accounts = [
            AccountIdentities(
                place.account, records, _file("iam", place), self.limits(place.account)
            )
            for place, records in snapshot.places("iam")
        ]
        self.identities = [each for account in accounts for each in account.identities]
        self.unnamed = [each for account in accounts for each in account.unnamed]
        self.groups = [each for account in accounts for each in account.groups.values()]

    @cached_property
    def partition(self) -> str:
        """AWS's partition, which all accounts of an estate are in."""
        return self.principals[0].arn.split(":", 2)[1] if self.principals else "aws"

    def limits(self, account: str) -> Limits:
        """What the organisation adds to an account's principals."""
        membership = self.organizations.membership(account)
        return Limits(
            scps=membership.scps,
            context=membership.context("principal"),
            sessions={"aws:tokenissuetime": Since(self._instant - _LONGEST_SESSION)},
        )

    @cached_property
    def _instant(self) -> Decimal:
        """That of the snapshot, in seconds since 1970."""
        return Decimal(clock.nanoseconds(clock.parse(self.snapshot.coverage["as_of"]))) / 10**9

    @cached_property
    def principals(self) -> list[Principal]:
        """The root, users and roles of all collected accounts."""
        return [identity.principal for identity in self.identities]

    @cached_property
    def now(self) -> Mapping[str, Value]:
        """What is true of every request that can still be made, over TLS as AWS demands."""
        since = Since(self._instant)
        return {
            "aws:currenttime": since,
            "aws:epochtime": since,
            "aws:securetransport": known("true"),
        }

    @cached_property
    def rcps(self) -> Mapping[str, Levels]:
        """The resource control policies of each account."""
        found = {account: self.organizations.membership(account).rcps for account in self.collected}
        return {account: levels for account, levels in found.items() if levels is not None}

    @cached_property
    def public(self) -> Principal:
        """
        Anybody in an account that is neither collected nor known to be of the organisation.

        Of an organisation whose accounts were not all seen it may be.
        """
        ours = self.collected | frozenset(self.organizations.accounts) | self.organizations.seen
        elsewhere = Elsewhere(ours)
        return Principal(
            arn="*",
            type="public",
            account="",
            name="*",
            trusted=True,
            context={
                **person_context(),
                "aws:principalarn": elsewhere,
                "aws:principalaccount": elsewhere,
                "kms:calleraccount": elsewhere,
                "aws:principalorgid": elsewhere,
                "aws:principalorgpaths": elsewhere,
                "aws:username": UNKNOWN,
            },
            session_tags=True,
        )

    def stranger(self, arn: str) -> Principal | None:
        """
        A principal that no records are of; None for no such thing.

        Of an account that was not collected the policies are not known, and taken to allow:
        whoever governs that account decides. In a collected one it is a federated user.
        """
        parts = arn.split(":", 5)
        if len(parts) < 6 or not parts[4].isdigit():  # noqa: PLR2004
            return None
        account, (kind, _, rest) = parts[4], parts[5].partition("/")
        if account in self.collected:
            return self._federated_user(arn, account, rest) if kind == _FEDERATED else None
        session = None
        name = rest.rpartition("/")[2]
        if kind == "assumed-role":
            name, _, session = rest.partition("/")
        types: Mapping[str, PrincipalType] = {
            "user": "user",
            "role": "role",
            "assumed-role": "role",
            "root": "account",
            _FEDERATED: "federated_user",
        }
        if kind not in types:
            return None
        membership = self.organizations.membership(account)
        outside = account not in set(self.organizations.accounts)
        context = {} if outside else membership.context("principal")
        elsewhere = Elsewhere(self.organizations.seen)
        return Principal(
            arn=arn,
            type=types[kind],
            account=account,
            name=name,
            session=session,
            trusted=True,
            session_tags=True,
            scps=None if outside else membership.scps,
            context={
                **person_context(),
                "aws:principalorgid": elsewhere,
                "aws:principalorgpaths": elsewhere,
                **context,
                "aws:principalaccount": known(account),
                "kms:calleraccount": known(account),
                "aws:principalarn": _principal_arn(arn, kind),
            },
        )

    def _federated_user(self, arn: str, account: str, name: str) -> Principal:
        """
        A session that a user made for somebody, with no rights but what names it.

        https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
        """
        limits = self.limits(account)
        return Principal(
            arn=arn,
            type="federated_user",
            account=account,
            name=name,
            scps=limits.scps,
            session_tags=True,
            context={
                **limits.context,
                **person_context(),
                "aws:principalarn": known(arn),
                "aws:principalaccount": known(account),
                "kms:calleraccount": known(account),
                "aws:principaltype": known("FederatedUser"),
                "aws:username": ABSENT,
                "aws:userid": known(f"{account}:{name}"),
            },
        )

    @cached_property
    def functions(self) -> list[Program]:
        """The Lambda functions."""
        return [
            Program(arn=each["FunctionArn"], account=place.account, role=each["Role"])
            for place, records in self.snapshot.places("compute")
            for each in records["functions"]
            if each.get("FunctionArn") and each.get("Role")
        ]

    @cached_property
    def projects(self) -> list[Program]:
        """The CodeBuild projects."""
        return [
            Program(arn=project["arn"], account=place.account, role=project["serviceRole"])
            for place, records in self.snapshot.places("compute")
            for each in records["projects"]
            if (project := each["project"]) and project.get("arn") and project.get("serviceRole")
        ]

    @cached_property
    def tasks(self) -> list[Program]:
        """The ECS task definitions whose containers have a role, or are given secrets."""
        return [
            Program(
                arn=task["taskDefinitionArn"],
                account=place.account,
                role=task.get("taskRoleArn"),
                given=tuple(
                    secret["valueFrom"]
                    for container in task.get("containerDefinitions", ())
                    for secret in container.get("secrets", ())
                    if secret.get("valueFrom")
                ),
                given_by=task.get("executionRoleArn"),
            )
            for place, records in self.snapshot.places("compute")
            for each in records["task_definitions"]
            if (task := each["task_definition"]) and task.get("taskDefinitionArn")
        ]

    @cached_property
    def instances(self) -> list[Program]:
        """The EC2 instances with a role, which they get by an instance profile."""
        roles = {
            profile: identity.principal.arn
            for identity in self.identities
            for profile in identity.instance_profiles
        }
        found = []
        for place, records in self.snapshot.places("compute"):
            for each in records["instance_profiles"]:
                profile = each.get("IamInstanceProfile", {}).get("Arn", "")
                identifier = each.get("InstanceId")
                attached = each.get("State") in {"associating", "associated"}
                if profile in roles and attached and identifier:
                    partition = profile.split(":", 2)[1]
                    instance = f"{place.region}:{place.account}:instance/{identifier}"
                    found.append(
                        Program(
                            arn=f"arn:{partition}:ec2:{instance}",
                            account=place.account,
                            role=roles[profile],
                        )
                    )
        return found

    @cached_property
    def regions_named(self) -> frozenset[str]:
        """The regions that were collected, and those that policies name in ARNs of secrets."""
        found = {
            region
            for account in self.snapshot.coverage["accounts"]
            for region in account["regions"]
        }
        for principal in self.principals:
            for policy in principal.identity:
                for statement in policy.statements if isinstance(policy, Policy) else ():
                    for parts in statement.resources:
                        text = parts[0] if parts and isinstance(parts[0], str) else ""
                        pieces = text.split(":")
                        if len(pieces) > 4 and pieces[2] == "secretsmanager":  # noqa: PLR2004
                            found.add(pieces[3])
        return frozenset(each for each in found if each and "*" not in each and "?" not in each)

    @cached_property
    def secrets(self) -> list[Secret]:
        """The secrets of all collected places, in the order of their ARNs."""
        found = {}
        for place, records in self.snapshot.places("secrets_manager"):
            policies = self._resource_policies(place)
            keys = self._keys(place)
            for record in records["secrets"]:
                arn = record["entry"].get("ARN")
                if arn:
                    found[arn, place.account, place.region] = self._secret(
                        arn, record["description"] or record["entry"], place, policies, keys
                    )
        return [found[key] for key in sorted(found)]

    def _secret(
        self,
        arn: str,
        described: Json,
        place: Place,
        policies: Mapping[str, tuple[AnyPolicy, ...]],
        keys: Mapping[str, Key | None],
    ) -> Secret:
        membership = self.organizations.membership(place.account)
        function = described.get("RotationLambdaARN")
        tags = ((tag.get("Key", ""), tag.get("Value", "")) for tag in described.get("Tags", []))
        replicated = described.get("PrimaryRegion")
        key_id = described.get("KmsKeyId")
        missing = UnseenPolicy(
            reference=Reference(kind="resource_policy", name=arn),
            reason="the secret's resource policies were not collected",
        )
        return Secret(
            arn=arn,
            name=described.get("Name") or arn.split(":", 6)[-1][:-7],
            account=place.account,
            region=place.region,
            resource=Resource(
                arn=arn,
                account=place.account,
                tags=tag_values(tags),
                context={
                    **membership.context("resource"),
                    "aws:resourceaccount": known(place.account),
                    "aws:requestedregion": known(place.region),
                    "secretsmanager:resource/allowrotationlambdaarn": known(function)
                    if function
                    else ABSENT,
                    "secretsmanager:secretprimaryregion": known(replicated)
                    if replicated
                    else UNKNOWN,
                },
            ),
            policies=policies.get(arn, (missing,)),
            key=None
            if key_id is None or key_id.endswith(AWS_MANAGED_KEY)
            else keys.get(key_id, _undescribed(key_id, place)),
        )

    def _resource_policies(self, place: Place) -> Mapping[str, tuple[AnyPolicy, ...]]:
        records = self.snapshot.by_source["resource_policies"].get(place)
        file = _file("resource_policies", place)
        found: dict[str, tuple[AnyPolicy, ...]] = {}
        for number, secret in enumerate(records["records"]["secrets"] if records else ()):
            if secret["resource_policies"] is None:
                continue
            at = f"{file}#/records/secrets/{number}/resource_policies"
            found[secret["arn"]] = tuple(
                _policy_of_secret(policy, f"{at}/{each}/policy")
                for each, policy in enumerate(secret["resource_policies"])
            )
        return found

    def _keys(self, place: Place) -> Mapping[str, Key | None]:
        records = self.snapshot.by_source["kms"].get(place)
        found: dict[str, Key | None] = {}
        for number, key in enumerate(records["records"]["keys"] if records else ()):
            metadata = key["metadata"]
            if metadata is None:
                continue
            at = f"{_file('kms', place)}#/records/keys/{number}"
            found[key["key_id"]] = (
                None if metadata.get("KeyManager") == "AWS" else _key(key, metadata, place, at)
            )
        return found


def service_principal(name: str) -> Principal:
    """An AWS service, for whichever resource and account it acts."""
    unknown = dict.fromkeys(
        ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"), UNKNOWN
    )
    return Principal(
        arn=name,
        type="service",
        account="",
        name=name,
        context={
            **unknown,
            "aws:principalisawsservice": known("true"),
            "aws:principalservicename": known(name),
        },
    )


def _principal_arn(arn: str, kind: str) -> Value:
    """Of a session it is the ARN of its role, of whose path its own says nothing."""
    if kind == "assumed-role":
        partition, account = arn.split(":")[1], arn.split(":")[4]
        return Beginning(f"arn:{partition}:iam::{account}:role/")
    return known(arn) if kind in {"user", "role"} else UNKNOWN


def _policy_of_secret(policy: Json, at: str) -> AnyPolicy:
    name = policy["name"]
    if name is None:
        return UnseenPolicy(
            reference=Reference(kind="resource_policy", name="unlisted"),
            reason="the secret's resource policies were not listed, so there may be more",
        )
    reference = Reference(kind="resource_policy", name=name, at=at)
    if policy["policy"] is None:
        return UnseenPolicy(reference=reference, reason="its text was not collected")
    return read_policy(policy["policy"], reference)


def _key(key: Json, metadata: Json, place: Place, at: str) -> Key:
    arn = metadata.get("Arn") or key["key_id"]
    unseen = UnseenPolicy(
        reference=Reference(kind="key_policy", name=arn), reason="its policies were not collected"
    )
    policies = key["policies"]
    tags = key["tags"]
    aliases = key["aliases"]
    return Key(
        arn=arn,
        account=str(metadata.get("AWSAccountId") or _account_of(arn, place)),
        policies=(unseen,)
        if policies is None
        else tuple(
            read_policy(
                policy["policy"],
                Reference(
                    kind="key_policy",
                    name=f"{arn} {policy['name']}",
                    at=f"{at}/policies/{number}/policy",
                ),
            )
            for number, policy in enumerate(policies)
        ),
        grants=key["grants"],
        grants_at=f"{at}/grants",
        tags=None
        if tags is None
        else tag_values((tag.get("TagKey", ""), tag.get("TagValue", "")) for tag in tags),
        aliases=UNKNOWN
        if aliases is None
        else known(*(each["AliasName"] for each in aliases if "AliasName" in each)),
    )


def _undescribed(key_id: str, place: Place) -> Key:
    """A key of which nothing is known but its account, where the secret has its ARN."""
    unseen = UnseenPolicy(
        reference=Reference(kind="key_policy", name=key_id), reason="the key was not described"
    )
    return Key(
        arn=key_id,
        account=_account_of(key_id, place),
        policies=(unseen,),
        grants=None,
        grants_at="",
        tags=None,
        aliases=UNKNOWN,
    )


def _account_of(key_id: str, place: Place) -> str:
    """The account of a key: that of its ARN, or else where its secret is."""
    parts = key_id.split(":")
    return parts[4] if len(parts) > 5 else place.account  # noqa: PLR2004


def _file(source: str, place: Place) -> str:
    return f"{source}.{place.account}.{place.region}.json"
