"""Splunk's webhook alert action: the search, and the first of its results.

https://docs.splunk.com/Documentation/Splunk/latest/Alert/Webhooks. Splunk never tells that an alert is
over. The key is the search in its app, and what the result is about, if it has a column for that; `host`
and `source` are columns of every event and count only where no other says it.
"""

import re

from bot.domain.alert import Alert, AlertState
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import words_of
from handlers.webhooks.finding import Finding, Part

SOURCE = "splunk"
_OVER = ("resolved", "cleared", "recovered", "closed", "ok")
_INTERNAL = re.compile(
    r"_.*|date_.*|(?:punct|timestartpos|timeendpos|linecount|splunk_server|eventtype|tag.*)"
)
_SEVERITIES = ("severity", "urgency", "priority", "alert_severity", "severity_level", "level")
_THINGS = ("entity", "dest", "risk_object", "src", "user", "host", "source")


def parse(delivery: Delivery) -> list[Alert]:
    """The one alert of a search. Raises Malformed when it is no search's."""
    root = delivery.body.object()
    if not root["search_name"] and not root["sid"]:
        root["search_name"].filled()
    result = root["result"]
    state = result.first("alert_state", "state", "status")
    notable = result.first("rule_title", "alert_title", "title")
    return [
        Finding(
            source=SOURCE,
            state=AlertState.CLEARED if state.word in _OVER else AlertState.FIRING,
            state_from=state,
            key=[root["app"], root.first("search_name", "sid"), *_thing(result)],
            title=notable or root.first("search_name", "sid"),
            severity=result.first(*_SEVERITIES),
            description=result.first("rule_description", "description", "message", "_raw"),
            labels=_labels(root, result),
            links=[("Results", root["results_link"])],
            at=result["_time"],
        ).alert()
    ]


def _thing(result: Node) -> list[Part]:
    found = [result[name] for name in _THINGS if result[name]]
    return [*found[:1]]


def _labels(root: Node, result: Node) -> dict[str, Part]:
    told = {name: part for name, part in words_of(result).items() if not _INTERNAL.fullmatch(name)}
    return {**told, "search": root["search_name"], "app": root["app"], "owner": root["owner"]}
