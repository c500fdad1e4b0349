"""Splunk On-Call (VictorOps): its REST endpoint, to which others post.

https://help.victorops.com/knowledge-base/rest-endpoint-integration-guide/. The key is the `entity_id`;
without one VictorOps invents an id for each message, and here it is what the message names, and the first
line of what it says. An acknowledgement says nothing: people acknowledge. INFO opens no incident there;
here it is an alert of sev4, and routes decide.
"""

from collections.abc import Mapping

from bot.domain.alert import Alert, AlertState, Severity
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.fields import addresses_of, over, words_of
from handlers.webhooks.finding import Finding

SOURCE = "victorops"
_SEVERITIES = {"critical": Severity.SEV1, "warning": Severity.SEV3, "info": Severity.SEV4}
_KNOWN = (
    "entity_id",
    "entity_display_name",
    "state_message",
    "message_type",
    "monitoring_tool",
    "state_start_time",
    "timestamp",
)


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one message. Raises Malformed for a type that VictorOps does not know."""
    root = delivery.body.object()
    kind = root["message_type"].filled()
    if kind.word in ("acknowledgement", "ack"):
        return []
    cleared = kind.word in ("recovery", "ok")
    if not cleared and kind.word not in _SEVERITIES:
        raise Malformed(
            "message_type", "CRITICAL, WARNING, INFO, ACKNOWLEDGEMENT or RECOVERY is expected here"
        )
    return [
        Finding(
            source=SOURCE,
            state=AlertState.CLEARED if cleared else AlertState.FIRING,
            state_from=kind,
            key=_key(root),
            title=root.first("entity_display_name", "entity_id", "state_message"),
            severity=_SEVERITIES.get(kind.word),
            severity_from=kind,
            description=root["state_message"],
            labels=over(
                {name: part for name, part in words_of(root).items() if name not in _KNOWN},
                {"entity": root["entity_id"], "tool": root["monitoring_tool"]},
            ),
            links=addresses_of(root),
            at=root.first("state_start_time", "timestamp"),
        ).alert()
    ]


def answer(delivery: Delivery) -> Mapping[str, str]:
    """What VictorOps answers to a message that it took."""
    key = delivery.body["entity_id"].text
    return {"result": "success", "entity_id": key or delivery.body["entity_display_name"].text}


def _key(root: Node) -> list[Node]:
    if root["entity_id"].text:
        return [root["entity_id"]]
    said = root["state_message"]
    names = ("entity_display_name", "host_name", "service", "monitoring_tool")
    return [*(root[name] for name in names), Node(said.text.partition("\n")[0], said.place)]
