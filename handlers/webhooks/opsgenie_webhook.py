"""Opsgenie's outgoing webhook: what happens to its alerts.

https://support.atlassian.com/opsgenie/docs/opsgenie-edge-connector-alert-action-data/. Created, and created
again by being unclosed, is firing; closed and deleted is cleared; everything else that people do to an alert
says nothing. The key is the alias, which outlives a closed alert, or the alert's id.
"""

import re

from bot.domain.alert import Alert, AlertState
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import addresses_of, listed, over, texts_of, words_of
from handlers.webhooks.finding import Finding, Part

SOURCE = "opsgenie_webhook"
_NAME = re.compile(r"[A-Za-z]+")
_STATES = {
    "create": AlertState.FIRING,
    "close": AlertState.CLEARED,
    "delete": AlertState.CLEARED,
    "updatepriority": AlertState.FIRING,
}


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one action. Raises Malformed when no action is named."""
    root = delivery.body.object()
    state, alert = _STATES.get(root["action"].name(_NAME).word), root["alert"].object()
    if state is None:
        alert["alertId"].filled()  # whatever Opsgenie tells of an alert has it
        return []
    return [_finding(root, alert, state).alert()]


def _finding(root: Node, alert: Node, state: AlertState) -> Finding:
    details = alert["details"]
    return Finding(
        source=SOURCE,
        state=state,
        state_from=root["action"],
        key=[alert.first("alias", "alertId")],
        title=alert["message"],
        severity=_priority(alert["priority"]),
        description=[alert["description"], *texts_of(details)],
        labels=over(words_of(details), _labels(root, alert)),
        links=addresses_of(details),
        at=alert["updatedAt"] or alert["createdAt"],
    )


def _priority(priority: Node) -> Part:
    """`P1`, or only the number."""
    return Node(f"P{priority.text}", priority.place) if priority.text.isdigit() else priority


def _labels(root: Node, alert: Node) -> dict[str, Part]:
    return {
        "entity": alert["entity"],
        "source": alert["source"],
        "tags": listed(alert["tags"]),
        "teams": listed(alert["teams"]),
        "integration": root["integrationName"],
    }
