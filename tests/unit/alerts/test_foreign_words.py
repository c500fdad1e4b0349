"""Words that a stranger chose, such as a mail's subject or a file's name, end nothing."""

import json

import pytest

from bot.domain.alert import Alert, AlertState
from handlers.alerts import parse
from handlers.alerts.phrases import over, over_anywhere
from handlers.webhooks.loading import receive
from handlers.webhooks.sources import SOURCES
from tests.unit.alerts.makers import said


def read(text: str = "", **parts: object) -> Alert:
    (found,) = parse(said(text=text, **parts), "auto")
    return found


HOSTILE = [
    ":rotating_light: [CRITICAL] Phishing: [RESOLVED] invoice",
    "Phishing mail reported: [RESOLVED] your invoice",
    "Phishing mail with subject: RESOLVED: your invoice",
    "New mail with subject: RESOLVED: your invoice",
    "Data exfiltration to resolved.example.com",
    "Transfer of 3 GB to healthy.example.com",
    "Requests to https://x.example.com/?q=is+resolved from a bot",
    "SQL injection: q=1 has been resolved",
    "Request with q=1%20resolved",
    "Malware found in file resolved.exe",
    "New file /tmp/fixed.sh on db-1",
    "New file on web-1: ✅.php",
    "Suspicious login by user resolved",
    "Login by user resolved",
    "Login by user 'ok' from 203.0.113.7",
    "Login from a new country: user ✅ alice",
    "Brute force: 500 attempts for account recovered",
    "Privilege escalation: process `is resolved`",
    "New process `is resolved`",
    'User-Agent "is back to normal" seen',
    "Push to fix/resolved by mallory rejected",
    "Backdoor on resolved-pc",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_words_that_a_stranger_chose_end_nothing(text: str) -> None:
    assert read(text).state is AlertState.FIRING


@pytest.mark.parametrize("text", HOSTILE)
def test_nor_do_they_in_a_red_attachment_or_a_letter(text: str) -> None:
    letter = {"subject": text, "text": "severity: critical", "from": "m@example.com"}
    (written,) = SOURCES["email"](receive(json.dumps(letter).encode(), {}, {}))

    assert read(attachments=[{"title": text, "fallback": text, "color": "danger"}]).state is AlertState.FIRING
    assert written.state is AlertState.FIRING


@pytest.mark.parametrize("body", ["Subject: hello\nresolved", "Body:\nclosed", "RESOLVED: your invoice"])
@pytest.mark.parametrize("title", ["Suspicious mail", "Mail that was reported"])
def test_a_mails_text_ends_nothing_below_a_red_bar(title: str, body: str) -> None:
    assert read(attachments=[{"title": title, "text": body, "color": "danger"}]).state is AlertState.FIRING


@pytest.mark.parametrize("body", ["Subject: hello\nresolved", "Body:\nclosed", "RESOLVED: your invoice"])
def test_nor_where_an_attack_is_spoken_of(body: str) -> None:
    assert read(attachments=[{"title": "Suspicious mail", "text": body}]).state is AlertState.FIRING


@pytest.mark.parametrize(
    "text",
    [
        "Phishing mail reported\n✅ db-1 recovered\n🔴 db-2 is down",
        "Phishing mail reported\n✅ db-1 recovered\n✅ db-2 recovered",
        "🔴 Phishing mail to ann\n✅ db-1 recovered",
        "Malware on web-1 is down\ndb-1 is up",
    ],
)
def test_a_list_in_an_attackers_letter_fires_and_ends_nothing_that_is_known(text: str) -> None:
    found = parse(said(text=text), "auto")
    known = {read(f"{line} is down").fingerprint for line in ("db-1", "db-2", "✅ db-1", "🔴 db-2")}

    assert AlertState.FIRING in {alert.state for alert in found}
    assert known.isdisjoint(alert.fingerprint for alert in found if alert.state is AlertState.CLEARED)
    assert read("✅ db-1 recovered").fingerprint in known


def test_the_title_of_an_attack_is_not_in_the_attackers_words() -> None:
    assert read("Phishing mail reported\n✅ db-1 recovered").title == "Phishing mail reported"


def test_a_list_of_attacks_that_are_over_ends_them() -> None:
    found = parse(said(text="RECOVERED: malware on web-1\nRECOVERED: malware on web-2"), "auto")
    fired = parse(said(text="PROBLEM: malware on web-1\nPROBLEM: malware on web-2"), "auto")

    assert {alert.state for alert in found} == {AlertState.CLEARED}
    assert {alert.fingerprint for alert in found} == {alert.fingerprint for alert in fired}


def test_fields_that_others_choose_end_nothing() -> None:
    fields = [{"title": "Subject", "value": "your order is resolved"}, {"title": "File", "value": "ok.exe"}]

    assert read(attachments=[{"title": "Mail from outside", "fields": fields}]).state is AlertState.FIRING


@pytest.mark.parametrize(
    "text",
    [
        "RESOLVED: Phishing mail",
        "[prod] [RESOLVED] Malware on db-1",
        "✅ Phishing site is gone",
        ":rotating_light: Job export is resolved",
        "`db-1` is `UP`",
        "```db-1 recovered```",
        "“db-1 is back to normal”",
        "db-1 auto-resolved",
        "incident.resolved: db-1",
        "web-1.example.com is up",
        "Check “Login for 'alice'” has been resolved",
    ],
)
def test_what_the_bot_says_itself_does(text: str) -> None:
    assert read(text).state is AlertState.CLEARED


def test_a_field_for_the_state_counts_beside_a_red_bar() -> None:
    closed = {"title": "Phishing mail", "color": "danger", "fields": [{"title": "Status", "value": "Closed"}]}

    assert read(attachments=[closed]).state is AlertState.CLEARED


@pytest.mark.parametrize(
    "text", ["Malware in file resolved.exe", "Mail with subject: resolved", "x=resolved.a"]
)
def test_a_taught_phrase_is_not_found_in_the_words_of_others(text: str) -> None:
    assert not over(text, ["resolved"])
    assert not over_anywhere(f"New thing\n{text}", ["resolved"])


def test_a_taught_phrase_may_be_a_part_of_a_name() -> None:
    assert over("web-1: HTTP/OK", ["http/ok"])
