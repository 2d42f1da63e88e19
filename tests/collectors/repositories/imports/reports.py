"""
Reports in the shapes that the tools write, around secrets that are made up on the spot.

The shapes are those of gitleaks 8.30.1, betterleaks 2.0.0-rc.4, trufflehog 3 (August 2026) and
kingfisher 2.14.0, each as a real run wrote it, and of the examples in GitHub's documentation.
"""

from __future__ import annotations

import json
import random
import re
import string
from typing import TYPE_CHECKING, Any

from collectors.redaction import find_keys
from collectors.repositories.findings import key

if TYPE_CHECKING:
    from collectors.repositories.findings import Key

Json = dict[str, Any]

COMMIT = "69b09eb5f8bc84777dbc6191380bae9998a65702"
DATE = "2026-11-25T16:22:40Z"
_ALPHABET = string.ascii_letters + string.digits
_COMMON = 12
_WORD = re.compile(r"[A-Za-z0-9_-]+")


def letters(count: int, seed: int) -> str:
    """Draw letters and digits; the same for a seed."""
    draw = random.Random(seed)  # noqa: S311 - secrets that are none
    return "".join(draw.choice(_ALPHABET) for _ in range(count))


def openai_key(seed: int) -> str:
    """Make up a key in the shape of OpenAI's; the parts are joined only here."""
    return "sk-" + "proj-" + letters(74, seed) + "T3Blbk" + "FJ" + letters(74, seed + 1)


def opaque_key(seed: int) -> str:
    """Make up a key without a shape of its own."""
    return letters(40, seed)


def name_key(text: str) -> Key | None:
    """Stand in for the rule pack: what has a shape, and what stands behind `COHERE_API_KEY=`."""
    before, found, rest = text.partition("COHERE_API_KEY=")
    if found and not before:
        return key("cohere", "api_key", rest)
    sighting = next(iter(find_keys(text)), None)
    if sighting is None:
        return None
    word = _WORD.match(text, sighting.offset)
    return None if word is None else key(sighting.provider, "project_key", word[0])


def parts(secret: str) -> set[str]:
    """Every run of 12 characters of a secret."""
    return {secret[start : start + _COMMON] for start in range(len(secret) - _COMMON + 1)}


def lines(*documents: object) -> bytes:
    """JSON Lines."""
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


def gitleaks(secret: str, rule: str = "openai-api-key", **fields: object) -> Json:
    """One finding of gitleaks."""
    return {
        "RuleID": rule,
        "Description": "Found a key.",
        "StartLine": 3,
        "EndLine": 3,
        "StartColumn": 7,
        "EndColumn": 59,
        "Match": f'key = "{secret}"',
        "Secret": secret,
        "File": "src/settings.py",
        "SymlinkFile": "",
        "Commit": COMMIT,
        "Entropy": 5.0579247,
        "Author": "A B",
        "Email": "a@b.example",
        "Date": DATE,
        "Message": f"first {secret}",
        "Tags": [],
        "Fingerprint": f"{COMMIT}:src/settings.py:{rule}:3",
        **fields,
    }


def betterleaks(secret: str, digest: str, rule: str = "openai-api-key", **fields: object) -> Json:
    """One finding of betterleaks 2."""
    return {
        "rule_id": rule,
        "rule_hash": "ba5fbd11",
        "description": "Found a key.",
        "confidence": "high",
        "match": {"full": f'{secret}"', "value": secret, "fingerprint": digest},
        "attributes": {
            "git.author_name": "A B",
            "git.date": DATE,
            "git.message": f"first {secret}",
            "git.remote_url": "https://github.com/acme/app",
            "git.sha": COMMIT,
            "resource": "git.patch_content",
        },
        "location": {"path": "src/settings.py", "start_line": 3, "end_line": 3},
        **fields,
    }


def betterleaks_scan(state: str = "complete") -> Json:
    """Say how a scan of betterleaks ended."""
    return {
        "state": state,
        "source": {"type": "git", "targets": ["app"]},
        "betterleaks_version": "2.0.0-rc.4",
        "bytes_scanned": 1267,
    }


def trufflehog(secret: str, detector: str = "OpenAI", **fields: object) -> Json:
    """One finding of trufflehog."""
    git = {
        "commit": COMMIT,
        "file": "src/settings.py",
        "email": "A B <a@b.example>",
        "repository": "https://github.com/acme/app.git",
        "timestamp": "2026-11-25 17:22:40 +0100",
        "line": 3,
        "repository_local_path": "/tmp/trufflehog-1",  # noqa: S108 - as the tool writes it
    }
    return {
        "SourceMetadata": {"Data": {"Git": git}},
        "SourceID": 1,
        "SourceType": 16,
        "SourceName": "trufflehog - git",
        "DetectorType": 201,
        "DetectorName": detector,
        "DecoderName": "PLAIN",
        "Verified": False,
        "VerificationFromCache": False,
        "Raw": secret,
        "RawV2": "",
        "Redacted": secret[:14] + "..." + secret[-4:],
        "ExtraData": None,
        "StructuredData": None,
        "SecretParts": {"key": secret},
        **fields,
    }


def trufflehog_log(level: str = "info-0", **fields: object) -> Json:
    """One line of trufflehog's log."""
    return {"level": level, "ts": DATE, "logger": "trufflehog", "msg": "running source", **fields}


def kingfisher(secret: str, rule: str = "betterleaks.openai-api-key", **fields: object) -> Json:
    """One finding of kingfisher."""
    git = {
        "repository_url": "https://github.com/acme/app",
        "commit": {"id": COMMIT, "date": "2026-11-25", "author": {"name": "A B"}},
        "file": {"path": "src/settings.py"},
    }
    return {
        "rule": {"name": rule.rpartition(".")[2], "id": rule},
        "finding": {
            "snippet": secret,
            "fingerprint": "15496396002078497099",
            "validation": {"outcome": "not_attempted", "status": "Not Attempted", "response": ""},
            "line": 3,
            "path": "app/src/settings.py",
            "git_metadata": git,
            "validate_command": f"kingfisher validate --rule '{rule}' '{secret}'",
            **fields,
        },
    }


def kingfisher_audit(scope: str = "all_fetched_git_objects", status: str = "completed") -> Json:
    """Say what a scan of kingfisher covered."""
    git = {"scope": scope, "tip_ref": "HEAD", "tip_sha": COMMIT, "shallow": False}
    return {
        "schema": "kingfisher.repository-audit.v1",
        "repositories": [{"key": "local:/app", "scan": {"status": status}, "git": git}],
    }


def kingfisher_envelope(*findings: Json, **audit: str) -> Json:
    """A report of kingfisher."""
    return {
        "findings": list(findings),
        "audit": kingfisher_audit(**audit),
        "metadata": {"kingfisher_version": "2.14.0", "target": "app"},
    }


def sarif(tool: str, *results: Json, **run: object) -> Json:
    """A SARIF log of a tool."""
    driver = {"name": tool, "semanticVersion": "2.14.0", "rules": [{"id": "openai-api-key"}]}
    body = {"tool": {"driver": driver}, "results": list(results), **run}
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0"} | {
        "runs": [body]
    }


def sarif_result(secret: str, **fields: object) -> Json:
    """One result of gitleaks in SARIF."""
    region = {"startLine": 3, "endLine": 3, "snippet": {"text": secret}}
    return {
        "ruleId": "openai-api-key",
        "message": {"text": "openai-api-key has detected secret for file src/settings.py."},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "src/settings.py"},
                    "region": region,
                }
            }
        ],
        "partialFingerprints": {
            "commitSha": COMMIT,
            "author": "A B",
            "date": DATE,
            "commitMessage": f"first {secret}",
        },
        "properties": {"tags": []},
        **fields,
    }


def github(secret: str | None, kind: str = "openai_api_key", **fields: object) -> Json:
    """One alert of GitHub."""
    return {
        "number": 2,
        "created_at": "2026-11-06T18:48:51Z",
        "url": "https://api.github.com/repos/acme/app/secret-scanning/alerts/2",
        "html_url": "https://github.com/acme/app/security/secret-scanning/2",
        "locations_url": "https://api.github.com/repos/acme/app/secret-scanning/alerts/2/locations",
        "state": "resolved",
        "resolution": "revoked",
        "resolution_comment": f"was {secret}",
        "secret_type": kind,
        "secret": secret,
        "validity": "inactive",
        "push_protection_bypassed": True,
        "first_location_detected": {
            "path": "/src/settings.py",
            "start_line": 3,
            "blob_sha": "af5626b4a114abcb82d63db7c8082c3c4756e51b",
            "commit_sha": COMMIT,
        },
        "has_more_locations": False,
        **fields,
    }
