"""Names of time zones: the abbreviations that people write, and the regions that they mean."""

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.config.problem import guess

REGIONS = {
    "ACST": "Australia/Adelaide",
    "AEDT": "Australia/Sydney",
    "AEST": "Australia/Sydney",
    "AKDT": "America/Anchorage",
    "AKST": "America/Anchorage",
    "ART": "America/Argentina/Buenos_Aires",
    "AWST": "Australia/Perth",
    "BRT": "America/Sao_Paulo",
    "BST": "Europe/London",
    "CDT": "America/Chicago",
    "CEST": "Europe/Berlin",
    "CST": "America/Chicago",
    "EDT": "America/New_York",
    "EEST": "Europe/Athens",
    "EST": "America/New_York",
    "HKT": "Asia/Hong_Kong",
    "HST": "Pacific/Honolulu",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    "MDT": "America/Denver",
    "MSK": "Europe/Moscow",
    "MST": "America/Denver",
    "NZDT": "Pacific/Auckland",
    "NZST": "Pacific/Auckland",
    "PDT": "America/Los_Angeles",
    "PST": "America/Los_Angeles",
    "SAST": "Africa/Johannesburg",
    "SGT": "Asia/Singapore",
    "WEST": "Europe/Lisbon",
}

FIXED = frozenset({"EST", "MST", "HST"})
"""Zones of tzdata by such a name: their clocks are never changed, whatever those of the region do."""

MACHINES = frozenset({"Factory", "localtime", "posixrules"})
"""In tzdata's folder, and no place's zone: what they mean is this machine's business."""


def is_zone(name: str) -> bool:
    """Whether a file may name it, as the machine's zones are now: they change under a running bot."""
    if name not in _zones():
        _zones.cache_clear()  # it may have come since
    if name not in _zones():
        return False
    try:
        ZoneInfo.no_cache(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return False  # it has gone since
    return True


@cache
def _zones() -> frozenset[str]:
    """All zones at the last look, which reads the beginning of six hundred files."""
    return frozenset(available_timezones() - MACHINES)


def zone_like(name: str) -> str:
    """What to write instead of a zone that is not there."""
    if (region := REGIONS.get(name.upper())) is not None:
        return f"Write the region, whose clocks are changed when they are there: `{region}`?"
    advice = guess(name, {zone for zone in _zones() if "/" in zone or zone == "UTC"})
    return advice if advice.startswith("Did") else "Use an IANA name such as `Europe/Berlin` or `UTC`."
