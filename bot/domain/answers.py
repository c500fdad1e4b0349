"""Answers: what follows from having told the world, or from having failed to."""

from dataclasses import replace
from typing import assert_never

from bot.domain import commands as c
from bot.domain.arming import hasten
from bot.domain.decision import Decision, Draft, unchanged
from bot.domain.incident import Incident, Status, TicketState, TicketStatus
from bot.domain.ladder import step_after
from bot.domain.moving import leave, point_cards
from bot.domain.people import SYSTEM, Actor, ActorKind
from bot.domain.timeline import EntryKind
from bot.domain.undo import hasten_remembered

CARD, THREAD = "refresh card", "post thread"

TRACKER = Actor(kind=ActorKind.TRACKER, id="jira", name="Jira")


def answered(draft: Draft, answer: c.Answer) -> Decision:
    """Take note of what came of an effect."""
    match answer:
        case c.CardPosted():
            return _card_posted(draft, answer)
        case c.ThreadPosted(through=through):
            draft.change(threaded=max(through, draft.incident.threaded))
            return draft.done(card=False)
        case c.PageSent(person=person, method=method):
            draft.enter(EntryKind.PAGE_SENT, SYSTEM, person=person, method=str(method))
            if draft.incident.status is not Status.TRIGGERED:
                draft.refresh_pages()  # it was on the wire when somebody took the incident
            return draft.done(card=False)
        case c.PageFailed():
            return _page_failed(draft, answer)
        case c.TicketOpened() | c.TicketMoved() | c.TicketTrouble():
            return _ticket(draft, answer)
        case c.DeliveryGivenUp(what=what, reason=reason):
            draft.enter(EntryKind.GIVEN_UP, SYSTEM, what=what, reason=reason)
            # what Slack has just refused for good is not told again by the very news of it
            return draft.done(card=what != CARD, thread=what not in {CARD, THREAD})
        case _:
            assert_never(answer)


def _card_posted(draft: Draft, answer: c.CardPosted) -> Decision:
    """Cards that were left behind show the way to it; one that came too late is left behind itself."""
    incident, card = draft.incident, answer.card
    if card in incident.left:
        return unchanged(incident)
    if answer.channel not in {None, incident.service.channel}:
        leave(draft, card)
        return draft.done()
    draft.change(card=card, permalink=answer.permalink or incident.permalink)
    if incident.card is None or (answer.permalink and incident.permalink is None):
        point_cards(draft)
    draft.post_thread()
    return draft.done(card=False)


def _page_failed(draft: Draft, answer: c.PageFailed) -> Decision:
    """A page that will never arrive is not waited for: with nothing else on its way, the next rung is due."""
    incident, escalation = draft.incident, draft.incident.escalation
    draft.enter(
        EntryKind.PAGE_FAILED, SYSTEM, person=answer.person, method=str(answer.method), reason=answer.reason
    )
    if (
        not answer.more
        and incident.status is Status.TRIGGERED
        and escalation is not None
        and escalation.epoch == answer.epoch
        and escalation.due_at is not None
        and escalation.due_at > draft.now
        and escalation.step == step_after(escalation.climbed, answer.step)
    ):
        hasten(draft)
    elif not answer.more and _last_asked(incident, answer):
        hasten_remembered(draft)
    return draft.done()


def _last_asked(incident: Incident, answer: c.PageFailed) -> bool:
    """Whether nobody was paged since."""
    climb = incident.escalation
    return (
        climb is not None
        and climb.epoch == answer.epoch
        and climb.step == step_after(climb.climbed, answer.step)
    )


def _ticket(draft: Draft, answer: c.TicketOpened | c.TicketMoved | c.TicketTrouble) -> Decision:
    ticket = draft.incident.ticket
    match answer:
        case c.TicketOpened(key=key, url=url, status=status, dropped=dropped):
            draft.change(ticket=TicketStatus(state=TicketState.OPEN, key=key, url=url, status=status))
            draft.enter(EntryKind.TICKET, TRACKER, key=key, dropped=", ".join(dropped))
            if draft.incident.status is not Status.TRIGGERED:
                draft.move_ticket()
        case c.TicketMoved(status=status):
            if ticket.status == status:
                return unchanged(draft.incident)
            draft.change(ticket=replace(ticket, status=status))
        case c.TicketTrouble(state=state, problem=problem):
            if (ticket.state, ticket.problem) == (state, problem):
                return unchanged(draft.incident)
            draft.change(ticket=replace(ticket, state=state, problem=problem))
            if state is TicketState.FAILED:
                draft.enter(EntryKind.TICKET, TRACKER, problem=problem)
    return draft.done()
