"""ServerGuard24's webhook.

https://www.serverguard24.de/. OK is cleared; WARNING, CRITICAL and UNKNOWN are firing. The key is the server
and the service that is checked on it.
"""

from bot.domain.alert import Alert
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.fields import fields_of, unless
from handlers.webhooks.finding import Finding

SOURCE = "server_guard24"
_CLEARED = ("ok",)


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one check. Raises Malformed when its result or its server is missing."""
    root = fields_of(delivery).object()
    result, server = root["check_result"].filled(), root.first("server_address", "server_name").filled()
    return [
        Finding(
            source=SOURCE,
            state=unless(_CLEARED, result),
            state_from=result,
            key=[server, root.first("service_shortname", "service_name")],
            title=[root["service_name"], "on", root.first("server_name", "server_address"), "is", result],
            severity=result,
            description=[root["service_message"], root["check_output"]],
            labels={
                "host": root["server_address"],
                "server": root["server_name"],
                "service": root["service_name"],
                "check": root["service_shortname"],
            },
        ).alert()
    ]
