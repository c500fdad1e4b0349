"""Orders: what somebody asked for in words, understood but not yet done."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.domain.alert import Severity
from bot.service import OnlyMine, Reference
from handlers.oncall_orders import OnCallOrder, Target
from handlers.silence_orders import QuietOrder


@dataclass(frozen=True, kw_only=True, slots=True)
class DeclareForm:
    """Open the form in which an incident is declared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeclareNow:
    """Declare at once. Without a severity or a service the defaults count."""

    title: str
    severity: Severity | None = None
    service: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ListOpen:
    """Show the open incidents, perhaps only some of them."""

    severity: Severity | None = None
    mine: bool = False
    page: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Show:
    """Show the card."""

    which: Reference = field(default_factory=OnlyMine)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ack:
    """Acknowledge; `until` is a promised time."""

    which: Reference = field(default_factory=OnlyMine)
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Unack:
    """Give it back."""

    which: Reference = field(default_factory=OnlyMine)


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolveIt:
    """It is over. Without a summary a form asks for one, where forms can be opened."""

    which: Reference = field(default_factory=OnlyMine)
    summary: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReopenIt:
    """It is not over."""

    which: Reference = field(default_factory=OnlyMine)
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SetSeverity:
    """Change the severity; None asks for it by a form."""

    which: Reference = field(default_factory=OnlyMine)
    severity: Severity | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """Write a note; an empty one asks for it by a form."""

    which: Reference = field(default_factory=OnlyMine)
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Page these too; without targets a form asks for them."""

    which: Reference = field(default_factory=OnlyMine)
    targets: tuple[Target, ...] = ()
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class EscalateNow:
    """The next rung now, or the one of that number."""

    which: Reference = field(default_factory=OnlyMine)
    to: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowLadder:
    """Show the ladder and where the climb stands."""

    which: Reference = field(default_factory=OnlyMine)


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartLadder:
    """Climb the ladder that the configuration has now."""

    which: Reference = field(default_factory=OnlyMine)


@dataclass(frozen=True, kw_only=True, slots=True)
class MoveTo:
    """It belongs to another service."""

    service: str
    which: Reference = field(default_factory=OnlyMine)


@dataclass(frozen=True, kw_only=True, slots=True)
class StopMine:
    """Don't page me for it any more."""

    which: Reference = field(default_factory=OnlyMine)


@dataclass(frozen=True, kw_only=True, slots=True)
class SnoozeIt:
    """Be quiet until then; None asks for the time by a form."""

    which: Reference = field(default_factory=OnlyMine)
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TakeBack:
    """Undo what the caller did just now."""

    which: Reference = field(default_factory=OnlyMine)


@dataclass(frozen=True, kw_only=True, slots=True)
class HandOver:
    """Ask somebody to take it over; None asks by a form whom."""

    which: Reference = field(default_factory=OnlyMine)
    to: Target | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """Show what happened."""

    which: Reference = field(default_factory=OnlyMine)


@dataclass(frozen=True, kw_only=True, slots=True)
class Why:
    """Tell how it and its pages came about."""

    which: Reference = field(default_factory=OnlyMine)


@dataclass(frozen=True, kw_only=True, slots=True)
class Help:
    """Say what can be said."""

    about: Literal["incident", "oncall"] = "incident"
    topic: str = ""


OfLadder = RestartLadder | MoveTo | StopMine

Wished = (
    Ack
    | Unack
    | ResolveIt
    | ReopenIt
    | SetSeverity
    | Note
    | Page
    | EscalateNow
    | SnoozeIt
    | TakeBack
    | HandOver
    | OfLadder
)
"""Orders that change an incident that exists."""

Shown = ListOpen | Show | Timeline | ShowLadder | Why | Help
Order = DeclareForm | DeclareNow | Shown | Wished | QuietOrder | OnCallOrder
