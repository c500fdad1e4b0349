"""Windows that recur, of weeks and of months: the clocks of their zone say when, however they are changed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.monthly import LAST, Monthly
from bot.domain.recurring import Recurring

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ZONES = ["UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
WHICH = [1, 2, 3, 4, 5, LAST]

months = st.builds(
    Monthly,
    numbers=st.frozensets(st.integers(1, 31) | st.just(LAST), max_size=3),
    weekdays=st.frozensets(st.tuples(st.sampled_from(WHICH), st.integers(0, 6)), max_size=3),
).filter(lambda each: bool(each.numbers or each.weekdays))
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 29, 30, 59]))
windows = st.builds(
    Recurring,
    name=st.just("patches"),
    days=st.frozensets(st.integers(0, 6), max_size=1),
    monthly=months | st.none(),
    begin=times,
    end=times,
    zone=st.sampled_from(ZONES),
).filter(lambda each: each.begin != each.end and bool(each.days or each.monthly))
instants = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them naive


def of(monthly: Monthly, begin: str = "02:00", end: str = "04:00", zone: str = "Europe/London") -> Recurring:
    return Recurring(
        name="patches",
        monthly=monthly,
        begin=time.fromisoformat(begin),
        end=time.fromisoformat(end),
        zone=zone,
    )


def days(monthly: Monthly, year: int) -> list[str]:
    first = date(year, 1, 1)
    every = [first + number * DAY for number in range(366)]
    return [f"{day:%m-%d}" for day in every if day.year == year and monthly.has(day)]


def weekday(which: int, day: int) -> Monthly:
    return Monthly(weekdays=frozenset({(which, day)}))


def test_the_first_sunday_and_the_last_friday_are_in_every_month_once() -> None:
    assert days(weekday(1, 6), 2026)[:3] == ["01-04", "02-01", "03-01"]
    assert days(weekday(LAST, 4), 2026)[:3] == ["01-30", "02-27", "03-27"]
    for day in range(7):
        for which in (1, 2, 3, 4, LAST):
            assert [each[:2] for each in days(weekday(which, day), 2028)] == [
                f"{month:02}" for month in range(1, 13)
            ]


def test_a_month_without_the_day_has_none() -> None:
    assert [each[:2] for each in days(Monthly(numbers=frozenset({31})), 2026)] == [
        "01", "03", "05", "07", "08", "10", "12",
    ]  # fmt: skip
    assert len(days(Monthly(numbers=frozenset({29})), 2027)) == 11
    assert days(Monthly(numbers=frozenset({LAST})), 2028)[:2] == ["01-31", "02-29"]
    assert 4 <= len(days(weekday(5, 6), 2026)) <= 5


@pytest.mark.parametrize(
    ("window", "inside", "since", "until"),
    [
        # 2026-03-29 is the last Sunday of March: in London 01:00 becomes 02:00.
        (
            of(weekday(LAST, 6), "00:30", "03:00"),
            "2026-03-29T01:30Z",
            "2026-03-29T00:30Z",
            "2026-03-29T02:00Z",
        ),
        # 2026-10-25: 02:00 becomes 01:00 again.
        (
            of(weekday(LAST, 6), "00:30", "03:00"),
            "2026-10-25T02:30Z",
            "2026-10-24T23:30Z",
            "2026-10-25T03:00Z",
        ),
        # It belongs to the day on which it begins, also past the end of the month.
        (
            of(Monthly(numbers=frozenset({LAST})), "23:00", "01:00"),
            "2026-12-01T00:59Z",
            "2026-11-30T23:00Z",
            "2026-12-01T01:00Z",
        ),
    ],
)
def test_the_clocks_of_the_zone_count(window: Recurring, inside: str, since: str, until: str) -> None:
    at = datetime.fromisoformat(inside)
    expected = (datetime.fromisoformat(since), datetime.fromisoformat(until))

    assert window.around(at) == expected
    assert window.around(expected[0] - MINUTE) is None
    assert window.around(expected[1]) is None


@given(window=windows, now=instants)
def test_it_is_in_force_exactly_while_the_clock_shows_its_times(window: Recurring, now: datetime) -> None:
    zone = ZoneInfo(window.zone)
    wall = now.astimezone(zone).replace(tzinfo=None)
    around = [(now + hours * timedelta(hours=1)).astimezone(zone).utcoffset() for hours in range(-30, 31, 3)]
    assume(len(set(around)) == 1)  # what is so in nights with another clock, the next law says

    past_midnight = window.end <= window.begin
    begun_today = wall.time() >= window.begin and (past_midnight or wall.time() < window.end)
    begun_yesterday = past_midnight and wall.time() < window.end
    expected = (begun_today and _counts(window, wall.date())) or (
        begun_yesterday and _counts(window, wall.date() - DAY)
    )

    assert (window.around(now) is not None) == expected


@given(window=windows, now=instants, part=st.floats(0, 0.999))
def test_a_window_is_the_same_seen_from_each_of_its_instants(
    window: Recurring, now: datetime, part: float
) -> None:
    found = window.next(now)
    assume(found is not None)
    assert found is not None
    since, until = found
    length = until - since

    assert now < until
    assert timedelta(0) < length <= timedelta(hours=26)
    seen = window.around(since + part * length)
    assert seen is not None
    assert seen[0] <= since + part * length < seen[1]
    if now < since:  # nothing is in force before
        assert window.around(now) is None
        assert window.around(now + part * (since - now)) is None


def _counts(window: Recurring, day: date) -> bool:
    """Counted out day by day, as one would with a calendar on the wall."""
    if day.weekday() in window.days:
        return True
    if window.monthly is None:
        return False
    month = [each for each in (day.replace(day=1) + n * DAY for n in range(31)) if each.month == day.month]
    same = [each for each in month if each.weekday() == day.weekday()]
    by_number = {day.day, *([LAST] if day == month[-1] else [])}
    by_weekday = {(same.index(day) + 1, day.weekday())} | (
        {(LAST, day.weekday())} if day == same[-1] else set()
    )
    return bool(by_number & window.monthly.numbers or by_weekday & window.monthly.weekdays)
