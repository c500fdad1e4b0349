"""Moments that people write mean exactly one instant each, and odd ones are explained."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.moment import meant
from bot.domain.refused import Refused

NOW = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("now", "2026-11-23T03:10"),
        ("", "2026-11-23T03:10"),
        ("2026-12-24 03:10", "2026-12-24T03:10"),
        ("2026-12-24T03:10Z", "2026-12-24T03:10"),
        ("2026-07-01 03:10", "2026-07-01T02:10"),
        ("2026-07-01 03:10:30", "2026-07-01T02:10:30"),
        ("2026-12-24 03:10 Asia/Tokyo", "2026-12-23T18:10"),
        ("2026-12-24 03:10 UTC", "2026-12-24T03:10"),
        ("2026-12-24 03:10 +05:30", "2026-12-23T21:40"),
        ("2026-12-24T03:10-0800", "2026-12-24T11:10"),
        ("9:05", "2026-11-23T09:05"),
        ("tomorrow 09:05 america/new_york", "2026-11-23T14:05"),
        ("today 23:00", "2026-11-23T23:00"),
        ("2026-12-24", "2026-12-24T00:00"),
    ],
)
def test_a_moment_is_one_instant(text: str, instant: str) -> None:
    assert meant(text, NOW, LONDON).at == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_a_time_that_comes_twice_means_the_first_and_tells_how_to_write_the_second() -> None:
    found = meant("2026-10-25 01:30", NOW, LONDON)

    assert found.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert "comes twice" in found.note
    assert "2026-10-25T01:30Z" in found.note
    assert meant("2026-10-25T01:30Z", NOW, LONDON).at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_time_that_does_not_exist_moves_to_the_jump_and_says_so() -> None:
    found = meant("2026-03-29 01:30", NOW, LONDON)

    assert found.at == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert "does not exist" in found.note
    assert "02:00 is meant" in found.note


def test_the_zone_that_is_written_counts_and_is_known_to_be_written() -> None:
    assert meant("03:10 Asia/Tokyo", NOW, LONDON).zone == ZoneInfo("Asia/Tokyo")
    assert meant("03:10 Asia/Tokyo", NOW, LONDON).given
    assert not meant("03:10", NOW, LONDON).given


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "25:00",
        "2026-13-01 10:00",
        "2026-02-30",
        "10:61",
        "9999-12-31 23:59 America/New_York",
        "0001-01-01 00:00 Asia/Tokyo",
        "9999-12-30 10:00",
        "1969-12-31",
        "Europe/London",
        "03:10 Mars/Base",
    ],
)
def test_what_is_no_moment_is_refused_with_examples(text: str) -> None:
    with pytest.raises(Refused, match="Europe/London"):
        meant(text, NOW, LONDON)


@given(st.text(max_size=80))
def test_whatever_is_written_is_a_moment_or_refused(text: str) -> None:
    with suppress(Refused):
        assert meant(text, NOW, LONDON).at.tzinfo is UTC
