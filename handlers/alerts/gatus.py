"""Gatus' messages in Slack (TwiN/gatus, alerting/provider/slack).

The text says of which endpoint and whether it is triggered or resolved; the title may be anybody's own.
The key is the endpoint with its group, and the channel, since a message does not say which Gatus it is of.
Gatus knows no severities.
"""

import re

from bot.domain.alert import Alert, AlertState
from handlers.alerts.found import Finding
from handlers.alerts.places import Part, parts
from handlers.alerts.reading import SlackMessage

SOURCE = "gatus"
SENTENCE = re.compile(
    r"An alert for \*(?P<endpoint>[^\n]{1,300}?)\* has been (?P<state>triggered|resolved) "
    r"(?:due to having failed|after passing successfully) [0-9]{1,9} time\(s\) in a row"
)


def recognise(message: SlackMessage) -> bool:
    """Whether an attachment has Gatus' sentence."""
    return any(part.text.match(SENTENCE) for part in parts(message))


def parse(message: SlackMessage) -> list[Alert]:
    """One alert for each attachment with the sentence."""
    found = ((part, part.text.match(SENTENCE)) for part in parts(message))
    return [_alert(message, part, sentence) for part, sentence in found if sentence]


def _alert(message: SlackMessage, part: Part, found: re.Match[str]) -> Alert:
    line = part.text.lines[0]
    endpoint = line.cut(found["endpoint"])
    group, slash, name = endpoint.text.partition("/")
    told = [each.cut(each.text[1:]) for each in part.text.lines[1:] if each.text.startswith(">")]
    results = part.named("Condition results")
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if found["state"] == "resolved" else AlertState.FIRING,
        state_from=line,
        key=[endpoint, f"#{message.channel}"],
        title=[endpoint.cut(endpoint.text + ":" if told else endpoint.text), *told[:1]],
        description=[*told, results] if told or results else line,
        labels={
            "endpoint": endpoint.cut(name if slash else group),
            "group": endpoint.cut(group if slash else ""),
        },
        links=part.links(),
    ).alert()
