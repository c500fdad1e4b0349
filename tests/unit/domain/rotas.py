"""Schedules, overrides and calendars of every shape, for hypothesis."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import available_timezones

from hypothesis import strategies as st

from bot.domain.calendar import Calendar, Window
from bot.domain.ids import CalendarId, OverrideId, PersonId, ScheduleId
from bot.domain.override import Override, OverrideKind
from bot.domain.people import SYSTEM
from bot.domain.schedule import Feed, Layer, Rotation, Schedule, ShiftLength, ShiftUnit, Span

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
ODD = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Chatham",
]
PEOPLE = [PersonId(name) for name in ("ann", "bob", "cleo", "dan", "eve")]
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 2 * 365 * 24 * 60

LONGEST = {ShiftUnit.HOURS: 200, ShiftUnit.DAYS: 20, ShiftUnit.WEEKS: 3, ShiftUnit.MONTHS: 3}

people = st.sampled_from(PEOPLE)
zones = st.one_of(st.sampled_from(ODD), st.sampled_from(ZONES))
clocks = st.one_of(
    st.sampled_from([time(0), time(1, 30), time(2), time(2, 30), time(3), time(9), time(23, 59)]),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
instants = st.integers(0, MINUTES).map(lambda minutes: FIRST + timedelta(minutes=minutes))
days = st.integers(0, 600).map(lambda number: date(2025, 10, 31) + timedelta(days=number))
windows = st.builds(Window, days=st.frozensets(st.integers(0, 6)), begin=clocks, end=clocks)
holidays = st.one_of(
    st.lists(days, max_size=40),
    st.integers(2, 9).map(
        lambda step: [date(2025, 10, 31) + timedelta(days=day) for day in range(0, 820, step)]
    ),
)
calendars = st.builds(
    Calendar,
    id=st.just(CalendarId("office")),
    zone=st.just("UTC"),
    windows=st.lists(windows, max_size=2).map(tuple),
    holidays=holidays.map(tuple),
)
lengths = st.sampled_from(list(ShiftUnit)).flatmap(
    lambda unit: st.builds(ShiftLength, count=st.integers(1, LONGEST[unit]), unit=st.just(unit))
)
turns = st.lists(
    st.one_of(people.map(lambda person: (person,)), st.lists(people, max_size=2, unique=True).map(tuple)),
    min_size=1,
    max_size=4,
)
levels = st.one_of(st.none(), st.integers(1, 3))


@st.composite
def rotations(draw: st.DrawFn) -> Rotation:
    """A rotation that may have begun, and ended."""
    start = draw(days)
    return Rotation(
        turns=tuple(draw(turns)),
        start=start,
        handoff=draw(clocks),
        length=draw(lengths),
        until=draw(st.one_of(st.none(), days.filter(lambda day: day > start))),
        windows=tuple(draw(st.lists(windows, max_size=2))),
        calendars=tuple(draw(st.one_of(st.just([]), st.lists(calendars, max_size=2)))),
        level=draw(levels),
        name=draw(st.sampled_from(["", "base"])),
        zone=draw(st.one_of(st.just(""), st.just(""), zones)),
    )


@st.composite
def overrides_of(draw: st.DrawFn, around: datetime) -> Override:
    """An override near an instant."""
    since = around + timedelta(minutes=draw(st.integers(-3000, 3000)))
    return Override(
        id=OverrideId(f"o{draw(st.integers(0, 10**6))}"),
        schedule=ScheduleId("s"),
        kind=draw(st.sampled_from(OverrideKind)),
        person=draw(people),
        instead_of=draw(st.one_of(st.none(), people)),
        since=since,
        until=since + timedelta(minutes=draw(st.integers(-10, 3000))),
        by=SYSTEM,
        made_at=FIRST - timedelta(minutes=draw(st.integers(0, 5))),
    )


@st.composite
def spans_of(draw: st.DrawFn, around: datetime) -> Span:
    """Somebody's time in a feed near an instant."""
    since = around + timedelta(minutes=draw(st.integers(-3000, 3000)))
    return Span(person=draw(people), since=since, until=since + timedelta(minutes=draw(st.integers(0, 2000))))


@dataclass(frozen=True, kw_only=True)
class Rota:
    """A schedule with what was decided about it, and an instant near which something is the matter."""

    schedule: Schedule
    at: datetime
    overrides: tuple[Override, ...] = ()
    feeds: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)


@st.composite
def rotas(draw: st.DrawFn, at: datetime | None = None, zone: str | None = None) -> Rota:
    """One to three layers, feeds among them, and up to five overrides."""
    around = draw(instants) if at is None else at
    feeds = st.builds(Feed, key=st.sampled_from(["a", "b"]), level=levels)
    layers: list[Layer] = draw(st.lists(st.one_of(rotations(), rotations(), feeds), min_size=1, max_size=3))
    return Rota(
        schedule=Schedule(id=ScheduleId("s"), zone=zone or draw(zones), layers=tuple(layers)),
        at=around,
        overrides=tuple(
            draw(st.lists(overrides_of(around), max_size=5, unique_by=lambda one: (one.made_at, one.id)))
        ),
        feeds={key: tuple(draw(st.lists(spans_of(around), max_size=4))) for key in "ab"},
    )
