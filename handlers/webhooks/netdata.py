"""Netdata: the webhook of Netdata Cloud, of alerts and of nodes, and what agents' own scripts send.

https://learn.netdata.cloud/docs/alerting/notifications/centralized-cloud-notifications/webhook. The key is
the alert with its chart and node, of a node its name alone; the message is another each time. An agent's
`custom_sender` sends what one writes; the names that its script has (`alarm`, `host`, `status`, `chart`)
are known.
"""

import re

from bot.domain.alert import Alert, AlertState, Severity
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import fields_of, listed
from handlers.webhooks.finding import Finding, Part
from handlers.webhooks.names import Names, cut

SOURCE = "netdata"
_OVER = ("clear", "cleared", "ok", "removed", "normal", "recovered")
_NODE = re.compile(r"\bon (?:node |host )?([A-Za-z0-9][\w.-]{0,252}[A-Za-z0-9])\b")
_SILENT = ("undefined", "uninitialized")


def parse(delivery: Delivery) -> list[Alert]:
    """The one alert of a notification. Raises Malformed when it tells of no alert and no node."""
    root = fields_of(delivery).object()
    names = Names(root)
    if root["status"].is_object:
        return [_node(root)]
    status = names.first("status", "severity", "newstatus")
    if status.word in _SILENT:
        return []
    name = names.first("alert", "alarm", "name", "alertname")
    message = names.first("message", "summary", "title")
    if not name and not message:
        root["alert"].filled()
    node = names.first("nodename", "node", "hostname", "host") or _node_in(message)
    return [
        Finding(
            source=SOURCE,
            state=AlertState.CLEARED if status.word in _OVER else AlertState.FIRING,
            state_from=status,
            key=[
                "alert",
                names.first("spacename", "space"),
                node,
                names.first("chart", "chartname"),
                name or message,
            ],
            title=_title(name, node, message),
            severity=status if status.word not in _OVER else names.first("oldstatus", "previousstatus"),
            description=[message, names.first("info", "description")],
            labels={
                "alert": name,
                "host": node,
                **_labels(names),
                "room": _rooms(root.first("Rooms", "rooms")),
            },
            links=[("Netdata", names.first("alerturl", "alarmurl", "gotourl", "url"))],
            at=names.first("date", "when", "timestamp", "unixtime"),
            trial=name.word == "test_alarm" or bool(not name and names.first("token")),
        ).alert()
    ]


def _labels(names: Names) -> dict[str, Part]:
    return {
        "chart": names.first("chart", "chartname"),
        "context": names.first("context"),
        "family": names.first("family"),
        "class": names.first("class", "classification"),
        "space": names.first("spacename", "space"),
        "value": names.first("valuestring", "value"),
    }


def _node_in(message: Node) -> Node:
    found = _NODE.search(message.text[:1_000])
    return cut(message, found[1] if found else "")


def _rooms(rooms: Node) -> Node:
    """Names and addresses of rooms: an object of them, or a list of objects."""
    if rooms.is_object:
        return Node(", ".join(name for name, _ in rooms.members), rooms.place)
    return listed(rooms, "name")


def _title(name: Node, node: Node, message: Node) -> list[Node | str]:
    if name and node:
        return [name, "—", node]
    return [message or name]


def _node(root: Node) -> Alert:
    """A node that can be reached no more, or again."""
    reachable = root.at("status.reachable")
    back = reachable.word == "true"
    return Finding(
        source=SOURCE,
        state=AlertState.CLEARED if back else AlertState.FIRING,
        state_from=reachable,
        key=["node", root["host"]],
        title=[root["host"], root.at("status.text")] if root["host"] else root["message"],
        severity=Severity.SEV2 if not back else None,
        severity_from=reachable,
        description=root["message"],
        labels={"host": root["host"]},
        links=[("Netdata", root["url"])],
    ).alert()
