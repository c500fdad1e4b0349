"""Floods: how much a limited route brought lately, and what of it is still its own incident."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.alert import Severity
from bot.domain.ids import IncidentId
from bot.domain.route import Limit, Placement


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
