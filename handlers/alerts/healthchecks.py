"""Healthchecks' messages in Slack (healthchecks/healthchecks, templates/integrations/slack_message.json).

`“name” is DOWN.` fires and `“name” is UP.` clears. The title leads to the check by an address that is the
check's own, so that is the key; without one it is the name, the project and the channel. The check that is
called TEST is the one of the button "Send test notification". Healthchecks knows no severities.
"""

import re
from urllib.parse import urlsplit

from bot.domain.alert import Alert, AlertState
from handlers.alerts.found import NOTHING, Finding, Told
from handlers.alerts.places import Part, parts, spread
from handlers.alerts.reading import SlackMessage

SOURCE = "healthchecks"
TITLE = re.compile(r"[“\"](?P<name>.{1,300}?)[”\"] is (?P<state>DOWN|UP)\.?\s*")
FALLBACK = re.compile(r"The check \"(?P<name>.{1,300}?)\" is (?P<state>DOWN|UP)\.?\s*")
VARYING = ("total_pings", "last_ping", "last_ping_body")


def recognise(message: SlackMessage) -> bool:
    """Whether a title or what stands in for it says that a check is up or down."""
    return any(_sentence(part) for part in parts(message))


def parse(message: SlackMessage) -> list[Alert]:
    """One alert for each attachment that names a check."""
    return [_alert(message, part, *found) for part in parts(message) if (found := _sentence(part))]


def _sentence(part: Part) -> tuple[Told, re.Match[str]] | None:
    for told, pattern in ((part.title, TITLE), (part.fallback, FALLBACK)):
        if (found := pattern.fullmatch(told.text[:1_000])) and (
            part.fallback.match(FALLBACK) or part.of.fields
        ):
            return told, found
    return None


def _alert(message: SlackMessage, part: Part, told: Told, found: re.Match[str]) -> Alert:
    name, up = told.cut(found["name"]), found["state"] == "UP"
    own = part.title_link.cut("".join(urlsplit(part.of.title_link)[1:3]))
    reason = part.text or part.named("Description")
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if up else AlertState.FIRING,
        state_from=told,
        key=[own] if own else [name, part.named("Project"), f"#{message.channel}"],
        title=[name, told.cut("is up" if up else "is down")],
        description=reason,
        labels={"check": name, **spread(part.fields, "description", *VARYING)},
        links=part.links("Healthchecks"),
        test=told if name.text == "TEST" else NOTHING,
    ).alert()
