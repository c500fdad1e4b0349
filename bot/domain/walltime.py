"""Wall-clock times: the one instant that each of them means in a zone.

A time that occurs twice means the first; one that does not exist moves forward to the instant at which the
clocks jump. So later times never mean earlier instants, and what is to happen when a clock shows a time
happens once, when its hands get that far for the first time.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

SECOND, QUARTER = timedelta(seconds=1), timedelta(minutes=15)

MONDAY = datetime(1970, 1, 5)  # noqa: DTZ001  # the time on a clock, in no zone
"""From here on the seconds of wall-clock times are counted."""

UTC_MONDAY, MONDAY_ORDINAL = MONDAY.replace(tzinfo=UTC), MONDAY.toordinal()
DAY, HOUR = 86_400, timedelta(hours=1)

NEVER = -(1 << 62)
ALWAYS = 1 << 62
"""Wall-clock times before and after all others."""

EVER_SINCE = datetime.min.replace(tzinfo=UTC)
FOR_EVER = datetime.max.replace(tzinfo=UTC)


@cache
def zone_of(name: str) -> ZoneInfo:
    """A zone by its name. It is kept, so that it cannot vanish while its files are being replaced.

    Raises ZoneInfoNotFoundError.
    """
    return ZoneInfo(name)


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock time."""
    offset = _offset(zone, day.toordinal() - MONDAY_ORDINAL) if day < date.max else None
    if offset is None:
        return _instant(datetime.combine(day, at), zone)
    return datetime.combine(day, at, UTC) - timedelta(seconds=offset)


def instant_of(hand: int, zone: ZoneInfo) -> datetime:
    """The same for seconds of the wall clock."""
    if hand == NEVER:
        return EVER_SINCE
    if hand == ALWAYS:
        return FOR_EVER
    offset = _offset(zone, hand // DAY)
    if offset is None:
        return _instant(MONDAY + timedelta(seconds=hand), zone)
    return UTC_MONDAY + timedelta(seconds=hand - offset)


def hand_of(day: date, at: time) -> int:
    """Seconds of the wall clock at that time of that day."""
    return _seconds(datetime.combine(day, at))


def hand_at(at: datetime, zone: ZoneInfo) -> int:
    """How far the hands have got by that instant, in seconds: while they go over an hour again, no further.

    `instant_of(hand, zone) <= at` holds exactly for those hands that are not after it.
    """
    local = at.astimezone(zone)
    if not local.fold:
        return _seconds(local.replace(tzinfo=None))
    first, second = local.replace(fold=0).utcoffset(), local.utcoffset()
    assert first is not None
    assert second is not None
    back = _change(zone, _earlier(at - (first - second)), _earlier(at) + QUARTER)
    return _seconds((back + first).replace(tzinfo=None)) - 1


def wall_clock(at: datetime, zone: ZoneInfo) -> datetime:
    """What a clock in the zone shows at that instant, as a naive datetime."""
    return at.astimezone(zone).replace(tzinfo=None)


@lru_cache(maxsize=16_384)
def _offset(zone: ZoneInfo, day: int) -> int | None:
    """By how many seconds a zone is ahead of UTC throughout a day; None when its clocks are changed then."""
    midnight = (MONDAY + timedelta(days=day)).replace(tzinfo=zone)
    found = {
        (midnight + hours * HOUR).replace(fold=fold).utcoffset()
        for hours in range(0, 30, 6)
        for fold in (0, 1)
    }
    offset = found.pop()
    if found or offset is None:
        return None
    return offset.days * DAY + offset.seconds


def _seconds(wall: datetime) -> int:
    span = wall - MONDAY
    return span.days * DAY + span.seconds


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    local = wall.replace(tzinfo=zone)
    first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
    assert first is not None
    assert second is not None
    after = (wall - first).replace(tzinfo=UTC)
    return _change(zone, after - (second - first), after) if first < second else after


def _earlier(at: datetime) -> datetime:
    """The quarter of an hour before, so that few searches have to be made."""
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


@lru_cache(maxsize=4096)
def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant after the one and up to the other at which the clocks are changed."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
