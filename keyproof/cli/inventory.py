"""The inventory as scripts read it: declared, stored and live, with the orphans of each side."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyproof.documents import Json

_DECLARED = (
    "environment",
    "scope",
    "services",
    "owner",
    "provider_key",
    "storage",
    "rotation",
)


def inventory_document(facts: Json) -> Json:
    """
    Give the `--json` of `keyproof inventory`.

    `live` is what the provider's own administration API says; it is null while no
    provider is collected, and `orphans.live` is empty for the same reason.
    """
    return {
        "example": facts["example"],
        "organisation": facts["organisation"],
        "as_of": facts["as_of"],
        "credentials": [_credential(credential) for credential in facts["credentials"]],
        "orphans": {
            "stored": [
                secret["arn"]
                for secret in facts["stored_secrets"]
                if secret["entry"] is None
                and secret["excluded"] is None
                and secret["owned_by_service"] is None
                and not secret["pending_deletion"]
                and not secret["replica"]
            ],
            "live": [],
        },
    }


def _credential(credential: Json) -> Json:
    alert = credential["spend_alert"]
    return {
        "id": credential["id"],
        "provider": credential["provider"],
        "declared": {name: credential[name] for name in _DECLARED}
        | {"spend_alert": {name: alert[name] for name in alert if name != "alerts"}},
        "stored": credential["secret"],
        "alerts": alert["alerts"],
        "live": None,
        "binding": credential["binding"],
    }
