"""`tocsin simulate`: what it prints, for people and for machines, and how it ends."""

import asyncio
import json
import re
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.override import Override, OverrideKind
from bot.domain.people import SYSTEM
from bot.store import open_store
from tests.unit.test_house import ROOT

CONFIGURATION = """
people:
  ann: {name: "Ann [bold red]Lee", slack: U0ANNLEE001, email: ann@example.com, zone: Europe/London}
  bob: {name: Bob Ray, slack: U0BOBRAY001, email: bob@example.com, zone: America/New_York}
  cleo: {name: Cleo Diaz, slack: U0CLEODIAZ1, methods: [slack], zone: Asia/Tokyo}
schedules:
  primary:
    zone: Europe/London
    layers:
      - name: weekly
        people: [ann, bob]
        start: 2026-01-05
        handoff: "09:00"
        shift: 1w
        only: {hours: "07:00-03:00"}
ladders:
  payments:
    rungs:
      - {targets: [{schedule: primary}], wait: 5m}
      - {targets: [{person: bob}, {channel: "#ops"}], wait: 10m}
  everybody:
    rungs: [{targets: [{person: cleo}], wait: 30m}]
services:
  checkout:
    {name: Checkout, channel: "#incidents", ladder: payments, catch_all: everybody, ladders: {sev4: none}}
  search: {name: Search, channel: "#incidents", ladder: everybody}
routes: [{match: ["team=search"], service: search, severity: sev1}]
defaults: {service: checkout, severity: sev2}
"""


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with a configuration and nothing else, as in the CI of its repository."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tocsin.yaml").write_text(CONFIGURATION)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["simulate", *arguments])


def played(*arguments: str) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads(run(*arguments, "--json").stdout)
    return found


def pages(*arguments: str) -> Sequence[tuple[str, str, str]]:
    return [
        (str(page["at"]), str(page["person"]), str(page["method"])) for page in played(*arguments)["pages"]
    ]


MORNING = ("--service", "checkout", "--severity", "sev1", "--at", "2026-12-17 10:00")
NIGHT = ("--service", "checkout", "--severity", "sev1", "--at", "2026-12-24 03:10 Europe/London")


@pytest.mark.usefixtures("folder")
def test_machines_get_pages_and_gaps_in_utc() -> None:
    found = played(*MORNING)

    assert set(found) == {"pages", "gaps"}
    assert set(found["pages"][0]) == {"at", "round", "rung", "person", "method", "why"}
    assert pages(*MORNING) == [
        ("2026-12-17T10:00:00Z", "bob", "slack"),
        ("2026-12-17T10:01:00Z", "bob", "email"),
        ("2026-12-17T10:05:00Z", "bob", "slack"),
        ("2026-12-17T10:05:00Z", "#ops", "channel"),
        ("2026-12-17T10:06:00Z", "bob", "email"),
        ("2026-12-17T10:15:00Z", "cleo", "slack"),
    ]
    assert found["gaps"] == []


@pytest.mark.row("F29")
@pytest.mark.usefixtures("folder")
def test_a_gap_is_told_with_its_ends_and_the_next_rung_comes_at_once() -> None:
    found, told = played(*NIGHT), run(*NIGHT)

    assert found["gaps"] == [
        {"schedule": "primary", "since": "2026-12-24T03:00:00Z", "until": "2026-12-24T07:00:00Z"}
    ]
    assert found["pages"][0]["at"] == "2026-12-24T03:10:00Z"
    assert found["pages"][0]["rung"] == 2
    assert "NOBODY ON CALL for schedule primary" in told.stdout
    assert "GAP in primary: nobody on call from Thu 2026-12-24 03:00 to Thu 2026-12-24 07:00" in told.stdout


@pytest.mark.usefixtures("folder")
def test_people_read_the_story_on_the_schedules_clock_and_on_their_own() -> None:
    told = run(*MORNING).stdout

    assert told.startswith("SEV1 of Checkout at Thu 2026-12-17 10:00 Europe/London (2026-12-17 10:00 UTC)")
    assert "round 1, rung 1: Bob Ray by slack: on call for primary (layer weekly), rung 1" in told
    assert "(Thu 05:00 in America/New_York)" in told
    assert "10:15  +15 min" in told
    assert "Overrides were NOT read" in told


@pytest.mark.row("F26")
@pytest.mark.usefixtures("folder")
def test_the_night_the_clocks_change_is_explained_and_waits_are_real_minutes() -> None:
    night = ("--service", "checkout", "--at", "2026-10-25 01:58")

    told = run(*night).stdout

    assert "comes twice" in told
    assert "The clocks go back in Europe/London at 01:00 UTC" in told
    assert re.findall(r"^01:00 .*$", told, re.MULTILINE) == [
        "01:00  +2 min  the clocks go back: after 01:59 comes 01:00"
    ]
    assert [at for at, person, method in pages(*night) if method == "slack"] == [
        "2026-10-25T00:58:00Z",
        "2026-10-25T01:03:00Z",
        "2026-10-25T01:13:00Z",
    ]


def test_what_was_decided_first_stands_first_within_a_minute(folder: Path) -> None:
    """An e-mail of the first rung is due when the second one is; it was decided before."""
    (folder / "tocsin.yaml").write_text(
        CONFIGURATION.replace("wait: 5m}", "wait: 1m}").replace(
            "targets: [{person: bob}", "when: {severity: sev4}, targets: [{person: bob}"
        )
    )

    told = run(*MORNING).stdout

    minute = [line.partition("  +1 min  ")[2] for line in told.splitlines() if line.startswith("10:01 ")]
    assert [line.partition(":")[0] for line in minute[1:]] == [
        "Rung 2, round 1 skipped",
        "The ladder payments is exhausted (rounds",
        "the channel is told loudly that nobody answers",
        "round 2, rung 1",
    ]
    assert minute[0].startswith("round 1, rung 1: Bob Ray by email: ")


@pytest.mark.usefixtures("folder")
def test_a_span_says_how_far_to_look() -> None:
    assert [person for _, person, _ in pages(*MORNING, "--for", "4m")] == ["bob", "bob"]
    told = run(*MORNING, "--for", "4m").stdout
    assert (
        "Looked at until Thu 2026-12-17 10:04 Europe/London; then comes round 1, rung 2 of payments" in told
    )
    assert "Thu 2026-12-17 10:05 Europe/London at the earliest; --for looks further" in told


ASKING_MUCH = CONFIGURATION.replace(
    """    rungs:
      - {targets: [{schedule: primary}], wait: 5m}
""",
    """    delay: 2m
    acknowledgements: 2
    rounds: 2
    rungs:
      - {targets: [{round_robin: [ann, bob], every: 2m}], wait: 5m, wait_in: office}
      - {targets: [{person: ann}], wait: 5m, when: {severity: sev1, during: office}, else: hold}
""",
).replace(
    "ladders:\n  payments", "calendars: {office: {zone: UTC, hours: '08:00-18:00'}}\nladders:\n  payments"
)


def test_everything_that_the_ladder_asks_for_is_told_first(folder: Path) -> None:
    (folder / "tocsin.yaml").write_text(ASKING_MUCH)

    told = run(*MORNING).stdout

    assert "payments, 2 rounds, begins after 2 min, goes on until 2 people have acknowledged:" in told
    assert "1. one of ann, bob, the next in turn every 2 min; then 5 min of office" in told
    assert "2. ann; only sev1, during office, else hold; then 5 min" in told
    assert "then the catch-all everybody, again and again:\n    1. cleo; then 30 min" in told


@pytest.mark.usefixtures("folder")
def test_rounds_of_the_catch_all_are_counted_while_they_are_alike() -> None:
    told, machines = run(*MORNING, "--for", "7d").stdout, pages(*MORNING, "--for", "7d")

    assert "the same again every 30 min: 334 times more, the last time Thu 2026-12-24 09:45" in told
    assert told.count("Cleo Diaz by slack") == 2
    assert len([person for _, person, _ in machines if person == "cleo"]) == 336


def test_another_person_in_the_catch_all_is_told_anew(folder: Path) -> None:
    (folder / "tocsin.yaml").write_text(
        CONFIGURATION.replace("person: cleo}], wait: 30m", "schedule: primary}]")
    )

    told = run("--service", "search", "--at", "2026-12-21 07:01", "--for", "3h").stdout

    assert told.count("Bob Ray by slack") == 3
    assert told.count("Ann [bold red]Lee by slack") == 1
    assert told.count("the same again every 5 min") == 2


def test_a_holiday_of_the_calendar_of_a_layer_is_a_gap(folder: Path) -> None:
    (folder / "tocsin.yaml").write_text(
        CONFIGURATION.replace('only: {hours: "07:00-03:00"}', "only: {calendar: office}")
        + 'calendars: {office: {zone: Europe/London, hours: "07:00-19:00", holidays: [2026-12-25]}}\n'
    )

    found = played("--service", "checkout", "--at", "2026-12-25 10:00 Europe/London")

    assert found["gaps"] == [
        {"schedule": "primary", "since": "2026-12-24T19:00:00Z", "until": "2026-12-26T07:00:00Z"}
    ]
    assert found["pages"][0]["rung"] == 2


@pytest.mark.usefixtures("folder")
def test_labels_choose_the_service_as_an_alert_would() -> None:
    told = run("--labels", "team=search", "--at", "2026-12-24 10:00")

    assert told.stdout.startswith("SEV1 of Search")
    assert 'Chosen by route 1 (team="search"); severity: set by route 1' in told.stdout


@pytest.mark.usefixtures("folder")
def test_a_severity_that_pages_nobody_says_so() -> None:
    told = run("--service", "checkout", "--severity", "sev4")

    assert told.exit_code == 0
    assert "NOBODY IS PAGED" in told.stdout


@pytest.mark.usefixtures("folder")
def test_names_are_printed_as_they_are() -> None:
    told = run("--service", "checkout", "--at", "2026-12-24 10:00").stdout

    assert "Ann [bold red]Lee by slack" in told


def test_overrides_are_read_from_the_database_and_one_may_end_in_the_middle(folder: Path) -> None:
    url = f"sqlite:///{folder / 'other.db'}"
    asyncio.run(taking_over(url))

    told = run(*MORNING, "--database", url)

    assert "Overrides were read from the database: 1 of these schedules" in told.stdout
    assert "on call for primary (override by Tocsin), rung 1 of 2 of payments" in told.stdout
    assert pages(*MORNING, "--database", url)[0] == ("2026-12-17T10:00:00Z", "cleo", "slack")
    after = ("--service", "checkout", "--at", "2026-12-17 10:02", "--database", url)
    assert pages(*after)[0] == ("2026-12-17T10:02:00Z", "bob", "slack")


async def taking_over(url: str) -> None:
    store = open_store(url, auto_migrate=True)
    await store.start()
    hour = datetime(2026, 12, 17, 10, tzinfo=UTC)
    override = Override(
        id=OverrideId("o1"),
        schedule=ScheduleId("primary"),
        kind=OverrideKind.REPLACE,
        person=PersonId("cleo"),
        since=hour.replace(hour=9),
        until=hour.replace(minute=2),
        by=SYSTEM,
        made_at=hour.replace(hour=1),
    )
    await store.write(lambda tx: tx.add_override(override))
    await store.stop()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--service", "chekout"), "Did you mean checkout?"),
        (("--service", "checkout", "--at", "soon"), "I don't understand the time"),
        (("--service", "checkout", "--at", "03:10 Mars/Base"), "There is no time zone"),
        (("--service", "checkout", "--for", "a while"), "Write it as in 90s"),
        (("--service", "checkout", "--for", "99d"), "31 days"),
        (("--labels", "nonsense"), "is no label"),
        ((), "Which service?"),
    ],
)
def test_what_cannot_be_simulated_is_said_with_a_remedy(arguments: tuple[str, ...], said: str) -> None:
    told = run(*arguments)

    assert told.exit_code == 2
    assert said in told.stderr


EXAMPLE = re.compile(r"^ *(tocsin simulate .*)$", re.MULTILINE)


@pytest.mark.usefixtures("folder")
def test_the_examples_of_the_page_about_it_run() -> None:
    page = (ROOT / "docs" / "simulate.md").read_text()
    examples = [shlex.split(found)[2:] for found in EXAMPLE.findall(page)]

    ended = [(arguments, run(*arguments)) for arguments in examples]

    assert len(examples) >= 2
    assert [(arguments, told.stderr) for arguments, told in ended if told.exit_code > 1] == []


@pytest.mark.row("F29")
@pytest.mark.usefixtures("folder")
def test_holes_are_listed_and_end_the_command_with_one() -> None:
    told = run("--holes", "--service", "checkout", "--days", "2", "--at", "2026-12-24 00:00")

    assert told.exit_code == 1
    assert (
        "Checkout sev1-sev3: Thu 2026-12-24 03:00 to 07:00 Europe/London: nobody on call for" in told.stdout
    )
    assert "first reached is Bob Ray at once" in told.stdout
    assert "2 holes in the 2 days" in told.stdout


def test_severities_that_share_a_hole_share_its_line(folder: Path) -> None:
    last = '      - {targets: [{person: bob}, {channel: "#ops"}], wait: 10m}\n'
    apart = CONFIGURATION.replace(
        last, last + "      - {targets: [{person: cleo}], when: {severity: sev4}}\n", 1
    )
    (folder / "tocsin.yaml").write_text(apart.replace(", ladders: {sev4: none}", ""))

    told = run("--holes", "--service", "checkout", "--days", "1", "--at", "2026-12-24 00:00Z").stdout

    lines = [line for line in told.splitlines() if line.startswith("Checkout")]
    assert [line.split(":")[0] for line in lines] == ["Checkout sev1-sev4"]


@pytest.mark.usefixtures("folder")
def test_machines_get_holes_in_utc() -> None:
    told = run("--holes", "--service", "checkout", "--days", "1", "--at", "2026-12-24T00:00Z", "--json")

    (hole,) = json.loads(told.stdout)["holes"]
    assert (hole["since"], hole["until"]) == ("2026-12-24T03:00:00Z", "2026-12-24T07:00:00Z")
    assert (hole["missing"], hole["first"], hole["after_seconds"]) == (["schedule primary"], "Bob Ray", 0.0)


@pytest.mark.usefixtures("folder")
def test_without_holes_the_command_ends_well() -> None:
    told = run("--holes", "--service", "search")

    assert told.exit_code == 0
    assert "No hole in the 14 days" in told.stdout
