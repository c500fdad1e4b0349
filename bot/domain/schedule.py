"""Schedules: who is on call at an instant. Hand-offs are wall-clock times in the schedule's zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.ids import PersonId, ScheduleId


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotation:
    """People who take turns of `days` days, from `start` at `handoff` on, in this order.

    Before its start a rotation has nobody on call.
    """

    people: tuple[PersonId, ...]
    start: date
    handoff: time
    days: int = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """Layers of rotations in one zone; a later layer wins over an earlier one."""

    id: ScheduleId
    zone: str
    layers: tuple[Rotation, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """One person's turn: from `since` (included) to `until` (excluded), both UTC."""

    person: PersonId
    since: datetime
    until: datetime


def on_call(schedule: Schedule, at: datetime) -> Shift | None:
    """Whose turn it is at that instant; None where no layer has anybody."""
    zone = ZoneInfo(schedule.zone)
    for rotation in reversed(schedule.layers):
        if shift := _turn(rotation, zone, at):
            return shift
    return None


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock time.

    A time that occurs twice means the first; one that does not exist moves forward to the
    instant at which the clocks jump.
    """
    local = datetime.combine(day, at, tzinfo=zone)
    early, late = (local.replace(fold=fold).astimezone(UTC) for fold in (1, 0))
    if late <= early:
        return late
    return _jump(zone, early, late)


def _jump(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _turn(rotation: Rotation, zone: ZoneInfo, at: datetime) -> Shift | None:
    if not rotation.people:
        return None
    turn = (at.astimezone(zone).date() - rotation.start).days // rotation.days
    while _handoff(rotation, zone, turn) > at:
        turn -= 1
    while (until := _handoff(rotation, zone, turn + 1)) <= at:
        turn += 1
    if turn < 0:
        return None
    person = rotation.people[turn % len(rotation.people)]
    return Shift(person=person, since=_handoff(rotation, zone, turn), until=until)


def _handoff(rotation: Rotation, zone: ZoneInfo, turn: int) -> datetime:
    return instant(rotation.start + timedelta(days=turn * rotation.days), rotation.handoff, zone)
