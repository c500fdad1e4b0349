"""Turns: lengths, beginnings and ends of rotations in the words of our own schedules."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.schedule import WEEKLY, Rotation, ShiftLength, ShiftUnit
from bot.domain.walltime import instant, wall_clock

HOUR, DAY, WEEK = 3600, 86_400, 604_800


def length_of(seconds: int) -> ShiftLength | None:
    """The length of a turn in whole weeks, days or hours; None where it is none of these."""
    for size, unit in ((WEEK, ShiftUnit.WEEKS), (DAY, ShiftUnit.DAYS), (HOUR, ShiftUnit.HOURS)):
        if seconds > 0 and seconds % size == 0:
            return ShiftLength(count=seconds // size, unit=unit)
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Begin:
    """The first hand-off on the wall clock of the zone; `exact` unless seconds had to be dropped."""

    start: date
    handoff: time
    exact: bool


def beginning(moment: datetime, zone: ZoneInfo) -> Begin:
    """Where a rotation begins."""
    local = moment.astimezone(zone)
    handoff = time(local.hour, local.minute)
    return Begin(start=local.date(), handoff=handoff, exact=local.time().replace(tzinfo=None) == handoff)


def ending(moment: datetime, handoff: time, zone: ZoneInfo) -> tuple[date, bool]:
    """The first day whose hand-off is not before that moment, and whether it is that moment."""
    day = wall_clock(moment, zone).date()
    while instant(day, handoff, zone) < moment:
        day += timedelta(days=1)
    return day, instant(day, handoff, zone) == moment


def one_person_for_ever(people: int) -> ShiftLength | None:
    """Where nobody takes turns, their length does not matter."""
    return WEEKLY if people == 1 else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Stepping:
    """The hand-offs of a rotation of hours, days or weeks, numbered from its start on."""

    rotation: Rotation
    zone: ZoneInfo

    def wall(self, number: int) -> datetime:
        """What the clock shows then."""
        return datetime.combine(self.rotation.start, self.rotation.handoff) + number * self._step

    def at(self, number: int) -> datetime:
        """The instant of that hand-off."""
        wall = self.wall(number)
        return instant(wall.date(), wall.time(), self.zone)

    def first_from(self, moment: datetime) -> int:
        """The first hand-off that is not before the moment; never one before the start."""
        begin = datetime.combine(self.rotation.start, self.rotation.handoff)
        number = max((wall_clock(moment, self.zone) - begin) // self._step, 0)
        while number > 0 and self.at(number - 1) >= moment:
            number -= 1
        while self.at(number) < moment:
            number += 1
        return number

    @property
    def _step(self) -> timedelta:
        return timedelta(**{self.rotation.length.unit.value: self.rotation.length.count})


def from_then_on(rotation: Rotation, zone: ZoneInfo, since: datetime) -> list[Rotation]:
    """The rotation with its turns as they are, but nobody before `since`; a lower layer comes first.

    What is left of the turn that is under way then becomes a layer of its own, below: the others hide it
    from their first hand-off on.
    """
    stepping = Stepping(rotation=rotation, zone=zone)
    number = stepping.first_from(since)
    first, turns = stepping.wall(number), rotation.turns
    later = replace(
        rotation,
        start=first.date(),
        handoff=first.time(),
        turns=turns[number % len(turns) :] + turns[: number % len(turns)],
    )
    if number == 0 or stepping.at(number) == since:
        return [later]
    begin = beginning(since, zone)
    until, _ = ending(stepping.at(number), begin.handoff, zone)
    rest = replace(
        rotation,
        turns=(turns[(number - 1) % len(turns)],),
        start=begin.start,
        handoff=begin.handoff,
        length=WEEKLY,
        until=until,
    )
    return [rest, later]


def until_then(rotation: Rotation, zone: ZoneInfo, until: datetime) -> tuple[list[Rotation], bool]:
    """The rotation with nobody from `until` on, a lower layer first; and whether that is exact.

    An end within a turn becomes a layer of its own, below: the others hide it until their last hand-off.
    Inexact ends are at the next hand-off: those of turns of hours, and in the first days of a rotation.
    """
    day, exact = ending(until, rotation.handoff, zone)
    if exact:
        return [replace(rotation, until=day)], True
    if rotation.length.unit is ShiftUnit.HOURS and len(rotation.turns) > 1:
        return [replace(rotation, until=day)], False
    end = beginning(until, zone)
    last = Stepping(rotation=rotation, zone=zone).first_from(until) - 1
    if end.start - rotation.start < timedelta(days=3):
        return [replace(rotation, until=day)], False
    rest = replace(
        rotation,
        turns=(rotation.turns[last % len(rotation.turns)],),
        start=end.start - timedelta(days=2),
        handoff=end.handoff,
        length=WEEKLY,
        until=end.start,
    )
    return [rest, replace(rotation, until=day - timedelta(days=1))], end.exact
