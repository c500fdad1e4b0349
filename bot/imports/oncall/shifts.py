"""Grafana OnCall's shifts: events that repeat (RFC 5545) become turns and windows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import lcm

from bot.domain.calendar import Window
from bot.domain.schedule import ShiftLength, ShiftUnit
from bot.imports.oncall.models import Shift
from bot.imports.week import DAY as DAY_MINUTES
from bot.imports.week import Stretch, daily, windows

HOUR, DAY, WEEK, MONTH = 3600, 86_400, 604_800, 28 * 86_400
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_TURNS = 100

Groups = list[tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """Turns on a wall clock. An empty turn is nobody's; `changed` says what is not quite the same."""

    turns: Groups
    start: datetime
    length: ShiftLength
    windows: tuple[Window, ...] = ()
    changed: str = ""


class Unsayable(ValueError):
    """A recurrence that turns and windows cannot say; the text says why."""


def pattern(shift: Shift, groups: Groups) -> Pattern:
    """The shift's events as turns; raises Unsayable."""
    first = (shift.start_rotation_from_user_index or 0) % len(groups)
    groups = groups[first:] + groups[:first]
    if shift.by_month or (shift.by_monthday and shift.frequency != "monthly"):
        raise Unsayable("it repeats in some months or on some days of the month only")
    if any(day not in DAYS for day in shift.by_day):
        raise Unsayable("it repeats on days such as the first Monday")
    match shift.frequency:
        case "hourly":
            return _hourly(shift, groups)
        case "daily" if shift.by_day and len(set(shift.by_day)) < 7:
            return _on_some_days(shift, groups)
        case "daily":
            return _daily(shift, groups)
        case "weekly":
            return _weekly(shift, groups)
        case "monthly":
            return _monthly(shift, groups)
        case _:
            raise Unsayable("it has no frequency that could be read")


def _hourly(shift: Shift, groups: Groups) -> Pattern:
    days = tuple(sorted({DAYS.index(day) for day in shift.by_day}))
    allowed = (Window(days=frozenset(days)),) if days and len(days) < 7 else ()
    return _spread(shift, groups, HOUR, ShiftUnit.HOURS, allowed)


def _daily(shift: Shift, groups: Groups) -> Pattern:
    if shift.duration >= DAY:
        return _spread(shift, groups, DAY, ShiftUnit.DAYS, ())
    found = windows(daily(_minute(shift.start), _minutes(shift)))
    return _first_of_each(shift, groups, ShiftUnit.DAYS, found or ())


def _weekly(shift: Shift, groups: Groups) -> Pattern:
    days = sorted({DAYS.index(day) for day in shift.by_day} or {shift.start.weekday()})
    if len(days) == 1 and shift.duration >= WEEK:
        return _spread(shift, groups, WEEK, ShiftUnit.WEEKS, ())
    begins = DAYS.index(shift.week_start) if shift.week_start in DAYS else 6
    week = shift.start - timedelta(days=(shift.start.weekday() - begins) % 7)
    start = week + timedelta(days=min((day - begins) % 7 for day in days))
    minute = _minute(shift.start)
    found = windows([Stretch(begin=day * DAY_MINUTES + minute, minutes=_minutes(shift)) for day in days])
    made = _first_of_each(shift, groups, ShiftUnit.WEEKS, found or ())
    return Pattern(turns=made.turns, start=start, length=made.length, windows=made.windows)


def _monthly(shift: Shift, groups: Groups) -> Pattern:
    if shift.by_day or len(shift.by_monthday) > 1 or shift.duration < MONTH:
        raise Unsayable("it covers some days of each month only")
    if shift.by_monthday and shift.by_monthday[0] != shift.start.day:
        raise Unsayable("it begins on another day of the month than its start")
    length = ShiftLength(count=shift.interval or 1, unit=ShiftUnit.MONTHS)
    return Pattern(
        turns=groups,
        start=shift.start,
        length=length,
        changed="turns last whole months, also where the months have different lengths",
    )


def _on_some_days(shift: Shift, groups: Groups) -> Pattern:
    """Each group has so many of the chosen days in turn; the pattern repeats after some weeks."""
    chosen, interval = {DAYS.index(day) for day in shift.by_day}, shift.interval or 1
    weeks = lcm(len(chosen), len(groups) * interval) // len(chosen)
    if weeks * 7 > MOST_TURNS:
        raise Unsayable(f"it repeats after {weeks} weeks only, which is more than a layer can say")
    begins = DAYS.index(shift.week_start) if shift.week_start in DAYS else 6
    start, turns, count = shift.start, [], 0
    if start.weekday() not in chosen:
        first = min(chosen, key=lambda day: (day - begins) % 7)
        start += timedelta(days=(first - start.weekday()) % 7)
    for number in range(7 * weeks):
        if (start.weekday() + number) % 7 in chosen:
            turns.append(groups[count // interval % len(groups)])
            count += 1
        else:
            turns.append(())
    found = windows(daily(_minute(start), min(_minutes(shift), DAY_MINUTES)))
    changed = "shifts that were longer than a day end after a day" if shift.duration > DAY else ""
    length = ShiftLength(count=1, unit=ShiftUnit.DAYS)
    return Pattern(turns=turns, start=start, length=length, windows=found or (), changed=changed)


def _first_of_each(shift: Shift, groups: Groups, unit: ShiftUnit, allowed: tuple[Window, ...]) -> Pattern:
    """A day or week with events, then as many without as the interval leaves free."""
    free = (shift.interval or 1) - 1
    turns = [turn for group in groups for turn in (group, *[()] * free)] if free else groups
    if len(turns) > MOST_TURNS:
        raise Unsayable("it repeats after too long a time for a layer")
    return Pattern(turns=turns, start=shift.start, length=ShiftLength(count=1, unit=unit), windows=allowed)


def _spread(shift: Shift, groups: Groups, size: int, unit: ShiftUnit, allowed: tuple[Window, ...]) -> Pattern:
    """Events of whole hours, days or weeks, with time between them that is free."""
    interval = shift.interval or 1
    if shift.duration >= interval * size:
        changed = (
            "shifts that overlapped now end where the next begins" if shift.duration > interval * size else ""
        )
        length = ShiftLength(count=interval, unit=unit)
        return Pattern(turns=groups, start=shift.start, length=length, windows=allowed, changed=changed)
    covered, rest = divmod(shift.duration, size)
    turns = [turn for group in groups for turn in ([group] * covered + [()] * (interval - covered))]
    if rest or len(turns) > MOST_TURNS:
        raise Unsayable(f"each of its events lasts {shift.duration / 3600:g} hours of {interval} {unit}")
    return Pattern(turns=turns, start=shift.start, length=ShiftLength(count=1, unit=unit), windows=allowed)


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _minutes(shift: Shift) -> int:
    return -(-shift.duration // 60)
