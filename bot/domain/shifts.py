"""Shifts: who is on call at an instant, and over a time, when layers and overrides are put together."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

from bot.domain.ids import PersonId
from bot.domain.override import Override, OverrideKind
from bot.domain.scenes import Feeds, scene_at, scenes
from bot.domain.schedule import Feed, Gap, Layer, Rotation, Schedule, Shift, Source
from bot.domain.stays import Scene, Stay, active, cuts, decided
from bot.domain.walltime import EVER_SINCE, hand_at, zone_of

INSTANT = timedelta(microseconds=1)
AHEAD = (timedelta(days=8), timedelta(days=35), timedelta(days=400))
"""How far to look for who is next: seldom is it far."""


def on_call(
    schedule: Schedule, at: datetime, overrides: Sequence[Override] = (), feeds: Feeds | None = None
) -> tuple[Shift, ...]:
    """The whole shifts of everybody who is on call at that instant; empty where there is a gap."""
    zone, near = zone_of(schedule.zone), feeds or {}
    scene = scene_at(schedule, zone, at, near)
    walk = _Walk(overrides, lambda moment: scene_at(schedule, zone, moment, near))
    stays = decided(scene.stays, active(overrides, at))
    return tuple(_shift(schedule, stay, *walk.bounds(stay, at, scene)) for stay in stays)


class _Walk(NamedTuple):
    """Goes from edge to edge of what was decided, and of what the layers say, as long as a stay is there."""

    overrides: Sequence[Override]
    look: Callable[[datetime], Scene]

    def bounds(self, stay: Stay, at: datetime, scene: Scene) -> tuple[datetime, datetime]:
        """When a stay that is there at an instant began, and when it ends."""
        since, until = stay.since, stay.until
        if stay.override is None:
            alone = scene.since <= since and until <= scene.until
        else:
            alone = stay.override.instead_of is None  # whatever the layers say
        if alone:
            cutting = [one for one in self.overrides if cuts(one, stay)]
            since = max((one.until for one in cutting if one.until <= at), default=since)
            until = min((one.since for one in cutting if one.since > at), default=until)
            return max(since, stay.since), min(until, stay.until)
        edges = {edge for one in self.overrides for edge in (one.since, one.until) if since < edge < until}
        before = sorted((edge for edge in edges if edge <= at), reverse=True)
        after = sorted(edge for edge in edges if edge > at)
        return self._begun(stay, scene, before), self._ended(stay, scene, after)

    def _ended(self, stay: Stay, scene: Scene, edges: Sequence[datetime]) -> datetime:
        while True:
            edge = min(stay.until, scene.until, *edges[:1])
            if edge == stay.until:
                return edge
            if edge == scene.until:
                scene = self.look(edge)
            if stay not in decided(scene.stays, active(self.overrides, edge)):
                return edge
            edges = [each for each in edges if each > edge]

    def _begun(self, stay: Stay, scene: Scene, edges: Sequence[datetime]) -> datetime:
        while True:
            edge = max(stay.since, scene.since, *edges[:1])
            if edge == stay.since:
                return edge
            before = edge - INSTANT
            if edge == scene.since:
                scene = self.look(before)
            if stay not in decided(scene.stays, active(self.overrides, before)):
                return edge
            edges = [each for each in edges if each < edge]


def _shift(schedule: Schedule, stay: Stay, since: datetime, until: datetime) -> Shift:
    own = schedule.sources[stay.layer] if stay.override is None else Source(override=stay.override.id)
    return Shift(person=stay.person, since=since, until=until, why=own)


def final_shifts(
    schedule: Schedule,
    since: datetime,
    until: datetime,
    overrides: Sequence[Override] = (),
    feeds: Feeds | None = None,
) -> list[Shift]:
    """Every shift in that time, cut to it, by beginning; those at the same time in the schedule's order."""
    found: dict[int, Shift] = {}
    standing: dict[Stay, tuple[int, datetime]] = {}
    numbers = count()
    for moment, stays in scenes(schedule, since, until, overrides, feeds or {}):
        for stay in [each for each in standing if each not in stays]:
            number, begun = standing.pop(stay)
            found[number] = _shift(schedule, stay, begun, moment)
        for stay in stays:
            if stay not in standing:
                standing[stay] = next(numbers), moment
    return [found[number] for number in sorted(found)]


def gaps(
    schedule: Schedule,
    since: datetime,
    until: datetime,
    overrides: Sequence[Override] = (),
    feeds: Feeds | None = None,
) -> list[Gap]:
    """When nobody is on call in that time."""
    found, covered = [], since
    for shift in final_shifts(schedule, since, until, overrides, feeds):
        if shift.since > covered:
            found.append(Gap(since=covered, until=shift.since))
        covered = max(covered, shift.until)
    return [*found, Gap(since=covered, until=until)] if covered < until else found


def next_on_call(
    schedule: Schedule, at: datetime, overrides: Sequence[Override] = (), feeds: Feeds | None = None
) -> tuple[Shift, ...]:
    """The shifts of those who come on call next, and are not on call now; empty when nobody else does."""
    now = {shift.person for shift in on_call(schedule, at, overrides, feeds)}
    if now.issuperset(listed(schedule, overrides, feeds or {})):
        return ()
    for span in AHEAD:
        ahead = final_shifts(schedule, at, at + span, overrides, feeds)
        if others := [shift for shift in ahead if shift.person not in now]:
            coming = on_call(schedule, others[0].since, overrides, feeds)
            return tuple(shift for shift in coming if shift.person not in now)
    return ()


def everyone(
    schedule: Schedule, at: datetime, overrides: Sequence[Override] = (), feeds: Feeds | None = None
) -> tuple[PersonId, ...]:
    """All who take turns in its layers, now or later, and whoever is on call besides."""
    now = (shift.person for shift in on_call(schedule, at, overrides, feeds))
    layers = (each for layer in schedule.layers for each in _members(layer, at, schedule.zone, feeds or {}))
    return tuple(dict.fromkeys((*now, *layers)))


def listed(schedule: Schedule, overrides: Sequence[Override], feeds: Feeds) -> tuple[PersonId, ...]:
    """Whoever stands anywhere in it, at any time."""
    layers = (each for layer in schedule.layers for each in _members(layer, EVER_SINCE, schedule.zone, feeds))
    besides = (one.person for one in overrides if one.kind is not OverrideKind.REMOVE)
    return tuple(dict.fromkeys((*layers, *besides)))


def _members(layer: Layer, at: datetime, zone: str, feeds: Feeds) -> Iterator[PersonId]:
    """Who is on call in a layer after an instant; `zone` is the schedule's."""
    match layer:
        case Feed(key=key):
            yield from (span.person for span in feeds.get(key, ()) if span.until > at)
        case Rotation(turns=turns, ends=ends):
            if at == EVER_SINCE or ends > hand_at(at, zone_of(layer.zone or zone)):
                yield from (person for turn in turns for person in turn)
