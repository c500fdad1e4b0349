"""Climbing: what happens when a rung is due."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.decision import Draft
from bot.domain.effects import Announce, PageChannel, PagePerson
from bot.domain.incident import Incident, Paging, Status
from bot.domain.ladder import (
    FIRST_STEP,
    LONGEST_REPEAT,
    SHORTEST_REPEAT,
    ChannelTarget,
    Escalation,
    Rung,
    ScheduleTarget,
    Step,
    WebhookTarget,
    lateness,
    next_due,
    step_after,
)
from bot.domain.people import SYSTEM, Person
from bot.domain.roster import Roster
from bot.domain.timeline import EntryKind


def arm(draft: Draft, *, delay: timedelta = timedelta(), also: tuple[str, ...] = ()) -> None:
    """Begin a new climb of the ladder that fits the severity; the first rung is due after `delay`.

    Whoever had acknowledged or declined before counts for nothing in the new climb, and the pages of
    earlier ones do not go on saying that nothing is needed.
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
            due_at=draft.now + delay,
            also=also,
        )
    )


def halt(draft: Draft) -> None:
    """Stop the climb where it is."""
    if escalation := draft.incident.escalation:
        draft.change(escalation=replace(escalation, due_at=None))


def hasten(draft: Draft) -> None:
    """The next rung is due now."""
    escalation = draft.incident.escalation
    assert escalation is not None
    draft.change(escalation=replace(escalation, due_at=draft.now))


def climb(draft: Draft, roster: Roster) -> None:
    """Page the rung that is due. Rungs at which nobody is reached are not waited for.

    When even a whole cycle of an exhausted ladder reaches nobody, it is tried again soon.
    """
    escalation = draft.incident.escalation
    assert escalation is not None
    assert escalation.due_at is not None
    due_at = escalation.due_at
    told = _Told(late=lateness(due_at, draft.now))
    for place in _steps(draft, escalation):
        _fire(draft, place, roster, told)
        after = step_after(place.climbed, place.step)
        wait = min(place.rung.wait, LONGEST_REPEAT) if place.exhausted_at else place.rung.wait
        due = next_due(due_at, wait, draft.now) if told.reached else draft.now + SHORTEST_REPEAT
        draft.change(escalation=replace(place, step=after, due_at=due, also=()))
        if told.reached:
            break
    if not told.reached:
        draft.change(declined=())  # those who could not are asked again, rather than nobody
    _report(draft, told)


@dataclass(kw_only=True, slots=True)
class _Told:
    """Whom the rungs of one climb reached, for whom nobody was there, and how late the climb was."""

    late: timedelta
    people: list[Person] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    nobody: list[str] = field(default_factory=list)
    step: Step = FIRST_STEP

    @property
    def reached(self) -> bool:
        return bool(self.people or self.channels)


def _steps(draft: Draft, escalation: Escalation) -> Iterator[Escalation]:
    """The rung that is due and, as long as nobody is reached, those after it: at most one exhausted cycle."""
    seen = 0
    while True:
        if escalation.exhausted_at is None and escalation.step.round > escalation.ladder.rounds:
            escalation = replace(
                escalation, exhausted_at=draft.now, step=Step(round=escalation.step.round, rung=1)
            )
            _exhaust(draft, escalation)
        if escalation.exhausted_at is not None:
            seen += 1
            if seen > len(escalation.climbed.rungs):
                return
        yield escalation
        escalation = replace(escalation, step=step_after(escalation.climbed, escalation.step), also=())


def _exhaust(draft: Draft, escalation: Escalation) -> None:
    draft.change(declined=())
    draft.enter(
        EntryKind.EXHAUSTED, SYSTEM, ladder=str(escalation.ladder.id), rounds=str(escalation.ladder.rounds)
    )
    draft.tell(
        Announce(
            key=_key(draft.incident, escalation, "exhausted"),
            about="exhausted",
            epoch=escalation.epoch,
            step=escalation.step,
        )
    )


def _fire(draft: Draft, escalation: Escalation, roster: Roster, told: _Told) -> None:
    told.step = escalation.step
    for person, why in _people(draft, escalation, escalation.rung, roster, told):
        if all(person.id != other.id for other in told.people):
            told.people.append(person)
            own = pages(draft.incident, escalation.epoch, escalation.step, person, why, draft.now)
            draft.tell(*(replace(page, late=told.late) for page in own))
    for target in escalation.rung.targets:
        if isinstance(target, ChannelTarget) and target.channel not in told.channels:
            told.channels.append(target.channel)
            draft.tell(
                PageChannel(
                    key=_key(draft.incident, escalation, f"channel:{target.channel}"),
                    channel=target.channel,
                    epoch=escalation.epoch,
                    step=escalation.step,
                    late=told.late,
                )
            )


def _people(
    draft: Draft, escalation: Escalation, rung: Rung, roster: Roster, told: _Told
) -> Iterator[tuple[Person, str]]:
    for target in rung.targets:
        if isinstance(target, ChannelTarget | WebhookTarget):
            continue
        for found in roster.reach(target, draft.now):
            if found.person is None:
                told.nobody.append(found.missing or "")
            elif found.person.id not in draft.incident.declined:
                why = (
                    f"on call for {target.schedule}"
                    if isinstance(target, ScheduleTarget)
                    else "named in the ladder"
                )
                rungs = len(escalation.climbed.rungs)
                yield (
                    found.person,
                    f"{why}, step {escalation.step.rung} of {rungs} of {escalation.climbed.id}",
                )
    for user in escalation.also:
        yield roster.by_slack(user), "had acknowledged it before"


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
    """One page for each of the person's contact methods, each due after its delay."""
    return [
        PagePerson(
            key=f"page:{incident.id}:{epoch}:{step.round}:{step.rung}:{person.id}:{method.kind}{number}",
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
            asked_at=now,
        )
        for number, method in enumerate(person.methods)
    ]


def _report(draft: Draft, told: _Told) -> None:
    """Write down, and say loudly where it must be, what this climb did."""
    escalation = draft.incident.escalation
    assert escalation is not None
    names = tuple(person.name for person in told.people) + tuple(told.channels)
    draft.change(paging=Paging(people=names, nobody=tuple(told.nobody), at=draft.now))
    if told.nobody:
        draft.enter(EntryKind.NOBODY, SYSTEM, missing=", ".join(told.nobody))
        draft.tell(
            Announce(
                key=f"nobody:{draft.incident.id}:{escalation.epoch}:{told.step.round}:{told.step.rung}",
                about="nobody",
                epoch=escalation.epoch,
                step=told.step,
                nobody=tuple(told.nobody),
            )
        )
    if names:
        draft.enter(
            EntryKind.RUNG,
            SYSTEM,
            rung=str(told.step.rung),
            round=str(told.step.round),
            people=", ".join(names),
        )


def _key(incident: Incident, escalation: Escalation, last: str) -> str:
    return f"page:{incident.id}:{escalation.epoch}:{escalation.step.round}:{escalation.step.rung}:{last}"
