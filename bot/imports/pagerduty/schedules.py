"""PagerDuty's schedules: layers, restrictions and rotations as our own."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.calendar import Window
from bot.domain.ids import PersonId
from bot.domain.schedule import Rotation
from bot.imports.draft import Ical, Plan, Stand
from bot.imports.naming import title
from bot.imports.note import Notes, Place
from bot.imports.pagerduty.models import Entry, Layer, Restriction, Schedule
from bot.imports.people import ZONE, People, fits
from bot.imports.turns import beginning, from_then_on, length_of, one_person_for_ever, until_then
from bot.imports.week import DAY, WEEK, Stretch, daily, windows

REMEDY_UTC = (
    "Export it again without `time_zone=UTC`, so that hours stand there as people see them, and look at "
    "the layer's `only:`."
)


@dataclass(kw_only=True)
class Schedules:
    """Translates schedules, one at a time."""

    people: People
    notes: Notes
    now: datetime
    _subject: str = ""
    _known_from: datetime = field(default=datetime.min.replace(tzinfo=UTC))

    def plan(self, schedule: Schedule, key: str, place: Place) -> Plan | None:
        """The schedule under that key; None where it has nobody in it."""
        self._subject, self._known_from = f"schedule `{key}`", datetime.min.replace(tzinfo=UTC)
        zone = self._zone(schedule, place)
        if schedule.schedule_layers is None:
            self.notes.lost(
                self._subject,
                "its layers were not exported, so that nobody would be on call: it is left out",
                "Export it by `GET /schedules/{id}`, or the list with `include[]=schedule_layers`.",
                place,
            )
            return None
        utc = _in_utc(schedule, zone)
        layers: list[Rotation | Ical] = []
        for number, layer in reversed(list(enumerate(schedule.schedule_layers))):  # the highest comes first
            there = place.below("schedule_layers", number)
            layers += self._rotations(layer, zone, there, utc=utc)
        name = title(schedule.name or schedule.summary, key)
        return Plan(key=key, name=name, zone=zone.key, layers=layers)

    @property
    def known_from(self) -> datetime:
        """From when on the last plan says what PagerDuty's schedule says: older layers are left out."""
        return self._known_from

    def stands(self, entries: list[Entry] | None) -> list[Stand]:
        """Turns of the rendered schedule, by our keys."""
        return [
            Stand(
                person=self.people.humans[entry.user.id].key
                if entry.user and entry.user.id in self.people.humans
                else None,
                since=entry.start.astimezone(UTC),
                until=entry.end.astimezone(UTC),
            )
            for entry in entries or ()
        ]

    def _zone(self, schedule: Schedule, place: Place) -> ZoneInfo:
        if schedule.time_zone and fits(ZONE, schedule.time_zone):
            return ZoneInfo(schedule.time_zone)
        what = "has no time zone that exists; its hand-offs are in UTC now"
        self.notes.fill(self._subject, what, "Write its `zone:` and look at the hand-offs.", place)
        return ZoneInfo("UTC")

    def _rotations(self, layer: Layer, zone: ZoneInfo, place: Place, *, utc: bool) -> list[Rotation]:
        """One layer; several of ours where it begins or ends within a turn."""
        name = title(layer.name, "Layer")
        if layer.end is not None and layer.end <= self.now:
            self._known_from = max(self._known_from, layer.end)
            self.notes.info(self._subject, "layers that have ended are left out", place=place)
            return []
        if not layer.users:
            self.notes.info(self._subject, "layers without users are left out", place=place)
            return []
        self._known_from = max(self._known_from, layer.start)
        seconds = layer.rotation_turn_length_seconds
        length = one_person_for_ever(len({one.user.id for one in layer.users})) or length_of(seconds)
        allowed = self._windows(layer, zone, place, utc=utc)
        if length is None or allowed is None:
            if length is None:
                self._lost_length(name, seconds, place)
            return []
        begin = beginning(layer.rotation_virtual_start or layer.start, zone)
        if not begin.exact:
            self.notes.changed(self._subject, "hand-offs are at whole minutes now", place=place)
        people = [
            PersonId(self.people.key(one.user.id, one.user.summary or one.user.name, place.below("users", n)))
            for n, one in enumerate(layer.users)
        ]
        rotation = Rotation(
            name=name,
            turns=tuple((one,) for one in people) if len(set(people)) > 1 else ((people[0],),),
            start=begin.start,
            handoff=begin.handoff,
            length=length,
            windows=allowed,
        )
        return self._in_its_time(rotation, layer, zone, place)

    def _lost_length(self, name: str, seconds: int, place: Place) -> None:
        what = (
            f"the layer {name} changes hands every {seconds / 3600:g} hours, which is left out: turns last "
        )
        self.notes.lost(
            self._subject, what + "whole hours", "Write a layer whose turns last whole hours.", place
        )

    def _in_its_time(self, rotation: Rotation, layer: Layer, zone: ZoneInfo, place: Place) -> list[Rotation]:
        """The rotation from the layer's start until its end; a lower layer comes first."""
        parts = from_then_on(rotation, zone, layer.start) if layer.start > self.now else [rotation]
        if layer.end is None:
            return parts
        *before, last = parts
        ended, exact = until_then(last, zone, layer.end)
        if not exact:
            what = f"a layer ends at a hand-off instead of on {layer.end.isoformat()}"
            self.notes.changed(self._subject, what, "If that matters, override the rest in Slack.", place)
        return [*before, *ended]

    def _windows(self, layer: Layer, zone: ZoneInfo, place: Place, *, utc: bool) -> tuple[Window, ...] | None:
        """() without restrictions; None where nothing of them could be used."""
        if not layer.restrictions:
            return ()
        shift = self._offset(zone) if utc else 0
        if shift:
            what = "was exported in UTC: the hours of its restrictions are converted as of today"
            self.notes.changed(self._subject, what, REMEDY_UTC, place)
        stretches = [
            Stretch(begin=one.begin + shift, minutes=one.minutes)
            for number, restriction in enumerate(layer.restrictions)
            for one in self._stretches(restriction, place.below("restrictions", number))
        ]
        found = windows(stretches)
        if found is None:
            self.notes.lost(
                self._subject,
                "a layer is restricted to hours that could not be read: it is left out",
                "Write the layer with `only:`.",
                place,
            )
        return found

    def _offset(self, zone: ZoneInfo) -> int:
        offset = self.now.astimezone(zone).utcoffset() or timedelta()
        return round(offset.total_seconds() / 60)

    def _stretches(self, one: Restriction, place: Place) -> list[Stretch]:
        begin = _minute(one.start_time_of_day)
        if begin is None or one.type not in {"daily_restriction", "weekly_restriction"}:
            what, remedy = "has a restriction that could not be read", "Write the layer's `only:`."
            self.notes.lost(self._subject, what, remedy, place)
            return []
        minutes = -(-one.duration_seconds // 60)
        if one.duration_seconds % 60:
            what = "a restriction ends at a whole minute now"
            self.notes.changed(self._subject, what, place=place)
        if one.type == "daily_restriction":
            return daily(begin, min(minutes, DAY))
        day = ((one.start_day_of_week if one.start_day_of_week is not None else 1) - 1) % 7
        return [Stretch(begin=day * DAY + begin, minutes=min(minutes, WEEK))]


def _minute(text: str) -> int | None:
    """`08:30:00` as a minute of the day."""
    try:
        found = time.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return None
    return found.hour * 60 + found.minute


def _in_utc(schedule: Schedule, zone: ZoneInfo) -> bool:
    """Whether everything was written in UTC although the schedule lives elsewhere."""
    moments = [one for layer in schedule.schedule_layers or () for one in (layer.start, layer.end) if one]
    moments += [
        one.rotation_virtual_start for one in schedule.schedule_layers or () if one.rotation_virtual_start
    ]
    told = all(one.utcoffset() == timedelta() for one in moments)
    return told and any(one.astimezone(zone).utcoffset() != timedelta() for one in moments)
