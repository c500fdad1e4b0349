"""The Home tab: what needs me, who is on call, what is open."""

from datetime import datetime

from bot.domain.ids import ScheduleId
from bot.domain.incident import Incident, Status
from bot.domain.schedule import Shift
from bot.ports import Home
from bot.render import actions as a
from bot.render import facts
from bot.render.answering import acknowledge, acknowledge_for
from bot.render.duty import span_words
from bot.render.escape import clock, date, marked, own_link
from bot.render.look import look, severity_word, span
from bot.render.message import Block, actions, button, context, divider, heading, section
from bot.render.seal import Seal
from bot.render.silences import lines

MOST_WAITING = 10
MOST_OPEN = 10
MOST_SCHEDULES = 10


def home_view(home: Home, seal: Seal) -> Block:
    """The view for `views.publish`."""
    blocks: list[Block | None] = [
        actions([button("Declare incident", a.HOME_DECLARE, "declare", style="primary")]),
        *_needs_you(home, seal),
        *_on_call(home),
        *_open(home, seal),
        *_quiet(home, seal),
        divider(),
        context(_health(home), f"Updated {clock(home.now)}"),
    ]
    return {"type": "home", "blocks": [block for block in blocks if block is not None]}


def _needs_you(home: Home, seal: Seal) -> list[Block | None]:
    if not home.waiting:
        return []
    blocks: list[Block | None] = [heading("Needs you")]
    for incident in home.waiting[:MOST_WAITING]:
        blocks.append(section(f"🚨 {_line(incident)}\n{_since(incident, home.now)}"))
        blocks.append(
            actions([acknowledge(incident, seal), acknowledge_for(incident, seal), _show(incident, seal)])
        )
    if len(home.waiting) > MOST_WAITING:
        blocks.append(context(f"… and {len(home.waiting) - MOST_WAITING} more"))
    return blocks


def _on_call(home: Home) -> list[Block | None]:
    if not (home.on_call or home.mine):
        return []
    mine = [
        f"You are on call for *{marked(schedule)}* until {date(shift.until)}" for schedule, shift in home.mine
    ]
    now = [_shift(*each) for each in home.on_call[:MOST_SCHEDULES]]
    if len(home.on_call) > MOST_SCHEDULES:
        now.append(f"… and {len(home.on_call) - MOST_SCHEDULES} more: `/oncall`")
    coming = [_coming(*home.coming)] if home.coming else []
    return [
        heading("On call now"),
        section("\n".join([*mine[:MOST_SCHEDULES], *coming, *now])),
        actions(
            [
                button("Override", a.OVERRIDE, "override", said="Override: change who is on call"),
                button("Send test page", a.TEST, "test", said="Send test page to yourself by every method"),
            ]
        ),
    ]


def _coming(schedule: ScheduleId, zone: str, shift: Shift) -> str:
    return f"Your next shift of *{marked(schedule)}*: {span_words(shift.since, shift.until, zone)}"


def _shift(schedule: ScheduleId, zone: str, shift: Shift | None) -> str:
    if shift is None:
        return f"*{marked(schedule, 60)}*: NOBODY ON CALL"
    until = f"until {date(shift.until)}"
    return f"*{marked(schedule, 60)}*: {marked(shift.person, 60)} {until} (schedule in {marked(zone, 40)})"


def _open(home: Home, seal: Seal) -> list[Block | None]:
    if not home.open:
        return [heading("Open incidents"), section(_empty(home))]
    blocks: list[Block | None] = [heading("Open incidents")]
    blocks += [
        section(f"{_line(incident)}\n{_since(incident, home.now)}", accessory=_show(incident, seal))
        for incident in home.open[:MOST_OPEN]
    ]
    if len(home.open) > MOST_OPEN:
        blocks.append(context(f"… and {len(home.open) - MOST_OPEN} more: `/incident list`"))
    return blocks


def _quiet(home: Home, seal: Seal) -> list[Block | None]:
    """Whatever keeps alerts quiet is seen by everybody."""
    return [heading("Kept quiet"), *lines(home.quiet, home.now, seal)] if home.quiet else []


def _empty(home: Home) -> str:
    last = home.last_resolved
    if last is None or last.resolution is None:
        return "No open incidents."
    ago = span(home.now - last.resolution.at)
    return f"No open incidents. The last one was {own_link(last.permalink, last.key)}, resolved {ago} ago."


def _line(incident: Incident) -> str:
    name = own_link(incident.permalink, incident.key)
    state = look(incident)
    head = f"{state.sign} *{severity_word(incident.severity)} · {state.word}* · {name}"
    return f"{head} {facts.title_of(incident)} ({facts.service_of(incident)})"


def _since(incident: Incident, now: datetime) -> str:
    who = f", {facts.holders(incident)} has it" if incident.status is Status.ACKNOWLEDGED else ""
    return f"Open for {span(now - incident.opened_at)}{who}"


def _show(incident: Incident, seal: Seal) -> Block:
    return button(
        "Details", a.SHOW, seal.value(a.SHOW, incident), said=f"Details of incident {incident.number}"
    )


def _health(home: Home) -> str:
    if not home.troubles:
        return "Health: everything works"
    return "Health: " + " · ".join(marked(trouble, 120) for trouble in home.troubles[:5])
