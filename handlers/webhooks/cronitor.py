"""Cronitor's webhook.

https://cronitor.io/docs/using-webhooks. ALERT is firing, RECOVERY is cleared. The key is the monitor and the
environment: a recovery does not always name the rule that was broken.
"""

from bot.domain.alert import Alert
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.fields import unless
from handlers.webhooks.finding import Finding

SOURCE = "cronitor"
_CLEARED = ("recovery", "recovered")


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one monitor. Raises Malformed when neither its id nor its name is there."""
    root = delivery.body.object()
    kind, monitor = root["type"], root.first("id", "monitor").filled()
    return [
        Finding(
            source=SOURCE,
            state=unless(_CLEARED, kind),
            state_from=kind,
            key=[monitor, root["environment"]],
            title=[root.first("monitor", "id"), "has recovered" if kind.word in _CLEARED else "has failed"],
            description=root["description"],
            labels={
                "monitor": root["monitor"],
                "rule": root["rule"],
                "environment": root["environment"],
                "group": root["group"],
            },
            links=[("Issue", root["issue_url"]), ("Monitor", root["monitor_url"])],
        ).alert()
    ]
