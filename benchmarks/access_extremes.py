"""
Estates that are hard on the evaluation of access, each in a way of its own.

All stand in one account outside of any organisation. `n` is the number of principals, and
two in five as many secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.access_estate import MEMBERS, REGIONS, files
from benchmarks.access_policies import allow, deny, policy, root, text, trust
from collectors.aws.sources import nothing
from collectors.evidence import GLOBAL, GLOBAL_SOURCES, REGIONAL_SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from keyproof.documents import Json

_ACCOUNT = MEMBERS[0]
_REGION = REGIONS[0]
_SECRETS_PER_PRINCIPAL = 0.4
_READ = ("secretsmanager:GetSecretValue", "kms:Decrypt")
_CHAIN = 50
_GROUPS_OF_A_USER = 10
_STATEMENTS = 5
_TRUSTING = [trust({"AWS": root(_ACCOUNT)})]
_LAMBDA = [trust({"Service": "lambda.amazonaws.com"})]


def everybody(n: int) -> dict[str, bytes]:
    """Everybody may do everything, every role trusts the account; one secret in ten is guarded."""
    inline = [policy(allow("*"))]
    guarded = policy(
        deny(
            "secretsmanager:GetSecretValue",
            Principal="*",
            Condition={"ArnNotEquals": {"aws:PrincipalArn": [_arn("role", 0), _arn("role", 1)]}},
        )
    )
    return _files(
        users=[_user(each, inline) for each in range(n // 2)],
        roles=[_role(each, inline, _TRUSTING) for each in range(n - n // 2)],
        secrets=[(each, () if each % 10 else (guarded,)) for each in range(_secrets(n))],
    )


def public(n: int) -> dict[str, bytes]:
    """Every secret's policy allows `*`, so that everybody reads everything."""
    opened = policy(allow("secretsmanager:GetSecretValue", Principal="*"))
    return _files(
        users=[_user(each, []) for each in range(n // 2)],
        roles=[_role(each, [], _TRUSTING) for each in range(n - n // 2)],
        secrets=[(each, (opened,)) for each in range(_secrets(n))],
    )


def narrowed(n: int) -> dict[str, bytes]:
    """Every secret's policy allows `*` on conditions of its own, so that few read it."""
    read = "secretsmanager:GetSecretValue"
    return _files(
        users=[_user(each, []) for each in range(n // 2)],
        roles=[_role(each, [], _TRUSTING) for each in range(n - n // 2)],
        secrets=[
            (
                each,
                (
                    policy(
                        allow(read, Principal="*", Condition=_named(_arn("user", each))),
                        allow(read, Principal="*", Condition=_tagged(f"team-{each}")),
                        deny(read, Principal="*", Condition=_denied(f"role-{each}-*")),
                    ),
                ),
            )
            for each in range(_secrets(n))
        ],
    )


def chains(n: int) -> dict[str, bytes]:
    """Roles in rings of fifty, each of which may assume the next; one in each ring reads."""
    number = _secrets(n)
    rings = max(1, n // _CHAIN)
    of_ring: list[list[int]] = [[] for _ in range(rings)]
    for each in range(number):
        of_ring[each % rings].append(each)
    roles = []
    for each in range(n):
        ring, place = divmod(each, _CHAIN)
        first = ring * _CHAIN
        last = min(first + _CHAIN, n) - 1
        inline = [
            policy(allow("sts:AssumeRole", _arn("role", first if each == last else each + 1)))
        ]
        if place == 0 and ring < rings:
            inline.append(policy(allow(_READ, [_secret_arn(secret) for secret in of_ring[ring]])))
        before = _arn("role", last if each == first else each - 1)
        roles.append(_role(each, inline, [trust({"AWS": before})]))
    return _files(users=[], roles=roles, secrets=[(each, ()) for each in range(number)])


def groups(n: int) -> dict[str, bytes]:
    """As many groups as users, each with a secret to read; every user may join any group."""
    number = _secrets(n)
    join = policy(allow("iam:AddUserToGroup"))
    return _files(
        users=[
            _user(each, [join], groups=[(each * 7 + step) % n for step in range(_GROUPS_OF_A_USER)])
            for each in range(n)
        ],
        roles=[],
        groups=[
            _group(each, policy(allow(_READ, _secret_arn(each % number)))) for each in range(n)
        ],
        secrets=[(each, ()) for each in range(number)],
    )


def conditions(n: int) -> dict[str, bytes]:
    """Everybody has conditions with policy variables of their own; all tags are different."""

    def own(kind: str, each: int) -> list[Json]:
        statements = [
            allow(
                _READ,
                Condition={
                    "StringLike": {
                        "aws:ResourceTag/owner": f"${{aws:PrincipalTag/team}}-{each}-{number}*"
                    }
                },
            )
            for number in range(_STATEMENTS)
        ]
        statements.append(
            allow(
                "secretsmanager:GetSecretValue",
                Condition={
                    "StringEquals": {"aws:ResourceTag/owner": "${aws:PrincipalTag/owner}"},
                    "StringNotEquals": {"aws:ResourceTag/not": f"{kind}-{each}"},
                },
            )
        )
        statements.append(
            allow(
                "secretsmanager:GetSecretValue",
                f"arn:aws:secretsmanager:*:*:secret:${{aws:PrincipalTag/owner}}/{each}-*",
            )
        )
        return [policy(*statements)]

    return _files(
        users=[_user(each, own("user", each)) for each in range(n // 2)],
        roles=[_role(each, own("role", each), _TRUSTING) for each in range(n - n // 2)],
        secrets=[(each, ()) for each in range(_secrets(n))],
    )


def passing(n: int) -> dict[str, bytes]:
    """Users who may pass every role to Lambda and write every function; each role reads one."""
    number = _secrets(n)
    inline = [policy(allow(("iam:PassRole", "lambda:*")))]
    return _files(
        users=[_user(each, inline) for each in range(n - number)],
        roles=[
            _role(each, [policy(allow(_READ, _secret_arn(each)))], _LAMBDA)
            for each in range(number)
        ],
        functions=range(0, number, 3),
        secrets=[(each, ()) for each in range(number)],
    )


def writing(n: int) -> dict[str, bytes]:
    """Everybody may write the policies and the trust of everybody, and make their credentials."""
    number = _secrets(n)
    inline = [policy(allow(("iam:*", "sts:*")))]
    return _files(
        users=[_user(each, inline) for each in range(n - number)],
        roles=[
            _role(each, [policy(allow(_READ, _secret_arn(each)))], _TRUSTING)
            for each in range(number)
        ],
        secrets=[(each, ()) for each in range(number)],
    )


EXTREMES: Mapping[str, Callable[[int], dict[str, bytes]]] = {
    each.__name__: each
    for each in (everybody, public, narrowed, chains, groups, conditions, passing, writing)
}
"""Each by its name."""


def _secrets(n: int) -> int:
    return max(1, int(n * _SECRETS_PER_PRINCIPAL))


def _named(arn: str) -> Json:
    return {"ArnEquals": {"aws:PrincipalArn": arn}}


def _tagged(team: str) -> Json:
    return {"StringEquals": {"aws:PrincipalTag/team": team, "aws:PrincipalAccount": _ACCOUNT}}


def _denied(name: str) -> Json:
    return {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::*:role/{name}"}}


def _arn(kind: str, number: int) -> str:
    return f"arn:aws:iam::{_ACCOUNT}:{kind}/{kind}-{number:05d}"


def _secret_arn(number: int) -> str:
    place = f"{_REGION}:{_ACCOUNT}"
    return f"arn:aws:secretsmanager:{place}:secret:production/openai-{number:05d}-AbCdEf"


def _person(kind: str, number: int, inline: Sequence[Json]) -> Json:
    name = f"{kind.lower()}-{number:05d}"
    return {
        f"{kind}Name": name,
        f"{kind}Id": f"{'AROA' if kind == 'Role' else 'AIDA'}{number:017d}",
        "Arn": _arn(kind.lower(), number),
        "Path": "/",
        "Tags": [
            {"Key": "owner", "Value": f"owner-{number:05d}"},
            {"Key": "team", "Value": f"team-{number}"},
        ],
        f"{kind}PolicyList": [
            {"PolicyName": f"own-{place}", "PolicyDocument": document}
            for place, document in enumerate(inline)
        ],
        "AttachedManagedPolicies": [],
    }


def _user(number: int, inline: Sequence[Json], *, groups: Iterable[int] = ()) -> Json:
    return {
        **_person("User", number, inline),
        "GroupList": [f"group-{each:05d}" for each in groups],
    }


def _role(number: int, inline: Sequence[Json], trusted: Sequence[Json]) -> Json:
    return {
        **_person("Role", number, inline),
        "AssumeRolePolicyDocument": policy(*trusted),
        "InstanceProfileList": [],
    }


def _group(number: int, document: Json) -> Json:
    name = f"group-{number:05d}"
    return {
        "GroupName": name,
        "Arn": f"arn:aws:iam::{_ACCOUNT}:group/{name}",
        "Path": "/",
        "GroupPolicyList": [{"PolicyName": "own", "PolicyDocument": document}],
        "AttachedManagedPolicies": [],
    }


def _secret(number: int) -> Json:
    arn = _secret_arn(number)
    described = {
        "ARN": arn,
        "Name": arn.rpartition(":")[2][:-7],
        "Tags": [{"Key": "owner", "Value": f"owner-{number:05d}"}],
    }
    return {"entry": described, "description": described, "versions": []}


def _files(
    *,
    users: Sequence[Json],
    roles: Sequence[Json],
    secrets: Sequence[tuple[int, Sequence[Json]]],
    groups: Sequence[Json] = (),
    functions: Iterable[int] = (),
) -> dict[str, bytes]:
    records = {
        (source, _ACCOUNT, region): nothing(source)
        for source in (*REGIONAL_SOURCES, *GLOBAL_SOURCES)
        for region in ((GLOBAL,) if source in GLOBAL_SOURCES else (_REGION,))
    }
    records["iam", _ACCOUNT, GLOBAL].update(
        {"users": list(users), "groups": list(groups), "roles": list(roles), "policies": []}
    )
    place = f"arn:aws:lambda:{_REGION}:{_ACCOUNT}:function"
    records["compute", _ACCOUNT, _REGION]["functions"] = [
        {
            "FunctionName": f"function-{each}",
            "FunctionArn": f"{place}:function-{each}",
            "Role": _arn("role", each),
        }
        for each in functions
    ]
    records["secrets_manager", _ACCOUNT, _REGION]["secrets"] = [
        _secret(number) for number, _ in secrets
    ]
    records["resource_policies", _ACCOUNT, _REGION]["secrets"] = [
        {
            "arn": _secret_arn(number),
            "resource_policies": [
                {"name": "default", "policy": text(document)} for document in documents
            ],
        }
        for number, documents in secrets
    ]
    return files(records, (_ACCOUNT,), (_REGION,))
