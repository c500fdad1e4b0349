"""Hours of the week that another product allows are covered by windows, minute for minute."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import Window
from bot.imports.week import DAY, WEEK, Stretch, between, daily, windows

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)

stretches = st.builds(
    Stretch,
    begin=st.integers(0, WEEK // 30).map(lambda half: half * 30),
    minutes=st.integers(1, WEEK // 30).map(lambda half: half * 30),
)


def allowed(found: tuple[Window, ...], minute: int) -> bool:
    at = MONDAY + timedelta(minutes=minute)
    return not found or any(window.open_at(at, ZoneInfo("UTC")) for window in found)


@given(st.lists(stretches, min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_windows_are_open_at_exactly_the_minutes_of_the_stretches(some: list[Stretch]) -> None:
    found = windows(some)

    assert found is not None
    for minute in range(15, WEEK, 30):
        meant = any((minute - one.begin) % WEEK < one.minutes for one in some)
        assert allowed(found, minute) == meant


@given(st.lists(stretches, min_size=1, max_size=5))
def test_every_window_can_be_written_down(some: list[Stretch]) -> None:
    for window in windows(some) or ():
        assert window.begin != window.end or window.begin == time()


@pytest.mark.parametrize(
    ("some", "expected"),
    [
        (daily(9 * 60, 8 * 60), (Window(begin=time(9), end=time(17)),)),
        (daily(20 * 60, 10 * 60), (Window(begin=time(20), end=time(6)),)),
        (daily(0, DAY), ()),
        ([between(0, 0)], ()),
        (
            [between(4 * DAY + 17 * 60, 9 * 60)],
            (
                Window(days=frozenset({0}), begin=time(), end=time(9)),
                Window(days=frozenset({4}), begin=time(17), end=time()),
                Window(days=frozenset({5, 6})),
            ),
        ),
        ([], None),
    ],
)
def test_they_read_as_a_person_would_write_them(
    some: list[Stretch], expected: tuple[Window, ...] | None
) -> None:
    assert windows(some) == expected
