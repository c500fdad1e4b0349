"""Prometheus Alertmanager's webhook, version 4: every alert of a group for itself.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config: a group is sent whole each time,
so an alert comes again and again while it fires. Its `fingerprint` is the hash of its labels.
"""

from collections.abc import Callable, Sequence

from bot.domain.alert import Alert, AlertState
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.finding import Finding, Part, spread
from handlers.webhooks.several import several

SOURCE = "alertmanager"
_CLEARED = "resolved"
_STATES = ("", "firing", _CLEARED)
_TITLES = ("annotations.summary", "annotations.message", "annotations.title", "labels.alertname")


def parse(delivery: Delivery) -> list[Alert]:
    """One alert for each of `alerts`. Raises Malformed when there is no such list, or Partly."""
    root = delivery.body.object()
    return group(root, lambda each: found(SOURCE, root, each))


def group(root: Node, find: Callable[[Node], Finding]) -> list[Alert]:
    """The alerts of a group, for every source that tells groups as Alertmanager does.

    A receiver with a limit leaves out the rest of a group and says how many: Partly is raised, and whoever
    reads of those that came is told that there are others.
    """
    left_out = root["truncatedAlerts"]
    count = "" if left_out.text in ("", "0") else left_out.text[:20]
    more = f"{count} more alerts of this group were not sent: they are beyond the receiver's limit"

    def read(each: Node) -> list[Alert]:
        finding = find(each)
        if count and finding.state is AlertState.FIRING:
            finding.description = [*_listed(finding.description), f"({more})"]
        return [finding.alert()]

    unsent = [Malformed(left_out.place, f"{more} (`max_alerts`)")] if count else []
    return several(some(root["alerts"]).items, read, unsent)


def _listed(parts: Part | Sequence[Part]) -> Sequence[Part]:
    return [parts] if isinstance(parts, Node | str) else parts


def some(alerts: Node) -> Node:
    """Itself, a list that is not empty. Raises Malformed: groups without alerts are never told."""
    if not alerts.list():
        raise Malformed(alerts.place, "at least one alert is expected here")
    return alerts


def found(source: str, root: Node, alert: Node) -> Finding:
    """One of a group's alerts, for every source that tells groups as Alertmanager does."""
    labels, annotations = alert["labels"], alert["annotations"]
    status = alert["status"] or root["status"]
    cleared = status.word == _CLEARED
    title = alert.first(*_TITLES)
    return Finding(
        source=source,
        state=AlertState.CLEARED if cleared else AlertState.FIRING,
        state_from=status,
        key=[alert["fingerprint"]] if alert["fingerprint"] else sorted_pairs(labels),
        title=title,
        severity=labels.first("severity", "priority", "level"),
        description=beside(title, annotations.first("description", "message")),
        labels={"receiver": root["receiver"], **spread(labels)},
        links=[
            ("Runbook", annotations.first("runbook_url", "runbook")),
            ("Dashboard", annotations.first("dashboard_url", "dashboard")),
            ("Source", alert["generatorURL"]),
            ("Alertmanager", root["externalURL"]),
        ],
        at=alert["endsAt"] if cleared else alert["startsAt"],
        objects=[labels, annotations],
        unknown=status.word not in _STATES,
    )


def beside(title: Node, description: Node) -> Part:
    """The description, unless it is what the title was read from."""
    return "" if description.place == title.place else description


def sorted_pairs(labels: Node) -> list[Node | str]:
    """Names and values in the order of the names: what tells one set of labels from another."""
    pairs = sorted(labels.members, key=lambda pair: pair[0])
    return [part for name, value in pairs for part in (name, value)]
