"""`tocsin parse`: what it prints of a webhook's body and of a message, and how it ends."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.config.starter import starter
from handlers.ingress.body import LARGEST
from tests.unit.test_house import ROOT

PAYLOADS = ROOT / "tests/payloads"
WEBHOOK = PAYLOADS / "webhooks/alertmanager/firing.json"
MESSAGE = PAYLOADS / "grafana/firing.json"
KEYS = {"source", "fingerprint", "state", "severity", "title", "description", "labels", "links", "confidence"}


def run(*arguments: object, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["parse", *map(str, arguments)], input=given)


def alerts(*arguments: object, given: str | bytes | None = None) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run(*arguments, "--json", given=given).stdout)
    return found


def test_a_webhook_is_a_list_of_alerts_with_their_places() -> None:
    (one, *_) = alerts(WEBHOOK, "--source", "alertmanager")

    assert one.keys() >= KEYS
    assert (one["source"], one["state"], one["confidence"]) == ("alertmanager", "firing", 1.0)
    places = one["places"]
    assert isinstance(places, dict)
    assert places["state"] == "alerts[0].status"


def test_people_are_shown_where_each_part_was_read() -> None:
    ended = run(WEBHOOK, "--source", "alertmanager")

    assert ended.exit_code == 0
    assert "1. FIRING" in ended.stdout
    assert "exact" in ended.stdout
    assert "← alerts[0].status" in ended.stdout


def test_a_document_of_another_source_is_refused_with_whose_it_looks_like() -> None:
    ended = run(PAYLOADS / "webhooks/zabbix/firing.json", "--source", "grafana")

    assert ended.exit_code != 0
    assert "alerts: a list is expected here, and nothing was sent; this looks like `zabbix`'s" in ended.stderr
    assert "it was read as `grafana`" in ended.stderr


def test_what_could_not_be_used_is_shown_beside_the_alert_with_what_counts_instead() -> None:
    given = json.dumps({"title": "t", "severity": "sev9", "status": "brennt"})
    ended = run("-", "--source", "generic", given=given)
    [one] = alerts("-", "--source", "generic", given=given)

    assert ended.exit_code == 0
    assert "status: “brennt” is no state that is known here; it counts as firing" in ended.stdout
    assert one["unread"] == [
        {"field": "status", "why": "“brennt” is no state that is known here; it counts as firing"},
        {
            "field": "severity",
            "why": "“sev9” is no severity that is known here; the route says how bad it is",
        },
    ]


@pytest.mark.parametrize("shape", ["event", "envelope", "posted", "history"])
def test_a_message_is_read_in_every_form_that_one_has_it_in(shape: str) -> None:
    event = json.loads(MESSAGE.read_text(encoding="utf-8"))
    body = {name: event[name] for name in ("text", "attachments", "blocks") if name in event}
    given = {
        "event": event,
        "envelope": {"type": "event_callback", "event": event},
        "posted": {"channel": "#alerts", "username": "Grafana", **body},
        "history": {name: value for name, value in event.items() if name != "channel"},
    }[shape]

    (one, *_) = alerts("-", "--slack", given=json.dumps(given))

    assert (one["source"], one["state"], one["severity"]) == ("grafana", "firing", "sev1")


def test_another_parser_may_be_asked() -> None:
    (one, *_) = alerts(MESSAGE, "--slack", "--parser", "generic")

    assert one["source"] == "generic"
    assert isinstance(one["confidence"], float)
    assert one["confidence"] < 1


def test_a_form_is_known_by_its_looks_and_headers_are_passed_on(tmp_path: Path) -> None:
    form = "event=down&check=shop"
    mapped = """
ladders: {ops: {rungs: [{targets: [{person: ann}], wait: 5m}]}}
people: {ann: {name: Ann Lee, email: ann@example.com}}
services: {checkout: {channel: "#incidents", ladder: ops}}
integrations:
  probe: {mapping: {key: check, title: "{check} {@header.x-region}", state: {from: event, firing: [down]}}}
"""
    config = tmp_path / "tocsin.yaml"
    config.write_text(mapped, encoding="utf-8")

    (one,) = alerts(
        *("-", "--integration", "probe", "--header", "X-Region: eu-1", "--config", config), given=form
    )

    assert (one["title"], one["state"]) == ("shop eu-1", "firing")


def test_what_cannot_be_read_is_told_with_its_place_and_the_rest_is_shown() -> None:
    document = json.loads(WEBHOOK.read_text(encoding="utf-8"))
    document["alerts"].append(5)

    ended = run("-", "--source", "alertmanager", "--json", given=json.dumps(document))

    assert ended.exit_code == 1
    assert f"alerts[{len(document['alerts']) - 1}]: an object is expected here" in ended.stderr
    assert len(json.loads(ended.stdout)) == len(document["alerts"]) - 1


@pytest.mark.parametrize(
    ("arguments", "given", "code", "told"),
    [
        (("-", "--source", "alertmanagr"), "{}", 2, "Did you mean alertmanager?"),
        (("-",), "{}", 2, "--source SOURCE, --slack"),
        (("-", "--slack", "--source", "grafana"), "{}", 2, "Say what it is"),
        (("-", "--slack", "--parser", "nagios"), "{}", 2, "There is no parser"),
        (("-", "--source", "grafana", "--header", "oops"), "{}", 2, "NAME:VALUE"),
        (("nowhere.json", "--source", "grafana"), None, 1, "No such file"),
        (("-", "--source", "grafana"), "{", 1, "line 1, column 2: this is not JSON"),
        (("-", "--source", "grafana"), "", 1, "nothing was sent"),
        (("-", "--slack"), '{"a": NaN}', 1, "a: NaN is no number"),
        (("-", "--slack"), "[1]", 1, "this is no message"),
        (("-", "--source", "grafana"), "[" * 100_000, 1, "nested deeper"),
        (("-", "--source", "grafana"), b"\xff\xfe", 1, "UTF-8"),
        (("-", "--source", "grafana"), b" " * (LARGEST + 1), 1, "more than"),
    ],
)
def test_mistakes_end_with_their_code_and_say_what_is_wrong(
    arguments: tuple[str, ...], given: str | bytes | None, code: int, told: str
) -> None:
    ended = run(*arguments, given=given)

    assert (ended.exit_code, ended.stdout.strip()) == (code, "")
    assert told in " ".join(ended.stderr.split())


def test_what_says_nothing_is_no_alert() -> None:
    ended = run("-", "--slack", given='{"text": ""}')

    assert ended.exit_code == 0
    assert "No alert" in ended.stdout


def test_hostile_text_reaches_no_terminal() -> None:
    text = ":fire: [FIRING] disk \x1b[31m[red]full[/] \u202egnp.exe"

    ended = run("-", "--slack", given=json.dumps({"text": text}))

    assert ended.exit_code == 0
    assert "\x1b" not in ended.stdout
    assert "\u202e" not in ended.stdout
    assert "[red]" in ended.stdout


def test_a_letter_is_read_as_it_is_sent_by_the_rules_of_its_integration(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.yaml"
    rules = "[{subject: '^(?P<host>\\S+) is down', state: firing, key: host, severity: sev1}]"
    file.write_text(f"{starter()}integrations: {{tower: {{mail: {{rules: {rules}}}}}}}\n", encoding="utf-8")
    letter = b"From: tower@example.com\r\nSubject: =?utf-8?q?web-1_is_down?=\r\n\r\nSince noon.\r\n"

    (one,) = alerts("-", "--integration", "tower", "--config", file, given=letter)
    (unruled,) = alerts("-", "--source", "email", given=letter)

    assert (one["title"], one["severity"], one["labels"]) == ("web-1 is down", "sev1", {"host": "web-1"})
    assert (unruled["source"], unruled["title"]) == ("email", "web-1 is down")


@pytest.mark.parametrize(
    "given",
    [
        {"text": "[FIRING] disk is full"},
        {"text": "P1 | payments-api | 5xx | since 03:12"},
        {"type": "message", "channel": "C0ALERTS001", "bot_id": "B1", "text": "db-1 is down"},
    ],
)
def test_a_message_that_was_not_posted_yet_has_no_moment(given: dict[str, object]) -> None:
    (one, *_) = alerts("-", "--slack", given=json.dumps(given))

    assert "at" not in one["places"] if isinstance(one["places"], dict) else False
    assert not one.get("at")
    assert "1970" not in run("-", "--slack", given=json.dumps(given)).stdout


LESSON = """
lessons:
  owl:
    channel: C0ALERTS009
    bot: B0GRAFANA09
    title: "text line 1"
    cleared: [rests]
    ignored: [drill]
    severity: sev1
"""


def test_a_message_is_read_by_the_lessons_of_the_file_that_is_named(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.yaml"
    file.write_text(starter() + LESSON, encoding="utf-8")
    owl = {
        "type": "message",
        "ts": "1.0",
        "channel": "C0ALERTS009",
        "bot_id": "B0GRAFANA09",
        "text": "Owl hoots",
    }
    arguments = ("-", "--slack", "--config", file)

    (hoots,) = alerts(*arguments, given=json.dumps(owl))
    (rests,) = alerts(*arguments, given=json.dumps(owl | {"text": "Owl rests"}))
    drill = run(*arguments, given=json.dumps(owl | {"text": "Owl drill"}))
    other = run(*arguments, given=json.dumps(owl | {"bot_id": "B1"}))
    bare = run(*arguments, given=json.dumps(owl | {"text": "", "attachments": [{"text": "Owl hoots"}]}))

    assert (hoots["source"], hoots["severity"], hoots["state"]) == ("taught", "sev1", "firing")
    assert rests["state"] == "cleared"
    assert "The lesson owl ignores what says “drill”." in drill.stderr
    assert "No lesson is for bot B1 in channel C0ALERTS009." in other.stderr
    assert "The lesson owl does not fit: nothing stands at its title, text line 1." in bare.stderr
    assert "generic" in bare.stdout
