"""Each part of a credential, as declared and as observed, in lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyproof import clock
from reports.phrases import (
    Name,
    Phrase,
    Unbroken,
    counted,
    distance,
    dollars,
    duration,
    instant,
    listed,
)

if TYPE_CHECKING:
    from keyproof.documents import Json

Lines = tuple[Phrase, ...]


def provider_key(key: Json | None) -> Phrase:
    """Which of the provider's keys an entry speaks of."""
    if key is None:
        return ("no provider key declared",)
    if key["container"] is None:
        return ("key ", Name(key["key_id"]))
    return ("key ", Name(key["key_id"]), " in ", Name(key["container"]))


def scope(credential: Json) -> Lines:
    """What a credential may do, and for which services."""
    lines: list[Phrase] = [
        ("no scope",) if credential["scope"] is None else (Name(credential["scope"]),)
    ]
    if credential["services"]:
        lines.append(("services: ", *listed(credential["services"])))
    return tuple(lines)


def owner(owner: Json | None) -> Lines:
    """Who answers for a credential."""
    if owner is None or owner["name"] is None:
        return (("nobody",),)
    mailbox = ", a mailbox" if owner["address"] else ""
    return ((Name(owner["name"]), f" ({owner['kind']}{mailbox})"),)


def storage(storage: Json | None) -> Lines:
    """Where a credential is declared to be kept."""
    if storage is None:
        return (("nowhere",),)
    lines: list[Phrase] = []
    if storage["secret"] is not None:
        member = storage["json_key"]
        secret: Phrase = ("Secrets Manager: ", Name(storage["secret"]))
        lines.append(secret if member is None else (*secret, ", member ", Name(member)))
    if storage["elsewhere"] is not None:
        lines.append(("elsewhere: ", Name(storage["elsewhere"])))
    place = [part for part in (storage["account"], storage["region"]) if part]
    if place:
        lines.append(listed(place))
    return tuple(lines) or (("nowhere",),)


def binding(binding: Json) -> Lines:
    """Which stored secret an entry was found to speak of."""
    candidates = binding["candidates"]
    match binding["status"]:
        case "bound":
            how = f"bound by {binding['how'] or 'no known way'}"
            trust = f"{binding['confidence'] or 'unknown'} confidence"
            return ((f"{how}, {trust}",),)
        case "missing":
            return (("no such secret in that account and region",),)
        case "elsewhere":
            return (("only in another account or region: ", *listed(candidates)),)
        case "ambiguous":
            return ((f"{counted(len(candidates), 'secret')} match: ", *listed(candidates)),)
        case "unseen":
            return (("cannot be told: the listing of secrets is incomplete",),)
        case _:
            return (("not looked up: the entry names no secret",),)


def stored(secret: Json | None, declared: Json | None) -> Lines:
    """The secret to which an entry is bound, as far as it is another or not as it should be."""
    if secret is None:
        return ()
    elsewhere = declared is None or declared["secret"] not in {secret["name"], secret["arn"]}
    name: Lines = ((Name(secret["name"]),),) if elsewhere else ()
    states = (
        ("is pending deletion", secret["pending_deletion"]),
        ("is a replica: its primary is in another region", secret["replica"]),
        ("has no AWSCURRENT version", not secret["current"]),
    )
    places = [secret["account"], secret["region"]]
    moved = declared is None or [declared["account"], declared["region"]] != places
    place = (listed(places),) if moved else ()
    return (*name, *place, *((state,) for state, holds in states if holds))


def schedule(rotation: Json) -> Lines:
    """The declared rotation schedule."""
    if rotation["schedule"] is None:
        return (("no schedule",),)
    return (_every(rotation["schedule"], rotation["interval_ns"]),)


def _every(schedule: str, interval: int | None) -> Phrase:
    if interval is None:
        return (Name(schedule), ": no interval can be read")
    if schedule.startswith("rate("):
        return (f"every {duration(interval)}",)
    return (Name(schedule), f": at most {duration(interval)} apart")


def age(secret: Json | None, interval: int | None, as_of_ns: int) -> Lines:
    """How old the current version is beside the declared interval (both in nanoseconds)."""
    if secret is None:
        return (("age not known: no secret is bound",),)
    created = secret["rotated_at_ns"]
    if created is None:
        return (("age of the current version not known",),)
    if created > as_of_ns:
        return ((f"current version dated {instant(created)}, {distance(created, as_of_ns)}",),)
    elapsed = as_of_ns - created
    days = counted(elapsed // clock.DAY_NS, "day")
    old: Phrase = (f"{days} old, since ", Unbroken(_date(created)))
    if interval is None:
        return (old,)
    if elapsed > interval:
        return (old, (f"{duration(elapsed - interval)} past the schedule",))
    return (old, (f"{duration(interval - elapsed)} left",))


def _date(nanoseconds: int) -> str:
    return instant(nanoseconds).partition(" ")[0]


def automatic_rotation(rotation: Json) -> Lines:
    """Whether and how Secrets Manager rotates a secret by itself."""
    lines: list[Phrase] = []
    if rotation["enabled"]:
        every: Phrase = ("at no known times",)
        if rotation["schedule"] is not None:
            every = _every(rotation["schedule"], rotation["interval_ns"])
        by: Phrase = (f"by {rotation['performed_by'] or 'nobody known'}",)
        if rotation["function"] is not None:
            by = ("by ", *_function(rotation["function"]))
        lines.append(("rotates automatically ", *every, ", ", *by))
        for label, member in (("last", "last_rotated_at_ns"), ("next", "next_rotation_at_ns")):
            date = "not known" if rotation[member] is None else _date(rotation[member])
            lines.append((f"{label} rotation ", Unbroken(date)))
    else:
        lines.append(("no automatic rotation",))
    if rotation["stuck"]:
        lines.append(("a rotation is stuck: AWSPENDING stands beside AWSCURRENT",))
    return tuple(lines)


def _function(function: Json) -> Phrase:
    named: Phrase = ("function ", Name(_last(function["arn"])))
    if function["status"] != "found":
        return (*named, ", which", _ABSENT[function["status"]])
    may = {
        True: "may be invoked",
        False: "may not be invoked",
        None: "whether it may be invoked is not known",
    }
    halted = {True: ", its concurrency is zero", False: "", None: ", its concurrency is not known"}
    return (*named, f", which exists: {may[function['invocable']]}{halted[function['throttled']]}")


def _last(arn: str) -> str:
    """The resource's own name, which stands last in the ARN of a function or topic."""
    return arn.rpartition(":")[2]


_ABSENT = {"missing": " does not exist", "unseen": " could not be seen"}


def threshold(spend_alert: Json) -> Lines:
    """The daily spend from which somebody must be told, or why there is none."""
    cents, reason = spend_alert["threshold_usd_cents"], spend_alert["not_applicable"]
    lines: list[Phrase] = []
    if cents is not None:
        lines.append((f"{dollars(cents)} a day",))
    if reason is not None:
        lines.append(("not applicable: ", Name(reason)))
    return tuple(lines) or (("no threshold",),)


def alerts(spend_alert: Json) -> Lines:
    """Each alert that an entry names: when it fires and whom it reaches."""
    cents = spend_alert["threshold_usd_cents"]
    if not spend_alert["alerts"]:
        return () if cents is None else (("no alert is named",),)
    return tuple(line for alert in spend_alert["alerts"] for line in _alert(alert, cents))


def spend_alert(spend_alert: Json) -> Lines:
    """The threshold and the alerts behind it."""
    return (*threshold(spend_alert), *alerts(spend_alert))


def _alert(alert: Json, cents: int | None) -> Lines:
    named: Phrase = (f"{alert['kind']} ", Name(alert["name"]))
    if alert["status"] != "found":
        return ((*named, _ABSENT[alert["status"]]),)
    faults = [
        fault
        for fault, holds in (
            ("is disabled, or set so that it cannot fire", not alert["enabled"]),
            ("does not watch this provider's spend", not alert["watches_provider"]),
            ("reaches nobody", not alert["recipients"]),
        )
        if holds
    ]
    says = "; ".join([_fires(alert["daily_threshold_usd_cents"], cents), *faults])
    return ((*named, f" {says}"), *(_recipient(recipient) for recipient in alert["recipients"]))


def _fires(daily: int | None, cents: int | None) -> str:
    if daily is None:
        return "fires at a daily spend that cannot be told"
    above = cents is not None and daily > cents
    latest = f"fires at {dollars(daily)} a day at the latest"
    return latest + (", above the threshold" if above else "")


def _recipient(recipient: Json) -> Phrase:
    status = {
        "confirmed": "confirmed",
        "broken": "nothing arrives",
        "unseen": "cannot be told whether anything arrives",
    }[recipient["status"]]
    via: Phrase = (
        () if recipient["via"] == "email" else (" through ", Name(_last(recipient["via"])))
    )
    why: Phrase = () if recipient["reason"] is None else (": ", Name(recipient["reason"]))
    to: Phrase = (Name(recipient["protocol"]), " to ", Name(recipient["endpoint"]))
    return (*to, *via, f", {status}", *why)
