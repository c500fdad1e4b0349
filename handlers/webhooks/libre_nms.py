"""LibreNMS' API transport with its usual body.

https://docs.librenms.org/Alerting/Transports/Api/. The state is 0 when it is over, 1 when it begins, 3 to 5
when it got worse, better or otherwise; 2, an acknowledgement, says nothing. The key is the device and the
rule: `uid`, `id` and `alert_id` are of the notification.
"""

from bot.domain.alert import Alert
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.fields import fields_of, unless
from handlers.webhooks.finding import Finding

SOURCE = "libre_nms"
_CLEARED = ("0", "ok", "recovered")
_ACKNOWLEDGED = "2"
_LABELS = {
    "host": "hostname",
    "sysname": "sysName",
    "ip": "ip",
    "rule": "name",
    "os": "os",
    "device_type": "type",
    "hardware": "hardware",
    "location": "location",
    "elapsed": "elapsed",
}


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one rule on one device. Raises Malformed when nothing says which."""
    root = fields_of(delivery).object()
    state = root["state"]
    if state.text == _ACKNOWLEDGED:
        return []
    return [
        Finding(
            source=SOURCE,
            state=unless(_CLEARED, state),
            state_from=state,
            key=[root.first("device_id", "hostname", "title").filled(), root.first("rule_id", "name")],
            title=root.first("title", "name"),
            severity=root["severity"],
            description=root["msg"],
            labels={label: root[name] for label, name in _LABELS.items()},
            trial=root["title"].word.startswith("testing transport"),
        ).alert()
    ]
