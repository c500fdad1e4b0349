"""PagerDuty's Events API, version 1, which older senders and templates still write.

https://developer.pagerduty.com/docs/ZG9jOjExMDI5NTc4-events-api-v1. The key is the `incident_key`; without
one it is made of the description. There are no severities; some templates put one into `details`.
"""

from collections.abc import Mapping, Sequence

from bot.domain.alert import Alert, AlertState
from handlers.alerts.identity import digest
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.fields import texts_of, words_of
from handlers.webhooks.finding import Finding, Part

SOURCE = "pagerduty_events_v1"
_STATES = {"trigger": AlertState.FIRING, "resolve": AlertState.CLEARED}


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one event; `acknowledge` says nothing. Raises Malformed."""
    return events(SOURCE, delivery.body.object())


def events(source: str, event: Node) -> list[Alert]:
    """The same for a source that writes in this form."""
    state = _STATES.get(event["event_type"].filled().word)
    if state is None and event["event_type"].word != "acknowledge":
        raise Malformed("event_type", "`trigger`, `acknowledge` or `resolve` is expected here")
    return [_finding(source, event, state).alert()] if state else []


def answer(delivery: Delivery) -> Mapping[str, str]:
    """What PagerDuty answers to an event that it took, with status 200."""
    return {"status": "success", "message": "Event processed", "incident_key": _key(delivery.body).text}


def refusal(error: Malformed) -> Mapping[str, str | list[str]]:
    """What PagerDuty answers to an event that it did not take, with status 400."""
    return {"status": "invalid event", "message": "Event object is invalid", "errors": [str(error)]}


def _key(event: Node) -> Node:
    given, description = event["incident_key"], event["description"]
    return given if given.text else Node(digest(description.text), description.place)


def _title(event: Node, state: AlertState) -> Sequence[Part]:
    """The description; of a beginning without one, which PagerDuty refuses, what it has."""
    given, key = event.first("title", "description"), event["incident_key"]
    if given.text or state is AlertState.CLEARED:
        return [given if given.text else key]
    whence = key.text or event["client"].text
    return [event["description"], f"Event from {whence}" if whence else "Event without a description"]


def _finding(source: str, event: Node, state: AlertState) -> Finding:
    details = event["details"]
    return Finding(
        source=source,
        state=state,
        state_from=event["event_type"],
        key=[_key(event)],
        title=_title(event, state),
        severity=details.first("severity", "priority"),
        description=[event["description"], details]
        if details.text
        else [event["description"], *texts_of(details)],
        labels={**words_of(details), "client": event["client"]},
        links=[
            *((each["text"].text or "Link", each["href"]) for each in event["contexts"].items),
            (event["client"].text or "Source", event["client_url"]),
        ],
    )
