"""What a link shows: iCal text of a schedule or of a person, and a page with the picture."""

import base64
import hashlib
import html
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.domain.ids import PersonId, ScheduleId
from bot.domain.roster import Roster
from bot.domain.schedule import Shift
from bot.render.escape import one_line
from bot.render.ical import Event, calendar, shift_event
from bot.render.timetable import Timetable, alt_text, rows

BEHIND, AHEAD = timedelta(days=7), timedelta(days=90)

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem;"
    "overflow-wrap:anywhere;"
    "color:#1d1c1d;background:#fff}img{box-sizing:border-box;width:100%;height:auto;"
    "border:1px solid #d0d0d4;border-radius:8px}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:left;padding:.35rem .6rem;"
    "border-bottom:1px solid #e3e3e6}tr.gap td{color:#b3001b;font-weight:600}tr.now td{background:#eef6ff}"
    "p{color:#616061}@media(prefers-color-scheme:dark){body{background:#1a1d21;color:#e8e8e8}"
    "th,td{border-color:#3a3d42}tr.gap td{color:#ff8f9c}tr.now td{background:#1f2f40}p{color:#ababad}}"
)
POLICY = (
    "default-src 'none'; img-src data:; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""No script, no form, no frame, and nothing from anywhere else."""


def schedule_calendar(roster: Roster, schedule: ScheduleId, now: datetime) -> str:
    """Everybody's shifts of a schedule."""
    found = roster.schedules[schedule]
    shifts = _whole(roster, schedule, roster.shifts(schedule, now - BEHIND, now + AHEAD))
    events = [shift_event(found, shift, _name(roster, shift.person)) for shift in shifts]
    return calendar(f"On call: {found.name or schedule}", events, _stamp(now))


def person_calendar(roster: Roster, person: PersonId, now: datetime) -> str:
    """One person's shifts of all schedules."""
    events: list[Event] = []
    for schedule, found in roster.schedules.items():
        shifts = _whole(roster, schedule, roster.shifts(schedule, now - BEHIND, now + AHEAD))
        name = _name(roster, person)
        events += [shift_event(found, shift, name) for shift in shifts if shift.person == person]
    events.sort(key=lambda event: (event.since, event.uid))
    return calendar(f"On call: {_name(roster, person)}", events, _stamp(now))


def page(table: Timetable, picture: bytes | None) -> str:
    """A whole page. Every text in it is escaped; the picture stands in it, and the table says the same."""
    title = html.escape(f"On call: {table.title}")
    shown = (
        f'<img alt="{html.escape(alt_text(table), quote=True)}" '
        f'src="data:image/png;base64,{base64.b64encode(picture).decode()}">'
        if picture
        else f"<p>The picture could not be drawn. {html.escape(alt_text(table, 300))}</p>"
    )
    lines = "".join(_row(each) for each in rows(table))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f"<style>{STYLE}</style></head><body><h1>{title}</h1>{shown}"
        f"<table><caption>Times of {html.escape(table.zone)}</caption>"
        "<thead><tr><th>From</th><th>To</th><th>Who</th><th></th></tr></thead>"
        f"<tbody>{lines}</tbody></table>"
        f"<p>As of {table.now.astimezone(UTC):%Y-%m-%d %H:%M} UTC.</p></body></html>"
    )


def _row(row: tuple[str, str, str, str]) -> str:
    kind = f' class="{row[3]}"' if row[3] in ("gap", "now") else ""
    return f"<tr{kind}>" + "".join(f"<td>{html.escape(each)}</td>" for each in row) + "</tr>"


def _whole(roster: Roster, schedule: ScheduleId, shifts: Sequence[Shift]) -> list[Shift]:
    """Shifts that were cut at the edges as they really are, so that they keep their UID as time passes."""
    if not shifts:
        return []
    first, last = min(shift.since for shift in shifts), max(shift.until for shift in shifts)
    edges = {first: roster.on_call(schedule, first)}
    edges[last] = roster.on_call(schedule, last - timedelta(microseconds=1))
    whole = {(shift.person, edge): shift for edge, found in edges.items() for shift in found}
    told: dict[tuple[PersonId, datetime], Shift] = {}
    for shift in shifts:
        cut = (
            whole.get((shift.person, first))
            if shift.since == first
            else whole.get((shift.person, last))
            if shift.until == last
            else None
        )
        real = cut or shift
        told.setdefault((real.person, real.since), real)
    return sorted(told.values(), key=lambda shift: (shift.since, shift.person))


def _name(roster: Roster, person: PersonId) -> str:
    found = roster.person(person)
    return one_line(found.name if found else person, 60)


def _stamp(now: datetime) -> datetime:
    """The hour: a calendar in which nothing changed stays the same to the byte for a while."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
