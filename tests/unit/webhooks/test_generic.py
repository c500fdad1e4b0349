"""The form of our own: what other words for the same mean, and how sure they leave us."""

import pytest

from bot.domain.alert import Alert, AlertState, Link, Severity
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.opsgenie_alert_api import parse as opsgenie
from handlers.webhooks.sources import SOURCES

FIRING, CLEARED = AlertState.FIRING, AlertState.CLEARED


def one(**document: object) -> Alert:
    [alert] = SOURCES["generic"](Delivery(body=Node({"title": "t", **document})))
    return alert


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"status": "cleared"}, CLEARED),
        ({"status": "OK"}, CLEARED),
        ({"state": "alert.resolved"}, CLEARED),
        ({"event": "jira:closed"}, CLEARED),
        ({"status": "DOWN"}, FIRING),
        ({"status": "not ok"}, FIRING),
        ({"resolved": True}, CLEARED),
        ({"resolved": False}, FIRING),
        ({"firing": True}, FIRING),
        ({"firing": False}, CLEARED),
        ({"ok": False}, FIRING),
        ({}, FIRING),
    ],
)
def test_the_state_is_what_is_said_and_firing_otherwise(told: dict[str, object], state: AlertState) -> None:
    assert one(**told).state is state


def test_what_had_to_be_guessed_makes_it_less_sure() -> None:
    certain = one(status="firing", key="k")
    other_word = one(state="firing", key="k")
    without_key = one(status="firing")
    without_state = one(key="k")

    assert certain.confidence == 1.0
    assert all(each.confidence < 1.0 for each in (other_word, without_key, without_state))


@pytest.mark.parametrize(
    ("told", "severity"),
    [
        ({"severity": "sev1"}, Severity.SEV1),
        ({"priority": "P2"}, Severity.SEV2),
        ({"priority": 3}, Severity.SEV3),
        ({"labels": {"severity": "critical"}}, Severity.SEV1),
        ({"severity": "whatever"}, None),
        ({}, None),
    ],
)
def test_the_severity_may_be_said_in_several_ways(told: dict[str, object], severity: Severity | None) -> None:
    assert one(**told).severity is severity


def test_without_a_key_whatever_names_a_thing_tells_it_from_others() -> None:
    told = [one(host="a"), one(host="b"), one(labels={"disk": "a"}), one(labels={"disk": "b"}), one()]

    assert len({alert.fingerprint for alert in told}) == 5


def test_without_a_key_values_and_severities_make_no_other_thing() -> None:
    first = one(host="a", used="97 %", labels={"severity": "critical"})
    again = one(host="a", used="99 %", labels={"severity": "warning"})

    assert first.fingerprint == again.fingerprint


def test_links_may_be_written_in_several_ways() -> None:
    url = "https://graphs.example.com/1"
    link = Link(label="Graph", url=url)

    assert one(links=[{"title": "Graph", "href": url}]).links == (link,)
    assert one(links={"Graph": url}).links == (link,)
    assert one(links=[url]).links == (Link(label="Link", url=url),)
    assert one(url=url).links == (Link(label="Link", url=url),)
    assert one(url="javascript:alert(1)").links == ()


def test_what_has_no_name_of_ours_is_a_label() -> None:
    assert one(status="firing", host="a", labels={"job": "b"}).labels == {"host": "a", "job": "b"}


def test_a_secret_in_the_address_is_no_label() -> None:
    [alert] = SOURCES["generic"](Delivery(body=Node({"title": "t"}), query={"token": "secret"}))

    assert "secret" not in repr(alert)


def test_a_field_that_says_nothing_takes_nothing_from_the_details() -> None:
    [alert] = opsgenie(Delivery(body=Node({"message": "m", "source": "", "details": {"source": "agent"}})))

    assert alert.labels["source"] == "agent"
