"""Whole decisions and estates at random: a request, its context, and every policy about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tests.keyproof.access.differential.statements import (
    ACCOUNT,
    ELSEWHERE,
    REGION,
    TYPES,
    World,
    happens,
    identity_policy,
    pool,
    resource_control_policies,
    resource_policy,
    service_control_policies,
)

if TYPE_CHECKING:
    from random import Random

    from tests.keyproof.access.differential.statements import (
        Document,
    )

Case: TypeAlias = dict[str, Any]
"""A decision with the members of `cases.json`."""

Kind: TypeAlias = Literal["user", "session", "root", "federated", "service"]
Place: TypeAlias = Literal["inline", "managed", "group", "group_managed"]

SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:prod/openai-AbCdEf"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/prod-admin"
_RESOURCES = {
    "secretsmanager:GetSecretValue": SECRET,
    "kms:Decrypt": KEY,
    "sts:AssumeRole": ROLE,
}
_OF_ONE_ACTION = ("secretsmanager:", "kms:", "sts:")
_OF_THE_PRINCIPAL = (
    *("aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:userid"),
    *("aws:username", "aws:PrincipalIsAWSService", "aws:ResourceAccount"),
)


def decision(random: Random) -> Case:
    """Any decision: every kind of principal, three services, organisations, two accounts."""
    kind: Kind = random.choices(
        ("user", "session", "root", "federated", "service"), (44, 42, 3, 7, 4)
    )[0]
    action = random.choices(tuple(_RESOURCES), (80, 10, 10))[0]
    keys = [key for key in TYPES if _has(action, key)]
    account = ELSEWHERE if happens(random, 15) else ACCOUNT
    principal, owner = _principal(random, kind, account)
    world = World(
        principal=principal,
        owner=owner,
        action=action,
        resource=_RESOURCES[action],
        context=_always(kind, account, action)
        | _identity(kind, principal, owner, account)
        | _surroundings(random, keys),
        keys=keys,
    )
    organised = kind != "service" and happens(random, 40)
    return _case(random, world, kind) | {
        "scps": service_control_policies(random, world) if organised else None,
        "rcps": resource_control_policies(random, world) if happens(random, 20) else None,
    }


def _has(action: str, key: str) -> bool:
    """Whether requests of an action have a key; iam-simulate ends at this one's type."""
    if key == "secretsmanager:ResourceTag/env":
        return False
    return not key.startswith(_OF_ONE_ACTION) or key.startswith(
        action.split(":", maxsplit=1)[0] + ":"
    )


def _principal(random: Random, kind: Kind, account: str) -> tuple[str, str]:
    """The principal of the request, and who stands behind its session."""
    path = "service/" if happens(random, 20) else ""
    if kind == "service":
        return "lambda.amazonaws.com", "lambda.amazonaws.com"
    if kind == "user":
        owner = f"arn:aws:iam::{account}:user/{path}lead"
        return owner, owner
    if kind == "session":
        return f"arn:aws:sts::{account}:assumed-role/app/run1", (
            f"arn:aws:iam::{account}:role/{path}app"
        )
    of_kind = {"root": f"arn:aws:iam::{account}:root"}
    owner = of_kind.get(kind, f"arn:aws:sts::{account}:federated-user/bob")
    return owner, owner


def _always(kind: Kind, account: str, action: str) -> Case:
    """The keys that every such request has, and that the request itself tells."""
    context: Case = {}
    region = _RESOURCES[action].split(":")[3]
    if region:
        context["aws:RequestedRegion"] = region
    if action.startswith("kms:") and kind != "service":
        context["kms:CallerAccount"] = account
    return context


def _identity(kind: Kind, principal: str, owner: str, account: str) -> Case:
    """The keys that AWS derives from who asks."""
    context: Case = {
        "aws:PrincipalIsAWSService": "true" if kind == "service" else "false",
        "aws:ResourceAccount": ACCOUNT,
    }
    if kind == "service":
        return context
    context |= {"aws:PrincipalArn": owner, "aws:PrincipalAccount": account}
    if kind == "user":
        context |= {"aws:username": "lead"}
    of_kind = {
        "user": ("User", "AIDACKCEVSQ6C2EXAMPLE"),
        "session": ("AssumedRole", "AROADBQP57FF2AEXAMPLE:run1"),
        "root": ("Account", account),
        "federated": ("FederatedUser", f"{account}:{principal.rpartition('/')[2]}"),
    }
    context["aws:PrincipalType"], context["aws:userid"] = of_kind[kind]
    return context


def _surroundings(random: Random, keys: list[str]) -> Case:
    """Other keys, each of them absent in some requests."""
    context: Case = {}
    for key in keys:
        if key in _OF_THE_PRINCIPAL or happens(random, 40):
            continue
        values = [each for each in pool(key) if "/2" not in each and "/0" not in each]
        if TYPES[key] == "strings":
            values = list(pool(key))
            context[key] = random.sample(values, random.choice((1, 2)))
        else:
            context[key] = random.choice(values or list(pool(key)))
    if "aws:SourceIp" in context:
        context["aws:SourceIp"] = random.choice(("203.0.113.9", "192.0.2.1", "2001:db8::1"))
    if "aws:VpcSourceIp" in context:
        context["aws:VpcSourceIp"] = "10.0.0.7"
    return context


def _case(random: Random, world: World, kind: Kind) -> Case:
    session: Document | None = None
    if kind in {"session", "federated"} and happens(random, 85 if kind == "federated" else 25):
        session = identity_policy(random, world, allow=90)
    bounded = kind in {"user", "session"} and happens(random, 30)
    trusted = world.action != "secretsmanager:GetSecretValue" or happens(random, 55)
    return {
        "principal": world.principal,
        "action": world.action,
        "resource": world.resource,
        "resource_account": world.account,
        "context": dict(world.context),
        "identity_policies": _identity_policies(random, world, kind),
        "permission_boundary": identity_policy(random, world) if bounded else None,
        "session_policy": session,
        "resource_policy": resource_policy(random, world) if trusted else None,
        "scps": None,
        "rcps": None,
    }


def _identity_policies(random: Random, world: World, kind: Kind) -> list[Document]:
    if kind in {"root", "service"}:
        return []
    count = random.choices((0, 1, 2, 3), (15, 50, 25, 10))[0]
    return [identity_policy(random, world) for _ in range(count)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """
    What to build at an emulator, and the decision to ask it for.

    The case holds `SUFFIX` and `UNIQUE_ID` where only the emulator knows the text. `places`
    has, for each identity policy of the case, where it hangs.
    """

    kind: Kind
    name: str
    path: str
    secret_name: str
    tags: dict[str, str]
    session_tags: dict[str, str]
    secret_tags: dict[str, str]
    places: tuple[Place, ...]
    case: Case


SUFFIX = "AbCdEf"
UNIQUE_ID = "AIDACKCEVSQ6C2EXAMPLE"
_LIVE_KEYS = (
    *_OF_THE_PRINCIPAL,
    *("aws:PrincipalTag/team", "aws:PrincipalTag/env", "aws:ResourceTag/team"),
    *("aws:ResourceTag/env", "secretsmanager:ResourceTag/env", "aws:PrincipalOrgID"),
    *("aws:RequestedRegion", "aws:SourceVpce", "aws:SecureTransport", "aws:SourceIp"),
    *("aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:CurrentTime", "aws:EpochTime"),
    *("aws:TokenIssueTime", "aws:ViaAWSService", "aws:CalledVia", "aws:PrincipalOrgPaths"),
)


def estate(random: Random, number: int) -> Estate:
    """An estate of one account, whose names no other estate has."""
    kind: Kind = random.choices(("user", "session", "root", "federated"), (50, 42, 3, 5))[0]
    name = f"app{number}" if kind == "session" else f"lead{number}"
    path = "/service/" if happens(random, 20) else "/"
    arns = {
        "user": (f"arn:aws:iam::{ACCOUNT}:user{path}{name}",) * 2,
        "session": (
            f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/run1",
            f"arn:aws:iam::{ACCOUNT}:role{path}{name}",
        ),
        "root": (f"arn:aws:iam::{ACCOUNT}:root",) * 2,
        "federated": (f"arn:aws:sts::{ACCOUNT}:federated-user/bob{number}",) * 2,
    }
    principal, owner = arns[kind]
    tags = _tags(random) if kind in {"user", "session"} else {}
    session_tags = _tags(random) if kind == "session" and happens(random, 30) else {}
    secret_tags = _tags(random)
    secret_name = f"prod/openai{number}"
    context = _identity(kind, principal, owner, ACCOUNT)
    context |= {f"aws:PrincipalTag/{tag}": text for tag, text in (tags | session_tags).items()}
    for prefix in ("aws", "secretsmanager"):
        context |= {f"{prefix}:ResourceTag/{tag}": text for tag, text in secret_tags.items()}
    # MiniStack answers on plain HTTP to the loopback; so the transport is not secure.
    context |= {"aws:SecureTransport": "false", "aws:SourceIp": "127.0.0.1"}
    context |= {"aws:RequestedRegion": REGION, "aws:ViaAWSService": "false"}
    if kind == "user":
        context |= {"aws:username": name, "aws:userid": UNIQUE_ID}
    elif kind == "session":
        context |= {"aws:userid": f"{UNIQUE_ID}:run1"}
    if kind in {"session", "federated"}:
        context["aws:MultiFactorAuthPresent"] = "false"
    resource = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{secret_name}-{SUFFIX}"
    world = World(
        principal=principal,
        owner=owner,
        action="secretsmanager:GetSecretValue",
        resource=resource,
        context=context,
        keys=_LIVE_KEYS,
    )
    case = _case(random, world, kind)
    choices: tuple[Place, ...] = ("inline", "managed", "group", "group_managed")
    possible = choices[:2] if kind == "session" else choices
    return Estate(
        kind=kind,
        name=name,
        path=path,
        secret_name=secret_name,
        tags=tags,
        session_tags=session_tags,
        secret_tags=secret_tags,
        places=tuple(random.choice(possible) for _ in case["identity_policies"]),
        case=case,
    )


def estate_of(case: Case) -> Estate:
    """The estate that a kept decision describes, with all its policies inline."""
    account_resource = case["principal"].split(":", 5)[5]
    kinds: dict[str, Kind] = {
        "user": "user",
        "assumed-role": "session",
        "federated-user": "federated",
    }
    what, _, _rest = account_resource.partition("/")
    kind = kinds.get(what, "root")
    owner = case["context"]["aws:PrincipalArn"] if kind == "session" else case["principal"]
    path, name = f"/{owner.partition('/')[2]}".rsplit("/", 1)
    tags = {
        prefix: {
            key.removeprefix(prefix): value
            for key, value in case["context"].items()
            if key.startswith(prefix)
        }
        for prefix in ("aws:PrincipalTag/", "aws:ResourceTag/")
    }
    return Estate(
        kind=kind,
        name=name,
        path=f"{path}/",
        secret_name=case["resource"].split(":secret:")[1].removesuffix(f"-{SUFFIX}"),
        tags=tags["aws:PrincipalTag/"],
        session_tags={},
        secret_tags=tags["aws:ResourceTag/"],
        places=tuple("inline" for _ in case["identity_policies"]),
        case=case,
    )


def _tags(random: Random) -> dict[str, str]:
    return {
        key: random.choice(pool(f"aws:PrincipalTag/{key}"))
        for key in ("team", "env")
        if happens(random, 65)
    }
