"""PagerDuty's Events API, version 2: what everything sends that can talk to PagerDuty.

https://developer.pagerduty.com/docs/ZG9jOjExMDI5NTgx-send-an-alert-event. The key is the `dedup_key`, by
which the sender resolves what it triggered. Without one PagerDuty invents a key for each event; here it is
made of what the event is about, so that an event that is sent again, because its answer was lost, is no
second alert. `acknowledge` is answered and says nothing: people acknowledge.
"""

from collections.abc import Mapping, Sequence

from bot.domain.alert import Alert, AlertState
from handlers.alerts.identity import digest
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.fields import addresses_of, over, texts_of, words_of
from handlers.webhooks.finding import Finding, Part

SOURCE = "pagerduty_events_v2"
_ABOUT = ("summary", "source", "component", "group", "class")
_LONGEST_KEY = 255


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one event. Raises Malformed where nothing can be made of it."""
    event = delivery.body.object()
    match event["event_action"].filled().word:
        case "trigger":
            return [_finding(event, event["payload"].object(), AlertState.FIRING).alert()]
        case "resolve":
            event["dedup_key"].filled()
            return [_finding(event, event["payload"], AlertState.CLEARED).alert()]
        case "acknowledge":
            event["dedup_key"].filled()
            return []
        case _:
            raise Malformed("event_action", "`trigger`, `acknowledge` or `resolve` is expected here")


def answer(delivery: Delivery) -> Mapping[str, str]:
    """What PagerDuty answers to an event that it took, with status 202."""
    key = _key(delivery.body).text
    return {"status": "success", "message": "Event processed", "dedup_key": key}


def refusal(error: Malformed) -> Mapping[str, str | list[str]]:
    """What PagerDuty answers to an event that it did not take, with status 400."""
    return {"status": "invalid event", "message": "Event object is invalid", "errors": [str(error)]}


def _key(event: Node) -> Node:
    given = event["dedup_key"]
    if given.text:
        return Node(given.text[:_LONGEST_KEY], given.place)
    told = [event["payload"][name] for name in _ABOUT]
    place = next((node.place for node in told if node.text), "")
    return Node(digest(*(node.text for node in told)), place)


def _title(event: Node, payload: Node, state: AlertState) -> Sequence[Part]:
    """The summary. An end need not have one; of a beginning without it, what it has, and that it is none."""
    if payload["summary"].text:
        return [payload["summary"]]
    if state is AlertState.CLEARED:
        return [_key(event)]
    named = [payload[name].text for name in ("source", "component")]
    named = [*filter(None, named)] or [*filter(None, (event["dedup_key"].text, event["client"].text))]
    kinds = " ".join(filter(None, (payload[name].text for name in ("group", "class"))))
    title = f"Event from {' / '.join(named)}" if named else "Event without a summary"
    return [payload["summary"], f"{title}: {kinds}" if kinds else title]


def _finding(event: Node, payload: Node, state: AlertState) -> Finding:
    details = payload["custom_details"]
    return Finding(
        source=SOURCE,
        state=state,
        state_from=event["event_action"],
        key=[_key(event)],
        title=_title(event, payload, state),
        severity=payload["severity"],
        description=[details] if details.text else texts_of(details),
        labels=_labels(event, payload),
        links=[
            *((link["text"].text or "Link", link["href"]) for link in event["links"].items),
            (event["client"].text or "Source", event["client_url"]),
            *addresses_of(details),
            *((_alternative(image), image.first("href", "src")) for image in event["images"].items),
        ],
        at=payload["timestamp"],
    )


def _labels(event: Node, payload: Node) -> dict[str, Part]:
    own = {**{name: payload[name] for name in _ABOUT[1:]}, "client": event["client"]}
    return over(words_of(payload["custom_details"]), own)


def _alternative(image: Node) -> str:
    return image["alt"].text or "Image"
