"""iCal (RFC 5545): shifts as a calendar to subscribe to, and rotations as events that repeat."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import lcm
from zoneinfo import ZoneInfo

from bot.domain.ids import PersonId
from bot.domain.schedule import Rotation, Schedule, Shift
from bot.domain.turns import Piece, pieces
from bot.domain.walltime import ALWAYS, MONDAY, instant_of
from bot.domain.week import DAY, WEEK
from bot.render.escape import one_line

LINE = 75
"""Longer lines are folded, counted in bytes (RFC 5545 §3.1)."""

MOST_RULES = 500
LONGEST_CYCLE = 100 * 366 * DAY


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Somebody's time on call. `uid` stays the same for the same time of the same person.

    With a `zone` the times are read off its clock, and `rule` says how they repeat (an RRULE's value);
    without one they are UTC. The texts are not escaped yet.
    """

    uid: str
    since: datetime
    until: datetime
    summary: str
    description: str = ""
    zone: str | None = None
    rule: str = ""


def shift_event(schedule: Schedule, shift: Shift, name: str) -> Event:
    """One shift; `name` is how its person is shown."""
    title = schedule.name or schedule.id
    layer = f"layer {shift.why.name or shift.why.layer}"
    return Event(
        uid=_uid(schedule.id, shift.person, f"{shift.since:%Y%m%dT%H%M%SZ}"),
        since=shift.since,
        until=shift.until,
        summary=f"{name}: on call for {title}",
        description="by an override" if shift.why.override else f"by {layer}",
    )


def shifts_calendar(
    schedule: Schedule, shifts: Iterable[Shift], names: Mapping[PersonId, str], now: datetime
) -> str:
    """The shifts of a schedule as iCal text."""
    events = (shift_event(schedule, shift, names.get(shift.person, shift.person)) for shift in shifts)
    return calendar(f"On call: {schedule.name or schedule.id}", events, now)


def rules_calendar(
    schedule: Schedule, rotation: Rotation, names: Mapping[PersonId, str], now: datetime
) -> str | None:
    """A rotation as few events that repeat; None where iCal has no words for it.

    Those are turns of months, for every repetition is as long as the first, an end in the middle of a turn,
    and holidays. About the hour that clocks leave out, programs that read it differ from the bot and each
    other.
    """
    found = _repeated(rotation)
    if found is None:
        return None
    rule, turns = found
    if rotation.until is not None:
        last = instant_of(rotation.ends, ZoneInfo(rotation.zone or schedule.zone)) - timedelta(seconds=1)
        rule = f"{rule};UNTIL={last:%Y%m%dT%H%M%SZ}"
    events = [
        Event(
            uid=_uid(schedule.id, person, f"{rule}:{turn.since}"),
            since=MONDAY + timedelta(seconds=turn.since),
            until=MONDAY + timedelta(seconds=turn.until),
            summary=f"{names.get(person, person)}: on call for {schedule.name or schedule.id}",
            zone=rotation.zone or schedule.zone,
            rule=rule,
        )
        for turn in turns
        for person in turn.people
    ]
    return calendar(f"Rotation: {rotation.name or schedule.name or schedule.id}", events, now)


def calendar(title: str, events: Iterable[Event], now: datetime) -> str:
    """iCal text of these events; programs that subscribe are asked to look every hour."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tocsin//On call//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(title)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    for event in events:
        lines += _event(event, now)
    return "".join(f"{_folded(line)}\r\n" for line in (*lines, "END:VCALENDAR"))


def _event(event: Event, now: datetime) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{_text(event.uid)}",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        _time("DTSTART", event.since, event.zone),
        _time("DTEND", event.until, event.zone),
        f"SUMMARY:{_text(event.summary)}",
    ]
    lines += [f"RRULE:{event.rule}"] if event.rule else []
    lines += [f"DESCRIPTION:{_text(event.description)}"] if event.description else []
    return [*lines, "TRANSP:TRANSPARENT", "END:VEVENT"]


def _time(name: str, at: datetime, zone: str | None) -> str:
    if zone is None:
        return f"{name}:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{name};TZID={zone}:{at:%Y%m%dT%H%M%S}"


def _text(text: str) -> str:
    """A value of text, on one line; what has a meaning in iCal is escaped (RFC 5545 §3.3.11)."""
    flat = one_line(text, 400).replace("\\", "\\\\")
    return flat.replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> str:
    """Cut into lines of at most 75 bytes, never within a character."""
    parts, size = [""], 0
    for character in line:
        width = len(character.encode())
        if size + width > LINE:
            parts.append(" ")
            size = 1
        parts[-1] += character
        size += width
    return "\r\n".join(parts)


def _uid(*parts: str) -> str:
    return f"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}@tocsin"


def _repeated(rotation: Rotation) -> tuple[str, Sequence[Piece]] | None:
    """How the turns repeat, and those of the first time round."""
    step = rotation.step
    if step is None or not any(rotation.turns) or rotation.closures:
        return None
    cycle = lcm(step * len(rotation.turns), WEEK if rotation.open_hours else DAY)
    if cycle > LONGEST_CYCLE or cycle // step > MOST_RULES:
        return None
    turns = list(pieces(rotation, rotation.begins, rotation.begins + cycle))
    if any(_cut(turn, rotation.ends, cycle) for turn in turns):
        return None
    return f"FREQ=DAILY;INTERVAL={cycle // DAY}", turns


def _cut(turn: Piece, end: int, cycle: int) -> bool:
    """Whether some repetition of a turn goes on beyond the end."""
    if end == ALWAYS:
        return False
    times = (end - turn.since - 1) // cycle
    return times < 0 or turn.until + times * cycle > end
