"""66uptime's webhook, and Hydrozen's, which is made of it.

https://66uptime.com/. Monitors and heartbeats are firing while `is_ok` is 0; a domain or certificate that
expires is only ever told before it does. The key is the kind and the id, and of what expires its name.
"""

from bot.domain.alert import Alert, AlertState
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import fields_of
from handlers.webhooks.finding import Finding, Part

SOURCE = "sixty_six_uptime"
HYDROZEN = "hydrozen"
_IDS = ("monitor_id", "heartbeat_id", "domain_name_id", "dns_monitor_id", "server_monitor_id")
_OK = ("1", "true")


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one monitor. Raises Malformed when nothing says which."""
    return [_alert(SOURCE, fields_of(delivery).object())]


def hydrozen(delivery: Delivery) -> list[Alert]:
    """The same, from Hydrozen."""
    return [_alert(HYDROZEN, fields_of(delivery).object())]


def _alert(source: str, root: Node) -> Alert:
    kind, fine = root["type"], root["is_ok"]
    expiry = root.first("whois_end_datetime", "ssl_end_datetime")
    cleared = fine.word in _OK
    return Finding(
        source=source,
        state=AlertState.CLEARED if cleared else AlertState.FIRING,
        state_from=fine,
        key=[kind, root.first(*_IDS, "name").filled()],
        title=[root.first("name", "target"), *_said(kind, expiry, cleared=cleared)],
        labels={"monitor": root["name"], "type": kind, "target": root["target"], "expires": expiry},
        links=[("Monitored", root["target"])],
    ).alert()


def _said(kind: Node, expiry: Node, *, cleared: bool) -> list[Part]:
    if expiry.text:
        return [f"({kind.text or 'expiry'}) expires on", expiry]
    return ["is up" if cleared else "is down"]
