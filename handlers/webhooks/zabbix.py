"""Zabbix's media type "webhook": its macros, under names as its own media types give them.

https://www.zabbix.com/documentation/current/en/manual/config/notifications/media/webhook; docs/alerts.md
has a script. Severities (https://www.zabbix.com/documentation/current/en/manual/config/triggers/severity):
5 disaster, 4 high, 3 average, 2 warning, 1 information, 0 not classified. The key is the trigger, which is
one of one host, in its installation; of what has no trigger it is the event, which problem and recovery
share. Updates (acknowledged, a comment) say nothing unless they change the severity.
"""

import re
from collections.abc import Iterator

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts.severities import severity_of
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import fields_of
from handlers.webhooks.finding import Finding, Part
from handlers.webhooks.loading import within
from handlers.webhooks.names import Names, cut

SOURCE = "zabbix"
_SEVERITIES = {
    "5": Severity.SEV1,
    "4": Severity.SEV2,
    "3": Severity.SEV3,
    "2": Severity.SEV3,
    "1": Severity.SEV4,
}
_OVER = ("0", "ok", "resolved", "recovery", "recovered", "closed")
_SUBJECT = re.compile(
    r"\s*\[?(problem|resolved|recovery|updated problem|update|ok)\b[^:\]]{0,40}[:\]]\s*(.+)",
    re.IGNORECASE | re.DOTALL,
)
_SEVERITY_NAMES = (
    *("eventnseverity", "triggernseverity", "nseverity"),
    *("eventseverity", "severity", "triggerseverity", "priority"),
)
_SUBJECTS = ("alertsubject", "subject", "title")
_MESSAGES = ("alertmessage", "message", "description", "triggerdescription", "body", "text")


def parse(delivery: Delivery) -> list[Alert]:
    """The one alert of a notification, or none of an update. Raises Malformed when nothing was filled in."""
    root = fields_of(delivery).object()
    names = Names(root)
    if _is_silent(names):
        return []
    subject = names.first(*_SUBJECTS)
    found = _SUBJECT.fullmatch(subject.text)
    state = names.first("eventvalue", "triggervalue", "eventstatus", "triggerstatus", "status")
    word = state.word or (found[1].lower() if found else "")
    if not state and word.startswith("update"):
        return []
    name = names.first("eventname", "problemname", "triggername", "servicename")
    title = name or (cut(subject, found[2]) if found else subject) or names.first(*_MESSAGES)
    severity_from = names.first(*_SEVERITY_NAMES)
    trial = not title and bool(root.first("alert_subject", "Subject", "subject", "title"))
    if not title and not trial:
        root["alert_subject"].filled()
    return [
        Finding(
            source=SOURCE,
            state=AlertState.CLEARED if word in _OVER else AlertState.FIRING,
            state_from=state or subject,
            key=list(_key(names, title)),
            title=title or "Zabbix tries its webhook",
            severity=_SEVERITIES.get(severity_from.text) or severity_of(severity_from.text),
            severity_from=severity_from,
            description=[names.first(*_MESSAGES), names.first("eventopdata", "opdata")],
            labels=_labels(names),
            links=[
                ("Zabbix", names.first("eventurl", "alerturl", "triggerurl", "url")),
                ("Event", _page(names)),
            ],
            trial=trial,
        ).alert()
    ]


def _is_silent(names: Names) -> bool:
    updated = names.first("eventupdatestatus", "updatestatus").text == "1"
    return updated and "severity" not in names.first("eventupdateaction", "updateaction").word


def _key(names: Names, title: Node) -> Iterator[Part]:
    yield names.first("zabbixurl", "zbxurl", "baseurl")
    if trigger := names.first("triggerid"):
        yield from ("trigger", trigger)
    elif event := names.first("eventid", "id"):
        yield from ("event", names.first("eventsource"), event)
    else:
        yield from ("title", names.first("hostname", "host", "hosthost"), title)


def _labels(names: Names) -> dict[str, Part]:
    return {
        **dict(_tags(names)),
        "host": names.first("hostname", "hosthost", "host", "eventhost"),
        "host_ip": names.first("hostip", "hostconn"),
        "group": names.first("hostgroups", "hostgroup", "triggerhostgroupname"),
        "trigger": names.first("triggerid"),
        "event": names.first("eventid"),
        "severity": names.first("eventseverity", "triggerseverity", "severity"),
    }


def _tags(names: Names) -> Iterator[tuple[str, Part]]:
    """Tags as a list of objects, or `name:value` with commas between."""
    told = names.first("eventtagsjson", "eventtags", "triggertags", "tags")
    tags = within(told)
    for each in list(tags.items)[:40]:
        yield each["tag"].text, each["value"] or "true"
    for pair in tags.text.split(",")[:40]:
        name, colon, value = pair.strip().partition(":")
        if colon and name:
            yield name, cut(tags, value.strip())


def _page(names: Names) -> Part:
    base = names.first("zabbixurl", "zbxurl").text.rstrip("/")
    trigger, event = names.first("triggerid").text, names.first("eventid").text
    if not base or not trigger.isdecimal() or not event.isdecimal():
        return ""
    return f"{base}/tr_events.php?triggerid={trigger}&eventid={event}"
