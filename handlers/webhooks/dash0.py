"""Dash0's webhook.

https://www.dash0.com/documentation/dash0/alerting/notifications. The issue is resolved, or degraded or
critical. The key is the `issueIdentifier`, which is made of the check rule and the labels; the issue's id
is of one occurrence.
"""

from bot.domain.alert import Alert, Severity
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import unless
from handlers.webhooks.finding import Finding, Part

SOURCE = "dash0"
_CLEARED = ("resolved", "closed", "alert.resolved")
_SEVERITIES = {"critical": Severity.SEV1, "failed": Severity.SEV1, "degraded": Severity.SEV3}
_VALUES = ("stringValue", "intValue", "doubleValue", "boolValue")


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one issue. Raises Malformed; a test of the channel is a trial."""
    root = delivery.body.object()
    kind, issue = root["type"], root.at("data.issue").object()
    status = issue["status"] if issue["status"].text else kind
    rule = issue["checkrules"][0]
    return [
        Finding(
            source=SOURCE,
            state=unless(_CLEARED, status),
            state_from=status,
            key=[issue.first("issueIdentifier", "id").filled()],
            title=issue["summary"] if issue["summary"].text else rule["name"],
            severity=_SEVERITIES.get(status.word),
            severity_from=status,
            description=issue["description"],
            labels={**_labels(issue["labels"]), "rule": rule["name"], "dataset": issue["dataset"]},
            links=[("Dash0", issue["url"]), ("Check rule", rule["url"])],
            at=issue["end"] if status.word in _CLEARED else issue["start"],
            trial=kind.word in ("test", "alert.test"),
        ).alert()
    ]


def _labels(labels: Node) -> dict[str, Part]:
    """Attributes as OpenTelemetry writes them: `[{"key": …, "value": {"stringValue": …}}]`."""
    return {each["key"].text: each["value"].first(*_VALUES) for each in labels.items}
