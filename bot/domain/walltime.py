"""Wall-clock times: the one instant that each of them means in a zone."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock time.

    A time that occurs twice means the first; one that does not exist moves forward to the
    instant at which the clocks jump. So later times never mean earlier instants.
    """
    return instant_of(datetime.combine(day, at), zone)


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The same for a naive datetime that is read off a clock in the zone."""
    local = wall.replace(tzinfo=zone)
    first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
    assert first is not None
    assert second is not None
    after = (wall - first).replace(tzinfo=UTC)
    if first < second:
        return _jump(zone, (wall - second).replace(tzinfo=UTC), after)
    return after


def wall_clock(at: datetime, zone: ZoneInfo) -> datetime:
    """What a clock in the zone shows at that instant, as a naive datetime."""
    return at.astimezone(zone).replace(tzinfo=None)


@lru_cache(maxsize=4096)
def _jump(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant between the two at which the clocks jump."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
