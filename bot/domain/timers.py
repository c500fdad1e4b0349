"""Timers: when the clock has something to say to an incident, and what it says then."""

from dataclasses import replace
from datetime import datetime

from bot.domain.commands import AskAgainDue, GatherDue, OwedDue, RemindDue, RungDue, Tick, WakeDue
from bot.domain.decision import Draft
from bot.domain.incident import Incident
from bot.domain.roster import Roster


def due_command(incident: Incident, roster: Roster, now: datetime) -> Tick | None:
    """What the clock says at that instant: the timer that is due; None when none is."""
    if incident.due_at is not None and incident.due_at <= now:
        return RungDue(due_at=incident.due_at, roster=roster)
    if incident.owed_at is not None and incident.owed_at <= now:
        return OwedDue(owed_at=incident.owed_at, roster=roster)
    if incident.wake_at is not None and incident.wake_at <= now:
        return WakeDue(wake_at=incident.wake_at)
    if incident.remind_at is not None and incident.remind_at <= now:
        return RemindDue(remind_at=incident.remind_at)
    if incident.ask_at is not None and incident.ask_at <= now:
        return AskAgainDue(ask_at=incident.ask_at, roster=roster)
    if incident.gather_at is not None and incident.gather_at <= now:
        return GatherDue(gather_at=incident.gather_at)
    return None


def postpone(draft: Draft, at: datetime) -> None:
    """Whatever is due besides the climb is due then: it could not be decided now."""
    incident, now = draft.incident, draft.now
    if incident.wake_at is not None and incident.wake_at <= now:
        draft.change(wake_at=at)
    elif incident.remind_at is not None and incident.remind_at <= now:
        draft.change(reminded=incident.wake_at)
    if incident.gathering is not None:
        draft.change(gathering=incident.gathering.postponed(now, at))
    if incident.escalation is not None:
        owed = (
            replace(each, again_at=at) if each.again_at <= now else each for each in incident.escalation.owed
        )
        draft.change(escalation=replace(incident.escalation, owed=tuple(owed)))
    late = (each.again_at is not None and each.again_at <= now for each in incident.asked)
    draft.change(
        asked=tuple(
            replace(each, again_at=at) if due else each
            for each, due in zip(incident.asked, late, strict=True)
        )
    )
