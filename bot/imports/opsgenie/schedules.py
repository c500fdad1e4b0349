"""Opsgenie's schedules: rotations that are on call together, their hours and participants."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from zoneinfo import ZoneInfo

from bot.domain.calendar import Window
from bot.domain.ids import PersonId
from bot.domain.schedule import Rotation, ShiftLength, ShiftUnit
from bot.imports.draft import Plan, Stand
from bot.imports.fitting import fitted
from bot.imports.naming import title
from bot.imports.note import Place
from bot.imports.opsgenie.models import Hours, Override, Recipient, Restriction, Schedule, Timeline
from bot.imports.opsgenie.models import Rotation as Turns
from bot.imports.people import ZONE, People, fits
from bot.imports.source import Source
from bot.imports.turns import beginning, ending, one_person_for_ever
from bot.imports.week import DAY, Stretch, between, daily, windows

UNITS = {"hourly": ShiftUnit.HOURS, "daily": ShiftUnit.DAYS, "weekly": ShiftUnit.WEEKS}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(kw_only=True)
class Schedules:
    """Translates schedules. `members(recipient, place)` are the keys of the people of a team."""

    source: Source
    people: People
    members: Callable[[Recipient, Place], list[str]]
    _subject: str = ""

    def plan(self, schedule: Schedule, key: str, place: Place) -> Plan | None:
        """The schedule under that key; None where it has nobody in it."""
        self._subject = f"schedule `{key}`"
        zone = self._zone(schedule, place)
        if schedule.rotations is None:
            what = "its rotations were not exported, so that nobody would be on call: it is left out"
            remedy = "Export schedules with `?expand=rotation`, or use the configuration backup."
            self.source.notes.lost(self._subject, what, remedy, place)
            return None
        if not schedule.enabled:
            what = "is disabled in Opsgenie; here whoever names it pages its people"
            self.source.notes.changed(self._subject, what, "Take it out where nobody shall be paged.", place)
        layers = [
            layer
            for number, turns in enumerate(schedule.rotations)
            if (layer := self._layer(turns, zone, place.below("rotations", number))) is not None
        ]
        name = title(schedule.name, key)
        plan = Plan(key=key, name=name, zone=zone.key, layers=list(layers))
        return fitted(plan, self.source.notes, place)

    def overrides(self, overrides: list[Override], place: Place) -> list[Stand]:
        """Overrides by our keys; those of a part of the rotations are told apart."""
        found = []
        for number, one in enumerate(overrides):
            there = place.below(number)
            person = self._one(one.user, there)
            if one.rotations and one.end_date > self.source.now:
                what = "an override to come is for some of the rotations only; ours are for all of them"
                self.source.notes.changed(self._subject, what, "Override with `instead of`, in Slack.", there)
            since, until = one.start_date.astimezone(UTC), one.end_date.astimezone(UTC)
            found.append(Stand(person=person, since=since, until=until))
        return found

    def rendered(self, timeline: Timeline) -> list[Stand]:
        """Opsgenie's own account of who is on call, by our keys."""
        return [
            Stand(
                person=self._known(period.recipient),
                since=period.start_date.astimezone(UTC),
                until=period.end_date.astimezone(UTC),
            )
            for line in timeline.final_timeline.rotations
            for period in line.periods
            if period.recipient is not None and period.recipient.type != "none"
        ]

    def _zone(self, schedule: Schedule, place: Place) -> ZoneInfo:
        if schedule.timezone and fits(ZONE, schedule.timezone):
            return ZoneInfo(schedule.timezone)
        what = "has no time zone that exists; its hand-offs are in UTC now"
        self.source.notes.fill(self._subject, what, "Write its `zone:` and look at the hand-offs.", place)
        return ZoneInfo("UTC")

    def _layer(self, turns: Turns, zone: ZoneInfo, place: Place) -> Rotation | None:
        notes, name = self.source.notes, title(turns.name, "Rotation")
        if turns.end_date is not None and turns.end_date <= self.source.now:
            notes.info(self._subject, "rotations that have ended are left out", place=place)
            return None
        people = [
            tuple(PersonId(key) for key in self._turn(one, place.below("participants", number)))
            for number, one in enumerate(turns.participants)
        ]
        allowed = self._windows(turns.time_restriction, place)
        unit = UNITS.get(turns.type)
        if allowed is None or unit is None:
            what = f"the rotation {name} could not be read: it is left out"
            notes.lost(self._subject, what, "Write it as a layer.", place)
            return None
        begin = beginning(turns.start_date, zone)
        until = None
        if turns.end_date is not None:
            until, exact = ending(turns.end_date, begin.handoff, zone)
            if not exact:
                what = f"a rotation ends at its next hand-off instead of on {turns.end_date.isoformat()}"
                notes.changed(self._subject, what, "If that matters, override the rest in Slack.", place)
        once = one_person_for_ever(len(set(people)))
        return Rotation(
            name=name,
            turns=tuple(people[:1] if once else people),
            start=begin.start,
            handoff=begin.handoff,
            length=once or ShiftLength(count=turns.length, unit=unit),
            until=until,
            windows=allowed,
            level=1,
        )

    def _turn(self, one: Recipient, place: Place) -> list[str]:
        """Who is on call in this participant's turn."""
        match one.type:
            case "none":
                return []
            case "team":
                found = self.members(one, place)
                what = f"the team {title(one.name, 'without a name')} takes a turn: all of its members do now"
                remedy = (
                    "Name those who shall be on call; Opsgenie would have asked the team's routing rules."
                )
                self.source.notes.changed(self._subject, what, remedy, place)
                return found
            case "escalation":
                what = f"the escalation {title(one.name, 'without a name')} takes a turn, which is left free"
                remedy = "Write people instead, or page the ladder from a rung."
                self.source.notes.lost(self._subject, what, remedy, place)
                return []
            case _:
                key = self._one(one, place)
                return [key] if key else []

    def _one(self, one: Recipient | None, place: Place) -> str | None:
        if one is None or not (one.id or one.username):
            return None
        name = one.username or one.name
        return self.people.key(one.id or str(one.username), name, place)

    def _known(self, one: Recipient | None) -> str | None:
        human = self.people.known(one.id, one.username or one.name) if one else None
        return human.key if human else None

    def _windows(self, restriction: Restriction | None, place: Place) -> tuple[Window, ...] | None:
        if restriction is None:
            return ()
        spans = [*restriction.restrictions, *([restriction.restriction] if restriction.restriction else [])]
        if restriction.type == "time-of-day":
            stretches = [
                each for one in spans for each in daily(_begin(one), (_end(one) - _begin(one)) % DAY or DAY)
            ]
        else:
            stretches = [found for one in spans if (found := self._of_week(one, place)) is not None]
        return windows(stretches)

    def _of_week(self, one: Hours, place: Place) -> Stretch | None:
        if one.start_day not in WEEKDAYS or one.end_day not in WEEKDAYS:
            what = "hours of a week have no day that could be read, and are left out"
            self.source.notes.lost(self._subject, what, "Write the layer's `only:`.", place)
            return None
        first, last = WEEKDAYS.index(one.start_day), WEEKDAYS.index(one.end_day)
        return between(first * DAY + _begin(one), last * DAY + _end(one))


def _begin(one: Hours) -> int:
    return one.start_hour * 60 + one.start_min


def _end(one: Hours) -> int:
    return one.end_hour * 60 + one.end_min
