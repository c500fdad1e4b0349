"""Datadog's webhook: the payload that it comes with, and templates of its variables under any name.

https://docs.datadoghq.com/integrations/webhooks/: `$ALERT_ID` is the monitor and `$ALERT_SCOPE` the group
of it, which together are the key; `$AGGREG_KEY` and `$ALERT_CYCLE_KEY` are not, as they differ from one
time to the next. The payload that it comes with has neither; there the title tells both: `[Triggered on
{host:a}] Disk full`.
"""

import re
from collections.abc import Sequence

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts.severities import severity_of
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import fields_of
from handlers.webhooks.finding import Finding, Part
from handlers.webhooks.names import Names, cut

SOURCE = "datadog"
_TITLE = re.compile(
    r"\s*(?:\[(?:TEST|(?P<priority>P[1-5]))\]\s*){0,2}"
    r"\[(?P<state>[A-Za-z -]{2,20}?)(?: on \{?(?P<scope>[^\]]{0,500}?)\}?)?\]\s*(?P<name>.*)",
    re.DOTALL,
)
_MONITOR = re.compile(r"https?://[^\s)\]]{1,200}/monitors[/#](\d{1,20})")
_SPACED = re.compile(r"[, ]+")
_NUMBER = re.compile(r"(?:p|sev-?)?([1-5])", re.IGNORECASE)
_BY_NUMBER = (Severity.SEV1, Severity.SEV2, Severity.SEV3, Severity.SEV4, Severity.SEV4)
_CLEARED = ("recovered", "resolved", "ok", "success")
_WARN = ("warn", "re-warn", "warning")


def parse(delivery: Delivery) -> list[Alert]:
    """The one alert of a notification. Raises Malformed without a title or anything that tells what it is."""
    root = fields_of(delivery).object()
    names = Names(root)
    full = names.first("alerttitle", "eventtitle", "title", "monitorname", "alertname")
    found = _TITLE.fullmatch(full.text)
    body = names.first("textonlymsg", "eventmsg", "body", "message", "msg", "description", "text")
    if not full and not body:
        root["title"].filled()
    transition = names.first("alerttransition", "transition", "alertstate", "state")
    said = transition.text or (found["state"] if found else "")
    kind = names.first("alerttype", "alertlevel")
    severity_from, severity = _severity(names, said, full, found["priority"] if found else None)
    title = cut(full, found["name"]) if found and found["name"] else full
    scope = _scope(names, cut(full, (found["scope"] if found else None) or ""))
    cleared = (said or kind.text).casefold() in _CLEARED
    return [
        Finding(
            source=SOURCE,
            state=AlertState.CLEARED if cleared else AlertState.FIRING,
            state_from=transition or (full if found else kind),
            key=[*_monitor(names, title, body), *scope],
            title=title or body,
            severity=severity,
            severity_from=severity_from,
            description=cut(body, body.text.replace("%%%", "")),
            labels={"transition": transition or cut(full, said), **_labels(names, scope)},
            links=[
                ("Datadog", names.first("link", "url", "eventlink")),
                ("Monitor", _address(body)),
                ("Snapshot", names.first("snapshot")),
            ],
            at=names.first("date", "lastupdated", "datetime", "timestamp"),
            trial="[TEST]" in full.text,
        ).alert()
    ]


def _monitor(names: Names, title: Node, body: Node) -> Sequence[Part]:
    """Which monitor: by its id, by its address in the text, by its title, by what joins its events."""
    known = names.first("alertid", "monitorid")
    if known:
        return ["monitor", known]
    if addressed := _MONITOR.search(body.text):
        return ["monitor", cut(body, addressed[1])]
    return ["title", title] if title else ["aggregate", names.first("aggregkey", "alertcyclekey", "id")]


def _scope(names: Names, titled: Node) -> list[Node]:
    """The tags of the group, in whatever order they were told."""
    told = names.first("alertscope", "scope", "scopes")
    if not told.text:
        told = titled or names.first("hostname", "host")
    return [cut(told, part) for part in sorted(_SPACED.split(told.text)) if part and part != "*"]


def _severity(names: Names, said: str, full: Node, titled: str | None) -> tuple[Part, Severity | None]:
    """The monitor's priority; where it has none, a warning is one, and else the kind of the alert."""
    shown = cut(full, titled or "")
    for told in (names.first("alertpriority"), shown, names.first("priority"), names.first("severity")):
        if number := _NUMBER.fullmatch(told.text):
            return told, _BY_NUMBER[int(number[1]) - 1]
    if said.casefold() in _WARN:
        return names.first("alerttransition", "transition"), Severity.SEV3
    told = names.first("severity", "alerttype", "alertlevel")
    return told, None if told.word == "success" else severity_of(told.text)


def _labels(names: Names, scope: Sequence[Node]) -> dict[str, Part]:
    """The tags `name:value` of the event and of the group."""
    tags = names.first("tags", "alerttags", "eventtags")
    listed = list(tags.items) if tags.is_list else [cut(tags, tag) for tag in _SPACED.split(tags.text)]
    pairs = ((tag.text.partition(":"), tag) for tag in [*listed, *scope])
    return {
        "monitor": names.first("alertid", "monitorid"),
        "host": names.first("hostname", "host"),
        "metric": names.first("alertmetric", "metric"),
        "query": names.first("alertquery", "query"),
        "org": names.first("orgname"),
        "event_type": names.first("eventtype"),
        **{name: cut(tag, value) for (name, _, value), tag in pairs if name and value},
    }


def _address(body: Node) -> Node:
    found = _MONITOR.search(body.text)
    return cut(body, found[0] if found else "")
