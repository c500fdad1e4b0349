"""Climbing: what happens when a rung is due."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.aim import Aim, Aiming
from bot.domain.condition import words
from bot.domain.decision import Decision, Draft, unchanged
from bot.domain.effects import Announce, PageChannel, PagePerson, PageWebhook
from bot.domain.incident import Incident, Paging, Status
from bot.domain.ladder import (
    LATE,
    LONGEST_REPEAT,
    RECHECK,
    SHORTEST_REPEAT,
    Escalation,
    Kept,
    Resting,
    Spin,
    Step,
    lateness,
    moved,
    next_due,
    step_after,
)
from bot.domain.people import SYSTEM, Person
from bot.domain.personal import first_paged, is_quiet, methods_for, paged_from
from bot.domain.prospect import Prospect, prospect
from bot.domain.quorum import noted
from bot.domain.rest import asked_anew, kept
from bot.domain.roster import Roster
from bot.domain.timeline import EntryKind


def arm(
    draft: Draft, *, delay: timedelta = timedelta(), first: bool = False, also: tuple[str, ...] = ()
) -> None:
    """Begin a new climb of the ladder that fits the severity; the first rung is due after `delay`.

    `first`: the incident has just begun, so that the ladder's own delay counts as well. Whoever had
    acknowledged or declined before counts for nothing in the new climb, and the pages of earlier ones do
    not go on saying that nothing is needed.
    """
    incident = draft.incident
    if incident.epoch:
        draft.refresh_pages()
    ladder = incident.service.ladder_for(incident.severity)
    draft.change(
        status=Status.TRIGGERED,
        acknowledgements=(),
        declined=(),
        wake_at=None,
        snoozed=False,
        paging=Paging(),
        unpaged=ladder is None,
        unconfirmed=None,
        escalation=incident.escalation and replace(incident.escalation, due_at=None),
    )
    if ladder is None:
        return
    draft.change(
        escalation=Escalation(
            epoch=incident.epoch + 1,
            ladder=ladder,
            catch_all=incident.service.catch_all,
            due_at=draft.now + delay + (ladder.delay if first else timedelta()),
            also=also,
        )
    )


def halt(draft: Draft) -> None:
    """Stop the climb where it is."""
    if escalation := draft.incident.escalation:
        draft.change(escalation=replace(escalation, due_at=None))


def hasten(draft: Draft, *, forced: bool = False) -> None:
    """What comes next is due now. `forced`: that is the next rung that is for it, and it is not held.

    A rung that waits for the end of quiet hours is gone on from, and wakes nobody.
    """
    escalation = draft.incident.escalation
    assert escalation is not None
    hurried = escalation.hurried or escalation.kept is not None
    escalation = replace(escalation, due_at=draft.now, hurried=hurried)
    if forced:
        escalation = replace(escalation, forced=escalation.hold is not None, hurried=True, spin=None)
    draft.change(escalation=escalation)


def duty_changed(draft: Draft, roster: Roster) -> Decision:
    """A rung that is kept back for quiet hours is due now, if others are on call than those it waits for."""
    escalation, now = draft.incident.escalation, draft.now
    if escalation is None or escalation.due_at is None or draft.incident.unconfirmed is not None:
        return unchanged(draft.incident)
    if escalation.kept is not None and escalation.due_at > now:
        aim = Aiming(incident=draft.incident, place=escalation, roster=roster, at=now).aim()
        rest = kept(escalation, aim, draft.incident.severity, now)
        if rest is None or rest.people != escalation.kept.people:
            draft.change(escalation=replace(escalation, due_at=now))
    return draft.done()


def climb(draft: Draft, roster: Roster) -> None:
    """Page what is due: the next one of a round robin that goes on, or the next rung.

    Rungs at which nobody is reached are not waited for. When even a whole cycle of an exhausted ladder
    reaches nobody, it is tried again soon.
    """
    escalation = draft.incident.escalation
    assert escalation is not None
    assert escalation.due_at is not None
    if escalation.spin and draft.now < escalation.spin.until and _spin(draft, escalation, roster):
        return
    due_at = escalation.due_at
    ahead = prospect(draft.incident, escalation, roster, draft.now)
    if ahead.exhausted:
        _exhaust(draft, ahead.exhausted)
    for place in ahead.skipped:
        _skip(draft, place)
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
    _report(draft, ahead)


def _exhaust(draft: Draft, escalation: Escalation) -> None:
    draft.change(declined=())
    draft.enter(EntryKind.EXHAUSTED, SYSTEM, ladder=str(escalation.ladder.id), rounds=str(escalation.rounds))
    draft.tell(
        Announce(
            key=_key(draft.incident, escalation, "exhausted"),
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
        place = replace(place, resting=_tell(draft, beside, before, roster, timedelta()))
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
    resting = _tell(draft, place, aim, roster, late)
    rung, (since, now) = place.rung, _reached_at(draft, aim, due_at)
    if place.exhausted_at:
        due = next_due(since, min(rung.wait, LONGEST_REPEAT), now)
    else:
        due = next_due(since, rung.wait, now, rung.wait_in)
    if place.kept and place.hurried:
        due = draft.now
    paged = tuple(person.id for person, _ in aim.people)
    spin = Spin(step=place.step, paged=paged, until=due) if aim.turned and rung.every else None
    after = replace(  # at once, and not `moved` first: every page pays for it
        place,
        step=step_after(place.climbed, place.step),
        due_at=due,
        also=(),
        hold=None,
        forced=False,
        hurried=False,
        kept=None,
        spin=spin,
        resting=resting,
        paged_for=noted(place.paged_for, tuple(aim.paged_for)) if aim.paged_for else place.paged_for,
    )
    draft.change(escalation=_spun(draft.incident, after, place, roster, since, now))


def _reached_at(draft: Draft, aim: Aim, due_at: datetime) -> tuple[datetime, datetime]:
    """From when on the rung is waited for, and the earliest instant at which anybody knows of it.

    A rung whose people are all in their quiet hours begins when the first of those hours end.
    """
    people = [person for person, _ in aim.people]
    first = first_paged(people, draft.incident.severity, draft.now)
    if first <= draft.now or aim.channels or aim.webhooks:
        return due_at, draft.now
    return first, first


def _spun(
    incident: Incident,
    after: Escalation,
    place: Escalation,
    roster: Roster,
    due_at: datetime,
    now: datetime,
) -> Escalation:
    """When the round robin that goes on within the rung turns next, if that is before the next rung.

    When all had their turn, or sleep until then, the rung lasts as long as it would without it.
    """
    every, spin = place.rung.every, after.spin
    if spin is None or every is None:
        return after
    turn = next_due(due_at, every, now)
    if turn < spin.until:
        there = replace(place, step=spin.step)
        aim = Aiming(incident=incident, place=there, roster=roster, at=turn).spin(spin.paged)
        wakes = turn if aim.people else first_paged(aim.resting, incident.severity, turn)
        if (aim.people or aim.resting) and wakes < spin.until:
            return replace(after, due_at=wakes)
    return replace(after, due_at=spin.until, spin=None)


def _spin(draft: Draft, escalation: Escalation, roster: Roster) -> bool:
    """The next one in turn is paged as well; False when nobody is left who is awake."""
    spin, due_at = escalation.spin, escalation.due_at
    assert spin is not None
    assert due_at is not None
    place = replace(escalation, step=spin.step)
    aim = Aiming(incident=draft.incident, place=place, roster=roster, at=draft.now).spin(spin.paged)
    if not aim.people:
        return False
    resting = _tell(draft, place, aim, roster, lateness(due_at, draft.now))
    after = replace(escalation, spin=replace(spin, paged=(*spin.paged, *aim.turned)), resting=resting)
    draft.change(escalation=_spun(draft.incident, after, place, roster, due_at, draft.now))
    names = ", ".join(aim.names)
    draft.change(paging=replace(draft.incident.paging, people=(*draft.incident.paging.people, *aim.names)))
    draft.enter(EntryKind.TURN, SYSTEM, rung=str(spin.step.rung), round=str(spin.step.round), people=names)
    return True


def _tell(draft: Draft, place: Escalation, aim: Aim, roster: Roster, late: timedelta) -> tuple[Resting, ...]:
    """Page them; whose quiet hours keep pages waiting.

    For one person one page waits until then, and none for somebody who is off duty by then. Nobody hears
    twice at that moment: of a rung that was kept back, or is due just then, the page was one of them.
    """
    rest, aiming = place.kept, Aiming(incident=draft.incident, place=place, roster=roster, at=draft.now)
    since = min(rest.since if rest else draft.now, draft.now - LATE)
    told = {each.person: each.until for each in place.resting if each.until > since}
    resting = {person: until for person, until in told.items() if until > draft.now}
    for person, why in aim.people:
        begin = paged_from(person, draft.incident.severity, draft.now)
        if person.id in told:
            continue
        if begin > draft.now and person.id not in aim.turned and not aiming.means(person, begin):
            continue
        own = pages(draft.incident, place.epoch, place.step, person, why, draft.now)
        if rest and person.id in rest.people:
            own = [replace(page, held=True, asked_at=rest.since) for page in own]
        draft.tell(*(replace(page, late=late) for page in own) if late else own)
        if begin > draft.now and own:
            resting[person.id] = begin
            if not (rest and person.id in rest.people):
                until = min(page.at for page in own)
                draft.enter(EntryKind.QUIET, SYSTEM, people=person.name, until=until.isoformat())
    for channel in aim.channels:
        key = _key(draft.incident, place, f"channel:{channel}")
        draft.tell(PageChannel(key=key, channel=channel, epoch=place.epoch, step=place.step, late=late))
    for name in aim.webhooks:
        key = _key(draft.incident, place, f"webhook:{name}")
        draft.tell(PageWebhook(key=key, name=name, epoch=place.epoch, step=place.step, late=late))
    return tuple(Resting(person=person, until=until) for person, until in resting.items())


def call_for_help(draft: Draft, roster: Roster) -> None:
    """Page everybody whom the ladders name, once a climb: the ladder itself cannot be climbed.

    Who is on call is not asked, for that may be just what cannot be told.
    """
    escalation = draft.incident.escalation
    assert escalation is not None
    ladders = [ladder for ladder in (escalation.catch_all, escalation.ladder) if ladder is not None]
    targets = [target for ladder in ladders for rung in ladder.rungs for target in rung.targets]
    named = dict.fromkeys(name for target in targets for name in roster.named(target))
    why = "its ladder can't be climbed, so everybody on it is asked"
    for person in (found for name in named if (found := roster.person(name))):
        draft.tell(*pages(draft.incident, escalation.epoch, Step(round=0, rung=0), person, why, draft.now))


def pages(
    incident: Incident, epoch: int, step: Step, person: Person, why: str, now: datetime, message: str = ""
) -> list[PagePerson]:
    """One page for each of the person's contact methods, each due after its delay.

    What the severity lets wait begins at the end of their quiet hours, unless somebody asks for them by
    hand: that is a page of no rung.
    """
    quiet = is_quiet(person, incident.severity)
    begin = paged_from(person, incident.severity, now) if step.round else now
    name = f"{person.id}:quiet" if quiet else person.id
    return [
        PagePerson(
            key=f"page:{incident.id}:{epoch}:{step.round}:{step.rung}:{name}:{method.kind}{number}",
            person=person.id,
            name=person.name,
            slack_user=person.slack_user,
            method=method.kind,
            number=number,
            epoch=epoch,
            step=step,
            at=begin + method.delay,
            why=why,
            message=message,
            asked_at=now,
            quiet=quiet,
            held=begin > now,
        )
        for number, method in enumerate(methods_for(person, incident.severity))
    ]


def _report(draft: Draft, ahead: Prospect) -> None:
    """Write down, and say loudly where it must be, what this climb did."""
    escalation, step = draft.incident.escalation, ahead.tried.step
    assert escalation is not None
    names, nobody = ahead.aim.names if ahead.aim else (), tuple(ahead.nobody)
    waits = ahead.hold or ahead.kept
    if names or nobody or not waits:
        draft.change(paging=Paging(people=names, nobody=nobody, at=draft.now))
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


def _key(incident: Incident, escalation: Escalation, last: str) -> str:
    return f"page:{incident.id}:{escalation.epoch}:{escalation.step.round}:{escalation.step.rung}:{last}"
