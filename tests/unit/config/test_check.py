"""What `tocsin check` and `tocsin init` do."""

import io
import json
import os
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from bot.config.check import as_json, check_report, show
from bot.config.environment import read_settings
from bot.config.load import load
from bot.config.notes import check_notes
from bot.config.problem import Problem
from bot.config.starter import starter, write_starter
from bot.errors import ConfigurationError
from tests.unit.config.test_load import SMALLEST

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("TOCSIN_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("TOCSIN_SLACK__BOT_TOKEN=xoxb-1\nTOCSIN_SLACK__APP_TOKEN=xapp-1\n")


def printed(problems: list[Problem]) -> str:
    stream = io.StringIO()
    show(problems, Console(file=stream, width=60))
    return stream.getvalue()


def test_a_starting_file_passes_the_check() -> None:
    write_starter(Path("tocsin.yaml"))

    assert check_report() == []
    assert "fine" in printed([])


def test_examples_that_are_still_there_and_parts_that_are_not_are_noted() -> None:
    write_starter(Path("tocsin.yaml"))
    settings = read_settings()

    notes = check_notes(None, settings, frozenset(), today=TODAY)
    text = Path("tocsin.yaml").read_text()
    Path("tocsin.yaml").write_text(
        text.replace("U0ANN00001", "U0REAL0001").replace("U0BOB00001", "U0REAL0002")
    )
    later = check_notes(None, settings, frozenset(), today=TODAY)

    assert [note.split(" ")[0] for note in notes] == [
        "people.ann.slack",
        "people.bob.slack",
        "E-mail",
        "Jira",
    ]
    assert [note.split(" ")[0] for note in later] == ["E-mail", "Jira"]


def test_an_address_that_leads_nowhere_is_noted(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.yaml"
    file.write_text(starter().replace("email: ann@example.com", "email: ann@fill-in.invalid"))

    notes = check_notes(file, read_settings(), frozenset(), today=TODAY)

    assert "people.ann.email is a placeholder: whatever pages ann by e-mail reaches nobody." in notes


def test_a_starting_file_still_passes_with_its_suggestions_taken_up(tmp_path: Path) -> None:
    suggested = starter().replace("# routes:", "routes:").replace("#   -", "  -").replace("#     s", "    s")
    suggested = suggested.replace("# methods:", "methods:").replace("#   - slack", "  - slack")
    path = tmp_path / "suggested.yaml"
    path.write_text(suggested)

    configuration = load(path).configuration

    assert len(configuration.routes) == 1
    assert suggested.count("#") < starter().count("#")


def test_a_starting_file_never_overwrites() -> None:
    Path("tocsin.yaml").write_text("mine")

    with pytest.raises(ConfigurationError, match="there already"):
        write_starter(Path("tocsin.yaml"))

    assert Path("tocsin.yaml").read_text() == "mine"


def test_a_starting_file_that_cannot_be_written_is_told() -> None:
    with pytest.raises(ConfigurationError, match="can't be written"):
        write_starter(Path("nowhere/tocsin.yaml"))


def test_settings_and_file_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_SLACK__BOT_TOKEN", "xapp-wrong")
    Path("tocsin.yaml").write_text(SMALLEST.replace("ladder: all", "ladder: al"))

    problems = check_report()

    assert [(problem.file, problem.path) for problem in problems] == [
        ("environment", "TOCSIN_SLACK__BOT_TOKEN"),
        ("tocsin.yaml", "services.web.ladder"),
    ]


def test_without_any_way_to_page_that_is_told_once() -> None:
    Path(".env").unlink()
    Path("tocsin.yaml").write_text(starter())

    (problem,) = check_report(strict=True)

    assert "nobody could be paged" in problem.message


def test_a_file_is_checked_where_no_secret_is_and_that_is_noted() -> None:
    Path(".env").unlink()
    Path("tocsin.yaml").write_text(starter())

    problems, notes = check_report(), check_notes(None, read_settings(), frozenset(), today=TODAY)

    assert problems == []
    assert [note.split(" (")[0] for note in notes if "configured" in note] == ["Neither Slack"]


def test_the_file_can_be_named_in_the_environment_or_given(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("one.yaml").write_text("x: 1\n")
    Path("two.yaml").write_text(SMALLEST)
    monkeypatch.setenv("TOCSIN_CONFIG", "one.yaml")

    assert {problem.file for problem in check_report()} == {"one.yaml"}
    assert check_report(Path("two.yaml")) == []


def test_machines_get_one_list_of_objects() -> None:
    Path("tocsin.yaml").write_text(SMALLEST.replace("ladder: all", "ladder: al"))

    (told,) = json.loads(as_json(check_report()))

    assert told == {
        "file": "tocsin.yaml",
        "line": 2,
        "path": "services.web.ladder",
        "message": "there is no ladder `al`",
        "remedy": "Did you mean `all`?",
    }
    assert json.loads(as_json([])) == []


def test_people_read_where_what_and_what_to_do() -> None:
    Path("tocsin.yaml").write_text(SMALLEST + "'[bold]x': 1\n")

    text = printed(check_report())

    assert "tocsin.yaml:3" in text
    assert "`[bold]x` is not known here" in text
    assert "→ Known:" in text
    assert "1 problem found." in text


ASKING = """
people:
  ann: {name: Ann Lee, slack: U0ANNLEE001}
  bob: {name: Bob Ray, slack: U0BOBRAY001}
  cid: {name: Cid Moe, slack: U0CIDMOE001}
schedules:
  primary: {zone: UTC, layers: [{people: [ann, bob, cid], start: 2026-01-05, handoff: "09:00"}]}
  spare: {zone: UTC, layers: [{people: [cid], start: 2026-01-05, handoff: "09:00"}]}
ladders:
  inner: {rungs: [{targets: [{person: ann}]}]}
  ops:
    acknowledgements: ASKED
    rungs: [{targets: [{TARGET}]}, {targets: [{ladder: inner}]}]
services:
  web: {channel: "#web", ladder: ops}
"""


@pytest.mark.parametrize(
    ("asked", "target", "words"),
    [
        ("3", "person: bob", "3 people must acknowledge, but its rungs page only 2: `ann`, `bob`"),
        ("4", "schedule: primary", "4 people must acknowledge, but its rungs page only 3"),
        ("3", "round_robin: [ann, bob]", "3 people must acknowledge"),
        (
            "[primary, spare]",
            "schedule: primary",
            "`spare` must acknowledge, but no rung pages that schedule",
        ),
    ],
)
def test_a_quorum_that_the_people_of_the_ladder_can_never_be_is_refused(
    asked: str, target: str, words: str
) -> None:
    Path("tocsin.yaml").write_text(ASKING.replace("ASKED", asked).replace("TARGET", target))

    (problem,) = check_report()

    assert problem.path == "ladders.ops.acknowledgements"
    assert words in problem.message


@pytest.mark.parametrize(
    ("asked", "target", "noted"),
    [
        ("2", "person: bob", False),
        ("2", "schedule: primary", False),
        ("3", "schedule: primary", True),
        ("3", "schedule: primary, which: everyone", False),
        ("5", "group: S0123ABCD", False),
        ("5", 'channel: "#ops"', False),
        ("[primary]", "schedule: primary", False),
    ],
)
def test_a_quorum_of_more_people_than_are_on_call_at_one_time_is_noted(
    asked: str, target: str, *, noted: bool
) -> None:
    Path("tocsin.yaml").write_text(ASKING.replace("ASKED", asked).replace("TARGET", target))

    notes = [
        note for note in check_notes(None, read_settings(), frozenset(), today=TODAY) if "ladders.ops" in note
    ]

    assert check_report() == []
    assert bool(notes) == noted
    assert not noted or "page at most 2 at any one time" in notes[0]


def test_ladders_and_rungs_that_never_count_are_noted() -> None:
    Path("tocsin.yaml").write_text("""
people: {ann: {name: Ann Lee, slack: U0ANNLEE001}}
ladders:
  idle: {rungs: [{targets: [{person: ann}]}]}
  last: {rungs: [{targets: [{person: ann}]}]}
  inner: {rungs: [{targets: [{person: ann}], when: {severity: sev4}}]}
  urgent:
    rungs:
      - {targets: [{person: ann}], when: {severity: [sev3, sev4]}}
      - {targets: [{person: ann}], when: {severity: [sev1, sev3]}}
  rest: {rungs: [{targets: [{ladder: inner}]}]}
services:
  web: {channel: "#web", ladder: rest, ladders: {sev1: urgent}, catch_all: last}
""")

    notes = check_notes(None, read_settings(), frozenset(), today=TODAY)

    assert [note.split(":")[0] for note in notes if note.startswith("ladders")] == [
        "ladders.idle is used by nothing",
        "ladders.urgent, rung 1",
    ]


@pytest.mark.parametrize(
    ("zone", "meant"), [("BST", "Europe/London"), ("edt", "America/New_York"), ("London", "Europe/London")]
)
def test_for_an_abbreviation_the_region_is_named(zone: str, meant: str) -> None:
    Path("tocsin.yaml").write_text(ASKING.replace("ASKED", "1").replace("TARGET", "person: bob"))
    _replace("zone: UTC", f"zone: {zone}")

    problems = check_report()

    assert {f"`{meant}`?" in problem.remedy for problem in problems} == {True}


def test_a_zone_without_summer_time_that_is_seldom_meant_is_noted() -> None:
    Path("tocsin.yaml").write_text(ASKING.replace("ASKED", "1").replace("TARGET", "person: bob"))
    _replace("primary: {zone: UTC", "primary: {zone: EST")

    notes = check_notes(None, read_settings(), frozenset(), today=TODAY)

    assert check_report() == []
    assert [note.split(" If")[0] for note in notes if "zone" in note] == [
        "schedules.primary.zone: EST is the same all year, without summer time."
    ]
    assert "America/New_York" in " ".join(notes)


def test_no_days_at_all_are_refused_where_days_stand() -> None:
    Path("tocsin.yaml").write_text(SMALLEST + "calendars: {office: {zone: UTC, days: []}}\n")

    (problem,) = check_report()

    assert (problem.path, problem.message) == ("calendars.office.days", "is empty")


def _replace(old: str, new: str) -> None:
    file = Path("tocsin.yaml")
    file.write_text(file.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("layers", "noted"),
    [
        ("[{people: [nobody], start: 2026-01-05, handoff: '09:00'}]", "nobody stands in any of its layers"),
        (
            "[{people: [ann], start: 2026-01-05, until: 2026-11-23, handoff: '09:00'}]",
            "its last layer ended on 2026-11-23",
        ),
        (
            "[{people: [ann], start: 2026-01-05, until: 2026-11-01, handoff: '09:00'},"
            " {people: [nobody], start: 2026-01-05, handoff: '09:00'}]",
            "its last layer ended on 2026-11-01",
        ),
        ("[{people: [ann], start: 2026-01-05, until: 2026-11-24, handoff: '09:00'}]", ""),
        ("[{people: [nobody, ann], start: 2026-01-05, handoff: '09:00'}]", ""),
        (
            "[{people: [ann], start: 2026-01-05, until: 2026-11-01, handoff: '09:00'},"
            " {people: [ann], start: 2026-11-01, handoff: '09:00'}]",
            "",
        ),
        ("[{ical: 'shifts.ics'}]", ""),
    ],
)
def test_a_schedule_that_puts_nobody_on_call_any_more_is_noted(layers: str, noted: str) -> None:
    people = "people: {ann: {name: Ann Lee, slack: U0ANNLEE001}}\n"
    schedules = f"schedules: {{primary: {{zone: Europe/London, layers: {layers}}}}}\n"
    Path("tocsin.yaml").write_text(people + schedules + SMALLEST)

    notes = check_notes(None, read_settings(), frozenset(), today=TODAY)

    found = [note for note in notes if note.startswith("schedules.primary")]
    assert len(found) == bool(noted)
    assert not found or noted in found[0]


@pytest.mark.parametrize(
    ("more", "noted"),
    [
        ("", True),
        ("channels: [{channel: '#alerts'}]\n", False),
        ("integrations: {grafana: {source: grafana}}\n", False),
    ],
)
def test_it_is_noted_when_nothing_can_bring_alerts(more: str, noted: bool) -> None:
    Path("tocsin.yaml").write_text(SMALLEST + more)

    notes = check_notes(None, read_settings(), frozenset(), frozenset({"grafana"}), today=TODAY)

    assert any(note.startswith("Alerts come from nowhere") for note in notes) == noted


@pytest.mark.parametrize(
    ("conditions", "why"),
    [
        ("['team = x', 'team = y']", "team can't be both `x` and `y`"),
        ("['severity = sev9']", "there is no severity `sev9`, only sev1, sev2, sev3, sev4"),
        ("['env = prod', 'env =~ \"dev.*\"']", "env is `prod`, which `=~ dev.*` leaves out"),
        ("['env = prod', 'env != prod']", "env is `prod`, which `!= prod` leaves out"),
        ("['severity = critical', 'env = prod', 'env =~ \"pro.*\"']", ""),
    ],
)
def test_conditions_that_nothing_fulfils_are_noted(conditions: str, why: str) -> None:
    Path("tocsin.yaml").write_text(f"""
people: {{ann: {{name: Ann Lee, slack: U0ANNLEE001}}}}
ladders: {{ops: {{rungs: [{{targets: [{{person: ann}}]}}]}}}}
services: {{web: {{channel: "#web", ladder: ops}}}}
routes: [{{match: {conditions}, service: web}}]
inhibit: [{{source: {conditions}, target: ['severity = sev4']}}]
""")

    notes = check_notes(None, read_settings(), frozenset(), today=TODAY)

    found = [note for note in notes if "never matches" in note]
    places = ["Route 1", "The source of inhibition 1"] if why else []
    assert found == [f"{place} never matches: {why}." for place in places]


def test_two_equals_signs_are_no_operator() -> None:
    Path("tocsin.yaml").write_text("""
people: {ann: {name: Ann Lee, slack: U0ANNLEE001}}
ladders: {ops: {rungs: [{targets: [{person: ann}]}]}}
services: {web: {channel: "#web", ladder: ops}}
routes: [{match: ['team == payments'], service: web}]
""")

    (problem,) = check_report()

    assert "`==` is no operator" in problem.message
    assert "Write `=`" in problem.remedy


def test_a_bot_that_is_told_by_its_name_is_noted() -> None:
    Path("tocsin.yaml").write_text("""
people: {ann: {name: Ann Lee, slack: U0ANNLEE001}}
ladders: {ops: {rungs: [{targets: [{person: ann}]}]}}
services: {web: {channel: "#web", ladder: ops}}
channels: [{channel: "#alerts", bots: [Grafana, B0123ABCDE]}]
""")

    notes = check_notes(None, read_settings(), frozenset(), today=TODAY)

    (said,) = [note for note in notes if "call itself" in note]
    assert said.startswith("channels #alerts: any integration may call itself Grafana")
