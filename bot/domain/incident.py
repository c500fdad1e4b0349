"""An incident: what is wrong, who has it, and how far up the ladder we are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.alert import Link, MessageRef, Severity
from bot.domain.ids import IncidentId, PersonId
from bot.domain.ladder import Escalation
from bot.domain.people import Actor
from bot.domain.service import Service


class Status(StrEnum):
    """Where an incident is in its life."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Via(StrEnum):
    """The road by which somebody's wish came."""

    CARD = "card"
    PAGE = "page"
    HOME = "home"
    COMMAND = "command"
    MENTION = "mention"
    DIRECT = "direct message"
    MODAL = "form"
    ALERT = "alert"
    CLOCK = "clock"


class Reason(StrEnum):
    """Why an incident is over."""

    FIXED = "fixed"
    SELF_CLEARED = "self-cleared"
    FALSE_POSITIVE = "false positive"
    DUPLICATE = "duplicate"
    EXPECTED = "expected"
    WILL_NOT_FIX = "will not fix"


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledgement:
    """Somebody has it."""

    by: Actor
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """How it ended."""

    by: Actor
    at: datetime
    reason: Reason | None = None
    summary: str = ""


class TicketState(StrEnum):
    """What is known of the ticket. NONE: the service wants none."""

    NONE = "none"
    PENDING = "pending"
    UNAVAILABLE = "unavailable"
    OPEN = "open"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketStatus:
    """The ticket as the card shows it; `status` is the tracker's own word for where it stands."""

    state: TicketState = TicketState.NONE
    key: str | None = None
    url: str | None = None
    status: str | None = None
    problem: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertTally:
    """Counts over the incident's alerts: how many fire now, how many signals came in all."""

    firing: int = 0
    signals: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Paging:
    """What the last rung did, for the card: whom it paged, and for whom nobody was there."""

    people: tuple[str, ...] = ()
    nobody: tuple[str, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """The aggregate. It changes only by `decide`; the database is its truth and messages are pictures of it.

    `dedup_key` is unique among open incidents. `wake_at` is when an acknowledgement or a snooze ends.
    `version` counts decisions; `entries` counts timeline entries, of which the card's thread has the
    first `threaded`. `unpaged` is an incident that wakes nobody because somebody, or its service, said so.
    `declined` are the people who said "I can't" during this climb.
    `unconfirmed` is the version that the database had when it turned out that it may have lost the newest
    state; until that is settled nobody is paged and nothing is told. None when all is well.
    `turn` is its place in the round robin of its ladder, where there is one.
    """

    id: IncidentId
    number: int
    title: str
    description: str = ""
    service: Service
    severity: Severity
    status: Status
    source: str
    opened_at: datetime
    opened_by: Actor
    dedup_key: str | None = None
    links: tuple[Link, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    escalation: Escalation | None = None
    paging: Paging = field(default_factory=Paging)
    acknowledgements: tuple[Acknowledgement, ...] = ()
    declined: tuple[PersonId, ...] = ()
    wake_at: datetime | None = None
    snoozed: bool = False
    resolution: Resolution | None = None
    alerts: AlertTally = field(default_factory=AlertTally)
    card: MessageRef | None = None
    permalink: str | None = None
    ticket: TicketStatus = field(default_factory=TicketStatus)
    version: int = 0
    entries: int = 0
    threaded: int = 0
    unpaged: bool = False
    unconfirmed: int | None = None
    turn: int = 0

    @property
    def canary(self) -> bool:
        """Whether it only tries the road out; its number is below zero, and no list shows it."""
        return self.number < 0

    @property
    def key(self) -> str:
        """The name that people use."""
        return f"INC-{self.number}"

    @property
    def open(self) -> bool:
        """Whether it is not resolved."""
        return self.status is not Status.RESOLVED

    @property
    def epoch(self) -> int:
        """The number of the present climb; 0 before the first."""
        return self.escalation.epoch if self.escalation else 0

    @property
    def due_at(self) -> datetime | None:
        """When the next rung fires; None when no climb is under way."""
        return self.escalation.due_at if self.escalation else None

    @property
    def next_at(self) -> datetime | None:
        """When the clock has something to say; what `decide` would find stale is not asked for."""
        if self.unconfirmed is not None:
            return None
        match self.status:
            case Status.TRIGGERED:
                return self.due_at
            case Status.ACKNOWLEDGED:
                return self.wake_at
            case Status.RESOLVED:
                return None
