"""Grafana OnCall's schedules: shifts by priority, calendars kept elsewhere, overrides."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from bot.config.values import Channel, Feed, Group
from bot.domain.ids import PersonId
from bot.domain.schedule import Rotation
from bot.domain.walltime import instant, wall_clock
from bot.imports.draft import Ical, Plan, Stand
from bot.imports.fitting import fitted
from bot.imports.naming import title
from bot.imports.note import Place
from bot.imports.oncall.models import FinalShift, Schedule, Shift
from bot.imports.oncall.shifts import Pattern, Unsayable, pattern
from bot.imports.people import ZONE, People, fits
from bot.imports.source import Source
from bot.imports.turns import ending

FEED, CHANNEL, GROUP = TypeAdapter[str](Feed), TypeAdapter[str](Channel), TypeAdapter[str](Group)
ONCE = {"single_event", "override"}


@dataclass(kw_only=True)
class Schedules:
    """Translates schedules. `shifts` are all shifts by their ids, and where each stood."""

    source: Source
    people: People
    shifts: Mapping[str, tuple[Shift, Place]]
    _subject: str = ""

    def plan(self, schedule: Schedule, key: str, place: Place) -> tuple[Plan | None, list[Stand]]:
        """The schedule under that key, None where it has nobody; and turns that happen once."""
        self._subject = f"schedule `{key}`"
        mine = [self.shifts[one] for one in schedule.shifts if one in self.shifts]
        if len(mine) < len(schedule.shifts):
            missing = len(schedule.shifts) - len(mine)
            what = f"{missing} of its shifts were not exported: nobody is on call in them"
            remedy = "Export `/api/v1/on_call_shifts/`, all pages."
            self.source.notes.lost(self._subject, what, remedy, place)
        told = self._own_zone(schedule, place)
        repeating = [one for one in mine if one[0].type not in ONCE]
        zone = self._zone([shift for shift, _ in repeating], told, place)
        ranks = _ranks(shift.level or 0 for shift, _ in repeating)
        layers: list[Rotation | Ical] = [*self._calendars(schedule, place)]
        for shift, there in repeating:
            rotation = self._rotation(shift, there, zone, told, ranks[shift.level or 0])
            layers += [rotation] if rotation else []
        once = [
            stand for shift, there in mine if shift.type in ONCE for stand in self._once(shift, there, told)
        ]
        plan = Plan(key=key, name=title(schedule.name, key), zone=zone.key, layers=layers)
        if schedule.slack:
            plan.group = schedule.slack.user_group_id if fits(GROUP, schedule.slack.user_group_id) else None
            plan.channel = schedule.slack.channel_id if fits(CHANNEL, schedule.slack.channel_id) else None
        return fitted(plan, self.source.notes, place), once

    def rendered(self, shifts: Iterable[FinalShift]) -> list[Stand]:
        """OnCall's own account of who is on call, by our keys."""
        return [
            Stand(
                person=human.key if (human := self.people.known(one.user_pk, one.user_email)) else None,
                since=one.shift_start.astimezone(UTC),
                until=one.shift_end.astimezone(UTC),
            )
            for one in shifts
        ]

    def _own_zone(self, schedule: Schedule, place: Place) -> ZoneInfo:
        if schedule.time_zone is None or fits(ZONE, schedule.time_zone):
            return ZoneInfo(schedule.time_zone or "UTC")
        what = "has no time zone that exists; its hand-offs are in UTC now"
        self.source.notes.fill(self._subject, what, "Write its `zone:` and look at the hand-offs.", place)
        return ZoneInfo("UTC")

    def _zone(self, shifts: list[Shift], told: ZoneInfo, place: Place) -> ZoneInfo:
        """The zone of most shifts: each may have its own there, and there is one for all of them here."""
        counts = Counter(_zone_of(shift, told).key for shift in shifts)
        if not counts:
            return told
        zone = ZoneInfo(counts.most_common(1)[0][0])
        if zone.key != told.key:
            what = f"its shifts are in {zone.key}, not in {told.key}: so is the schedule now"
            self.source.notes.info(self._subject, what, place=place)
        return zone

    def _rotation(
        self, shift: Shift, place: Place, zone: ZoneInfo, told: ZoneInfo, level: int
    ) -> Rotation | None:
        own, name = _zone_of(shift, told), title(shift.name, "Shift")
        until = instant(shift.until.date(), shift.until.time(), own) if shift.until else None
        if until is not None and until <= self.source.now:
            self.source.notes.info(self._subject, "shifts that have ended are left out", place=place)
            return None
        groups = [self._people(group, place) for group in shift.rolling_users] or [
            self._people(shift.users, place)
        ]
        if not any(groups):
            self.source.notes.info(self._subject, "shifts without users are left out", place=place)
            return None
        try:
            found = pattern(self._moved(shift, own, zone, place), groups)
        except Unsayable as error:
            what = f"the shift {name} is left out: {error}"
            remedy = "Write it as a layer, or use the schedule's iCal export as a layer: `ical: https://…`."
            self.source.notes.lost(self._subject, what, remedy, place)
            return None
        if found.changed:
            self.source.notes.changed(self._subject, found.changed, place=place)
        self._begins_later(shift, own, place)
        handoff = time(found.start.hour, found.start.minute)
        return _written(found, name, handoff, self._until(until, handoff, zone, place), level)

    def _begins_later(self, shift: Shift, own: ZoneInfo, place: Place) -> None:
        begins = shift.rotation_start
        if begins and begins > shift.start and instant(begins.date(), begins.time(), own) > self.source.now:
            what = f"a shift begins on {begins.isoformat()} only; here it is on call from its first event on"
            remedy = "Leave its layer out until then."
            self.source.notes.changed(self._subject, what, remedy, place)

    def _moved(self, shift: Shift, own: ZoneInfo, zone: ZoneInfo, place: Place) -> Shift:
        """The shift on the clock of the schedule's zone."""
        if own.key == zone.key:
            return shift
        what = f"a shift is in {own.key}: its hours are now those of {zone.key}, as they were at its start"
        remedy = "Make a schedule of its own for it, if that matters."
        self.source.notes.changed(self._subject, what, remedy, place)
        start = wall_clock(instant(shift.start.date(), shift.start.time(), own), zone)
        return shift.model_copy(update={"start": start})

    def _until(self, until: datetime | None, handoff: time, zone: ZoneInfo, place: Place) -> date | None:
        if until is None:
            return None
        day, exact = ending(until, handoff, zone)
        if not exact:
            what = f"a shift ends at its next hand-off instead of on {until.isoformat()}"
            self.source.notes.changed(
                self._subject, what, "If that matters, override the rest in Slack.", place
            )
        return day

    def _people(self, identifiers: Iterable[str], place: Place) -> tuple[str, ...]:
        return tuple(self.people.key(one, None, place) for one in identifiers)

    def _calendars(self, schedule: Schedule, place: Place) -> list[Ical]:
        found = []
        addresses = ((schedule.ical_url_primary, 1), (schedule.ical_url_overrides, 100))
        for address, level in addresses:
            if not address:
                continue
            if fits(FEED, address):
                found.append(Ical(url=address, level=level))
            else:
                what = "its calendar has an address that can't be used: it is left out"
                self.source.notes.lost(self._subject, what, "Write the layer as `ical: https://…`.", place)
        if found:
            what = "comes from a calendar: its events must name people as `people:` does, or by their e-mail"
            self.source.notes.info(self._subject, what, "`tocsin simulate` shows whom they name.", place)
        return found

    def _once(self, shift: Shift, place: Place, told: ZoneInfo) -> list[Stand]:
        """A shift that happens once, for each of its people."""
        since = instant(shift.start.date(), shift.start.time(), _zone_of(shift, told))
        until = since + timedelta(seconds=shift.duration)
        users = [*shift.users, *(one for group in shift.rolling_users for one in group)]
        if until <= self.source.now:
            return []
        keys = dict.fromkeys(self._people(users, place))
        return [Stand(person=key, since=since, until=until) for key in keys]


def _written(found: Pattern, name: str, handoff: time, until: date | None, level: int) -> Rotation:
    turns = tuple(tuple(PersonId(key) for key in turn) for turn in found.turns)
    return Rotation(
        name=name,
        turns=turns,
        start=found.start.date(),
        handoff=handoff,
        length=found.length,
        until=until,
        windows=found.windows,
        level=level,
    )


def _zone_of(shift: Shift, told: ZoneInfo) -> ZoneInfo:
    return ZoneInfo(shift.time_zone) if shift.time_zone and fits(ZONE, shift.time_zone) else told


def _ranks(levels: Iterable[int]) -> dict[int, int]:
    """The priorities in use as levels 1, 2, 3 …, in their order."""
    return {level: number for number, level in enumerate(sorted(set(levels)), 1)}
