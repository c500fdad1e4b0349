"""What senders of PagerDuty, Opsgenie, VictorOps and Alerta get for an answer, and what it leads to later."""

import re

import pytest

from bot.domain.alert import AlertState
from handlers.webhooks import (
    alerta_api,
    opsgenie_alert_api,
    pagerduty_events_v1,
    pagerduty_events_v2,
    victorops,
)
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node


def sent(**body: object) -> Delivery:
    return Delivery(body=Node(body))


def asked(kind: str, **body: object) -> Delivery:
    return Delivery(body=Node(body), query={"identifierType": kind})


def triggered(**parts: object) -> Delivery:
    payload = {"summary": "disk is full", "source": "web-1", "severity": "error"}
    return sent(event_action="trigger", payload=payload, **parts)


def test_pagerduty_answers_with_the_key_that_was_sent() -> None:
    told = pagerduty_events_v2.answer(triggered(dedup_key="disk"))

    assert told == {"status": "success", "message": "Event processed", "dedup_key": "disk"}


def test_the_key_that_pagerduty_answers_resolves_what_was_triggered_without_one() -> None:
    [alert] = pagerduty_events_v2.parse(triggered())
    key = pagerduty_events_v2.answer(triggered())["dedup_key"]

    [over] = pagerduty_events_v2.parse(sent(event_action="resolve", dedup_key=key))

    assert over.fingerprint == alert.fingerprint
    assert over.state is AlertState.CLEARED


def test_an_event_without_a_key_that_is_sent_again_is_the_same_alert() -> None:
    [first], [again] = pagerduty_events_v2.parse(triggered()), pagerduty_events_v2.parse(triggered())

    assert first.fingerprint == again.fingerprint


@pytest.mark.parametrize(
    ("parts", "title"),
    [
        ({"payload": {"source": "b"}}, "Event from b"),
        ({"payload": {"source": "b", "component": "disk", "class": "full"}}, "Event from b / disk: full"),
        ({"payload": {"severity": "error"}, "dedup_key": "disk/b"}, "Event from disk/b"),
        ({"payload": {"severity": "error"}}, "Event without a summary"),
    ],
)
def test_an_event_without_a_summary_is_named_by_what_it_has_and_told_as_incomplete(
    parts: dict[str, object], title: str
) -> None:
    [alert] = pagerduty_events_v2.parse(sent(event_action="trigger", **parts))

    assert alert.title == title
    assert "title" not in alert.places
    assert alert.odd == {
        "payload.summary": f"a title is expected here, and nothing was sent; it is “{title}”"
    }


def test_an_end_needs_no_summary() -> None:
    [over] = pagerduty_events_v2.parse(sent(event_action="resolve", dedup_key="disk"))

    assert (over.title, dict(over.odd)) == ("disk", {})


@pytest.mark.parametrize(
    ("parts", "title"), [({"incident_key": "o"}, "Event from o"), ({}, "Event without a description")]
)
def test_an_older_event_without_a_description_is_named_too(parts: dict[str, object], title: str) -> None:
    [alert] = pagerduty_events_v1.parse(sent(event_type="trigger", **parts))

    assert (alert.title, [*alert.odd]) == (title, ["description"])


def test_an_event_about_another_host_is_another_alert() -> None:
    other = {"summary": "disk is full", "source": "web-2", "severity": "error"}

    [first] = pagerduty_events_v2.parse(triggered())
    [second] = pagerduty_events_v2.parse(sent(event_action="trigger", payload=other))

    assert first.fingerprint != second.fingerprint


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"event_action": "trigger"}, "payload"),
        ({"event_action": "explode", "payload": {}}, "event_action"),
        ({"event_action": "resolve"}, "dedup_key"),
        ({"payload": {}}, "event_action"),
    ],
)
def test_pagerduty_refuses_an_event_by_naming_the_field(body: dict[str, object], place: str) -> None:
    with pytest.raises(Malformed) as error:
        pagerduty_events_v2.parse(sent(**body))

    told = pagerduty_events_v2.refusal(error.value)
    assert error.value.place == place
    assert told["status"] == "invalid event"
    assert place in told["errors"][0]


def test_the_key_of_a_routing_is_nowhere_in_the_alert() -> None:
    [alert] = pagerduty_events_v2.parse(triggered(routing_key="a-secret-of-32-characters-length"))

    assert "a-secret" not in repr(alert)


def test_the_first_version_of_pagerduty_answers_with_the_incidents_key() -> None:
    event = sent(event_type="trigger", description="disk is full")
    key = pagerduty_events_v1.answer(event)["incident_key"]

    [alert] = pagerduty_events_v1.parse(event)
    [over] = pagerduty_events_v1.parse(sent(event_type="resolve", incident_key=key))

    assert over.fingerprint == alert.fingerprint


def test_opsgenie_closes_by_the_alias_what_it_created() -> None:
    [alert] = opsgenie_alert_api.parse(sent(message="queue is full", alias="queue/1"))

    [over] = opsgenie_alert_api.close(asked("alias", note="emptied"), "queue/1")

    assert over.fingerprint == alert.fingerprint
    assert over.state is AlertState.CLEARED
    assert over.description == "emptied"


def test_opsgenie_closes_by_the_id_that_the_request_leads_to() -> None:
    created = sent(message="queue is full")
    [alert] = opsgenie_alert_api.parse(created)
    request = str(opsgenie_alert_api.answer(created)["requestId"])
    status = opsgenie_alert_api.request_status(request, at="2026-03-01T10:20:30Z")

    data = status["data"]
    assert isinstance(data, dict)
    [over] = opsgenie_alert_api.close(sent(), str(data["alertId"]))

    assert over.fingerprint == alert.fingerprint


def test_opsgenie_answers_as_theirs_does() -> None:
    told = opsgenie_alert_api.answer(sent(message="queue is full", alias="queue"), took=0.30249)

    assert told["result"] == "Request will be processed"
    assert told["took"] == 0.302
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(told["requestId"]))


def test_opsgenie_answers_a_close_with_the_id_of_the_alert() -> None:
    created = opsgenie_alert_api.answer(sent(message="x", alias="queue"))["requestId"]

    assert opsgenie_alert_api.answer(asked("alias"), "queue")["requestId"] == created
    assert opsgenie_alert_api.answer(sent(), str(created))["requestId"] == created


def test_opsgenie_knows_no_tiny_ids_here() -> None:
    with pytest.raises(Malformed, match="identifierType: alerts are known by `id` and `alias` here"):
        opsgenie_alert_api.close(asked("tiny"), "17")


def test_opsgenie_refuses_a_request_by_naming_the_field() -> None:
    with pytest.raises(Malformed) as error:
        opsgenie_alert_api.parse(sent(alias="queue"))

    told = opsgenie_alert_api.refusal(error.value, request_id="r")
    assert told["errors"] == {"message": "a text is expected here, and nothing was sent"}


def test_victorops_answers_with_the_entity() -> None:
    told = victorops.answer(sent(message_type="CRITICAL", entity_id="db/1"))

    assert told == {"result": "success", "entity_id": "db/1"}


def test_victorops_keeps_apart_what_names_no_entity_but_says_something_else() -> None:
    [first] = victorops.parse(sent(message_type="CRITICAL", state_message="Rule A\nfound 3"))
    [again] = victorops.parse(sent(message_type="CRITICAL", state_message="Rule A\nfound 4"))
    [other] = victorops.parse(sent(message_type="CRITICAL", state_message="Rule B\nfound 3"))

    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_alerta_answers_with_an_id() -> None:
    [alert] = alerta_api.parse(sent(event="NodeDown", resource="web-1", environment="Production"))

    assert alerta_api.answer(alert)["id"] == alert.fingerprint
    assert alerta_api.refusal("resource: a text is expected here")["status"] == "error"
