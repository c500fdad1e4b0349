"""Handing over: somebody else is asked to take it; until they do, it stays with whoever has it."""

from dataclasses import replace

from bot.domain import commands as c
from bot.domain.acknowledge import ended, take, time_out
from bot.domain.decision import Decision, Draft, unchanged
from bot.domain.effects import OfferIncident, TellGiver
from bot.domain.ids import ScheduleId
from bot.domain.incident import Acknowledgement, Incident, Offer, Status
from bot.domain.people import SYSTEM, Actor, Person, linked
from bot.domain.refused import Refused
from bot.domain.timeline import EntryKind


def hand_over(draft: Draft, command: c.HandOver) -> Decision:
    """One of those who have it asks another. Whom they had asked before is not asked any more."""
    incident, by, to = draft.incident, command.by, command.to
    if not incident.open:
        raise ended(incident, "hand over")
    if not any(item.by.same(by) for item in incident.acknowledgements):
        raise Refused(
            f"Couldn't hand over {incident.key}: you don't have it. "
            f"`page {incident.key} @someone` asks somebody who should."
        )
    if to.slack_user is None:
        raise Refused(f"Couldn't hand over {incident.key}: {to.name} can't be asked in Slack.")
    if _holds(incident, to.slack_user):
        raise Refused(f"{to.name} has {incident.key} already.")
    if any(each.giver.same(by) and each.slack_user == to.slack_user for each in incident.offers):
        return unchanged(incident)
    draft.change(offers=tuple(each for each in incident.offers if not each.giver.same(by)))
    _offer(draft, to, giver=by)
    return draft.done(card=False)


def shift_changed(draft: Draft, command: c.ShiftChanged) -> Decision:
    """What somebody has when their turn ends is offered to whoever comes, once. It never moves by itself."""
    incident, outgoing, incoming = draft.incident, command.outgoing, command.incoming
    if incident.status is not Status.ACKNOWLEDGED or incident.unconfirmed is not None:
        return unchanged(incident)
    goes = linked(outgoing)
    held = next((item for item in incident.acknowledgements if item.by.same(goes)), None)
    if held is None or held.at >= command.at or incoming.slack_user is None:
        return unchanged(incident)
    if _holds(incident, incoming.slack_user) or any(
        each.slack_user == incoming.slack_user for each in incident.offers
    ):
        return unchanged(incident)
    _offer(draft, incoming, giver=held.by, schedule=command.schedule)
    return draft.done(card=False)


def answer_offer(draft: Draft, command: c.AnswerOffer) -> Decision:
    """Whoever was asked takes it, in the giver's place, or leaves it where it is."""
    incident, by = draft.incident, command.by
    if not incident.open:
        raise ended(incident, "take over")
    offer = next((each for each in incident.offers if each.id == command.offer), None)
    if offer is None:
        raise Refused(f"This offer of {incident.key} is over. {_where(incident)}")
    if offer.slack_user != by.slack_user:
        raise Refused(
            f"{incident.key} was offered to {offer.name}, not to you. `ack {incident.key}` joins them."
        )
    draft.change(offers=tuple(each for each in incident.offers if each.id != offer.id))
    if command.accept:
        _accept(draft, offer, by)
    else:
        draft.enter(EntryKind.OFFER_DECLINED, by, giver=offer.giver.name)
        draft.refresh_pages()
    if offer.giver.slack_user is not None and (command.accept or offer.schedule is None):
        key = f"offer answered:{incident.id}:{incident.version}"
        draft.tell(TellGiver(key=key, user=offer.giver.slack_user, name=by.name, accepted=command.accept))
    return draft.done(card=command.accept)


def withdrawn(decision: Decision) -> Decision:
    """An offer lasts as long as its giver has the incident."""
    incident = decision.incident
    kept = tuple(each for each in incident.offers if _gives(incident, each.giver))
    if kept == incident.offers:
        return decision
    return replace(decision, incident=replace(incident, offers=kept))


def _accept(draft: Draft, offer: Offer, by: Actor) -> None:
    mine = Acknowledgement(by=by, at=draft.now)
    others = tuple(
        item
        for item in draft.incident.acknowledgements
        if not (item.by.same(offer.giver) or item.by.same(by))
    )
    take(draft, (mine, *others), time_out(draft))
    draft.enter(EntryKind.HANDED_OVER, by, giver=offer.giver.name)
    draft.revoke_pages()


def _offer(draft: Draft, to: Person, *, giver: Actor, schedule: ScheduleId | None = None) -> None:
    assert to.slack_user is not None
    incident = draft.incident
    offer = Offer(
        id=str(incident.version + 1),
        slack_user=to.slack_user,
        name=to.name,
        giver=giver,
        at=draft.now,
        schedule=schedule,
    )
    draft.change(offers=(*incident.offers, offer))
    by = SYSTEM if schedule else giver
    draft.enter(EntryKind.OFFERED, by, to=to.name, giver=giver.name, schedule=schedule or "")
    key = f"offer:{incident.id}:{offer.id}"
    draft.tell(OfferIncident(key=key, offer=offer.id, user=to.slack_user, name=to.name))
    draft.refresh_pages()


def _holds(incident: Incident, slack_user: str) -> bool:
    return any(item.by.slack_user == slack_user for item in incident.acknowledgements)


def _gives(incident: Incident, giver: Actor) -> bool:
    held = incident.status is Status.ACKNOWLEDGED
    return held and any(item.by.same(giver) for item in incident.acknowledgements)


def _where(incident: Incident) -> str:
    names = ", ".join(item.by.name for item in incident.acknowledgements)
    if incident.status is Status.ACKNOWLEDGED:
        return f"{names} has it; `ack {incident.key}` joins."
    return f"It is triggered: `ack {incident.key}` takes it."
