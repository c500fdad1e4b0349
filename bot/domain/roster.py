"""The roster: everyone who can be reached, and who of them is on call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

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
)
from bot.domain.people import ContactMethod, MethodKind, Person
from bot.domain.schedule import Schedule, Shift, on_call

AD_HOC = "slack:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """What a target means right now.

    `person` is None when nobody is there; `missing` then says for whom ("schedule primary").
    """

    target: Target
    person: Person | None = None
    missing: str | None = None


@dataclass(frozen=True, kw_only=True)
class Roster:
    """People and schedules of the configuration in force."""

    people: Mapping[PersonId, Person] = field(default_factory=dict)
    schedules: Mapping[ScheduleId, Schedule] = field(default_factory=dict)

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

    def shift(self, schedule: ScheduleId, at: datetime) -> Shift | None:
        """The present shift of a schedule; None for a gap, or a schedule that is gone."""
        found = self.schedules.get(schedule)
        return on_call(found, at) if found else None

    def named(self, target: Target) -> tuple[PersonId, ...]:
        """Everybody whom a target can mean at any time."""
        match target:
            case PersonTarget(person=person):
                return (person,)
            case ScheduleTarget(schedule=schedule):
                layers = self.schedules[schedule].layers if schedule in self.schedules else ()
                return tuple(person for layer in layers for person in layer.people)
            case RotatingTarget(people=people):
                return people
            case ChannelTarget() | GroupTarget() | WebhookTarget():
                return ()

    def reach(self, target: PeopleTarget, at: datetime) -> Reached:
        """Resolve a target at that instant. Someone without a contact method counts as nobody."""
        if isinstance(target, ScheduleTarget):
            shift = self.shift(target.schedule, at)
            person, missing = self.person(shift.person) if shift else None, f"schedule {target.schedule}"
        elif isinstance(target, PersonTarget):
            person, missing = self.person(target.person), f"person {target.person}"
        else:
            person, missing = None, target.kind
        if person is None or not person.methods:
            return Reached(target=target, missing=missing)
        return Reached(target=target, person=person)


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
