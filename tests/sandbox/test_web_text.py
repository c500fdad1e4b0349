"""Slack's mrkdwn, people's rich text and Jira's wiki markup as HTML: faithful, and never more than text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack.shapes import rich_text as composed
from bot.sandbox.web.mailbox import linked
from bot.sandbox.web.mrkdwn import mrkdwn, plain
from bot.sandbox.web.rich_text import rich_text
from bot.sandbox.web.wiki import wiki
from tests.sandbox.web_pages import JIRA, read, reader, words_of

HOSTILE = st.text() | st.lists(
    st.sampled_from(
        [
            *"<>&\"'`*_~|!@#^:\n \\ax{}[]",
            "```",
            "<script>",
            "</script>",
            "<img src=x onerror=alert(1)>",
            "javascript:alert(1)",
            "<https://e.example|",
            "<javascript:alert(1)|x>",
            '<http://e.example/" onclick="x|y>',
            "http://a.b/'x",
            "[a|",
            "{noformat}",
            "<!date^0^{date}^javascript:x|",
            "<!date^9e9^{x}|y>",
            "&lt;b&gt;",
            "&quot;",
            "<@U0ANNLEE001>",
            "<#C0ALERTS001>",
            "<!subteam^S0ONCALL001>",
            ":fire:",
            "\x00",
            "\u202e",
        ]
    ),
    max_size=25,
).map("".join)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _it_ ~no~ `a*b*c`", "<b>bold</b> <i>it</i> <s>no</s> <code>a*b*c</code>"),
        ("*_both_*", "<b><i>both</i></b>"),
        ("2*3*4 a_b_c ~/.ssh ~", "2*3*4 a_b_c ~/.ssh ~"),
        ("a\nb", "a<br>b"),
        ("&gt; said\n&gt; more\nend", "<blockquote>said<br>more</blockquote>end"),
        ("```x = *1*\n&lt;b&gt;```", "<pre>x = *1*\n&lt;b&gt;</pre>"),
        ("1 &lt; 2 &amp;&amp; 3", "1 &lt; 2 &amp;&amp; 3"),
        (":fire: :no_such_thing:", "🔥 :no_such_thing:"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<javascript:alert(1)|click>", "click"),
        ("<@U0ANNLEE001> <@U0BOBRAY001|b>", (
            '<span class="mention loud">@Ann Lee</span> <span class="mention">@Bob Ray</span>'
        )),
        ("<!subteam^S0ONCALL001|@oncall> <!here>", (
            '<span class="mention loud">@oncall</span> <span class="mention loud">@here</span>'
        )),
        ("<#C0ALERTS001|alerts>", '<a class="mention" href="/as/ann/C0ALERTS001">#alerts</a>'),
        ("<#C0UNKNOWN01>", '<span class="mention">#private channel</span>'),
        ("<https://e.example/?a=1&amp;b=2|site>", (
            '<a href="https://e.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">site</a>'
        )),
        (f"<{JIRA}/browse/OPS-1|OPS-1>", '<a href="/as/ann/jira/OPS-1">OPS-1</a>'),
    ],
)  # fmt: skip
def test_markup_is_drawn_as_slack_draws_it(text: str, html: str) -> None:
    assert mrkdwn(text, reader()) == html


def test_permalinks_lead_to_the_message_on_this_server() -> None:
    link = "https://example-co.slack.com/archives/C0INCIDENT1/p1795395566000100?thread_ts=1795395560.000100&cid=C"

    html = mrkdwn(f"<{link}|card>", reader())

    assert 'href="/as/ann/C0INCIDENT1?thread=1795395560.000100#m-1795395566-000100"' in html


@pytest.mark.parametrize(
    ("person", "form", "shown"),
    [
        ("ann", "{date_short_pretty} {time}", "Today 14:00"),
        ("bob", "{date_short_pretty} at {time}", "Today at 09:00"),
        ("cleo", "{date_num} {time_secs}", "2026-11-22 23:00:00"),
        ("ann", "{what}", "fallback"),
    ],
)
def test_dates_are_shown_in_the_readers_own_zone(person: str, form: str, shown: str) -> None:
    epoch = 1795356000  # 2026-11-22 14:00 UTC

    html = mrkdwn(f"<!date^{epoch}^{form}|fallback>", reader(person))

    assert words_of(html) == shown


def test_a_guest_sees_no_names_of_channels_that_are_closed_to_them() -> None:
    html = mrkdwn("<#C0ALERTS001>", reader("eve"))

    assert "alerts" not in html


@given(HOSTILE)
@pytest.mark.row("A43")
def test_no_text_ever_becomes_markup_of_its_own(text: str) -> None:
    known = reader()
    block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
        {"type": "text", "text": text}, {"type": "link", "url": text, "text": text},
        {"type": "user", "user_id": text}, {"type": "emoji", "name": text},
        {"type": "channel", "channel_id": text},
    ]}]}  # fmt: skip

    for html in (
        mrkdwn(text, known),
        plain(text),
        wiki(text, known),
        linked(text, known),
        rich_text(block, known),
        rich_text(composed(text, "b")[0], known),
    ):
        assert read(html).wild == []


@given(st.text(alphabet="abc <>&\"'/=", max_size=60))
def test_plain_text_is_shown_letter_by_letter(text: str) -> None:
    assert words_of(plain(text)) == text


def test_long_runs_of_marks_are_read_in_no_time() -> None:
    for text in ("*" * 40_000, "_ " * 20_000, "<" * 40_000, "`" * 40_001, "*a " * 13_000, "[\\" * 20_000):
        mrkdwn(text, reader())
        wiki(text, reader())


def test_wiki_markup_is_drawn_in_small() -> None:
    text = (
        "*Service:* check\\-out &amp; more\n[INC\\-1|https://e.example/x]\n"
        "{noformat}\n*raw* <b>\n{noformat}\nend"
    )

    html = wiki(text, reader())

    assert "<b>Service:</b> check-out &amp; more" in html
    assert '<a href="https://e.example/x" target="_blank" rel="noopener noreferrer">INC-1</a>' in html
    assert "<pre>*raw* &lt;b&gt;</pre>" in html
