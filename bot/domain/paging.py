"""Paging: whom a rung tells, by what and when, each by their own rules."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.aim import Aim, Aiming
from bot.domain.decision import Draft
from bot.domain.effects import PageChannel, PagePerson, PageWebhook
from bot.domain.incident import Incident
from bot.domain.ladder import LATE, Escalation, Resting, Step
from bot.domain.people import SYSTEM, Person
from bot.domain.personal import is_quiet, methods_for, paged_from
from bot.domain.roster import Roster
from bot.domain.timeline import EntryKind

INSTANT = timedelta(microseconds=1)


def tell(draft: Draft, place: Escalation, aim: Aim, roster: Roster, late: timedelta) -> tuple[Resting, ...]:
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
            asked = _asked_at(draft.incident, person, rest.since)
            own = [replace(page, held=True, asked_at=asked) for page in own]
        draft.tell(*(replace(page, late=late) for page in own) if late else own)
        if begin > draft.now and own:
            resting[person.id] = begin
            if not (rest and person.id in rest.people):
                until = min(page.at for page in own)
                draft.enter(EntryKind.QUIET, SYSTEM, people=person.name, until=until.isoformat())
    for channel in aim.channels:
        key = rung_key(draft.incident, place, f"channel:{channel}")
        draft.tell(PageChannel(key=key, channel=channel, epoch=place.epoch, step=place.step, late=late))
    for name in aim.webhooks:
        key = rung_key(draft.incident, place, f"webhook:{name}")
        draft.tell(PageWebhook(key=key, name=name, epoch=place.epoch, step=place.step, late=late))
    return tuple(Resting(person=person, until=until) for person, until in resting.items())


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
            at=begin + method.delay,
            why=why,
            message=message,
            asked_at=asked,
            quiet=quiet,
            held=begin > now,
        )
        for number, method in enumerate(methods_for(person, incident.severity))
    ]


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
