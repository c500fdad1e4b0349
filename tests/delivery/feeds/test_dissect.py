"""A calendar is taken apart: days, times without a zone, repetitions, cancellations, and no calendar."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.delivery.feeds.dissect import dissect

SINCE, UNTIL = datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def calendar(*events: str) -> bytes:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//example//EN",
        *(f"BEGIN:VEVENT\nUID:{number}\n{event}\nEND:VEVENT" for number, event in enumerate(events)),
        "END:VCALENDAR",
    ]
    return "\r\n".join("\n".join(lines).split("\n")).encode() + b"\r\n"


def spans(*events: str, zone: ZoneInfo = LONDON) -> list[tuple[str, str]]:
    told: Any = dissect(calendar(*events), zone, SINCE, UNTIL)
    return [(each["since"], each["until"]) for each in told["entries"]]


def test_a_day_is_the_day_of_the_schedules_zone_also_when_it_has_23_hours() -> None:
    assert spans("DTSTART;VALUE=DATE:20260329\nSUMMARY:ann") == [
        ("2026-03-29T00:00:00+00:00", "2026-03-29T23:00:00+00:00")
    ]
    assert spans("DTSTART;VALUE=DATE:20260321\nSUMMARY:ann", zone=ZoneInfo("Asia/Tokyo")) == [
        ("2026-03-20T15:00:00+00:00", "2026-03-21T15:00:00+00:00")
    ]


def test_a_time_without_a_zone_is_on_the_schedules_clocks() -> None:
    assert spans("DTSTART:20260401T090000\nDTEND:20260401T170000") == [
        ("2026-04-01T08:00:00+00:00", "2026-04-01T16:00:00+00:00")
    ]


def test_a_time_that_the_clocks_leave_out_moves_forward() -> None:
    assert spans("DTSTART:20260329T013000\nDTEND:20260329T090000") == [
        ("2026-03-29T01:00:00+00:00", "2026-03-29T08:00:00+00:00")
    ]


def test_a_repetition_keeps_its_wall_clock_over_a_change_of_clocks() -> None:
    weekly = "DTSTART;TZID=Europe/London:20260323T090000\nDURATION:PT8H\nRRULE:FREQ=WEEKLY;COUNT=3"

    assert [since for since, _ in spans(weekly)] == [
        "2026-03-23T09:00:00+00:00",
        "2026-03-30T08:00:00+00:00",
        "2026-04-06T08:00:00+00:00",
    ]


def test_what_is_cancelled_or_has_no_length_is_left_out() -> None:
    assert (
        spans("DTSTART:20260401T090000Z\nDURATION:PT8H\nSTATUS:CANCELLED", "DTSTART:20260401T090000Z") == []
    )


def test_attendees_who_declined_and_rooms_are_left_out() -> None:
    told: Any = dissect(
        calendar(
            "DTSTART:20260401T090000Z\nDURATION:PT8H\nSUMMARY:Payments\n"
            "ATTENDEE;PARTSTAT=DECLINED:mailto:ann@example.com\n"
            "ATTENDEE;CUTYPE=ROOM:mailto:room@example.com\n"
            "ATTENDEE:MAILTO:Bob@Example.com"
        ),
        LONDON,
        SINCE,
        UNTIL,
    )

    assert [each["attendees"] for each in told["entries"]] == [["bob@example.com"]]


@pytest.mark.parametrize("raw", [b"", b"<html>Sign in</html>", b"\x00\xff\xfe", b"BEGIN:VCALENDAR"])
def test_what_is_no_calendar_says_so(raw: bytes) -> None:
    assert "problem" in dissect(raw, LONDON, SINCE, UNTIL)


def test_more_events_than_are_looked_at_are_cut_by_their_time() -> None:
    often = "DTSTART:20260320T000000Z\nDURATION:PT1M\nRRULE:FREQ=MINUTELY;INTERVAL=5"

    told: Any = dissect(calendar(often), LONDON, SINCE, UNTIL)

    assert told["cut"]
    assert len(told["entries"]) == 2000
    assert told["entries"][0]["since"] == "2026-03-20T00:00:00+00:00"
