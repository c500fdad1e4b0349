"""Aiming: whom a rung reaches at an instant, and why each of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.condition import awake
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.incident import Incident
from bot.domain.ladder import (
    ChannelTarget,
    Escalation,
    PagedFor,
    PeopleTarget,
    PersonTarget,
    RotatingTarget,
    ScheduleTarget,
    Target,
    TurnBy,
    WebhookTarget,
    Which,
)
from bot.domain.people import Person
from bot.domain.personal import paged_from
from bot.domain.quorum import answered, missing_roles
from bot.domain.roster import Reached, Roster
from bot.domain.schedule import Source

HAD_IT = -1
"""The place of those who had acknowledged it before: they are no target of the rung."""


@dataclass(kw_only=True, slots=True)
class Aim:
    """Whom a rung pages, each with the reason; for whom nobody was there; and whom it spares.

    `places` are those of the targets that mean somebody, and `empty` those of targets for which nobody was
    there. `asleep` are those whose own clock does not allow it. `spared`: somebody was left out who could be
    paged if it had to be. `turned` are those who were chosen by a round robin, `resting` those whom it passed
    by for their quiet hours.
    """

    people: list[tuple[Person, str]] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    webhooks: list[str] = field(default_factory=list)
    nobody: list[str] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)
    places: dict[PersonId, list[int]] = field(default_factory=dict)
    asleep: list[Person] = field(default_factory=list)
    turned: list[PersonId] = field(default_factory=list)
    resting: list[Person] = field(default_factory=list)
    paged_for: list[PagedFor] = field(default_factory=list)
    spared: bool = False

    @property
    def reached(self) -> bool:
        """Whether anybody, or anything, is paged."""
        return bool(self.people or self.channels or self.webhooks)

    @property
    def names(self) -> tuple[str, ...]:
        """Everybody and everything that is paged."""
        return (*(person.name for person, _ in self.people), *self.channels, *self.webhooks)


@dataclass(frozen=True, kw_only=True, slots=True)
class Aiming:
    """The incident and the place on its ladder at which is aimed, and when.

    `anyone`: nobody is spared but those who can't, for otherwise nobody at all would be paged.
    """

    incident: Incident
    place: Escalation
    roster: Roster
    at: datetime
    anyone: bool = False

    def aim(self) -> Aim:
        """Whom the rung reaches."""
        aim = Aim()
        for place, target in enumerate(self.place.rung.targets):
            self._aim_at(aim, place, target)
        self._had_it(aim)
        return aim

    def at_target(self, place: int) -> Aim:
        """Whom one of its targets reaches, by its place among them."""
        aim = Aim()
        self._aim_at(aim, place, self.place.rung.targets[place])
        return aim

    def had_it(self) -> Aim:
        """Those who had acknowledged it before, and are paged together with the rung."""
        aim = Aim()
        self._had_it(aim)
        return aim

    def spin(self, spun: Sequence[PersonId]) -> Aim:
        """Who is next in the round robins that go on within the rung; `spun` have had their turn."""
        aim = Aim()
        for place, target in enumerate(self.place.rung.targets):
            if isinstance(target, RotatingTarget) and target.every is not None:
                self._turn(aim, place, target, spun)
        aim.nobody.clear()
        aim.empty.clear()
        return aim

    def candidates(self, target: RotatingTarget) -> list[Person]:
        """Those among whom it goes round, the one whose turn it is first; each further round begins later."""
        found = self.roster.reach(target, self.at)
        people = [each.person for each in found if each.person is not None]
        if not people:
            return []
        first = (self.incident.turn + self.place.step.round - 1) % len(people)
        people = people[first:] + people[:first]
        if target.by is TurnBy.LOAD:
            people.sort(key=lambda person: self.roster.load.get(person.id, 0))
        return people

    def _aim_at(self, aim: Aim, place: int, target: Target) -> None:
        match target:
            case ChannelTarget(channel=channel):
                aim.channels += [channel] if channel not in aim.channels else []
            case WebhookTarget(name=name):
                aim.webhooks += [name] if name not in aim.webhooks else []
            case RotatingTarget():
                self._turn(aim, place, target, ())
            case _:
                self._all(aim, place, target)

    def _turn(self, aim: Aim, place: int, target: RotatingTarget, spun: Sequence[PersonId]) -> None:
        """The first of them who can be paged: now, if there is one, and else whoever wakes first.

        While it goes on within the rung nobody is waited for: somebody has been paged.
        """
        candidates = self.candidates(target)
        if not candidates:
            aim.nobody.append(self.roster.absence(target, self.at))
            aim.empty.append(place)
        severity = self.incident.severity
        able = [person for person in candidates if person.id not in spun and self._may(aim, person)]
        able.sort(key=lambda person: paged_from(person, severity, self.at))  # in their order, if awake
        if able and spun and paged_from(able[0], severity, self.at) > self.at:
            aim.resting += able
            return
        for person in able[:1]:
            how = "paged least" if target.by is TurnBy.LOAD else "next in turn"
            self._page(aim, place, person, self._why(f"{how} of {target.schedule or 'the round robin'}"))
            aim.turned.append(person.id)

    def _all(self, aim: Aim, place: int, target: PeopleTarget) -> None:
        role = self._role(target)
        if role and role not in missing_roles(self.incident) and not self.anyone:
            aim.spared = True  # somebody has answered for it
            return
        for found in self.roster.reach(target, self.at):
            if found.person is None:
                aim.nobody.append(found.missing)
                aim.empty.append(place)
                return  # whoever is not there stands alone
            if role and found.person.slack_user:
                aim.paged_for.append(PagedFor(schedule=role, slack_user=found.person.slack_user))
            if self._may(aim, found.person):
                self._page(aim, place, found.person, self._why(_reason(target, found, self.roster)))

    def _role(self, target: PeopleTarget) -> ScheduleId | None:
        """The schedule that it means, if somebody must answer for that one."""
        if isinstance(target, ScheduleTarget) and target.schedule in self.place.ladder.roles:
            return target.schedule
        return None

    def _had_it(self, aim: Aim) -> None:
        for user in self.place.also:
            person = self.roster.known_as(user)
            if person and person.id not in self.incident.declined and not self._spares(aim, person):
                self._page(aim, HAD_IT, person, "had acknowledged it before")

    def _may(self, aim: Aim, person: Person) -> bool:
        """Whether they are paged: not those who can't, have answered, or sleep where that counts."""
        if person.id in self.incident.declined:
            return False
        if self.anyone:
            return True
        condition = self.place.rung.when
        if condition is not None and not self.place.forced and not awake(condition, person, self.at):
            aim.asleep.append(person)
            aim.spared = True
            return False
        return not self._spares(aim, person)

    def _spares(self, aim: Aim, person: Person) -> bool:
        """Whether they are left alone because they have answered."""
        if self.anyone or not answered(self.incident, person.slack_user):
            return False
        aim.spared = True
        return True

    def _page(self, aim: Aim, place: int, person: Person, why: str) -> None:
        if person.id in aim.places:
            aim.places[person.id].append(place)
            return
        aim.places[person.id] = [place]
        aim.people.append((person, why))

    def _why(self, reason: str) -> str:
        rungs, ladder = len(self.place.climbed.rungs), self.place.climbed.id
        return f"{reason}, rung {self.place.step.rung} of {rungs} of {ladder}"


def _reason(target: PeopleTarget, found: Reached, roster: Roster) -> str:
    match target:
        case ScheduleTarget(schedule=schedule, which=Which.NEXT):
            return f"next on call for {schedule}{_source(schedule, found.why, roster)}"
        case ScheduleTarget(schedule=schedule, which=Which.EVERYONE):
            return f"one of {schedule}"
        case ScheduleTarget(schedule=schedule):
            return f"on call for {schedule}{_source(schedule, found.why, roster)}"
        case PersonTarget():
            return "named in the ladder"
        case _:
            return "in the group that the ladder names"


def _source(schedule: ScheduleId, why: Source, roster: Roster) -> str:
    """By which layer of the schedule, or by whose override."""
    if why.override is None:
        named = why.name or (why.layer if len(roster.schedules[schedule].layers) > 1 else None)
        return f" (layer {named})" if named else ""
    known = (each for each in roster.overrides.get(schedule, ()) if each.id == why.override)
    by = next((f" by {each.by.name}" for each in known), "")
    return f" (override{by})"
