"""Lists for one reader: open incidents, who is on call, which incident was meant."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.ids import ScheduleId
from bot.domain.incident import Incident, Status
from bot.domain.people import Person
from bot.domain.schedule import Shift
from bot.render import actions as a
from bot.render import facts
from bot.render.escape import date, fence, flatten, marked, one_line, own_link, utc
from bot.render.look import look, severity_word, span
from bot.render.message import Block, Message, actions, button, context, menu, message, option, section
from bot.render.personal import rules
from bot.render.seal import Seal

PER_PAGE = 10
MOST_PICKED = 25
MOST_SHIFTS = 20


def incident_list(
    incidents: Sequence[Incident], seal: Seal, now: datetime, *, page: int = 1, asked: str = "all"
) -> Message:
    """Ten open incidents and buttons to the others. `asked` is the filter, carried along by those buttons."""
    pages = max(1, -(-len(incidents) // PER_PAGE))
    page = min(max(1, page), pages)
    shown = incidents[(page - 1) * PER_PAGE : page * PER_PAGE]
    if not shown:
        return message("No open incidents.", section("No open incidents."))
    lines = [_line(incident, now) for incident in shown]
    title = f"{len(incidents)} open incident{'s' * (len(incidents) != 1)}" + (
        f", page {page} of {pages}" if pages > 1 else ""
    )
    rows = [section(line, accessory=_show(each, seal)) for line, each in zip(lines, shown, strict=True)]
    return message(
        f"{title}: {', '.join(incident.key for incident in shown)}.",
        section(f"*{title}*"),
        *rows,
        actions([_turn("Back", page - 1, pages, asked), _turn("Next", page + 1, pages, asked)]),
    )


def picker(incidents: Sequence[Incident], verb: str, seal: Seal, *, typed: str = "") -> Message:
    """No incident was named: a menu of those that are meant perhaps. What was typed is not lost."""
    if not incidents:
        return message("There is no open incident.", section("There is no open incident."))
    text = f"Which incident do you want to {marked(verb, 40)}?"
    choices = [
        option(f"{each.key} {severity_word(each.severity)} {one_line(each.title)}", _choice(seal, each, verb))
        for each in incidents[:MOST_PICKED]
    ]
    echo = section(f"You typed:\n{fence(flatten(typed), 1400)}") if typed.strip() else None
    left = len(incidents) - MOST_PICKED
    more = context(f"… and {left} more: name the incident, as in `INC-42`.") if left > 0 else None
    return message(text, section(text), echo, actions([menu(a.PICK, "Choose an incident", choices)]), more)


def on_call_now(
    shifts: Sequence[tuple[ScheduleId, str, Shift | None]], at: datetime, *, zone: str = "UTC"
) -> Message:
    """Who is on call at that instant: schedule, the zone's name, whose shift (the person is a name to show).

    Times stand in the reader's zone and in the schedule's.
    """
    if not shifts:
        return message("No schedules are configured.", section("No schedules are configured."))
    lines = [_shift(*each) for each in shifts[:MOST_SHIFTS]]
    if len(shifts) > MOST_SHIFTS:
        lines.append(f"… and {len(shifts) - MOST_SHIFTS} more; name one of them.")
    spoken = "; ".join(_spoken(*each) for each in shifts[:MOST_SHIFTS])
    title = f"On call at {date(at)} ({local(at, zone)})"
    return message(f"On call: {spoken}.", section(f"*{title}*"), section("\n".join(lines)))


def my_shifts(
    shifts: Sequence[tuple[ScheduleId, str, Shift]], person: Person | None, now: datetime
) -> Message:
    """The reader's own shifts and the ways in which they are reached."""
    lines = [
        f"*{marked(schedule, 60)}*: {date(shift.since)} to {date(shift.until)} ({local(shift.until, zone)})"
        + (" · now" if shift.since <= now < shift.until else "")
        for schedule, zone, shift in shifts[:MOST_SHIFTS]
    ] or ["You have no shifts in the next days."]
    return message(
        f"You have {len(shifts)} shifts." if shifts else "You have no shifts in the next days.",
        section("\n".join(lines)),
        context(" ".join(rules(person))),
    )


def local(at: datetime, zone: str) -> str:
    """`Mon 09:00 Europe/London`, escaped; UTC for a zone that does not exist."""
    try:
        return f"{at.astimezone(ZoneInfo(zone)):%a %H:%M} {marked(zone, 60)}"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return utc(at)


def _shift(schedule: ScheduleId, zone: str, shift: Shift | None) -> str:
    if shift is None:
        return f"*{marked(schedule, 60)}*: NOBODY ON CALL"
    until = f"until {date(shift.until)} ({local(shift.until, zone)})"
    return f"*{marked(schedule, 60)}*: {marked(shift.person, 60)} {until}"


def _spoken(schedule: ScheduleId, zone: str, shift: Shift | None) -> str:
    who = f"{marked(shift.person, 60)} until {local(shift.until, zone)}" if shift else "NOBODY"
    return f"{marked(schedule, 60)}: {who}"


def _line(incident: Incident, now: datetime) -> str:
    state = look(incident)
    head = f"{state.sign} *{severity_word(incident.severity)} · {state.word}*"
    name = own_link(incident.permalink, incident.key)
    who = f" · {facts.holders(incident)} has it" if incident.status is Status.ACKNOWLEDGED else ""
    age = span(now - incident.opened_at)
    return f"{head} · {name} {facts.title_of(incident)}\n{facts.service_of(incident)} · open for {age}{who}"


def _show(incident: Incident, seal: Seal) -> Block:
    return button(
        "Details", a.SHOW, seal.value(a.SHOW, incident), said=f"Details of incident {incident.number}"
    )


def _turn(label: str, page: int, pages: int, asked: str) -> Block | None:
    if not 1 <= page <= pages:
        return None
    return button(label, f"{a.LIST_PAGE}.{label.lower()}", f"{page} {one_line(asked, 60)}")


def _choice(seal: Seal, incident: Incident, verb: str) -> str:
    return seal.value(a.PICK, incident, verb[:40])
