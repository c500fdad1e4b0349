"""Wazuh's messages in Slack, as its integration `slack.py` posts them.

https://documentation.wazuh.com/current/user-manual/manager/integration-with-external-apis.html
An alert is an event that was seen, so it fires and never clears. The key is the rule, the agent (or the
host without one) and the place of the log: the next event of that kind there is the same alert.
Levels 0 to 6 are low, to 11 medium, to 14 high, 15 and 16 critical, as Wazuh's dashboard counts them.
"""

import re

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts.found import Finding, Told
from handlers.alerts.places import Part, parts
from handlers.alerts.reading import SlackMessage

SOURCE = "wazuh"
RULE = re.compile(r"(?P<id>\S{1,40}) _?\(Level (?P<level>[0-9]{1,2})\)_?")
AGENT = re.compile(r"\((?P<id>[0-9]{1,9})\) - (?P<name>.+)", re.DOTALL)


def recognise(message: SlackMessage) -> bool:
    """Whether a field `Rule ID` names a rule and its level."""
    return any(_rule(part) for part in parts(message))


def parse(message: SlackMessage) -> list[Alert]:
    """One alert for each attachment with a rule."""
    return [_alert(message, part, rule) for part in parts(message) if (rule := _rule(part))]


def _rule(part: Part) -> re.Match[str] | None:
    return RULE.fullmatch(part.named("Rule ID").text)


def _alert(message: SlackMessage, part: Part, found: re.Match[str]) -> Alert:
    rule, agent, location = part.named("Rule ID"), part.named("Agent"), part.named("Location")
    known = agent.match(AGENT)
    without = part.named("Agentless Host")
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.FIRING,
        state_from=part.pretext,
        key=[rule.cut(found["id"]), agent or without, location, f"#{message.channel}"],
        title=_title(part, agent.cut(known["name"]) if known else without or location),
        severity=severity(int(found["level"])),
        severity_from=rule,
        description=part.text,
        labels={
            "rule_id": rule.cut(found["id"]),
            "level": rule.cut(found["level"]),
            "agent": agent.cut(known["name"] if known else agent.text),
            "agent_id": agent.cut(known["id"] if known else None),
            "host": without,
            "location": location,
        },
        links=part.links(),
    ).alert()


def _title(part: Part, where: Told) -> list[Told]:
    return [part.title, where.cut(f"({where.text})" if where else None)]


def severity(level: int) -> Severity:
    """The severity of a rule's level."""
    steps = ((15, Severity.SEV1), (12, Severity.SEV2), (7, Severity.SEV3))
    return next((known for least, known in steps if level >= least), Severity.SEV4)
