"""Several alerts in one message of an unknown bot, and messages that only look as if there were."""

import json

import pytest

from bot.domain.alert import AlertState, Severity
from handlers.alerts import generic
from handlers.webhooks.loading import receive
from handlers.webhooks.sources import SOURCES
from tests.unit.alerts.makers import said


def told(text: str = "", **parts: object) -> list[tuple[str, str]]:
    return [(each.state.value, each.title) for each in generic.parse(said(text=text, **parts))]


def key(text: str) -> str:
    (found,) = generic.parse(said(text=text))
    return found.fingerprint


@pytest.mark.parametrize(
    ("text", "firing", "cleared"),
    [
        ("✅ db-1 recovered\n🔴 payments-db is down", ["payments-db is down"], ["db-1 recovered"]),
        ("Resolved: db-1\nDown: db-2", ["Down: db-2"], ["Resolved: db-1"]),
        ("[OK] api\n[CRITICAL] payments", ["[CRITICAL] payments"], ["[OK] api"]),
        ("db-1 is up\ndb-2 is down", ["db-2 is down"], ["db-1 is up"]),
        (
            "Recovered: api-1 (10:00)\nStill firing: api-2, api-3",
            ["Still firing: api-2, api-3"],
            ["Recovered: api-1 (10:00)"],
        ),
        ("🟢 api 🔴 payments", ["payments"], ["api"]),
        ("Status update\napi: healthy\npayments: unhealthy", ["payments: unhealthy"], ["api: healthy"]),
        (
            "Summary: 3 checks OK\n- api: OK\n- web: OK\n- payments: CRITICAL",
            ["- payments: CRITICAL"],
            ["- api: OK", "- web: OK"],
        ),
        (
            "✅ db-1 recovered\nafter 5 min\n🔴 payments is down\nerror 500",
            ["payments is down"],
            ["db-1 recovered"],
        ),
        ("🔴 search is down\n🔴 payments is down", ["search is down", "payments is down"], []),
        (
            "🔴 search is down\nerror 500\n🔴 payments is down\nerror 502",
            ["search is down", "payments is down"],
            [],
        ),
    ],
)
def test_lines_and_sections_that_say_how_a_thing_is_are_an_alert_each(
    text: str, firing: list[str], cleared: list[str]
) -> None:
    assert told(text) == [("firing", each) for each in firing] + [("cleared", each) for each in cleared]


def test_an_alert_of_a_list_is_the_same_as_when_it_was_told_alone() -> None:
    found = generic.parse(said(text="✅ db-1 recovered\n🔴 payments is down"))

    assert [each.fingerprint for each in found] == [key("payments is down"), key(":red_circle: db-1 is down")]


def test_what_stands_in_a_list_is_read_where_it_stands() -> None:
    firing, cleared = generic.parse(said(text="[OK] api\n[CRITICAL] payments"))

    assert (firing.places["title"], cleared.places["title"]) == ("text line 2", "text line 1")


def test_what_a_heading_says_of_all_holds_for_each_that_says_nothing_else() -> None:
    found = generic.parse(said(text="[SEV1] three services\n- api: DOWN\n- web: DOWN\n- shop: WARNING"))

    assert [each.severity for each in found] == [Severity.SEV1, Severity.SEV1, Severity.SEV3]


@pytest.mark.parametrize("place", ["Checks of prod-{}", "Cluster: {}"])
def test_a_heading_that_says_where_tells_lists_apart(place: str) -> None:
    lists = [
        generic.parse(said(text=f"{place.format(each)}\n- api: DOWN\n- web: OK")) for each in ("eu", "us")
    ]

    assert len({each.fingerprint for found in lists for each in found}) == 4


def test_a_heading_that_counts_tells_nothing_apart() -> None:
    counted = ("3 checks", "12 checks")
    lists = [generic.parse(said(text=f"{heading}\n- api: DOWN\n- web: OK")) for heading in counted]

    assert len({each.fingerprint for found in lists for each in found}) == 2


def test_of_one_thing_in_a_list_what_fires_counts() -> None:
    assert told("🔴 db-1 is down\n✅ db-1 recovered") == [("firing", "db-1 is down")]


@pytest.mark.parametrize(
    ("attachments", "expected"),
    [
        ([("search is DOWN", "danger"), ("payments is DOWN", "danger")], ["firing", "firing"]),
        ([("db-1 recovered", "good"), ("payments is DOWN", "danger")], ["firing", "cleared"]),
        ([("search", "good"), ("payments", "danger")], ["firing", "cleared"]),
        ([("CPU high on web-1", "danger"), ("CPU high on web-2", "danger")], ["firing", "firing"]),
    ],
)
def test_each_attachment_that_says_how_a_thing_is_is_an_alert(
    attachments: list[tuple[str, str]], expected: list[str]
) -> None:
    shown = [{"title": title, "color": colour} for title, colour in attachments]

    assert [state for state, _ in told(attachments=shown)] == expected
    assert len(told("Two alerts of prod", attachments=shown)) == 2


def test_a_text_that_tells_an_end_does_not_hide_an_attachment_that_fires() -> None:
    down = {"title": "payments is DOWN", "color": "danger"}

    assert told("Resolved: db-1", attachments=[down])[0] == ("firing", "payments is DOWN")


def test_sections_of_blocks_are_an_alert_each() -> None:
    shown = [":white_check_mark: api is up", ":x: payments is down"]
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": text}} for text in shown]

    assert told(blocks=blocks) == [("firing", "payments is down"), ("cleared", "api is up")]


def test_while_a_line_between_others_fires_a_message_ends_nothing() -> None:
    assert told("db-1 is up\nand all is well there\ndb-2 is down") == [("firing", "db-2 is down")]


def test_a_letter_tells_several_alerts_as_well() -> None:
    letter = {
        "subject": "Recovered: api-1",
        "text": "Still firing: payments is down",
        "from": "m@example.com",
    }

    found = SOURCES["email"](receive(json.dumps(letter).encode(), {}, {}))

    assert [each.state for each in found] == [AlertState.FIRING, AlertState.CLEARED]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("✅ Resolved: db-1 backup\nError: disk full", "cleared"),
        ("Site x is up\nIt was down for 5 minutes", "cleared"),
        ("✅ Resolved: 🔴 API down", "cleared"),
        ("✅ api recovered ⚠️ took 5 min", "cleared"),
        ("db-1 has recovered\nConnections were failing since 10:00", "cleared"),
        ("Resolved: db-1\nStatus: OK\nPrevious state: CRITICAL", "cleared"),
        ("Site is up\nRoot cause: db is unreachable", "cleared"),
        ("🔴 API is down\n⚠️ Response time exceeded 3s", "firing"),
        ("API is down\nHost web-1 is unreachable", "firing"),
        ("Deploy failed\nPipeline shop failed\nJob unit-test failed", "firing"),
        ("[CRITICAL] CPU on web-1\nHost: web-1\nStatus: CRITICAL", "firing"),
        ("✅a" * 5_000, "cleared"),
    ],
)
def test_reasons_values_and_what_was_before_are_no_alerts_of_their_own(text: str, state: str) -> None:
    assert [each for each, _ in told(text)] == [state]


def test_buttons_and_charts_below_an_alert_are_none() -> None:
    chart = {"title": "Latency of search", "color": "danger", "fields": [{"title": "Host", "value": "a"}]}
    button = {"title": "View chart", "color": "danger"}

    assert told("search is DOWN", attachments=[chart, button]) == [("firing", "search is DOWN")]
