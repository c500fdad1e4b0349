"""Spans of time as people type them: `for 2h`, `from 22:00 to 06:00`, `tomorrow 09:00 mon 17:00`."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot.domain.walltime import instant
from handlers import words as w
from handlers.words import Unclear, Zoned

EXAMPLES = "`for 2h`, `22:00 to 06:00`, `tomorrow 09:00 to fri 17:00`, `2026-12-24 09:00 to 2026-12-26 09:00`"
LONGEST = timedelta(days=4000)

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?=(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b)([a-z]{3})[a-z]*"
)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:t(?=\d))?")
_DAY_MONTH = re.compile(r"(\d{1,2})\.? (?:of )?" + _MONTH + r"\.?,?(?: (\d{4}))?(?= |$)")
_MONTH_DAY = re.compile(_MONTH + r"\.? (\d{1,2})(?:st|nd|rd|th)?,?(?: (\d{4}))?(?= |$)")
_WORD_DAY = re.compile(r"(today|tonight|tomorrow|(?:next )?" + _WEEKDAY + r")(?= |$|,)")
_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))? ?(am|pm)?(?= |$|-)")
_NAMED_TIMES = {"noon": time(12), "midnight": time(0)}
_LENGTH = re.compile(r"(?:\d{1,5} ?(?:d|h|m|s|min|days?|hours?|hrs?|minutes?|mins?|weeks?|w)(?= |\d|$) ?)+")
_OPENING = re.compile(r"(?:from|starting|beginning)(?: |$)")
_LIKE_A_TIME = re.compile(
    r"(?:(?:from|at|on|until|till|starting|beginning|now|today|tonight|tomorrow|noon|midnight|"
    + _WEEKDAY
    + r")\b"
    r"|(?:next|this) (?:week|month|" + _WEEKDAY + r"|morning|afternoon|evening|night)\b"
    r"|(?:in|for|to) \d|\d{1,2}:\d|\d{1,2} ?(?:am|pm)\b|\d{4}-\d|\d{1,2}[./]\d)"
)
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """From `since` (included) to `until` (excluded), both UTC; `rest` is what was typed after it."""

    since: datetime
    until: datetime
    rest: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Moment:
    """A day, a time of day, or both; `at` when it is an instant already."""

    day: date | None = None
    clock: time | None = None
    at: datetime | None = None


def span(text: str, zoned: Zoned) -> Span:
    """A span that begins now unless it says when, before its length or after it (`for 2h from 18:00`).

    Raises Unclear when there is none, when it has no end, or when what follows looks like more of a time:
    that somebody is on call at once who said tomorrow must never happen. Quotes make it a reason.
    """
    shown = _plain(text)
    try:
        found = _span(shown.lower(), zoned)
    except (OverflowError, ValueError):
        found = None
    if found is None:
        raise Unclear(f"I don't understand the time “{w.free_text(text)[:60]}”. Examples: {EXAMPLES}.")
    rest = shown[len(shown) - len(found.rest) :] if found.rest else ""
    if _like_a_time(found.rest):
        raise Unclear(
            f"I read a time up to “{w.free_text(shown.removesuffix(rest))[:60].strip()}”, but not "
            f"what follows: “{w.free_text(rest)[:60]}”. Say the beginning first, as in "
            "`tomorrow 09:00 to 17:00` or `from fri 18:00 for 2h`; if it is the reason, put it in quotes: "
            '`for 2h "at the dentist"`.'
        )
    return replace(found, rest=rest)


def moment(text: str, zoned: Zoned) -> datetime | None:
    """An instant: `tomorrow 09:00`, `2026-12-24 09:00`, `in 2h`; None when it is none."""
    try:
        plain = _plain(text).lower().removeprefix("in ")
        length, rest = _length(plain)
        if length is not None and not rest:
            return zoned.now + length
        found, rest = _moment(plain, zoned, _today(zoned))
        return None if found is None or rest else _begin(found, zoned)
    except (OverflowError, ValueError):
        return None


def _plain(text: str) -> str:
    return " ".join(w.plain_token(w.tidy(text)).split())


def _today(zoned: Zoned) -> date:
    return zoned.now.astimezone(zoned.zone).date()


def _span(text: str, zoned: Zoned) -> Span | None:
    text = _opened(text, _today(zoned))
    found = _read(text, zoned, _today(zoned))
    if found is not None and found.until <= zoned.now:  # `09:00 to 17:00`, said in the evening
        later = _read(text, zoned, _today(zoned) + timedelta(days=1))
        return later if later is not None and later.until > zoned.now else found
    return found


def _read(text: str, zoned: Zoned, today: date) -> Span | None:
    """Days without a date, and times without a day, are sought from `today` on."""
    begin, rest = _moment(text, zoned, today)
    since = _begin(begin, zoned, today) if begin else zoned.now
    joined = _joint(rest)
    length, after = _length(rest if joined is None else joined)
    if length is not None and begin is None:
        since, after = _begun_after(after, zoned, today)
    if length is not None:
        return Span(since=since, until=since + length, rest=after)
    if begin is None and joined is None:
        return None  # one instant alone is no span
    day = since.astimezone(zoned.zone).date()
    end, after = _moment(rest if joined is None else joined, zoned, day)
    return Span(since=since, until=_end(end, since, zoned), rest=after) if end else None


def _begun_after(text: str, zoned: Zoned, today: date) -> tuple[datetime, str]:
    """The beginning behind a length, as in `for 2h from tomorrow 09:00`; now where there is none."""
    found = re.match(r"in (?=\d)", text)
    ahead, rest = _length(text[found.end() :]) if found else (None, text)
    if ahead is not None:
        return zoned.now + ahead, rest
    begin, rest = _moment(_opened(text, today), zoned, today)
    return (_begin(begin, zoned, today), rest) if begin else (zoned.now, text)


def _opened(text: str, today: date) -> str:
    """Without the word that says that a beginning follows."""
    plain = text[found.end() :] if (found := _OPENING.match(text)) else text
    return plain[3:] if re.match("on (?=.)", plain) and _day(plain[3:], today)[0] else plain


def _like_a_time(text: str) -> bool:
    return bool(_LIKE_A_TIME.match(text) or _DAY_MONTH.match(text) or _MONTH_DAY.match(text))


def _joint(text: str) -> str | None:
    for word in ("until ", "till ", "to ", "for ", "- ", "-"):
        if text.startswith(word):
            return text.removeprefix(word).strip()
    return None


def _length(text: str) -> tuple[timedelta | None, str]:
    found = _LENGTH.match(text)
    if not found:
        return None, text
    total = timedelta()
    for amount, unit in re.findall(r"(\d{1,5}) ?([a-z])", found.group()):
        total += timedelta(**{_UNITS[unit]: int(amount)})
    if not timedelta() < total < LONGEST:
        raise OverflowError
    return total, text[found.end() :].strip()


def _moment(text: str, zoned: Zoned, today: date) -> tuple[_Moment | None, str]:
    first, _, rest = text.partition(" ")
    if first == "now":
        return _Moment(at=zoned.now), rest
    day, rest = _day(text, today)
    rest = rest.lstrip(", ")
    rest = rest.removeprefix("at ")
    at, rest = _time_of_day(rest)
    if day is None and at is None:
        return None, text
    return _Moment(day=day, clock=at), rest


def _day(text: str, today: date) -> tuple[date | None, str]:
    if found := _ISO.match(text):
        return date(*(int(part) for part in found.groups())), text[found.end() :].strip()
    if found := _WORD_DAY.match(text):
        return _named_day(found.group(1), today), text[found.end() :].strip()
    for pattern, (day, month) in ((_DAY_MONTH, (1, 2)), (_MONTH_DAY, (2, 1))):
        found = pattern.match(text)
        if found and found.group(month) in _MONTHS:
            number, place = int(found.group(day)), _MONTHS.index(found.group(month)) + 1
            year = int(found.group(3)) if found.group(3) else None
            return _dated(number, place, year, today), text[found.end() :].strip()
    return None, text


def _named_day(word: str, today: date) -> date:
    if word in ("today", "tonight"):
        return today
    if word == "tomorrow":
        return today + timedelta(days=1)
    weekday = _WEEKDAYS.index(word.removeprefix("next ")[:3])
    ahead = (weekday - today.weekday()) % 7
    return today + timedelta(days=ahead or (7 if word.startswith("next ") else 0))


def _dated(day: int, month: int, year: int | None, today: date) -> date:
    """Without a year the next such day, today included."""
    if year is not None:
        return date(year, month, day)
    this = date(today.year, month, day)
    return this if this >= today else date(today.year + 1, month, day)


def _time_of_day(text: str) -> tuple[time | None, str]:
    for word, at in _NAMED_TIMES.items():
        if text == word or text.startswith(f"{word} "):
            return at, text[len(word) :].strip()
    found = _TIME.match(text)
    if not found or not (found.group(2) or found.group(3)):
        return None, text
    hour, minute, half = int(found.group(1)), int(found.group(2) or 0), found.group(3)
    if half is not None:
        if not 1 <= hour <= 12:
            return None, text
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59:
        return None, text
    return time(hour, minute), text[found.end() :].strip()


def _begin(found: _Moment, zoned: Zoned, today: date | None = None) -> datetime:
    """A time alone is that of today, also when it has passed; a day alone begins at midnight."""
    if found.at is not None:
        return found.at
    return instant(found.day or today or _today(zoned), found.clock or time(0), zoned.zone)


def _end(found: _Moment, since: datetime, zoned: Zoned) -> datetime:
    """A time alone is the first such one after the beginning; a day alone is meant to its end."""
    if found.at is not None:
        return found.at
    if found.clock is None:
        assert found.day is not None
        return instant(found.day + timedelta(days=1), time(0), zoned.zone)
    if found.day is not None:
        return instant(found.day, found.clock, zoned.zone)
    day = since.astimezone(zoned.zone).date()
    end = instant(day, found.clock, zoned.zone)
    return end if end > since else instant(day + timedelta(days=1), found.clock, zoned.zone)
