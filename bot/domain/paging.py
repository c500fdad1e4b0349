"""Paging: whom a rung tells, by what and when, each by their own rules."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.aim import Aim
from bot.domain.decision import Draft
from bot.domain.effects import PageChannel, PagePerson, PageWebhook
from bot.domain.ids import PersonId
from bot.domain.incident import Incident
from bot.domain.ladder import LATE, Escalation, Resting, Step
from bot.domain.owed import noted, turn_at
from bot.domain.people import SYSTEM, Person
from bot.domain.personal import is_quiet, methods_for
from bot.domain.rest import wakes
from bot.domain.roster import Roster
from bot.domain.timeline import EntryKind

INSTANT = timedelta(microseconds=1)


def tell(draft: Draft, place: Escalation, aim: Aim, roster: Roster, late: timedelta) -> Escalation:
    """Page them; what the climb owes from then on is part of what is answered.

    Who has quiet hours is paged when these end, if they are meant then. Nobody hears twice at one moment: of
    a rung that was kept back, what others owed them since was one of its pages.
    """
    rest, now = place.kept, draft.now
    since = min(rest.since if rest else now, now - LATE)
    resting = {each.person: each for each in place.resting if each.until > since or not each.told}
    heard = {each.person for each in place.resting if each.told and each.until > since}
    heard |= queued(place, min(since, now - late), now)
    waits = rest.people if rest else ()
    asleep: dict[PersonId, datetime] = {}
    told: list[PersonId] = []
    for person, why in aim.people:
        wake = wakes(person, draft.incident.severity, now, rest.since if rest else None)
        if wake > now:
            before = resting.get(person.id)
            if before is not None and before.queued and before.until > now:
                told.append(person.id)
                continue
            asleep[person.id] = wake
            if person.id not in waits and (before is None or before.told):
                lies_down(draft, place, aim.places[person.id], person, wake, roster)
            resting[person.id] = Resting(person=person.id, until=wake)
            continue
        told.append(person.id)
        if person.id in heard:
            continue
        own = pages(draft.incident, place.epoch, place.step, person, why, now)
        if rest and person.id in waits:
            own = waited(draft.incident, person, own, rest.since)
        draft.tell(*(replace(page, late=late) for page in own) if late else own)
    _tell_others(draft, place, aim, late)
    owed = noted(place, aim, roster, now, told=told, asleep=asleep)
    return replace(place, resting=tuple(resting.values()), owed=owed)


def queued(place: Escalation, since: datetime, now: datetime) -> set[PersonId]:
    """Whose page, which an earlier version put into the outbox, was or is due in that time."""
    return {each.person for each in place.resting if each.queued and since < each.until <= now}


def _tell_others(draft: Draft, place: Escalation, aim: Aim, late: timedelta) -> None:
    for channel in aim.channels:
        key = rung_key(draft.incident, place, f"channel:{channel}")
        draft.tell(PageChannel(key=key, channel=channel, epoch=place.epoch, step=place.step, late=late))
    for name in aim.webhooks:
        key = rung_key(draft.incident, place, f"webhook:{name}")
        draft.tell(PageWebhook(key=key, name=name, epoch=place.epoch, step=place.step, late=late))


def lies_down(
    draft: Draft, place: Escalation, targets: Iterable[int], person: Person, wake: datetime, roster: Roster
) -> None:
    """Write down that somebody's quiet hours are waited for, and whether a turn changes before they end."""
    meant = [number for number in targets if number >= 0]
    turn = turn_at(place, meant, roster, draft.now, wake)
    changes = {"turn": turn.isoformat()} if turn < wake else {}
    draft.enter(EntryKind.QUIET, SYSTEM, people=person.name, until=wake.isoformat(), **changes)


def pages(
    incident: Incident,
    epoch: int,
    step: Step,
    person: Person,
    why: str,
    now: datetime,
    message: str = "",
    again: str = "",
) -> list[PagePerson]:
    """One page for each of the person's contact methods, each due after its delay.

    `again` tells the pages of a rung that was looked at once more from those of its first time.
    """
    quiet = is_quiet(person, incident.severity)
    name = (f"{person.id}:quiet" if quiet else person.id) + again
    asked = _asked_at(incident, person, now)
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
            at=now + method.delay,
            why=why,
            message=message,
            asked_at=asked,
            quiet=quiet,
        )
        for number, method in enumerate(methods_for(person, incident.severity))
    ]


def waited(
    incident: Incident, person: Person, own: Sequence[PagePerson], since: datetime
) -> list[PagePerson]:
    """The same pages, which have waited since then."""
    asked = _asked_at(incident, person, since)
    return [replace(page, held=True, asked_at=asked) for page in own]


def _asked_at(incident: Incident, person: Person, at: datetime) -> datetime:
    """When they are asked: whoever is asked although they have answered is asked after that.

    Their answer may be of the same instant, and of a later one where another replica's clock is ahead.
    """
    answers = [item.at for item in incident.acknowledgements if item.by.slack_user == person.slack_user]
    last = max(answers, default=None)
    return at if last is None or last < at else last + INSTANT


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


def rung_key(incident: Incident, escalation: Escalation, last: str) -> str:
    """The key of what a rung tells that is not a person, or of what is said about it."""
    return f"page:{incident.id}:{escalation.epoch}:{escalation.step.round}:{escalation.step.rung}:{last}"
