"""The one decision: what follows for an incident from something that happened. Pure and total."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bot.domain import commands as c
from bot.domain.acknowledge import acknowledge, ended, extend, remind, snooze, unacknowledge
from bot.domain.answers import answered
from bot.domain.arming import arm
from bot.domain.asked import ask_again, left_alone
from bot.domain.catching_up import look
from bot.domain.climb import climb, duty_changed
from bot.domain.decision import Decision, Draft, unchanged
from bot.domain.doubt import confirmed, doubt, recalled
from bot.domain.effects import (
    Announce,
    AskHolder,
    CommentTicket,
    Effect,
    MoveTicket,
    OfferIncident,
    OpenTicket,
    PageChannel,
    PagePerson,
    PageWebhook,
    PostThread,
    RefreshCard,
    WarnPerson,
)
from bot.domain.escalate import decline, escalate, move, page_people, restart, stop_pages
from bot.domain.handover import answer_offer, hand_over, shift_changed, withdrawn
from bot.domain.incident import (
    Acknowledgement,
    Incident,
    Reason,
    Resolution,
    Status,
    TicketState,
    TicketStatus,
    Undoable,
)
from bot.domain.intake import alert_seen, begin_again, end, gather, raise_to
from bot.domain.ladder import Step
from bot.domain.paging import pages
from bot.domain.people import SYSTEM
from bot.domain.refused import Refused
from bot.domain.roster import stranger
from bot.domain.timeline import EntryKind
from bot.domain.undo import overtaken, remember, undo


def decide(incident: Incident, command: c.Command, now: datetime) -> Decision:
    """What follows from the command. Raises Refused, and nothing else, when a wish cannot be granted.

    A command of the clock that has been overtaken changes nothing.
    """
    return withdrawn(overtaken(incident, _decided(incident, command, now)))


def _decided(incident: Incident, command: c.Command, now: datetime) -> Decision:
    draft = Draft(incident=incident, now=now)
    match command:
        case c.AlertSeen():
            return alert_seen(draft, command)
        case c.DeniedAgain(by=by, tell=tell):
            draft.enter(EntryKind.DENIED, by)
            key = f"warn:{incident.id}:{incident.epoch}:{by.id}"
            draft.tell(*(WarnPerson(key=f"{key}:{user}", user=user, by=by.name) for user in tell))
            return draft.done(card=False)
        case c.RungDue() | c.OwedDue() | c.WakeDue() | c.RemindDue() | c.AskAgainDue() | c.GatherDue():
            return _clock(draft, command)
        case c.ShiftChanged():
            return shift_changed(draft, command)
        case c.DutyChanged(roster=roster):
            return duty_changed(draft, roster)
        case c.Doubt():
            return doubt(draft)
        case c.Recalled(sight=sight):
            return recalled(draft, sight)
        case (
            c.CardPosted()
            | c.ThreadPosted()
            | c.PageSent()
            | c.PageFailed()
            | c.TicketOpened()
            | c.TicketMoved()
            | c.TicketTrouble()
            | c.DeliveryGivenUp()
        ):
            return answered(draft, command)
        case _:
            return _looked_at(draft, command)


def _looked_at(draft: Draft, command: c.Wish) -> Decision:
    """Do it. Whoever does more than take a note has looked: the incident is in no doubt any more."""
    if draft.incident.unconfirmed is None or isinstance(command, c.AddNote | c.Confirm | c.RetryTicket):
        return _wish(draft, command)
    draft.change(unconfirmed=None)
    decision = _wish(draft, command)
    return decision if decision.changed else draft.done()


def wanted(incident: Incident, effect: Effect) -> bool:
    """Whether the incident still wants this to be told; asked again right before it is."""
    match effect:
        case PagePerson(step=Step(round=0)):
            alone = left_alone(incident, effect.person, effect.asked_at)
            return incident.open and not alone and not _answered(incident, effect)
        case PagePerson():
            wanted = _climbing(incident, effect.epoch) and effect.person not in incident.declined
            return wanted and not _answered(incident, effect)
        case PageChannel() | PageWebhook() | Announce():
            return _climbing(incident, effect.epoch)
        case AskHolder(user=user, wake_at=wake_at):
            held = any(item.by.slack_user == user for item in incident.acknowledgements)
            return incident.status is Status.ACKNOWLEDGED and incident.wake_at == wake_at and held
        case OfferIncident(offer=offer):
            return any(each.id == offer for each in incident.offers)
        case MoveTicket() | CommentTicket():
            return incident.ticket.key is not None
        case PostThread():
            return incident.card is not None and incident.threaded < incident.entries
        case RefreshCard():
            return incident.card is not None or not _taken_over(incident)
        case OpenTicket():
            return not _taken_over(incident)
        case _:
            return True


def _taken_over(incident: Incident) -> bool:
    """Whether a storm took it over: what nobody has seen of it yet, nobody needs to see."""
    end = incident.resolution
    return end is not None and end.reason is Reason.DUPLICATE and end.by == SYSTEM


def _answered(incident: Incident, page: PagePerson) -> bool:
    """Whether the person has taken it since they were asked."""
    return any(
        item.by.slack_user == page.slack_user and (page.asked_at is None or item.at >= page.asked_at)
        for item in incident.acknowledgements
    )


def unpaged(incident: Incident, now: datetime) -> Decision:
    """Note that nobody is paged for this incident: its severity has no ladder any more."""
    draft = Draft(incident=incident, now=now)
    draft.change(unpaged=True)
    return draft.done()


def _climbing(incident: Incident, epoch: int) -> bool:
    return incident.status is Status.TRIGGERED and incident.epoch == epoch


def _clock(draft: Draft, command: c.Tick) -> Decision:
    incident = draft.incident
    if incident.unconfirmed is not None:
        return unchanged(incident)
    match command:
        case c.RungDue(due_at=due_at, roster=roster):
            if incident.status is not Status.TRIGGERED or incident.due_at != due_at or due_at > draft.now:
                return unchanged(incident)
            climb(draft, roster)
        case c.OwedDue():
            return _owed(draft, command)
        case c.RemindDue(remind_at=remind_at):
            if incident.remind_at != remind_at or remind_at > draft.now:
                return unchanged(incident)
            return remind(draft)
        case c.AskAgainDue(ask_at=ask_at, roster=roster):
            if incident.ask_at != ask_at or ask_at > draft.now:
                return unchanged(incident)
            ask_again(draft, roster)
            return draft.done(card=False)
        case c.GatherDue(gather_at=gather_at):
            if incident.gather_at != gather_at or gather_at > draft.now:
                return unchanged(incident)
            return gather(draft)
        case c.WakeDue(wake_at=wake_at):
            if (
                incident.status is not Status.ACKNOWLEDGED
                or incident.wake_at != wake_at
                or wake_at > draft.now
            ):
                return unchanged(incident)
            had_it = tuple(name for item in incident.acknowledgements if (name := item.by.reached_as))
            arm(draft, also=had_it)
            draft.enter(EntryKind.WOKEN, SYSTEM, snoozed="yes" if incident.snoozed else "")
            if draft.incident.unpaged:
                _remind(draft, incident.acknowledgements)
            draft.move_ticket()
    return draft.done()


def _owed(draft: Draft, command: c.OwedDue) -> Decision:
    """A look that pages nobody changes nothing that the card shows."""
    if draft.incident.owed_at != command.owed_at or command.owed_at > draft.now:
        return unchanged(draft.incident)
    look(draft, command.roster)
    return draft.done(card=bool(draft.entries))


def _remind(draft: Draft, had_it: tuple[Acknowledgement, ...]) -> None:
    """Without a ladder those who had it are still asked: an incident that was put off must come back."""
    step = Step(round=0, rung=draft.incident.entries)
    for actor in (item.by for item in had_it if item.by.slack_user):
        person = replace(stranger(actor.slack_user or ""), name=actor.name)
        why = "you had acknowledged it before"
        draft.tell(*pages(draft.incident, draft.incident.epoch, step, person, why, draft.now))


def _wish(draft: Draft, command: c.Wish) -> Decision:
    match command:
        case c.Acknowledge():
            return acknowledge(draft, command)
        case c.Unacknowledge(by=by):
            return unacknowledge(draft, by)
        case c.Snooze():
            return snooze(draft, command)
        case c.Extend() | c.Undo() | c.HandOver() | c.AnswerOffer():
            return _of_holders(draft, command)
        case c.Resolve():
            return _resolve(draft, command)
        case c.Reopen():
            return _reopen(draft, command)
        case c.ChangeSeverity():
            return _change_severity(draft, command)
        case c.AddNote():
            draft.enter(EntryKind.NOTE, command.by, text=command.text)
            draft.comment_ticket()
            return draft.done(card=False)
        case c.PagePeople():
            return page_people(draft, command)
        case c.Escalate():
            return escalate(draft, command)
        case c.Decline():
            return decline(draft, command)
        case c.StopPages(by=by):
            return stop_pages(draft, by)
        case c.Restart():
            return restart(draft, command)
        case c.Move():
            return move(draft, command)
        case c.RetryTicket():
            return _retry_ticket(draft)
        case c.Confirm(by=by, page=page):
            return confirmed(draft, by, page=page)
        case _:
            assert_never(command)


def _of_holders(draft: Draft, command: c.Extend | c.Undo | c.HandOver | c.AnswerOffer) -> Decision:
    match command:
        case c.Extend():
            return extend(draft, command)
        case c.Undo(by=by):
            return undo(draft, by)
        case c.HandOver():
            return hand_over(draft, command)
        case c.AnswerOffer():
            return answer_offer(draft, command)


def _resolve(draft: Draft, command: c.Resolve) -> Decision:
    if not draft.incident.open:
        raise ended(draft.incident, "resolve")
    before = draft.incident
    end(draft, Resolution(by=command.by, at=draft.now, reason=command.reason, summary=command.summary))
    remember(draft, before, Undoable.RESOLUTION, command.by)
    return draft.done()


def _reopen(draft: Draft, command: c.Reopen) -> Decision:
    if draft.incident.open:
        raise Refused(f"Couldn't reopen {draft.incident.key}: it is open ({draft.incident.status}).")
    begin_again(draft, command.by, command.reason)
    return draft.done()


def _change_severity(draft: Draft, command: c.ChangeSeverity) -> Decision:
    incident, before, after = draft.incident, draft.incident.severity, command.severity
    if not incident.open:
        raise ended(incident, "change the severity of")
    if before is after:
        raise Refused(f"{incident.key} is {after.upper()} already.")
    if after.outranks(before):
        raise_to(draft, after)
    else:
        draft.change(severity=after)
    draft.enter(EntryKind.SEVERITY, command.by, before=before.value, after=after.value)
    return draft.done()


def _retry_ticket(draft: Draft) -> Decision:
    ticket = draft.incident.ticket
    if ticket.state is not TicketState.FAILED:
        raise Refused(
            f"There is no failed ticket to try again: {draft.incident.key} has {ticket.key or 'none'}."
        )
    draft.change(ticket=TicketStatus(state=TicketState.PENDING))  # one that was deleted is forgotten
    draft.open_ticket()
    return draft.done()
