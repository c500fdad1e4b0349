"""How a state looks: a word, and a sign and a colour that only repeat it. Spans of time in words."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.alert import Severity
from bot.domain.incident import Incident, Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """The word, the sign and the colour of a state."""

    word: str
    sign: str
    colour: str


TRIGGERED = Look(word="Triggered", sign="🔴", colour="#a30200")
ACKNOWLEDGED = Look(word="Acknowledged", sign="🟡", colour="#daa038")
SNOOZED = Look(word="Snoozed", sign="⚪", colour="#dddddd")
STORM = Look(word="Alert storm", sign="🟠", colour="#e8912d")
RESOLVED = Look(word="Resolved", sign="🟢", colour="#2eb886")


def look(incident: Incident) -> Look:
    """The look of an incident's state."""
    match incident.status:
        case Status.TRIGGERED:
            return STORM if incident.gathering and incident.gathering.storm else TRIGGERED
        case Status.ACKNOWLEDGED:
            return SNOOZED if incident.snoozed else ACKNOWLEDGED
        case Status.RESOLVED:
            return RESOLVED


def severity_word(severity: Severity) -> str:
    """`SEV1`."""
    return severity.value.upper()


def span(length: timedelta) -> str:
    """A length of time in words, exact to its two largest units."""
    seconds = max(0, int(length.total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    while len(parts) > 1 and parts[0][0] == 0:
        parts.pop(0)
    (most, unit), *less = parts[:2]
    return f"{most} {unit}" + "".join(f" {number} {name}" for number, name in less if number)
