"""Cloudflare's generic webhook for notifications.

https://developers.cloudflare.com/notifications/reference/webhook-payload-schema/. `alert_event` says START
or END; without it, it is firing and will not clear. The key is the `alert_correlation_id`, or where there
is none the policy, the kind and the words, since what the data tell differs from kind to kind.
"""

import re

from bot.domain.alert import Alert, AlertState
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import addresses_of, over, words_of
from handlers.webhooks.finding import Finding, Part

SOURCE = "cloudflare"
_TRIAL = re.compile(r"test (?:message|notification)|testing webhook")
_STARTS = ("alert_state_event_start", "")


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one notification. Raises Malformed when it says nothing."""
    root = delivery.body.object()
    event, said = root["alert_event"], root["text"].filled()
    data = root["data"]
    return [
        Finding(
            source=SOURCE,
            state=AlertState.CLEARED if event.word.endswith("_end") else AlertState.FIRING,
            state_from=event,
            key=_key(root),
            title=data["alert_name"] if data["alert_name"].text else said,
            severity=data.first("severity", "alert_severity"),
            description=said,
            labels=over(words_of(data), _labels(root)),
            links=addresses_of(data),
            at=root["ts"],
            trial=bool(_TRIAL.search(said.word)),
        ).alert()
    ]


def _key(root: Node) -> list[Node]:
    if root["alert_correlation_id"].text:
        return [root["alert_correlation_id"]]
    return [root["policy_id"], root["alert_type"], root["name"], root["text"]]


def _labels(root: Node) -> dict[str, Part]:
    return {
        "policy": root.first("policy_name", "name"),
        "alert_type": root["alert_type"],
        "account": root["account_id"],
    }
