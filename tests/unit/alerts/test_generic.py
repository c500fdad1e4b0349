"""Messages of unknown bots: a sane guess, and never nothing."""

import pytest

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts import parse
from tests.unit.alerts.makers import said


def guess(text: str, **parts: object) -> Alert:
    (alert,) = parse(said(text=text, **parts), "generic")
    return alert


@pytest.mark.parametrize(
    "text",
    [
        "Database db-1 is down",
        "CRITICAL: recovery of db-1 failed",
        "db-1 has not been resolved yet",
        "[ALARM] CPU of web-1",
        ":fire: web-1",
        "🔴 web-1",
        "hello world",
        "Backup failed, 3 jobs passed before",
        "Problem: cluster never recovered",
        "[web-1] [Down] last known state was OK",
        "Success rate is 12%",
        "Healthy hosts: 0 of 4",
        "0 healthy instances",
        "OK rate dropped to 2%",
        "Passed threshold: cpu 99%",
        "Closed connection errors on db-1",
        "rsync error: closed connection",
        "Database restored? still failing",
        "Resolved hostname changed: phishing",
        "Fixed disk failure predicted on db-1",
        "Green power fault",
        "Release 1.2 deployed; checkout returns 500",
        "Deployment of api succeeded, rollback in progress",
    ],
)
def test_what_is_not_surely_over_is_firing(text: str) -> None:
    assert guess(text).state is AlertState.FIRING


@pytest.mark.parametrize(
    "text",
    [
        "RESOLVED: database db-1 is down",
        "Database db-1 is up",
        "[OK] CPU of web-1",
        "The problem with db-1 has been resolved",
        "Recovered: 500 errors on shop",
        "✅ web-1",
        "web-1 is back to normal",
        "Success rate is back to normal",
        "RESOLVED: 0 healthy hosts in pool",
        "Success rate of checkout recovered",
        "All checks have passed",
    ],
)
def test_what_says_that_it_is_over_is_cleared(text: str) -> None:
    assert guess(text).state is AlertState.CLEARED


def test_the_colour_decides_where_words_say_nothing_or_contradict() -> None:
    green, red = [{"color": "good", "text": "x"}], [{"color": "danger", "text": "x"}]

    assert guess("CPU of web-1", attachments=green).state is AlertState.CLEARED
    assert guess("CPU of web-1", attachments=red).state is AlertState.FIRING
    assert guess("web-1 error recovered", attachments=green).state is AlertState.CLEARED
    assert guess("web-1 error recovered", attachments=red).state is AlertState.FIRING


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("CRITICAL disk full", Severity.SEV1),
        ("P2: disk full", None),
        ("disk full\nSeverity: high", Severity.SEV2),
        ("*Priority:* P3\ndisk full", Severity.SEV3),
        ("disk full, SEV-1", Severity.SEV1),
        ("High CPU on one page", None),
    ],
)
def test_a_severity_is_taken_from_fields_and_outspoken_words(text: str, severity: Severity | None) -> None:
    expected = Severity.SEV2 if text.startswith("P2") else severity

    assert guess(text).severity == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Disk of web-1 is 91% full", "Disk of web-1 is 98.5% full"),
        ("CRITICAL: disk of web-1 at 03:10:11", "RESOLVED: disk of web-1 at 2026-01-01 04:00:00"),
        ("Job 8f14e45fceea167a failed", "Job 45c48cce2e2d7fbd failed"),
        ("🔴 Shop is down", "✅ Shop is up"),
        ("Alert for shop triggered due to 3 failures", "Alert for shop resolved after 5 passes"),
    ],
)
def test_numbers_times_ids_and_states_are_no_part_of_the_identity(one: str, other: str) -> None:
    assert guess(one).fingerprint == guess(other).fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Disk of web-1 is full", "Disk of web-2 is full"),
        ("10.0.0.7 is down", "10.0.0.8 is down"),
        ("5xx errors on shop", "4xx errors on shop"),
        ("Disk is full\nHost: web-1", "Disk is full\nHost: web-2"),
        ("[Shop] [Down] timeout", "[Cart] [Down] timeout"),
    ],
)
def test_different_things_are_kept_apart(one: str, other: str) -> None:
    assert guess(one).fingerprint != guess(other).fingerprint


def test_the_same_words_of_another_bot_or_channel_are_another_alert() -> None:
    prints = {
        guess("Disk full", bot_id=bot, channel=channel).fingerprint
        for bot in "AB"
        for channel in ("C1", "C2")
    }

    assert len(prints) == 4


def test_a_text_that_stands_for_blocks_does_not_hide_what_they_show() -> None:
    def shown(words: str) -> Alert:
        return guess("You have a notification", blocks=[{"type": "section", "text": {"text": words}}])

    assert shown("Disk of web-1").title == "Disk of web-1"
    assert shown("Disk of web-1").fingerprint != shown("Disk of web-2").fingerprint
    assert shown("web-1 has recovered").state is AlertState.CLEARED


def test_a_guess_says_so() -> None:
    assert guess("Backup of db-1 took long").confidence < guess("Backup of db-1 has failed").confidence < 1


@pytest.mark.parametrize("text", ["!!!", "✅", "CRITICAL", "1234", ":fire:", "<https://x.example.com>"])
def test_the_poorest_message_is_still_an_alert(text: str) -> None:
    assert guess(text).title


def test_a_message_that_shows_nothing_is_no_alert() -> None:
    assert parse(said(text=" \n ", attachments=[{"color": "good"}], blocks=[{"type": "divider"}])) == []


def test_what_a_chosen_parser_does_not_understand_is_guessed_in_its_name() -> None:
    (alert,) = parse(said(text="Notification template failed"), "alertmanager")

    assert alert.source == "alertmanager"
    assert alert.confidence < 1
