"""Timers: when the clock has something to say to an incident, and what it says then."""

from datetime import datetime

from bot.domain.commands import RemindDue, RungDue, Tick, WakeDue
from bot.domain.incident import Incident
from bot.domain.roster import Roster


def due_command(incident: Incident, roster: Roster, now: datetime) -> Tick | None:
    """What the clock says at that instant: the timer that is due; None when none is."""
    if incident.due_at is not None and incident.due_at <= now:
        return RungDue(due_at=incident.due_at, roster=roster)
    if incident.wake_at is not None and incident.wake_at <= now:
        return WakeDue(wake_at=incident.wake_at)
    if incident.remind_at is not None and incident.remind_at <= now:
        return RemindDue(remind_at=incident.remind_at)
    return None
