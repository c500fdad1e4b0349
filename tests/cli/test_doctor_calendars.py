"""`tocsin doctor` says of each calendar of elsewhere whether it was read, when, and what is wrong with it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import ShiftedClock
from bot.doctor.calendars import feeds
from bot.doctor.case import Case
from bot.doctor.line import Line, Verdict
from bot.domain.configuration import Configuration
from bot.domain.feed import Entry
from bot.domain.ids import PersonId, ScheduleId, ServiceId
from bot.domain.people import Person
from bot.domain.roster import Roster
from bot.domain.schedule import Feed, Schedule
from bot.ports import Store
from bot.ports.feeds import Fetched, Unreadable
from bot.settings import Settings
from bot.store import open_store
from bot.workers.feeds import FeedKeeper
from tests.cli.program import CONFIGURATION as CONFIGURED
from tests.cli.program import Program, running
from tests.cli.test_doctor import report

ANN = PersonId("ann")
SECRET = "https://calendar.example.com/private-3f9c/basic.ics"
MINUTES = timedelta(minutes=1)
SHIFTS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:1
DTSTART:20260101T000000Z
DTEND:20991231T000000Z
SUMMARY:ann
END:VEVENT
END:VCALENDAR
"""


def configured(*layers: Feed) -> Configuration:
    primary = Schedule(id=ScheduleId("primary"), zone="UTC", layers=layers)
    roster = Roster(people={ANN: Person(id=ANN, name="Ann Lee")}, schedules={primary.id: primary})
    return Configuration(roster=roster, services={}, default_service=ServiceId("none"))


CONFIGURATION = configured(Feed(key=f"UTC {SECRET}", place=SECRET))


class Elsewhere:
    """A calendar that a test writes."""

    def __init__(self) -> None:
        self.names = ["ann", "ann"]
        self.problem = ""
        self.cut = False

    async def read(
        self, place: str, zone: str, since: datetime, until: datetime, version: str = ""
    ) -> Fetched:
        if self.problem:
            raise Unreadable(self.problem)
        entries = tuple(Entry(since=since, until=until, summary=name) for name in self.names)
        return Fetched(entries=entries, cut=self.cut)


class Practice:
    """A doctor, and the bot that reads the calendar; without a bot nobody does."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.clock, self.elsewhere, self._store = ShiftedClock(), Elsewhere(), store
        self._settings = Settings(data_dir=folder)
        self.bot = FeedKeeper(store, self.clock, lambda: CONFIGURATION, self.elsewhere, lambda: None)

    async def look(self, configuration: Configuration | None = CONFIGURATION) -> list[Line]:
        case = Case(settings=self._settings, clock=self.clock, configuration=configuration, store=self._store)
        return list(await feeds(case))


@pytest.fixture
async def practice(tmp_path: Path) -> AsyncIterator[Practice]:
    store = open_store(f"sqlite:///{tmp_path / 'tocsin.db'}", auto_migrate=True)
    await store.start()
    yield Practice(store, tmp_path)
    await store.stop()


async def test_one_that_was_read_is_well_and_its_address_is_not_shown(practice: Practice) -> None:
    await practice.bot.keep_up()
    practice.clock.advance(3 * MINUTES)

    (line,) = await practice.look()

    assert (line.verdict, line.name) == (Verdict.OK, "calendar calendar.example.com")
    assert line.says.startswith("2 shifts, read ")
    assert line.says.endswith(" ago")


async def test_one_that_was_never_read_is_bad_for_it_has_nobody_on_call(practice: Practice) -> None:
    (unread,) = await practice.look()
    practice.elsewhere.problem = f"The server of {SECRET.split('/')[2]} answers 404."
    await practice.bot.keep_up()
    (refused,) = await practice.look()

    assert (unread.verdict, unread.says) == (Verdict.BAD, "it was never read")
    assert refused.verdict is Verdict.BAD
    assert "answers 404" in refused.says
    assert "it has nobody on call" in refused.says
    assert "tocsin check --online" in refused.remedy


async def test_one_that_cannot_be_read_any_more_counts_and_is_told(practice: Practice) -> None:
    await practice.bot.keep_up()
    practice.elsewhere.problem = "The calendar did not answer in time."
    practice.clock.advance(6 * MINUTES)
    await practice.bot.keep_up()

    (line,) = await practice.look()

    assert line.verdict is Verdict.WARN
    assert "did not answer in time" in line.says
    assert "its last good reading counts" in line.says


@pytest.mark.parametrize(
    ("names", "cut", "said"),
    [
        (["ann", "Zoe"], False, "Nobody in the file is called: Zoe."),
        (["ann"], True, "more than 2000 events"),
        ([], False, "It has no events any more."),
    ],
)
async def test_what_is_odd_about_one_is_told(
    practice: Practice, names: list[str], said: str, *, cut: bool
) -> None:
    await practice.bot.keep_up()
    practice.elsewhere.names, practice.elsewhere.cut = names, cut
    practice.clock.advance(6 * MINUTES)
    await practice.bot.keep_up()

    (line,) = await practice.look()

    assert line.verdict is Verdict.WARN
    assert said in line.says


async def test_one_that_nobody_reads_any_more_is_told(practice: Practice) -> None:
    await practice.bot.keep_up()
    practice.clock.advance(90 * MINUTES)

    (line,) = await practice.look()

    assert (line.verdict, line.says) == (Verdict.WARN, "it was read 90 min ago")
    assert "does it run?" in line.remedy


async def test_without_calendars_or_without_a_valid_file_nothing_is_said(practice: Practice) -> None:
    assert await practice.look(configured()) == []
    assert await practice.look(None) == []


async def test_the_report_has_a_line_for_each_calendar_of_the_file(tocsin: Program) -> None:
    schedules = "schedules: {primary: {zone: UTC, layers: [{ical: shifts.ics}]}}\nladders:"
    tocsin.configure(
        CONFIGURED.replace("ladders:", schedules).replace("{person: ann}", "{schedule: primary}")
    )
    (tocsin.folder / "shifts.ics").write_text(SHIFTS)
    before = report(await tocsin("doctor", "--offline", "--json"))
    async with running(tocsin):
        for _ in range(10):
            after = report(await tocsin("doctor", "--offline", "--json"))
            if after["calendar shifts.ics"][0][0] == "ok":
                break

    assert "calendar shifts.ics" not in before, "there is no database yet"
    assert after["calendar shifts.ics"][0][1].startswith("1 shifts, read ")
