"""What a wish has to know of the configuration, put in by the transaction that grants it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.domain import commands as c
from bot.domain.configuration import Configuration
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
            found, user = roster(), by.slack_user
            mine = (
                role
                for role in roles
                for shift in found.on_call(role, now)
                if (person := found.person(shift.person)) and person.slack_user == user
            )
            return replace(wish, on_call=tuple(dict.fromkeys(mine)))
        case c.Restart():
            return replace(wish, service=configuration.services.get(incident.service.id))
        case _:
            return wish


def turn_wanted(before: Incident | None, after: Incident) -> str | None:
    """The round robin in which a new climb takes its turn, by its name; None when it takes none."""
    climb, earlier = after.escalation, before.escalation if before else None
    if climb is None or after.canary or (earlier is not None and earlier.ladder.id == climb.ladder.id):
        return None
    ladders = (ladder for ladder in (climb.ladder, climb.catch_all) if ladder is not None)
    return next((ladder.id for ladder in ladders if turns(ladder)), None)
