"""Spans of time as people type them."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.spans import Span, moment, span
from handlers.words import Unclear, Zoned

LONDON = Zoned(now=datetime(2026, 11, 23, 12, 30, tzinfo=UTC), zone=ZoneInfo("Europe/London"))  # a Monday
NEW_YORK = Zoned(now=LONDON.now, zone=ZoneInfo("America/New_York"))


def shown(found: Span, zone: ZoneInfo) -> str:
    return f"{found.since.astimezone(zone):%m-%d %H:%M} {found.until.astimezone(zone):%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("for 2h", "11-23 12:30 11-23 14:30"),
        ("2h", "11-23 12:30 11-23 14:30"),
        ("1h30m", "11-23 12:30 11-23 14:00"),
        ("for 2 days", "11-23 12:30 11-25 12:30"),
        ("1w", "11-23 12:30 11-30 12:30"),
        ("until 17:00", "11-23 12:30 11-23 17:00"),
        ("till 9am", "11-23 12:30 11-24 09:00"),
        ("now to 17:00", "11-23 12:30 11-23 17:00"),
        ("now 2h", "11-23 12:30 11-23 14:30"),
        ("from 14:00 to 16:00", "11-23 14:00 11-23 16:00"),
        ("14:00 16:00", "11-23 14:00 11-23 16:00"),
        ("14:00-16:00", "11-23 14:00 11-23 16:00"),
        ("14:00 – 16:00", "11-23 14:00 11-23 16:00"),
        ("2pm to 4:30pm", "11-23 14:00 11-23 16:30"),
        ("22:00 to 06:00", "11-23 22:00 11-24 06:00"),
        ("09:00 to 17:00", "11-23 09:00 11-23 17:00"),
        ("08:00 to 11:00", "11-24 08:00 11-24 11:00"),
        ("noon to midnight", "11-23 12:00 11-24 00:00"),
        ("tomorrow 09:00 to 17:00", "11-24 09:00 11-24 17:00"),
        ("tomorrow 09:00 for 3h", "11-24 09:00 11-24 12:00"),
        ("tomorrow at 22:00 until 06:00", "11-24 22:00 11-25 06:00"),
        ("fri 18:00 to mon 09:00", "11-27 18:00 11-30 09:00"),
        ("Wednesday 09:00 to Friday 17:00", "11-25 09:00 11-27 17:00"),
        ("mon 08:00 to mon 11:00", "11-30 08:00 11-30 11:00"),
        ("next mon 09:00 to 17:00", "11-30 09:00 11-30 17:00"),
        ("2026-12-24 09:00 to 2026-12-26 09:00", "12-24 09:00 12-26 09:00"),
        ("2026-12-24T09:00 2026-12-26T09:00", "12-24 09:00 12-26 09:00"),
        ("2026-12-24 to 2026-12-26", "12-24 00:00 12-27 00:00"),
        ("24 Dec 18:00 to 26 Dec 09:00", "12-24 18:00 12-26 09:00"),
        ("dec 24 18:00 for 1d", "12-24 18:00 12-25 18:00"),
        ("2 jan 09:00 to 17:00", "01-02 09:00 01-02 17:00"),
        ("2026-12-24 09:00 to 2026-12-20 09:00", "12-24 09:00 12-20 09:00"),
    ],
)
def test_a_span_is_read_on_the_callers_clock(typed: str, meant: str) -> None:
    assert shown(span(typed, LONDON), LONDON.zone) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("for 2h from tomorrow", "11-24 00:00 11-24 02:00"),
        ("for 2h tomorrow 09:00", "11-24 09:00 11-24 11:00"),
        ("for 2h tomorrow at 9am", "11-24 09:00 11-24 11:00"),
        ("for 2h at 18:00", "11-23 18:00 11-23 20:00"),
        ("for 2h from 18:00", "11-23 18:00 11-23 20:00"),
        ("2h at 09:00", "11-24 09:00 11-24 11:00"),
        ("for 2 days from fri 18:00", "11-27 18:00 11-29 18:00"),
        ("for 2h on Friday 18:00", "11-27 18:00 11-27 20:00"),
        ("on Friday 18:00 for 2h", "11-27 18:00 11-27 20:00"),
        ("for 2h starting 2026-12-24 09:00", "12-24 09:00 12-24 11:00"),
        ("for 2h 24 dec 18:00", "12-24 18:00 12-24 20:00"),
        ("for 2h in 3h", "11-23 15:30 11-23 17:30"),
        ("for 2h now", "11-23 12:30 11-23 14:30"),
    ],
)
def test_a_beginning_may_follow_the_length(typed: str, meant: str) -> None:
    found = span(typed, LONDON)

    assert (shown(found, LONDON.zone), found.rest) == (meant, "")


def test_a_reason_may_follow_a_beginning_that_follows_the_length() -> None:
    found = span("for 2h tomorrow 09:00 Dentist", LONDON)

    assert (shown(found, LONDON.zone), found.rest) == ("11-24 09:00 11-24 11:00", "Dentist")


@pytest.mark.parametrize(
    "typed",
    [
        "for 2h at 6",
        "for 2h at the dentist",
        "for 2h from the office",
        "for 2h next week",
        "for 2h this evening",
        "for 2h until 18:00",
        "for 2h 24.12. 09:00",
        "for 2h 25:00",
        "for 2h tomorrow 09:00 to 17:00",
        "until 18:00 from 14:00",
        "09:00 to 17:00 tomorrow",
        "22:00 to 06:00 on friday",
        "tomorrow 09:00 to 17:00 24 dec",
    ],
)
def test_words_like_a_time_are_never_taken_for_the_reason(typed: str) -> None:
    with pytest.raises(Unclear, match=r"but not what follows: .* put it in quotes"):
        span(typed, LONDON)


@pytest.mark.parametrize(
    "typed",
    ['"at the dentist"', "wedding", "money matters", "2 marathons", "3 people out", "because at 18:00"],
)
def test_other_words_are_a_reason_and_the_span_begins_now(typed: str) -> None:
    found = span(f"for 2h {typed}", LONDON)

    assert (found.since, found.rest) == (LONDON.now, typed)


def test_the_same_words_mean_other_instants_elsewhere() -> None:
    here, there = span("tomorrow 09:00 to 17:00", LONDON), span("tomorrow 09:00 to 17:00", NEW_YORK)

    assert (there.since - here.since).total_seconds() == 5 * 3600


def test_what_follows_is_the_reason_as_it_was_typed() -> None:
    assert span("22:00 to 06:00 Dentist, back LATER", LONDON).rest == "Dentist, back LATER"
    assert span("for 2h", LONDON).rest == ""


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "17:00",
        "tomorrow",
        "from 09:00",
        "for ever",
        "25:00 to 26:00",
        "30 feb 09:00 to 17:00",
        "0h",
        "@bob",
        "until",
        "99999d",
        "2026-13-01 to 2026-14-01",
        "13pm to 14pm",
    ],
)
def test_what_has_no_end_or_is_no_time_is_asked_for(typed: str) -> None:
    with pytest.raises(Unclear, match="I don't understand the time"):
        span(typed, LONDON)


@given(st.text())
def test_whatever_is_typed_is_a_span_or_asked_for(typed: str) -> None:
    with suppress(Unclear):
        assert isinstance(span(typed, LONDON), Span)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tomorrow 09:00", "11-24 09:00"),
        ("2026-12-24 03:10", "12-24 03:10"),
        ("in 2h", "11-23 14:30"),
        ("sat 10:00", "11-28 10:00"),
        ("soon", ""),
        ("09:00 17:00", ""),
    ],
)
def test_a_moment_is_read_on_the_callers_clock(typed: str, meant: str) -> None:
    found = moment(typed, LONDON)

    assert (f"{found.astimezone(LONDON.zone):%m-%d %H:%M}" if found else "") == meant


def test_a_night_in_which_the_clocks_change_keeps_its_wall_clock_times() -> None:
    night = Zoned(now=datetime(2027, 3, 27, 20, tzinfo=UTC), zone=ZoneInfo("Europe/London"))

    found = span("22:00 to 06:00", night)

    assert (found.until - found.since).total_seconds() == 7 * 3600
