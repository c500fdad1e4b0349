"""Round robins that go on within a rung: the next in turn is paged too, until the next rung is due."""

from dataclasses import replace
from datetime import datetime

from bot.domain.aim import Aiming
from bot.domain.decision import Draft
from bot.domain.incident import Incident
from bot.domain.ladder import Escalation, lateness, next_due
from bot.domain.paging import tell
from bot.domain.people import SYSTEM
from bot.domain.personal import first_paged
from bot.domain.roster import Roster
from bot.domain.timeline import EntryKind


def go_round(draft: Draft, escalation: Escalation, roster: Roster) -> bool:
    """The next one in turn is paged as well; False when nobody is left who is awake."""
    spin, due_at = escalation.spin, escalation.due_at
    assert spin is not None
    assert due_at is not None
    place = replace(escalation, step=spin.step)
    aim = Aiming(incident=draft.incident, place=place, roster=roster, at=draft.now).spin(spin.paged)
    if not aim.people:
        return False
    told = tell(draft, place, aim, roster, lateness(due_at, draft.now))
    after = replace(
        escalation,
        spin=replace(spin, paged=(*spin.paged, *aim.turned)),
        resting=told.resting,
        owed=told.owed,
    )
    draft.change(escalation=next_turn(draft.incident, after, place, roster, due_at, draft.now))
    names = ", ".join(aim.names)
    draft.change(paging=replace(draft.incident.paging, people=(*draft.incident.paging.people, *aim.names)))
    draft.enter(EntryKind.TURN, SYSTEM, rung=str(spin.step.rung), round=str(spin.step.round), people=names)
    return True


def next_turn(
    incident: Incident,
    after: Escalation,
    place: Escalation,
    roster: Roster,
    due_at: datetime,
    now: datetime,
) -> Escalation:
    """When the round robin that goes on within the rung turns next, if that is before the next rung.

    When all had their turn, or sleep until then, the rung lasts as long as it would without it.
    """
    every, spin = place.rung.every, after.spin
    if spin is None or every is None:
        return after
    turn = next_due(due_at, every, now)
    aim = Aiming(incident=incident, place=place, roster=roster, at=turn).spin(spin.paged)
    wakes = turn if aim.people else first_paged(aim.resting, incident.severity, turn)
    if (aim.people or aim.resting) and wakes < spin.until:
        return replace(after, due_at=wakes)
    return replace(after, due_at=spin.until, spin=None)
