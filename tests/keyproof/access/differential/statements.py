"""
Random policies, rich in what engines of IAM get wrong; the same seed gives the same ones.

Texts are drawn around the request that is asked about, so that most elements of a statement
match it, and the rest misses it by one of the usual traps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Document: TypeAlias = dict[str, Any]

ACCOUNT = "111122223333"
ELSEWHERE = "444455556666"
REGION = "us-east-1"
ORGANISATION = "o-a1b2c3d4e5"
FULL_ACCESS: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}

TYPES: Mapping[str, str] = {
    "aws:PrincipalArn": "arn",
    "aws:SourceArn": "arn",
    "secretsmanager:resource/AllowRotationLambdaArn": "arn",
    "secretsmanager:SecretId": "arn",
    "aws:PrincipalAccount": "string",
    "aws:PrincipalType": "string",
    "aws:PrincipalOrgID": "string",
    "aws:PrincipalTag/team": "string",
    "aws:PrincipalTag/env": "string",
    "aws:ResourceTag/team": "string",
    "aws:ResourceTag/env": "string",
    "secretsmanager:ResourceTag/env": "string",
    "secretsmanager:VersionStage": "string",
    "aws:ResourceAccount": "string",
    "aws:RequestedRegion": "string",
    "aws:SourceVpce": "string",
    "aws:userid": "string",
    "aws:username": "string",
    "kms:ViaService": "string",
    "kms:CallerAccount": "string",
    "sts:ExternalId": "string",
    "sts:RoleSessionName": "string",
    "aws:PrincipalTag/blob": "binary",
    "aws:SecureTransport": "bool",
    "aws:MultiFactorAuthPresent": "bool",
    "aws:PrincipalIsAWSService": "bool",
    "aws:ViaAWSService": "bool",
    "aws:MultiFactorAuthAge": "numeric",
    "aws:CurrentTime": "date",
    "aws:TokenIssueTime": "date",
    "aws:EpochTime": "date",
    "aws:SourceIp": "address",
    "aws:VpcSourceIp": "address",
    "aws:PrincipalOrgPaths": "strings",
    "aws:CalledVia": "strings",
    "aws:TagKeys": "strings",
}
"""The keys that conditions name, by the type of their values; `strings` have several."""

_STRINGS = (
    *("StringEquals", "StringNotEquals", "StringLike", "StringNotLike"),
    *("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
)
_ORDERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
OPERATORS: Mapping[str, Sequence[str]] = {
    "string": _STRINGS,
    "strings": _STRINGS,
    "arn": ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringNotEquals"),
    "bool": ("Bool",),
    "numeric": tuple(f"Numeric{order}" for order in _ORDERS),
    "date": tuple(f"Date{order}" for order in _ORDERS),
    "address": ("IpAddress", "NotIpAddress"),
    "binary": ("BinaryEquals",),
}

_VALUES: Mapping[str, Sequence[str]] = {
    "team": ("ml", "ML", "data", "web"),
    "env": ("prod", "Prod", "dev", "stage"),
    "blob": ("QmluYXJ5", "qmluyxj5", "QmluYXJ6"),
    "bool": ("true", "false"),
    "numeric": ("0", "300", "1800", "3600", "3600.0", "7200"),
    "date": (
        *("2026-11-24T12:00:00Z", "2026-11-24T12:00:00+02:00", "2026-11-24", "2020-01-01"),
        *("2030-01-01T00:00:00Z", "2026-11", "2019", "1795521600", "1577836800"),
    ),
    "address": ("203.0.113.9", "203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32", "0.0.0.0/0"),
    "aws:PrincipalAccount": (ACCOUNT, ELSEWHERE),
    "aws:ResourceAccount": (ACCOUNT, ELSEWHERE),
    "kms:CallerAccount": (ACCOUNT, ELSEWHERE),
    "aws:PrincipalType": ("User", "AssumedRole", "Account"),
    "aws:PrincipalOrgID": (ORGANISATION, "o-z9y8x7w6v5"),
    "aws:RequestedRegion": (REGION, "eu-west-1"),
    "secretsmanager:VersionStage": ("AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"),
    "aws:SourceVpce": ("vpce-1a2b3c4d", "vpce-0e9d8c7b"),
    "aws:username": ("lead", "dev"),
    "aws:userid": ("AIDACKCEVSQ6C2EXAMPLE", "AROADBQP57FF2AEXAMPLE:run1"),
    "kms:ViaService": (f"secretsmanager.{REGION}.amazonaws.com", f"s3.{REGION}.amazonaws.com"),
    "sts:ExternalId": ("unique-1", "unique-2"),
    "sts:RoleSessionName": ("run1", "run2"),
    "aws:PrincipalOrgPaths": (
        f"{ORGANISATION}/r-ab12/ou-ab12-11111111/",
        f"{ORGANISATION}/r-ab12/ou-ab12-22222222/",
        "o-z9y8x7w6v5/r-cd34/",
    ),
    "aws:CalledVia": ("athena.amazonaws.com", "cloudformation.amazonaws.com"),
    "aws:TagKeys": ("team", "env", "Team"),
}
_ARNS = (
    f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate",
    f"arn:aws:lambda:{REGION}:{ELSEWHERE}:function:rotate",
    f"arn:aws:iam::{ACCOUNT}:role/app",
    f"arn:aws:iam::{ACCOUNT}:user/lead",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """
    The request that statements are drawn around.

    `owner` is the user, or the role of a session; `keys` are those that conditions may name.
    """

    principal: str
    owner: str
    action: str
    resource: str
    account: str = ACCOUNT
    context: Mapping[str, object] = field(default_factory=dict)
    keys: Sequence[str] = tuple(TYPES)

    @property
    def principal_account(self) -> str:
        """The account of a principal that has one."""
        return self.principal.split(":")[4] if ":" in self.principal else self.account


def seeded(seed: str, number: int) -> Random:
    """The source of all choices of one case, which can be drawn again alone."""
    return Random(f"{seed}:{number}")  # noqa: S311 - nothing here is a secret


def happens(random: Random, percent: int) -> bool:
    """Whether something that is so likely happens."""
    return random.randrange(100) < percent


def document(random: Random, statements: list[Document]) -> Document:
    """A policy of these statements, of either version; without one it is of the older."""
    version = random.choices(("2012-10-17", "2008-10-17", None), (85, 10, 5))[0]
    only = statements[0] if len(statements) == 1 and happens(random, 40) else statements
    return ({"Version": version} if version else {}) | {"Statement": only}


def identity_policy(random: Random, world: World, *, allow: int = 85, deny: int = 18) -> Document:
    """A policy of an identity, a boundary or a session, whose Allow likely is about the request."""
    statements = []
    if happens(random, allow):
        statements.append(statement(random, world, "Allow"))
    if happens(random, deny):
        statements.append(statement(random, world, "Deny"))
    if not statements or happens(random, 25):
        statements.append(
            {"Effect": random.choice(("Allow", "Deny")), "Action": "s3:GetObject", "Resource": "*"}
        )
    random.shuffle(statements)
    return document(random, statements)


def resource_policy(random: Random, world: World, *, allow: int = 70, deny: int = 35) -> Document:
    """A secret's policy, a key's or a role's trust."""
    statements = []
    if happens(random, allow):
        statements.append(_naming(random, world, "Allow"))
    if happens(random, deny):
        statements.append(_naming(random, world, "Deny"))
    if not statements or happens(random, 20):
        statements.append(_naming(random, world, "Allow"))
    if world.action == "kms:Decrypt" and happens(random, 65):
        statements.append(
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{world.account}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        )
    random.shuffle(statements)
    return document(random, statements)


def service_control_policies(random: Random, world: World) -> list[list[Document]]:
    """Two or three levels, most of which allow everything; some only list what is allowed."""
    levels = []
    for _ in range(random.choice((2, 3))):
        level: list[Document] = []
        if happens(random, 80):
            level.append(FULL_ACCESS)
        if not level or happens(random, 25):
            effect = "Deny" if level and happens(random, 70) else "Allow"
            given = statement(random, world, effect)
            level.append({"Version": "2012-10-17", "Statement": [given]})
        levels.append(level)
    return levels


def resource_control_policies(random: Random, world: World) -> list[list[Document]]:
    """Two levels; what customers write there only denies, and speaks of everybody."""
    levels = []
    for _ in range(2):
        level = [FULL_ACCESS | {"Statement": [FULL_ACCESS["Statement"][0] | {"Principal": "*"}]}]
        if happens(random, 30):
            service = world.action.split(":", maxsplit=1)[0]
            given: Document = {
                "Effect": "Deny",
                "Principal": "*",
                "Action": random.choice((f"{service}:*", world.action, "s3:*")),
                "Resource": "*",
            }
            given["Condition"] = conditions(random, world)
            level.append({"Version": "2012-10-17", "Statement": [given]})
        levels.append(level)
    return levels


def statement(random: Random, world: World, effect: str) -> Document:
    """A statement of an identity's policy."""
    hit = 92 if effect == "Allow" else 80
    given: Document = {"Effect": effect}
    given |= _actions(random, world, hit=happens(random, hit))
    given |= _resources(random, world, hit=happens(random, hit))
    if happens(random, 35 if effect == "Allow" else 70):
        given["Condition"] = conditions(random, world)
    return given


def _naming(random: Random, world: World, effect: str) -> Document:
    """A statement of a resource's policy."""
    hit = happens(random, 88 if effect == "Allow" else 80)
    given: Document = {"Effect": effect}
    if effect == "Deny" and happens(random, 30) and ":" in world.principal:
        given["NotPrincipal"] = {"AWS": _excepted(random, world)}
    else:
        given["Principal"] = _principal(random, world, hit=hit)
    given |= _actions(random, world, hit=happens(random, 93))
    if not world.action.startswith("sts:"):  # a trust policy is about the role it stands in
        anything = {"Resource": "*"}
        given |= anything if happens(random, 75) else _resources(random, world, hit=hit)
    if happens(random, 35 if effect == "Allow" else 65):
        given["Condition"] = conditions(random, world)
    return given


def _actions(random: Random, world: World, *, hit: bool) -> Document:
    service, _, name = world.action.partition(":")
    same = (
        *(world.action, world.action.lower(), f"{service}:*", f"{service}:{name[:3]}*"),
        *("*", f"{service}:{name[0]}?{name[2:]}", f"{service}:*{name[-5:]}"),
        f"{service.upper()}:{name.upper()}",
    )
    other = (
        f"{service}:Describe*",
        "s3:*",
        f"{service}:{name}s",
        f"{service}:{name[:-1]}",
        "iam:*",
    )
    if happens(random, 85):
        chosen = [random.choice(same if hit else other)]
        if happens(random, 25):
            chosen.append(random.choice(other))
        return {"Action": _list(random, chosen)}
    chosen = random.sample(other, random.choice((1, 2)))
    return {"NotAction": _list(random, chosen if hit else [*chosen, random.choice(same[:5])])}


def _resources(random: Random, world: World, *, hit: bool) -> Document:
    arn = world.resource
    parts = arn.split(":")
    name = parts[-1]
    prefix = arn.removesuffix(name)
    same = [arn, "*", f"{arn[:-6]}??????", f"{arn[:-7]}*", f"{prefix}*", f"{arn[:-3]}?{arn[-2:]}"]
    same.append(":".join([*parts[:3], "*", "*", *parts[5:]]))
    same.append(":".join([*parts[:4], "*"]))
    other = [
        arn[:-7],  # the name of a secret without the suffix
        f"{arn[:-7]}-?????",
        ":".join([*parts[:3], "eu-west-1", *parts[4:]]),
        prefix + name.upper(),
        f"{prefix}other/*",
        f"{arn}x",
    ]
    if world.action.startswith("secretsmanager:"):
        same.append(":".join([*parts[:3], "*", *parts[5:]]))  # one star for region and account
        if world.context.get("aws:PrincipalTag/env") == "prod":
            same.append(f"{prefix}${{aws:PrincipalTag/env}}{name[4:]}")
        other.append(f"{prefix}${{aws:PrincipalTag/env}}/*")
        other.append(f"{prefix}${{aws:PrincipalTag/gone, 'prod'}}/*")
    if happens(random, 85):
        chosen = [random.choice(same if hit else other)]
        if happens(random, 25):
            chosen.append(random.choice(other))
        return {"Resource": _list(random, chosen)}
    chosen = random.sample(other, random.choice((1, 2)))
    return {"NotResource": _list(random, chosen if hit else [*chosen, random.choice(same)])}


def _principal(random: Random, world: World, *, hit: bool) -> object:
    account = world.principal_account
    if not hit:
        others = (
            {"AWS": f"arn:aws:iam::{world.account}:user/somebody"},
            {"AWS": f"arn:aws:iam::{world.account}:role/something"},
            {"AWS": f"arn:aws:sts::{world.account}:assumed-role/app/another"},
            {"AWS": "999999999999"},
            {"Service": "lambda.amazonaws.com"},
        )
        return random.choice(others)
    if ":" not in world.principal:
        return {"Service": _list(random, [world.principal])}
    ways: list[object] = [
        "*",
        {"AWS": "*"},
        {"AWS": f"arn:aws:iam::{account}:root"},
        {"AWS": account},
        {"AWS": [world.owner, f"arn:aws:iam::{account}:user/somebody"]},
        {"AWS": _list(random, [world.owner])},
        {"AWS": world.principal},
        {"AWS": str(world.context.get("aws:userid", account)).partition(":")[0]},
        {"AWS": [world.principal, account], "Service": "lambda.amazonaws.com"},
    ]
    return random.choices(ways, (2, 2, 4, 4, 4, 6, 8, 1, 2))[0]


def _excepted(random: Random, world: World) -> list[str]:
    account = f"arn:aws:iam::{world.principal_account}:root"
    listed = [each for each in (world.principal, world.owner, account) if happens(random, 65)]
    return listed or [f"arn:aws:iam::{world.account}:user/somebody"]


def conditions(random: Random, world: World) -> Document:
    """One to three tests, by operator."""
    given: Document = {}
    for _ in range(random.choices((1, 2, 3), (70, 25, 5))[0]):
        operator, key, values = _test(random, world)
        given.setdefault(operator, {})[key] = values
    return given


def _test(random: Random, world: World) -> tuple[str, str, object]:
    key = random.choice(world.keys)
    spelled = key if happens(random, 90) else random.choice((key.lower(), key.upper()))
    if happens(random, 8):
        return "Null", spelled, random.choice(("true", "false"))
    of_type = TYPES[key]
    operator = random.choice(OPERATORS[of_type])
    if of_type == "strings":
        if happens(random, 92):
            operator = f"{random.choice(('ForAllValues', 'ForAnyValue'))}:{operator}"
    elif happens(random, 6):
        operator = f"{random.choice(('ForAllValues', 'ForAnyValue'))}:{operator}"
    if happens(random, 15):
        operator += "IfExists"
    count = random.choices((1, 2, 3), (65, 25, 10))[0]
    values = [_value(random, world, key, operator) for _ in range(count)]
    if of_type == "bool" and happens(random, 20):
        return operator, spelled, values[0] == "true"
    return operator, spelled, _list(random, values)


def pool(key: str) -> Sequence[str]:
    """Values that a key may have."""
    of_type = TYPES[key]
    if of_type == "arn":
        return _ARNS
    return _VALUES.get(key) or _VALUES.get(key.rpartition("/")[2]) or _VALUES[of_type]


def _value(random: Random, world: World, key: str, operator: str) -> str:
    """A value of a condition: that of the request, one that is made of it, or another."""
    actual = world.context.get(key)
    if isinstance(actual, list | tuple):
        actual = random.choice(actual) if actual else None
    plain = str(random.choice(pool(key)) if actual is None or happens(random, 35) else actual)
    plain = plain.lower() if isinstance(actual, bool) else plain
    if TYPES[key] not in {"string", "strings", "arn"}:
        return plain
    if ("Like" in operator or "Arn" in operator) and happens(random, 60):
        return _wildcard(random, plain)
    if TYPES[key] != "arn" and happens(random, 15):
        return random.choice(
            (
                "${aws:PrincipalTag/team}",
                "${aws:PrincipalTag/gone}",
                "${aws:PrincipalTag/gone, 'prod'}",
                "${aws:username}",
                plain.replace("/", "${*}"),
            )
        )
    return plain if happens(random, 93) else plain.swapcase()


def _wildcard(random: Random, text: str) -> str:
    half = len(text) // 2
    parts = text.split(":")
    if len(parts) < 6:
        return random.choice(
            (f"{text[:half]}*", f"*{text[half:]}", "*", f"{text[:-1]}?", f"{text}*")
        )
    return random.choice(
        (
            f"{text[:-2]}*",
            ":".join([*parts[:4], "*", *parts[5:]]),
            ":".join([*parts[:5], "*"]),
            f"arn:*:{parts[-1]}",  # a star that would have to cross colons
            ":".join([*parts[:2], "*", *parts[3:]]),
        )
    )


def _list(random: Random, values: list[str]) -> object:
    return values[0] if len(values) == 1 and happens(random, 70) else values
