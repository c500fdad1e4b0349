"""PagerDuty's outgoing webhooks: version 3, and what older ones sent.

https://developer.pagerduty.com/docs/db0fa8c8984fc-overview. An incident that is triggered, reopened, no
longer acknowledged or of another priority is firing, a resolved one is cleared; whatever else people do to it
says nothing. The key is the incident's id: PagerDuty makes a new one of what happens again after it was
resolved.
"""

import re

from bot.domain.alert import Alert, AlertState
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.fields import listed
from handlers.webhooks.finding import Finding
from handlers.webhooks.several import several

SOURCE = "pagerduty"
_PING = "pagey.ping"
_NAME = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")
_STATES = {
    "incident.triggered": AlertState.FIRING,
    "incident.reopened": AlertState.FIRING,
    "incident.unacknowledged": AlertState.FIRING,
    "incident.priority_updated": AlertState.FIRING,
    "incident.resolved": AlertState.CLEARED,
    "incident.trigger": AlertState.FIRING,
    "incident.unacknowledge": AlertState.FIRING,
    "incident.resolve": AlertState.CLEARED,
}


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one event, or of each of the older versions' messages. Raises Malformed."""
    root = delivery.body.object()
    if root["messages"].is_list:
        return several(root["messages"].items, _message)
    return _event(root["event"].object())


def _event(event: Node) -> list[Alert]:
    kind = event["event_type"].name(_NAME)
    if kind.word == _PING:
        return [_ping(kind)]
    incident = event["data"]
    state = _STATES.get(kind.word)
    if state is None or (state is AlertState.FIRING and incident["status"].word == "resolved"):
        return []
    return [_finding(incident.object(), kind, state, event["occurred_at"]).alert()]


def _message(message: Node) -> list[Alert]:
    """Version 1 says `type` and has the incident in `data`; version 2 says `event`."""
    kind = message.first("event", "type").name(_NAME)
    incident = message["incident"] or message.at("data.incident")
    state = _STATES.get(kind.word)
    return [_finding(incident.object(), kind, state, message["created_on"]).alert()] if state else []


def _finding(incident: Node, kind: Node, state: AlertState, at: Node) -> Finding:
    if not incident["id"].text:
        raise Malformed(incident["id"].place, "an incident's id is expected here")
    priority = incident.first("priority.summary", "priority.name")
    return Finding(
        source=SOURCE,
        state=state,
        state_from=kind,
        key=[incident["id"]],
        title=incident.first(
            "title", "summary", "trigger_summary_data.subject", "trigger_summary_data.description"
        ),
        severity=priority if priority.text else incident["urgency"],
        description=incident["description"],
        labels={
            "service": incident.first("service.summary", "service.name"),
            "urgency": incident["urgency"],
            "incident_key": incident["incident_key"],
            "number": incident.first("number", "incident_number"),
            "escalation_policy": incident.first("escalation_policy.summary", "escalation_policy.name"),
            "teams": listed(incident["teams"], "summary"),
        },
        links=[("PagerDuty", incident["html_url"]), ("Service", incident.at("service.html_url"))],
        at=at,
    )


def _ping(kind: Node) -> Alert:
    return Finding(
        source=SOURCE,
        state=AlertState.FIRING,
        state_from=kind,
        key=[kind],
        title="PagerDuty's webhook reaches us",
        trial=True,
    ).alert()
