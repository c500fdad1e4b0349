"""Moments that people write: `now`, `2026-12-24 03:10`, `03:10 Europe/London`, each exactly one instant."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.refused import Refused
from bot.domain.walltime import instant

_MOMENT = re.compile(
    r"(?:(?P<day>\d{4}-\d{2}-\d{2}|today|tomorrow)(?:[ T]+|$))?"
    r"(?P<time>\d{1,2}:\d{2}(?::\d{2})?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2}|[A-Za-z][A-Za-z0-9_+/-]*)?",
    re.IGNORECASE,
)
EXAMPLES = 'Write "now", "03:10", "2026-12-24 03:10" or "2026-12-24 03:10 Europe/London".'


YEARS = range(1970, 2200)


@dataclass(frozen=True, kw_only=True, slots=True)
class Meant:
    """An instant, the zone in which it was written, and what is worth saying about it.

    `given`: the zone stood with it. `note` explains a time that a clock shows twice, or never.
    """

    at: datetime
    zone: ZoneInfo
    given: bool = False
    note: str = ""


def meant(text: str, now: datetime, zone: ZoneInfo) -> Meant:
    """The instant that somebody wrote; `zone` counts where none is written. Raises Refused with examples."""
    words = " ".join(text.split())
    if words.casefold() in ("", "now"):
        return Meant(at=now, zone=zone)
    found = _MOMENT.fullmatch(words)
    if not found or not (found["time"] or found["day"]):
        raise Refused(f"I don't understand the time “{words[:60]}”. {EXAMPLES}")
    try:
        return _read(found, now, zone)
    except (ValueError, OverflowError) as error:
        raise Refused(f"There is no such time as “{words[:60]}”. {EXAMPLES}") from error


def _read(found: re.Match[str], now: datetime, zone: ZoneInfo) -> Meant:
    where, offset = _zone(found["zone"], zone)
    wall = time.fromisoformat(_padded(found["time"])) if found["time"] else time()
    day = _day(found["day"], now.astimezone(where).date())
    if offset is not None:
        return Meant(at=datetime.combine(day, wall, tzinfo=UTC) - offset, zone=where, given=True)
    note = _note(day, wall, where)
    return Meant(at=instant(day, wall, where), zone=where, given=bool(found["zone"]), note=note)


def _padded(wall: str) -> str:
    return wall if wall[2] == ":" else f"0{wall}"


def _day(word: str | None, today: date) -> date:
    match (word or "today").casefold():
        case "today":
            return today
        case "tomorrow":
            return today + timedelta(days=1)
        case other:
            day = date.fromisoformat(other)
            if day.year not in YEARS:  # nobody can tell who is on call then
                raise ValueError(other)
            return day


def _zone(word: str | None, zone: ZoneInfo) -> tuple[ZoneInfo, timedelta | None]:
    """The zone, or UTC and an offset from it."""
    if word is None:
        return zone, None
    if word.upper() in ("Z", "UTC"):
        return ZoneInfo("UTC"), timedelta()
    if word[0] in "+-":
        hours, minutes = int(word[1:3]), int(word[-2:])
        return ZoneInfo("UTC"), (-1 if word[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes)
    known = next((name for name in available_timezones() if name.casefold() == word.casefold()), None)
    if known is None:
        raise Refused(
            f"There is no time zone “{word[:60]}”. Write it as in Europe/London or America/New_York."
        )
    return ZoneInfo(known), None


def _note(day: date, wall: time, zone: ZoneInfo) -> str:
    """What is odd about a time of the clock in that zone on that day; nothing as a rule."""
    local = datetime.combine(day, wall, tzinfo=zone)
    first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
    assert first is not None
    assert second is not None
    if first == second:
        return ""
    shown, at = f"{wall:%H:%M} on {day} in {zone.key}", instant(day, wall, zone)
    if first < second:
        return f"{shown} does not exist, the clocks go forward then: {at.astimezone(zone):%H:%M} is meant."
    return (
        f"{shown} comes twice, the clocks go back: the first is meant, {at:%H:%M} UTC. "
        f"For the second write {at + (first - second):%Y-%m-%dT%H:%MZ}."
    )
