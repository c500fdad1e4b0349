"""Google Cloud Monitoring's webhook, versions 1.0 to 1.2.

https://cloud.google.com/monitoring/support/notification-options#webhooks. The key is the condition with
the resource and the metric's labels that it is broken for, and not the incident's id, which is another one
each time. Where an incident has no condition, as of old, it is the id.
"""

from collections.abc import Iterator

from bot.domain.alert import Alert, AlertState
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.finding import Finding, Part, spread

SOURCE = "gcp_monitoring"


def parse(delivery: Delivery) -> list[Alert]:
    """The one alert of an incident. Raises Malformed when there is none."""
    root = delivery.body.object()
    incident = root["incident"].object()
    cleared = incident["state"].word == "closed"
    documentation, resource = incident["documentation"], incident["resource"]
    return [
        Finding(
            source=SOURCE,
            state=AlertState.CLEARED if cleared else AlertState.FIRING,
            state_from=incident["state"],
            key=list(_key(incident)),
            title=_title(incident),
            severity=incident.first(
                "severity", "policy_user_labels.severity", "metadata.system_labels.severity"
            ),
            description=[incident["summary"], documentation["content"]],
            labels={
                **spread(resource["labels"]),
                **spread(incident["metric"]["labels"]),
                **spread(incident.at("metadata.user_labels")),
                **spread(incident["policy_user_labels"]),
                "policy": incident["policy_name"],
                "condition": incident["condition_name"],
                "project": incident["scoping_project_id"],
                "resource": incident.first("resource_display_name", "resource_name"),
                "resource_type": resource["type"],
                "metric": incident.at("metric.type"),
            },
            links=[
                ("Incident", incident["url"]),
                *((link["displayName"].text, link["url"]) for link in documentation["links"].items),
            ],
            at=incident["ended_at"] if cleared and incident["ended_at"].moment else incident["started_at"],
            trial=root["version"].word == "test" or incident["summary"].word == "test incident",
        ).alert()
    ]


def _key(incident: Node) -> Iterator[Part]:
    condition = incident.at("condition.name")
    if not condition and not (incident["policy_name"] and incident["condition_name"]):
        yield from ("incident", incident["incident_id"])
        return
    yield from ([condition] if condition else [incident["policy_name"], incident["condition_name"]])
    yield from (incident["scoping_project_id"], incident["resource_id"], incident["resource_name"])
    for labels in (incident.at("resource.labels"), incident.at("metric.labels")):
        for name, value in sorted(labels.members, key=lambda pair: pair[0]):
            yield from (name, value)


def _title(incident: Node) -> list[Part]:
    """The subject that people wrote; else the condition, and what it is broken for."""
    if subject := incident.at("documentation.subject"):
        return [subject]
    name = incident.first("condition_name", "policy_name", "summary")
    where = incident.first("resource_display_name", "resource_name")
    # A resource without a name of its own is told as all of its labels, in braces.
    return [name, "—", where] if where and "{" not in where.text else [name]
