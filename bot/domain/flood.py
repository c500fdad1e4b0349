"""Floods: how much a limited route, or a person, brought lately, and what of it is its own incident yet."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.alert import Severity
from bot.domain.ids import IncidentId
from bot.domain.people import Actor
from bot.domain.refused import Refused
from bot.domain.route import Limit, Placement

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Flood:
    """What a limit has seen: when which incidents were begun, by their deduplication keys, newest last.

    `incident` is the latest storm's; None when there was none yet.
    """

    key: str
    since: datetime
    last_at: datetime
    begun: tuple[tuple[datetime, str], ...] = ()
    incident: IncidentId | None = None

    def within(self, limit: Limit, now: datetime) -> "Flood":
        """What is older than the limit's time is forgotten."""
        begun = tuple(each for each in self.begun if now - each[0] < limit.per)
        return self if len(begun) == len(self.begun) else replace(self, begun=begun)

    def with_one(self, key: str, now: datetime) -> "Flood":
        """One more was begun."""
        return replace(self, begun=(*self.begun, (now, key)), last_at=now)


def flood_key(placement: Placement, limit: Limit) -> str:
    """What is counted together for a limit.

    What is sev1 is counted apart, so that it never drowns in what is less: it has a page of its own up to
    the limit, and beyond it a storm of its own.
    """
    worst = "|sev1" if placement.severity is Severity.SEV1 else ""
    return f"storm|{placement.service}|{limit.route}{worst}"


def by_hand_key(by: Actor, severity: Severity) -> str:
    """What is counted together of what people open by hand: each person's own, and what is sev1 apart."""
    worst = "|sev1" if severity is Severity.SEV1 else ""
    return f"by hand|{by.id}{worst}"


def one_more_by_hand(flood: Flood, limit: Limit, incident: IncidentId, now: datetime) -> Flood:
    """A person opens one more incident. Raises Refused when they opened too many: nobody would read them."""
    recent = flood.within(limit, now)
    if len(recent.begun) < limit.most:
        return recent.with_one(incident, now)
    wait = recent.begun[-limit.most][0] + limit.per - now
    soon = spoken(-(-wait // _SECOND) * _SECOND)
    raise Refused(
        f"You opened {len(recent.begun)} incidents within {spoken(limit.per)}; more would hide what matters. "
        f"In {soon} you can open the next. Until then write to one that is open (`/incident note`), or page "
        "somebody for it (`/incident page`); what is `sev1` counts apart. "
        "An admin can raise `authority.declares` in tocsin.yaml."
    )


def spoken(span: timedelta) -> str:
    """Whole minutes as such, anything else in seconds."""
    seconds = int(span.total_seconds())
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
