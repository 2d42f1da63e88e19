"""
A synthetic estate of principals and secrets, for the evaluation of access.

Teams own secrets in three member accounts of an organisation. Everything follows from the
sizes and the seed. The records have the members of AWS's answers that decide on access.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

from benchmarks.access_policies import (
    ADMINISTRATOR,
    BY_TAG,
    COMMON,
    ORGANIZATION,
    READ,
    allow,
    boundary,
    controls,
    deploying,
    guard,
    policy,
    reading,
    root,
    text,
    trust,
)
from benchmarks.estate import AS_OF
from collectors.aws.sources import nothing
from collectors.evidence import (
    GLOBAL,
    GLOBAL_SOURCES,
    REGIONAL_SOURCES,
    CollectedAccount,
    Snapshot,
    coverage_document,
    coverage_entry,
)
from keyproof import documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keyproof.documents import Json

MANAGEMENT = "999999999999"
MEMBERS = ("111122223333", "444455556666", "123456789012")
REGIONS = ("us-east-1", "eu-west-1")

ROLES = 0.6
"""The share of roles among the principals; the others are users."""

BOUNDED = 10
"""One principal in so many has a boundary."""

_ENVIRONMENTS = ("production", "staging", "development")
_ADMINISTRATORS = 2
_KEYS_OF_A_PLACE = 2
_GRANTS_OF_A_KEY = 4
_CHAINED = 4
_ROOT_ID, _UNIT_ID = "r-ab12", "ou-ab12-workloads"
_ADMINISTRATOR_ARN = "arn:aws:iam::aws:policy/AdministratorAccess"
_ISSUER = "token.actions.githubusercontent.com"
_SERVICES = ("lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """
    How large an estate is.

    `density` is how many secrets a principal's policies speak of, on average, before what
    denies: those of a team, so that there are as many more teams as there are secrets.
    """

    principals: int
    secrets: int
    density: int = 15
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Team:
    number: int
    account: str

    @property
    def name(self) -> str:
        return f"team-{self.number:03d}"

    @property
    def operator(self) -> str:
        return f"arn:aws:iam::{self.account}:role/{self.name}-operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Secret:
    number: int
    team: _Team

    @property
    def region(self) -> str:
        return REGIONS[self.number % len(REGIONS)]

    @property
    def name(self) -> str:
        return f"{_ENVIRONMENTS[self.number % 3]}/{self.team.name}/openai-{self.number:05d}"

    @property
    def arn(self) -> str:
        place = f"{self.region}:{self.team.account}"
        return f"arn:aws:secretsmanager:{place}:secret:{self.name}-{_digest(self.name, 6)}"

    @property
    def key(self) -> str | None:
        """Two in five have the AWS-managed key."""
        chosen = self.number // len(REGIONS) % (_KEYS_OF_A_PLACE + 2)
        if chosen >= _KEYS_OF_A_PLACE:
            return None
        return _key_arn(self.team.account, self.region, chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """A user or role; `style` is how it comes to read secrets."""

    number: int
    kind: str
    style: str
    team: _Team
    name: str

    @property
    def account(self) -> str:
        return self.team.account

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:{self.kind.lower()}/{self.name}"


def snapshot(sizes: Sizes) -> dict[str, bytes]:
    """The files of the estate's snapshot by name, `coverage.json` among them."""
    return files(_Estate(sizes).records(), (MANAGEMENT, *MEMBERS), REGIONS)


def files(
    records: Mapping[tuple[str, str, str], Json],
    accounts: Sequence[str],
    regions: tuple[str, ...],
) -> dict[str, bytes]:
    """The files of a snapshot with these records of each source, account and region."""
    found: dict[str, bytes] = {}
    entries: list[Json] = []
    for (source, account, region), kept in records.items():
        each = Snapshot(
            source=source,
            account=account,
            region=region,
            started=AS_OF,
            finished=AS_OF,
            identity=None,
            endpoint=None,
            operations=(),
            records=kept,
            gaps=(),
        )
        document = each.document(tool="keyproof", example=True)
        found[each.file_name] = content = documents.encode(document)
        entries.append(coverage_entry(document, file=each.file_name, content=content))
    coverage = coverage_document(
        organisation="Example Company",
        example=True,
        as_of=AS_OF,
        finished=AS_OF,
        accounts=[CollectedAccount(id=each, regions=regions, identity=None) for each in accounts],
        snapshots=entries,
    )
    return {**found, "coverage.json": documents.encode(coverage)}


class _Estate:
    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._random = Random(sizes.seed)
        number = max(len(MEMBERS), round(sizes.secrets / sizes.density))
        self._teams = [
            _Team(number=each, account=MEMBERS[each % len(MEMBERS)]) for each in range(number)
        ]
        self._secrets = [
            _Secret(number=each, team=self._teams[each // len(_ENVIRONMENTS) % number])
            for each in range(sizes.secrets)
        ]
        self._people = self._drawn()

    def _drawn(self) -> list[_Person]:
        """Administrators, an operator for each team, and then as chance will have it."""
        found: list[_Person] = []
        roles = 0
        for number in range(self._sizes.principals):
            team = self._random.choice(self._teams)
            if int((number + 1) * ROLES) == roles:
                style = self._random.choices(("grouped", "listed", "tagged"), (6, 2, 2))[0]
                name = f"{team.name}-person-{number:05d}"
                found.append(_Person(number=number, kind="User", style=style, team=team, name=name))
                continue
            place, roles = roles, roles + 1
            styles = ("listed", "managed", "tagged", "deployer", "unconcerned")
            style = self._random.choices(styles, (30, 30, 20, 5, 15))[0]
            name = f"{team.name}-{style}-{number:05d}"
            if place < _ADMINISTRATORS * len(MEMBERS):
                team, style = self._teams[place % len(MEMBERS)], "administrator"
                name = f"administrator-{place}"
            elif (place := place - _ADMINISTRATORS * len(MEMBERS)) < len(self._teams):
                team, style = self._teams[place], "operator"
                name = f"{team.name}-operator"
            found.append(_Person(number=number, kind="Role", style=style, team=team, name=name))
        return found

    @cached_property
    def _in_account(self) -> dict[str, list[_Secret]]:
        return {
            account: [each for each in self._secrets if each.team.account == account]
            for account in MEMBERS
        }

    @cached_property
    def _roles(self) -> list[_Person]:
        return [each for each in self._people if each.kind == "Role"]

    def records(self) -> dict[tuple[str, str, str], Json]:
        """The records of every source, account and region."""
        found = {
            (source, account, region): nothing(source)
            for account in (MANAGEMENT, *MEMBERS)
            for source in (*REGIONAL_SOURCES, *GLOBAL_SOURCES)
            for region in ((GLOBAL,) if source in GLOBAL_SOURCES else REGIONS)
        }
        for account in MEMBERS:
            found["organizations", account, GLOBAL]["organization"] = [_organization()]
            found["iam", account, GLOBAL].update(self._iam(account))
            found["compute", account, REGIONS[0]]["functions"] = self._functions(account)
            for region in REGIONS:
                found["kms", account, region]["keys"] = [
                    self._key(account, region, number) for number in range(_KEYS_OF_A_PLACE)
                ]
        for secret in self._secrets:
            place = secret.team.account, secret.region
            found["secrets_manager", *place]["secrets"].append(_secret(secret))
            found["resource_policies", *place]["secrets"].append(
                {"arn": secret.arn, "resource_policies": self._resource_policies(secret)}
            )
        found["organizations", MANAGEMENT, GLOBAL].update(_tree())
        return found

    def _iam(self, account: str) -> Json:
        people = [each for each in self._people if each.account == account]
        teams = [each for each in self._teams if each.account == account]
        policies = {
            _ADMINISTRATOR_ARN: ADMINISTRATOR,
            _managed(account, "common"): COMMON,
            _managed(account, "by-tag"): BY_TAG,
            _managed(account, "boundary"): boundary(account),
        }
        for team in teams:
            prefixes = [f"{environment}/{team.name}/" for environment in _ENVIRONMENTS]
            policies[_managed(account, team.name)] = reading(account, (), prefixes)
        return {
            "users": [self._user(each) for each in people if each.kind == "User"],
            "groups": [self._group(team) for team in teams],
            "roles": [self._role(each) for each in people if each.kind == "Role"],
            "policies": [_policy_record(arn, document) for arn, document in policies.items()],
        }

    def _common(self, person: _Person) -> Json:
        own = person.kind
        record: Json = {
            f"{own}Name": person.name,
            f"{own}Id": f"{'AROA' if own == 'Role' else 'AIDA'}{_digest(person.arn, 17).upper()}",
            "Arn": person.arn,
            "Path": "/",
            "Tags": [{"Key": "team", "Value": person.team.name}],
            f"{own}PolicyList": [
                {"PolicyName": name, "PolicyDocument": document}
                for name, document in self._inline(person).items()
            ],
            "AttachedManagedPolicies": [
                {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}
                for arn in _attached(person)
            ],
        }
        if person.number % BOUNDED == 0 and person.style != "administrator":
            record["PermissionsBoundary"] = {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": _managed(person.account, "boundary"),
            }
        return record

    def _inline(self, person: _Person) -> dict[str, Json]:
        if person.style in {"listed", "operator"}:
            secrets = self._in_account[person.account]
            density = self._sizes.density
            wanted = self._random.randint(density * 2 // 3, density * 4 // 3) - density // 3
            listed = self._random.sample(secrets, min(len(secrets), max(1, wanted)))
            prefix = f"{_ENVIRONMENTS[person.number % 3]}/{person.team.name}/"
            own = {"secrets": reading(person.account, [each.arn for each in listed], (prefix,))}
            following = self._teams[(person.team.number + 1) % len(self._teams)]
            if person.style == "operator" and person.team.number % _CHAINED == 0:
                own["onward"] = policy(allow("sts:AssumeRole", following.operator))
            return own
        if person.style == "deployer":
            return {"deploy": deploying(person.account, person.team.name)}
        return {}

    def _user(self, person: _Person) -> Json:
        groups = [person.team.name] if person.style == "grouped" else []
        return {**self._common(person), "GroupList": groups}

    def _group(self, team: _Team) -> Json:
        attached = [_managed(team.account, name) for name in (team.name, "common")]
        operate = policy(allow("sts:AssumeRole", team.operator, Sid="Operate"))
        return {
            "GroupName": team.name,
            "Arn": f"arn:aws:iam::{team.account}:group/{team.name}",
            "Path": "/",
            "GroupPolicyList": [{"PolicyName": "operate", "PolicyDocument": operate}],
            "AttachedManagedPolicies": [
                {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in attached
            ],
        }

    def _role(self, person: _Person) -> Json:
        return {
            **self._common(person),
            "AssumeRolePolicyDocument": policy(*self._trust(person)),
            "InstanceProfileList": [],
        }

    def _trust(self, person: _Person) -> list[Json]:
        if person.style == "administrator":
            factor = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
            return [trust({"AWS": root(MANAGEMENT)}, Condition=factor)]
        if person.style == "operator":
            before = self._teams[person.team.number - 1]
            chained = before.number % _CHAINED == 0
            onward = [trust({"AWS": before.operator})] if chained else []
            return [trust({"AWS": root(person.account)}), *onward]
        if person.style == "deployer":
            claims = {
                "StringEquals": {f"{_ISSUER}:aud": "sts.amazonaws.com"},
                "StringLike": {f"{_ISSUER}:sub": f"repo:example/{person.team.name}:*"},
            }
            provider = {"Federated": f"arn:aws:iam::{person.account}:oidc-provider/{_ISSUER}"}
            return [trust(provider, "sts:AssumeRoleWithWebIdentity", Condition=claims)]
        return [trust({"Service": _SERVICES[person.number % len(_SERVICES)]})]

    def _functions(self, account: str) -> list[Json]:
        """A function for every tenth role that Lambda may assume."""
        place = f"arn:aws:lambda:{REGIONS[0]}:{account}:function"
        runnable = [
            each
            for each in self._roles
            if each.account == account
            and each.style in {"listed", "managed", "tagged"}
            and _SERVICES[each.number % len(_SERVICES)].startswith("lambda")
        ]
        return [
            {"FunctionName": each.name, "FunctionArn": f"{place}:{each.name}", "Role": each.arn}
            for each in runnable[::10]
        ]

    def _resource_policies(self, secret: _Secret) -> list[Json]:
        """Half of the secrets have a policy: a guard of their own, and some roles by name."""
        if secret.number // len(REGIONS) % 2:
            return []
        account, team = secret.team.account, secret.team.name
        roles = [each.arn for each in self._random.sample(self._roles, min(5, len(self._roles)))]
        admitted = [
            *(f"arn:aws:iam::{account}:{kind}/{team}-*" for kind in ("role", "user")),
            f"arn:aws:iam::{account}:role/administrator-*",
            *roles,
        ]
        own = policy(guard(admitted), allow(READ, Sid="Named", Principal={"AWS": roles[:2]}))
        return [{"name": "default", "policy": text(own)}]

    def _key(self, account: str, region: str, number: int) -> Json:
        arn = _key_arn(account, region, number)
        administration = ("kms:Create*", "kms:Describe*", "kms:Put*", "kms:ScheduleKeyDeletion")
        roles = [each for each in self._roles if each.account == account]
        chosen = [each.arn for each in self._random.sample(roles, len(roles) // 4)]
        own = Random(arn)
        grantees = [own.choice(self._roles).arn for _ in range(_GRANTS_OF_A_KEY)]
        if number % 2 == 0:
            statements = [allow("kms:*", Sid="Delegation", Principal={"AWS": root(account)})]
        else:
            statements = [
                allow(administration, Sid="Keepers", Principal={"AWS": root(account)}),
                allow("kms:Decrypt", Sid="Users", Principal={"AWS": chosen or root(account)}),
            ]
        here = [each for each in self._secrets if each.key == arn]
        return {
            "key_id": arn,
            "metadata": {
                "AWSAccountId": account,
                "KeyId": arn.rpartition("/")[2],
                "Arn": arn,
                "Enabled": True,
                "KeyState": "Enabled",
                "KeyManager": "CUSTOMER",
            },
            "policies": [{"name": "default", "policy": text(policy(*statements))}],
            "tags": [],
            "aliases": [],
            "grants": [
                {
                    "KeyId": arn,
                    "GrantId": _digest(f"{arn}{place}", 64),
                    "GranteePrincipal": grantee,
                    "Operations": ["Decrypt"],
                    "Constraints": {"EncryptionContextSubset": {"SecretARN": own.choice(here).arn}},
                }
                for place, grantee in enumerate(grantees if here else ())
            ],
            "rotation": {"KeyRotationEnabled": True},
        }


def _attached(person: _Person) -> Sequence[str]:
    """The managed policies of a user or role itself."""
    styles = {
        "administrator": (_ADMINISTRATOR_ARN,),
        "managed": (_managed(person.account, person.team.name),),
        "tagged": (_managed(person.account, "by-tag"),),
        "grouped": (),
    }
    return (*styles.get(person.style, ()), _managed(person.account, "common"))


def _managed(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:policy/{name}"


def _policy_record(arn: str, document: Json) -> Json:
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": document}
    return {
        "Arn": arn,
        "PolicyName": arn.rpartition("/")[2],
        "Path": "/",
        "DefaultVersionId": "v1",
        "IsAttachable": True,
        "PolicyVersionList": [version],
    }


def _secret(secret: _Secret) -> Json:
    described: Json = {
        "ARN": secret.arn,
        "Name": secret.name,
        "Tags": [{"Key": "team", "Value": secret.team.name}],
    }
    if secret.key is not None:
        described["KmsKeyId"] = secret.key
    return {"entry": described, "description": described, "versions": []}


def _key_arn(account: str, region: str, number: int) -> str:
    place = f"{region}:{account}"
    return f"arn:aws:kms:{place}:key/{_digest(f'{place}:{number}', 32)}"


def _organization() -> Json:
    return {
        "Id": ORGANIZATION,
        "Arn": f"arn:aws:organizations::{MANAGEMENT}:organization/{ORGANIZATION}",
        "FeatureSet": "ALL",
        "MasterAccountId": MANAGEMENT,
    }


def _tree() -> Json:
    """The organisation as its management account sees it: one unit, and all members in it."""
    types = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
    enabled = [{"Type": each, "Status": "ENABLED"} for each in types]
    return {
        "organization": [_organization()],
        "parents": [
            _parent({"Id": _ROOT_ID, "PolicyTypes": enabled}, (), (_UNIT_ID,), (MANAGEMENT,)),
            _parent({"Id": _UNIT_ID}, (_ROOT_ID,), (), MEMBERS),
        ],
        "accounts": [
            {"account": {"Id": MANAGEMENT}, "parents": [_ROOT_ID]},
            *({"account": {"Id": each}, "parents": [_ROOT_ID, _UNIT_ID]} for each in MEMBERS),
        ],
        "policies": [
            {
                "policy": {"Id": f"p-{_digest(name, 8)}", "Name": name, "Type": kind},
                "content": text(document),
                "targets": [{"TargetId": target} for target in targets],
            }
            for name, (kind, targets, document) in controls(
                REGIONS, _ROOT_ID, _UNIT_ID, MEMBERS
            ).items()
        ],
    }


def _parent(own: Json, above: Iterable[str], units: Iterable[str], accounts: Iterable[str]) -> Json:
    return {
        "parent": own,
        "parents": list(above),
        "units": list(units),
        "accounts": list(accounts),
    }


def _digest(content: str, length: int) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:length]
