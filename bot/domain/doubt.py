"""Doubt: what follows when the database may not know the newest state of its incidents."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.arming import arm, halt
from bot.domain.decision import Decision, Draft, unchanged
from bot.domain.incident import Acknowledgement, Incident, Resolution, Status, TicketState, TicketStatus
from bot.domain.intake import end
from bot.domain.ladder import FIRST_STEP, Escalation
from bot.domain.people import SYSTEM, Actor
from bot.domain.service import Service
from bot.domain.sight import Sight
from bot.domain.timeline import EntryKind

TELLER = "tocsin's safe mode"
"""The deduplication key of the one incident that tells people of it. No alert's key looks like it."""

GAP = "The database has lost what happened here last."


def doubt(draft: Draft) -> Decision:
    """Nobody is paged for it, and nothing of it is told, until it is confirmed."""
    if not draft.incident.open or draft.incident.unconfirmed is not None:
        return unchanged(draft.incident)
    draft.change(unconfirmed=draft.incident.version)
    return draft.done(card=False)


def recalled(draft: Draft, sight: Sight) -> Decision:
    """Take over what a provider knows better. What somebody has or has ended is in no doubt any more."""
    incident = draft.incident
    if incident.unconfirmed is None or sight.version <= incident.unconfirmed:
        return unchanged(incident)
    seen = max(incident.entries, sight.entries)
    draft.change(
        version=max(incident.version, sight.version),
        entries=seen,
        threaded=max(incident.threaded, sight.entries),
        card=sight.card or incident.card,
    )
    match sight.status:
        case Status.RESOLVED:
            end(draft, Resolution(by=sight.by, at=draft.now))
        case Status.ACKNOWLEDGED:
            _taken(draft, sight)
        case Status.TRIGGERED:
            _climbing(draft, sight)
    draft.enter(EntryKind.NOTE, SYSTEM, text=f"{GAP} Its card in Slack says: {sight.status}.")
    return draft.done(card=sight.status is not Status.TRIGGERED, thread=sight.status is not Status.TRIGGERED)


def _taken(draft: Draft, sight: Sight) -> None:
    timeout = draft.incident.service.acknowledgement_timeouts.get(draft.incident.severity)
    draft.change(
        unconfirmed=None,
        status=Status.ACKNOWLEDGED,
        acknowledgements=(Acknowledgement(by=sight.by, at=draft.now),),
        wake_at=sight.wake_at or (draft.now + timeout if timeout else None),
        snoozed=False,
        resolution=None,
    )
    halt(draft)
    draft.revoke_pages()


def _climbing(draft: Draft, sight: Sight) -> None:
    """It is further up its ladder than the database knows: whoever was paged is not paged for that again."""
    escalation = draft.incident.escalation
    draft.change(status=Status.TRIGGERED, acknowledgements=(), wake_at=None, snoozed=False)
    if escalation is None or sight.due_at is None:
        return
    known = (escalation.epoch, escalation.step)
    if (sight.epoch, sight.step) > known and sight.step.rung <= len(escalation.climbed.rungs):
        draft.change(
            escalation=replace(escalation, epoch=sight.epoch, step=sight.step, due_at=sight.due_at, also=())
        )
    elif escalation.due_at is None:
        draft.change(escalation=replace(escalation, due_at=sight.due_at))


def confirmed(draft: Draft, by: Actor, *, page: bool) -> Decision:
    """It is as the database has it. Paging goes on where it stood, or, if so wished, does not."""
    incident = draft.incident
    if incident.unconfirmed is None:
        return unchanged(incident)
    draft.change(unconfirmed=None)
    if page:
        if incident.status is Status.TRIGGERED and incident.due_at is None and not incident.unpaged:
            arm(draft)
        draft.enter(EntryKind.NOTE, by, text=f"{GAP} It counts as open; paging goes on.")
        return draft.done()
    draft.change(unpaged=incident.status is Status.TRIGGERED, wake_at=None)
    halt(draft)
    draft.revoke_pages()
    draft.enter(EntryKind.NOTE, by, text=f"{GAP} It stays open, and nobody is paged for it.")
    return draft.done()


def would_page(incident: Incident, now: datetime, *, soon: timedelta = timedelta()) -> bool:
    """Whether somebody would be paged at once if it were believed."""
    match incident.status:
        case Status.TRIGGERED:
            return not incident.unpaged
        case Status.ACKNOWLEDGED:
            return incident.wake_at is not None and incident.wake_at <= now + soon
        case Status.RESOLVED:
            return False


def found(sight: Sight, service: Service, now: datetime, *, number: int | None = None) -> Decision:
    """An incident that is not known at all, as its card tells; `number` when that of the card is taken."""
    ladder = service.ladder_for(sight.severity)
    climb = None
    if ladder is not None:
        climb = Escalation(
            epoch=max(1, sight.epoch),
            ladder=ladder,
            catch_all=service.catch_all,
            due_at=(sight.due_at or now) if sight.status is Status.TRIGGERED else None,
            step=sight.step if sight.step.rung <= len(ladder.rungs) else FIRST_STEP,
        )
    held = sight.status is Status.ACKNOWLEDGED
    incident = Incident(
        id=sight.id,
        number=sight.number if number is None else number,
        title=sight.title,
        service=service,
        severity=sight.severity,
        status=sight.status,
        source="found in Slack",
        opened_at=now,
        opened_by=SYSTEM,
        dedup_key=sight.dedup_key,
        escalation=climb,
        unpaged=ladder is None,
        acknowledgements=(Acknowledgement(by=sight.by, at=now),) if held else (),
        wake_at=sight.wake_at if held else None,
        card=sight.card,
        ticket=TicketStatus(state=TicketState.OPEN, key=sight.ticket) if sight.ticket else TicketStatus(),
        version=sight.version,
        entries=sight.entries,
        threaded=sight.entries,
        unconfirmed=sight.version,
    )
    draft = Draft(incident=incident, now=now)
    draft.enter(EntryKind.NOTE, SYSTEM, text=_found_by(sight, incident))
    return draft.done(card=False, thread=False)


def _found_by(sight: Sight, incident: Incident) -> str:
    text = "The database has lost this incident. It was found by its card."
    if incident.number != sight.number:
        text += f" It was INC-{sight.number}, which is another one's number now."
    return text
