"""Graylog's HTTP notification, and the alarm callback before version 3.1.

https://go2docs.graylog.org/current/interacting_with_your_log_data/notifications.html. Priorities: 1 low, 2
normal, 3 high, 4 critical. The key is the event definition with the event's key and the fields that it
groups by. Graylog never tells that an event is over.
"""

from bot.domain.alert import Alert, AlertState, Severity
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.finding import Finding, Part, spread

SOURCE = "graylog"
_PRIORITIES = {"4": Severity.SEV1, "3": Severity.SEV2, "2": Severity.SEV3, "1": Severity.SEV4}
_TEST = "test-dummy-v1"


def parse(delivery: Delivery) -> list[Alert]:
    """The one alert of an event, or of a stream's condition. Raises Malformed when it is neither."""
    root = delivery.body.object()
    if root["check_result"].is_object:
        return [_legacy(root)]
    return [_event(root, root["event"].object())]


def _event(root: Node, event: Node) -> Alert:
    title = root["event_definition_title"] or event["message"]
    grouped = sorted(event["group_by_fields"].members, key=lambda pair: pair[0])
    messages = [each["message"] for each in list(root["backlog"].items)[:5]]
    return Finding(
        source=SOURCE,
        state=AlertState.FIRING,
        key=[
            root["event_definition_id"] or event["event_definition_id"] or title,
            *event["key_tuple"].items,
            *(part for name, value in grouped for part in (name, value)),
        ],
        title=[title, *_about(event)],
        severity=_PRIORITIES.get(event["priority"].text) or event.at("fields.severity"),
        severity_from=event["priority"],
        description=[root["event_definition_description"], event["message"], *messages],
        labels={
            **spread(event["fields"]),
            **spread(event["group_by_fields"]),
            "definition": root["event_definition_title"],
            "key": event["key"],
            "source": event["source"],
            "priority": event["priority"],
        },
        links=[("Search", event.at("replay_info.url"))],
        at=event["timestamp"],
        trial=root["event_definition_type"].text == _TEST,
    ).alert()


def _about(event: Node) -> list[Part]:
    return ["—", event["key"]] if event["key"].text else []


def _legacy(root: Node) -> Alert:
    result, stream = root["check_result"], root["stream"]
    condition = result["triggered_condition"]
    return Finding(
        source=SOURCE,
        state=AlertState.CLEARED if result["triggered"].word == "false" else AlertState.FIRING,
        state_from=result["triggered"],
        key=["stream", stream.first("id", "title"), condition.first("id", "description")],
        title=[stream["title"], "—", condition.first("title", "description")],
        description=[
            result["result_description"],
            *(m["message"] for m in list(result["matching_messages"].items)[:5]),
        ],
        labels={"stream": stream["title"], "condition": condition.first("title", "type")},
        at=result["triggered_at"],
    ).alert()
