"""Shifts: who is on call at an instant, and over a time, when layers and overrides are put together."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.ids import PersonId
from bot.domain.override import Override, OverrideKind
from bot.domain.schedule import Feed, Gap, Layer, Rotation, Schedule, Shift, Source, Span
from bot.domain.turns import EVER_SINCE, FOR_EVER, Piece, piece_at

Feeds = Mapping[str, Sequence[Span]]

INSTANT = timedelta(microseconds=1)
AHEAD = (timedelta(days=8), timedelta(days=35), timedelta(days=400))
"""How far to look for who is next: seldom is it far."""


class _Stay(NamedTuple):
    """Somebody's time on call before overrides cut it; equal stays are one shift."""

    person: PersonId
    layer: int
    override: Override | None
    since: datetime
    until: datetime


class _Scene(NamedTuple):
    """Who would be on call without overrides, and for how long exactly these."""

    stays: tuple[_Stay, ...]
    since: datetime
    until: datetime


def on_call(
    schedule: Schedule, at: datetime, overrides: Sequence[Override] = (), feeds: Feeds | None = None
) -> tuple[Shift, ...]:
    """The whole shifts of everybody who is on call at that instant; empty where there is a gap."""
    zone, near = ZoneInfo(schedule.zone), feeds or {}
    scene = _scene(schedule, zone, at, near)
    stays = _decided(scene.stays, overrides, at)
    if not stays:
        return ()

    def look(moment: datetime) -> _Scene:
        return _scene(schedule, zone, moment, near)

    return tuple(
        _shift(
            schedule, stay, _begun(stay, at, scene, overrides, look), _ended(stay, at, scene, overrides, look)
        )
        for stay in stays
    )


def _scene(schedule: Schedule, zone: ZoneInfo, at: datetime, feeds: Feeds) -> _Scene:
    """The highest level that has anybody; the times without anybody of those above it bound its shifts."""
    since, until = EVER_SINCE, FOR_EVER
    for level in schedule.levels:
        found: list[_Stay] = []
        first, last = since, until
        for place, layer in level:
            for piece in _around(layer, zone, at, feeds):
                first, last = max(first, piece.since), min(last, piece.until)
                found += [_Stay(one, place, None, piece.since, piece.until) for one in piece.people]
        if found:
            stays = (s._replace(since=max(since, s.since), until=min(until, s.until)) for s in found)
            return _Scene(_once(stays), first, last)
        since, until = first, last
    return _Scene((), since, until)


def _around(layer: Layer, zone: ZoneInfo, at: datetime, feeds: Feeds) -> Iterable[Piece]:
    if isinstance(layer, Rotation):
        return (piece_at(layer, zone, at),)
    return _fed(feeds.get(layer.key, ()), at)


def _fed(spans: Sequence[Span], at: datetime) -> Iterator[Piece]:
    """The spans that hold then, and an empty piece that reaches to the nearest others."""
    since, until = EVER_SINCE, FOR_EVER
    for span in spans:
        if span.since <= at < span.until:
            yield Piece((span.person,), span.since, span.until)
        elif span.until <= at:
            since = max(since, span.until)
        elif span.since < span.until:
            until = min(until, span.since)
    yield Piece((), since, until)


def _once(stays: Iterable[_Stay]) -> tuple[_Stay, ...]:
    found: dict[PersonId, _Stay] = {}
    for stay in stays:
        found.setdefault(stay.person, stay)
    return tuple(found.values())


def _decided(stays: Sequence[_Stay], overrides: Sequence[Override], at: datetime) -> tuple[_Stay, ...]:
    """Apply those overrides that hold then, in the order in which they were made."""
    active = [one for one in overrides if one.since <= at < one.until]
    if not active:
        return tuple(stays)
    found = {stay.person: stay for stay in stays}
    for one in sorted(active, key=_made):
        _apply(one, found)
    return tuple(found.values())


def _made(override: Override) -> tuple[datetime, str]:
    return override.made_at, override.id


def _apply(override: Override, found: dict[PersonId, _Stay]) -> None:
    person, since, until = override.person, override.since, override.until
    if override.kind is OverrideKind.REPLACE and override.instead_of is not None:
        if (left := found.pop(override.instead_of, None)) is not None:
            since, until = max(since, left.since), min(until, left.until)
            found.setdefault(person, _Stay(person, 0, override, since, until))
        return
    if override.kind is OverrideKind.REPLACE:
        found.clear()
    found.pop(person, None)
    if override.kind is not OverrideKind.REMOVE:
        found[person] = _Stay(person, 0, override, since, until)


def _ended(
    stay: _Stay,
    at: datetime,
    scene: _Scene,
    overrides: Sequence[Override],
    look: Callable[[datetime], _Scene],
) -> datetime:
    """When the stay ends: go from edge to edge until it is not there any more."""
    edges = sorted(edge for one in overrides for edge in (one.since, one.until) if at < edge < stay.until)
    while True:
        changes = FOR_EVER if stay.override else scene.until
        edge = min(stay.until, changes, edges[0] if edges else FOR_EVER)
        if edge == stay.until:
            return edge
        if edge == changes:
            scene = look(edge)
        if stay not in _decided(scene.stays, overrides, edge):
            return edge
        edges = [each for each in edges if each > edge]


def _begun(
    stay: _Stay,
    at: datetime,
    scene: _Scene,
    overrides: Sequence[Override],
    look: Callable[[datetime], _Scene],
) -> datetime:
    """When the stay began: the same, backwards."""
    edges = sorted(edge for one in overrides for edge in (one.since, one.until) if stay.since < edge <= at)
    while True:
        changes = EVER_SINCE if stay.override else scene.since
        edge = max(stay.since, changes, edges[-1] if edges else EVER_SINCE)
        if edge == stay.since:
            return edge
        if edge == changes:
            scene = look(edge - INSTANT)
        if stay not in _decided(scene.stays, overrides, edge - INSTANT):
            return edge
        edges = [each for each in edges if each < edge]


def _shift(schedule: Schedule, stay: _Stay, since: datetime, until: datetime) -> Shift:
    if stay.override is not None:
        why = Source(override=stay.override.id)
    else:
        why = Source(layer=stay.layer + 1, name=schedule.layers[stay.layer].name)
    return Shift(person=stay.person, since=since, until=until, why=why)


def final_shifts(
    schedule: Schedule,
    since: datetime,
    until: datetime,
    overrides: Sequence[Override] = (),
    feeds: Feeds | None = None,
) -> list[Shift]:
    """Every shift in that time, cut to it, by beginning; those at the same time in the schedule's order."""
    found: list[Shift] = []
    standing: dict[_Stay, datetime] = {}
    for moment, stays in _scenes(schedule, since, until, overrides, feeds or {}):
        over = [stay for stay in standing if stay not in stays]
        found += (_shift(schedule, stay, standing.pop(stay), moment) for stay in over)
        for stay in stays:
            standing.setdefault(stay, moment)
    return sorted(found, key=lambda shift: shift.since)


def _scenes(
    schedule: Schedule, since: datetime, until: datetime, overrides: Sequence[Override], feeds: Feeds
) -> Iterator[tuple[datetime, tuple[_Stay, ...]]]:
    """From each instant on, up to the next, exactly these stays; nobody at the end."""
    zone, at = ZoneInfo(schedule.zone), since
    near = [one for one in overrides if one.since < until and since < one.until]
    cuts = sorted({edge for one in near for edge in (one.since, one.until) if since < edge < until})
    while at < until:
        scene = _scene(schedule, zone, at, feeds)
        ends = min(scene.until, until)
        for moment in (at, *(cut for cut in cuts if at < cut < ends)):
            yield moment, _decided(scene.stays, near, moment)
        at = ends
    yield until, ()


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
    layers = (person for layer in schedule.layers for person in _members(layer, at, feeds or {}))
    now = (shift.person for shift in on_call(schedule, at, overrides, feeds))
    return tuple(dict.fromkeys((*now, *layers)))


def listed(schedule: Schedule, overrides: Sequence[Override], feeds: Feeds) -> tuple[PersonId, ...]:
    """Whoever stands anywhere in it, at any time."""
    layers = (person for layer in schedule.layers for person in _members(layer, EVER_SINCE, feeds))
    besides = (one.person for one in overrides if one.kind is not OverrideKind.REMOVE)
    return tuple(dict.fromkeys((*layers, *besides)))


def _members(layer: Layer, at: datetime, feeds: Feeds) -> Iterator[PersonId]:
    match layer:
        case Feed(key=key):
            yield from (span.person for span in feeds.get(key, ()) if span.until > at)
        case Rotation(turns=turns, until=until):
            if until is None or until >= at.date():
                yield from (person for turn in turns for person in turn)
