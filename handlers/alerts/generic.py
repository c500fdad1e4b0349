"""Any bot's message by a sane default: state, severity, title and identity are guessed from how it looks.

It would rather fire than miss: what says nothing of its state is firing, with little confidence.
Only what is plainly news is no alert. What each part was read from stands in `places`.
"""

from dataclasses import replace

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts.foreign import tells_of_attack
from handlers.alerts.identity import MAX_DESCRIPTION, MAX_LABEL, digest, moment, shortened, titled
from handlers.alerts.look import Line, Look, Named, bare, look_at
from handlers.alerts.news import is_news
from handlers.alerts.reading import SlackMessage
from handlers.alerts.several import beside, pieces
from handlers.alerts.severities import NAMES, severity_in, severity_of, spoken_severity, stated_severity
from handlers.alerts.subject import IDENTIFYING, identity, specific, subject_of, without_emoji
from handlers.alerts.verdict import headline, is_state_field, judge
from handlers.alerts.wording import is_yellow

SOURCE = "generic"


def parse(message: SlackMessage) -> list[Alert]:
    """The alerts of every message that shows anything at all, but for news; mostly it is one."""
    look = look_at(message)
    if not look.lines or is_news(look):
        return []
    several = _believed(look, pieces(look))
    above = beside(look, several)
    shared, place = _severity(above, headline(above)) if above.lines else (None, "")
    alerts: dict[str, Alert] = {}
    for piece in several:
        found = _alert(message, piece)
        if found.state is AlertState.CLEARED and _speaks_of_attack(look) and not _speaks_of_attack(piece):
            # perhaps the attacker's words: the end of nothing that is known, and so kept where people see it
            found = replace(found, fingerprint=digest(found.fingerprint, "beside an attack"))
        if shared and not found.severity:
            found = replace(found, severity=shared, places={**found.places, "severity": place})
        alerts.setdefault(found.fingerprint, found)  # what fires comes first
    return list(alerts.values())


def _believed(look: Look, several: list[Look]) -> list[Look]:
    """No list with an end in it below a heading that speaks of an attack: it may be the attacker's letter."""
    ends = any(judge(piece, headline(piece)).state is AlertState.CLEARED for piece in several)
    return [look] if ends and len(several) > 1 and _speaks_of_attack(beside(look, several)) else several


def _speaks_of_attack(look: Look) -> bool:
    return any(tells_of_attack(line.text) for line in look.lines)


def parse_whole(message: SlackMessage) -> Alert | None:
    """The one alert that a message would be, whatever it lists; None for news."""
    look = look_at(message)
    return None if not look.lines or is_news(look) else _alert(message, look)


def _alert(message: SlackMessage, look: Look) -> Alert:
    line = headline(look)
    verdict = judge(look, line)
    title, title_place = _title(look, line)
    severity, severity_place = _severity(look, line)
    about = identity(look)
    places_read = {
        "title": title_place,
        "state": verdict.place,
        "fingerprint": ", ".join(about.places),
    }
    author = (message.bot_id or message.app_id, *message.senders)
    return Alert(
        source=SOURCE,
        fingerprint=digest(SOURCE, message.channel, *author, *about.parts),
        state=verdict.state,
        title=title,
        severity=severity,
        description=shortened(_description(look), MAX_DESCRIPTION),
        labels=_labels(message, look),
        links=message.all_links,
        at=moment(message),
        origin=message.ref,
        confidence=verdict.confidence,
        places=places_read | ({"severity": severity_place} if severity else {}),
    )


def _title(look: Look, line: Line) -> tuple[str, str]:
    """The headline; one that names nothing gives way to the first line that does, or gets its first value."""
    chosen, text = line, line.text
    if not specific(subject_of(line.text)):
        others = (other for other in (*look.titles, *look.lines) if specific(subject_of(other.text)))
        other = next(others, None)
        named = next((entry for entry in look.fields if other and entry.place == other.place), None)
        field = next((entry for entry in look.fields if entry.name in IDENTIFYING), None)
        if other is not None and named is None:
            chosen, text = other, other.text
        elif found := field or named:
            text = f"{line.text.rstrip('.:! ')}: {found.value}"
    shown = titled(without_emoji(text).replace("[ ", "[")) or titled(text) or "Alert"
    return shown, chosen.place


def _severity(look: Look, line: Line) -> tuple[Severity | None, str]:
    """By a field for it; by words for it; by an outspoken word in the headline or a state; by yellow."""
    named = [(severity_of(entry.value), entry.place) for entry in look.fields if entry.name in NAMES]
    spoken = [(spoken_severity(bare(each.text)), each.place) for each in look.lines]
    spoken += [(spoken_severity(entry.value), entry.place) for entry in look.fields]
    states = [
        (stated_severity(entry.value), entry.place) for entry in look.fields if is_state_field(entry.name)
    ]
    for found in (named, spoken, [(severity_in(bare(line.text)), line.place)], states):
        known = [(severity, place) for severity, place in found if severity]
        if known:
            return min(known, key=lambda each: each[0].value)
    return (Severity.SEV3, look.colour_place) if is_yellow(look.colour) else (None, "")


def _description(look: Look) -> str:
    named = (f"{entry.label}: {entry.value}" for entry in look.fields if not entry.listed)
    return "\n".join([*(line.text for line in look.lines), *named])


def _labels(message: SlackMessage, look: Look) -> dict[str, str]:
    labels = {"bot": message.username} if message.username else {}
    if any(message.senders):
        labels["from"] = shortened(", ".join(message.senders), MAX_LABEL)
    for entry in look.fields:
        if len(labels) < 40 and _tells(entry):
            labels.setdefault(entry.name, shortened(entry.value, MAX_LABEL))
    return labels


def _tells(entry: Named) -> bool:
    return entry.name in IDENTIFYING or entry.name in NAMES
