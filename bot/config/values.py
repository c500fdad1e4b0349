"""The plain values that `tocsin.yaml` is made of: durations, names, zones, channels, times."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated, NoReturn
from zoneinfo import available_timezones

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from bot.config.problem import guess, printable
from bot.domain.alert import Severity
from bot.domain.schedule import ShiftLength, ShiftUnit

UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
SHIFT = re.compile(r"(\d{1,6})(h|d|w|mo)")
SHIFT_UNITS = {"h": ShiftUnit.HOURS, "d": ShiftUnit.DAYS, "w": ShiftUnit.WEEKS, "mo": ShiftUnit.MONTHS}
LONGEST_SHIFT = {ShiftUnit.HOURS: 8784, ShiftUnit.DAYS: 366, ShiftUnit.WEEKS: 52, ShiftUnit.MONTHS: 12}
DURATION = re.compile(r"(?=\d)(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")
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
    zone, zones = text(value, "`Europe/Berlin`"), available_timezones()
    if zone not in zones:
        wrong(f"there is no time zone `{printable(zone)}`", _zone_like(zone, zones))
    return zone


def _zone_like(zone: str, zones: set[str]) -> str:
    advice = guess(zone, zones)
    return advice if advice.startswith("Did") else "Use an IANA name such as `Europe/Berlin` or `UTC`."


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
        return date.fromisoformat(day)
    except ValueError:
        wrong(f"`{printable(day)}` is no date", "Write year-month-day: `2026-01-05`.")


def _time(value: object) -> time:
    clock = text(value, '`"09:00"`')
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", clock):
        wrong(f"`{printable(clock)}` is no time of day", "Write hours and minutes: `09:00`.")
    return time.fromisoformat(clock)


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
Delay = Annotated[
    timedelta,
    PlainValidator(within(timedelta(), timedelta(hours=1))),
    Shape("a duration, `0s` to `1h`"),
]
Window = Annotated[
    timedelta,
    PlainValidator(within(timedelta(), timedelta(days=30))),
    Shape("a duration, `0s` to `30d`"),
]
