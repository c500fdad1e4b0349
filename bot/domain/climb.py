"""Climbing: what happens when a rung is due."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.aim import Aim, Aiming
from bot.domain.catching_up import look
from bot.domain.condition import words
from bot.domain.decision import Decision, Draft, unchanged
from bot.domain.effects import Announce
from bot.domain.incident import Paging
from bot.domain.ladder import (
    LONGEST_REPEAT,
    RECHECK,
    SHORTEST_REPEAT,
    Escalation,
    Kept,
    Spin,
    Step,
    lateness,
    moved,
    next_due,
    step_after,
)
from bot.domain.owed import noted
from bot.domain.paging import rung_key, tell
from bot.domain.people import SYSTEM
from bot.domain.personal import paged_from
from bot.domain.prospect import Prospect, prospect
from bot.domain.quorum import noted as noted_for
from bot.domain.rest import asked_anew, kept, wakes
from bot.domain.roster import Roster
from bot.domain.round_robin import go_round, next_turn
from bot.domain.timeline import EntryKind


def climb(draft: Draft, roster: Roster) -> None:
    """Page what is due: the next one of a round robin that goes on, or the next rung; what is owed first.

    Rungs at which nobody is reached are not waited for. When even a whole cycle of an exhausted ladder
    reaches nobody, it is tried again soon.
    """
    caught_up = look(draft, roster)
    escalation = draft.incident.escalation
    assert escalation is not None
    assert escalation.due_at is not None
    if escalation.spin and draft.now < escalation.spin.until and go_round(draft, escalation, roster):
        return
    due_at = escalation.due_at
    ahead = prospect(draft.incident, escalation, roster, draft.now)
    for place, aim in ahead.passed:
        before = replace(place, owed=ahead.place.owed)
        ahead.place = replace(ahead.place, owed=noted(before, aim, roster, draft.now))
    if ahead.skipped or ahead.exhausted:
        _went_past(draft, ahead)
    rest = ahead.aim and kept(ahead.place, ahead.aim, draft.incident.severity, draft.now)
    if ahead.hold:
        _hold(draft, ahead, roster)
    elif ahead.aim and rest and not (ahead.place.kept and ahead.place.hurried):
        _keep(draft, ahead.place, rest, roster)
        ahead.nobody = [name for name in ahead.nobody if name not in ahead.aim.nobody]
        ahead.aim, ahead.kept = None, True
    elif ahead.aim:
        _fire(draft, ahead.place, ahead.aim, roster, due_at)
    else:
        after = moved(ahead.place, step_after(ahead.place.climbed, ahead.place.step))
        draft.change(escalation=replace(after, due_at=draft.now + SHORTEST_REPEAT))
        draft.change(declined=())  # those who could not are asked again, rather than nobody
    _report(draft, ahead, caught_up)


def duty_changed(draft: Draft, roster: Roster) -> Decision:
    """A rung that is kept back for quiet hours is due now, if others are on call than those it waits for.

    Rungs that were passed are looked at again.
    """
    escalation, now = draft.incident.escalation, draft.now
    if escalation is None or escalation.due_at is None or draft.incident.unconfirmed is not None:
        return unchanged(draft.incident)
    if escalation.kept is not None and escalation.due_at > now:
        aim = Aiming(incident=draft.incident, place=escalation, roster=roster, at=now).aim()
        rest = kept(escalation, aim, draft.incident.severity, now)
        if rest is None or rest.people != escalation.kept.people:
            draft.change(escalation=replace(escalation, due_at=now))
    owed = tuple(replace(each, again_at=now) for each in escalation.owed)
    draft.change(escalation=replace(draft.incident.escalation or escalation, owed=owed))
    return draft.done()


def _went_past(draft: Draft, ahead: Prospect) -> None:
    """The last rungs of a round may be skipped before it ends, and the first ones after it."""
    for place in (each for each in ahead.skipped if each.exhausted_at is None):
        _skip(draft, place)
    if ahead.exhausted:
        _exhaust(draft, ahead.exhausted)
    for place in (each for each in ahead.skipped if each.exhausted_at is not None):
        _skip(draft, place)


def _exhaust(draft: Draft, escalation: Escalation) -> None:
    draft.change(declined=())
    draft.enter(EntryKind.EXHAUSTED, SYSTEM, ladder=str(escalation.ladder.id), rounds=str(escalation.rounds))
    draft.tell(
        Announce(
            key=rung_key(draft.incident, escalation, "exhausted"),
            about="exhausted",
            epoch=escalation.epoch,
            step=escalation.step,
        )
    )


def _skip(draft: Draft, place: Escalation) -> None:
    draft.enter(
        EntryKind.SKIPPED,
        SYSTEM,
        rung=str(place.step.rung),
        round=str(place.step.round),
        why=words(place.rung.when) if place.rung.when else "",
    )


def _hold(draft: Draft, ahead: Prospect, roster: Roster) -> None:
    """Wait for the condition; whose clock counts is looked at again and again, for turns change.

    It holds up the rung alone: whoever had acknowledged it before is paged now.
    """
    hold, place = ahead.hold, ahead.place
    assert hold is not None
    if place.hold is None:
        draft.enter(
            EntryKind.HELD,
            SYSTEM,
            rung=str(place.step.rung),
            round=str(place.step.round),
            until=hold.until.isoformat(),
            why=hold.why,
        )
    again = hold.until
    if place.rung.when and place.rung.when.local:
        again = min(again, draft.now + RECHECK)
    before = Aiming(incident=draft.incident, place=place, roster=roster, at=draft.now).had_it()
    if before.people:
        beside = replace(place, step=Step(round=place.step.round, rung=0))
        told = tell(draft, beside, before, roster, timedelta())
        place = replace(place, resting=told.resting, owed=told.owed)
        draft.change(paging=Paging(people=before.names, at=draft.now))
    draft.change(escalation=replace(place, hold=hold, spin=None, also=(), due_at=again))


def _keep(draft: Draft, place: Escalation, rest: Kept, roster: Roster) -> None:
    """Wait for the first of them to wake; and ask anew as soon as somebody else is on call."""
    before, due = place.kept.people if place.kept else (), asked_anew(place, rest, roster, draft.now)
    changes = {"turn": due.isoformat()} if due < rest.until else {}
    for person in (found for each in rest.people if (found := roster.person(each)) and each not in before):
        begin = paged_from(person, draft.incident.severity, draft.now)
        draft.enter(EntryKind.QUIET, SYSTEM, people=person.name, until=begin.isoformat(), **changes)
    draft.change(escalation=replace(place, kept=rest, hold=None, spin=None, hurried=False, due_at=due))


def _fire(draft: Draft, place: Escalation, aim: Aim, roster: Roster, due_at: datetime) -> None:
    """Page the rung, and say when the next one is due. An exhausted ladder waits an hour at most.

    From one that is kept back for quiet hours somebody went on to the next, which is due now.
    """
    late = lateness(due_at, draft.now)
    told = tell(draft, place, aim, roster, late)
    rung, (since, now) = place.rung, _reached_at(draft, place, aim, due_at)
    if place.exhausted_at:
        due = next_due(since, min(rung.wait, LONGEST_REPEAT), now)
    else:
        due = next_due(since, rung.wait, now, rung.wait_in)
    if place.kept and place.hurried:
        due = draft.now
    paged = tuple(person.id for person, _ in aim.people)
    spin = Spin(step=place.step, paged=paged, until=due) if aim.turned and rung.every else None
    after = replace(  # at once, and not `moved` first: every page pays for it
        told,
        step=step_after(place.climbed, place.step),
        due_at=due,
        also=(),
        hold=None,
        forced=False,
        hurried=False,
        kept=None,
        spin=spin,
        paged_for=noted_for(place.paged_for, tuple(aim.paged_for)) if aim.paged_for else place.paged_for,
    )
    draft.change(escalation=next_turn(draft.incident, after, place, roster, since, now))


def _reached_at(draft: Draft, place: Escalation, aim: Aim, due_at: datetime) -> tuple[datetime, datetime]:
    """From when on the rung is waited for, and the earliest instant at which anybody knows of it.

    A rung whose people are all in their quiet hours begins when the first of those hours end.
    """
    kept_since = place.kept.since if place.kept else None
    severity, now = draft.incident.severity, draft.now
    first = min((wakes(person, severity, now, kept_since) for person, _ in aim.people), default=now)
    if first <= draft.now or aim.channels or aim.webhooks:
        return due_at, draft.now
    return first, first


def _report(draft: Draft, ahead: Prospect, caught_up: tuple[str, ...]) -> None:
    """Write down, and say loudly where it must be, what this climb did."""
    escalation, step = draft.incident.escalation, ahead.tried.step
    assert escalation is not None
    names, nobody = ahead.aim.names if ahead.aim else (), tuple(ahead.nobody)
    waits = ahead.hold or ahead.kept
    if nobody or not waits:
        draft.change(paging=Paging(people=(*caught_up, *names), nobody=nobody, at=draft.now))
    if nobody:
        draft.enter(EntryKind.NOBODY, SYSTEM, missing=", ".join(nobody))
        draft.tell(
            Announce(
                key=f"nobody:{draft.incident.id}:{escalation.epoch}:{step.round}:{step.rung}"
                + (":kept" if ahead.kept else ""),
                about="nobody",
                epoch=escalation.epoch,
                step=step,
                nobody=nobody,
            )
        )
    if names:
        draft.enter(
            EntryKind.RUNG,
            SYSTEM,
            rung=str(step.rung),
            round=str(step.round),
            people=", ".join(names),
        )
