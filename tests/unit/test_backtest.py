"""`tocsin route` and `tocsin backtest`: where alerts go, why, and what a change would have changed."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.clock import SystemClock
from bot.config.load import load
from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.lesson import Lesson
from bot.domain.people import SYSTEM
from bot.domain.silence import Silence, SilenceKind
from bot.ids import new_id
from bot.intake.arrival import Brought
from bot.intake.sitting import Sitting
from bot.ports import Tx
from bot.store import open_store

PEOPLE = """
people:
  ann: {name: Ann Lee, email: ann@example.com}
  bob: {name: Bob Ray, email: bob@example.com}
ladders:
  days: {rungs: [{targets: [{person: ann}], wait: 5m}]}
  nights: {rungs: [{targets: [{person: bob}], wait: 5m}]}
services:
  checkout: {channel: "#incidents", ladder: days, ladders: {sev4: none}}
  search: {channel: "#incidents", ladder: nights}
defaults: {service: checkout, severity: sev2}
"""
ROUTES = """
routes:
  - {match: ['team="search"'], service: search, severity: sev1, group_by: [cluster]}
  - {match: ['team="batch"'], service: search, pause: 5m}
  - {match: ['team="low"'], service: checkout, severity: sev4}
maintenance:
  - {name: always, match: ['db="yes"'], daily: "00:01-24:00", zone: UTC, sev1: true}
"""
NOW = SystemClock().now()


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tocsin.yaml").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "new.yaml").write_text(PEOPLE + ROUTES, encoding="utf-8")
    return tmp_path


def run(*arguments: str, given: object = None) -> Result:
    return CliRunner().invoke(app, [*arguments], input=json.dumps(given))


def decisions(*given: object) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(
        run("route", "-", "--config", "new.yaml", "--json", given=given).stdout
    )
    return found


def labelled(title: str, **labels: str) -> dict[str, object]:
    return {"title": title, "labels": labels}


@pytest.mark.usefixtures("folder")
def test_a_decision_says_the_route_the_severity_the_ladder_and_who_is_first() -> None:
    (one, other) = decisions(labelled("disk", team="search"), labelled("web"))

    assert one["route"] == 'route 1 (team="search")'
    assert (one["service"], one["severity"], one["severity_by"]) == ("search", "sev1", "set by route 1")
    assert (one["ladder"], one["outcome"]) == ("nights", "opened")
    assert one["first"] == [
        {"at": one["first"][0]["at"], "person": "bob", "method": "email", "why": one["first"][0]["why"]}  # type: ignore[index]  # JSON
    ]
    assert (other["service"], other["route"]) == ("checkout", "no route matched: the default service")


@pytest.mark.usefixtures("folder")
def test_what_is_grouped_kept_quiet_or_pages_nobody_is_said() -> None:
    found = decisions(
        labelled("disk a", team="search", cluster="eu"),
        labelled("disk b", team="search", cluster="eu"),
        labelled("blip", team="batch"),
        labelled("base", db="yes"),
        labelled("meh", team="low"),
    )

    assert [each["outcome"] for each in found] == ["opened", "added", "muted", "muted", "opened"]
    assert [each["why"] for each in found[2:4]] == [
        "what clears within 5 minutes pages nobody",
        "maintenance “always”",
    ]
    assert (found[4]["ladder"], found[4]["first"]) == (None, [])


@pytest.mark.usefixtures("folder")
def test_a_message_may_be_asked_about_and_a_mistake_names_its_field() -> None:
    said = run("route", "-", "--slack", "--json", given={"text": ":fire: [FIRING] disk is full"})
    wrong = run("route", "-", "--json", given=[{"title": 5}, 7, labelled("fine")])

    assert [each["title"] for each in json.loads(said.stdout)] == ["disk is full"]
    assert wrong.exit_code == 1
    assert "[0].title: Input should be a valid string" in wrong.stderr
    assert "[1]: an object is expected here" in wrong.stderr
    assert [each["title"] for each in json.loads(wrong.stdout)] == ["fine"]


def test_a_message_goes_where_the_lessons_of_the_file_say(folder: Path) -> None:
    lesson = "{channel: C0ALERTS009, bot: B0OWL00001, title: text line 1, severity: sev4}"
    (folder / "tocsin.yaml").write_text(f"{PEOPLE}lessons: {{owl: {lesson}}}\n", encoding="utf-8")
    owl = {
        "type": "message",
        "ts": "1.0",
        "channel": "C0ALERTS009",
        "bot_id": "B0OWL00001",
        "text": "Owl hoots",
    }

    (read,) = json.loads(run("route", "-", "--slack", "--json", given=owl).stdout)
    other = run("route", "-", "--slack", "--json", given=owl | {"bot_id": "B1"})

    assert (read["severity"], read["ladder"]) == ("sev4", None)
    assert json.loads(other.stdout)[0]["severity"] == "sev2"
    assert "No lesson is for bot B1 in channel C0ALERTS009." in other.stderr


def test_a_message_goes_where_lessons_of_the_database_say(folder: Path) -> None:
    address = f"sqlite:///{folder / 'taught.db'}"
    lesson = Lesson(
        name="owl", channel="C0ALERTS009", bot="B0OWL00001", title="text line 1", severity="sev4", made_at=NOW
    )

    async def taught() -> None:
        store = open_store(address, auto_migrate=True)
        await store.start()
        await store.write(lambda tx: tx.add_lesson(lesson))
        await store.stop()

    asyncio.run(taught())
    owl = {"type": "message", "ts": "1.0", "channel": "C0ALERTS009", "bot_id": "B0OWL00001", "text": "Hoot"}

    (read,) = json.loads(run("route", "-", "--slack", "--json", "--database", address, given=owl).stdout)

    assert read["severity"] == "sev4"


def test_a_channel_that_the_file_calls_by_name_is_said_to_be_unknown(folder: Path) -> None:
    watched = 'channels: [{channel: "#alerts", service: search}, {channel: C0ALERTS002, service: search}]\n'
    (folder / "tocsin.yaml").write_text(PEOPLE + watched, encoding="utf-8")
    message = {"type": "message", "ts": "1.0", "bot_id": "B1", "text": ":fire: disk is full"}

    unknown = run("route", "-", "--slack", "--json", given=message | {"channel": "C0ALERTS001"})
    known = run("route", "-", "--slack", "--json", given=message | {"channel": "C0ALERTS002"})

    assert "whether one of them is C0ALERTS001 only Slack knows" in " ".join(unknown.stderr.split())
    assert [each["service"] for each in json.loads(unknown.stdout)] == ["checkout"]
    assert ([each["service"] for each in json.loads(known.stdout)], known.stderr) == (["search"], "")


def fires(title: str, **labels: str) -> Alert:
    return Alert(
        source="test",
        fingerprint=title,
        state=AlertState.FIRING,
        title=title,
        severity=Severity.SEV2,
        labels=labels,
    )


def clears(title: str, **labels: str) -> Alert:
    return replace(fires(title, **labels), state=AlertState.CLEARED)


def stored(folder: Path, told: Iterable[tuple[float, Alert]], silences: Iterable[Silence] = ()) -> None:
    """What a bot with today's configuration took in, at so many minutes of yesterday."""
    configuration = load(folder / "tocsin.yaml").configuration

    async def write() -> None:
        store = open_store(f"sqlite:///{folder / 'data/tocsin.db'}", auto_migrate=True)
        await store.start()

        def work(tx: Tx) -> None:
            for silence in silences:
                tx.add_silence(silence)
            for minutes, alert in told:
                Sitting(tx, configuration, moment(minutes)).take([Brought(request=None, alerts=[alert])])

        await store.write(work)
        await store.stop()

    asyncio.run(write())


def moment(minutes: float) -> datetime:
    return NOW - timedelta(days=1) + timedelta(minutes=minutes)


def backtest(*arguments: str) -> dict[str, dict[str, int]]:
    ended = run("backtest", "--config", "new.yaml", *arguments, "--json")
    assert ended.exit_code == 0, ended.stderr
    found: dict[str, dict[str, int]] = json.loads(ended.stdout)
    return found


STORY = [
    (0, fires("disk a", team="search", cluster="eu")),
    (1, fires("disk b", team="search", cluster="eu")),
    (2, fires("blip", team="batch")),
    (3, fires("base", db="yes")),
    (4, clears("blip", team="batch")),
    (5, fires("meh", team="low")),
    (6, fires("web")),
    (7, fires("long", team="batch")),
    (20, clears("long", team="batch")),
]


def test_a_backtest_tells_what_would_have_paged_been_grouped_suppressed_and_lost(folder: Path) -> None:
    stored(folder, STORY)

    found = backtest()

    today, then = found["today"], found["then"]
    assert (today["pages"], today["paged"], today["grouped"], today["suppressed"]) == (7, 7, 0, 0)
    # disk a, web, what was only paused (long), and base, when maintenance leaves a minute
    assert (then["pages"], then["grouped"], then["suppressed"], then["lost"]) == (4, 1, 3, 1)
    changed = {each["title"]: (each["today"], each["then"]) for each in found["differences"]}  # type: ignore[index]  # JSON
    assert changed == {
        "disk a": ("paged", "paged"),
        "disk b": ("paged", "grouped"),
        "blip": ("paged", "suppressed"),
        "base": ("paged", "suppressed"),
        "meh": ("paged", "lost"),
        "long": ("paged", "suppressed"),
    }


def test_the_same_configuration_changes_nothing(folder: Path) -> None:
    stored(folder, STORY)
    (folder / "new.yaml").write_text(PEOPLE, encoding="utf-8")

    found = backtest()

    assert found["today"] == found["then"]
    assert not found["differences"]


def test_what_was_resolved_by_hand_pages_again_in_both(folder: Path) -> None:
    """No signal tells of it; that the alert began something new does."""
    stored(folder, [(0, fires("web"))])
    later = replace(fires("web"), description="again")

    async def resolve() -> None:
        store = open_store(f"sqlite:///{folder / 'data/tocsin.db'}")
        await store.start()
        configuration = load(folder / "tocsin.yaml").configuration

        def work(tx: Tx) -> None:
            incident = tx.open_for("test|web")
            assert incident is not None
            Sitting(tx, configuration, moment(60)).take([Brought(request=None, alerts=[clears("web")])])
            Sitting(tx, configuration, moment(600)).take([Brought(request=None, alerts=[later])])

        await store.write(work)

        def forget(tx: Tx) -> None:
            page = tx.signals(moment(0), NOW)
            tx.forget_signals(NOW, 1000)
            tx.record_signals([each for each in page if each.outcome != "cleared"])

        await store.write(forget)
        await store.stop()

    asyncio.run(resolve())

    found = backtest()

    assert found["today"]["pages"] == found["then"]["pages"] == 2


def test_silences_that_were_in_force_still_are(folder: Path) -> None:
    silence = Silence(
        id=new_id(NOW),
        kind=SilenceKind.SILENCE,
        since=moment(-10),
        until=moment(3000),
        made_at=moment(-10),
        by=SYSTEM,
        reason="known",
        conditions=('team="search"',),
    )
    stored(folder, STORY, [silence])

    found = backtest()

    assert found["today"]["suppressed"] == 2
    assert found["then"]["suppressed"] == 3  # the route makes it sev1, which no silence hides unasked


def test_people_are_shown_the_worst_difference_first(folder: Path) -> None:
    stored(folder, STORY)

    ended = run("backtest", "--config", "new.yaml")

    assert ended.exit_code == 0
    told = [line for line in ended.stdout.splitlines() if "→" in line and "(" in line]
    assert told[0].startswith("paged → LOST: meh")
    assert "times somebody is paged        7         4   -3" in ended.stdout


def test_of_what_would_be_lost_the_most_severe_is_shown_first(folder: Path) -> None:
    mild, severe = fires("a mild one", team="low"), fires("the severe one", team="low")
    stored(folder, [(0, replace(mild, severity=Severity.SEV3)), (1, replace(severe, severity=Severity.SEV1))])

    told = [line for line in run("backtest", "--config", "new.yaml").stdout.splitlines() if "LOST" in line]

    assert [title in line for title, line in zip(("severe", "mild"), told, strict=True)] == [True, True]


def test_without_anything_stored_it_says_so(folder: Path) -> None:
    stored(folder, [])

    ended = run("backtest", "--config", "new.yaml")

    assert "Nothing is stored of that time" in ended.stdout
