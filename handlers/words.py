"""Words that people type: tokens, incident references, severities, lengths of time, times of day."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.acknowledge import LONGEST_SNOOZE
from bot.domain.alert import MessageRef, Severity
from bot.domain.refused import Refused
from bot.domain.walltime import instant
from bot.render.escape import flatten
from bot.service import ByMessage, ByNumber, ByTicket, Reference

LONGEST = 10_000
"""More characters than any Slack text has are not looked at."""

QUOTES = str.maketrans("“”„‟«»‘’‚‛′″", "\"\"\"\"\"\"''''''")
DASHES = str.maketrans("‐‑‒–−", "-----")
SPACES = str.maketrans("\u00a0\u2007\u202f\u2009\u200a\t", " " * 6, "\u200b\u2060\ufeff")

_NUMBER = re.compile(r"#?([1-9][0-9]{0,8})")
_INCIDENT = re.compile(r"#?INC-?([1-9][0-9]{0,8})", re.IGNORECASE)
_TICKET = re.compile(r"[A-Z][A-Z0-9_]{1,20}-[1-9][0-9]{0,8}")
_PERMALINK = re.compile(
    r"https://[a-z0-9.-]+/archives/([CDG][A-Z0-9]{2,30})/p([0-9]{10})([0-9]{6})(?:\?(\S*))?"
)
_THREAD = re.compile(r"(?:^|&)thread_ts=([0-9]{10}\.[0-9]{6})(?:&|$)")
_LINK = re.compile(r"<(https?://[^<>|\s]+)(?:\|[^<>]*)?>")
_SEVERITY = re.compile(r"(?:sev(?:erity)?-?|p-?)?([1-4])", re.IGNORECASE)
_NAMED_SEVERITY = re.compile(r"(?:sev-?|p)([1-4])", re.IGNORECASE)
_SEVERITY_WORDS = {
    "critical": Severity.SEV1,
    "major": Severity.SEV2,
    "high": Severity.SEV2,
    "minor": Severity.SEV3,
    "medium": Severity.SEV3,
    "low": Severity.SEV4,
}
_LENGTH = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m(?:in)?)?(?:(\d{1,6})s)?", re.IGNORECASE)
_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))?\s?(am|pm)?", re.IGNORECASE)


class Unclear(Refused):
    """The words were not understood. The text says why and shows what would be; it is not escaped."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Zoned:
    """The present instant and the zone in which the caller reads clocks."""

    now: datetime
    zone: ZoneInfo
    morning: time = time(8)
    """When the caller's night is over."""


def tidy(text: str) -> str:
    """The text with plain spaces and without invisible ones; nothing else is touched."""
    return text[:LONGEST].translate(SPACES).strip()


def plain_token(token: str) -> str:
    """A token with plain quotes and dashes; two long dashes that a keyboard made of `--` are undone."""
    return token.translate(QUOTES).translate(DASHES).replace("—", "--")


def split(text: str) -> tuple[str, str]:
    """The first token and the raw rest. A `<…>` of Slack is one token, whatever is in it."""
    text = text.strip()
    if text.startswith("<"):
        end = text.find(">")
        if end > 0:
            return text[: end + 1], text[end + 1 :].strip()
    first, *rest = text.split(None, 1)[:2] or [""]
    return first, rest[0].strip() if rest else ""


def free_text(raw: str) -> str:
    """What was written, as its reader sees it: Slack's markup undone, one pair of quotes around it gone."""
    text = flatten(raw).strip()
    marks = text[:1].translate(QUOTES) + text[-1:].translate(QUOTES)
    return text[1:-1].strip() if len(text) > 2 and marks == '""' else text


def reference(token: str) -> Reference | None:
    """`INC-42`, `OPS-123` or a permalink; a bare number is `number`'s business."""
    token = token.translate(DASHES)
    if found := _INCIDENT.fullmatch(token):
        return ByNumber(number=int(found.group(1)))
    if _TICKET.fullmatch(token) and severity(token) is None:
        return ByTicket(key=token)
    return _permalink(token)


def number(token: str) -> Reference | None:
    """`42` or `#42` as an incident."""
    found = _NUMBER.fullmatch(token)
    return ByNumber(number=int(found.group(1))) if found else None


def severity(token: str) -> Severity | None:
    """`1`, `sev1`, `SEV-1`, `p1` or `critical`."""
    token = plain_token(token).lower()
    if found := _SEVERITY.fullmatch(token):
        return Severity(f"sev{found.group(1)}")
    return _SEVERITY_WORDS.get(token)


def named_severity(token: str) -> Severity | None:
    """A severity that cannot be mistaken for a word of a title: `sev1`, `SEV-1`, `p1`."""
    found = _NAMED_SEVERITY.fullmatch(plain_token(token))
    return Severity(f"sev{found.group(1)}") if found else None


def length(token: str) -> timedelta | None:
    """`90s`, `10m`, `1h30m`, `2d`; None when it is none, or no time at all."""
    found = _LENGTH.fullmatch(token)
    if not found:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds) or None


def time_of_day(text: str, zoned: Zoned) -> datetime | None:
    """The next instant at which the caller's clock shows this: `09:00`, `9am`, `tomorrow 09:00`."""
    words = text.strip().lower()
    local = zoned.now.astimezone(zoned.zone)
    day = local.date()
    tomorrow = words.startswith("tomorrow")
    found = _TIME.fullmatch(words.removeprefix("tomorrow").removeprefix(" at").strip())
    if not found or not (found.group(2) or found.group(3)):
        return None
    wall = _wall(int(found.group(1)), int(found.group(2) or 0), found.group(3))
    if wall is None:
        return None
    at = instant(day + timedelta(days=1) if tomorrow else day, wall, zoned.zone)
    return at if at > zoned.now else instant(day + timedelta(days=1), wall, zoned.zone)


def later(text: str, zoned: Zoned) -> datetime | None:
    """`30m`, `for 2h`, `until 09:00`, `till 9am`: an instant to come."""
    words = plain_token(text).strip().lower()
    for start in ("until ", "till ", "for ", "at "):
        words = words.removeprefix(start)
    words = words.strip()
    if (span := length(words.replace(" ", ""))) is not None:
        return zoned.now + span
    if words in ("morning", "the morning", "tomorrow morning"):
        return morning(zoned)
    return time_of_day(words, zoned)


def morning(zoned: Zoned) -> datetime:
    """The next instant at which the caller's night is over, a day ahead at most.

    In the night in which a day has 25 hours it may be later than that; then it is a little before.
    """
    day = zoned.now.astimezone(zoned.zone).date()
    today = instant(day, zoned.morning, zoned.zone)
    coming = today if today > zoned.now else instant(day + timedelta(days=1), zoned.morning, zoned.zone)
    return min(coming, zoned.now + LONGEST_SNOOZE)


def _wall(hour: int, minute: int, half: str | None) -> time | None:
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _permalink(token: str) -> Reference | None:
    if wrapped := _LINK.fullmatch(token):
        token = wrapped.group(1)
    found = _PERMALINK.fullmatch(token.replace("&amp;", "&"))
    if not found:
        return None
    channel, seconds, micros, query = found.groups()
    thread = _THREAD.search(query or "")
    ts = thread.group(1) if thread else f"{seconds}.{micros}"
    return ByMessage(message=MessageRef(channel=channel, ts=ts))
