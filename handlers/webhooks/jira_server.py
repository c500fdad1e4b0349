"""Jira's webhooks, of Cloud and Data Center: issues as alerts.

https://developer.atlassian.com/server/jira/platform/webhooks/. A filter in Jira's webhook says for which
issues somebody is woken. Created or changed and not done is firing; done, resolved or deleted is cleared;
comments and work logs say nothing, and neither do the tickets that we made ourselves. The key is the
issue's id, which it keeps when it is moved.
"""

import re

from bot.domain.alert import Alert, AlertState
from handlers.alerts.markup import words
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import listed
from handlers.webhooks.finding import Finding, Part

SOURCE = "jira_server"
_EVENTS = words("jira:issue_created jira:issue_updated jira:issue_deleted")
_NAME = re.compile(r"(?:jira:)?[a-z]+(?:_[a-z]+)+")
_DONE = words("done closed resolved")
_TALK = ("issue_comment", "issue_worklog", "issue_work_log")
_OURS = "tocsin"


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one issue. Raises Malformed when it says no event of Jira's, or no issue."""
    root = delivery.body.object()
    event = root["webhookEvent"].name(_NAME)
    if event.word not in _EVENTS or root["issue_event_type_name"].word.startswith(_TALK):
        return []
    issue = root["issue"].object()
    ours = any(label.word.startswith(_OURS) for label in issue.at("fields.labels").items)
    return [] if ours else [_alert(event, issue, root["timestamp"])]


def _alert(event: Node, issue: Node, at: Node) -> Alert:
    fields = issue["fields"]
    ended = _ended(event, fields)
    return Finding(
        source=SOURCE,
        state=AlertState.CLEARED if ended else AlertState.FIRING,
        state_from=ended or event,
        key=[issue.first("id", "key").filled()],
        title=[issue["key"], fields["summary"]],
        severity=_named(fields["priority"]),
        description=fields["description"],
        labels={
            "issue": issue["key"],
            "project": fields.first("project.key", "project.name"),
            "type": _named(fields["issuetype"]),
            "status": _named(fields["status"]),
            "priority": _named(fields["priority"]),
            "components": listed(fields["components"], "name"),
            "labels": listed(fields["labels"]),
        },
        links=[("Jira", _page(issue))],
        at=at,
    ).alert()


def _ended(event: Node, fields: Node) -> Node | None:
    """Where it stands that the issue is over."""
    if event.word == "jira:issue_deleted":
        return event
    category, resolution = fields.at("status.statusCategory.key"), fields["resolution"]
    if category.word in _DONE:
        return category
    if not category.text and (_named(fields["status"]).word in _DONE or resolution):
        return _named(fields["status"]) or _named(resolution)
    return None


def _named(field: Node) -> Node:
    return field["name"] if field.is_object else field


def _page(issue: Node) -> Part:
    """`self` is the issue in the REST API; people look at it below `/browse`."""
    host, found, _ = issue["self"].text.partition("/rest/")
    return Node(f"{host}/browse/{issue['key'].text}", issue["self"].place) if found else ""
