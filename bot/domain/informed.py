"""What a wish has to know of the configuration, put in by the transaction that grants it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.domain import commands as c
from bot.domain.configuration import Configuration
from bot.domain.ids import ScheduleId
from bot.domain.incident import Incident
from bot.domain.ladder import turns
from bot.domain.roster import Roster


def informed(
    wish: c.Wish,
    incident: Incident,
    configuration: Configuration,
    roster: Callable[[], Roster],
    now: datetime,
) -> c.Wish:
    """The same wish. Who acknowledges may be on call for a role; a restart takes what is configured."""
    match wish:
        case c.Acknowledge(by=by) if incident.escalation and (roles := incident.escalation.ladder.roles):
            found = roster()
            mine = (role for role in roles if _is_on_call(found, role, by.slack_user, now))
            return replace(wish, on_call=tuple(mine))
        case c.Restart():
            return replace(wish, service=configuration.services.get(incident.service.id))
        case _:
            return wish


def _is_on_call(roster: Roster, role: ScheduleId, user: str | None, now: datetime) -> bool:
    """Whether they are. Of a schedule that cannot be resolved nobody is: an answer is taken all the same."""
    try:
        shifts = roster.on_call(role, now)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return False
    people = (roster.person(shift.person) for shift in shifts)
    return any(person is not None and person.slack_user == user for person in people)


def turn_wanted(before: Incident | None, after: Incident) -> str | None:
    """The round robin in which a new climb takes its turn, by its name; None when it takes none."""
    climb, earlier = after.escalation, before.escalation if before else None
    if climb is None or after.canary or (earlier is not None and earlier.ladder.id == climb.ladder.id):
        return None
    ladders = (ladder for ladder in (climb.ladder, climb.catch_all) if ladder is not None)
    return next((ladder.id for ladder in ladders if turns(ladder)), None)
