"""The week: windows as seconds of a wall clock, numbered without end in both directions."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from bot.domain.calendar import Calendar, Window
from bot.domain.walltime import ALWAYS, MONDAY_ORDINAL, NEVER

HOUR, DAY, WEEK = 3_600, 86_400, 7 * 86_400

Windows = tuple[tuple[int, int], ...]
"""Seconds of the week in which windows open and close, in order; none for always.

Windows are numbered without end in both directions: those of the first week from 0 on.
"""


def weekly(windows: tuple[Window, ...]) -> Windows:
    """The windows, joined where they touch. The last one may close in the next week."""
    joined = _joined(span for window in windows for week in (-1, 0, 1) for span in _spans(window, week))
    if any(closes - opens >= WEEK for opens, closes in joined):
        return ()
    return tuple(span for span in joined if 0 <= span[0] < WEEK)


def closures(windows: Sequence[Window], calendars: Sequence[Calendar]) -> Windows:
    """What is shut of the week for holidays of the calendars, in order: seconds of the wall clock.

    What would begin on a holiday stays closed, unless another window, or that of another day, is open then.
    """
    days = {_day(day) for calendar in calendars for day in calendar.holidays}
    around = sorted({near for day in days for near in (day - 1, day, day + 1)})
    shut, left = list[tuple[int, int]](), list[tuple[int, int]]()
    left += (span for day in around for one in windows for span in _on(one, day))
    for calendar in calendars:
        own = {_day(day) for day in calendar.holidays}
        for one in calendar.windows or (Window(),):
            shut += (span for day in own for span in _on(one, day))
            left += (span for day in around if day not in own for span in _on(one, day))
    return tuple(_without(_joined(shut), _joined(left)))


def _day(day: date) -> int:
    return day.toordinal() - MONDAY_ORDINAL


def _on(window: Window, day: int) -> Iterator[tuple[int, int]]:
    """Where it begins on that day, if it does."""
    if not window.days or day % 7 in window.days:
        yield _span(window, day * DAY)


def _without(
    spans: Iterable[tuple[int, int]], others: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """What is left of the spans; both are in order and apart."""
    place = 0
    for since, until in spans:
        while place < len(others) and others[place][1] <= since:
            place += 1
        at = since
        for begin, end in others[place:]:
            if begin >= until:
                break
            if at < begin:
                yield at, begin
            at = end
        if at < until:
            yield at, until


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order, one where they touch."""
    joined: list[tuple[int, int]] = []
    for opens, closes in sorted(spans):
        if joined and opens <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(closes, joined[-1][1])
        else:
            joined.append((opens, closes))
    return joined


def _spans(window: Window, week: int) -> Iterator[tuple[int, int]]:
    for day in window.days or range(7):
        yield _span(window, week * WEEK + day * DAY)


def _span(window: Window, midnight: int) -> tuple[int, int]:
    begin, end = (at.hour * HOUR + at.minute * 60 + at.second for at in (window.begin, window.end))
    return midnight + begin, midnight + (end if begin < end else end + DAY)


def window(windows: Windows, number: int) -> tuple[int, int]:
    """When it opens and closes; without windows there is one that is always open."""
    if not windows:
        return NEVER, ALWAYS
    week, place = divmod(number, len(windows))
    opens, closes = windows[place]
    return week * WEEK + opens, week * WEEK + closes


def window_number(windows: Windows, hand: int) -> int:
    """The last window that opened by then."""
    week, second = divmod(hand, WEEK)
    return week * len(windows) + bisect_right(windows, (second, ALWAYS)) - 1


def opens_after(windows: Windows, hand: int, end: int) -> int:
    """When somebody is on call from then on, for the first time."""
    number = window_number(windows, hand)
    opens, closes = window(windows, number)
    if closes <= hand:
        opens, _ = window(windows, number + 1)
    found = max(hand, opens)
    return found if found < end else ALWAYS


def closed_before(windows: Windows, hand: int, begin: int) -> int:
    """When somebody was on call up to then, for the last time."""
    number = window_number(windows, hand)
    opens, closes = window(windows, number)
    if opens == hand:
        _, closes = window(windows, number - 1)
    found = min(hand, closes)
    return found if found > begin else NEVER
