"""The week: windows as seconds of a wall clock, numbered without end in both directions."""

from bisect import bisect_right
from collections.abc import Iterator

from bot.domain.calendar import Window
from bot.domain.walltime import ALWAYS, NEVER

HOUR, DAY, WEEK = 3_600, 86_400, 7 * 86_400

Windows = tuple[tuple[int, int], ...]
"""Seconds of the week in which windows open and close, in order; none for always.

Windows are numbered without end in both directions: those of the first week from 0 on.
"""


def weekly(windows: tuple[Window, ...]) -> Windows:
    """The windows, joined where they touch. The last one may close in the next week."""
    spans = sorted(span for window in windows for week in (-1, 0, 1) for span in _spans(window, week))
    joined: list[tuple[int, int]] = []
    for opens, closes in spans:
        if joined and opens <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(closes, joined[-1][1])
        else:
            joined.append((opens, closes))
    if any(closes - opens >= WEEK for opens, closes in joined):
        return ()
    return tuple(span for span in joined if 0 <= span[0] < WEEK)


def _spans(window: Window, week: int) -> Iterator[tuple[int, int]]:
    begin, end = (at.hour * HOUR + at.minute * 60 + at.second for at in (window.begin, window.end))
    for day in window.days or range(7):
        midnight = week * WEEK + day * DAY
        yield midnight + begin, midnight + (end if begin < end else end + DAY)


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
