"""Block Kit, attachments and fields as HTML."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.sandbox.slack.blocks import Surface, check_blocks, check_view
from bot.sandbox.slack.content import content
from bot.sandbox.slack.shapes import Json, SlackError
from bot.sandbox.slack.targets import state_of
from bot.sandbox.slack.workspace import Message
from bot.sandbox.web.blocks import Canvas, blocks
from bot.sandbox.web.messages import drawn, shown
from tests.sandbox.test_web_text import HOSTILE
from tests.sandbox.web_pages import read, reader, words_of

_KEYS = st.sampled_from(
    ["title", "text", "fields", "actions", "color", "pretext", "value", "url", "blocks", "elements", "type"]
)
ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


def text(words: str, kind: str = "plain_text") -> Json:
    return {"type": kind, "text": words}


def option(words: str) -> Json:
    return {"text": text(words[:75] or "-"), "value": words[:150] or "-"}


def everything(words: str) -> list[Json]:
    """A block of every kind that a message may have, with these words wherever words may stand."""
    short, label = words[:70] or "-", words[:140] or "-"
    button = {"type": "button", "action_id": "go", "text": text(short), "value": label, "style": "primary"}
    menu = {
        "type": "static_select",
        "action_id": "pick",
        "options": [option(words)],
        "placeholder": text(label),
    }
    more = {"type": "overflow", "action_id": "more", "options": [option(words), option("b")]}
    boxes = {
        "type": "checkboxes",
        "action_id": "boxes",
        "options": [option(words) | {"description": text(short)}],
    }
    link = button | {"action_id": "link", "url": f"https://e.example/{words}"[:3000]}
    bad = button | {"action_id": "bad", "url": words[:3000] or "-", "accessibility_label": short}
    picture = {"type": "image", "alt_text": label, "image_url": "https://e.example/x.png"}
    return [
        {"type": "header", "block_id": "h", "text": text(label)},
        {"type": "section", "block_id": label, "text": text(label, "mrkdwn"), "accessory": menu},
        {"type": "section", "block_id": "f", "fields": [text(label, "mrkdwn"), text(label)]},
        {"type": "actions", "block_id": "a", "elements": [button, menu, more, boxes, link, bad]},
        {"type": "context", "block_id": "c", "elements": [picture, text(label, "mrkdwn")]},
        {"type": "divider", "block_id": "d"},
        picture | {"block_id": "p", "title": text(label)},
        {"type": "video", "block_id": "v"},
    ]


def legacy(words: str) -> Json:
    return {
        "color": words, "pretext": words, "author_name": words, "title": words, "title_link": words,
        "text": words, "footer": words, "fallback": words, "image_url": words,
        "fields": [{"title": words, "value": words, "short": True}],
        "actions": [{"type": "button", "text": words, "url": words}],
    }  # fmt: skip


@given(HOSTILE)
@example("HTTP:")
@pytest.mark.row("A43")
def test_no_block_lets_a_text_become_markup(words: str) -> None:
    known = reader()
    body = {
        "text": words,
        "blocks": everything(words),
        "attachments": [legacy(words), {"blocks": everything(words), "id": 2}],
    }

    html = drawn(body, known) + drawn({"text": words}, known)

    assert read(html).wild == []


@given(HOSTILE)
@pytest.mark.row("A43")
def test_no_field_of_a_modal_lets_a_text_become_markup(words: str) -> None:
    view = modal(words)
    canvas = Canvas(
        reader=reader(),
        values=state_of(view, {"title": {"title": {"type": "plain_text_input", "value": words}}}),
        errors={"title": words},
    )

    assert read(blocks(view["blocks"], canvas)).wild == []


@given(ANYTHING)
def test_every_attachment_that_slack_takes_is_drawn(junk: object) -> None:
    attachments = junk if isinstance(junk, list) else [junk, {"fields": junk, "actions": junk, "title": junk}]
    try:
        body = content({"text": "x", "attachments": attachments})
    except SlackError:
        return  # Slack refuses it, so nobody ever sees it

    assert read(drawn(body, reader())).wild == []


def modal(words: str = "Why?") -> Json:
    short = words[:70] or "-"

    def field(name: str, element: Json, **more: object) -> Json:
        element = element | {"action_id": name}
        return {"type": "input", "block_id": name, "label": text(short), "element": element, **more}

    choices = {"options": [option("one"), option(words)]}
    return {
        "type": "modal",
        "title": text("T"),
        "submit": text("S"),
        "blocks": [
            field("title", {"type": "plain_text_input", "max_length": 200, "placeholder": text(short)}),
            field(
                "lines",
                {"type": "plain_text_input", "multiline": True, "initial_value": words},
                optional=True,
            ),
            field("level", {"type": "static_select", **choices, "initial_option": option("one")}),
            field(
                "now",
                {
                    "type": "radio_buttons",
                    "options": [option("yes"), option("no")],
                    "initial_option": option("yes"),
                },
            ),
            field("people", {"type": "multi_users_select"}, hint=text(short)),
            field("until", {"type": "datetimepicker", "initial_date_time": 1795356000}),
            field("day", {"type": "datepicker", "initial_date": "2026-11-22"}),
        ],
    }


def test_the_examples_are_what_slack_accepts() -> None:
    assert check_view(modal()) == []
    assert check_blocks(everything("words")[:-1], Surface.MESSAGE) == []


def test_a_modal_shows_every_field_with_its_value_and_its_error() -> None:
    view = modal()
    canvas = Canvas(reader=reader(), values=state_of(view, {}), errors={"title": "Say what is wrong."})

    html = blocks(view["blocks"], canvas)

    assert 'name="pick:title/title" aria-label="Why?" aria-invalid="true"' in html
    assert '<p class="error" role="alert">Say what is wrong.</p>' in html
    assert '<textarea rows="4" id="f-lines/lines"' in html
    assert '<option value="one" selected>one</option>' in html
    assert '<input type="radio" value="yes" checked' in html
    assert '<input type="checkbox" value="U0BOBRAY001"' in html
    assert "U0FAYGONE01" not in html
    assert '<input type="datetime-local" value="2026-11-22T14:00"' in html
    assert '<input type="date" value="2026-11-22"' in html


def test_buttons_say_which_element_they_are() -> None:
    html = blocks(everything("Go")[:-1], Canvas(reader=reader()))

    assert (
        '<button type="submit" name="press" value=":a/go" formnovalidate class="button primary">Go</button>'
        in html
    )
    assert '<button type="submit" name="press" value="0:a/more" formnovalidate>Go</button>' in html
    assert 'data-press=":a/pick"' in html
    assert '<a href="https://e.example/Go" data-press=":a/link"' in html
    assert 'value=":a/bad"' in html  # an address that may not be opened is only pressed


def test_a_classic_alert_keeps_its_colour_title_and_fields() -> None:
    alert = {
        "username": "Alertmanager",
        "attachments": [
            {
                "color": "danger",
                "title": "[FIRING:1] Down",
                "title_link": "http://am.example/",
                "text": "*since* now",
                "fields": [{"title": "Host", "value": "db-1", "short": True}],
            }
        ],
    }

    html = drawn(content(alert), reader())

    assert 'fill="#a30200"' in html
    assert (
        '<a href="http://am.example/" target="_blank" rel="noopener noreferrer">[FIRING:1] Down</a>' in html
    )
    assert "<b>since</b> now" in html
    assert '<div class="a-field short"><b>Host</b><div>db-1</div></div>' in html


def test_a_colour_that_is_none_leaves_the_bar_grey() -> None:
    assert 'fill="#8a8a93"' in drawn({"attachments": [{"color": "url(#x)", "text": "x", "id": 1}]}, reader())


def test_text_stands_for_blocks_only_where_there_are_none() -> None:
    section = {"type": "section", "block_id": "s", "text": text("shown", "mrkdwn")}

    assert words_of(drawn({"text": "hidden", "blocks": [section]}, reader())) == "shown"
    assert words_of(drawn({"text": "plain"}, reader())) == "plain"


def test_a_message_says_who_when_and_what_became_of_it() -> None:
    known = reader("bob")
    body = json.loads(
        '{"type":"message","user":"U0DANGUEST1","text":"hi","ts":"1795356000.000100","edited":{"user":"x","ts":"1"},'
        '"reply_count":2,"latest_reply":"1795356060.000100","reactions":[{"name":"eyes","users":["U0BOBRAY001"],"count":1}]}'
    )

    seen = shown(Message(channel="C0ALERTS001", ts=body["ts"], body=body), known)

    assert (seen.author.name, seen.author.initials, seen.author.badge) == ("Dan Guest", "DG", "GUEST")
    assert (seen.when, seen.edited, seen.replies, seen.last_reply) == ("09:00", True, 2, "09:01")
    assert [(r.emoji, r.count, r.mine) for r in seen.reactions] == [("👀", 1, True)]
    assert not seen.pressable
