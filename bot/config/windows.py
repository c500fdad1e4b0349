"""Windows that recur, as they are written: `sun 02:00-04:00`, `first sunday 02:00-04:00`, `day 1 …`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Annotated, Final

from pydantic import PlainValidator

from bot.config.problem import guess, printable
from bot.config.values import WEEKDAYS, Shape, hours, text, wrong
from bot.domain.monthly import LAST, Monthly

WEEKLY = re.compile(r"(?P<days>[a-z,\s-]+?)\s+(?P<hours>\d.*)")
MONTHLY = re.compile(r"(?P<days>\S.*?)\s+(?P<hours>\d{1,2}:.*)")
EVERY_DAY = frozenset(range(7))
FULL: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WHICH: Final = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "5th": 5,
    "last": LAST,
}
LONGEST_MONTH = 31


@dataclass(frozen=True, slots=True)
class Times:
    """Days of the week or of the month, and from when to when."""

    days: frozenset[int]
    begin: time
    end: time
    monthly: Monthly | None = None


def _weekly(value: object) -> Times:
    """`sun 02:00-04:00`, `mon-fri 22:00-23:00`, `sat,sun 00:00-06:00`."""
    written = text(value, '`"sun 02:00-04:00"`').strip().lower()
    found = WEEKLY.fullmatch(written)
    if found is None:
        wrong(
            f"`{printable(written)}` is no time of a week", 'Write days and hours: `"sat,sun 02:00-04:00"`.'
        )
    begin, end = hours(found["hours"])
    days = frozenset(day for part in found["days"].split(",") for day in _days(part.strip()))
    return Times(days, begin, end)


def _days(part: str) -> range | list[int]:
    first, dash, last = (each.strip() for each in part.partition("-"))
    begin = _weekday(first)
    end = _weekday(last) if dash else begin
    return [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]


def _weekday(name: str) -> int:
    short = name[:3] if name in FULL else name
    if short not in WEEKDAYS:
        remedy = "Write `mon` to `sun`, several as `sat,sun` or `mon-fri`."
        wrong(f"`{printable(name)}` is no day of the week", remedy)
    return WEEKDAYS.index(short)


def _daily(value: object) -> Times:
    return Times(EVERY_DAY, *hours(value))


def _monthly(value: object) -> Times:
    """`first sunday 02:00-04:00`, `first,third sat 22:00-02:00`, `day 1,15 01:00-03:00`, `last day …`."""
    written = " ".join(text(value, '`"first sunday 02:00-04:00"`').lower().split())
    found = MONTHLY.fullmatch(written)
    if found is None:
        wrong(
            f"`{printable(written)}` is no time of a month",
            'Write days and hours: `"first sunday 02:00-04:00"`, `"day 1 02:00-04:00"`.',
        )
    begin, end = hours(found["hours"])
    return Times(frozenset(), begin, end, _days_of_month(found["days"]))


def _days_of_month(written: str) -> Monthly:
    which, _, what = re.sub(r"\s*,\s*", ",", written).partition(" ")
    if which in ("day", "days"):
        return Monthly(numbers=frozenset(_numbers(what)))
    places = [_which(each) for each in which.split(",")]
    if what == "day":
        if places != [LAST]:
            wrong(f"`{printable(written)}` is no day of a month", "Write its number: `day 1`, or `last day`.")
        return Monthly(numbers=frozenset({LAST}))
    weekdays = [_weekday(each) for each in what.split(",")]
    return Monthly(weekdays=frozenset((place, day) for place in places for day in weekdays))


def _which(word: str) -> int:
    if word not in WHICH:
        known = [each for each in WHICH if each.isalpha()]
        wrong(f"`{printable(word)}` does not say which of a month", guess(word, [*known, "day"]))
    return WHICH[word]


def _numbers(written: str) -> Iterator[int]:
    for each in written.split(","):
        if each == "last":
            yield LAST
        elif each.isascii() and each.isdigit() and 1 <= int(each[:4]) <= LONGEST_MONTH:
            yield int(each)
        else:
            wrong(
                f"`{printable(each)}` is no day of a month",
                "Write 1 to 31, several as `day 1,15`; months without that day have none.",
            )


Weekly = Annotated[Times, PlainValidator(_weekly), Shape('days and hours, `"sat,sun 02:00-04:00"`')]
Daily = Annotated[Times, PlainValidator(_daily), Shape('hours, `"02:00-04:00"`')]
OfMonth = Annotated[
    Times,
    PlainValidator(_monthly),
    Shape('days of a month and hours: `"first sunday 02:00-04:00"`, `"day 1,15 …"`, `"last day …"`'),
]
