"""Alerta's API, as a server: what everything sends that can talk to Alerta.

https://docs.alerta.io/api/reference.html#create-an-alert. Severities cleared, normal and ok clear. The key is
Alerta's own: environment, resource and event, and events that `correlate` names together are one.
"""

from collections.abc import Mapping

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts.markup import words
from handlers.alerts.severities import severity_of
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import listed, over, texts_of, words_of
from handlers.webhooks.finding import Finding, Part

SOURCE = "alerta_api"
_CLEARED = words("cleared clear normal ok closed")
_SEVERITIES = {"security": Severity.SEV1, "trace": Severity.SEV4, "indeterminate": Severity.SEV3}


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one event. Raises Malformed when its event or its resource is missing."""
    root = delivery.body.object()
    severity, status = root["severity"], root["status"]
    cleared = severity.word in _CLEARED or status.word in _CLEARED
    attributes = root["attributes"]
    return [
        Finding(
            source=SOURCE,
            state=AlertState.CLEARED if cleared else AlertState.FIRING,
            state_from=status if status.word in _CLEARED else severity,
            key=_key(root),
            title=[root["event"], "on", root["resource"], _value(root["value"])],
            severity=_SEVERITIES.get(severity.word) or severity_of(severity.text),
            severity_from=severity,
            description=[root["text"], *texts_of(attributes)],
            labels=over(words_of(attributes), _labels(root)),
            at=root["createTime"],
        ).alert()
    ]


def answer(alert: Alert) -> Mapping[str, object]:
    """What Alerta answers to an alert that it took, with status 201."""
    return {"status": "ok", "id": alert.fingerprint, "alert": {"id": alert.fingerprint, "text": alert.title}}


def refusal(why: str) -> Mapping[str, object]:
    """What Alerta answers to an alert that it did not take, with status 400."""
    return {"status": "error", "code": 400, "message": why, "errors": [why]}


def _key(root: Node) -> list[Part]:
    event, correlated = root["event"].filled(), root["correlate"]
    names = sorted({each.text for each in correlated.items if each.text} | {event.text})
    place = correlated.place if len(names) > 1 else event.place
    return [root["environment"], root["resource"].filled(), Node(" ".join(names), place)]


def _value(value: Node) -> Part:
    return Node(f"({value.text})", value.place) if value.text else ""


def _labels(root: Node) -> dict[str, Part]:
    return {
        "environment": root["environment"],
        "resource": root["resource"],
        "event": root["event"],
        "service": listed(root["service"]),
        "group": root["group"],
        "tags": listed(root["tags"]),
        "origin": root["origin"],
    }
