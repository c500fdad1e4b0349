"""The plain values that `tocsin.yaml` is made of: durations, names, zones, channels, times."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated, NoReturn
from urllib.parse import urlsplit

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from bot.config.problem import printable
from bot.config.zones import is_zone, zone_like
from bot.domain.alert import Severity
from bot.domain.schedule import ShiftLength, ShiftUnit

UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
SHIFT = re.compile(r"(\d{1,6})(h|d|w|mo)")
SHIFT_UNITS = {"h": ShiftUnit.HOURS, "d": ShiftUnit.DAYS, "w": ShiftUnit.WEEKS, "mo": ShiftUnit.MONTHS}
LONGEST_SHIFT = {ShiftUnit.HOURS: 8784, ShiftUnit.DAYS: 366, ShiftUnit.WEEKS: 52, ShiftUnit.MONTHS: 12}
DURATION = re.compile(r"(?=\d)(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)")
MOST_SPANS = 20
FIRST_YEAR, LAST_YEAR = 1970, 2199
LONGEST_ADDRESS = 2000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
SLACK_USER = re.compile(r"[UW][A-Z0-9]{4,20}")
CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{4,20}")
CHANNEL_NAME = re.compile(r"#[^\s#@.,:;!?'\"<>&A-Z/\\]{1,80}")
GROUP_ID = re.compile(r"S[A-Z0-9]{4,20}")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a value is written, for the reference."""

    words: str


def wrong(message: str, remedy: str) -> NoReturn:
    """Refuse a value."""
    raise PydanticCustomError("tocsin", "{message}", {"message": message, "remedy": remedy})


def text(value: object, example: str) -> str:
    """The value, which must be text."""
    if not isinstance(value, str):
        wrong(f"must be text, not {_kind(value)}", f"Write it as {example}.")
    return value


def _kind(value: object) -> str:
    kinds = {dict: "a mapping", list: "a list", bool: "true or false", type(None): "empty"}
    return kinds.get(type(value), f"the number {value}")


def duration(value: object) -> timedelta:
    """`45s`, `5m`, `1h30m`, `7d`."""
    found = DURATION.fullmatch(text(value, "`5m`, `1h30m` or `7d`").replace(" ", ""))
    if found is None:
        wrong(f"`{printable(str(value))}` is not a duration", "Write it as `45s`, `5m`, `1h30m` or `7d`.")
    parts = {UNITS[unit]: int(amount or 0) for unit, amount in zip("dhms", found.groups(), strict=True)}
    return timedelta(**parts)


def spoken(span: timedelta) -> str:
    """A duration as it is written in the file."""
    seconds = int(span.total_seconds())
    sizes = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
    parts = []
    for unit, size in sizes:
        amount, seconds = divmod(seconds, size)
        parts += [f"{amount}{unit}"] if amount else []
    return "".join(parts) or "0s"


def within(shortest: timedelta, longest: timedelta) -> Callable[[object], timedelta]:
    """A duration of at least and at most so much."""

    def check(value: object) -> timedelta:
        span = duration(value)
        if not shortest <= span <= longest:
            wrong(f"{spoken(span)} is out of range", f"Choose {spoken(shortest)} to {spoken(longest)}.")
        return span

    return check


def _shift(value: object) -> ShiftLength:
    """`12h`, `1d`, `2w`, `1mo`."""
    written = text(value, "`12h`, `7d`, `1w` or `1mo`").replace(" ", "")
    found = SHIFT.fullmatch(written)
    if found is None:
        wrong(f"`{printable(written)}` is no length of a shift", "Write `12h`, `7d`, `1w` or `1mo`.")
    count, unit = int(found[1]), SHIFT_UNITS[found[2]]
    longest = LONGEST_SHIFT[unit]
    if not 1 <= count <= longest:
        wrong(
            f"a shift of {count} {unit} is out of range", f"Choose 1 to {longest} {unit}; a year is the most."
        )
    return ShiftLength(count=count, unit=unit)


def name_of(value: object) -> str:
    """A name that other places can refer to."""
    name = text(value, "`payments`")
    if not NAME.fullmatch(name):
        message = f"`{printable(name)}` can't be a name"
        wrong(message, "Use at most 63 letters, digits, `.`, `_` and `-`, a letter or digit first.")
    return name


def _title(value: object) -> str:
    title = text(value, "`Payments`").strip()
    if not title or len(title) > 80 or not title.isprintable():
        wrong("must be 1 to 80 characters on one line", "Shorten it, or remove control characters.")
    return title


def _zone(value: object) -> str:
    zone = text(value, "`Europe/Berlin`")
    if not is_zone(zone):
        wrong(f"there is no time zone `{printable(zone)}`", zone_like(zone))
    return zone


def _slack_user(value: object) -> str:
    user = text(value, "`U012AB3CD`")
    if not SLACK_USER.fullmatch(user):
        remedy = "Copy the member id from the person's Slack profile (⋮ → Copy member ID): `U…`."
        wrong(f"`{printable(user)}` is no Slack user id", remedy)
    return user


def _email(value: object) -> str:
    address = text(value, "`ann@example.com`")
    local, at, domain = address.rpartition("@")
    bad = any(c.isspace() or not c.isprintable() or c in "<>,;:\"'()[]\\@" for c in local + domain)
    if not (local and at and "." in domain.strip(".")) or bad or len(address) > 254:
        wrong(f"`{printable(address)}` is no e-mail address", "Write it as `ann@example.com`.")
    return address


def channel(value: object) -> str:
    """`#name` or an id."""
    if value is None:
        wrong("is empty", 'Text after `#` is a comment: put the name in quotes, `"#alerts"`.')
    name = text(value, '`"#alerts"` or `C012AB3CD`')
    if CHANNEL_ID.fullmatch(name) or CHANNEL_NAME.fullmatch(name):
        return name
    if CHANNEL_NAME.fullmatch(f"#{name.lower().lstrip('#')}"):
        wrong(f"`{printable(name)}` is no channel", f'Write `"#{name.lower().lstrip("#")}"`, or its id.')
    wrong(f"`{printable(name)}` is no channel", 'Write `"#name"`, or the id from its details: `C…`.')


def _mention(value: object) -> str:
    who = text(value, "a user group's id, `S012AB3CD`")
    if not (GROUP_ID.fullmatch(who) or SLACK_USER.fullmatch(who)):
        remedy = "Write the id of a user group (`S…`) or of a person (`U…`)."
        wrong(f"`{printable(who)}` can't be mentioned", remedy)
    return who


def _severity(value: object) -> Severity:
    name = text(value, "`sev1` to `sev4`")
    if name not in Severity.__members__.values():
        wrong(f"`{printable(name)}` is no severity", "Write `sev1` (the worst), `sev2`, `sev3` or `sev4`.")
    return Severity(name)


def _date(value: object) -> date:
    day = text(value, "`2026-01-05`")
    try:
        found = date.fromisoformat(day)
    except ValueError:
        wrong(f"`{printable(day)}` is no date", "Write year-month-day: `2026-01-05`.")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        wrong(f"the year {found.year} is out of range", f"Choose {FIRST_YEAR} to {LAST_YEAR}.")
    return found


def _time(value: object) -> time:
    clock = text(value, '`"09:00"`')
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", clock):
        wrong(f"`{printable(clock)}` is no time of day", "Write hours and minutes: `09:00`.")
    return time.fromisoformat(clock)


def _weekday(value: object) -> int:
    day = text(value, "`mon` to `sun`")
    if day not in WEEKDAYS:
        wrong(
            f"`{printable(day)}` is no day of the week", f"Write {', '.join(f'`{one}`' for one in WEEKDAYS)}."
        )
    return WEEKDAYS.index(day)


def _hours(value: object) -> tuple[tuple[time, time], ...]:
    """`09:00-17:00`, or a list of such; `24:00` is the end of the day."""
    spans = value if isinstance(value, list) else [value]
    if not 1 <= len(spans) <= MOST_SPANS:
        wrong(f"there are {len(spans)} spans of hours", f"Write one to {MOST_SPANS}, or leave the key away.")
    return tuple(hours(each) for each in spans)


def hours(value: object) -> tuple[time, time]:
    """`09:00-17:00`; past midnight `22:00-06:00`; all day `00:00-24:00`."""
    span = text(value, '`"09:00-17:00"`').replace(" ", "").replace("–", "-")
    found = HOURS.fullmatch(span)
    if found is None:
        remedy = 'Write when it begins and when it ends: `"09:00-17:00"`; all day is `"00:00-24:00"`.'
        wrong(f"`{printable(span)}` is no span of hours", remedy)
    begin, end = found.groups()
    if begin == end:
        remedy = f'Write `"{begin}-24:00"` up to midnight, or leave `hours` away for whole days.'
        wrong(f"`{span}` begins and ends at the same time", remedy)
    return time.fromisoformat(begin), time() if end == "24:00" else time.fromisoformat(end)


def _group(value: object) -> str:
    group = text(value, "`S012AB3CD`")
    if not GROUP_ID.fullmatch(group):
        remedy = "Copy the id of the user group from Slack's People & user groups (⋮ → Copy group ID): `S…`."
        wrong(f"`{printable(group)}` is no Slack user group's id", remedy)
    return group


def _feed(value: object) -> str:
    place = text(value, "`https://calendar.example.com/shifts.ics`, or a file such as `shifts.ics`").strip()
    if place.startswith(("webcal://", "webcals://")):
        wrong("`webcal:` is a calendar program's way to write it", "Write it with `https://`.")
    if "://" in place:
        _check_address(place)
    elif not place.endswith((".ics", ".ical")) or not place.isprintable() or len(place) > LONGEST_ADDRESS:
        wrong(
            f"`{printable(place)}` is neither an address nor an iCal file", "Write `https://…`, or `….ics`."
        )
    return place


def _check_address(place: str) -> None:
    """The message does not repeat it: whoever knows the address of a private calendar can read it."""
    try:
        parts = urlsplit(place)
        fine = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        fine = False
    if not fine or not place.isprintable() or " " in place or len(place) > LONGEST_ADDRESS:
        wrong(
            "the calendar's address can't be used", "Write it as `https://calendar.example.com/shifts.ics`."
        )
    if parts.username or parts.password:
        wrong(
            "the calendar's address has a user name or password in it", "Use the calendar's private address."
        )


Name = Annotated[str, PlainValidator(name_of), Shape("names")]
Title = Annotated[str, PlainValidator(_title), Shape("text, at most 80 characters")]
Zone = Annotated[str, PlainValidator(_zone), Shape("an IANA zone such as `Europe/Berlin`")]
SlackUser = Annotated[str, PlainValidator(_slack_user), Shape("a Slack user id, `U…`")]
Email = Annotated[str, PlainValidator(_email), Shape("an e-mail address")]
Channel = Annotated[str, PlainValidator(channel), Shape('`"#name"` in quotes, or an id, `C…`')]
Mention = Annotated[str, PlainValidator(_mention), Shape("a user group's id, `S…`, or a person's, `U…`")]
SeverityName = Annotated[Severity, PlainValidator(_severity), Shape("`sev1` to `sev4`")]
Day = Annotated[date, PlainValidator(_date), Shape("a date, `2026-01-05`")]
TimeOfDay = Annotated[time, PlainValidator(_time), Shape("a time of day, `09:00`")]
Shift = Annotated[
    ShiftLength, PlainValidator(_shift), Shape("hours, days, weeks or months: `12h`, `7d`, `1w`, `1mo`")
]
Weekday = Annotated[int, PlainValidator(_weekday), Shape("`mon` to `sun`")]
Hours = Annotated[
    tuple[tuple[time, time], ...],
    PlainValidator(_hours),
    Shape('hours such as `"09:00-17:00"`, or a list of them'),
]
Group = Annotated[str, PlainValidator(_group), Shape("a Slack user group's id, `S…`")]
Feed = Annotated[str, PlainValidator(_feed), Shape("an address, `https://…`, or an iCal file, `….ics`")]
Delay = Annotated[
    timedelta,
    PlainValidator(within(timedelta(), timedelta(hours=1))),
    Shape("a duration, `0s` to `1h`"),
]
Ahead = Annotated[
    timedelta,
    PlainValidator(within(timedelta(minutes=5), timedelta(days=14))),
    Shape("a duration, `5m` to `14d`"),
]
Window = Annotated[
    timedelta,
    PlainValidator(within(timedelta(), timedelta(days=30))),
    Shape("a duration, `0s` to `30d`"),
]
