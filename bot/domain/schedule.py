"""Schedules: layers of rotations, on the wall clock of a zone, and of calendars that are kept elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property

from bot.domain.calendar import Calendar, Window
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.walltime import ALWAYS, hand_of
from bot.domain.week import DAY, HOUR, WEEK, Windows, closures, weekly


class ShiftUnit(StrEnum):
    """In what the length of a shift is counted."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


STEPS = {ShiftUnit.HOURS: HOUR, ShiftUnit.DAYS: DAY, ShiftUnit.WEEKS: WEEK}


@dataclass(frozen=True, kw_only=True, slots=True)
class ShiftLength:
    """How long a turn lasts: steps on the wall clock. Months end on their last day where they must."""

    count: int
    unit: ShiftUnit

    @property
    def seconds(self) -> int | None:
        """The same in seconds of the wall clock; None for months, which differ."""
        step = STEPS.get(self.unit)
        return None if step is None else self.count * step


WEEKLY = ShiftLength(count=1, unit=ShiftUnit.WEEKS)


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """People who take turns in this order, from `start` at `handoff` on until `until` at `handoff`.

    Its times are on the clocks of its `zone`, the schedule's where it has none, and so are those of its
    calendars, whatever their own. Before its start, after its end and outside its windows and the hours of
    its calendars (none of either: always) it has nobody on call. Who stand in one turn are on
    call together; a turn without people is free. Without a `level` it has that of its place among the
    layers; those of one level are on call together, and a higher one wins over a lower one.
    """

    turns: tuple[tuple[PersonId, ...], ...]
    start: date
    handoff: time = time(9)
    length: ShiftLength = WEEKLY
    until: date | None = None
    windows: tuple[Window, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    level: int | None = None
    name: str = ""
    zone: str = ""

    @cached_property
    def begins(self) -> int:
        """Its start, in seconds of the wall clock."""
        return hand_of(self.start, self.handoff)

    @cached_property
    def ends(self) -> int:
        """Its end, likewise; without people it ends as it begins."""
        if not any(self.turns):
            return self.begins
        return ALWAYS if self.until is None else hand_of(self.until, self.handoff)

    @cached_property
    def step(self) -> int | None:
        """The length of its turns in seconds of the wall clock; None for months."""
        return self.length.seconds

    @cached_property
    def patchy(self) -> bool:
        """Whether some turn is nobody's, or some day a holiday."""
        return not all(self.turns) or bool(self.closures)

    @cached_property
    def open_hours(self) -> Windows:
        """Its windows and the hours of its calendars, in seconds of the week, holidays aside."""
        theirs = (each for one in self.calendars for each in one.windows or (Window(),))
        return weekly((*self.windows, *theirs))

    @cached_property
    def closures(self) -> Windows:
        """When holidays shut it, in seconds of the wall clock."""
        return closures(self.windows, self.calendars)


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """A calendar that is kept elsewhere, at `place`; `key` finds the spans that it says."""

    key: str
    place: str = ""
    level: int | None = None
    name: str = ""


Layer = Rotation | Feed


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Somebody's time in a calendar that is kept elsewhere, both UTC."""

    person: PersonId
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What people are told of a schedule: hand-offs, shifts of theirs so long before, and gaps."""

    handoffs: bool = True
    heads_up: tuple[timedelta, ...] = (timedelta(days=1), timedelta(hours=1))
    gaps: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Why somebody is on call: the layer (its place from 1 on, its name), or an override."""

    layer: int = 0
    name: str = ""
    override: OverrideId | None = None


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Who is on call when.

    `group` is the Slack user group that follows it, `channel` where it is announced, `told` what is.
    """

    id: ScheduleId
    zone: str
    layers: tuple[Layer, ...]
    name: str = ""
    group: str | None = None
    channel: str | None = None
    told: Told = Told()

    @cached_property
    def levels(self) -> tuple[tuple[tuple[int, Layer], ...], ...]:
        """The layers with their places (from 0 on), by level, the highest level first."""
        found: dict[int, list[tuple[int, Layer]]] = {}
        for place, layer in enumerate(self.layers):
            level = place + 1 if layer.level is None else layer.level
            found.setdefault(level, []).append((place, layer))
        return tuple(tuple(found[level]) for level in sorted(found, reverse=True))

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """What each layer is as a reason."""
        return tuple(Source(layer=place, name=one.name) for place, one in enumerate(self.layers, start=1))


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """Somebody is on call without a break from `since` (included) to `until` (excluded), both UTC."""

    person: PersonId
    since: datetime
    until: datetime
    why: Source = Source()


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """Nobody is on call from `since` (included) to `until` (excluded)."""

    since: datetime
    until: datetime


def singly(people: Iterable[PersonId]) -> tuple[tuple[PersonId, ...], ...]:
    """Turns of one person each."""
    return tuple((person,) for person in people)
