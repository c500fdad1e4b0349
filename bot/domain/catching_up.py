"""Catching up: rungs that were passed page those whom they could not page before."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.aim import HAD_IT, Aim, Aiming
from bot.domain.condition import for_severity, holds_from, in_time
from bot.domain.decision import Draft
from bot.domain.effects import PageChannel, PageWebhook
from bot.domain.ids import PersonId
from bot.domain.incident import Incident
from bot.domain.ladder import (
    LATE,
    LONGEST_HOLD,
    RECHECK,
    ChannelTarget,
    Escalation,
    Owed,
    Resting,
    WebhookTarget,
)
from bot.domain.owed import LOOK_AHEAD, again, paged
from bot.domain.paging import lies_down, pages, queued, rung_key, waited
from bot.domain.people import SYSTEM, Person
from bot.domain.quorum import noted
from bot.domain.rest import wakes
from bot.domain.roster import Roster
from bot.domain.timeline import EntryKind


@dataclass(kw_only=True, slots=True)
class _Found:
    """What one look at a rung found: whom it pages now, who sleeps until when, and what is still owed."""

    incident: Incident
    owed: Owed
    now: datetime
    aim: Aim = field(default_factory=Aim)
    asleep: dict[PersonId, datetime] = field(default_factory=dict)
    sleepers: list[Person] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    filled: list[int] = field(default_factory=list)

    @property
    def targets(self) -> tuple[int, ...]:
        """The targets that are still owed a page."""
        return tuple(number for number in self.left if number != HAD_IT)

    def take(self, number: int, one: Aim) -> None:
        """Take in what one of its targets means now."""
        sleeping = False
        for person, why in one.people:
            if person.id in self.owed.paged:
                continue
            wake = wakes(person, self.incident.severity, self.now, self.owed.asleep)
            if wake > self.now:
                sleeping = True
                self.asleep[person.id] = wake
                self.sleepers.append(person)
            elif person.id not in self.aim.places:
                self.aim.places[person.id] = [number]
                self.aim.people.append((person, self._why(number, why)))
        self.aim.channels += one.channels
        self.aim.webhooks += one.webhooks
        self.aim.paged_for += one.paged_for
        answered = one.spared and not one.asleep
        if sleeping or not (one.reached or answered):
            self.left.append(number)
        elif number in self.owed.nobody:
            self.filled.append(number)

    def _why(self, number: int, why: str) -> str:
        return f"{why}; nobody was there before" if number in self.owed.nobody else why


def look(draft: Draft, roster: Roster) -> tuple[str, ...]:
    """Page whoever can be paged now for rungs that were passed; answers their names.

    That is whoever has come on call where nobody was, whose quiet hours are over, or for whom a rung waited
    that somebody went past. The climb itself goes on as if nothing had been. Who sleeps and is off duty now
    is not waited for any more.
    """
    escalation = draft.incident.escalation
    assert escalation is not None
    if not escalation.owed:
        return ()
    names: list[str] = []
    asleep: dict[PersonId, datetime] = {}
    for each in escalation.owed:
        found = _look_at(draft, each, roster)
        names += found.aim.names
        asleep |= found.asleep
    escalation = draft.incident.escalation
    assert escalation is not None
    resting = tuple(each for each in escalation.resting if each.told or each.queued or each.person in asleep)
    draft.change(escalation=replace(escalation, resting=resting))
    if names:
        paging = draft.incident.paging
        draft.change(paging=replace(paging, people=(*paging.people, *names)))
    return tuple(names)


def _look_at(draft: Draft, old: Owed, roster: Roster) -> _Found:
    incident, now = draft.incident, draft.now
    escalation = incident.escalation
    assert escalation is not None
    owed = next(each for each in escalation.owed if each.same_rung(old))
    place, found = _place(escalation, owed, now), _Found(incident=incident, owed=owed, now=now)
    opens = _opens(place, incident, now)
    if opens is not None:
        _put(draft, owed, replace(owed, again_at=opens))
        return found
    aiming = Aiming(incident=incident, place=place, roster=roster, at=now)
    for number in owed.targets:
        found.take(number, aiming.at_target(number))
    if owed.also:
        found.take(HAD_IT, aiming.had_it())
    if found.aim.reached:
        _tell(draft, place, found)
    _forget(draft, place, found, roster)
    _leave(draft, place, found, roster)
    return found


def _place(escalation: Escalation, owed: Owed, now: datetime) -> Escalation:
    """Where it is on the ladder. Nothing is held for ever."""
    return replace(
        escalation,
        step=owed.step,
        exhausted_at=escalation.exhausted_at if owed.exhausted else None,
        also=owed.also,
        forced=owed.forced or now - owed.since >= LONGEST_HOLD,
    )


def _opens(place: Escalation, incident: Incident, now: datetime) -> datetime | None:
    """When its condition may hold again; None while it holds. Those who had it before ask for none."""
    when = place.rung.when if place.step.rung else None
    if when is None or place.forced:
        return None
    if not for_severity(when, incident.severity):
        return now + LOOK_AHEAD
    return None if in_time(when, now) else holds_from(when, (), now, now + LOOK_AHEAD)


def _tell(draft: Draft, place: Escalation, found: _Found) -> None:
    """Whoever was paged a moment ago hears of it once."""
    incident, now, again_key = draft.incident, draft.now, f"@{draft.incident.version}"
    heard = {each.person for each in place.resting if each.told and each.until > now - LATE}
    heard |= queued(place, found.owed.since, now)
    sleepers = {each.person for each in place.resting if not each.told}
    for person, why in found.aim.people:
        if person.id in heard:
            continue
        own = pages(incident, place.epoch, place.step, person, why, now, again=again_key)
        if person.id in sleepers:
            own = waited(incident, person, own, found.owed.since)
        draft.tell(*own)
    for channel in found.aim.channels:
        key = rung_key(incident, place, f"channel:{channel}{again_key}")
        draft.tell(PageChannel(key=key, channel=channel, epoch=place.epoch, step=place.step))
    for name in found.aim.webhooks:
        key = rung_key(incident, place, f"webhook:{name}{again_key}")
        draft.tell(PageWebhook(key=key, name=name, epoch=place.epoch, step=place.step))
    draft.enter(
        EntryKind.LATER,
        SYSTEM,
        rung=str(place.step.rung),
        round=str(place.step.round),
        people=", ".join(found.aim.names),
        why="nobody" if found.filled else "",
    )


def _forget(draft: Draft, place: Escalation, found: _Found, roster: Roster) -> None:
    """The card says no longer that nobody is there for those for whom somebody is."""
    targets = (place.rung.targets[number] for number in found.filled)
    there = {
        roster.absence(target, draft.now)
        for target in targets
        if not isinstance(target, ChannelTarget | WebhookTarget)
    }
    if there:
        nobody = tuple(each for each in draft.incident.paging.nobody if each not in there)
        draft.change(paging=replace(draft.incident.paging, nobody=nobody))


def _leave(draft: Draft, place: Escalation, found: _Found, roster: Roster) -> None:
    """What the rung still owes; whoever was paged needs no page of the other ones either."""
    owed, told = found.owed, tuple(person.id for person, _ in found.aim.people)
    left = replace(
        owed,
        targets=found.targets,
        nobody=tuple(number for number in owed.nobody if number in found.targets),
        also=owed.also if HAD_IT in found.left else (),
        asleep=(owed.asleep or draft.now) if found.asleep else None,
        again_at=_again(place, found, roster),
    )
    _put(draft, owed, left if left.targets or left.also else None)
    escalation = draft.incident.escalation
    assert escalation is not None
    draft.change(
        escalation=replace(
            escalation,
            owed=tuple(paged(each, told) for each in escalation.owed),
            resting=_resting(draft, place, found, roster),
            paged_for=noted(escalation.paged_for, tuple(found.aim.paged_for)),
        )
    )


def _again(place: Escalation, found: _Found, roster: Roster) -> datetime:
    at = again(place, found.targets, found.asleep.values(), roster, found.now)
    return min(at, found.now + RECHECK) if place.rung.when and place.rung.when.local else at


def _resting(draft: Draft, place: Escalation, found: _Found, roster: Roster) -> tuple[Resting, ...]:
    """Who is waited for now, and who was paged just now."""
    resting = {each.person: each for each in place.resting}
    for person in found.sleepers:
        wake, before = found.asleep[person.id], resting.get(person.id)
        if before is None or before.told:
            lies_down(draft, place, found.targets, person, wake, roster)
        resting[person.id] = Resting(person=person.id, until=wake)
    paged_now = (person.id for person, _ in found.aim.people)
    resting |= {each: Resting(person=each, until=found.now, told=True) for each in paged_now}
    return tuple(resting.values())


def _put(draft: Draft, owed: Owed, left: Owed | None) -> None:
    escalation = draft.incident.escalation
    assert escalation is not None
    rest = (left if each is owed else each for each in escalation.owed)
    draft.change(escalation=replace(escalation, owed=tuple(each for each in rest if each is not None)))
