"""Wishes about the ladder: another rung, "I can't", people besides it, another ladder."""

from dataclasses import replace

from bot.domain import commands as c
from bot.domain.acknowledge import ended
from bot.domain.arming import arm, hasten
from bot.domain.asked import ask, asked_of, heard
from bot.domain.decision import Decision, Draft, unchanged
from bot.domain.incident import Incident, Status, TicketState, TicketStatus
from bot.domain.ladder import Escalation, Resting, Step, moved
from bot.domain.moving import leave
from bot.domain.owed import whole, with_owed
from bot.domain.people import Actor
from bot.domain.refused import Refused
from bot.domain.timeline import EntryKind


def page_people(draft: Draft, command: c.PagePeople) -> Decision:
    """Page these people too, outside the ladder, until they answer."""
    if not draft.incident.open:
        raise ended(draft.incident, "page people for")
    names = ", ".join(person.name for person in command.people)
    draft.enter(EntryKind.PAGED_BY_HAND, command.by, people=names, message=command.message)
    ask(draft, command.people, command.by, command.message)
    return draft.done()


def escalate(draft: Draft, command: c.Escalate) -> Decision:
    """The next rung now, or a chosen one, unless the next one is another than the person saw."""
    incident, escalation = draft.incident, draft.incident.escalation
    if not incident.open:
        raise ended(incident, "escalate")
    if escalation is None:
        arm(draft)
        escalation = draft.incident.escalation
        if escalation is None:
            raise Refused(
                f"Couldn't escalate {incident.key}: {incident.severity.upper()} of {incident.service.name} "
                "has no ladder. Use `/incident page @someone`, or raise the severity."
            )
    elif command.as_of is not None and command.as_of != escalation.step:
        raise Refused(
            f"Didn't escalate {incident.key}: the rung that you saw as the next one "
            "has been paged meanwhile. Look at the card again before you skip somebody."
        )
    elif command.to is None and escalation.due_at is not None and escalation.due_at <= draft.now:
        return unchanged(incident)
    if incident.status is Status.ACKNOWLEDGED:
        draft.change(status=Status.TRIGGERED, acknowledgements=(), wake_at=None, snoozed=False)
        draft.refresh_pages()
        draft.move_ticket()
    if command.to is None:
        hasten(draft, forced=True)
    else:
        there = _at(incident, _left(draft, escalation, command.to), command.to)
        draft.change(escalation=replace(there, due_at=draft.now))
    draft.enter(EntryKind.ESCALATED, command.by, **({"to": str(command.to)} if command.to else {}))
    return draft.done()


def _left(draft: Draft, escalation: Escalation, rung: int) -> Escalation:
    """The climb that leaves a rung which waits: whom it means is paged as soon as it may be."""
    kept, step = escalation.kept, escalation.step
    if (kept is None and escalation.hold is None) or step.rung == rung:
        return escalation
    left = with_owed(escalation, whole(escalation, draft.now))
    if kept is None:
        return left
    there = {each.person for each in left.resting if each.queued}
    waits = (Resting(person=each, until=kept.until) for each in kept.people if each not in there)
    return replace(left, resting=(*left.resting, *waits))


def _at(incident: Incident, escalation: Escalation, rung: int) -> Escalation:
    """The climb at that rung. One that was paged in this round is paged in another, which is added."""
    rungs = len(escalation.climbed.rungs)
    if not 1 <= rung <= rungs:
        raise Refused(
            f"Couldn't escalate {incident.key} to rung {rung}: {escalation.climbed.id} has {rungs}. "
            f"`/incident ladder {incident.key}` shows them."
        )
    turn = escalation.step.round + (rung < escalation.step.rung)
    more = max(escalation.more_rounds, turn - escalation.ladder.rounds)
    if escalation.exhausted_at is not None:
        more = escalation.more_rounds
    there = moved(escalation, Step(round=turn, rung=rung))
    return replace(there, forced=True, more_rounds=more)


def decline(draft: Draft, command: c.Decline) -> Decision:
    """The paged person can't: the next rung is due now. Who was asked besides the ladder is asked no more."""
    incident, escalation = draft.incident, draft.incident.escalation
    if not incident.open:
        raise ended(incident, "decline")
    besides = heard(draft, command.by.slack_user)
    climbing = (
        incident.status is Status.TRIGGERED
        and escalation is not None
        and command.epoch == escalation.epoch
        and command.person not in incident.declined
    )
    if not climbing and not besides:
        if incident.status is Status.ACKNOWLEDGED:
            names = ", ".join(item.by.name for item in incident.acknowledgements)
            raise Refused(f"No action needed: {incident.key} was acknowledged by {names}.")
        if escalation is None or command.epoch != escalation.epoch:
            raise Refused(f"That page of {incident.key} is outdated. Look at the newest one.")
        return unchanged(incident)
    draft.enter(EntryKind.DECLINED, command.by)
    if climbing and escalation is not None:
        draft.change(declined=(*incident.declined, command.person))
        awake = tuple(each for each in escalation.resting if each.person != command.person)
        draft.change(escalation=replace(escalation, resting=awake))
        if (command.as_of is None or command.as_of == escalation.step) and not command.besides:
            hasten(draft)
    draft.revoke_pages()
    return draft.done()


def stop_pages(draft: Draft, by: Actor) -> Decision:
    """Somebody is not paged any more, for somebody else has it."""
    incident = draft.incident
    if not incident.open:
        raise ended(incident, "stop your pages of")
    if not any(not item.by.same(by) for item in incident.acknowledgements):
        raise Refused(
            f"Couldn't stop your pages of {incident.key}: nobody else has it yet. "
            "Acknowledge it, or say that you can't."
        )
    if asked_of(incident, by.slack_user) is None:
        raise Refused(f"You are not being paged for {incident.key}: there is nothing to stop.")
    heard(draft, by.slack_user)
    draft.enter(EntryKind.STOPPED, by)
    draft.revoke_pages()
    return draft.done()


def restart(draft: Draft, command: c.Restart) -> Decision:
    """Take the ladder that the configuration has now, from its first rung; while somebody has it, later."""
    incident, service = draft.incident, command.service
    if not incident.open:
        raise ended(incident, "restart the ladder of")
    if service is None or service.id != incident.service.id:
        raise Refused(
            f"Couldn't restart the ladder of {incident.key}: its service {incident.service.name} is gone "
            f"from tocsin.yaml. `/incident move {incident.key} <service>` gives it another one."
        )
    anew = replace(
        incident.service,
        ladder=service.ladder,
        ladders=service.ladders,
        catch_all=service.catch_all,
        acknowledgement_timeouts=service.acknowledgement_timeouts,
        mention=service.mention,
    )
    draft.change(service=anew)
    ladder = anew.ladder_for(incident.severity)
    if incident.status is Status.TRIGGERED:
        arm(draft)
    elif incident.escalation is not None and ladder is not None:
        later = Escalation(epoch=incident.epoch + 1, ladder=ladder, catch_all=anew.catch_all, due_at=None)
        draft.change(escalation=later)
    draft.enter(EntryKind.RESTARTED, command.by, ladder=str(ladder.id) if ladder else "")
    return draft.done()


def move(draft: Draft, command: c.Move) -> Decision:
    """It is another service's now, and that one's ladder is climbed from the first rung."""
    incident, service = draft.incident, command.service
    if not incident.open:
        raise ended(incident, "move")
    if service.id == incident.service.id:
        raise Refused(
            f"{incident.key} is {service.name}'s already. "
            f"`/incident ladder {incident.key} restart` pages again."
        )
    before, was_triggered = incident.service.name, incident.status is Status.TRIGGERED
    draft.change(service=service)
    if incident.card is not None and service.channel != incident.service.channel:
        leave(draft, incident.card)
    arm(draft)
    draft.enter(EntryKind.MOVED, command.by, before=before, after=service.name)
    draft.revoke_pages()
    if service.ticket and incident.ticket.state is TicketState.NONE:
        draft.change(ticket=TicketStatus(state=TicketState.PENDING))
        draft.open_ticket()
    elif not was_triggered:
        draft.move_ticket()
    return draft.done()
