import re
from dataclasses import replace

import pytest
from hypothesis import given

from bot.domain.alert import Severity
from bot.domain.service import TicketPlan
from bot.domain.timeline import Entry, EntryKind
from bot.render.tickets import comment, description, draft, marker, remote_id, remote_title, summary
from bot.render.wiki import noformat, wiki, wiki_lines, wiki_link
from tests.unit.render.examples import ANN, ANY_TEXT, NOW, PATIENT, hostile, opened

INCIDENT = replace(opened(), labels={"alertname": "ErrorRate", "pod": "api-1"})
PLAN = TicketPlan(
    project="OPS",
    issue_type="Incident",
    priorities={Severity.SEV1: "Highest"},
    labels=("on call", "tocsin"),
    components=("api",),
)


def test_a_draft_has_everything_that_the_plan_says() -> None:
    made = draft(INCIDENT, PLAN)

    assert made.marker == marker(INCIDENT) == "tocsin-01jd6zq8g5x0000000000000aa"
    assert (made.project, made.issue_type, made.priority) == ("OPS", "Incident", "Highest")
    assert (made.labels, made.components) == (("on-call", "tocsin"), ("api",))
    assert made.summary == "INC-42: API error rate 38% on checkout"


def test_a_severity_without_a_priority_leaves_it_to_the_tracker() -> None:
    assert draft(replace(INCIDENT, severity=Severity.SEV4), PLAN).priority is None


def test_a_description_reads_like_this() -> None:
    assert description(INCIDENT) == (
        "*Incident:* INC\\-42 (SEV1)\n"
        "*Service:* checkout\\-api\n"
        "*Started:* 2026\\-11\\-22 14:37 UTC\n"
        "*Source:* Alertmanager\n"
        "*Opened by:* Ann Lee\n"
        "*Slack:* [INC\\-42|https://acme.slack.example/archives/C0FEED/p1795012345000100]\n"
        "*Link:* [runbook|https://wiki.example/runbook]\n"
        "\n"
        "{noformat}\n5xx on POST /pay since the deploy of 1.2.3\n{noformat}\n"
        "\n"
        "{noformat}\nalertname = ErrorRate\npod = api-1\n{noformat}\n"
        "\n"
        "Incident: 01jd6zq8g5x0000000000000aa"
    )


@pytest.mark.row("A35")
@pytest.mark.parametrize(
    ("evil", "safe"),
    [
        ("{code}", r"\{code\}"),
        ("[~admin]", r"\[\~admin\]"),
        ("!http://x/y.png!", r"\!http://x/y.png\!"),
        ("{html}<b>", r"\{html\}<b>"),
        ("[link|http://e.il]", r"\[link\|http://e.il\]"),
        ("a\\b", "a&#92;b"),
        ("\\\\", "&#92;&#92;"),
        ("\\{code}", r"&#92;\{code\}"),
        ("&#123;code&#125;", r"&amp;\#123;code&amp;\#125;"),
        ("h1. Big", "h1&#46; Big"),
        ("bq. said", "bq&#46; said"),
        ("||a||", r"\|\|a\|\|"),
        ("----", r"\-\-\-\-"),
        ("# one", r"\# one"),
    ],
)
def test_wiki_markup_in_untrusted_text_stays_text(evil: str, safe: str) -> None:
    assert wiki(evil) == safe


@pytest.mark.row("A35")
def test_a_heading_in_a_later_line_stays_text() -> None:
    assert wiki_lines("a\n h2. b") == "a\n h2&#46; b"


@pytest.mark.row("A35")
@pytest.mark.parametrize(
    "evil", ["{noformat}", "{NoFormat}", "{ noformat }", "{noformat:nopanel=true}", "{code}"]
)
def test_an_alert_cannot_leave_its_box(evil: str) -> None:
    made = noformat(f"a {evil} [~admin] b")

    assert re.findall(r"\{\s*noformat", made, re.IGNORECASE) == ["{noformat", "{noformat"]
    assert re.search(r"\{\s*code", made, re.IGNORECASE) is None


@pytest.mark.row("A33", "A35")
@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://e.il/[x]", "https://u:p@e.il/"])
def test_an_address_that_may_not_be_linked_is_not(url: str) -> None:
    assert wiki_link("run|book", url) == r"run\|book"


def test_a_summary_is_one_line_of_at_most_254_characters() -> None:
    made = summary(replace(INCIDENT, title="a\nb\r\n\u2028" + "x" * 1000))

    assert made.startswith("INC-42: a b xxx")
    assert len(made) <= 254


@pytest.mark.row("A35")
@PATIENT
@given(ANY_TEXT)
def test_whatever_an_alert_says_the_ticket_is_within_its_limits(text: str) -> None:
    made = draft(hostile(text), replace(PLAN, labels=(text,)))

    assert not re.search(r"[\n\r]", made.summary)
    assert 1 <= len(made.summary) <= 254
    assert len(made.description) <= 32_767
    outside = re.sub(r"(?ms)^\{noformat\}\n.*?\n\{noformat\}$", "", made.description)
    assert "{" not in re.sub(r"\\\{", "", outside)
    assert "[~" not in outside
    for each in (made.summary, made.description, *made.labels):
        each.encode()
        assert "\x00" not in each


def test_a_hundred_kilobytes_of_alert_still_make_a_ticket() -> None:
    made = draft(replace(hostile("{*" * 50_000), labels={str(n): "x" * 500 for n in range(500)}), PLAN)

    assert len(made.description) <= 32_767


def test_a_comment_carries_its_entry_and_its_marker() -> None:
    entry = Entry(seq=7, at=NOW, kind=EntryKind.NOTE, by=ANN, facts={"text": "rolled back {code} [~bob]"})

    made = comment(INCIDENT, entry)

    assert made.marker == "tocsin:01jd6zq8g5x0000000000000aa:7"
    assert made.body == (
        "2026\\-11\\-22 14:37 UTC Note by Ann Lee: rolled back \\{code\\} \\[\\~bob\\]\n\n"
        "\\[tocsin:01jd6zq8g5x0000000000000aa:7\\]"
    )


def test_the_link_to_the_card_has_one_name_for_ever() -> None:
    assert remote_id(INCIDENT) == "tocsin:incident:01jd6zq8g5x0000000000000aa"
    assert remote_title(INCIDENT) == "INC-42 in Slack: API error rate 38% on checkout"
