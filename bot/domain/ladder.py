"""Ladders: whom to page, in which order, and how long to wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.domain.ids import LadderId, PersonId, ScheduleId

LATE = timedelta(minutes=1)
"""A rung fired later than this gives everyone the whole wait from now on."""

SHORTEST_REPEAT = timedelta(minutes=5)
LONGEST_REPEAT = timedelta(hours=1)
"""An exhausted ladder goes on at least this often until somebody acknowledges."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonTarget:
    """One person."""

    person: PersonId
    kind: Literal["person"] = "person"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleTarget:
    """Whoever is on call in a schedule at the moment of paging."""

    schedule: ScheduleId
    kind: Literal["schedule"] = "schedule"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelTarget:
    """A Slack channel, by id or `#name`: a loud message to everyone in it."""

    channel: str
    kind: Literal["channel"] = "channel"


Target = PersonTarget | ScheduleTarget | ChannelTarget


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """Some targets and the time until the next rung."""

    targets: tuple[Target, ...]
    wait: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Ladder:
    """Rungs, climbed `rounds` times from the first to the last."""

    id: LadderId
    rungs: tuple[Rung, ...]
    rounds: int = 1


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Step:
    """A place on a ladder; both counts begin at 1."""

    round: int
    rung: int


FIRST_STEP = Step(round=1, rung=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Escalation:
    """One live climb of a ladder for one incident, on the ladder as it was when the climb began.

    `step` is the rung that fires next, at `due_at`; with `due_at` None the climb is halted.
    `epoch` counts the climbs of the incident, so that no two pages of its life have the same key.
    `exhausted_at` is when the last round ended unanswered; then the catch-all is climbed, again and again.
    `stuck`: its rung could not be decided, and people were told so.
    `also` are Slack users who are paged together with the first rung: those who had acknowledged before.
    """

    epoch: int
    ladder: Ladder
    catch_all: Ladder | None
    step: Step = FIRST_STEP
    due_at: datetime | None
    exhausted_at: datetime | None = None
    also: tuple[str, ...] = ()
    stuck: bool = False

    @property
    def climbed(self) -> Ladder:
        """The ladder that is being climbed now."""
        if self.exhausted_at is not None and self.catch_all is not None:
            return self.catch_all
        return self.ladder

    @property
    def rung(self) -> Rung:
        """The rung that fires next."""
        return self.climbed.rungs[self.step.rung - 1]


def step_after(ladder: Ladder, step: Step) -> Step:
    """The next rung, or the first one of the next round."""
    if step.rung < len(ladder.rungs):
        return Step(round=step.round, rung=step.rung + 1)
    return Step(round=step.round + 1, rung=1)


def lateness(due_at: datetime, now: datetime) -> timedelta:
    """How late a rung fires, where that is worth telling; nothing otherwise."""
    return now - due_at if now - due_at > LATE else timedelta()


def next_due(due_at: datetime, wait: timedelta, now: datetime) -> datetime:
    """On time there is no drift; when late, everyone keeps the whole wait.

    Short waits count as late sooner: nobody may be left without time to answer.
    """
    if now - due_at > min(LATE, wait / 2):
        return now + wait
    return due_at + wait
