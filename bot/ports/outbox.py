"""The shapes of the outbox: claims, receipts of pages, dead letters, and what an audit finds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.alert import MessageRef
from bot.domain.effects import Effect, Lane
from bot.domain.ids import IncidentId, PersonId
from bot.domain.incident import Incident
from bot.domain.people import Limit, MethodKind

Limits = Callable[[PersonId, MethodKind], Sequence[Limit]]
"""How often somebody may be told by a way; nothing for one that is not limited."""

Full = Mapping[str, datetime]
"""Channels in which so many cards wait for their turn that a new one comes back at that instant, untried."""

SOON = timedelta(minutes=5)
"""A page that waits for longer than this is not on its way: nobody waits for it."""

CLIMB = "climb"
News = Mapping[str, datetime]
"""When what was committed lately is due at the earliest: per lane, and under CLIMB for rungs and wakes."""


GUARD = 0.4
"""The part of a lease within which a send must begin, and within which it must end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """An outbox row that this process holds until its lease ends.

    `token` is new with every claim: whoever records with an older one has been fenced off.
    `uncertain`: an earlier attempt may have got through, so it must be looked up before it is sent.
    `since` is when it was first attempted. `revision` tells a standing wish renewed meanwhile.
    `doubted_at` is the latest instant at which an attempt that may have got through can have been made, by
    whichever process; None while there is no doubt. `also` are pages to the same person by the same way
    that are told in the same message. `asks`: it is only looked up, and if it was not sent it waits.
    """

    id: str
    effect: Effect
    incident: IncidentId | None
    lane: Lane
    attempt: int
    token: str
    lease: timedelta
    claimed_at: float
    """Monotonic seconds, taken before the claim was committed."""
    uncertain: bool
    since: datetime
    revision: int
    failures: int = 0
    doubted_at: datetime | None = None
    also: tuple["Claim", ...] = ()
    asks: bool = False

    @property
    def last_moment(self) -> float:
        """After that, in monotonic seconds, nothing is sent: somebody else may soon do it."""
        return self.claimed_at + GUARD * self.lease.total_seconds()

    @property
    def all(self) -> tuple["Claim", ...]:
        """Itself and those that are told with it."""
        return (self, *self.also)


@dataclass(frozen=True, kw_only=True, slots=True)
class SentPage:
    """A page that was accepted as a Slack message, so that it can be edited.

    `also` are those of other incidents that the same message tells.
    """

    effect: Effect
    ref: MessageRef
    also: tuple[tuple[Effect, Incident], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """An effect that was given up."""

    id: str
    incident: str | None
    kind: str
    key: str
    attempts: int
    reason: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """Something that the auditor found: `kind` is a closed set of short names, `count` of rows."""

    kind: str
    count: int
    detail: str
