"""What a lesson would have made of a channel's messages, before it counts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.alert import AlertState
from bot.domain.lesson import Lesson
from handlers.alerts.endings import Against
from handlers.alerts.reading import read_history
from handlers.alerts.taught import contradicted, lesson_for, read_by

SHOWN = 8
MOST_HELD = 3


class Became(StrEnum):
    """What becomes of a message. IDLE: it says that something is over that never began; UNREAD: nothing."""

    INCIDENT = "incident"
    REPEAT = "repeat"
    CLEARED = "cleared"
    IDLE = "idle"
    UNREAD = "unread"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One message: what it would have become, and its title.

    `held`: it has a taught phrase for the end and fires nevertheless; that is why.
    """

    became: Became
    title: str
    severity: str = ""
    held: Against | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsal:
    """All of them: how many messages were the bot's, what they became, and the newest, newest first.

    `held` are the newest that hold a taught phrase for the end and are not over.
    """

    messages: int
    counts: Mapping[Became, int]
    newest: tuple[Line, ...]
    held: tuple[Line, ...] = ()


def rehearse(lesson: Lesson, history: Iterable[object]) -> Rehearsal:
    """Play a channel's history, the newest first as Slack gives it. Whoever else posted there is left out."""
    firing: set[str] = set()
    lines: list[Line] = []
    for raw in reversed(list(history)):
        message = read_history(lesson.channel, raw)
        if message is None or message.reply or lesson_for(message, [lesson]) is None:
            continue
        alert = read_by(lesson, message).alert
        if alert is None:
            shown = message.text or next((part.title or part.text for part in message.attachments), "")
            lines.append(Line(became=Became.UNREAD, title=" ".join(shown.split())[:100]))
            continue
        became = _became(alert.state, alert.fingerprint, firing)
        severity = alert.severity.value if alert.severity else ""
        held = contradicted(lesson, message) if alert.state is AlertState.FIRING else None
        lines.append(Line(became=became, title=alert.title, severity=severity, held=held))
    counts = Counter(line.became for line in lines)
    newest = tuple(reversed(lines))
    kept = tuple(line for line in newest if line.held)[:MOST_HELD]
    return Rehearsal(messages=len(lines), counts=counts, newest=newest[:SHOWN], held=kept)


def _became(state: AlertState, fingerprint: str, firing: set[str]) -> Became:
    known = fingerprint in firing
    if state is AlertState.FIRING:
        firing.add(fingerprint)
        return Became.REPEAT if known else Became.INCIDENT
    firing.discard(fingerprint)
    return Became.CLEARED if known else Became.IDLE
