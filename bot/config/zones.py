"""Names of time zones: the abbreviations that people write, and the regions that they mean."""

from zoneinfo import available_timezones

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


def zones() -> set[str]:
    """All zones that a file may name."""
    return available_timezones() - MACHINES


def zone_like(name: str) -> str:
    """What to write instead of a zone that is not there."""
    if (region := REGIONS.get(name.upper())) is not None:
        return f"Write the region, whose clocks are changed when they are there: `{region}`?"
    advice = guess(name, {zone for zone in zones() if "/" in zone or zone == "UTC"})
    return advice if advice.startswith("Did") else "Use an IANA name such as `Europe/Berlin` or `UTC`."
