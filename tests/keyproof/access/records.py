"""Users, roles, keys and secrets, which become records in AWS's own shapes."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.keyproof.access.policies import ACCOUNT, REGION, allow, policy, root, text, trust

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keyproof.documents import Json

_SUFFIX = "AbCdEf"


@dataclass(frozen=True, kw_only=True)
class Managed:
    """A managed policy of a customer's account."""

    name: str
    document: object
    account: str = ACCOUNT
    attachable: bool = True

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:policy/{self.name}"

    def record(self) -> Json:
        version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": self.document}
        return {
            "Arn": self.arn,
            "PolicyName": self.name,
            "PolicyId": _unique("ANPA", self.arn),
            "Path": "/",
            "DefaultVersionId": "v1",
            "AttachmentCount": 1,
            "IsAttachable": self.attachable,
            "PolicyVersionList": [version],
        }


@dataclass(frozen=True, kw_only=True)
class _Identity:
    """
    What users, groups and roles have in common.

    `policies` are inline, by name; `attached` and `boundary` are ARNs of managed ones.
    """

    name: str
    account: str = ACCOUNT
    path: str = "/"
    policies: Mapping[str, object] = field(default_factory=dict)
    attached: Sequence[str] = ()
    boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def arn_of(self, kind: str) -> str:
        return f"arn:aws:iam::{self.account}:{kind}{self.path}{self.name}"

    def common(self, kind: str) -> Json:
        record: Json = {
            f"{kind}Name": self.name,
            "Arn": self.arn_of(kind.lower()),
            "Path": self.path,
            "CreateDate": "2026-04-16T09:00:00Z",
            f"{kind}PolicyList": [
                {"PolicyName": name, "PolicyDocument": each} for name, each in self.policies.items()
            ],
            "AttachedManagedPolicies": [
                {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in self.attached
            ],
        }
        if kind != "Group":
            record["Tags"] = [{"Key": key, "Value": value} for key, value in self.tags.items()]
        if self.boundary is not None:
            record["PermissionsBoundary"] = {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": self.boundary,
            }
        return record


@dataclass(frozen=True, kw_only=True)
class Group(_Identity):
    """A group of users."""

    @property
    def arn(self) -> str:
        return self.arn_of("group")

    def record(self) -> Json:
        return {**self.common("Group"), "GroupId": _unique("AGPA", self.arn)}


@dataclass(frozen=True, kw_only=True)
class User(_Identity):
    """A user, with the names of its groups."""

    groups: Sequence[str] = ()

    @property
    def arn(self) -> str:
        return self.arn_of("user")

    def record(self) -> Json:
        own = {"UserId": _unique("AIDA", self.arn), "GroupList": list(self.groups)}
        return {**self.common("User"), **own}


@dataclass(frozen=True, kw_only=True)
class Role(_Identity):
    """A role; a Lambda function may assume it unless `trust` says otherwise."""

    trust: object = field(default_factory=lambda: trust("lambda.amazonaws.com"))
    instance_profile: bool = False

    @property
    def arn(self) -> str:
        return self.arn_of("role")

    @property
    def profile_arn(self) -> str:
        return f"arn:aws:iam::{self.account}:instance-profile/{self.name}"

    def record(self) -> Json:
        profile = {"InstanceProfileName": self.name, "Arn": self.profile_arn}
        own = {
            "RoleId": _unique("AROA", self.arn),
            "AssumeRolePolicyDocument": self.trust,
            "InstanceProfileList": [profile] if self.instance_profile else [],
            "RoleLastUsed": {},
        }
        return {**self.common("Role"), **own}


@dataclass(frozen=True, kw_only=True)
class Key:
    """
    A customer key; its policy delegates to its account unless `policies` says otherwise.

    `policies`, `grants`, `tags` and `aliases` are None where their listing failed.
    `described` is False for a key of which nothing could be read.
    """

    name: str
    account: str = ACCOUNT
    region: str = REGION
    policies: Mapping[str, object] | None = field(default_factory=dict)
    grants: Sequence[Json] | None = ()
    tags: Mapping[str, str] | None = field(default_factory=dict)
    aliases: Sequence[str] | None = ()
    described: bool = True

    @property
    def key_id(self) -> str:
        """An id in the form of KMS."""
        digits = hashlib.sha256(self.name.encode()).hexdigest()
        sizes = (8, 4, 4, 4, 12)
        starts = [sum(sizes[:place]) for place in range(len(sizes))]
        return "-".join(
            digits[start : start + size] for start, size in zip(starts, sizes, strict=True)
        )

    @property
    def arn(self) -> str:
        return f"arn:aws:kms:{self.region}:{self.account}:key/{self.key_id}"

    def record(self, key_id: str) -> Json:
        """The record under a secret's own name for the key, as its KmsKeyId has it."""
        metadata = {
            "AWSAccountId": self.account,
            "KeyId": self.key_id,
            "Arn": self.arn,
            "Enabled": True,
            "KeyState": "Enabled",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyManager": "CUSTOMER",
            "Origin": "AWS_KMS",
        }
        if not self.described:
            nothing_of_it = dict.fromkeys(("policies", "tags", "aliases", "grants", "rotation"))
            return {"key_id": key_id, "metadata": None, **nothing_of_it}
        delegated = policy(
            allow("kms:*", Principal={"AWS": root(self.account)}, Sid="Enable IAM policies")
        )
        default = {"default": delegated} if self.policies is not None else {}
        return {
            "key_id": key_id,
            "metadata": metadata,
            "policies": None
            if self.policies is None
            else [
                {"name": name, "policy": text(each)}
                for name, each in {**default, **self.policies}.items()
            ],
            "tags": None
            if self.tags is None
            else [{"TagKey": key, "TagValue": value} for key, value in self.tags.items()],
            "aliases": None
            if self.aliases is None
            else [self._alias(name) for name in self.aliases],
            "grants": None
            if self.grants is None
            else [{"KeyId": self.arn, **each} for each in self.grants],
            "rotation": {"KeyRotationEnabled": True},
        }

    def _alias(self, name: str) -> Json:
        arn = f"arn:aws:kms:{self.region}:{self.account}:{name}"
        return {"AliasName": name, "AliasArn": arn, "TargetKeyId": self.key_id}


def grant(
    principal: str, *operations: str, name: str = "", constraints: Json | None = None
) -> Json:
    """A grant on a key, as ListGrants gives it; of `Decrypt` where no operation is named."""
    found: Json = {
        "GrantId": hashlib.sha256(f"{principal}{name}".encode()).hexdigest(),
        "GranteePrincipal": principal,
        "Operations": list(operations or ("Decrypt",)),
    }
    if name:
        found["Name"] = name
    if constraints is not None:
        found["Constraints"] = constraints
    return found


@dataclass(frozen=True, kw_only=True)
class Secret:
    """
    A secret; encrypted with the AWS-managed key where `key` is None.

    `key` is a `Key`, or how the secret names one (`alias/…`, an ARN). `policies` are None
    where their listing failed. A replica names the region of its primary, which names the
    regions of its replicas.
    """

    name: str
    account: str = ACCOUNT
    region: str = REGION
    key: Key | str | None = None
    policies: Mapping[str, object] | None = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    replicas: Sequence[str] = ()
    primary_region: str | None = None
    rotation_function: str | None = None
    described: bool = True
    more: Json = field(default_factory=dict)

    @property
    def arn(self) -> str:
        place = f"{self.region}:{self.account}"
        return f"arn:aws:secretsmanager:{place}:secret:{self.name}-{_SUFFIX}"

    @property
    def key_id(self) -> str | None:
        return self.key.arn if isinstance(self.key, Key) else self.key

    def record(self) -> Json:
        optional = {
            "KmsKeyId": self.key_id,
            "RotationLambdaARN": self.rotation_function,
            "PrimaryRegion": self.primary_region or (self.region if self.replicas else None),
            "ReplicationStatus": [{"Region": each, "Status": "InSync"} for each in self.replicas]
            or None,
        }
        described: Json = {
            "ARN": self.arn,
            "Name": self.name,
            "CreatedDate": "2026-04-16T09:00:00Z",
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
            **{name: value for name, value in optional.items() if value is not None},
            **self.more,
        }
        listed = {
            name: value
            for name, value in described.items()
            if name not in {"ReplicationStatus", "CrossAccountPrimary", "CrossAccountReplicas"}
        }
        version = {
            "VersionId": "b3160c3b-fbf1-5457-b570-b89efa78e90b",
            "CreatedDate": "2026-10-23T09:00:00Z",
            "VersionStages": ["AWSCURRENT"],
        }
        stages = {version["VersionId"]: version["VersionStages"]}
        return {
            "entry": {**listed, "SecretVersionsToStages": stages},
            "description": {**described, "VersionIdsToStages": stages} if self.described else None,
            "versions": [version],
        }

    def policies_record(self) -> Json:
        return {
            "arn": self.arn,
            "resource_policies": None
            if self.policies is None
            else [{"name": name, "policy": text(each)} for name, each in self.policies.items()],
        }


def _unique(prefix: str, arn: str) -> str:
    """An id such as IAM gives to users and roles."""
    digest = hashlib.sha256(arn.encode()).digest()
    return prefix + base64.b32encode(digest).decode()[:17]
