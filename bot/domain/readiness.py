"""Readiness: who will be on call, or may be paged, and could not be reached by anything."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.configuration import Configuration
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.people import MethodKind, Person, Standing
from bot.domain.roster import Roster
from bot.domain.service import Service

AHEAD = timedelta(days=7)
"""How far ahead is looked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unready:
    """Somebody whom no page would reach: why, since when they are on call, and who should know of it.

    `schedules` are those in whose shifts they are; for a user group there are none, and `person` is None.
    `channels` are where it is told.
    """

    name: str
    why: str
    person: PersonId | None = None
    slack_user: str | None = None
    since: datetime | None = None
    schedules: tuple[ScheduleId, ...] = ()
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What is known besides the configuration: the ways that are configured, and what Slack says of people.

    `groups` are user groups that cannot be paged, each with the reason.
    """

    paging: Collection[MethodKind]
    standing: Callable[[str], Standing]
    groups: Mapping[str, str] = field(default_factory=dict)


def unready(configuration: Configuration, roster: Roster, sight: Sight, now: datetime) -> list[Unready]:
    """All who are on call within the next days and could not be reached; and groups that mean nobody."""
    found = dict[PersonId, Unready]()
    for schedule, since, person_id in sorted(_shifts(roster, now), key=lambda each: each[1]):
        person = roster.person(person_id)
        why = unreachable(person, sight) if person else "is not listed any more"
        if why is None:
            continue
        known = found.get(person_id)
        channels = _channels(configuration, roster, schedule)
        found[person_id] = Unready(
            name=person.name if person else person_id,
            why=why,
            person=person_id,
            slack_user=person.slack_user if person else None,
            since=known.since if known else since,
            schedules=tuple(dict.fromkeys((*(known.schedules if known else ()), schedule))),
            channels=tuple(dict.fromkeys((*(known.channels if known else ()), *channels))),
        )
    return [*found.values(), *_groups(configuration, sight)]


def unreachable(person: Person, sight: Sight) -> str | None:
    """Why no page would reach them; None when one would."""
    if not person.methods:
        return "has no contact method"
    reasons = [_useless(person, method.kind, sight) for method in person.methods]
    return None if None in reasons else ", and ".join(dict.fromkeys(each for each in reasons if each))


def _useless(person: Person, way: MethodKind, sight: Sight) -> str | None:
    if way not in sight.paging:
        return f"is paged by {way.value}, which is not configured"
    if way is MethodKind.SLACK and person.slack_user:
        if sight.standing(person.slack_user) is Standing.DEACTIVATED:
            return "is deactivated in Slack"
        if sight.standing(person.slack_user) is Standing.BOT:
            return "is a bot in Slack"
    return None


def _shifts(roster: Roster, now: datetime) -> Iterator[tuple[ScheduleId, datetime, PersonId]]:
    for schedule in roster.schedules:
        for shift in roster.shifts(schedule, now, now + AHEAD):
            yield schedule, shift.since, shift.person


def _channels(configuration: Configuration, roster: Roster, schedule: ScheduleId) -> tuple[str, ...]:
    """The schedule's own channel; without one those of the services whose ladders page it."""
    own = roster.schedules[schedule].channel
    if own is not None:
        return (own,)
    return tuple(
        service.channel
        for service in configuration.services.values()
        if any(getattr(target, "schedule", None) == schedule for target in _targets(service))
    )


def _groups(configuration: Configuration, sight: Sight) -> Iterator[Unready]:
    for group, why in sorted(sight.groups.items()):
        channels = [
            service.channel
            for service in configuration.services.values()
            if any(getattr(target, "group", None) == group for target in _targets(service))
        ]
        yield Unready(name=f"user group {group}", why=why, channels=tuple(dict.fromkeys(channels)))


def _targets(service: Service) -> Iterator[object]:
    for ladder in (service.ladder, *service.ladders.values(), service.catch_all):
        for rung in ladder.rungs if ladder else ():
            yield from rung.targets
