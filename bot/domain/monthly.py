"""Days of a month: by their number, or a day of the week by how manieth of its month it is."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

LAST: Final = -1
"""The last one, whichever that is."""

WEEK = 7
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Monthly:
    """Days by number (`numbers`: 1 to 31, or LAST), and as `(which, day of the week)`: 1 to 5, or LAST.

    A month without such a day (no 31st, no fifth Sunday) has none; nothing moves to another day.
    """

    numbers: frozenset[int] = frozenset()
    weekdays: frozenset[tuple[int, int]] = frozenset()

    def has(self, day: date) -> bool:
        """Whether it is one of them."""
        which = (day.day - 1) // WEEK + 1
        return (
            day.day in self.numbers
            or (which, day.weekday()) in self.weekdays
            or (LAST in self.numbers and _ends_within(day, DAY))
            or ((LAST, day.weekday()) in self.weekdays and _ends_within(day, WEEK * DAY))
        )


def _ends_within(day: date, span: timedelta) -> bool:
    """Whether it is another month then."""
    return (day + span).month != day.month
