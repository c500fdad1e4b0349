"""`tocsin oncall`, and what `tocsin check` finds in calendars of elsewhere."""

import json

import pytest

from tests.cli.program import Program

TURNS = """
people:
  ann: {name: Ann Lee, slack: U0ANNLEE001}
  bob: {name: Bob Ray, slack: U0BOBRAY001}
schedules:
  primary:
    zone: Europe/London
    layers: [{people: [ann, bob], start: 2026-01-05, handoff: "09:00", shift: 1d}]
ladders:
  all: {rungs: [{targets: [{schedule: primary}], wait: 5m}]}
services:
  shop: {channel: "#shop", ladder: all}
"""
FED = TURNS.replace(
    'layers: [{people: [ann, bob], start: 2026-01-05, handoff: "09:00", shift: 1d}]',
    "layers: [{ical: shifts.ics}]",
)
CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n"
    "DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=DAILY\r\nSUMMARY:{who}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


async def test_a_schedule_is_printed_with_bars_and_as_a_picture(tocsin: Program) -> None:
    tocsin.configure(TURNS)

    shown = await tocsin("oncall", "show", "primary", "--weeks", "1", "--png", "week.png")

    assert shown.code == 0, shown.err
    assert "Ann Lee" in shown.out
    assert "█" in shown.out
    assert (tocsin.folder / "week.png").read_bytes().startswith(b"\x89PNG")


async def test_a_schedule_can_be_read_by_machines(tocsin: Program) -> None:
    tocsin.configure(TURNS)

    told = json.loads((await tocsin("oncall", "show", "--weeks", "1", "--json")).out)

    assert told["gaps"] == []
    assert len(told["shifts"]) == 8
    assert {shift["person"] for shift in told["shifts"]} == {"Ann Lee", "Bob Ray"}
    assert told["words"].startswith("On-call calendar of primary, 7 days")


async def test_fairness_is_printed(tocsin: Program) -> None:
    tocsin.configure(TURNS)

    told = await tocsin("oncall", "fairness", "--days", "30", "--json")

    assert told.code == 0
    assert sum(float(str(each["hours"])) for each in told.document) == pytest.approx(720)


@pytest.mark.parametrize("begin", ["2026-12-24", "2026-12-24 10:15", "2026-12-23 23:30 America/New_York"])
async def test_a_timetable_begins_on_the_day_that_is_asked_for(tocsin: Program, begin: str) -> None:
    tocsin.configure(TURNS)

    told = await tocsin("oncall", "show", "--from", begin, "--weeks", "1", "--json")

    found = json.loads(told.out)
    assert (found["since"], found["until"]) == ("2026-12-24T00:00:00+00:00", "2026-12-31T00:00:00+00:00")
    assert found["shifts"][0]["until"] == "2026-12-24T09:00:00+00:00"


async def test_a_day_that_is_none_is_refused(tocsin: Program) -> None:
    tocsin.configure(TURNS)

    told = await tocsin("oncall", "show", "--from", "someday")

    assert told.code == 2
    assert "--from: I don't understand the time “someday”" in told.err


async def test_a_schedule_that_is_not_there_is_named(tocsin: Program) -> None:
    tocsin.configure(TURNS)

    told = await tocsin("oncall", "show", "secondary")

    assert told.code == 2
    assert "There is no schedule “secondary”. Schedules: primary." in told.err


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (CALENDAR.format(who="ann"), 0, "fine"),
        (CALENDAR.format(who="Zoe"), 0, "nobody in the file is called “Zoe”"),
        ("<html>Sign in</html>", 2, "not understood"),
        (None, 2, "cannot be read"),
    ],
)
async def test_check_reads_calendars_in_files(
    tocsin: Program, content: str | None, code: int, words: str
) -> None:
    tocsin.configure(FED)
    if content is not None:
        (tocsin.folder / "shifts.ics").write_text(content)

    checked = await tocsin("check")

    assert checked.code == code, checked.out + checked.err
    assert words in " ".join(checked.out.split())


async def test_check_asks_for_calendars_of_the_web_only_when_it_is_told_to(tocsin: Program) -> None:
    tocsin.configure(FED.replace("shifts.ics", '"https://127.0.0.1/private-3f9c/shifts.ics"'))

    checked = await tocsin("check")

    assert checked.code == 0
    assert "`--online` reads the calendar of 127.0.0.1" in " ".join(checked.out.split())
    assert "3f9c" not in checked.out
