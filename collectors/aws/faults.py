"""What a failed call is called: a code for machines, and a reason in a few words."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from collectors.evidence import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.exceptions import ClientError

MALFORMED = "MalformedResponse"
"""An answer that is not what the service's model says."""

REPEATED_TOKEN = "PaginationError"  # noqa: S105 - no password: botocore's name for this fault

NOT_TRIED = "NotTried"
"""A call that was not made, since its operation broke down each time before."""

UNPARSABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What botocore's parsers and `plain` raise for an answer of another shape than modelled."""

_REASONS = {
    "access denied": (
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "UnauthorizedOperation",
    ),
    "throttled until the last attempt": (
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    ),
    "no answer in time": ("ConnectTimeoutError", "ReadTimeoutError"),
    "not reachable": ("ConnectionClosedError", "EndpointConnectionError", "ProxyConnectionError"),
    "answered in another shape than documented": (MALFORMED, "ResponseParserError"),
    "pages without end": (REPEATED_TOKEN,),
    "not tried: the operation broke down each time before": (NOT_TRIED,),
}
_REASON: Mapping[str, str] = MappingProxyType(
    {code: reason for reason, codes in _REASONS.items() for code in codes}
)
_LONGEST_CODE = 128


def reason_for(code: str) -> str:
    """Say in a few words what an error code means."""
    return _REASON.get(code, "the call failed")


def code_of(error: ClientError) -> str:
    """Give a service's error code, which may be as hostile as any other answer."""
    code = error.response.get("Error", {}).get("Code")
    return str(plain(code))[:_LONGEST_CODE] if isinstance(code, str) and code else MALFORMED
