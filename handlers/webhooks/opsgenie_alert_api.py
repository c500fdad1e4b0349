"""Opsgenie's Alert API: what everything sends that can talk to Opsgenie.

https://docs.opsgenie.com/docs/alert-api. An alert is known by its `alias`, which its sender chooses, and by
an id, which is made of the alias here: both lead to the same fingerprint. Without an alias Opsgenie makes a
new alert of each request; here it is one as long as message, entity and source are equal. Acknowledgements
and notes are answered and say nothing: people acknowledge.
"""

from collections.abc import Mapping
from uuid import UUID

from bot.domain.alert import Alert, AlertState
from bot.domain.changing import changed
from handlers.alerts.identity import MAX_DESCRIPTION, digest, shortened, titled
from handlers.alerts.severities import severity_of
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.fields import addresses_of, listed, over, texts_of, words_of
from handlers.webhooks.finding import Finding, Part

SOURCE = "opsgenie_alert_api"
_KINDS = ("id", "alias")


def parse(delivery: Delivery) -> list[Alert]:
    """`POST /v2/alerts`: an alert that fires. Raises Malformed when it has no message."""
    body = delivery.body.object()
    details = body["details"]
    return [
        Finding(
            source=SOURCE,
            state=AlertState.FIRING,
            key=[_id(body)],
            title=body["message"].filled(),
            severity=body["priority"] if body["priority"].text else details.first("severity", "priority"),
            description=[body["description"], *texts_of(details)],
            labels=over(words_of(details), _labels(body)),
            links=[("Source", body["source"]), *addresses_of(details)],
        ).alert()
    ]


def close(delivery: Delivery, identifier: str) -> list[Alert]:
    """What `POST /v2/alerts/{identifier}/close` and `DELETE /v2/alerts/{identifier}` clear.

    Raises Malformed for a kind of identifier that is not known here.
    """
    kind = delivery.query.get("identifierType", "id") or "id"
    if kind not in _KINDS:
        raise Malformed("identifierType", "alerts are known by `id` and `alias` here")
    known = identifier if kind == "id" else alert_id(identifier)
    note = delivery.body["note"]
    return [
        Finding(
            source=SOURCE,
            state=AlertState.CLEARED,
            key=[known],
            title=identifier,
            description=note,
            labels={name: delivery.body[name] for name in ("source", "user")},
        ).alert()
    ]


CHANGEABLE = ("priority", "message", "description")


def change(delivery: Delivery, part: str, known: Alert) -> Alert:
    """What `PUT /v2/alerts/{identifier}/{part}` makes of an alert that fires, for each part of CHANGEABLE.

    Raises Malformed for a part that says nothing, or a priority that is none.
    """
    said = delivery.body.object()[part].filled()
    if part == "message":
        return changed(known, title=titled(said.text))
    if part == "description":
        return changed(known, description=shortened(said.text, MAX_DESCRIPTION))
    severity = severity_of(said.text)
    if severity is None:
        raise Malformed(said.place, "a priority from `P1` to `P5` is expected here")
    return changed(known, severity=severity)


def alert_id(alias: str) -> str:
    """The id of the alert that has this alias."""
    return str(UUID(digest(SOURCE, alias)))


def answer(delivery: Delivery, identifier: str = "", *, took: float = 0.0) -> Mapping[str, str | float]:
    """What Opsgenie answers to a request that it took, with status 202.

    The request's id is the alert's, so that nothing has to be remembered for the question about it.
    `identifier` is the one in the address, of everything but a new alert; `took` is in seconds.
    """
    if not identifier:
        request = _id(delivery.body).text
    else:
        request = identifier if delivery.query.get("identifierType", "id") == "id" else alert_id(identifier)
    return {"result": "Request will be processed", "took": round(took, 3), "requestId": request}


def request_status(request_id: str, *, at: str, took: float = 0.0) -> Mapping[str, object]:
    """What Opsgenie answers to `GET /v2/alerts/requests/{requestId}`; `at` is when, in ISO 8601."""
    data = {
        "success": True,
        "isSuccess": True,
        "action": "Create",
        "status": "Request was processed",
        "processedAt": at,
        "alertId": request_id,
    }
    return {"data": data, "took": round(took, 3), "requestId": request_id}


def refusal(error: Malformed, *, request_id: str, took: float = 0.0) -> Mapping[str, object]:
    """What Opsgenie answers to a request that it did not take, with status 422."""
    return {
        "message": "Request body is not processable. Please check the errors.",
        "errors": {error.place or "body": error.why},
        "took": round(took, 3),
        "requestId": request_id,
    }


def _id(body: Node) -> Node:
    alias, message = body["alias"], body["message"]
    if alias.text:
        return Node(alert_id(alias.text), alias.place)
    same = digest(message.text, body["entity"].text, body["source"].text)
    return Node(alert_id(same), message.place)


def _labels(body: Node) -> dict[str, Part]:
    return {
        "entity": body["entity"],
        "source": body["source"],
        "tags": listed(body["tags"]),
        "responders": listed(body["responders"] or body["teams"], "name"),
        "user": body["user"],
    }
