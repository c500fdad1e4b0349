"""Apex Ping's webhook.

https://apex.sh/ping/. `resolved` is cleared. The key is the check and the alert that was set on it.
"""

from bot.domain.alert import Alert
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.fields import unless
from handlers.webhooks.finding import Finding

SOURCE = "apex_ping"
_CLEARED = ("resolved",)


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one check. Raises Malformed when its state or its check is missing."""
    root = delivery.body.object()
    state, check, alert = root["state"].filled(), root["check"], root["alert"]
    return [
        Finding(
            source=SOURCE,
            state=unless(_CLEARED, state),
            state_from=state,
            key=[check.first("id", "name", "url").filled(), alert.first("id", "type")],
            title=[check.first("name", "url"), "–", alert["type"], state],
            description=[
                " ".join(alert[name].text for name in ("stat", "type", "op", "value") if alert[name].text),
                root["value"],
            ],
            labels={"check": check["name"], "type": alert["type"], "value": root["value"]},
            links=[("Monitored", check["url"])],
            at=root["triggered_at"],
        ).alert()
    ]
