"""What says nothing says so plainly: what may have been an alert is refused with its place, and kept."""

import copy
import json
from collections.abc import Mapping

import pytest

from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.sources import SOURCES

EVENT: Mapping[str, dict[str, object]] = {
    "github/security": {
        "action": "created",
        "alert": {"number": 1, "security_advisory": {"summary": "x", "severity": "high"}},
        "repository": {"full_name": "acme/shop", "default_branch": "main"},
        "sender": {"login": "octocat"},
    },
    "github/status": {
        "context": "ci",
        "sha": "1",
        "state": "failure",
        "branches": [{"name": "main"}],
        "repository": {"full_name": "acme/shop", "default_branch": "main"},
        "sender": {"login": "octocat"},
    },
    "github/run": {
        "workflow_run": {"name": "CI", "status": "completed", "conclusion": "failure", "head_branch": "main"},
        "repository": {"full_name": "acme/shop", "default_branch": "main"},
        "sender": {"login": "octocat"},
    },
    "jira_server/issue": {
        "webhookEvent": "jira:issue_created",
        "issue": {"id": "1", "key": "OPS-1", "fields": {"summary": "x"}},
    },
    "opsgenie_webhook/alert": {"action": "Create", "alert": {"alertId": "1", "message": "x"}},
    "pagerduty/event": {"event": {"event_type": "incident.triggered", "data": {"id": "1", "title": "x"}}},
    "pagerduty/message": {"messages": [{"event": "incident.trigger", "incident": {"id": "1", "title": "x"}}]},
    "uptime_kuma/beat": {"heartbeat": {"status": 0}, "monitor": {"id": 1, "name": "x"}, "msg": "x"},
    "alertmanager/group": {"alerts": [{"status": "firing", "labels": {"alertname": "x"}}]},
    "grafana/group": {"alerts": [{"status": "firing", "labels": {"alertname": "x"}}]},
    "sentry/issue": {"action": "created", "data": {"issue": {"id": "1", "title": "x"}}},
}
MISSING = object()
SPOILT = [
    ("github/security", "action", MISSING),
    ("github/security", "action", ["created"]),
    ("github/security", "action", "burnt"),
    ("github/status", "state", MISSING),
    ("github/status", "state", "failed?"),
    ("github/status", "branches", MISSING),
    ("github/status", "branches", "main"),
    ("github/status", "branches.0.name", None),
    ("github/status", "repository.default_branch", MISSING),
    ("github/run", "workflow_run.conclusion", MISSING),
    ("github/run", "workflow_run.conclusion", None),
    ("github/run", "workflow_run.conclusion", "lost"),
    ("github/run", "workflow_run.head_branch", MISSING),
    ("github/run", "repository", None),
    ("jira_server/issue", "webhookEvent", "xxxx"),
    ("opsgenie_webhook/alert", "action", "<Create>"),
    ("pagerduty/event", "event.event_type", "triggered!"),
    ("pagerduty/message", "messages.0.event", MISSING),
    ("pagerduty/message", "messages.0.event", "x"),
    ("uptime_kuma/beat", "heartbeat.status", True),
    ("uptime_kuma/beat", "heartbeat.status", "down"),
    ("alertmanager/group", "alerts", []),
    ("grafana/group", "alerts", []),
]
SILENT = [
    ("github/security", "action", "assignees_changed"),
    ("github/status", "state", "pending"),
    ("github/status", "branches", []),
    ("github/status", "branches.0.name", "a branch"),
    ("github/run", "workflow_run.conclusion", "cancelled"),
    ("github/run", "workflow_run", {"name": "CI", "status": "in_progress", "conclusion": None}),
    ("github/run", "workflow_run.head_branch", None),
    ("jira_server/issue", "webhookEvent", "sprint_started"),
    ("opsgenie_webhook/alert", "action", "AddNote"),
    ("pagerduty/event", "event.event_type", "incident.annotated"),
    ("uptime_kuma/beat", "heartbeat.status", 3),
    ("sentry/issue", "action", "assigned"),
]


def sent(name: str, path: str, value: object) -> Delivery:
    """The event with one part in another way."""
    root = copy.deepcopy(EVENT[name])
    *way, last = path.split(".")
    holder: object = root
    for step in way:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]  # type: ignore[index]  # JSON
    assert isinstance(holder, dict)
    if value is MISSING:
        del holder[last]
    else:
        holder[last] = value
    return Delivery(body=Node(root))


@pytest.mark.row("A08", "F84")
@pytest.mark.parametrize("name", EVENT)
def test_the_event_itself_is_an_alert(name: str) -> None:
    assert len(SOURCES[name.partition("/")[0]](Delivery(body=Node(EVENT[name])))) == 1


@pytest.mark.row("A08", "F84")
@pytest.mark.parametrize(("name", "path", "value"), SPOILT)
def test_what_cannot_be_told_from_an_alert_is_refused_with_its_place(
    name: str, path: str, value: object
) -> None:
    with pytest.raises(Malformed) as refused:
        SOURCES[name.partition("/")[0]](sent(name, path, value))

    assert path.partition(".")[0] in refused.value.place


@pytest.mark.parametrize(("name", "path", "value"), SILENT)
def test_what_is_known_to_say_nothing_says_nothing(name: str, path: str, value: object) -> None:
    assert SOURCES[name.partition("/")[0]](sent(name, path, value)) == []


@pytest.mark.row("A08", "F84")
@pytest.mark.parametrize("source", ["github", "opsgenie_webhook", "sentry"])
def test_what_another_source_tells_is_not_taken_for_nothing(source: str) -> None:
    issue = {"action": "assigned", "issue": {"number": 1}, "labels": {"alertname": "x"}}

    try:
        found = SOURCES[source](Delivery(body=Node(json.loads(json.dumps(issue)))))
    except Malformed:
        return
    assert found
