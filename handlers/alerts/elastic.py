"""Kibana's messages in Slack, as the rules of Elastic Observability and Security write them by default.

https://www.elastic.co/docs/reference/kibana/connectors-kibana/slack-action-type: the text is that of a
rule's action. A rule `is active` or `recovered`, for one group of documents or for all of them: the rule and
the group are the key. A rule of Elastic Security `generated` alerts, and nothing says that those are over.
"""

import re

from bot.domain.alert import Alert, AlertState
from handlers.alerts.found import Finding, Told
from handlers.alerts.places import links, text
from handlers.alerts.reading import SlackMessage

SOURCE = "elastic"
LONG = 1_000
LINES = 12  # so many lines of a message may come before Kibana's sentence
KIBANA = (
    re.compile(
        r"(?:[A-Z][\w ]{0,60} )?(?:[Rr]ule|[Aa]lert) '(?P<name>.{1,300}?)' is (?P<state>active|recovered)"
        r"(?: for group '(?P<group>.{0,300}?)')?:?\s*"
    ),
    re.compile(r"(?P<name>.{1,300}?) is (?P<state>active) with the following conditions:\s*"),
    re.compile(r"(?P<name>.{1,300}?) - (?P<group>.{1,300}?) is in a state of (?P<state>[A-Za-z ]{2,20})"),
    re.compile(r"Rule (?P<name>.{1,300}?) (?P<state>generated) [0-9]{1,9} alerts?\b.{0,300}"),
)
RECOVERED = re.compile(r"(?P<name>.{1,300}?) has (?P<state>recovered)\.?\s*")
AFFECTED = re.compile(r"^-? ?(?:Affected|Group): (?P<group>[^\n]{1,300})$", re.MULTILINE)


def recognise(message: SlackMessage) -> bool:
    """Whether one of the first lines is a sentence of Kibana's rules."""
    return _sentence(message) is not None


def parse(message: SlackMessage) -> list[Alert]:
    """What the sentence says, or nothing."""
    found = _sentence(message)
    return [_alert(message, *found)] if found else []


def _sentence(message: SlackMessage) -> tuple[Told, re.Match[str]] | None:
    lines = text(message).lines[:LINES]
    listed = AFFECTED.search(message.text[:4_000])  # anything can be said to have recovered
    for line in lines:
        for pattern in (*KIBANA, RECOVERED) if listed else KIBANA:
            if len(line.text) < LONG and (found := pattern.fullmatch(line.text)):
                return line, found
    return None


def _alert(message: SlackMessage, line: Told, found: re.Match[str]) -> Alert:
    groups = found.groupdict()
    affected = AFFECTED.search(message.text[:4_000])
    group = line.cut(groups.get("group") or (affected["group"] if affected else None))
    name, state = line.cut(groups["name"].lstrip("*# ")), line.cut(groups["state"])
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if state.word in ("recovered", "ok") else AlertState.FIRING,
        state_from=state,
        key=[name, group, f"#{message.channel}"],
        title=[name, group.cut(f"({group.text})" if group else None)],
        description=text(message),
        labels={"rule": name, "group": group},
        links=links(message),
    ).alert()
