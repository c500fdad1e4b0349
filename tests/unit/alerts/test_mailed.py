"""Letters that Slack's e-mail app posts: a message without words whose file is the letter.

The form is that of `conversations.history` of a workspace to which Zabbix writes.
"""

from collections.abc import Sequence

import pytest

from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.lesson import Lesson
from handlers.alerts import parse
from handlers.alerts.taught import read_by
from tests.unit.alerts.makers import said

ZABBIX = "zabbix@example.com"
PROBLEM = (
    "Problem started at 03:12:40 on 2026.11.22\r\nProblem name: Disk <full> on /var\r\nHost: db-1\r\n"
    "Severity: Disaster\r\n\r\nOriginal problem ID: 4711\r\nhttps://zabbix.example.com/tr_events.php?eventid=4711"
)
OVER = "Problem resolved at 03:40:10 on 2026.11.22\r\nProblem name: Disk <full> on /var\r\nHost: db-1\r\n"


def letter(subject: str, words: str, sender: str = ZABBIX, **parts: object) -> dict[str, object]:
    """The file, as Slack tells it."""
    return {
        "id": "F050D50CHA4",
        "created": 1679469675,
        "name": subject,
        "title": subject,
        "mimetype": "text/html",
        "filetype": "email",
        "pretty_type": "Email",
        "user": "USLACKBOT",
        "mode": "email",
        "username": "Email",
        "url_private": "https://files.slack.com/files-pri/T0X8DQDEW-F050D50CHA4/mail",
        "subject": subject,
        "to": [{"address": "", "name": "Email", "original": "Email <>"}],
        "from": [{"address": sender, "name": "Zabbix", "original": f"Zabbix <{sender}>"}],
        "cc": [],
        "plain_text": words,
        "preview_plain_text": words[:40],
        "bot_id": "B04UWREG34N",
    } | parts


def posted(*files: object, parser: str = "auto") -> Sequence[Alert]:
    """The alerts of the message that has these files."""
    sender = {"subtype": "", "user": "USLACKBOT", "bot_id": "B04UWREG34N", "display_as_bot": True}
    return parse(said(text="", files=[*files], upload=True, **sender), parser)


def test_a_letter_is_an_alert_and_its_end_ends_it() -> None:
    firing, *none = posted(letter("Problem: Disk <full> on /var", PROBLEM))
    (cleared,) = posted(letter("Resolved in 27m 30s: Disk <full> on /var", OVER))

    assert not none
    assert (firing.state, cleared.state) == (AlertState.FIRING, AlertState.CLEARED)
    assert firing.title == "Problem: Disk <full> on /var"  # its words are no markup
    assert firing.severity is Severity.SEV1
    assert firing.labels["host"] == "db-1"
    assert firing.labels["from"] == ZABBIX
    assert [link.url for link in firing.links] == ["https://zabbix.example.com/tr_events.php?eventid=4711"]
    assert firing.fingerprint == cleared.fingerprint


def test_another_sender_ends_nothing_of_it() -> None:
    (firing,) = posted(letter("Problem: Disk full on db-1", PROBLEM))
    (stranger,) = posted(letter("Resolved: Disk full on db-1", OVER, sender="mallory@example.net"))

    assert stranger.state is AlertState.CLEARED
    assert stranger.fingerprint != firing.fingerprint


@pytest.mark.parametrize("parser", ["auto", "alertmanager", "grafana", "zabbix"])
def test_a_letter_in_the_form_of_a_source_is_not_the_sources(parser: str) -> None:
    (alert,) = posted(
        letter("[RESOLVED] InstanceDown (db-1 ops)", "", sender="mallory@example.net"), parser=parser
    )

    assert alert.source == "generic"
    assert alert.labels["from"] == "mallory@example.net"


def test_a_lesson_reads_its_subject_and_keeps_senders_apart() -> None:
    lesson = Lesson(name="mail", channel="C1", bot="B04UWREG34N", title="attachments[0].title")
    author = {"subtype": "", "bot_id": "B04UWREG34N"}
    read = [
        read_by(lesson, said(text="", files=[letter("Disk full on db-1", "", sender=sender)], **author)).alert
        for sender in (ZABBIX, ZABBIX, "mallory@example.net")
    ]

    assert [each.title for each in read if each] == ["Disk full on db-1"] * 3
    assert len({each.fingerprint for each in read if each}) == 2


@pytest.mark.parametrize(
    "parts",
    [
        {"subject": None, "plain_text": None, "preview_plain_text": None, "from": None},
        {"subject": 7, "plain_text": ["x"], "from": "x"},
        {"mode": None, "from": []},
        {"filetype": None, "from": [{"address": 7}]},
        {"from": [None]},
    ],
)
def test_a_letter_told_in_part_or_wrongly_is_read_as_far_as_it_goes(parts: dict[str, object]) -> None:
    (alert,) = posted(letter("payments is down", "since noon") | parts)

    assert alert.state is AlertState.FIRING


@pytest.mark.parametrize(
    "files",
    [None, {}, [], ["x"], [{"filetype": "email"}], [{"filetype": "text", "title": "payments is down"}]],
)
def test_other_files_are_no_alerts(files: object) -> None:
    assert parse(said(text="", files=files, subtype="")) == []


def test_an_endless_letter_is_cut() -> None:
    (alert,) = posted(letter("payments is down", "x " * 500_000))

    assert len(alert.description) < 20_000


def test_a_long_letter_is_read_as_far_as_an_alert_needs_it() -> None:
    (alert,) = posted(letter("payments is down", "x " * 4_100 + "\nseverity: critical"))

    assert alert.severity is not Severity.SEV1


@pytest.mark.parametrize("words", ["see <{}> now", "<{}>", "({})", "{}.", "<a href='{}'>"])
def test_an_address_in_brackets_is_a_link(words: str) -> None:
    address = "https://zabbix.example.com/x?a=1&b=2"
    (alert,) = posted(letter("payments is down", words.format(address)))

    assert [link.url for link in alert.links] == [address]


def test_a_sender_that_only_looks_like_another_and_one_that_is_not_told_are_others() -> None:
    senders = [ZABBIX, ZABBIX.upper(), "zab\u200bbix@example.com", ""]
    found = [posted(letter("Disk full on db-1", "", sender=each))[0] for each in senders]
    unsaid = parse(said(text="Disk full on db-1", subtype="", bot_id="B04UWREG34N"))[0]

    assert found[0].fingerprint == found[1].fingerprint
    assert len({each.fingerprint for each in [*found, unsaid]}) == 4
    assert found[2].labels["from"] == "'zab\\u200bbix@example.com'"
    assert "from" not in found[3].labels
