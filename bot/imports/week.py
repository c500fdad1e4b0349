"""Weeks: hours that some product allows become windows, which begin on a day and end a day later at most."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time

from bot.domain.calendar import Window

DAY = 24 * 60
WEEK = 7 * DAY


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """From a minute of the week on (Monday 00:00 is 0), for so many minutes."""

    begin: int
    minutes: int


def daily(begin: int, minutes: int) -> list[Stretch]:
    """The same every day; `begin` is a minute of the day."""
    return [Stretch(begin=day * DAY + begin, minutes=minutes) for day in range(7)]


def between(begin: int, end: int) -> Stretch:
    """From one minute of the week until another; the same one means the whole week."""
    return Stretch(begin=begin, minutes=(end - begin) % WEEK or WEEK)


def windows(stretches: Iterable[Stretch]) -> tuple[Window, ...] | None:
    """The windows that cover exactly these minutes: () for the whole week, None for nothing at all."""
    merged = _merged(stretches)
    if not merged:
        return None
    if sum(minutes for _, minutes in merged) >= WEEK:
        return ()
    days: dict[tuple[int, int], set[int]] = {}
    for begin, minutes in merged:
        for day, since, until in _pieces(begin, minutes):
            days.setdefault((since, until), set()).add(day)
    return tuple(
        Window(days=frozenset(some) if len(some) < 7 else frozenset(), begin=clock(since), end=clock(until))
        for (since, until), some in sorted(days.items(), key=lambda one: (min(one[1]), one[0]))
    )


def clock(minute: int) -> time:
    """A minute of the day (or of the next one) as a time."""
    hour, rest = divmod(minute % DAY, 60)
    return time(hour, rest)


def _merged(stretches: Iterable[Stretch]) -> list[tuple[int, int]]:
    """Beginnings and lengths that neither touch nor overlap, also not across the end of the week."""
    spans = sorted((one.begin % WEEK, min(one.minutes, WEEK)) for one in stretches if one.minutes > 0)
    found: list[tuple[int, int]] = []
    for begin, minutes in spans:
        if found and begin <= found[-1][0] + found[-1][1]:
            first, length = found[-1]
            found[-1] = first, max(length, begin + minutes - first)
        else:
            found.append((begin, minutes))
    while len(found) > 1 and found[-1][0] + found[-1][1] >= WEEK + found[0][0]:
        (first, length), (last, rest) = found.pop(0), found.pop()
        found.append((last, max(rest, WEEK + first + length - last)))
    return [(begin, min(minutes, WEEK)) for begin, minutes in found]


def _pieces(begin: int, minutes: int) -> Iterable[tuple[int, int, int]]:
    """Day, first and last minute: as it is below a day, otherwise cut at midnights."""
    if minutes < DAY:
        yield begin // DAY, begin % DAY, (begin + minutes) % DAY
        return
    end = begin + minutes
    while begin < end:
        midnight = min((begin // DAY + 1) * DAY, end)
        yield begin // DAY % 7, begin % DAY, midnight % DAY
        begin = midnight
