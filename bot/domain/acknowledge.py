"""Acknowledging: somebody has it, somebody else joins, nobody has it after all, be quiet until then."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain import commands as c
from bot.domain.arming import arm, halt
from bot.domain.asked import heard
from bot.domain.decision import Decision, Draft, unchanged
from bot.domain.effects import AskHolder
from bot.domain.incident import REMIND_BEFORE, Acknowledgement, Incident, Status, Undoable, Via
from bot.domain.people import Actor
from bot.domain.quorum import enough, missing_words, partly, roles_of, with_role
from bot.domain.refused import Refused
from bot.domain.timeline import EntryKind
from bot.domain.undo import remember

UNACKNOWLEDGE_GRACE = timedelta(seconds=10)
LONGEST_SNOOZE = timedelta(hours=24)


def acknowledge(draft: Draft, command: c.Acknowledge) -> Decision:
    """Somebody has it: nobody else is paged until the wake time. The second one joins."""
    incident, by = draft.incident, command.by
    if not incident.open:
        raise ended(incident, "acknowledge")
    if command.until is not None:
        _check(incident, "acknowledge", command.until, draft.now)
    besides = heard(draft, by.slack_user)
    roles = roles_of(incident.escalation, by, command.on_call)
    mine = Acknowledgement(by=by, at=_answered_at(incident, draft.now), roles=roles)
    if incident.status is Status.ACKNOWLEDGED and not incident.snoozed:
        return _join(draft, incident, mine, command, besides=besides)
    draft.change(acknowledgements=_with(incident, mine))
    if incident.status is Status.TRIGGERED and not enough(draft.incident):
        return _partly(draft, incident, mine, command, besides=besides)
    take(draft, draft.incident.acknowledgements, command.until or time_out(draft))
    draft.enter(EntryKind.ACKNOWLEDGED, by, via=command.via.value)
    remember(draft, incident, Undoable.ACKNOWLEDGEMENT, by)
    draft.revoke_pages()
    draft.move_ticket()
    return draft.done()


def _answered_at(incident: Incident, now: datetime) -> datetime:
    """An answer is to every page before it, also to one of a replica whose clock is ahead."""
    return max(now, incident.paging.at or now)


def _with(incident: Incident, mine: Acknowledgement) -> tuple[Acknowledgement, ...]:
    """It, and those that others have given already while more are needed."""
    if not partly(incident):
        return (mine,)
    before = next((item for item in incident.acknowledgements if item.by.same(mine.by)), None)
    if before is not None:
        mine = replace(mine, roles=with_role(before, mine.roles))
    return (*(item for item in incident.acknowledgements if not item.by.same(mine.by)), mine)


def _partly(
    draft: Draft, before: Incident, mine: Acknowledgement, command: c.Acknowledge, *, besides: bool
) -> Decision:
    """Others are needed as well: the ladder goes on for them, and whoever has answered is left alone."""
    known = next((item for item in before.acknowledgements if item.by.same(mine.by)), None)
    if known is not None and set(mine.roles) <= set(known.roles) and not besides:
        return unchanged(before)
    draft.enter(EntryKind.ACKNOWLEDGED, mine.by, via=command.via.value, missing=missing_words(draft.incident))
    remember(draft, before, Undoable.ACKNOWLEDGEMENT, mine.by)
    draft.revoke_pages()
    return draft.done()


def take(draft: Draft, holders: tuple[Acknowledgement, ...], wake_at: datetime | None) -> None:
    """These have it until then, and the climb halts."""
    draft.change(status=Status.ACKNOWLEDGED, acknowledgements=holders, snoozed=False)
    wake(draft, wake_at)
    halt(draft)


def time_out(draft: Draft) -> datetime | None:
    """When an acknowledgement of now ends by itself; None when it does not."""
    length = draft.incident.service.acknowledgement_timeouts.get(draft.incident.severity)
    return draft.now + length if length else None


def wake(draft: Draft, at: datetime | None) -> None:
    """It ends at that time. Of one that ends soon nobody needs to be reminded."""
    soon = at is not None and at - draft.now <= 2 * REMIND_BEFORE
    draft.change(wake_at=at, reminded=at if soon else None)


def _join(
    draft: Draft, before: Incident, mine: Acknowledgement, command: c.Acknowledge, *, besides: bool
) -> Decision:
    """The second one is welcome; a chosen wake time counts for everybody.

    Somebody who had it and answers a page again was asked by hand meanwhile: that is answered with it.
    """
    held, until = before.acknowledgements, command.until
    known = any(item.by.same(mine.by) for item in held)
    again = known and (besides or command.via in {Via.PAGE, Via.LINK})
    if known and until is None and not again:
        return unchanged(before)
    if until is not None:
        wake(draft, until)
    if again:
        draft.change(acknowledgements=tuple(mine if item.by.same(mine.by) else item for item in held))
    elif not known:
        draft.change(acknowledgements=(*held, mine))
        draft.enter(EntryKind.JOINED, mine.by)
    remember(draft, before, Undoable.ACKNOWLEDGEMENT, mine.by)
    if again or not known:
        draft.revoke_pages()
    else:
        draft.refresh_pages()
    return draft.done()


def unacknowledge(draft: Draft, by: Actor) -> Decision:
    """Nobody has it after all: the ladder begins again after a grace, so that a slip pages nobody."""
    incident = draft.incident
    if not incident.open:
        raise ended(incident, "unacknowledge")
    if partly(incident):
        return _withdraw(draft, by)
    if incident.status is not Status.ACKNOWLEDGED:
        raise Refused(f"Couldn't unacknowledge {incident.key}: nobody has acknowledged it.")
    arm(draft, delay=UNACKNOWLEDGE_GRACE)
    draft.enter(EntryKind.UNACKNOWLEDGED, by)
    draft.move_ticket()
    return draft.done()


def _withdraw(draft: Draft, by: Actor) -> Decision:
    """One of several that are needed is taken back: the ladder goes on for them as well."""
    held = draft.incident.acknowledgements
    others = tuple(item for item in held if not item.by.same(by))
    if others == held:
        raise Refused(f"Couldn't unacknowledge {draft.incident.key}: you have not acknowledged it.")
    draft.change(acknowledgements=others)
    if (escalation := draft.incident.escalation) is not None:  # their waiting pages were cancelled
        draft.change(escalation=replace(escalation, resting=()))
    draft.enter(EntryKind.UNACKNOWLEDGED, by)
    draft.refresh_pages()
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
    heard(draft, command.by.slack_user)
    mine = Acknowledgement(by=command.by, at=draft.now)
    others = tuple(item for item in incident.acknowledgements if not item.by.same(command.by))
    take(draft, (*others, mine), command.until)
    draft.change(snoozed=True)
    draft.enter(EntryKind.SNOOZED, command.by, until=command.until.isoformat())
    remember(draft, incident, Undoable.SNOOZE, command.by)
    draft.revoke_pages()
    draft.move_ticket()
    return draft.done()


def extend(draft: Draft, command: c.Extend) -> Decision:
    """It ends later than it would have; never sooner. Whoever extends it has it."""
    incident, by = draft.incident, command.by
    if not incident.open:
        raise ended(incident, "extend")
    if incident.status is not Status.ACKNOWLEDGED:
        raise Refused(
            f"Too late to extend {incident.key}: nobody has it any more, and its ladder is climbed again. "
            f"`ack {incident.key}` takes it."
        )
    until = draft.now + command.span
    _check(incident, "extend", until, draft.now)
    if not any(item.by.same(by) for item in incident.acknowledgements):
        mine = Acknowledgement(by=by, at=draft.now)
        draft.change(acknowledgements=(*incident.acknowledgements, mine))
    if incident.wake_at is not None:
        wake(draft, max(incident.wake_at, until))
        draft.enter(EntryKind.EXTENDED, by, until=max(incident.wake_at, until).isoformat())
    draft.revoke_pages()
    return draft.done()


def remind(draft: Draft) -> Decision:
    """It ends soon: ask those who have it, each once, whether they still do."""
    incident = draft.incident
    draft.change(reminded=incident.wake_at)
    assert incident.wake_at is not None
    holders = {item.by.slack_user: item.by.name for item in incident.acknowledgements if item.by.slack_user}
    for user, name in holders.items():
        key = f"still:{incident.id}:{incident.version}:{user}"
        draft.tell(AskHolder(key=key, user=user, name=name, wake_at=incident.wake_at))
    return draft.done(card=False)


def ended(incident: Incident, wish: str) -> Refused:
    """What whoever wants that of a resolved incident is told."""
    resolution = incident.resolution
    who = f" by {resolution.by.name} at {resolution.at:%H:%M} UTC" if resolution else ""
    return Refused(
        f"Couldn't {wish} {incident.key}: it was already resolved{who}. "
        f"If it is not over, use `reopen {incident.key}`."
    )


def _check(incident: Incident, wish: str, until: datetime, now: datetime) -> None:
    if until <= now:
        raise Refused(f"Couldn't {wish} {incident.key} until then: that time has passed. Give a later one.")
    if until > now + LONGEST_SNOOZE:
        raise Refused(
            f"Couldn't {wish} {incident.key} until then: the time must be within the next 24 hours."
        )
