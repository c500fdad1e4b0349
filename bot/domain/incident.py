"""An incident: what is wrong, who has it, and how far up the ladder we are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.alert import Link, MessageRef, Severity
from bot.domain.gathering import Gathering
from bot.domain.ids import IncidentId, PersonId, ScheduleId
from bot.domain.ladder import Escalation
from bot.domain.people import Actor
from bot.domain.service import Service

REMIND_BEFORE = timedelta(minutes=5)
"""How long before an acknowledgement ends those who have it are asked whether they still do."""


TRIAL = "test page"
"""The source of incidents by which somebody pages themselves."""


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
    LINK = "link in an e-mail"
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
    """Somebody has it; `roles` are the schedules for which their answer counts, where roles must answer."""

    by: Actor
    at: datetime
    roles: tuple[ScheduleId, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Somebody who was asked besides the ladder, `times` times so far, and is asked again at `again_at`.

    With `over_at` it is over: they have answered, or do not want to be asked any more.
    """

    person: PersonId
    name: str
    slack_user: str | None
    by: str
    message: str
    since: datetime
    again_at: datetime | None
    times: int = 1
    over_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """Somebody who has it is to be relieved by `name`; until they accept, nothing changes.

    `slack_user` is who is asked. `schedule`: its turn has changed, which is why; without one the giver
    wished it.
    """

    id: str
    slack_user: str
    name: str
    giver: Actor
    at: datetime
    schedule: ScheduleId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """How it ended."""

    by: Actor
    at: datetime
    reason: Reason | None = None
    summary: str = ""


class Undoable(StrEnum):
    """What can be taken back for a short while."""

    ACKNOWLEDGEMENT = "acknowledgement"
    SNOOZE = "snooze"
    RESOLUTION = "resolution"


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """What decided whom to page, and when; and how many alerts fired."""

    status: Status
    due_at: datetime | None
    acknowledgements: tuple[Acknowledgement, ...]
    wake_at: datetime | None
    reminded: datetime | None
    snoozed: bool
    firing: int
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Undo:
    """Something that `by` can take back. `version` is that of the incident which it made."""

    what: Undoable
    by: Actor
    at: datetime
    version: int
    before: Before


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
    `reminded` is the wake of which those who have it were told, or need not be. `undos` is what was done
    last and can be taken back, the newest last. `offers` are those who were asked to take it over.
    `turn` is its place in the round robin of its ladder, where there is one. `asked` are the people who
    were paged besides the ladder. `gathering` says when its alerts are told, where that is not at once.
    `left` are its cards in channels that it was moved away from, the newest last.
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
    asked: tuple[Asked, ...] = ()
    reminded: datetime | None = None
    undos: tuple[Undo, ...] = ()
    offers: tuple[Offer, ...] = ()
    gathering: Gathering | None = None
    left: tuple[MessageRef, ...] = ()

    @property
    def canary(self) -> bool:
        """Whether it only tries the road out; its number is below zero, and no list shows it."""
        return self.number < 0

    @property
    def trial(self) -> bool:
        """Whether somebody tries out by it how pages reach them; of a canary's sort otherwise."""
        return self.canary and self.source == TRIAL

    @property
    def key(self) -> str:
        """The name that people use."""
        return "TEST" if self.trial else f"INC-{self.number}"

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
    def owed_at(self) -> datetime | None:
        """When rungs that were passed are looked at again, for those whom they have not reached."""
        if self.status is not Status.TRIGGERED or self.escalation is None or self.escalation.due_at is None:
            return None
        return self.escalation.owed_at

    @property
    def remind_at(self) -> datetime | None:
        """When those who have it are asked whether they still do; None when they were, or need not be."""
        if self.status is not Status.ACKNOWLEDGED or self.snoozed or self.wake_at in {None, self.reminded}:
            return None
        assert self.wake_at is not None
        return self.wake_at - REMIND_BEFORE

    @property
    def next_at(self) -> datetime | None:
        """When the clock has something to say; what `decide` would find stale is not asked for.

        A climb that should go on and has no time is nobody's turn, whoever is asked besides it: so the audit
        finds it.
        """
        if self.unconfirmed is not None:
            return None
        match self.status:
            case Status.TRIGGERED:
                own = self.due_at
                if own is None and not self.unpaged:
                    return None
                if own is not None and (owed := self.owed_at) is not None:
                    own = min(own, owed)
            case Status.ACKNOWLEDGED:
                own = self.remind_at or self.wake_at
            case Status.RESOLVED:
                return None
        if not self.asked and self.gathering is None:
            return own
        return min((at for at in (own, self.ask_at, self.gather_at) if at is not None), default=None)

    @property
    def ask_at(self) -> datetime | None:
        """When somebody who was asked besides the ladder is asked again."""
        times = (each.again_at for each in self.asked if each.again_at is not None)
        return min(times, default=None) if self.open else None

    @property
    def gather_at(self) -> datetime | None:
        """When it is said that its alerts still fire, or looked at whether their storm is over."""
        return self.gathering.at if self.gathering and self.open else None
