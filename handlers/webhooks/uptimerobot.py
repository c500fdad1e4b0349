"""UptimeRobot's webhook, as it sends it by default: in the query, as a form or as JSON.

https://help.uptimerobot.com/en/articles/14498593-webhook-integration. `alertType` 1 is down, 2 is up, 3 an
expiring certificate, 4 an expiring domain. The key is the monitor, and apart from it what expires; that it
was renewed is never told.
"""

from bot.domain.alert import Alert, AlertState
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed
from handlers.webhooks.fields import fields_of
from handlers.webhooks.finding import Finding

SOURCE = "uptimerobot"
_UP = "2"
_EXPIRING = {"3": "certificate", "4": "domain"}
_LABELS = {
    "monitor": "monitorFriendlyName",
    "monitor_id": "monitorID",
    "url": "monitorURL",
    "group": "monitorGroup",
    "tags": "monitorTags",
    "expires": "sslExpiryDate",
}


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one monitor. Raises Malformed when neither its id nor its name is there."""
    root = fields_of(delivery).object()
    kind, what = root["alertType"], root["alertTypeFriendlyName"]
    monitor = root.first("monitorID", "monitorFriendlyName", "monitorURL")
    if not monitor.text:
        raise Malformed("monitorID", "a monitor is expected here")
    cleared = kind.text == _UP if kind.text else what.word == "up"
    verb = "–" if kind.text in _EXPIRING else "is"
    return [
        Finding(
            source=SOURCE,
            state=AlertState.CLEARED if cleared else AlertState.FIRING,
            state_from=kind if kind.text else what,
            key=[monitor, _EXPIRING.get(kind.text, "")],
            title=[root.first("monitorFriendlyName", "monitorURL"), verb, what],
            description=root["alertDetails"],
            labels={name: root[step] for name, step in _LABELS.items()},
            links=[("Monitored", root["monitorURL"]), ("UptimeRobot", root["monitorDashboardURL"])],
            at=root["alertDateTime"],
        ).alert()
    ]
