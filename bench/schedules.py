"""Who is on call, at an instant and over a year: `python -m bench.schedules`.

Three layers of ten people, at ordinary instants and in the nights in which clocks change; and the final
shifts of a year of 100 schedules. Beside them recurring-ical-events, which is asked the same of the same
rotations as iCal events that repeat (it knows nothing of layers that win, nor of overrides: it does less).
"""

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import icalendar
import recurring_ical_events

from bench.figures import Spread
from bench.report import Finding, Report, arguments, late
from bot.clock import SystemClock
from bot.domain.calendar import Window
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.override import Override, OverrideKind
from bot.domain.people import SYSTEM
from bot.domain.schedule import Rotation, Schedule, ShiftLength, ShiftUnit, singly
from bot.domain.shifts import final_shifts, on_call
from bot.render.ical import rules_calendar

PEOPLE = [PersonId(f"person-{number}") for number in range(30)]
YEAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca")
SPRING, AUTUMN = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

DAILY = ShiftLength(count=1, unit=ShiftUnit.DAYS)


def schedule(number: int = 0) -> Schedule:
    """A rotation of weeks, one of days above it, and one of days in working hours above both."""
    hours = Window(days=frozenset(range(5)), begin=time(9), end=time(17))
    start = date(2025, 1, 6) + timedelta(days=number % 7)
    layers = (
        Rotation(turns=singly(PEOPLE[:10]), start=start),
        Rotation(
            turns=singly(PEOPLE[10:20]),
            start=start,
            length=DAILY,
            windows=(Window(begin=time(18), end=time(9)),),
        ),
        Rotation(turns=singly(PEOPLE[20:]), start=start, length=DAILY, windows=(hours,)),
    )
    return Schedule(id=ScheduleId(f"s{number}"), zone=ZONES[number % len(ZONES)], layers=layers)


def overrides(dice: random.Random, count: int, since: datetime, until: datetime) -> tuple[Override, ...]:
    """Overrides of half a day to three days, of every kind, somewhere in that time."""
    return tuple(_override(dice, number, since, until) for number in range(count))


def _override(dice: random.Random, number: int, since: datetime, until: datetime) -> Override:
    begins = since + (until - since) * dice.random()
    kind = dice.choice(list(OverrideKind))
    swapped = kind is OverrideKind.REPLACE and dice.random() < 0.5
    return Override(
        id=OverrideId(str(number)),
        schedule=ScheduleId("s"),
        kind=kind,
        person=dice.choice(PEOPLE),
        instead_of=dice.choice(PEOPLE) if swapped else None,
        since=begins,
        until=begins + timedelta(hours=dice.choice([12, 24, 72])),
        by=SYSTEM,
        made_at=since + number * MINUTE,
    )


def timed(moments: Sequence[datetime], call: Callable[[datetime], object]) -> Spread:
    """How long each of the calls took, after a tenth of them to warm up."""
    clock, took = SystemClock(), []
    for moment in moments[: len(moments) // 10]:
        call(moment)
    for moment in moments:
        began = clock.monotonic()
        call(moment)
        took.append(clock.monotonic() - began)
    return Spread.of(took)


def instants(dice: random.Random, calls: int) -> dict[str, list[datetime]]:
    """The instants that are asked for: anywhere in the year, and within three hours of a change of clocks."""
    whole = int((YEAR[1] - YEAR[0]) / MINUTE)
    return {
        "any instant of a year": [YEAR[0] + dice.randrange(whole) * MINUTE for _ in range(calls)],
        "the night in spring": [SPRING + dice.randrange(-180, 180) * MINUTE for _ in range(calls)],
        "the night in autumn": [AUTUMN + dice.randrange(-180, 180) * MINUTE for _ in range(calls)],
    }


def one_instant(calls: int) -> Iterator[Finding]:
    """Three layers of ten people, without overrides and among five."""
    dice, asked = random.Random(1), schedule()
    for name, moments in instants(dice, calls).items():
        near = overrides(dice, 5, moments[0] - timedelta(days=3), moments[0] + timedelta(days=3))
        for made in ((), near):
            took = timed(moments, partial(on_call, asked, overrides=made))
            yield {"what": name, "overrides": len(made), "engine": "Tocsin", **late(took)}
    events = [recurring_ical_events.of(calendar) for calendar in _calendars(asked)]
    moments = instants(dice, calls // 20)["any instant of a year"]
    took = timed(moments, lambda moment: [one.at(moment) for one in events])
    yield {"what": "any instant of a year", "overrides": 0, "engine": "recurring-ical-events", **late(took)}


def a_year(schedules: int, compared: int) -> Iterator[Finding]:
    """Final shifts of a year; what it is compared with does few of them, and is counted up."""
    dice, clock = random.Random(2), SystemClock()
    given = [(schedule(number), overrides(dice, 20, *YEAR)) for number in range(schedules)]
    began = clock.monotonic()
    found = sum(len(final_shifts(one, *YEAR, made)) for one, made in given)
    took = clock.monotonic() - began
    yield {
        "schedules": schedules,
        "engine": "Tocsin",
        "shifts": found,
        "all_s": took,
        "each_s": took / schedules,
    }
    began = clock.monotonic()
    few = given[:compared]
    found = sum(
        len(recurring_ical_events.of(calendar).between(*YEAR))
        for one, _ in few
        for calendar in _calendars(one)
    )
    took = clock.monotonic() - began
    yield {
        "schedules": compared,
        "engine": "recurring-ical-events",
        "shifts": found,
        "all_s": took,
        "each_s": took / compared,
    }


def _calendars(asked: Schedule) -> list[icalendar.Component]:
    texts = (
        rules_calendar(asked, layer, {}, YEAR[0]) for layer in asked.layers if isinstance(layer, Rotation)
    )
    return [icalendar.Calendar.from_ical(text) for text in texts if text is not None]


def main() -> None:
    """Print both tables."""
    parser = arguments(__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--schedules", type=int, default=100)
    parser.add_argument("--compared", type=int, default=3, help="schedules for the slower one")
    given = parser.parse_args(sys.argv[1:])
    report = Report(title="Who is on call at an instant", postgres=None)
    report.take(one_instant(given.calls))
    report.end(given.json)
    year = Report(title="Final shifts of a year", postgres=None)
    year.take(a_year(given.schedules, given.compared))
    year.end(given.json and given.json.with_stem(f"{given.json.stem}-year"))


if __name__ == "__main__":
    main()
