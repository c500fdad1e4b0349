"""Hushing: maintenance stops ladders that are being climbed, and an alert that flaps stays open."""

from datetime import datetime

from bot.domain.acknowledge import take
from bot.domain.decision import Decision, Draft, unchanged
from bot.domain.incident import Acknowledgement, Incident, Status
from bot.domain.people import SYSTEM, Actor, ActorKind
from bot.domain.timeline import EntryKind
from bot.domain.undo import overtaken


def hushable(incident: Incident) -> bool:
    """Whether maintenance may stop its ladder: it climbs, and an alert, not a person, began it."""
    begun_by_alert = incident.opened_by.kind is ActorKind.SOURCE
    return incident.status is Status.TRIGGERED and begun_by_alert and not incident.canary


def hushed(incident: Incident, name: str, title: str, until: datetime, now: datetime) -> Decision:
    """Nobody is paged for it until then; what still fires at the end pages again, from the first rung."""
    if not hushable(incident) or until <= now:
        return unchanged(incident)
    draft, by = Draft(incident=incident, now=now), keeper(name, title)
    take(draft, (Acknowledgement(by=by, at=now),), until)
    draft.change(snoozed=True)
    draft.enter(EntryKind.SNOOZED, by, until=until.isoformat())
    draft.revoke_pages()
    draft.move_ticket()
    return overtaken(incident, draft.done())


def hushed_by(incident: Incident, name: str) -> bool:
    """Whether that maintenance alone keeps it quiet."""
    mine = any(item.by.id == name for item in incident.acknowledgements)
    return incident.status is Status.ACKNOWLEDGED and incident.snoozed and mine


def hushed_alone(incident: Incident) -> bool:
    """Whether nobody has it: maintenance alone keeps it quiet."""
    quiet = incident.status is Status.ACKNOWLEDGED and incident.snoozed and bool(incident.acknowledgements)
    return quiet and all(item.by.kind is ActorKind.SYSTEM for item in incident.acknowledgements)


def hushers(incident: Incident) -> set[str]:
    """The names of what keeps it quiet, besides people."""
    return {item.by.id for item in incident.acknowledgements if item.by.kind is ActorKind.SYSTEM}


def unhushed(incident: Incident, name: str, now: datetime) -> Decision:
    """The maintenance ended early: the ladder begins again now."""
    if not hushed_by(incident, name) or incident.wake_at is None or incident.wake_at <= now:
        return unchanged(incident)
    draft = Draft(incident=incident, now=now)
    draft.change(wake_at=now, reminded=now)
    return draft.done()


def flapping(incident: Incident, title: str, why: str, until: datetime, now: datetime) -> Decision:
    """It is held open: that is said once, for as long as it lasts."""
    draft = Draft(incident=incident, now=now)
    words = f"“{title}” is held open, because {why}. It ends at {until:%H:%M} UTC if it stays cleared."
    draft.enter(EntryKind.NOTE, SYSTEM, text=words)
    return draft.done()


def noted(incident: Incident, by: Actor, text: str, now: datetime) -> Decision:
    """Something about it is written down; nothing else changes."""
    draft = Draft(incident=incident, now=now)
    draft.enter(EntryKind.NOTE, by, text=text)
    return draft.done(card=False)


def keeper(name: str, title: str) -> Actor:
    """Maintenance, as one who has an incident."""
    return Actor(kind=ActorKind.SYSTEM, id=name, name=title)
