"""Silences and planned maintenance: what somebody wants kept quiet for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.alert import Severity
from bot.domain.ids import IncidentId, ServiceId
from bot.domain.people import Actor
from bot.domain.refused import Refused

MOST_CONDITIONS = 20
LONGEST_REASON = 300
MARK = 6
"""So many characters at the end of an id tell it from others."""

LONGEST_SILENCE = timedelta(days=30)
LONGEST_MAINTENANCE = timedelta(days=7)
FURTHEST_AHEAD = timedelta(days=366)


class SilenceKind(StrEnum):
    """A silence keeps new pages back; maintenance also stops ladders that are being climbed."""

    SILENCE = "silence"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """From `since` (included) to `until` (excluded) alerts are quiet of which all conditions hold.

    `conditions` are matchers as they are written. `services`: any of them; none means every service.
    `sev1`: it is meant for sev1 as well, which it keeps quiet only once somebody else has approved.
    `channel` and `incident` are where it was made, and where its end is reported.
    """

    id: str
    kind: SilenceKind
    conditions: tuple[str, ...] = ()
    services: tuple[ServiceId, ...] = ()
    since: datetime
    until: datetime
    made_at: datetime
    by: Actor
    reason: str
    sev1: bool = False
    approved_by: Actor | None = None
    ended_at: datetime | None = None
    ended_by: Actor | None = None
    reported_at: datetime | None = None
    channel: str | None = None
    incident: IncidentId | None = None

    @property
    def name(self) -> str:
        """As `standing.muted_by` has it: `silence:01k…`."""
        return f"{self.kind.value}:{self.id}"

    @property
    def over_at(self) -> datetime:
        """When it ends, or ended by hand."""
        return self.until if self.ended_at is None else min(self.until, self.ended_at)

    def in_force(self, now: datetime) -> bool:
        """Whether it counts at that instant."""
        return self.since <= now < self.over_at

    def covers(self, severity: Severity) -> bool:
        """Whether it may keep that quiet: sev1 only with the word of two people."""
        return severity is not Severity.SEV1 or (self.sev1 and self.approved_by is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Quieted:
    """Something that keeps alerts quiet, now or later; `hidden` counts what fires under it.

    `until` is None for what ends by itself as soon as it may: `ends` says in words when that is.
    """

    name: str
    title: str
    since: datetime
    until: datetime | None
    ends: str = ""
    hidden: int = 0
    silence: Silence | None = None


def conditions_of(silence: Silence) -> str:
    """What it hides, in words."""
    services = f"service {', '.join(silence.services)}" if silence.services else ""
    return "; ".join(each for each in (services, ", ".join(silence.conditions)) if each)


def mark_of(silence: Silence) -> str:
    """The end of its id, by which it is named."""
    return silence.id[-MARK:]


def check_wanted(wanted: Silence, now: datetime) -> None:
    """Raise Refused for a silence that would hide everything, or never end, or tells no reason."""
    maintenance = wanted.kind is SilenceKind.MAINTENANCE
    if not wanted.conditions and not wanted.services:
        raise Refused("That would keep everything quiet. Name a service, or at least one label.")
    if len(wanted.conditions) > MOST_CONDITIONS:
        raise Refused(f"At most {MOST_CONDITIONS} conditions are possible.")
    if not wanted.reason.strip():
        raise Refused("Say why: those who miss a page will ask.")
    longest = LONGEST_MAINTENANCE if maintenance else LONGEST_SILENCE
    if wanted.until <= now or wanted.until <= wanted.since:
        raise Refused("It would be over before it begins.")
    if wanted.until - wanted.since > longest:
        raise Refused(f"It may last at most {longest.days} days; make another one when it ends.")
    if wanted.since > now + FURTHEST_AHEAD:
        raise Refused("It may begin at most a year from now.")


def check_approval(silence: Silence, by: Actor, now: datetime) -> None:
    """Raise Refused unless this is the word of a second person for a silence that waits for it."""
    if silence.over_at <= now:
        raise Refused("It is over, so there is nothing to approve.")
    if not silence.sev1:
        raise Refused("It is not meant for sev1, so nobody needs to approve it.")
    if silence.approved_by is not None:
        raise Refused(f"{silence.approved_by.name} has approved it already.")
    if silence.by.same(by):
        raise Refused("Somebody else has to approve it: sev1 is kept quiet by two people, never by one.")
