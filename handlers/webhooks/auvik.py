"""Auvik's webhook.

https://support.auvik.com/hc/en-us/articles/360048647112. `alertStatus` is 0 triggered, 1 cleared. The key is
the `correlationId`, which is the same for both; alert ids are of one notification each.
"""

from bot.domain.alert import Alert, Severity
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import unless
from handlers.webhooks.finding import Finding

SOURCE = "auvik"
_CLEARED = ("1", "cleared")
_SEVERITIES = {"1": Severity.SEV1, "2": Severity.SEV2, "3": Severity.SEV3, "4": Severity.SEV4}
_LABELS = {"entity": "entityName", "entity_type": "entityType", "site": "companyName", "alert": "alertName"}


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one notification. Raises Malformed when nothing says which."""
    root = delivery.body.object()
    status = root["alertStatus"] if root["alertStatus"].text else root["alertStatusString"]
    severity = root["alertSeverity"]
    return [
        Finding(
            source=SOURCE,
            state=unless(_CLEARED, status),
            state_from=status,
            key=[root.first("correlationId", "alertId").filled()],
            title=_title(root),
            severity=_SEVERITIES.get(severity.text) or root["alertSeverityString"],
            severity_from=severity,
            description=root["alertDescription"],
            labels={name: root[step] for name, step in _LABELS.items()},
            links=[("Auvik", root["link"])],
            at=root["date"],
        ).alert()
    ]


def _title(root: Node) -> list[Node | str]:
    name, entity = root.first("alertName", "subject"), root["entityName"]
    return [name, "on", entity] if entity.text else [name]
