"""System Center Operations Manager's alerts, as command channels and connectors write them.

https://learn.microsoft.com/en-us/system-center/scom/manage-notifications-customize-message. The resolution
state is New (0) to Closed (255); severities are 0 information, 1 warning, 2 critical. Acknowledged (249)
says nothing. The key is the alert's id, which it keeps until it is closed.
"""

from bot.domain.alert import Alert, Severity
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.fields import unless
from handlers.webhooks.finding import Finding

SOURCE = "scom"
_CLEARED = ("closed", "255", "resolved", "254")
_ACKNOWLEDGED = ("acknowledged", "249")
_SEVERITIES = {"2": Severity.SEV1, "1": Severity.SEV3, "0": Severity.SEV4}
_LABELS = {"host": "managedEntitySource", "category": "category", "owner": "owner", "priority": "priority"}
_NOTHING = "np"


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one notification. Raises Malformed when its id is missing."""
    root = delivery.body.object()
    state, severity = root["resolutionState"], root["severity"]
    description = root["alertDescription"]
    if state.word in _ACKNOWLEDGED:
        return []
    return [
        Finding(
            source=SOURCE,
            state=unless(_CLEARED, state),
            state_from=state,
            key=[root["alertId"].filled()],
            title=[root.first("alertName", "alertId"), "on", root["managedEntitySource"]],
            severity=_SEVERITIES.get(severity.text) or severity,
            severity_from=severity,
            description=description if description.word != _NOTHING else "",
            labels={label: root[step] for label, step in _LABELS.items() if root[step].word != _NOTHING},
        ).alert()
    ]
