"""People who were asked besides the ladder: they are paged again and again until they answer."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.decision import Draft
from bot.domain.incident import Asked, Incident
from bot.domain.ladder import Step
from bot.domain.paging import pages
from bot.domain.people import SYSTEM, Actor, Person
from bot.domain.roster import Roster
from bot.domain.timeline import EntryKind

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=1)
"""They are asked again after five minutes, then each time after twice as long, and hourly in the end."""


def ask(draft: Draft, people: tuple[Person, ...], by: Actor, message: str) -> None:
    """Page them now; the clock does it again. Whoever was asked before is asked anew."""
    step = Step(round=0, rung=draft.incident.entries)
    for person in people:
        mine = Asked(
            person=person.id,
            name=person.name,
            slack_user=person.slack_user,
            by=by.name,
            message=message,
            since=draft.now,
            again_at=draft.now + FIRST_PAUSE,
        )
        _keep(draft, mine)
        _page(draft, mine, person, step)


def ask_again(draft: Draft, roster: Roster) -> None:
    """Page those who have not answered. Who can't be reached any more is given up, and it is said."""
    due = [each for each in draft.incident.asked if each.again_at and each.again_at <= draft.now]
    found = [(each, roster.person(each.person)) for each in due]
    there = [(each, person) for each, person in found if person is not None and person.methods]
    for each, person in found:
        if person is None or not person.methods:
            _keep(draft, replace(each, again_at=None, over_at=draft.now))
            draft.enter(EntryKind.NOBODY, SYSTEM, missing=f"person {each.name}")
    if not there:
        return
    draft.enter(EntryKind.ASKED_AGAIN, SYSTEM, people=", ".join(person.name for _, person in there))
    step = Step(round=0, rung=draft.incident.entries)
    for each, person in there:
        times = each.times + 1
        again = replace(each, times=times, again_at=draft.now + _pause(times))
        _keep(draft, again)
        _page(draft, again, person, step)


def heard(draft: Draft, slack_user: str | None) -> bool:
    """They have answered, and are not asked any more. Whether they had been asked."""
    mine = asked_of(draft.incident, slack_user)
    if mine is None:
        return False
    _keep(draft, replace(mine, again_at=None, over_at=draft.now))
    return True


def over(draft: Draft) -> None:
    """It is resolved: nobody is asked any more, also when it begins again."""
    for each in draft.incident.asked:
        if each.again_at is not None:
            _keep(draft, replace(each, again_at=None, over_at=draft.now))


def asked_of(incident: Incident, slack_user: str | None) -> Asked | None:
    """What that Slack user is asked and has not answered."""
    if slack_user is None:
        return None
    return next((each for each in incident.asked if each.slack_user == slack_user and each.again_at), None)


def left_alone(incident: Incident, person: str, asked_at: datetime | None) -> bool:
    """Whether they have said, since they were asked by that page, that they are not to be asked any more."""
    return any(
        each.person == person and each.over_at is not None and (asked_at is None or each.over_at >= asked_at)
        for each in incident.asked
    )


def _pause(times: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(times - 1, 10)), LONGEST_PAUSE)


def _keep(draft: Draft, mine: Asked) -> None:
    others = tuple(each for each in draft.incident.asked if each.person != mine.person)
    draft.change(asked=(*others, mine))


def _page(draft: Draft, mine: Asked, person: Person, step: Step) -> None:
    why = f"{mine.by} asks for you" + (f" (asked {mine.times} times)" if mine.times > 1 else "")
    incident = draft.incident
    draft.tell(*pages(incident, incident.epoch, step, person, why, draft.now, mine.message))
