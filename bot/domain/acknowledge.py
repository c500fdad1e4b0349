"""Acknowledging: somebody has it, somebody else joins, nobody has it after all, be quiet until then."""

from datetime import timedelta

from bot.domain import commands as c
from bot.domain.climb import arm, halt
from bot.domain.decision import Decision, Draft, unchanged
from bot.domain.incident import Acknowledgement, Incident, Status, Via
from bot.domain.people import Actor
from bot.domain.refused import Refused
from bot.domain.timeline import EntryKind

UNACKNOWLEDGE_GRACE = timedelta(seconds=10)
LONGEST_SNOOZE = timedelta(hours=24)


def acknowledge(draft: Draft, command: c.Acknowledge) -> Decision:
    """Somebody has it: nobody else is paged until the wake time. The second one joins."""
    incident, by = draft.incident, command.by
    if not incident.open:
        raise ended(incident, "acknowledge")
    if command.until is not None and command.until <= draft.now:
        raise Refused("Couldn't acknowledge until then: that time has passed. Give a later one.")
    if command.until is not None and command.until > draft.now + LONGEST_SNOOZE:
        raise Refused(
            f"Couldn't acknowledge {incident.key} until then: the time must be within the next 24 hours."
        )
    mine = Acknowledgement(by=by, at=draft.now)
    if incident.status is Status.ACKNOWLEDGED and not incident.snoozed:
        return _join(draft, mine, command)
    timeout = incident.service.acknowledgement_timeouts.get(incident.severity)
    draft.change(
        status=Status.ACKNOWLEDGED,
        acknowledgements=(mine,),
        wake_at=command.until or (draft.now + timeout if timeout else None),
        snoozed=False,
    )
    halt(draft)
    draft.enter(EntryKind.ACKNOWLEDGED, by, via=command.via.value)
    draft.revoke_pages()
    draft.move_ticket()
    return draft.done()


def _join(draft: Draft, mine: Acknowledgement, command: c.Acknowledge) -> Decision:
    """The second one is welcome; a chosen wake time counts for everybody.

    Somebody who had it and answers a page again was asked by hand meanwhile: that is answered with it.
    """
    held, until = draft.incident.acknowledgements, command.until
    known = any(item.by.id == mine.by.id for item in held)
    again = known and command.via is Via.PAGE
    if known and until is None and not again:
        return unchanged(draft.incident)
    if until is not None:
        draft.change(wake_at=until)
    if again:
        draft.change(acknowledgements=tuple(mine if item.by.id == mine.by.id else item for item in held))
    elif not known:
        draft.change(acknowledgements=(*held, mine))
        draft.enter(EntryKind.JOINED, mine.by)
    if again or not known:
        draft.revoke_pages()
    return draft.done()


def unacknowledge(draft: Draft, by: Actor) -> Decision:
    """Nobody has it after all: the ladder begins again after a grace, so that a slip pages nobody."""
    incident = draft.incident
    if not incident.open:
        raise ended(incident, "unacknowledge")
    if incident.status is not Status.ACKNOWLEDGED:
        raise Refused(f"Couldn't unacknowledge {incident.key}: nobody has acknowledged it.")
    arm(draft, delay=UNACKNOWLEDGE_GRACE)
    draft.enter(EntryKind.UNACKNOWLEDGED, by)
    draft.move_ticket()
    return draft.done()


def snooze(draft: Draft, command: c.Snooze) -> Decision:
    """Be quiet until then; whoever asks for it has it."""
    incident = draft.incident
    if not incident.open:
        raise ended(incident, "snooze")
    if not draft.now < command.until <= draft.now + LONGEST_SNOOZE:
        raise Refused(
            f"Couldn't snooze {incident.key} until then: the time must be within the next 24 hours. "
            "For example: `snooze 30m`, `snooze 1h`."
        )
    mine = Acknowledgement(by=command.by, at=draft.now)
    others = tuple(item for item in incident.acknowledgements if item.by.id != command.by.id)
    draft.change(
        status=Status.ACKNOWLEDGED, acknowledgements=(*others, mine), wake_at=command.until, snoozed=True
    )
    halt(draft)
    draft.enter(EntryKind.SNOOZED, command.by, until=command.until.isoformat())
    draft.revoke_pages()
    draft.move_ticket()
    return draft.done()


def ended(incident: Incident, wish: str) -> Refused:
    """What whoever wants that of a resolved incident is told."""
    resolution = incident.resolution
    who = f" by {resolution.by.name} at {resolution.at:%H:%M} UTC" if resolution else ""
    return Refused(
        f"Couldn't {wish} {incident.key}: it was already resolved{who}. "
        f"If it is not over, use `reopen {incident.key}`."
    )
