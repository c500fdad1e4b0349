"""What is said of an incident in more than one place: who has it, who is next, where its ticket stands."""

import re
from collections.abc import Callable
from datetime import datetime

from bot.domain.incident import Incident, TicketState
from bot.domain.ladder import (
    ChannelTarget,
    GroupTarget,
    PersonTarget,
    RotatingTarget,
    ScheduleTarget,
    Target,
    WebhookTarget,
    Which,
)
from bot.domain.quorum import missing_words, partly
from bot.render.escape import clock, marked, own_link, utc_clock
from bot.render.look import severity_word, span

SCHEDULE_WORDS = {
    Which.NOW: "on call for",
    Which.NEXT: "next on call for",
    Which.EVERYONE: "everyone of",
}

_CHANNEL = re.compile(r"[CG][A-Z0-9]{6,30}")

Time = Callable[[datetime], str]
"""Shows an instant: `clock` and `date` in blocks, `utc_clock` and `utc` in plain sentences."""


def name_of(incident: Incident) -> str:
    """`SEV1 INC-42: title (service)`, escaped: severity, id and title come first on a lock screen."""
    return f"{severity_word(incident.severity)} {incident.key}: {title_of(incident)} ({service_of(incident)})"


def title_of(incident: Incident) -> str:
    """The title, escaped, on one line."""
    return marked(incident.title, 250)


def storm(incident: Incident) -> str:
    """What a storm brought, with what there is most of; empty for an incident that is none."""
    found = incident.gathering.storm if incident.gathering else None
    if found is None:
        return ""
    most = ", ".join(f"{marked(name, 60)} x{count}" for name, count in found.top(3))
    length = span((incident.alerts.last_at or found.since) - found.since)
    words = f"{found.total} alerts from {marked(incident.source, 60)} in {length} grouped in {incident.key}"
    return f"{words} (top: {most}). Individual cards are suppressed."


def service_of(incident: Incident) -> str:
    """The service's name, escaped."""
    return marked(incident.service.name or incident.service.id, 80)


def channel_of(incident: Incident) -> str:
    """The channel of its service, as it is linked."""
    return channel_link(incident.service.channel)


def channel_link(channel: str) -> str:
    """As Slack links it, or by the name that the file gives it, escaped."""
    return f"<#{channel}>" if _CHANNEL.fullmatch(channel) else marked(channel, 80)


def holders(incident: Incident) -> str:
    """Everyone who has acknowledged, escaped."""
    return names(tuple(item.by.name for item in incident.acknowledgements)) or "nobody"


def names(people: tuple[str, ...], most: int = 6) -> str:
    """Names, escaped; the empty text for nobody."""
    shown = ", ".join(marked(person, 60) for person in people[:most])
    return f"{shown} and {len(people) - most} more" if len(people) > most else shown


def next_rung(incident: Incident, next_up: str | None) -> str:
    """Who is paged next, escaped: the given words, or what the rung says."""
    if next_up:
        return marked(next_up, 120)
    escalation = incident.escalation
    if escalation is None:
        return "nobody"
    return names(tuple(target_words(target) for target in escalation.rung.targets))


def target_words(target: Target) -> str:
    """A target as it stands in the ladder; not escaped."""
    match target:
        case PersonTarget(person=person):
            return person.removeprefix("slack:")
        case ScheduleTarget(schedule=schedule, which=which):
            return f"{SCHEDULE_WORDS[which]} {schedule}"
        case RotatingTarget(people=people, schedule=schedule):
            return f"one of {schedule or ', '.join(people)}"
        case GroupTarget(group=group):
            return f"the group {group}"
        case ChannelTarget(channel=channel):
            return channel
        case WebhookTarget(name=name):
            return name


def step_words(incident: Incident) -> str:
    """`rung 2 of 3`, with the round where there are several."""
    escalation = incident.escalation
    if escalation is None:
        return "no ladder"
    if escalation.over:
        catch_all = escalation.catch_all
        return f"rung 1 of {len(catch_all.rungs)} of the catch-all" if catch_all else "the first rung again"
    words = f"rung {escalation.step.rung} of {len(escalation.climbed.rungs)}"
    if escalation.exhausted_at is None and escalation.rounds > 1:
        words += f", round {escalation.step.round} of {escalation.rounds}"
    return words


def held(incident: Incident, show: Time = clock) -> str | None:
    """That the next rung waits for its condition, and until when; None when it does not."""
    hold = incident.escalation.hold if incident.escalation else None
    if hold is None or incident.due_at is None:
        return None
    return f"held until {show(hold.until)}, for it counts only {marked(hold.why, 120)}"


def resting(incident: Incident, show: Time = clock) -> str | None:
    """Whose quiet hours the next rung waits for, and how long; None when it waits for nobody's."""
    kept, due = incident.escalation.kept if incident.escalation else None, incident.due_at
    if kept is None or due is None:
        return None
    verb = "has" if len(kept.names) == 1 else "have"
    words = f"{names(kept.names)} {verb} quiet hours until {show(kept.until)}"
    return f"{words}; the turn changes at {show(due)}" if due < kept.until else f"{words}, paged then"


def needed(incident: Incident) -> str | None:
    """Who has answered and who is still needed, where one answer is not enough; None otherwise."""
    if not partly(incident):
        return None
    return f"{holders(incident)}; still needed: {marked(missing_words(incident), 120)}"


def besides(incident: Incident) -> str | None:
    """Who was asked besides the ladder and has not answered; None for nobody."""
    waiting = tuple(each.name for each in incident.asked if each.again_at is not None)
    return names(waiting) or None


def exhausted(incident: Incident, show: Time = clock) -> str | None:
    """The loud sentence of a ladder that ended unanswered; None while it did not."""
    escalation = incident.escalation
    if escalation is None or escalation.exhausted_at is None:
        return None
    rungs, rounds = len(escalation.ladder.rungs), escalation.rounds
    steps = f"{rungs} rung{'s' * (rungs != 1)}" + (f" in {rounds} rounds" if rounds > 1 else "")
    who = "not everybody who must has acknowledged" if partly(incident) else "nobody has it"
    return f"All {steps} paged by {show(escalation.exhausted_at)}, {who}."


def nobody(incident: Incident) -> str | None:
    """The loud words for rungs at which nobody was there; None when somebody was."""
    missing = incident.paging.nobody
    return f"NOBODY ON CALL for {names(missing)}" if missing else None


def ending(incident: Incident, show: Time = utc_clock) -> str:
    """How it ended: `resolved by Ann at 15:09 UTC`."""
    resolution = incident.resolution
    if resolution is None:
        return "resolved"
    return f"resolved by {marked(resolution.by.name, 60)} at {show(resolution.at)}"


def ticket(incident: Incident) -> str | None:
    """Where the ticket stands, escaped; None when the service wants none."""
    status = incident.ticket
    key = own_link(status.url, status.key) if status.key else ""
    match status.state:
        case TicketState.NONE:
            return None
        case TicketState.PENDING:
            return "creating…"
        case TicketState.UNAVAILABLE:
            return f"{key} (unavailable, retrying)" if key else "unavailable, retrying"
        case TicketState.FAILED:
            problem = marked(status.problem or "refused", 150)
            return f"{key} failed: {problem}".strip()
        case TicketState.OPEN:
            where = f" ({marked(status.status, 40)})" if status.status else ""
            return f"{key or 'open'}{where}"
