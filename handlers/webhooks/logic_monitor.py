"""LogicMonitor's custom HTTP delivery, with its tokens under their own names.

https://www.logicmonitor.com/support/alerts/integrations/custom-http-delivery and its list of tokens. The
status is active or clear; an acknowledgement and scheduled downtime say nothing. The key is host, data
source, instance and data point; where they are missing, the alert's id.
"""

from bot.domain.alert import Alert
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import fields_of, unless
from handlers.webhooks.finding import Finding

SOURCE = "logic_monitor"
_CLEARED = ("clear", "cleared")
_SAYING_NOTHING = ("ack", "ackd", "acked", "sdt", "insdt", "escalate")
_KEY = ("host", "datasource", "instance", "datapoint", "eventsource", "eventcode")
_LABELS = (*_KEY, "group", "value", "threshold", "alerttype", "servicegroup", "hostips", "agent")


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one notification. Raises Malformed when nothing says which it is."""
    root = fields_of(delivery).object()
    status = root["alertstatus"]
    if status.word in _SAYING_NOTHING:
        return []
    return [
        Finding(
            source=SOURCE,
            state=unless(_CLEARED, status),
            state_from=status,
            key=_key(root),
            title=_title(root),
            severity=root["level"],
            description=[root.first("message", "eventmsg"), root["datapointdesc"]],
            labels={name: root[name] for name in _LABELS},
            links=[
                ("Host", root["hosturl"]),
                ("Service", root["serviceurl"]),
                ("Alert", root["alertdetailurl"]),
            ],
            at=root.first("endepoch", "startepoch"),
        ).alert()
    ]


def _key(root: Node) -> list[Node]:
    named = [root[name] for name in _KEY]
    return named if any(part.text for part in named) else [root.first("alertid", "internalid").filled()]


def _title(root: Node) -> list[Node]:
    return [root.first("host", "service"), root.first("instance", "datasource"), root["datapoint"]]
