"""Ticks: what the clock says to an incident."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import ScheduleId
from bot.domain.people import Person
from bot.domain.roster import Roster


@dataclass(frozen=True, kw_only=True, slots=True)
class RungDue:
    """The clock says that a rung is due. Stale unless the climb is still due at `due_at`."""

    due_at: datetime
    roster: Roster


@dataclass(frozen=True, kw_only=True, slots=True)
class OwedDue:
    """The clock says that a rung which was passed may reach somebody now. Stale unless due at `owed_at`."""

    owed_at: datetime
    roster: Roster


@dataclass(frozen=True, kw_only=True, slots=True)
class WakeDue:
    """The clock says that an acknowledgement or a snooze ends. Stale unless it still ends at `wake_at`."""

    wake_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RemindDue:
    """The clock says that an acknowledgement ends soon. Stale unless that is still due at `remind_at`."""

    remind_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class AskAgainDue:
    """The clock says that somebody whom a person asked is asked again. Stale unless still due at `ask_at`."""

    ask_at: datetime
    roster: Roster


@dataclass(frozen=True, kw_only=True, slots=True)
class GatherDue:
    """The clock says that alerts still fire, or looks at a storm. Stale unless still due at `gather_at`."""

    gather_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ShiftChanged:
    """A schedule's turn changed at `at`: what the outgoing one has is offered to the incoming one."""

    schedule: ScheduleId
    at: datetime
    outgoing: Person
    incoming: Person


@dataclass(frozen=True, kw_only=True, slots=True)
class DutyChanged:
    """Somebody decided anew who is on call: what waits for somebody asks again, and the card shows it."""

    roster: Roster


Tick = RungDue | OwedDue | WakeDue | RemindDue | AskAgainDue | GatherDue
"""What is due by the incident's own timers."""
