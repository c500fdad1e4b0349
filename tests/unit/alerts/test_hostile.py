"""Whatever is sent: a list of alerts, never an exception, in bounded time."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.alert import Alert
from handlers.alerts import SlackMessage, content_hash, parse, read_event, read_history
from handlers.alerts.sources import SOURCES
from tests.unit.alerts.golden import examples
from tests.unit.alerts.makers import event

FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
LIST = "**Firing**\n\nValue: 1\nLabels:\n - a = b\n"
TELLING = [
    "[FIRING:1] a (b",
    "[RESOLVED] a",
    LIST,
    "[OK] x",
    "<http://[|x>",
    "[a] [down]",
    "mrkdwn",
    "header",
    "section",
]
TELLING += [
    "rich_text",
    "danger",
    "#zzzzzz",
    "1.2",
    "http://[",
    "https://a.b/#/alerts?receiver=%ff",
    "Grafana",
]
TELLING += [
    "An alert for *a/b* has been triggered due to having failed 3 time(s) in a row:\n> c",
    "[Shop] [🔴 Down] x",
    "[Shop][https://a.b] certificate will expire in 3 days",
    "“a” is DOWN.",
    "a is critical, `b`, *c = 1*",
    ":x: Application a has degraded.",
    "Problem: x",
    "5 _(Level 99)_",
    "WAZUH Alert",
    'a\n@timestamp: 1\nhost: {\n  "name": "\\ud800"\n}',
    "Rule 'a' is active for group 'b':",
    "Splunk",
    "AWS notification",
    "AWS GuardDuty Finding - x",
    "An AWS Backup job failed",
    "CloudWatch Alarm | a | us-east-1 | Account: 123456789012",
    '{"state": "FAILED", "jobName": "\\ud800\\u0000", "n": 1e999}',
    "<https://a.sentry.io/issues/12/?referrer=slack|*Critical: x*>",
    "<https://github.com/a/b/actions/runs/1|Workflow CI failed>",
    "<https://github.com/a/b/security/dependabot/1|x>",
    "<https://github.com/a/b|a/b>",
    "Deploying `a` to b failed",
    "Host",
    "Event time",
    "Rule ID",
    "detail",
    "https://zabbix.example.com/tr_events.php?triggerid=1",
]
TEXT = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(TELLING)
NAMES = (
    "type text title title_link pretext fallback footer color fields value blocks elements attachments url "
    "hidden bot_profile metadata event_type edited ts thread_ts actions accessory message previous_message "
    "from_url user_id name footer_icon subtype"
)
KEYS = st.sampled_from(list(NAMES.split()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS | TEXT, inner, max_size=6),
    max_leaves=30,
)
PATIENT = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])


def read_all(raw: object) -> Iterator[Alert]:
    """The alerts of anything, by every way in and every parser."""
    for message in (read_event(raw), read_history("C1", raw)):
        if message is not None:
            content_hash(message)
            yield from parse(message)
            yield from read_by_each(message)


def read_by_each(message: SlackMessage) -> Iterator[Alert]:
    """What every source makes of a message, whether it is for it or not."""
    for source in SOURCES.values():
        source.recognise(message)
        yield from source.parse(message)


def check(alert: Alert) -> None:
    texts = [alert.title, alert.description, *alert.labels, *alert.labels.values()]
    texts += [text for link in alert.links for text in (link.label, link.url)]
    assert not any(FORBIDDEN.search(text) for text in texts)
    assert alert.title.strip()
    assert "\n" not in alert.title
    assert len(alert.title) <= 200
    assert len(alert.description) <= 3_000
    assert all(link.url.lower().startswith(("http://", "https://")) for link in alert.links)
    assert re.fullmatch("[0-9a-f]{32}", alert.fingerprint)
    json.dumps(texts).encode()


@pytest.mark.row("A08")
@PATIENT
@given(JSON)
def test_anything_at_all_is_read_without_an_exception(raw: object) -> None:
    for alert in read_all(raw):
        check(alert)


@pytest.mark.row("A08", "A34")
@PATIENT
@given(text=JSON, attachments=st.lists(JSON, max_size=3) | JSON, blocks=st.lists(JSON, max_size=3) | JSON)
def test_a_message_with_any_content_is_read_without_an_exception(
    text: object, attachments: object, blocks: object
) -> None:
    for alert in read_all(event(text=text, attachments=attachments, blocks=blocks)):
        check(alert)


@pytest.mark.row("A08")
@PATIENT
@given(st.sampled_from(examples()), st.data())
def test_a_real_message_with_one_part_replaced_is_read_without_an_exception(
    path: Path, data: st.DataObject
) -> None:
    raw = json.loads(path.read_text())
    places = list(inner(raw))
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(JSON)

    for alert in read_all(raw):
        check(alert)


def inner(node: object) -> Iterator[tuple[dict[str, object], str]]:
    """Every place in a document that has a name."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield node, key
            yield from inner(value)
    elif isinstance(node, list):
        for value in node:
            yield from inner(value)


@given(TEXT.filter(str.strip))
def test_every_message_that_shows_a_letter_is_an_alert(text: str) -> None:
    message = read_event(event(text=f"x {text}"))

    assert message
    assert parse(message)


def deep(name: str, levels: int) -> dict[str, object]:
    node: dict[str, object] = {"type": "rich_text", "text": "end"}
    for _ in range(levels):
        node = {"type": "rich_text", "elements": [node], "text": node, name: [node]}
    return node


def attached(title: str, text: str, **parts: object) -> dict[str, object]:
    return {"attachments": [{"title": title, "text": text, **parts}]}


def fields() -> list[dict[str, str]]:
    return [{"title": "detail", "value": '{"a":' * 1_000_000}, {"title": "a", "value": "b"}]


HOST = [{"title": "Host", "value": "a [" * 100_000}, {"title": "Event time", "value": "1"}]
GRAFANA = "**Firing**\nValue: x\nLabels:\n - a = b\n"
HOSTILE: dict[str, Callable[[], dict[str, object]]] = {
    "blocks 100,000 deep": lambda: {"blocks": [deep("elements", 100_000)]},
    "attachments 100,000 deep": lambda: {"attachments": [deep("attachments", 100_000)]},
    "10 MB of one letter": lambda: {"text": "a" * 10_000_000},
    "10 MB of opened links": lambda: {"text": "<" * 10_000_000},
    "10 MB of links without an end": lambda: {"text": "<https://x.example.com/|a" * 400_000},
    "10 MB of prefixes": lambda: {"text": "[FIRING:" * 1_250_000},
    "10 MB of parentheses": lambda: {"text": "[FIRING:1] " + "(" * 9_999_000 + ")"},
    "10 MB of addresses": lambda: {"text": "https://" * 1_250_000},
    "10 MB of names": lambda: {"text": "a: " * 3_000_000},
    "10 MB of spaces": lambda: {"text": " " * 10_000_000 + "x"},
    "10 MB of spaces inside": lambda: {"text": "x" + " " * 10_000_000 + "x"},
    "10 MB of verbs": lambda: {"text": "is now back " * 900_000},
    "10 MB of numbers": lambda: {"text": "0-" * 5_000_000},
    "10 MB of combining marks": lambda: {"text": "\u0315\u0300" * 3_000_000},
    "100,000 attachments": lambda: {"attachments": [{"text": "x" * 100}] * 100_000},
    "500,000 fields": lambda: {"attachments": [{"fields": [{"title": "a", "value": "b"}] * 5_000}] * 100},
    "300,000 alerts of Grafana": lambda: attached("[FIRING:9]", GRAFANA * 300_000, footer="Grafana"),
    "a label of 4,000,000 lines": lambda: attached(
        "[FIRING:9]", GRAFANA + "y\n" * 4_000_000, footer="Grafana"
    ),
    "a million details": lambda: attached("[FIRING:1] x", "• *a:* `b\n" * 1_000_000),
    "a million bullets": lambda: attached("[FIRING:1] x", " •" * 1_000_000),
    "a million monitors": lambda: {"text": "[a] [" * 1_000_000},
    "a million monitors of lines": lambda: {"text": "[a] [x Down\n" * 1_000_000},
    "a million deployments": lambda: {"text": "Deploying a to b " * 1_000_000, "app_id": "A01BP7R4KNY"},
    "a million workflows": lambda: {"text": "Workflow a " * 1_000_000 + "failed", "app_id": "A01BP7R4KNY"},
    "a million applications": lambda: {"text": "Application a" * 1_000_000 + " has degraded"},
    "a million rules": lambda: {"text": "Rule 'a' is \n" * 1_000_000},
    "a million events": lambda: attached("AWS notification", "AWS notification", fields=fields()),
    "a million matches": lambda: attached("x", "a\n@timestamp: 1\n" + "-" * 40 + "\nb: {\n" * 1_000_000),
    "a million errors": lambda: {"text": "<https://a.sentry.io/issues/1|*Critical: x*>" * 1_000_000},
    "a million titles": lambda: attached("Problem in 1: " * 1_000_000, "", fields=HOST),
    "a million accounts": lambda: {"text": "A | a | us-east-1 | " * 1_000_000},
    "a million sentences": lambda: attached("x", "An alert for *" * 1_000_000),
    "a million stars": lambda: attached("[FIRING:1] x", "*" * 1_000_000),
}
"""Made by the test that reads it: together they are hundreds of megabytes in every process of a run."""


@pytest.mark.row("A08")
@pytest.mark.parametrize("parts", HOSTILE.values(), ids=HOSTILE)
def test_size_and_depth_cost_bounded_time(parts: Callable[[], dict[str, object]]) -> None:
    raw = event(**parts())
    started = time.process_time()

    message = read_event(raw)
    assert message
    for alert in read_by_each(message):
        check(alert)

    assert time.process_time() - started < 3


@pytest.mark.row("A08")
def test_only_so_much_of_a_message_is_read() -> None:
    wide = read_event(event(attachments=[{"text": "x"}] * 5_000))
    nested = read_event(event(attachments=[{"fields": [{"title": "a", "value": "b"}] * 100}] * 100))
    long = read_event(event(text="x" * 1_000_000, attachments=[{"text": "y" * 1_000_000}]))

    assert wide
    assert nested
    assert long
    assert len(wide.attachments) == 100
    assert sum(len(part.fields) for part in nested.attachments) <= 3_000
    assert len(long.text) + len(long.attachments[0].text) <= 60_000
