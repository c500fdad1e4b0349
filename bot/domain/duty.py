"""Duty: what people may want of a schedule, and the record of what was changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.override import OverrideKind
from bot.domain.people import Actor
from bot.domain.refused import Refused

SwapId = NewType("SwapId", str)
"""A ULID in lower case, like an incident's."""

LONGEST = timedelta(days=366)
"""The longest override, and how far ahead one may end."""

LONGEST_UNASKED = timedelta(days=31)
"""Whoever wants one for longer is asked whether that is meant."""

OFFERED_FOR = timedelta(days=3)
"""How long an offer of a swap stands, if the first of its shifts does not begin earlier."""

BEGUN_FOR = timedelta(hours=1)
"""The same where one of the shifts is running: its rest is swapped, unless it is over before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """Somebody's time on call that is to be given away, both UTC and half-open."""

    person: PersonId
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SetOverride:
    """Somebody is, or is not, to be on call. `leaving_nobody`: even if that leaves nobody on call."""

    by: Actor
    schedule: ScheduleId
    kind: OverrideKind
    person: PersonId
    since: datetime
    until: datetime
    instead_of: PersonId | None = None
    reason: str = ""
    leaving_nobody: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdraw:
    """An override is to count no more."""

    by: Actor
    override: OverrideId
    leaving_nobody: bool = False


class OfferOver(Refused):
    """Nobody can agree to an offer any more: it was answered, has expired, or is not theirs to swap."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferSwap:
    """`mine` is to be done by the other, and `theirs` by the one whose turn `mine` is."""

    by: Actor
    schedule: ScheduleId
    mine: Turn
    theirs: Turn
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerSwap:
    """The other side agrees, or does not."""

    by: Actor
    swap: SwapId
    agree: bool


DutyWish = SetOverride | Withdraw | OfferSwap | AnswerSwap


@dataclass(frozen=True, kw_only=True, slots=True)
class Swap:
    """Two people are to exchange turns. `answer` says what became of it; None while it stands open."""

    id: SwapId
    schedule: ScheduleId
    mine: Turn
    theirs: Turn
    by: Actor
    reason: str = ""
    made_at: datetime
    expires_at: datetime
    answer: str | None = None
    answered_at: datetime | None = None


class ChangeKind(StrEnum):
    """What was done."""

    OVERRIDDEN = "override made"
    WITHDRAWN = "override withdrawn"
    OFFERED = "swap offered"
    SWAPPED = "swap agreed"
    DECLINED = "swap declined"


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """From `since` (included) to `until` (excluded) other people are on call than before; () is nobody."""

    since: datetime
    until: datetime
    before: tuple[PersonId, ...]
    after: tuple[PersonId, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Who changed what about a schedule: the journal keeps it, and people are told of it.

    `since` and `until` are the time that was spoken of; `names` are those of the people in it, as they were
    called then. `differences` are empty when what was decided changes nothing.
    """

    kind: ChangeKind
    at: datetime
    by: Actor
    schedule: ScheduleId
    title: str
    zone: str
    since: datetime
    until: datetime
    overrides: tuple[OverrideId, ...] = ()
    differences: tuple[Difference, ...] = ()
    names: Mapping[PersonId, str] = field(default_factory=dict)
    reason: str = ""

    @property
    def gaps(self) -> tuple[Difference, ...]:
        """When it leaves nobody on call."""
        return tuple(each for each in self.differences if not each.after)

    @property
    def concerned(self) -> tuple[PersonId, ...]:
        """Who is on call at other times than before."""
        people = (p for each in self.differences for p in sorted({*each.before} ^ {*each.after}))
        return tuple(dict.fromkeys(people))
