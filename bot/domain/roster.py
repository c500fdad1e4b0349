"""The roster: everyone who can be reached, and who of them is on call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from bot.domain.ids import PersonId, ScheduleId
from bot.domain.ladder import (
    ChannelTarget,
    GroupTarget,
    PeopleTarget,
    PersonTarget,
    RotatingTarget,
    ScheduleTarget,
    Target,
    WebhookTarget,
    Which,
)
from bot.domain.override import Override
from bot.domain.people import LISTED, ContactMethod, MethodKind, Person
from bot.domain.schedule import Feed, Gap, Schedule, Shift, Source, Span
from bot.domain.shifts import everyone, final_shifts, gaps, listed, next_on_call, on_call

AD_HOC = "slack:"

NAMED = Source()
"""Why somebody is meant who need not be on call: neither a layer nor an override."""

Meant = tuple[PersonId, Source]
"""Somebody, and by which layer or override they are on call."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """What a target means right now.

    `person` is None when nobody is there; `missing` then says for whom ("schedule primary"). `why` is the
    layer or the override by which somebody is on call.
    """

    target: Target
    person: Person | None = None
    missing: str = ""
    why: Source = NAMED


@dataclass(frozen=True, kw_only=True)
class Roster:
    """People and schedules of the configuration in force, with what was changed since.

    `overrides` stand in the order in which they were made; `feeds` has the spans of calendars that are
    kept elsewhere, by their keys; `groups` the members of Slack user groups, as Slack user ids; `load` how
    often people were paged lately.
    """

    people: Mapping[PersonId, Person] = field(default_factory=dict)
    schedules: Mapping[ScheduleId, Schedule] = field(default_factory=dict)
    overrides: Mapping[ScheduleId, tuple[Override, ...]] = field(default_factory=dict)
    feeds: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    load: Mapping[PersonId, int] = field(default_factory=dict)
    weighed: bool = False
    """Whether somebody asks for `load`, which costs a look at all pages of a week."""

    @cached_property
    def feed_keys(self) -> frozenset[str]:
        """The calendars of elsewhere that are layers of its schedules."""
        layers = (layer for schedule in self.schedules.values() for layer in schedule.layers)
        return frozenset(layer.key for layer in layers if isinstance(layer, Feed))

    def person(self, person: PersonId) -> Person | None:
        """A listed person, or somebody known by their Slack id alone; None when neither."""
        if person.startswith(AD_HOC):
            return stranger(person.removeprefix(AD_HOC))
        return self.people.get(person)

    def by_slack(self, user: str) -> Person:
        """The person with that Slack user id; someone who is not listed is reached by Slack alone."""
        for person in self.people.values():
            if person.slack_user == user:
                return person
        return stranger(user)

    def known_as(self, name: str) -> Person | None:
        """Whoever acted under that name: a Slack user's id, or the identity of whoever came by a link."""
        if name.startswith(LISTED):
            return self.person(PersonId(name.removeprefix(LISTED)))
        return self.by_slack(name)

    def on_call(self, schedule: ScheduleId, at: datetime) -> tuple[Shift, ...]:
        """The present shifts of a schedule; none for a gap, or for a schedule that is gone."""
        found = self.schedules.get(schedule)
        return on_call(found, at, self.overrides.get(schedule, ()), self.feeds) if found else ()

    def next_on_call(self, schedule: ScheduleId, at: datetime) -> tuple[Shift, ...]:
        """The shifts of those who come on call next and are not on call now."""
        found = self.schedules.get(schedule)
        return next_on_call(found, at, self.overrides.get(schedule, ()), self.feeds) if found else ()

    def everyone(self, schedule: ScheduleId, at: datetime) -> tuple[PersonId, ...]:
        """All who take turns in a schedule, and whoever is on call besides."""
        found = self.schedules.get(schedule)
        return everyone(found, at, self.overrides.get(schedule, ()), self.feeds) if found else ()

    def shifts(self, schedule: ScheduleId, since: datetime, until: datetime) -> list[Shift]:
        """Every shift of a schedule in that time, cut to it."""
        found = self.schedules.get(schedule)
        overrides = self.overrides.get(schedule, ())
        return final_shifts(found, since, until, overrides, self.feeds) if found else []

    def next_change(self, schedule: ScheduleId, at: datetime, limit: datetime) -> datetime:
        """When another is on call than at that instant, as far as is decided; `limit` if not before."""
        shifts = self.shifts(schedule, at, limit)
        edges = (edge for shift in shifts for edge in (shift.since, shift.until) if edge > at)
        return min(edges, default=limit)

    def shifts_of(
        self, person: PersonId, schedule: ScheduleId, since: datetime, until: datetime
    ) -> list[Shift]:
        """The whole shifts of somebody that are in that time, also those of which only a part is."""
        found = dict[datetime, Shift]()
        for shift in self.shifts(schedule, since, until):
            if shift.person == person:
                present = (each for each in self.on_call(schedule, shift.since) if each.person == person)
                whole = next(present, shift)
                found.setdefault(whole.since, whole)
        return list(found.values())

    def gaps(self, schedule: ScheduleId, since: datetime, until: datetime) -> list[Gap]:
        """When nobody is on call in that time; all of it for a schedule that is gone."""
        found = self.schedules.get(schedule)
        overrides = self.overrides.get(schedule, ())
        return gaps(found, since, until, overrides, self.feeds) if found else [Gap(since=since, until=until)]

    def named(self, target: Target) -> tuple[PersonId, ...]:
        """Everybody whom a target can mean at any time."""
        match target:
            case PersonTarget(person=person):
                return (person,)
            case ScheduleTarget(schedule=schedule):
                return self._listed(schedule)
            case RotatingTarget(people=people, schedule=schedule):
                return people if schedule is None else self._listed(schedule)
            case GroupTarget(group=group):
                return tuple(self.by_slack(user).id for user in self.groups.get(group, ()))
            case ChannelTarget() | WebhookTarget():
                return ()

    def _listed(self, schedule: ScheduleId) -> tuple[PersonId, ...]:
        """Whoever stands in a schedule, without asking whose turn it is."""
        found = self.schedules.get(schedule)
        return listed(found, self.overrides.get(schedule, ()), self.feeds) if found else ()

    def reach(self, target: PeopleTarget, at: datetime) -> tuple[Reached, ...]:
        """Resolve a target at that instant: everybody whom it means, or one who says that nobody is there.

        Someone who is not known any more, or has no contact method, counts as nobody.
        """
        people, missing = self._meant(target, at)
        found = tuple(
            Reached(target=target, person=person, why=why)
            for one, why in people
            if (person := self.person(one)) is not None and person.methods
        )
        return found or (Reached(target=target, missing=missing),)

    def absence(self, target: PeopleTarget, at: datetime) -> str:
        """How to say that nobody is there for a target."""
        return self._meant(target, at)[1]

    def _meant(self, target: PeopleTarget, at: datetime) -> tuple[Sequence[Meant], str]:
        """The people, and how to say that nobody of them is there."""
        match target:
            case PersonTarget(person=person):
                return ((person, NAMED),), f"person {person}"
            case ScheduleTarget(schedule=schedule, which=which):
                return self._of_schedule(schedule, which, at)
            case GroupTarget(group=group):
                return _named(self.named(target)), f"group {group}"
            case RotatingTarget(people=people, schedule=schedule):
                members = _named(people if schedule is None else self.everyone(schedule, at))
                return members, "round robin" if schedule is None else f"round robin of schedule {schedule}"

    def _of_schedule(self, schedule: ScheduleId, which: Which, at: datetime) -> tuple[Sequence[Meant], str]:
        match which:
            case Which.NOW:
                return _on_duty(self.on_call(schedule, at)), f"schedule {schedule}"
            case Which.NEXT:
                return _on_duty(self.next_on_call(schedule, at)), f"next of schedule {schedule}"
            case Which.EVERYONE:
                return _named(self.everyone(schedule, at)), f"everyone of schedule {schedule}"


def _on_duty(shifts: Sequence[Shift]) -> tuple[Meant, ...]:
    return tuple((shift.person, shift.why) for shift in shifts)


def _named(people: Sequence[PersonId]) -> tuple[Meant, ...]:
    return tuple((person, NAMED) for person in people)


def stranger(user: str) -> Person:
    """Somebody who is not in the configuration, known by a Slack user id."""
    return Person(
        id=PersonId(f"{AD_HOC}{user}"),
        name=user,
        slack_user=user,
        methods=(ContactMethod(kind=MethodKind.SLACK, address=user),),
    )


def channels(targets: tuple[Target, ...]) -> tuple[ChannelTarget, ...]:
    """Those of the targets that are channels."""
    return tuple(target for target in targets if isinstance(target, ChannelTarget))
