import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.render.escape import (
    clean,
    clip,
    date,
    escape,
    fence,
    flatten,
    header,
    inert,
    link,
    marked,
    marked_lines,
    mention,
    one_line,
    own_link,
    safe_url,
)
from tests.unit.render.examples import ANY_TEXT, PATIENT, judge_json, judge_markup


@pytest.mark.row("A32")
@pytest.mark.parametrize(
    "evil", ["<!channel>", "<!here>", "<!everyone>", "<!subteam^S1>", "<@U1>", "<#C1|x>", "<https://e.il|ok>"]
)
def test_markup_in_untrusted_text_stays_text(evil: str) -> None:
    assert marked(evil) == evil.replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.row("A34")
def test_what_cannot_be_seen_is_dropped() -> None:
    assert clean("a\x00b\u202ec\u200bd\u2066e\ufefff\x1bg\U000e0041h") == "abcdefgh"


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    assert clean("a\ud800b") == "a\ufffdb"


def test_line_ends_become_one_kind() -> None:
    assert clean("a\r\nb\rc\u2028d\u2029e") == "a\nb\nc\nd\ne"


@pytest.mark.parametrize("empty", ["", " \n\t", "\u200b", "\x00"])
def test_nothing_becomes_a_dash(empty: str) -> None:
    assert [marked(empty), marked_lines(empty), one_line(empty), inert(empty, 9)] == ["-", "-", "-", "-"]


@pytest.mark.parametrize(
    ("markup", "limit", "cut"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("a&amp;b", 5, "a…"),
        ("a&amp;b", 6, "a…"),
        ("a&amp;bc", 7, "a&amp;…"),
        ("see <https://x.example|there> now", 20, "see…"),
        ("see <https://x.example|there> now", 31, "see <https://x.example|there>…"),
    ],
)
def test_a_cut_never_falls_inside_an_entity_or_a_link(markup: str, limit: int, cut: str) -> None:
    assert clip(markup, limit) == cut


@PATIENT
@given(ANY_TEXT, st.integers(min_value=1, max_value=120))
@example("&" * 400, 7)
def test_marked_text_is_within_its_limit_and_has_no_markup(text: str, limit: int) -> None:
    for made in (marked(text, limit), marked_lines(text, limit)):
        assert 1 <= len(made) <= limit
        judge_markup(made)
        made.encode()
        assert "`" not in made


@PATIENT
@given(ANY_TEXT)
def test_escaped_text_reads_as_it_was_written(text: str) -> None:
    assert flatten(escape(text)) == text


@pytest.mark.row("A34")
def test_back_ticks_cannot_end_a_code_block() -> None:
    made = fence("a ``` <!channel> ``` b")

    assert made.count("```") == 2
    assert "&lt;!channel&gt;" in made


@PATIENT
@given(ANY_TEXT, st.integers(min_value=10, max_value=200))
def test_a_code_block_is_whole_and_within_its_limit(text: str, limit: int) -> None:
    made = fence(text, limit)

    assert made.startswith("```")
    assert made.endswith("```")
    assert len(made) <= limit
    assert "```" not in made[3:-3].rstrip("`")


@pytest.mark.row("A33")
@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "slack://app",
        "//evil.example",
        "https://",
        "https://jira.corp@evil.example/",
        "https://user:pw@evil.example/",
        "https://evil.example\u202e/x",
        "https://пример.example/",
        "https://[::1",
        "https://evil.example\\@jira.corp/",
        "https://a.example/" + "x" * 2000,
        "",
    ],
)
def test_only_plain_web_addresses_are_linked(url: str) -> None:
    assert safe_url(url) is None
    assert link(url, "runbook") == "runbook"


@pytest.mark.row("A33")
@pytest.mark.parametrize(
    "label", ["https://jira.corp/login", "jira.corp", "//jira.corp", "Jira@corp", "jira.corp.example"]
)
def test_a_label_cannot_pretend_to_be_another_address(label: str) -> None:
    assert link("https://evil.example/x", label) == "<https://evil.example/x|evil.example>"


def test_a_link_escapes_its_address_and_label() -> None:
    made = link("https://g.example/d?a=1&b=<x>|y", "A & B | C > D")

    assert made == "<https://g.example/d?a=1&amp;b=%3Cx%3E%7Cy|A &amp; B ¦ C &gt; D>"


@PATIENT
@given(ANY_TEXT, ANY_TEXT)
@example("https://x.example/|>", "a|b>c")
def test_no_address_and_no_label_breaks_out_of_a_link(url: str, label: str) -> None:
    for made in (
        link(url, label),
        link(f"https://x.example/{url}", label),
        own_link(f"http://x.example?{url}", label),
    ):
        judge_markup(made)
        judge_json(made)


@pytest.mark.parametrize(
    ("target", "made"),
    [
        ("S0TEAM", "<!subteam^S0TEAM>"),
        ("<!subteam^S0TEAM>", "<!subteam^S0TEAM>"),
        ("U0ANN", "<@U0ANN>"),
        ("<@W0ANN>", "<@W0ANN>"),
        ("<!channel>", ""),
        ("here", ""),
        ("U0ANN> <!channel", ""),
        ("U0ANN\n", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_mention_is_built_from_an_id_alone(target: str | None, made: str) -> None:
    assert mention(target) == made


def test_a_date_shows_the_readers_zone_and_falls_back_to_utc() -> None:
    at = datetime(2026, 11, 22, 20, 7, tzinfo=timezone(timedelta(hours=5, minutes=30)))

    assert date(at) == "<!date^1795358220^{date_short_pretty} {time}|2026-11-22 14:37 UTC>"
    assert datetime.fromtimestamp(1795358220, UTC) == at


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("<https://x.example|label> &amp; more", "label (https://x.example) & more"),
        ("<https://x.example>", "https://x.example"),
        ("<@U1> <@U1|bob> <#C1|general> <!here> <!subteam^S1|@sre>", "@U1 @bob #general @here @sre"),
        ("a &lt;b&gt; c", "a <b> c"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_text_from_slack_reads_as_its_author_saw_it(markup: str, plain: str) -> None:
    assert flatten(markup) == plain


@PATIENT
@given(ANY_TEXT)
def test_plain_text_holds_nothing_that_looks_like_markup(text: str) -> None:
    made = inert(flatten(text), 75)

    assert 1 <= len(made) <= 75
    assert not re.search("<[!@#]", made)
    made.encode()


@pytest.mark.row("A38")
def test_a_header_has_one_line() -> None:
    assert header("down\r\nBcc: all@corp.example") == "down Bcc: all@corp.example"


def test_a_hundred_kilobytes_are_cut_quickly() -> None:
    assert len(marked("&<>\u200b`" * 25_000)) <= 200
