"""Pingdom's webhook.

https://www.pingdom.com/resources/webhooks/. A check is UP or DOWN, a transaction SUCCESS or FAILING; what is
neither up nor a success is firing. The key is the check.
"""

from bot.domain.alert import Alert
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import listed, unless
from handlers.webhooks.finding import Finding

SOURCE = "pingdom"
_CLEARED = ("up", "success")


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one check. Raises Malformed when its id or its state is missing."""
    root = delivery.body.object()
    state, params = root["current_state"].filled(), root["check_params"]
    return [
        Finding(
            source=SOURCE,
            state=unless(_CLEARED, state),
            state_from=state,
            key=[root["check_id"].filled()],
            title=[root.first("check_name", "check_params.hostname"), "is", state],
            severity=root["importance_level"],
            description=[root["description"], _other(root["long_description"], root["description"])],
            labels={
                "check": root["check_name"],
                "check_id": root["check_id"],
                "check_type": root["check_type"],
                "host": params["hostname"],
                "tags": listed(root["tags"]),
                "probe": root.at("first_probe.location"),
                "second_probe": root.at("second_probe.location"),
            },
            links=[("Monitored", params["full_url"])],
            at=root["state_changed_timestamp"],
        ).alert()
    ]


def _other(text: Node, known: Node) -> Node | str:
    return text if text.text != known.text else ""
