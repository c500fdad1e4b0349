"""Commands: what happened and must be decided. Each is a wish, a signal, the clock, or an answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain import ticks
from bot.domain.alert import Alert, HeldAlert, Link, MessageRef, Severity
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.incident import Reason, TicketState, Via
from bot.domain.ladder import Step
from bot.domain.people import Actor, Person, Way
from bot.domain.route import Placement
from bot.domain.service import Service
from bot.domain.sight import Sight

AskAgainDue = ticks.AskAgainDue
DutyChanged = ticks.DutyChanged
GatherDue = ticks.GatherDue
OwedDue = ticks.OwedDue
RemindDue = ticks.RemindDue
RungDue = ticks.RungDue
ShiftChanged = ticks.ShiftChanged
Tick = ticks.Tick
WakeDue = ticks.WakeDue


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

    `placement` says why it came to this service with this severity. `anew`: nobody told it just now, and
    something kept it quiet until now. `again`: the message that tells it was edited, and had told it before.
    `more`: the edit says more of it.
    """

    alert: Alert
    severity: Severity
    held: HeldAlert | None = None
    placement: Placement | None = None
    anew: bool = False
    again: bool = False
    more: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledge:
    """Somebody has it. `until` is a chosen wake time; without one the service's time-out counts.

    `on_call` are the schedules whose turn is theirs, as far as the incident needs to know.
    """

    by: Actor
    via: Via
    until: datetime | None = None
    on_call: tuple[ScheduleId, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Unacknowledge:
    """Nobody has it after all: the ladder begins again after a short grace."""

    by: Actor
    via: Via


@dataclass(frozen=True, kw_only=True, slots=True)
class Extend:
    """Whoever has it still does: the acknowledgement ends so much later, counted from now."""

    by: Actor
    via: Via
    span: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Undo:
    """Take back what was done just now."""

    by: Actor
    via: Via


@dataclass(frozen=True, kw_only=True, slots=True)
class HandOver:
    """Ask somebody to take it over."""

    by: Actor
    via: Via
    to: Person


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerOffer:
    """Take it over, or leave it with whoever has it."""

    by: Actor
    via: Via
    offer: str
    accept: bool


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
    """The next rung now. `as_of` is the rung that the person saw as the next one, when a button said so.

    `to` is the rung that is chosen, by its number on the ladder that is being climbed.
    """

    by: Actor
    via: Via
    as_of: Step | None = None
    to: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StopPages:
    """Do not page me for this any more: somebody else has it."""

    by: Actor
    via: Via


@dataclass(frozen=True, kw_only=True, slots=True)
class Restart:
    """Climb the ladder that the configuration has now. `service` is the incident's, as it is there."""

    by: Actor
    via: Via
    service: Service | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """It belongs to another service: that one's ladder is climbed."""

    by: Actor
    via: Via
    service: Service


@dataclass(frozen=True, kw_only=True, slots=True)
class Decline:
    """The paged person cannot take it: the next rung is due now.

    `as_of` is the rung that was the next one when they were asked. When it was paged meanwhile, those
    people keep their time. `besides`: they were asked by somebody, and the ladder goes on as it would.
    """

    by: Actor
    via: Via
    person: PersonId
    epoch: int
    as_of: Step | None = None
    besides: bool = False


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
class DeniedAgain:
    """Somebody without authority tried to change the incident several times in a short while.

    `tell` are the Slack users who work on it.
    """

    by: Actor
    tell: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CardPosted:
    """The card stands in the channel, which the service had under that name."""

    card: MessageRef
    permalink: str | None = None
    channel: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadPosted:
    """The card's thread has the timeline up to and including that entry."""

    through: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PageSent:
    """A page was accepted by its provider."""

    person: str
    method: Way


@dataclass(frozen=True, kw_only=True, slots=True)
class PageFailed:
    """A page was refused for good.

    `more` says whether another page of the same rung is still on its way or has arrived;
    without one the next rung is due now.
    """

    person: str
    method: Way
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
    | Extend
    | Undo
    | HandOver
    | AnswerOffer
    | Snooze
    | Resolve
    | Reopen
    | ChangeSeverity
    | AddNote
    | PagePeople
    | Escalate
    | Decline
    | StopPages
    | Restart
    | Move
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

Command = Wish | AlertSeen | DeniedAgain | Tick | ShiftChanged | DutyChanged | Doubt | Recalled | Answer
