"""Wishes about the ladder: the next rung now, "I can't", and people paged besides it."""

from bot.domain import commands as c
from bot.domain.acknowledge import ended
from bot.domain.climb import arm, hasten, pages
from bot.domain.decision import Decision, Draft, unchanged
from bot.domain.incident import Status
from bot.domain.ladder import Step
from bot.domain.refused import Refused
from bot.domain.timeline import EntryKind


def page_people(draft: Draft, command: c.PagePeople) -> Decision:
    """Page these people too, outside the ladder."""
    incident = draft.incident
    if not incident.open:
        raise ended(incident, "page people for")
    names = ", ".join(person.name for person in command.people)
    draft.enter(EntryKind.PAGED_BY_HAND, command.by, people=names, message=command.message)
    step = Step(round=0, rung=draft.incident.entries)
    why = f"{command.by.name} asks for you"
    for person in command.people:
        draft.tell(*pages(incident, incident.epoch, step, person, why, draft.now, command.message))
    return draft.done()


def escalate(draft: Draft, command: c.Escalate) -> Decision:
    """The next rung now, unless it is another one than the person saw."""
    incident, escalation = draft.incident, draft.incident.escalation
    if not incident.open:
        raise ended(incident, "escalate")
    if escalation is None:
        arm(draft)
        if draft.incident.escalation is None:
            raise Refused(
                f"Couldn't escalate {incident.key}: {incident.severity.upper()} of {incident.service.name} "
                "has no ladder. Use `page @someone`, or raise the severity."
            )
    else:
        if command.as_of is not None and command.as_of != escalation.step:
            raise Refused(
                f"Didn't escalate {incident.key}: the rung that you saw as the next one "
                "has been paged meanwhile. Look at the card again before you skip somebody."
            )
        if escalation.due_at is not None and escalation.due_at <= draft.now:
            return unchanged(incident)
        draft.change(status=Status.TRIGGERED, acknowledgements=(), wake_at=None, snoozed=False)
        hasten(draft)
        if incident.status is Status.ACKNOWLEDGED:
            draft.refresh_pages()
            draft.move_ticket()
    draft.enter(EntryKind.ESCALATED, command.by)
    return draft.done()


def decline(draft: Draft, command: c.Decline) -> Decision:
    """The paged person can't: the next rung is due now."""
    incident, escalation = draft.incident, draft.incident.escalation
    if not incident.open:
        raise ended(incident, "decline")
    if incident.status is Status.ACKNOWLEDGED:
        names = ", ".join(item.by.name for item in incident.acknowledgements)
        raise Refused(f"No action needed: {incident.key} was acknowledged by {names}.")
    if escalation is None or command.epoch != escalation.epoch:
        raise Refused(f"That page of {incident.key} is outdated. Look at the newest one.")
    if command.person in incident.declined:
        return unchanged(incident)
    draft.change(declined=(*incident.declined, command.person))
    draft.enter(EntryKind.DECLINED, command.by)
    if command.as_of is None or command.as_of == escalation.step:
        hasten(draft)
    draft.revoke_pages()
    return draft.done()
