"""Rest: how long a rung waits because all whom it means have quiet hours."""

from datetime import datetime, timedelta

from bot.domain.aim import Aim
from bot.domain.alert import Severity
from bot.domain.ladder import Escalation, Kept, RotatingTarget, ScheduleTarget
from bot.domain.people import Person
from bot.domain.personal import first_paged, paged_from
from bot.domain.roster import Roster

LONGEST_REST = timedelta(hours=16)
"""However the turns change from one sleeper to the next, a rung waits no longer than one night."""


def kept(place: Escalation, aim: Aim, severity: Severity, at: datetime) -> Kept | None:
    """That the rung waits for the first of them to wake; None when anybody, or anything, is told at once."""
    people = [person for person, _ in aim.people]
    first = first_paged(people, severity, at)
    since = place.kept.since if place.kept else at
    if first <= at or aim.channels or aim.webhooks or at - since >= LONGEST_REST:
        return None
    return Kept(
        since=since,
        until=first,
        people=tuple(person.id for person in people),
        names=tuple(person.name for person in people),
    )


def wakes(person: Person, severity: Severity, at: datetime, since: datetime | None) -> datetime:
    """From when on somebody may be paged who was waited for since then: never longer than one night."""
    if since is not None and at - since >= LONGEST_REST:
        return at
    return paged_from(person, severity, at)


def asked_anew(place: Escalation, rest: Kept, roster: Roster, at: datetime) -> datetime:
    """When it is looked at again: somebody wakes, or somebody else comes on call."""
    until = min(rest.until, max(at, rest.since + LONGEST_REST))
    for target in place.rung.targets:
        if isinstance(target, ScheduleTarget | RotatingTarget) and target.schedule is not None:
            until = min(until, roster.next_change(target.schedule, at, until))
    return until
