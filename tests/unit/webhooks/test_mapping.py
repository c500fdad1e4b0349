"""Fields of documents that nobody knew beforehand, made alerts by a mapping."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import Alert, AlertState, Link, Severity
from bot.domain.field_mapping import (
    FieldMapping,
    Severities,
    States,
    expression,
    place,
)
from bot.domain.integration import Integration
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.integrations import read as read_by
from handlers.webhooks.mapping import read
from tests.unit.alerts.test_hostile import check
from tests.unit.webhooks.test_hostile import JSON, PATIENT

DOCUMENT = {
    "team": "shop",
    "events": [
        {
            "host": "web-1",
            "check": "disk",
            "state": "BROKEN",
            "level": "urgent",
            "said": "97 % of /var",
            "tags": ["disk", "eu"],
            "meta": {"rack": "7", "nested": {"x": 1}},
            "more": [{"key": "zone", "value": "a"}, {"name": "floor", "value": 2}],
            "page": "https://monitor.example.com/1",
            "time": 1772360430,
        },
        {"host": "web-2", "check": "disk", "state": "fine again", "level": "meh"},
        {"host": "web-3", "check": "disk", "state": "seen"},
    ],
}
MAPPING = FieldMapping(
    alerts=place("events"),
    title=(expression("{check} on {host}"),),
    key=(expression("host"), expression("check")),
    state=States(
        read=expression("state"),
        words={"broken": AlertState.FIRING, "fine again": AlertState.CLEARED},
        ignored=frozenset({"seen"}),
    ),
    severity=Severities(read=expression("level"), words={"urgent": Severity.SEV1}),
    description=(expression("said"),),
    labels={
        "*": expression("meta | more"),
        "tags": expression("tags[*]"),
        "team": expression("$.team"),
        "event": expression("@header.X-Event"),
        "site": expression("@query.site"),
    },
    links={"Monitor": expression("page")},
    at=expression("time"),
)


def alerts(document: object, mapping: FieldMapping = MAPPING) -> list[Alert]:
    sent = Delivery(body=Node(document), headers={"x-event": "check"}, query={"site": "vie"})
    return read("house", mapping, sent)


def one(mapping: FieldMapping, **document: object) -> Alert:
    [alert] = alerts(document, mapping)
    return alert


def test_everything_is_read_where_the_mapping_says() -> None:
    first, second = alerts(DOCUMENT)

    assert (first.title, first.state, first.severity) == ("disk on web-1", AlertState.FIRING, Severity.SEV1)
    assert first.description == "97 % of /var"
    assert first.labels == {
        "rack": "7",
        "zone": "a",
        "floor": "2",
        "tags": "disk, eu",
        "team": "shop",
        "event": "check",
        "site": "vie",
    }
    assert first.links == (Link(label="Monitor", url="https://monitor.example.com/1"),)
    assert first.at
    assert (first.source, first.parser, first.confidence) == ("house", "mapping", 1.0)
    assert (second.title, second.state, second.severity) == ("disk on web-2", AlertState.CLEARED, None)


def test_the_places_are_told() -> None:
    first = alerts(DOCUMENT)[0]

    assert first.places["title"] == "events[0].check, events[0].host"
    assert first.places["fingerprint"] == "events[0].host, events[0].check"
    assert first.places["state"] == "events[0].state"
    assert first.places["severity"] == "events[0].level"
    assert first.places["labels.team"] == "team"
    assert first.places["labels.event"] == "@header.X-Event"


def test_one_thing_has_one_key_and_another_has_another() -> None:
    again = {"events": [{**DOCUMENT["events"][0], "state": "fine again", "said": "41 %"}]}  # type: ignore[dict-item]  # a list of objects

    [over] = alerts(again)
    first, second = alerts(DOCUMENT)

    assert over.fingerprint == first.fingerprint != second.fingerprint


def test_without_a_list_the_document_is_the_alert() -> None:
    mapping = FieldMapping(title=(expression("what"),), key=(expression("id"),))

    assert one(mapping, what="It broke", id=7).title == "It broke"


def test_items_of_items_are_alerts_too() -> None:
    document = {"groups": [{"alerts": [{"t": "a"}, {"t": "b"}]}, {"alerts": [{"t": "c"}]}]}
    mapping = FieldMapping(alerts=place("groups[*].alerts[*]"), title=(expression("t"),))

    assert [alert.title for alert in alerts(document, mapping)] == ["a", "b", "c"]


def test_the_first_that_says_something_counts() -> None:
    mapping = FieldMapping(title=(expression("a | b.c"), expression("called {d}")))

    assert one(mapping, b={"c": "second"}).title == "second"
    assert one(mapping, a="", d="third").title == "called third"


def test_the_usual_words_count_when_there_are_no_others() -> None:
    mapping = FieldMapping(
        title=(expression("t"),),
        key=(expression("t"),),
        state=States(read=expression("s")),
        severity=Severities(read=expression("p")),
    )

    assert one(mapping, t="x", s="Resolved", p="P2").state is AlertState.CLEARED
    assert one(mapping, t="x", s="alert.firing", p="P2").severity is Severity.SEV2


def test_a_state_that_nobody_knows_fires_and_is_less_sure() -> None:
    for told in ("who knows", True, 0, None):
        alert = one(replace(MAPPING, alerts=None), host="h", check="c", state=told)

        assert (alert.state, alert.confidence) == (AlertState.FIRING, 0.7)


def test_without_its_key_the_title_is_the_key() -> None:
    mapping = FieldMapping(title=(expression("t"),), key=(expression("id"),))

    assert one(mapping, t="a").confidence == 0.7
    assert one(mapping, t="a").fingerprint != one(mapping, t="b").fingerprint


def test_an_alert_without_a_title_is_refused_where_it_was_looked_for() -> None:
    with pytest.raises(Malformed, match=r"^events\[0\]\.check: a title is expected here"):
        alerts({"events": [{"state": "broken"}]})


@pytest.mark.parametrize("written", ["events", "events[*]"])
def test_a_missing_list_is_refused_with_its_place(written: str) -> None:
    with pytest.raises(Malformed, match=r"^events: a"):
        alerts({"other": []}, replace(MAPPING, alerts=place(written)))


def test_an_empty_list_is_no_alert() -> None:
    assert alerts({"events": []}) == []


@PATIENT
@given(JSON)
def test_any_document_is_read_or_refused(document: object) -> None:
    for mapping in (MAPPING, replace(MAPPING, alerts=None), replace(MAPPING, alerts=place("[*]"))):
        try:
            found = alerts(document, mapping)
        except Malformed:
            continue
        for alert in found:
            check(alert)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "no path is given"),
        ("a..b", "no path from"),
        (".a", "no path from"),
        ("a[x]", "no path from"),
        ("a b", "no path from"),
        ("{a", "never closed"),
        ("a}", "without its"),
        ("{}", "no path is given"),
        ("@header", "followed by one name"),
        ("@query.a.b", "followed by one name"),
        ("a" * 501, "longer than"),
        (".".join("a" * 30), "more than 20 steps"),
    ],
)
def test_an_expression_that_cannot_be_says_why(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        expression(written)


@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_says_why_not(written: str) -> None:
    with suppress(ValueError):
        assert expression(written)


def test_an_integration_adds_its_labels_and_keeps_its_alerts_apart() -> None:
    sent = Delivery(
        body=Node({"title": "down", "key": "1", "status": "firing", "labels": {"team": "theirs"}})
    )
    first = Integration(name="first", source="generic", labels={"team": "ours"})

    [alert], [other] = read_by(first, sent), read_by(replace(first, name="second"), sent)

    assert alert.labels == {"team": "ours"}
    assert alert.fingerprint != other.fingerprint


def test_an_integration_may_have_a_mapping_of_its_own() -> None:
    house = Integration(name="house", mapping=replace(MAPPING, alerts=None))

    [alert] = read_by(house, Delivery(body=Node({"host": "h", "check": "c"})))

    assert (alert.title, alert.source) == ("c on h", "house")


KEYED = FieldMapping(
    title=(expression("title"),),
    key=(expression("host"), expression("check")),
    state=States(read=expression("state"), words={"bad": AlertState.FIRING, "good": AlertState.CLEARED}),
)
JOINED = replace(KEYED, key=(expression("{host}/{check}"),))


@pytest.mark.parametrize("mapping", [KEYED, JOINED])
def test_a_key_of_which_a_part_is_missing_merges_no_hosts(mapping: FieldMapping) -> None:
    def told(name: str, state: str = "bad", **more: str) -> Alert:
        title = f"Disk of {name} is {'full' if state == 'bad' else 'ok'}"
        return one(mapping, title=title, state=state, **more)

    one_host, other = told("web-1", check="disk"), told("web-2", check="disk")

    assert one_host.fingerprint != other.fingerprint
    assert one_host.confidence < 0.9, "it is not sure what it is about"
    known, renamed = (told(name, host="web-1", check="disk") for name in ("web-1", "web-9"))
    assert known.confidence == 1
    assert known.fingerprint == renamed.fingerprint


def test_what_is_missing_of_a_key_is_missing_when_it_ends_too() -> None:
    began = one(KEYED, title="CRITICAL: Disk of web-1 at 97%", state="bad", check="disk")
    ended = one(KEYED, title="OK: Disk of web-1 at 40%", state="good", check="disk")

    assert began.fingerprint == ended.fingerprint
