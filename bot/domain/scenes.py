"""Scenes: who is on call by the layers of a schedule, level over level, at an instant and over a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.ids import PersonId
from bot.domain.override import Override
from bot.domain.schedule import Rotation, Schedule, Span
from bot.domain.stays import Scene, Stay, active, decided, once
from bot.domain.turns import piece_at, pieces
from bot.domain.walltime import ALWAYS, EVER_SINCE, FOR_EVER, NEVER, hand_at, instant_of, zone_of

Feeds = Mapping[str, Sequence[Span]]

NOBODY = PersonId("")


def scene_at(schedule: Schedule, zone: ZoneInfo, at: datetime, feeds: Feeds) -> Scene:
    """The highest level that has anybody; the times without anybody of those above it bound its shifts."""
    hand, above = hand_at(at, zone), _Bounds(NEVER, ALWAYS, EVER_SINCE, FOR_EVER)
    for level in schedule.levels:
        bounds, found = above, []
        for place, layer in level:
            if isinstance(layer, Rotation) and layer.zone not in ("", schedule.zone):
                since, until, people = _elsewhere(layer, at)
                bounds = bounds.between(since, until)
                if people:
                    found.append((place, people, above.between(since, until)))
            elif isinstance(layer, Rotation):
                piece = piece_at(layer, hand)
                bounds = bounds.within(piece.since, piece.until)
                if piece.people:
                    found.append((place, piece.people, above.within(piece.since, piece.until)))
            else:
                for span in _fed(feeds.get(layer.key, ()), at):
                    bounds = bounds.between(span.since, span.until)
                    if span.person:
                        found.append((place, (span.person,), above.between(span.since, span.until)))
        if found:
            return _manned(found, bounds, zone)
        above = bounds
    return Scene((), *above.instants(zone))


def _elsewhere(layer: Rotation, at: datetime) -> tuple[datetime, datetime, tuple[PersonId, ...]]:
    """From when until when these people are on call in a layer on the clocks of another zone."""
    zone = zone_of(layer.zone)
    piece = piece_at(layer, hand_at(at, zone))
    return instant_of(piece.since, zone), instant_of(piece.until, zone), piece.people


class _Bounds(NamedTuple):
    """A time that is bounded on the wall clock and by instants."""

    opens: int
    closes: int
    since: datetime
    until: datetime

    def within(self, opens: int, closes: int) -> "_Bounds":
        """No longer than from `opens` to `closes`."""
        return _Bounds(max(self.opens, opens), min(self.closes, closes), self.since, self.until)

    def between(self, since: datetime, until: datetime) -> "_Bounds":
        """No longer than from `since` to `until`."""
        return _Bounds(self.opens, self.closes, max(self.since, since), min(self.until, until))

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Both bounds as instants."""
        return max(instant_of(self.opens, zone), self.since), min(instant_of(self.closes, zone), self.until)


def _manned(
    found: Sequence[tuple[int, tuple[PersonId, ...], _Bounds]], bounds: _Bounds, zone: ZoneInfo
) -> Scene:
    stays: dict[PersonId, Stay] = {}
    for place, people, own in found:
        since, until = own.instants(zone)
        for person in people:
            stays.setdefault(person, Stay(person, place, None, since, until))
    if len(found) > 1 or (own is not bounds and own != bounds):
        since, until = bounds.instants(zone)
    return Scene(tuple(stays.values()), since, until)


def _fed(spans: Sequence[Span], at: datetime) -> Iterator[Span]:
    """The spans that hold then, and one of nobody that reaches to the nearest others."""
    since, until = EVER_SINCE, FOR_EVER
    for span in (one for one in spans if one.since < one.until):
        if span.since <= at < span.until:
            yield span
        elif span.until <= at:
            since = max(since, span.until)
        else:
            until = min(until, span.since)
    yield Span(person=NOBODY, since=since, until=until)


def scenes(
    schedule: Schedule, since: datetime, until: datetime, overrides: Sequence[Override], feeds: Feeds
) -> Iterator[tuple[datetime, tuple[Stay, ...]]]:
    """From each instant on, up to the next, exactly these stays; nobody at the end."""
    near = [one for one in overrides if one.since < until and since < one.until]
    levels = _levels(schedule, since, until, feeds)
    rows = [row for level in levels for row in level]
    cuts = {since, *(edge for one in near for edge in (one.since, one.until))}
    edges = cuts.union(edge for row in rows for scene in row.scenes for edge in (scene.since, scene.until))
    holding: Sequence[Override] = ()
    for moment in sorted(edge for edge in edges if since <= edge < until):
        if moment in cuts:
            holding = active(near, moment)
        stays = next((found for level in levels if (found := _together(level, moment))), ())
        yield moment, decided(stays, holding)
    yield until, ()


@dataclass(slots=True)
class _Row:
    """The scenes of one layer, in order, and the place that was looked at last."""

    scenes: list[Scene]
    place: int = 0

    def at(self, moment: datetime) -> tuple[Stay, ...]:
        """Who is on call then. To be asked forwards in time only."""
        scenes = self.scenes
        while self.place < len(scenes) and scenes[self.place].until <= moment:
            self.place += 1
        if self.place == len(scenes) or moment < scenes[self.place].since:
            return ()
        return scenes[self.place].stays


def _together(level: Sequence[_Row], moment: datetime) -> tuple[Stay, ...]:
    if len(level) == 1:
        return level[0].at(moment)
    return once(stay for row in level for stay in row.at(moment))


def _levels(schedule: Schedule, since: datetime, until: datetime, feeds: Feeds) -> list[list[_Row]]:
    return [
        [
            _Row(
                _turning(layer, place, zone_of(layer.zone or schedule.zone), since, until)
                if isinstance(layer, Rotation)
                else _feeding(feeds.get(layer.key, ()), place, since, until)
            )
            for place, layer in level
        ]
        for level in schedule.levels
    ]


def _turning(rotation: Rotation, place: int, zone: ZoneInfo, since: datetime, until: datetime) -> list[Scene]:
    found: list[Scene] = []
    last, ends = NEVER, EVER_SINCE
    for people, opens, closes in pieces(rotation, hand_at(since, zone), hand_at(until, zone) + 1):
        begins = ends if opens == last else instant_of(opens, zone)
        last, ends = closes, instant_of(closes, zone)
        stays = tuple([Stay(person, place, None, begins, ends) for person in people])
        found.append(Scene(stays, begins, ends))
    return found


def _feeding(spans: Sequence[Span], place: int, since: datetime, until: datetime) -> list[Scene]:
    near = [span for span in spans if span.since < until and since < span.until]
    edges = sorted({edge for span in near for edge in (span.since, span.until)})
    found = []
    for begins, ends in pairwise(edges):
        active = (span for span in near if span.since <= begins < span.until)
        stays = once(Stay(span.person, place, None, span.since, span.until) for span in active)
        found.append(Scene(stays, begins, ends))
    return found
