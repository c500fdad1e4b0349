"""Pulsetic's webhook.

https://pulsetic.com/docs/webhooks/. `monitor_online` is cleared, what else is told is firing. The key is the
monitor, and apart from it its certificate.
"""

from bot.domain.alert import Alert
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.fields import unless
from handlers.webhooks.finding import Finding

SOURCE = "pulsetic"
_CLEARED = ("monitor_online",)


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one monitor. Raises Malformed when neither its id nor its address is there."""
    root = delivery.body.object()
    kind, monitor = root["alert_type"].filled(), root["monitor"]
    return [
        Finding(
            source=SOURCE,
            state=unless(_CLEARED, kind),
            state_from=kind,
            key=[monitor.first("id", "url").filled(), "certificate" if "certificate" in kind.word else ""],
            title=[monitor.first("name", "url", "id"), kind.text.replace("_", " ")],
            labels={"monitor": monitor["name"], "type": kind, "days_left": root["days_left"]},
            links=[("Monitored", monitor["url"])],
        ).alert()
    ]
