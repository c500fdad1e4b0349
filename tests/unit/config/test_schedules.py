"""Schedules and calendars in `tocsin.yaml`: what they mean, and where they are wrong."""

import shutil
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from importlib import resources
from pathlib import Path

import pytest

from bot.config.in_force import ConfigurationInForce, Rejected
from bot.config.load import parse
from bot.domain.calendar import Calendar, Window
from bot.domain.configuration import Configuration
from bot.domain.ids import CalendarId, PersonId, ScheduleId
from bot.domain.schedule import Feed, Rotation, Schedule, ShiftLength, ShiftUnit
from bot.settings import Settings
from tests.unit.config.test_load import SMALLEST
from tests.unit.config.test_problems import told

PEOPLE = """\
people:
  ann: {name: Ann, slack: U0ANN00001}
  bob: {name: Bob, slack: U0BOB00001}
  cid: {name: Cid, slack: U0CID00001}
"""
LAYER = 'people: [ann, bob], start: 2026-01-05, handoff: "09:00"'


def schedule(*layers: str, more: str = "zone: Europe/London") -> str:
    listed = ", ".join(f"{{{layer}}}" for layer in layers)
    return f"{SMALLEST}{PEOPLE}schedules: {{primary: {{{more}, layers: [{listed}]}}}}\n"


def calendar(what: str) -> str:
    return f"{SMALLEST}calendars: {{office: {{{what}}}}}\n"


def configured(text: str) -> Configuration:
    return parse(text.encode(), "tocsin.yaml").configuration


def read(*layers: str, more: str = "zone: Europe/London") -> Schedule:
    return configured(schedule(*layers, more=more)).roster.schedules[ScheduleId("primary")]


def test_a_layer_says_whose_turn_it_is_when_and_for_how_long() -> None:
    found = read(
        LAYER,
        'name: nights, people: [[bob, cid], ann], start: 2026-01-05, handoff: "20:30", shift: 2d, '
        'only: {days: [sat, sun], hours: "22:00-06:00"}, level: 7, until: 2027-01-05',
    )

    ann, bob, cid = (PersonId(name) for name in ("ann", "bob", "cid"))
    assert found.layers == (
        Rotation(
            turns=((ann,), (bob,)),
            start=date(2026, 1, 5),
            handoff=time(9),
            length=ShiftLength(count=7, unit=ShiftUnit.DAYS),
        ),
        Rotation(
            name="nights",
            turns=((bob, cid), (ann,)),
            start=date(2026, 1, 5),
            handoff=time(20, 30),
            length=ShiftLength(count=2, unit=ShiftUnit.DAYS),
            windows=(Window(days=frozenset({5, 6}), begin=time(22), end=time(6)),),
            level=7,
            until=date(2027, 1, 5),
        ),
    )


@pytest.mark.parametrize(
    ("written", "count", "unit"),
    [
        ("12h", 12, ShiftUnit.HOURS),
        ("1d", 1, ShiftUnit.DAYS),
        ("2w", 2, ShiftUnit.WEEKS),
        ("1mo", 1, ShiftUnit.MONTHS),
    ],
)
def test_a_shift_lasts_hours_days_weeks_or_months(written: str, count: int, unit: ShiftUnit) -> None:
    (layer,) = read(f"{LAYER}, shift: {written}").layers

    assert isinstance(layer, Rotation)
    assert layer.length == ShiftLength(count=count, unit=unit)


def test_a_layer_may_have_several_windows_and_a_window_several_hours() -> None:
    (layer,) = read(
        f'{LAYER}, only: [{{days: [mon], hours: ["09:00-12:00", "13:00-24:00"]}}, {{days: [sun]}}]'
    ).layers

    assert isinstance(layer, Rotation)
    assert layer.windows == (
        Window(days=frozenset({0}), begin=time(9), end=time(12)),
        Window(days=frozenset({0}), begin=time(13), end=time()),
        Window(days=frozenset({6})),
    )


OFFICE = "calendars: {office: {zone: Europe/London, days: [mon], holidays: [2026-12-28]}}\n"


def test_a_layer_may_count_while_a_calendar_is_open_and_at_other_times_besides() -> None:
    written = schedule(f"{LAYER}, only: [{{calendar: office}}, {{days: [sun]}}]") + OFFICE

    found = configured(written)

    (layer,) = found.roster.schedules[ScheduleId("primary")].layers
    assert isinstance(layer, Rotation)
    assert layer.calendars == (found.calendars[CalendarId("office")],)
    assert layer.windows == (Window(days=frozenset({6})),)


def test_a_calendar_beside_days_is_told_and_so_is_one_that_is_not_there() -> None:
    both = told(schedule(f"{LAYER}, only: {{calendar: office, days: [mon]}}") + OFFICE)
    none = told(schedule(f"{LAYER}, only: {{calendar: ofice}}") + OFFICE)

    assert "`calendar` says when, and `days` says it too" in both.message
    assert "there is no calendar `ofice`" in none.message
    assert "office" in none.remedy


def test_a_calendar_on_other_clocks_than_the_layer_is_told() -> None:
    problem = told(schedule(f"{LAYER}, only: {{calendar: office}}", more="zone: Europe/Berlin") + OFFICE)

    assert problem.path == "schedules.primary.layers[0].only"
    assert "`office` is in Europe/London, and the layer in Europe/Berlin" in problem.message
    assert "zone: Europe/London" in problem.remedy


def test_a_layer_of_a_zone_of_its_own_takes_a_calendar_of_that_zone() -> None:
    written = f"{LAYER}, zone: Europe/London, only: {{calendar: office}}"

    assert configured(schedule(written, more="zone: Europe/Berlin") + OFFICE).calendars


def test_a_layer_may_be_a_calendar_that_is_kept_elsewhere() -> None:
    (layer,) = read('name: rota, ical: "https://calendar.example.com/shifts.ics", level: 2').layers

    assert isinstance(layer, Feed)
    assert (layer.name, layer.level) == ("rota", 2)
    assert "https://calendar.example.com/shifts.ics" in layer.key


def test_a_schedule_has_a_name_a_user_group_and_a_channel() -> None:
    found = read(LAYER, more='zone: UTC, name: Payments primary, group: S0PRIMARY1, channel: "#payments"')

    assert (found.name, found.group, found.channel) == ("Payments primary", "S0PRIMARY1", "#payments")


def test_a_calendar_is_days_hours_and_holidays_in_a_zone() -> None:
    found = configured(
        calendar('zone: Europe/London, days: [mon, fri], hours: "09:00-17:00", holidays: [2026-12-25]')
    ).calendars

    window = Window(days=frozenset({0, 4}), begin=time(9), end=time(17))
    office = Calendar(
        id=CalendarId("office"),
        zone="Europe/London",
        windows=(window,),
        holidays=(date(2026, 12, 25),),
    )
    assert found == {"office": office}


@pytest.mark.parametrize(
    ("layer", "path", "words", "remedy"),
    [
        ("people: [ann]", "", "`start` and `handoff` are missing", "A layer looks like"),
        ('start: 2026-01-05, handoff: "09:00"', "", "`people` is missing", "A layer looks like"),
        (LAYER.replace("[ann, bob]", "[]"), ".people", "is empty", "Add at least one"),
        (LAYER.replace("bob", "[bob, bo]"), ".people[1]", "no person `bo`", "Did you mean `bob`?"),
        (LAYER.replace("bob", "[bob, bob]"), ".people[1]", "twice", "once"),
        (LAYER.replace("bob", "[]"), ".people[1]", "nobody is in this turn", "nobody"),
        (LAYER.replace("2026-01-05", "0001-01-01"), ".start", "year 1 is out of range", "1970"),
        (f"{LAYER}, shift: 5x", ".shift", "`5x` is no length of a shift", "`1mo`"),
        (f"{LAYER}, shift: 0d", ".shift", "out of range", "Choose 1 to 366 days"),
        (f"{LAYER}, shift: 13mo", ".shift", "out of range", "Choose 1 to 12 months"),
        (f"{LAYER}, until: 2026-01-05", "", "it ends on 2026-01-05", "a later day"),
        (f"{LAYER}, level: 0", ".level", "is too small", "at least 1"),
        (f"{LAYER}, only: {{days: [monday]}}", ".only[0].days[0]", "no day of the week", "`mon`"),
        (f'{LAYER}, only: {{hours: "9-17"}}', ".only[0].hours", "no span of hours", '"09:00-17:00"'),
        (f'{LAYER}, only: {{hours: "09:00-25:00"}}', ".only[0].hours", "no span of hours", '"09:00-17:00"'),
        (f'{LAYER}, only: {{hours: "09:00-09:00"}}', ".only[0].hours", "at the same time", "-24:00"),
        (f"{LAYER}, only: {{hours: []}}", ".only[0].hours", "0 spans", "leave the key away"),
        (f"{LAYER}, only: {{day: [mon]}}", ".only[0].day", "not known here", "Did you mean `days`?"),
        ("ical: webcal://example.com/a.ics", ".ical", "calendar program's", "`https://`"),
        ("ical: https:///a.ics", ".ical", "can't be used", "https://calendar.example.com"),
        ("ical: https://ann:secret@example.com/a.ics", ".ical", "password in it", "private address"),
        ("ical: shifts.txt", ".ical", "neither an address nor an iCal file", "….ics"),
        ("ical: shifts.ics, people: [ann]", "", "`people` says it too", "Remove `people:`"),
    ],
)
def test_what_is_wrong_with_a_layer_is_told_with_its_place_and_its_remedy(
    layer: str, path: str, words: str, remedy: str
) -> None:
    problem = told(schedule(layer))

    assert problem.path == f"schedules.primary.layers[0]{path}"
    assert problem.line == schedule(layer).count("\n")
    assert words in problem.message
    assert remedy in problem.remedy


def test_a_calendars_address_is_not_repeated_for_it_is_a_secret() -> None:
    problem = told(schedule("ical: ftp://example.com/s3cret.ics"))

    assert "s3cret" not in str(problem)


@pytest.mark.parametrize(
    ("what", "path", "words"),
    [
        ("zone: Europe/Lodnon", "zone", "no time zone"),
        ("zone: UTC, days: [mon, mon, mon, mon, mon, mon, mon, mon]", "days", "more than 7"),
        ("zone: UTC, holidays: [Christmas]", "holidays[0]", "is no date"),
        ("days: [mon]", "zone", "is missing"),
    ],
)
def test_what_is_wrong_with_a_calendar_is_told(what: str, path: str, words: str) -> None:
    problem = told(calendar(what))

    assert problem.path == f"calendars.office.{path}"
    assert words in problem.message


@pytest.fixture
def zone_files(tmp_path: Path) -> Iterator[Path]:
    """A folder of zone files of our own, with the zone Test/London in it."""
    folder = tmp_path / "zones"
    (folder / "Test").mkdir(parents=True)
    real = resources.files("tzdata") / "zoneinfo" / "Europe" / "London"
    (folder / "Test" / "London").write_bytes(real.read_bytes())
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(folder)])
    yield folder
    zoneinfo.reset_tzpath(before)
    zoneinfo.ZoneInfo.clear_cache()


@pytest.mark.row("F27")
def test_a_zone_that_vanishes_under_a_running_bot_leaves_everything_as_it_was(
    zone_files: Path, tmp_path: Path
) -> None:
    file, slack = tmp_path / "tocsin.yaml", {"bot_token": "xoxb-1", "app_token": "xapp-1"}
    file.write_text(schedule(LAYER, more="zone: Test/London"))
    settings = Settings.model_validate({"data_dir": tmp_path / "data", "slack": slack})
    held, at = ConfigurationInForce(file, settings), datetime(2026, 7, 6, 8, tzinfo=UTC)

    shutil.rmtree(zone_files)
    zoneinfo.ZoneInfo.clear_cache()
    file.write_text(f"{file.read_text()}# changed\n")
    told_of = held.reload()

    assert isinstance(told_of, Rejected)
    assert "no time zone `Test/London`" in told_of.problems[0].message
    (shift,) = held.now.roster.on_call(ScheduleId("primary"), at)
    assert (shift.person, shift.since) == ("ann", at)
