"""Zabbix's messages in Slack, as its media type posts them (zabbix/zabbix, templates/media/slack).

A problem fires; when it is resolved the message is edited or another one is posted. An update (a comment, an
acknowledgement, another severity) tells of the same problem as it stands. The key is the trigger's id out
of the link and the host; without a trigger, the host and the name of the event. Of discovery only what is
down or lost fires; a host that registers itself is nothing. The severities are Zabbix' own.
"""

import re
from urllib.parse import parse_qs, urlsplit

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts.found import NOTHING, Finding, Told
from handlers.alerts.identity import home
from handlers.alerts.places import Part, named, parts, spread
from handlers.alerts.reading import SlackMessage

SOURCE = "zabbix"
TITLE = re.compile(
    r"(?:(?P<state>Problem|Resolved|Updated problem|OK|Cancelled)"
    r"(?: started at| in| at)?(?: [0-9][^:\n]{0,60}(?::[0-9]{2}){0,2}[^:\n]{0,60})?: )?(?P<name>.+)",
    re.IGNORECASE | re.DOTALL,
)
DISCOVERY = re.compile(r"Discovery: (?P<state>UP|DOWN|DISCOVERED|LOST) ?(?P<name>.*)", re.DOTALL)
REGISTRATION = re.compile(r"Auto-?registration: ", re.IGNORECASE)
HOST = re.compile(r"(?P<name>.*?) ?\[(?P<address>[^\]\n]{0,200})\]", re.DOTALL)
RESOLVED = "009900"
SEVERITY = {
    "not classified": None,
    "information": Severity.SEV4,
    "warning": Severity.SEV3,
    "average": Severity.SEV3,
    "high": Severity.SEV2,
    "disaster": Severity.SEV1,
}
VARYING = ("event_time", "opdata", "trigger_description", "details", "host", "event_tags", "severity")


def recognise(message: SlackMessage) -> bool:
    """Whether an attachment has the fields that every message of the media type has."""
    return any(_ours(part) for part in parts(message))


def parse(message: SlackMessage) -> list[Alert]:
    """One alert for each event; nothing for hosts that register themselves."""
    known = (part for part in parts(message) if _ours(part) and not part.title.match(REGISTRATION))
    return [_alert(message, part) for part in known]


def _ours(part: Part) -> bool:
    return {"Host", "Event time"} <= {name for name, _ in part.fields} and bool(part.title)


def _alert(message: SlackMessage, part: Part) -> Alert:
    discovery = part.title.match(DISCOVERY)
    found = discovery or part.title.match(TITLE)
    name = part.title.cut(found["name"] if found else part.title.text)
    host, address = _host(part)
    told = part.title.cut(found["state"] if found else None) or part.colour
    trigger = _trigger(part)
    where = home(message.channel, part.of.title_link)
    return Finding(
        source=SOURCE,
        message=message,
        state=_state(told, part),
        state_from=told,
        key=[trigger, host, where] if trigger else [host, name, where],
        title=[
            part.title.cut("Discovery:" if discovery else None),
            name,
            host.cut(f"on {host.text}" if host and host.text not in name.text else None),
        ],
        severity=SEVERITY.get(part.named("Severity").word),
        severity_from=part.named("Severity"),
        description=[part.named("Trigger description"), part.named("Opdata"), part.named("Details")],
        labels={"host": host, "address": address, **_tags(part), **spread(part.fields, *VARYING)},
        links=part.links("Zabbix"),
        test=part.title if "{HOST.NAME}" in named(part.fields, "Host").text else NOTHING,
    ).alert()


def _state(told: Told, part: Part) -> AlertState:
    cleared = told.word in ("resolved", "ok", "cancelled", "up", "discovered") or (
        told.place == part.colour.place and told.text == RESOLVED
    )
    return AlertState.CLEARED if cleared else AlertState.FIRING


def _host(part: Part) -> tuple[Told, Told]:
    told = part.named("Host")
    found = told.match(HOST)
    return (told.cut(found["name"]), told.cut(found["address"])) if found else (told, NOTHING)


def _trigger(part: Part) -> Told:
    query = parse_qs(urlsplit(part.of.title_link).query)
    number = (query.get("triggerid") or query.get("filter_triggerids[]") or [""])[0]
    return part.title_link.cut(number if number.isdigit() else None)


def _tags(part: Part) -> dict[str, Told]:
    """The event's tags, one a line."""
    lines = (line.text.partition(": ") for line in part.named("Event tags").lines)
    tags = part.named("Event tags")
    return {name.strip().casefold(): tags.cut(value) for name, colon, value in lines if colon}
