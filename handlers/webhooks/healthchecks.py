"""Healthchecks' webhook, whose body one writes oneself: `$JSON`, names and values, or PagerDuty's form.

https://healthchecks.io/docs/configuring_notifications/; docs/alerts.md has a body to copy. The check is
down or up. The key is its code, or what else names it.
"""

from bot.domain.alert import Alert, AlertState
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import fields_of, unless
from handlers.webhooks.finding import Finding
from handlers.webhooks.pagerduty_events_v1 import events

SOURCE = "healthchecks"
_CLEARED = ("up",)
_WAITING = ("new", "paused", "started", "grace")


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one check; one that is new or paused says nothing. Raises Malformed."""
    root = fields_of(delivery).object()
    if root["event_type"].text and not root["status"].text:
        return events(SOURCE, root)
    check = root["check"] if root["check"].is_object else root
    status = check["status"].filled()
    return [] if status.word in _WAITING else [_alert(check, status)]


def _alert(check: Node, status: Node) -> Alert:
    name = check.first("name", "slug", "code", "uuid", "unique_key")
    key = check.first("code", "uuid", "unique_key", "ping_url", "slug", "name")
    state = unless(_CLEARED, status)
    return Finding(
        source=SOURCE,
        state=state,
        state_from=status,
        key=[key.filled()],
        title=[name, "is", status],
        description=check.first("desc", "body") if state is AlertState.FIRING else "",
        labels={
            "check": check["name"],
            "tags": check["tags"],
            "schedule": check["schedule"],
            "last_ping": check["last_ping"],
            "exit_status": check.first("exitstatus", "exit_status"),
        },
        links=[("Check", check.first("details_url", "url"))],
        at=check["now"],
    ).alert()
