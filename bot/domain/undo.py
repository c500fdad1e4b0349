"""Taking back: for a short while, whoever did it puts the incident back to where it was."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.decision import Decision, Draft
from bot.domain.incident import Asked, Before, Incident, Status, Undo, Undoable
from bot.domain.people import Actor
from bot.domain.refused import Refused
from bot.domain.timeline import EntryKind

UNDO_WINDOW = timedelta(seconds=30)


def remember(draft: Draft, before: Incident, what: Undoable, by: Actor) -> None:
    """Let `by` take back what this decision did to the incident that was `before`."""
    recent = tuple(each for each in before.undos if draft.now - each.at <= UNDO_WINDOW)
    mine = Undo(what=what, by=by, at=draft.now, version=before.version + 1, before=_state(before))
    draft.change(undos=(*recent, mine))


def undo(draft: Draft, by: Actor) -> Decision:
    """Take back what was done last: the climb goes on with its step and its time, as if it had never been.

    Pages that were cancelled because of it and never went out go out now.
    """
    last = _last(draft, by)
    before, halted = last.before, draft.incident.due_at is None
    draft.change(
        undos=draft.incident.undos[:-1],
        status=before.status,
        acknowledgements=before.acknowledgements,
        wake_at=before.wake_at,
        reminded=before.reminded,
        snoozed=before.snoozed,
        resolution=None,
    )
    draft.change(asked=tuple(_asked_again(each, last) for each in draft.incident.asked))
    escalation = draft.incident.escalation
    if escalation is not None and halted:
        draft.change(escalation=replace(escalation, due_at=before.due_at))
    draft.enter(EntryKind.UNDONE, by, what=last.what.value)
    draft.restore_pages(last.version)
    draft.move_ticket()
    return draft.done()


def _asked_again(mine: Asked, last: Undo) -> Asked:
    """Whoever answered by what is taken back is asked as before."""
    if mine.over_at != last.at:
        return mine
    return next((each for each in last.before.asked if each.person == mine.person), mine)


def overtaken(before: Incident, decision: Decision) -> Decision:
    """What is done to the incident by others ends what could be taken back."""
    after = decision.incident
    if not after.undos or after.undos != before.undos or _facts(after) == _facts(before):
        return decision
    return replace(decision, incident=replace(after, undos=()))


def hasten_remembered(draft: Draft) -> None:
    """Whoever was paged last will never hear of it: should the climb go on, it goes on at once."""
    *older, last = draft.incident.undos or (None,)
    if last is None or last.before.due_at is None or draft.incident.due_at is not None:
        return
    hastened = replace(last, before=replace(last.before, due_at=min(last.before.due_at, draft.now)))
    draft.change(undos=(*older, hastened))


def _last(draft: Draft, by: Actor) -> Undo:
    incident = draft.incident
    last = incident.undos[-1] if incident.undos else None
    if last is None or not any(each.by.same(by) for each in incident.undos):
        raise Refused(
            f"There is nothing of yours to take back in {incident.key} any more. {_as_it_is(incident)}"
        )
    if not last.by.same(by):
        raise Refused(
            f"Didn't take it back: {last.by.name} has done something to {incident.key} since then. "
            f"{_as_it_is(incident)}"
        )
    if draft.now - last.at > UNDO_WINDOW:
        raise Refused(
            f"Too late to take that back: {UNDO_WINDOW.seconds} seconds have passed. {_as_it_is(incident)}"
        )
    if last.before.firing and not incident.alerts.firing:
        raise Refused(
            f"Didn't take it back: the alert of {incident.key} has cleared meanwhile, so it is over."
        )
    return last


def _as_it_is(incident: Incident) -> str:
    names = ", ".join(item.by.name for item in incident.acknowledgements)
    match incident.status:
        case Status.TRIGGERED:
            return "It is triggered, and its ladder is climbed."
        case Status.ACKNOWLEDGED:
            return f"{names} has it; `unack {incident.key}` has the ladder begin again."
        case Status.RESOLVED:
            return f"It is resolved; `reopen {incident.key}` opens it again."


def _state(incident: Incident) -> Before:
    return Before(
        status=incident.status,
        due_at=incident.due_at,
        acknowledgements=incident.acknowledgements,
        wake_at=incident.wake_at,
        reminded=incident.reminded,
        snoozed=incident.snoozed,
        firing=incident.alerts.firing,
        asked=tuple(each for each in incident.asked if each.again_at is not None),
    )


def _facts(incident: Incident) -> tuple[object, ...]:
    """What nobody else may have changed. A climb that goes on for a missing acknowledgement may climb."""
    held = (incident.status, incident.acknowledgements, incident.snoozed, incident.wake_at)
    return (*held, incident.epoch, incident.severity, incident.resolution)
