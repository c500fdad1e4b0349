"""Coralogix's webhook with its usual body.

https://coralogix.com/docs/user-guides/alerting/outbound-webhooks/generic-outbound-webhooks/. `alert_action`
is trigger or resolve. The key is the alert and the values that it is grouped by; `uuid` names the webhook.
Placeholders that had no value arrive as they were written and are left out.
"""

from collections.abc import Mapping

from bot.domain.alert import Alert
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import unless
from handlers.webhooks.finding import Finding, Part

SOURCE = "coralogix"
_CLEARED = ("resolve", "resolved")
_GROUPED = ("alertGroupByValues", "Group-by Value1", "Group-by Value2", "application", "subsystem")
_NAMED = ("alert_severity", "service", "threshold", "timewindow", "application", "subsystem")
_VARYING = (
    *("timestamp", "timestampMs", "timestampISO", "text", "dedupKey", "hitCount", "relativeHitCount"),
    *("severityLowercase", "opsgeniePriority"),
)


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one notification. Raises Malformed when neither the alert's id nor its name is there."""
    root = delivery.body.object()
    fields, action = _fields(root["fields"]), root["alert_action"]
    return [
        Finding(
            source=SOURCE,
            state=unless(_CLEARED, action),
            state_from=action,
            key=[root.first("alert_id", "name").filled(), *(fields.get(name, "") for name in _GROUPED)],
            title=root.first("name", "alert_name", "description"),
            severity=_severity(root, fields),
            description=root["description"],
            labels=_labels(root, fields),
            links=[("Coralogix", root.first("alert_url", "url")), ("Logs", root["log_url"])],
            at=root.first("timestamp") or fields.get("timestampMs"),
        ).alert()
    ]


def _fields(fields: Node) -> dict[str, Node]:
    """`[{"key": …, "value": …}]`, or an object."""
    pairs = (
        fields.members if fields.is_object else ((each["key"].text, each["value"]) for each in fields.items)
    )
    return {name: value for name, value in pairs if _written(value)}


def _written(value: Node) -> bool:
    return bool(value.text) and value.word != "null" and not value.text.startswith(("$", "*", "{", "["))


def _severity(root: Node, fields: Mapping[str, Node]) -> Node | None:
    """Newer alerts have a priority, P1 to P5."""
    told = root.first("alert_priority", "alert_severity", "priority", "severity")
    return told if _written(told) else fields.get("priority") or fields.get("severity")


def _labels(root: Node, fields: Mapping[str, Node]) -> dict[str, Part]:
    own = {name: root[name] for name in _NAMED if _written(root[name])}
    return {name: part for name, part in {**fields, **own}.items() if name not in _VARYING}
