"""The trail: what was decided to be told of an incident, and what came of each attempt at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.alert import HeldAlert, MessageRef
from bot.domain.effects import Effect, Lane
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.domain.ladder import Ladder
from bot.domain.standing import AlertKey, Signal, Standing
from bot.domain.timeline import Entry


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One attempt and its end: `sent`, `unknown`, `not sent`, `rejected`, or `fenced: …` for one too late."""

    number: int
    at: datetime
    outcome: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """An effect and what became of it so far.

    `state` is pending, claimed, unknown, sent, cancelled or rejected; `reason` says why, where it is known.
    `effect` is None when its body cannot be read any more. `due_at` moves when it is tried again.
    """

    kind: str
    lane: Lane
    key: str
    effect: Effect | None
    state: str
    due_at: datetime
    decided_at: datetime
    done_at: datetime | None = None
    reason: str = ""
    provider_id: str | None = None
    ref: MessageRef | None = None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Everything that is known of how an incident and its pages came about.

    `today` is the ladder that the configuration in force has for it now; None when it has none, and
    `configured` is false when the configuration could not be asked. `standings` is what is known now of its
    alerts, and `kept_quiet` when something kept them from paging before it began.
    """

    incident: Incident
    entries: tuple[Entry, ...]
    alerts: tuple[HeldAlert, ...]
    deliveries: tuple[Delivery, ...]
    today: Ladder | None = None
    configured: bool = True
    standings: Mapping[AlertKey, Standing] = field(default_factory=dict)
    kept_quiet: tuple[Signal, ...] = ()

    @property
    def pages(self) -> tuple[Delivery, ...]:
        """Those of the deliveries that woke somebody, or were to."""
        return tuple(each for each in self.deliveries if each.lane is Lane.PAGE)


PER_PAGE = 10
"""Alerts on a page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertPage:
    """Some of an incident's `count` alerts: the page of that number, from 1."""

    alerts: tuple[HeldAlert, ...]
    number: int = 1
    pages: int = 1
    count: int = 0


class TrailTx(Protocol):
    """What a transaction knows of how something came about. For showing only: nothing is locked."""

    def alerts(self, incident: IncidentId, limit: int = 100) -> list[HeldAlert]:
        """What the incident remembers of its alerts, the first one first."""
        ...

    def alerts_page(self, incident: IncidentId, skip: int, limit: int) -> tuple[list[HeldAlert], int]:
        """Some of its alerts, those that fire first, each always in its place; and how many it has."""
        ...

    def deliveries(self, incident: IncidentId, limit: int = 1000) -> list[Delivery]:
        """Everything that was decided to be told of the incident, in the order of the decisions."""
        ...

    def coming_turn(self, name: str) -> int:
        """The turn of a round robin that would be given next; nobody is given it."""
        ...
