"""The general reader: what it takes for news, where it says it read things, and figures it keeps to."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.domain.alert import Alert, Severity
from handlers.alerts import generic
from handlers.alerts.posted import read_posted
from tests.reader.labelled import folder, ours
from tests.reader.score import read, score, wrong
from tests.unit.alerts.golden import PAYLOADS
from tests.unit.alerts.makers import changed, event, said

BOTS = PAYLOADS.parent / "reader" / "bots"


def alert(text: str = "", **parts: object) -> Alert:
    (found,) = generic.parse(said(text=text, **parts))
    return found


def test_unknown_bots_are_read_as_a_person_would_read_them() -> None:
    found = [each for each in read(ours()) if (BOTS / f"{each.labelled.source}.json").exists()]
    figures = score(found)

    assert figures.messages > 100
    assert (figures.firing.precision, figures.firing.recall) == (1, 1), wrong(found)
    assert (figures.cleared.precision, figures.cleared.recall) == (1, 1), wrong(found)
    assert (figures.severity.precision, figures.severity.recall) == (1, 1), wrong(found)
    assert figures.same.precision == 1, wrong(found)  # two things are never taken for one
    assert figures.same.recall is not None
    assert figures.same.recall > 0.95, wrong(found)


def test_any_folder_of_messages_can_be_measured(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for name, text in (("a", "Shop is down"), ("b", "Shop is up"), ("c", "Cart is down")):
        (tmp_path / "mine" / f"{name}.json").write_text(json.dumps({"text": text, "channel": "C1"}))
    states = {"a": ("firing", "shop"), "b": ("cleared", "shop"), "c": ("cleared", "cart")}
    labels = {f"mine/{name}": {"state": state, "thing": thing} for name, (state, thing) in states.items()}
    (tmp_path / "labels.json").write_text(json.dumps(labels))

    figures = score(read(folder(tmp_path, tmp_path / "labels.json")))

    assert (figures.firing.precision, figures.firing.recall) == (0.5, 1)
    assert (figures.cleared.precision, figures.cleared.recall) == (1, 0.5)
    assert (figures.same.precision, figures.same.recall) == (1, 1)


def test_of_a_message_with_several_alerts_each_is_measured(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for name, text in (("both", "✅ db-1 recovered\n🔴 cart is down"), ("one", "Only shop is down")):
        (tmp_path / "mine" / f"{name}.json").write_text(json.dumps({"text": text, "channel": "C1"}))
    several = {
        "mine/both": [{"state": "cleared", "thing": "db-1"}, {"state": "firing", "thing": "cart"}],
        "mine/one": [{"state": "firing", "thing": "shop"}, {"state": "firing", "thing": "mail"}],
    }
    (tmp_path / "labels.json").write_text(json.dumps(several))

    found = read(folder(tmp_path, tmp_path / "labels.json"))
    figures = score(found)

    assert (figures.messages, figures.alerts) == (2, 4)
    assert [each.alert.title if each.alert else None for each in found] == [
        "db-1 recovered",
        "cart is down",
        "Only shop is down",
        None,
    ]
    assert (figures.firing.precision, figures.firing.recall) == (1, 2 / 3)


def test_an_alert_that_nobody_labelled_counts_against_the_reader(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.json").write_text(json.dumps({"text": "db-1 is down\ndb-2 is down"}))
    (tmp_path / "labels.json").write_text(json.dumps({"mine/a": {"state": "firing", "thing": "db-2"}}))

    figures = score(read(folder(tmp_path, tmp_path / "labels.json")))

    assert (figures.firing.precision, figures.firing.recall) == (0.5, 1)


@pytest.mark.parametrize(
    "text",
    [
        "ann pushed to branch main",
        "3 new commits pushed to main",
        "Pull request opened by ann",
        "Deploying shop to production",
        "build #12 started by timer",
        "Comment on #12 Make it faster",
        "Deployed web v1.2.3 to production by kim",
        "kim deployed *web* `v1.2.3` to production\nVersion: v1.2.3",
        "web v1.2.3 was deployed to production in 3m 20s",
        "Backup of db-3 finished without errors",
        "The nightly backup of orders has been completed in 341 s.",
        "Deployment of web v2 to staging finished",
    ],
)
def test_news_are_no_alerts(text: str) -> None:
    assert generic.parse(said(text=text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Pull request checks failed",
        ":x: 3 new commits pushed to main",
        "Deploying shop to production failed",
        "Issue opened by ann: checkout error",
        "Backup in progress\nStatus: failed",
        "Deployed web v1.2.3 to production by kim\ndb-1 disk 97%",
        "Deployed web to production, checkout is slow",
        "🔴 Deployed web v1.2.3 to production by kim",
        "CRITICAL Backup of db-3 finished",
        "Backup of db-3 finished\nSeverity: high",
        "Backup of db-3 finished\nP1",
        "Backup of db-3 finished\nErrors: 5",
        "Backup of db-3 finished with 3 errors",
        "Backup of db-3 not finished",
        "web not deployed to production",
        "nothing works since kim deployed web to production",
        "Deployed ransomware to production",
    ],
)
def test_news_that_speak_of_trouble_are_alerts(text: str) -> None:
    assert alert(text).state.value == "firing"


def test_work_that_is_done_below_a_red_bar_is_an_alert() -> None:
    red = alert(attachments=[{"text": "Deployed web v1.2.3 to production by kim", "color": "danger"}])

    assert red.state.value == "firing"


def test_two_incidents_below_one_and_the_same_title_are_two() -> None:
    def incident(name: str) -> Alert:
        return alert(
            attachments=[{"title": "Critical priority issue is active", "text": f"Errors in {name}"}]
        )

    assert incident("cart").fingerprint != incident("mail").fingerprint
    assert incident("cart").title == "Errors in cart"


def test_a_reading_says_where_each_part_was_read() -> None:
    fields = [{"title": "Severity", "value": "High"}, {"title": "Host", "value": "db-1"}]
    found = alert(attachments=[{"title": "Disk is full", "color": "danger", "fields": fields}])

    assert found.places == {
        "title": "attachments[0].title",
        "state": "attachments[0].color",
        "severity": "attachments[0].fields[0]",
        "fingerprint": "attachments[0].title, attachments[0].fields[1]",
    }
    assert found.severity is Severity.SEV2


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("Queue mail is CRITICAL: 512 waiting", "Queue mail is OK: 3 waiting"),
        ("🔴 Server room 2: 34.2 °C (max 28)", "🟢 Server room 2: 24 °C"),
        ("Job export has not checked in since Nov 21, 2026", "Job export is reporting again"),
        ("Check eu has changed from Healthy to Unhealthy", "Check eu has changed from Unhealthy to Healthy."),
    ],
)
def test_what_ended_is_what_began(before: str, now: str) -> None:
    assert alert(before).fingerprint == alert(now).fingerprint
    assert (alert(before).state.value, alert(now).state.value) == ("firing", "cleared")


def test_numbers_that_are_names_tell_things_apart() -> None:
    assert alert("Server room 2: 34 °C").fingerprint != alert("Server room 5: 34 °C").fingerprint


POSTED = {"channel": "C1", "text": "Shop is down", "attachments": [{"title": "x"}]}


@pytest.mark.parametrize(
    "raw",
    [
        POSTED,
        {"channel": "C1", "text": "Shop is down", "attachments": json.dumps([{"title": "x"}])},
        event(**{k: v for k, v in POSTED.items() if k != "channel"}),
        {"type": "event_callback", "event": event(text="Shop is down", attachments=[{"title": "x"}])},
        changed(event(text="Shop is down", attachments=[{"title": "x"}]), event(text="before")),
        {"ok": True, "channel": "C1", "message": {"text": "Shop is down", "attachments": [{"title": "x"}]}},
    ],
)
def test_a_message_is_read_in_whatever_form_one_has_it(raw: Mapping[str, object]) -> None:
    message = read_posted(raw)

    assert message is not None
    assert (message.channel, message.text, message.attachments[0].title) == ("C1", "Shop is down", "x")


def test_an_attachment_by_itself_is_a_message() -> None:
    message = read_posted({"title": "Shop is down", "color": "danger"})

    assert message is not None
    assert message.attachments[0].title == "Shop is down"


@pytest.mark.parametrize("raw", [None, 3, "x", []])
def test_what_is_no_message_is_none(raw: object) -> None:
    assert read_posted(raw) is None
