"""Site24x7's webhook with its incident parameters.

https://www.site24x7.com/help/admin/third-party-integration/webhooks.html. UP is cleared; DOWN, CRITICAL and
TROUBLE are firing, in this order of badness. The key is the monitor.
"""

from bot.domain.alert import Alert, Severity
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.fields import fields_of, unless
from handlers.webhooks.finding import Finding

SOURCE = "site24x7"
_CLEARED = ("up",)
_SEVERITIES = {"down": Severity.SEV1, "critical": Severity.SEV2, "trouble": Severity.SEV3}
_MAINTAINED = ("maintenance", "suspended", "discovery")


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one monitor; maintenance says nothing. Raises Malformed."""
    root = fields_of(delivery).object()
    status, name = root["STATUS"].filled(), root.first("MONITORNAME", "MONITORURL", "MONITOR_ID")
    if status.word in _MAINTAINED:
        return []
    return [
        Finding(
            source=SOURCE,
            state=unless(_CLEARED, status),
            state_from=status,
            key=[root.first("MONITOR_ID", "MONITORID", "MONITORNAME").filled()],
            title=[name, "is", status],
            severity=_SEVERITIES.get(status.word),
            severity_from=status,
            description=root["INCIDENT_REASON"],
            labels={
                "monitor": root["MONITORNAME"],
                "monitor_type": root["MONITORTYPE"],
                "group": root["MONITOR_GROUPNAME"],
                "locations": root["FAILED_LOCATIONS"],
            },
            links=[
                ("Site24x7", root["MONITOR_DASHBOARD_LINK"]),
                ("Monitored", root["MONITORURL"]),
                ("Root cause", root["RCA_LINK"]),
            ],
            at=root.first("INCIDENT_TIME_ISO", "OUTAGE_TIME_UNIX_FORMAT"),
        ).alert()
    ]
