"""Commands: what happened and must be decided. Each is a wish, a signal, the clock, or an answer."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.alert import Alert, HeldAlert, Link, MessageRef, Severity
from bot.domain.ids import PersonId
from bot.domain.incident import Reason, TicketState, Via
from bot.domain.ladder import Step
from bot.domain.people import Actor, MethodKind, Person
from bot.domain.roster import Roster
from bot.domain.route import Placement
from bot.domain.service import Service
from bot.domain.sight import Sight


@dataclass(frozen=True, kw_only=True, slots=True)
class Declare:
    """A person opens an incident by hand. `page` False opens it without waking anybody."""

    by: Actor
    title: str
    service: Service
    severity: Severity
    via: Via
    description: str = ""
    page: bool = True
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertSeen:
    """A signal came for this incident. `held` is what was known of the same alert before.

    `placement` says why it came to this service with this severity.
    """

    alert: Alert
    severity: Severity
    held: HeldAlert | None = None
    placement: Placement | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledge:
    """Somebody has it. `until` is a chosen wake time; without one the service's time-out counts."""

    by: Actor
    via: Via
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Unacknowledge:
    """Nobody has it after all: the ladder begins again after a short grace."""

    by: Actor
    via: Via


@dataclass(frozen=True, kw_only=True, slots=True)
class Snooze:
    """Be quiet until then."""

    by: Actor
    via: Via
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolve:
    """It is over."""

    by: Actor
    via: Via
    summary: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reopen:
    """It is not over."""

    by: Actor
    via: Via
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeSeverity:
    """It is worse, or not as bad."""

    by: Actor
    via: Via
    severity: Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class AddNote:
    """Something worth remembering."""

    by: Actor
    via: Via
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PagePeople:
    """Page these people too, outside the ladder."""

    by: Actor
    via: Via
    people: tuple[Person, ...]
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Escalate:
    """The next rung now. `as_of` is the rung that the person saw as the next one, when a button said so."""

    by: Actor
    via: Via
    as_of: Step | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Decline:
    """The paged person cannot take it: the next rung is due now.

    `as_of` is the rung that was the next one when they were asked. When it was paged meanwhile, those
    people keep their time.
    """

    by: Actor
    via: Via
    person: PersonId
    epoch: int
    as_of: Step | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryTicket:
    """Try once more to make the ticket that failed."""

    by: Actor
    via: Via


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirm:
    """What the database says of it is what counts, though something may be missing.

    Without `page` it stays open and wakes nobody.
    """

    by: Actor
    via: Via
    page: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """The database may have lost what happened last."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recalled:
    """A provider was asked what it remembers of the incident."""

    sight: Sight


@dataclass(frozen=True, kw_only=True, slots=True)
class RungDue:
    """The clock says that a rung is due. Stale unless the climb is still due at `due_at`."""

    due_at: datetime
    roster: Roster


@dataclass(frozen=True, kw_only=True, slots=True)
class WakeDue:
    """The clock says that an acknowledgement or a snooze ends. Stale unless it still ends at `wake_at`."""

    wake_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class DeniedAgain:
    """Somebody without authority tried to change the incident several times in a short while.

    `tell` are the Slack users who work on it.
    """

    by: Actor
    tell: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CardPosted:
    """The card stands in the channel."""

    card: MessageRef
    permalink: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadPosted:
    """The card's thread has the timeline up to and including that entry."""

    through: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PageSent:
    """A page was accepted by its provider."""

    person: str
    method: MethodKind


@dataclass(frozen=True, kw_only=True, slots=True)
class PageFailed:
    """A page was refused for good.

    `more` says whether another page of the same rung is still on its way or has arrived;
    without one the next rung is due now.
    """

    person: str
    method: MethodKind
    reason: str
    epoch: int
    step: Step
    more: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketOpened:
    """The ticket exists. `dropped` are optional fields that its screen does not have."""

    key: str
    url: str
    status: str | None = None
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketMoved:
    """The ticket stands in that status now."""

    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketTrouble:
    """The tracker cannot be reached (it is tried again), or refused for good (FAILED)."""

    state: TicketState
    problem: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryGivenUp:
    """Something that was to be told will not be told; it lies among the dead letters."""

    what: str
    reason: str


Wish = (
    Acknowledge
    | Unacknowledge
    | Snooze
    | Resolve
    | Reopen
    | ChangeSeverity
    | AddNote
    | PagePeople
    | Escalate
    | Decline
    | RetryTicket
    | Confirm
)
"""What a person wants of an incident that exists; the only commands that need authority."""

Answer = (
    CardPosted
    | ThreadPosted
    | PageSent
    | PageFailed
    | TicketOpened
    | TicketMoved
    | TicketTrouble
    | DeliveryGivenUp
)
"""What came of telling the world."""

Command = Wish | AlertSeen | DeniedAgain | RungDue | WakeDue | Doubt | Recalled | Answer
