"""Sentry: issue alerts, metric alerts and issues of an internal integration, and the old webhook plugin.

https://docs.sentry.io/organization/integrations/integration-platform/webhooks/: the header
`sentry-hook-resource` says what it is; the document tells the same. The key of whatever speaks of an issue
is the issue, so that Sentry's "resolved" clears what an alert opened; of a metric alert it is the rule.
Comments, installations and who is assigned say nothing.
"""

import re
from collections.abc import Iterator

from bot.domain.alert import Alert, AlertState, Severity
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.finding import Finding, Part
from handlers.webhooks.names import cut

SOURCE = "sentry"
_ISSUE_OVER = ("resolved", "ignored", "archived")
_ISSUE_SILENT = ("assigned",)
_SILENT = ("installation", "comment")
_ISSUE = re.compile(r"https?://[^\s?#]{1,500}/issues/(\d{1,20})(?:[/?#]|$)")
_TIME = "sentry-hook-timestamp"
_METRIC = {"critical": Severity.SEV1, "warning": Severity.SEV3}
_EXAMPLE = ("this is an example ", "this is a test exception")


def parse(delivery: Delivery) -> list[Alert]:
    """The one alert of a delivery, or none where it says nothing. Raises Malformed."""
    root = delivery.body.object()
    data = root["data"]
    resource = delivery.headers.get("sentry-hook-resource", "")
    if resource in _SILENT or data["comment_id"] or (data.is_object and root["action"].word in _ISSUE_SILENT):
        return []
    told_at = Node(delivery.headers.get(_TIME, ""), f"header {_TIME}")
    for name in ("event", "error"):
        if data[name].is_object:
            return [_event(data[name], data)]
    if data["metric_alert"].is_object:
        return [_metric(root, data, told_at)]
    if data["issue"].is_object:
        return [_issue(root, data["issue"], told_at)]
    if data["installation"].is_object:
        return []
    return [_plugin(root)]


def _event(event: Node, data: Node) -> Alert:
    """An issue alert: a rule found an event of an issue. Or an error that was told for itself."""
    issue = _issue_of(event)
    return Finding(
        source=SOURCE,
        state=AlertState.FIRING,
        key=["issue", issue] if issue else ["hash", event["project"], event["hashes"][0], event["title"]],
        title=event.first("title", "metadata.title", "message", "culprit"),
        severity=event["level"],
        description=[event["culprit"], event.first("metadata.value", "message")],
        labels={
            **_tags(event),
            "rule": data.first("issue_alert.title", "triggered_rule"),
            "level": event["level"],
            "environment": event["environment"],
            "release": event["release"],
            "platform": event["platform"],
            "project": event.first("project_slug", "project"),
        },
        links=[("Issue", event["web_url"]), ("Event", event["url"] if not event["web_url"] else "")],
        at=event.first("datetime", "timestamp"),
        trial=event["title"].word.startswith(_EXAMPLE),
    ).alert()


def _metric(root: Node, data: Node, told_at: Node) -> Alert:
    metric = data["metric_alert"]
    rule = metric["alert_rule"]
    action = root["action"]
    return Finding(
        source=SOURCE,
        state=AlertState.CLEARED if action.word == "resolved" else AlertState.FIRING,
        state_from=action,
        key=["metric", metric["organization_id"], rule.first("id", "name")],
        title=rule["name"] or data["description_title"],
        severity=_METRIC.get(action.word),
        severity_from=action,
        description=data["description_text"],
        labels={
            "rule": rule["name"],
            "project": metric["projects"][0],
            "environment": rule["environment"],
            "aggregate": rule["aggregate"],
            "query": rule["query"],
        },
        links=[("Alert", data["web_url"])],
        at=told_at or metric.first("date_closed", "date_detected", "date_started"),
    ).alert()


def _issue(root: Node, issue: Node, told_at: Node) -> Alert:
    action = root["action"]
    over = action.word in _ISSUE_OVER or issue["status"].word in _ISSUE_OVER
    return Finding(
        source=SOURCE,
        state=AlertState.CLEARED if over else AlertState.FIRING,
        state_from=action,
        key=["issue", issue["id"]],
        title=issue.first("title", "metadata.title", "culprit", "shortId"),
        severity=issue["level"],
        description=[issue["culprit"], issue["metadata"]["value"]],
        labels={
            "issue": issue["shortId"],
            "project": issue.first("project.slug", "project.name"),
            "level": issue["level"],
            "platform": issue["platform"],
            "priority": issue["priority"],
            "status": issue["status"],
        },
        links=[("Issue", issue.first("web_url", "permalink"))],
        at=told_at or issue.first("lastSeen", "firstSeen"),
    ).alert()


def _plugin(root: Node) -> Alert:
    """The webhook of projects, before integrations: `id` is the issue's."""
    event = root["event"]
    title = event.first("title", "metadata.title") or root.first("message", "culprit")
    return Finding(
        source=SOURCE,
        state=AlertState.FIRING,
        key=["issue", root["id"]] if root["id"] else ["plugin", root["project"], root["culprit"], title],
        title=title or root["url"].filled(),
        severity=root["level"] or event["level"],
        description=[root["culprit"], root["message"]],
        labels={
            **_tags(event),
            "rule": root["triggering_rules"][0],
            "project": root.first("project_slug", "project"),
            "level": root["level"],
            "environment": event["environment"],
            "release": event["release"],
            "platform": event["platform"],
        },
        links=[("Issue", root["url"])],
        at=event.first("timestamp", "received", "datetime"),
        trial=root["message"].word.startswith(_EXAMPLE),
    ).alert()


def _issue_of(event: Node) -> Node | None:
    """The issue's id: as such, or in one of the addresses."""
    for told in (event["issue_id"], event["groupID"]):
        if told:
            return told
    for address in (event["issue_url"], event["web_url"]):
        if found := _ISSUE.search(address.text):
            return cut(address, found[1])
    return None


def _tags(event: Node) -> dict[str, Part]:
    return dict(_pairs(event["tags"]))


def _pairs(tags: Node) -> Iterator[tuple[str, Part]]:
    """Tags are pairs, or were spread into an object."""
    yield from tags.members
    for each in list(tags.items)[:30]:
        name = each[0].text or each["key"].text
        yield name, each[1] if each.is_list else each["value"]
