"""ElastAlert 2's HTTP POST alerters: the match, with what the rule adds to it.

https://elastalert2.readthedocs.io/en/latest/alerts.html#http-post: the match has no name of its rule, so
give it one with `http_post_static_payload: {rule: …}` or in the address, `?rule=…`. The key is the rule
and its id or what the match is about. ElastAlert never tells that something is over; a payload of one's
own may, by `event_type` or `status`.
"""

from collections.abc import Iterator

from bot.domain.alert import Alert, AlertState
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import words_of
from handlers.webhooks.finding import Finding, Part
from handlers.webhooks.names import Names

SOURCE = "elastalert"
_OVER = ("resolve", "resolved", "close", "closed", "recovered", "ok")
_SILENT = ("acknowledge", "acknowledged")
_RULES = ("rulename", "rule", "alertname", "alert")
_TITLES = ("title", "alertsubject", "subject", *_RULES, "message")
_TEXTS = ("description", "alerttext", "text", "body", "message", "eventoriginal")
_IDS = ("alertid", "dedupkey", "incidentkey", "alias", "id", "querykey", "key")
_THINGS = (
    "hostname",
    "host",
    "agentname",
    "beathostname",
    "sourceip",
    "clientip",
    "username",
    "user",
    "servicename",
)


def parse(delivery: Delivery) -> list[Alert]:
    """The one alert of a match. Raises Malformed when nothing was told."""
    root = delivery.body.object()
    names = Names(root)
    state = names.first("eventtype", "status", "alertstate", "state")
    if state.word in _SILENT:
        return []
    labels = words_of(root)
    if not labels:
        names.first(*_TITLES).filled()
    asked = Node(delivery.query.get("rule", ""), "?rule")
    rule = names.first(*_RULES) or asked
    return [
        Finding(
            source=SOURCE,
            state=AlertState.CLEARED if state.word in _OVER else AlertState.FIRING,
            state_from=state,
            key=[rule, *_thing(names, root if not rule else Node())],
            title=names.first(*_TITLES) or asked,
            severity=names.first("severity", "priority", "level", "loglevel"),
            description=names.first(*_TEXTS),
            labels={"rule": rule, "about": names.first(*_THINGS), **labels},
            links=[
                (
                    "Kibana",
                    names.first("kibanadiscoverurl", "kibanaurl", "opensearchdiscoverurl", "url", "link"),
                ),
                ("Ticket", names.first("jiraserver")),
            ],
            at=names.first("timestamp", "alerttime", "matchtime"),
        ).alert()
    ]


def _thing(names: Names, nameless: Node) -> Iterator[Part]:
    """An id that the rule gives, else what it is about; without a rule's name every word that may be one."""
    told = names.first(*_IDS) or names.first(*_THINGS)
    if told:
        yield told
        return
    for name, value in nameless.members:
        if (
            isinstance(value.value, str)
            and not value.moment
            and not any(char.isdigit() for char in value.text)
        ):
            yield from (name, value)
