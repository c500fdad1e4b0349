"""Uptime Kuma's webhook.

https://github.com/louislam/uptime-kuma/wiki/Notification-Methods: a heartbeat (0 down, 1 up, 2 pending,
3 maintenance; its time is UTC), its monitor and a message. A certificate that expires comes with the message
alone, and so does a test. The key is the monitor; of a message alone, its words without what
is measured.
"""

from bot.domain.alert import Alert, AlertState
from handlers.alerts.identity import steady
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.finding import Finding, Part

SOURCE = "uptime_kuma"
_STATES = {"0": AlertState.FIRING, "1": AlertState.CLEARED}
_NEITHER = ("2", "3")


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one heartbeat; pending and maintenance say nothing. Raises Malformed."""
    root = delivery.body.object()
    heartbeat, monitor = root["heartbeat"], root["monitor"]
    if not monitor.is_object:
        return [_message(root["msg"].filled())]
    told = root["event_type"] if root["event_type"].word == "resolve" else heartbeat["status"]
    state = AlertState.CLEARED if told.word == "resolve" else _STATES.get(told.text)
    if heartbeat["status"].text and state is None:
        told.among(_NEITHER)
        return []
    return [_alert(root, heartbeat, monitor, state or AlertState.FIRING, told)]


def _alert(root: Node, heartbeat: Node, monitor: Node, state: AlertState, told: Node) -> Alert:
    name = monitor.first("pathName", "name")
    return Finding(
        source=SOURCE,
        state=state,
        state_from=told,
        key=[monitor["id"] if monitor["id"].text else name.filled()],
        title=[name, "is up" if state is AlertState.CLEARED else "is down"],
        description=heartbeat["msg"] if heartbeat["msg"].text else root["msg"],
        labels={
            "monitor": monitor["name"],
            "monitor_type": monitor["type"],
            "host": monitor["hostname"],
            "port": monitor["port"],
            **_tags(monitor["tags"]),
        },
        links=[("Monitored", monitor["url"])],
        at=_in_utc(heartbeat["time"]),
    ).alert()


def _in_utc(time: Node) -> Node:
    return time if time.moment else Node(f"{time.text}Z", time.place)


def _tags(tags: Node) -> dict[str, Part]:
    return {f"tag_{tag['name'].text}": tag["value"] if tag["value"].text else "true" for tag in tags.items}


def _message(said: Node) -> Alert:
    return Finding(
        source=SOURCE,
        state=AlertState.FIRING,
        key=[Node(steady(said.text, ids=True) or said.text, said.place)],
        title=said,
        trial=said.word.endswith("testing"),
    ).alert()
