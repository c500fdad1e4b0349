"""What is read of a message: everything that it shows, cleaned, and nothing beyond the bounds."""

import json
import time
from pathlib import Path

import pytest

from bot.domain.alert import Link
from handlers.alerts import content_hash, parse, read_event, read_history
from tests.unit.alerts.golden import PAYLOADS
from tests.unit.alerts.makers import changed, event, said


def test_entities_and_links_become_text_and_links() -> None:
    message = said(
        text="A &amp; B &lt;c&gt; &amp;lt; <https://a.example.com/x?a=1&amp;b=2|the &amp; log> <@U1> <!here>"
    )

    assert message.text == "A & B <c> &lt; the & log @U1 @here"
    assert message.links == (Link(label="the & log", url="https://a.example.com/x?a=1&b=2"),)


@pytest.mark.row("A33")
@pytest.mark.parametrize(
    "markup",
    [
        "<javascript:alert(1)|x>",
        "<http://jira@evil.example/|x>",
        "<file:///etc/passwd|x>",
        "<http://[|x>",
        "<http:///x|y>",
    ],
)
def test_only_honest_web_addresses_become_links(markup: str) -> None:
    assert said(text=f"see {markup} now").links == ()


@pytest.mark.row("A33")
def test_a_label_that_pretends_another_address_is_replaced_by_the_host() -> None:
    message = said(text="<https://evil.example/login|https://jira.corp.example/login>")

    assert message.links == (Link(label="evil.example", url="https://evil.example/login"),)


@pytest.mark.row("A08", "A34")
def test_text_is_cleaned_at_the_door() -> None:
    message = said(text="a\x00b\x1b[31m\r\nc\td\u202e\u2066e\ud800 e\u0301\u200b", username="\u202eevil\x07")

    assert message.text == "ab[31m\nc\tde \u00e9"
    assert message.username == "evil"


@pytest.mark.row("A08")
def test_long_runs_of_combining_marks_cost_no_time() -> None:
    started = time.perf_counter()
    message = said(text="a" + "\u0315\u0300\u05b0\u0316" * 15_000)

    assert len(message.text) < 20
    assert time.perf_counter() - started < 1


def test_blocks_of_every_kind_are_read() -> None:
    severity, host = (
        {"type": "mrkdwn", "text": "*Severity:*\ncritical"},
        {"type": "mrkdwn", "text": "*Host*: web-1"},
    )
    texts = [{"type": "mrkdwn", "text": "since noon"}, {"type": "image", "alt_text": "no"}]
    one = [{"type": "text", "text": "one "}, {"type": "emoji", "name": "fire"}]
    two = [{"type": "link", "url": "https://e.example.com", "text": "two"}]
    sections = [{"type": "rich_text_section", "elements": line} for line in (one, two)]
    button = {"type": "button", "text": {"text": "Open"}, "url": "https://o.example.com/"}
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Disk full"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "on *web-1*"}, "fields": [severity, host]},
        {"type": "context", "elements": texts},
        {"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": sections}]},
        {"type": "actions", "elements": [button]},
        {"type": "markdown", "text": "## end"},
    ]

    body = said(blocks=blocks).blocks

    assert body.header == "Disk full"
    assert body.text.split("\n")[:2] == ["Disk full", "on *web-1*"]
    assert body.text.split("\n")[-4:] == ["since noon", "one :fire:", "two", "## end"]
    assert [(field.name, field.value) for field in body.fields] == [
        ("Severity", "critical"),
        ("Host", "web-1"),
    ]
    assert [link.label for link in body.links] == ["two", "Open"]


def test_colours_are_known_by_name_and_by_number() -> None:
    colours = ["good", "#D63232", "a30200", "teal", 7, None]
    message = said(attachments=[{"color": colour} for colour in colours])

    assert [part.colour for part in message.attachments] == ["2eb886", "d63232", "a30200", "", "", ""]


def test_the_sender_is_known_by_any_of_its_names() -> None:
    message = said(
        bot_id=None, bot_profile={"id": "B7", "app_id": "A7", "name": "Seven"}, metadata={"event_type": "x"}
    )

    assert (message.bot_id, message.app_id, message.username, message.event_type) == (
        "B7",
        "A7",
        "Seven",
        "x",
    )


@pytest.mark.parametrize(
    "subtype", ["channel_join", "message_deleted", "bot_add", "tombstone", "message_replied"]
)
def test_what_shows_no_new_message_is_not_read(subtype: str) -> None:
    assert read_event(event(subtype=subtype)) is None
    assert read_history("C1", event(subtype=subtype)) is None


def test_an_edit_is_the_same_message_at_a_later_time() -> None:
    before = event(attachments=[{"title": "[FIRING:1] Down eu (a)"}])
    now = event(attachments=[{"title": "[RESOLVED] Down eu (b)"}])

    first, edited = read_event(before), read_event(changed(now, before))

    assert first
    assert edited
    assert edited.ref == first.ref
    assert edited.edited
    assert not edited.unchanged
    assert [a.fingerprint for a in parse(edited)] == [a.fingerprint for a in parse(first)]
    assert float(edited.at) > float(first.at)


def test_an_unfurled_link_or_a_count_of_replies_changes_nothing() -> None:
    before = event(text="Down: <https://x.example.com>")
    unfurl = {
        "from_url": "https://x.example.com",
        "original_url": "https://x.example.com",
        "title": "Resolved!",
    }
    now = before | {
        "attachments": [unfurl],
        "reply_count": 3,
        "thread_ts": before["ts"],
        "edited": {"user": "U1"},
    }

    edited = read_event(changed(now, before))

    assert edited
    assert edited.unchanged


def test_a_changed_word_anywhere_changes_the_hash() -> None:
    seen = {
        content_hash(said(**parts))
        for parts in (
            {"text": "a"},
            {"text": "b"},
            {"attachments": [{"text": "a"}]},
            {"attachments": [{"title": "a"}]},
            {"attachments": [{"title": "a", "color": "good"}]},
            {"attachments": [{"fields": [{"title": "a", "value": "b"}]}]},
            {"blocks": [{"type": "header", "text": {"text": "a"}}]},
        )
    }

    assert len(seen) == 7


def test_an_alert_that_is_nothing_but_an_unfurl_is_still_read() -> None:
    assert parse(said(attachments=[{"from_url": "https://x.example.com", "title": "Database down"}]))


def test_a_reply_in_a_thread_is_no_alert() -> None:
    assert parse(said(text="Database down", thread_ts="1767225500.000100")) == []
    assert parse(said(text="Database down", thread_ts="1767225600.000100"))


def test_history_tells_the_same_as_the_event() -> None:
    for path in sorted(Path(PAYLOADS).glob("alertmanager/*g.json")):
        raw = json.loads(path.read_text())
        assert read_history(raw.pop("channel"), raw) == read_event(json.loads(path.read_text()))


def test_history_tells_the_same_of_a_message_as_its_events() -> None:
    before = event(text="Shop is down", attachments=[{"title": "x", "color": "danger"}])
    edited = {"edited": {"user": "U1", "ts": "1767225700.000000"}}
    now = before | {"text": "Shop is up"} | edited
    ways = [(before, before), (changed(now, before, ts="1767225700.000900"), now)]

    for told, stands in ways:
        live, late = read_event(told), read_history("C1", stands)

        assert live is not None
        assert late is not None
        assert (late.at, content_hash(late)) == (live.at, content_hash(live))


def test_an_edit_in_the_second_of_the_posting_is_not_older_than_it() -> None:
    posted = event(text="Shop is down")
    now = posted | {"edited": {"user": "U1", "ts": "1767225600.000000"}, "text": "Shop is up"}

    message = read_event(changed(now, posted))

    assert message is not None
    assert message.at == posted["ts"]
