"""Estates whose secrets are read by many principals in every way, as the report receives them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from keyproof import documents
from keyproof.access import ways
from keyproof.engine.results import evaluate
from keyproof.engine.wasm import wasm_engine
from tests.reports import estates
from tests.reports.estates import principal, reader, step, way

if TYPE_CHECKING:
    from keyproof.documents import Json
    from keyproof.engine import Engine
    from tests.reports.estates import Estate

OTHER = "444455556666"
GITHUB = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
SET = (
    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/"
    "AWSReservedSSO_Developer_fedcba9876543210"
)
UNSEEN = "service_control_policy p-1: not collected"
KEY = "arn:aws:kms:us-east-1:111122223333:key/811a067e-27a5-4d60-95e2-68abcb6d0353"
HOSTILE = (
    "<script>alert(1)</script>",
    "invoice\u202efdp.exe",
    "line\nbreak\ttab",
    "W" * 255,
    "z" + "\u0301" * 60,
    '"><svg onload=alert(1)>&lt;b&gt;',
    "\ufdfd\ufdfd\ufdfd\ufdfd",
)
_READING, _DECRYPTING, _OWN_RIGHT, _ASSUMING, _TRUSTED, _SEEN, _PUBLIC = range(7)
_SOURCES = ("access", "resource_policies", "kms", "iam")
_POLICY = Path(__file__).parents[2] / "policies" / "compiled" / "policy.wasm"


def judged(estate: Estate) -> Estate:
    """The estate with the results that the policies give for its facts."""
    facts = documents.encode(estate.facts)
    results = documents.decode(evaluate(facts, _engine()), "results.json")
    return replace(estate, results=results)


@cache
def _engine() -> Engine:
    return wasm_engine(_POLICY.read_bytes())


def collected() -> Estate:
    """The flawless estate, with every source that the criterion on access needs."""
    estate = estates.flawless()
    estate.facts["coverage"] |= {source: {"gaps": []} for source in _SOURCES}
    return estate


def crowded() -> Estate:
    """A secret in three regions, read in every way that there is by every kind of principal."""
    estate = collected()
    effective = estate.facts["effective_access"]
    effective["classes"] |= {
        "developer": {"environments": ["development"]},
        "break_glass": {"environments": ["production"]},
    }
    effective["steps"] = _steps()
    credential, *_ = estate.facts["credentials"]
    first = credential["secret"]["arn"]
    copies = [first.replace("us-east-1", region) for region in ("eu-central-1", "eu-west-1")]
    credential["secret"] |= {
        "copies": [first, *copies],
        "uncollected_copies": [first.replace("us-east-1", "ap-south-1")],
    }
    for arn in copies:
        effective["secrets"][arn] = effective["secrets"][first] | {"region": arn.split(":")[3]}
    _let_everybody_in(effective, effective["secrets"][first])
    _let_hostile_names_in(effective, effective["secrets"][copies[0]])
    estate.facts["waivers"] = [
        estates.waiver("W-2026-04", "access_restricted", credential["id"], days=30)
    ]
    return judged(estate)


def _steps() -> list[Json]:
    iam = "iam.111122223333.global.json#/records/roles"
    return [
        step(
            "identity_policy",
            policy="role/deployment/secrets",
            statement="ReadKeys",
            at=f"{iam}/1/RolePolicyList/0/PolicyDocument/Statement/0",
        ),
        step(
            "key_policy",
            action="kms:Decrypt",
            policy=f"{KEY} default",
            statement="Enable IAM User Permissions",
            at="kms.111122223333.us-east-1.json#/records/keys/0/policies/0/policy/Statement/0",
            to=KEY,
        ),
        step("root_user"),
        step(
            "identity_policy",
            action="sts:AssumeRole",
            policy="role/support/become-others",
            statement="statement 1",
            at=f"{iam}/7/RolePolicyList/0/PolicyDocument/Statement/0",
            to="arn:aws:iam::111122223333:role/deployment",
        ),
        step(
            "trust_policy",
            action="sts:AssumeRole",
            policy="arn:aws:iam::111122223333:role/deployment",
            statement="statement 2",
            at=f"{iam}/1/AssumeRolePolicyDocument/Statement/1",
            to="arn:aws:iam::111122223333:role/deployment",
        ),
        step("resource_policy", policy="default", statement="Partner"),
        step("public"),
    ]


def _let_everybody_in(effective: Json, secret: Json) -> None:
    """One reader in each way, of each type, approved and not; 40 roles of the workload."""
    direct, chain = [_READING, _DECRYPTING], [_ASSUMING, _TRUSTED, _READING, _DECRYPTING]
    people = [{"kind": "group", "name": f"team-{number}"} for number in range(14)]
    partner = {"account": OTHER}
    nobody = {"account": None}
    found: list[tuple[str, Json, tuple[Json, ...]]] = [
        ("*", principal("public") | nobody, (way("direct", path=[_PUBLIC]),)),
        (
            f"arn:aws:iam::{OTHER}:root",
            principal("account") | partner,
            (way("direct", "aws:PrincipalOrgID", "aws:SourceVpce", path=[_SEEN]),),
        ),
        (
            f"arn:aws:iam::{OTHER}:role/partner",
            principal("role") | partner,
            (way("direct", path=[_SEEN]),),
        ),
        (
            "arn:aws:iam::111122223333:user/alice",
            principal("user", "developer"),
            (way("direct", "aws:MultiFactorAuthPresent", path=direct),),
        ),
        (SET, principal("role", "developer", assigned=people), (way("role_chain", path=chain),)),
        (
            "arn:aws:sts::111122223333:federated-user/bob",
            principal("federated_user"),
            (way("direct", path=direct),),
        ),
        ("events.amazonaws.com", principal("service") | nobody, (way("direct", path=[_SEEN]),)),
        (
            GITHUB,
            principal("provider") | nobody,
            (
                way("web_identity", "token.actions.githubusercontent.com:aud", path=chain),
                way(
                    "web_identity",
                    "token.actions.githubusercontent.com:sub",
                    path=chain,
                    vouched_for=True,
                ),
            ),
        ),
        (
            "arn:aws:iam::111122223333:oidc-provider/gitlab.com",
            principal("provider") | nobody,
            (way("web_identity", "gitlab.com:sub", path=chain, vouched_for=True),),
        ),
        (
            "arn:aws:iam::111122223333:saml-provider/Okta",
            principal("provider") | nobody,
            (way("saml", "SAML:aud", path=chain),),
        ),
        (
            "arn:aws:iam::111122223333:role/not-seen",
            principal("role"),
            (way("direct", path=direct, grants_seen=False, unseen=[UNSEEN]),),
        ),
        (
            "arn:aws:iam::111122223333:role/perhaps-forbidden",
            principal("role"),
            (way("direct", path=direct, unseen=[UNSEEN]),),
        ),
        (
            "arn:aws:iam::111122223333:user/break-glass",
            principal("user", "break_glass"),
            (way("direct", "aws:MultiFactorAuthPresent", path=direct),),
        ),
        *(
            (
                f"arn:aws:iam::111122223333:role/service/service-{number:02}",
                principal("role", "workload"),
                (way("direct", *(["aws:SourceVpc"] if number % 5 == 0 else []), path=direct),),
            )
            for number in range(40)
        ),
        *(
            (
                f"arn:aws:iam::111122223333:role/{kind}",
                principal("role"),
                (way(kind, path=chain),),
            )
            for kind in ways.KINDS
            if kind not in {"direct", "role_chain", "web_identity", "saml"}
        ),
    ]
    secret["gaps"] = ["resource_policy extra: it is no JSON"]
    secret["readers"] = [*secret["readers"], *(reader(arn, *how) for arn, _, how in found)]
    effective["principals"] |= {arn: facts for arn, facts, _ in found}


def _let_hostile_names_in(effective: Json, secret: Json) -> None:
    """Readers, classes, conditions, policies and the secret itself with hostile names."""
    number = len(effective["steps"])
    effective["steps"] += [
        step("identity_policy", policy=name, statement=name, at=name, to=name) for name in HOSTILE
    ]
    effective["classes"] |= {name: {"environments": ["production"]} for name in HOSTILE}
    readers = []
    for place, name in enumerate(HOSTILE):
        steps = [number + place]
        unseen: Json = {"path": steps, "unseen": [name, f"{name}2"], "grants_seen": False}
        for prefix, classes, how in (
            ("user/", (), way("direct", name, path=steps)),
            ("role/a/", (name,), way("direct", name, path=steps)),
            ("role/b/", (), way("role_chain", **unseen)),
            ("role/c/", (), way("write_policy", name, path=steps)),
        ):
            arn = f"arn:aws:iam::111122223333:{prefix}{name}"
            assigned = [{"kind": "user", "name": name}]
            effective["principals"][arn] = principal("role", *classes, assigned=assigned)
            readers.append(reader(arn, how))
    secret |= {"name": HOSTILE[0] + HOSTILE[3], "readers": readers, "gaps": list(HOSTILE)}
