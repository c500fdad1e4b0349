"""Netdata's messages in Slack (netdata/netdata, src/health/notifications/alarm-notify.sh.in, `send_slack`).

The text is `<host> <what is with it>, `<chart>`, *<alarm>*`. The key is the host, the chart and the alarm
without its value and how long it was raised, so warning, critical and recovered are one alert.
`alarm-notify.sh test` sends an alarm that is called `test_alarm`.
"""

import re

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts.found import NOTHING, Finding
from handlers.alerts.places import links, parts, text
from handlers.alerts.reading import SlackMessage

SOURCE = "netdata"
SENTENCE = re.compile(
    r"(?P<host>\S{1,253}) (?P<status>is critical|needs attention|recovered|status unknown|is undefined), "
    r"`(?P<chart>[^`\n]{1,200})`(?: \(_(?P<family>[^\n]{0,200}?)_\))?, \*(?P<alarm>[^\n]{1,300}?)\*\s*"
)
SEVERITY = {"is critical": Severity.SEV1, "needs attention": Severity.SEV3}
VALUE = re.compile(r"\s=\s|\s\((?:alarm|alert) (?:was|is) raised|\s\(was ")


def recognise(message: SlackMessage) -> bool:
    """Whether the text is Netdata's sentence."""
    return SENTENCE.fullmatch(message.text[:2_000]) is not None


def parse(message: SlackMessage) -> list[Alert]:
    """The alarm of the sentence, or nothing."""
    found = SENTENCE.fullmatch(message.text[:2_000])
    return [_alert(message, found)] if found else []


def _alert(message: SlackMessage, found: re.Match[str]) -> Alert:
    told = text(message)
    host, chart = told.cut(found["host"]), told.cut(found["chart"])
    name = told.cut(VALUE.split(found["alarm"], 1)[0].replace(" ", "_"))
    part = next(iter(parts(message)), None)
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if found["status"] == "recovered" else AlertState.FIRING,
        state_from=told.cut(found["status"]),
        key=[host, chart, name],
        title=[name, told.cut(f"on {found['host']}")],
        severity=SEVERITY.get(found["status"]),
        severity_from=told.cut(found["status"]),
        description=(part.text or part.title) if part else told,
        labels={"host": host, "chart": chart, "alarm": name, "family": told.cut(found["family"])},
        links=links(message, "Netdata"),
        test=name if name.text == "test_alarm" else NOTHING,
    ).alert()
