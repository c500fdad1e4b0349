"""Orders about who is on call: what somebody asked for in words, understood but not yet done."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.alert import Severity
from bot.domain.override import OverrideKind
from bot.service import Reference
from handlers.spans import Span


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """`<@U…>`."""

    id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """`<!subteam^S…>`."""

    id: str
    label: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A plain word: the name of a schedule or of a person in the configuration."""

    name: str


Target = User | Group | Named


@dataclass(frozen=True, kw_only=True, slots=True)
class Myself:
    """`me`."""


Whom = User | Named | Myself
"""Somebody who is to be on call: mentioned, by their name in tocsin.yaml, or the caller."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WhoIsOnCall:
    """Who is on call, in one schedule or in all, now or at a given time."""

    schedule: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MyShifts:
    """When the caller is on call, and how they are reached."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OverrideForm:
    """Open the form in which an override is made; what was said already stands in it."""

    schedule: str | None = None
    whom: Whom | None = None
    kind: OverrideKind = OverrideKind.REPLACE


@dataclass(frozen=True, kw_only=True, slots=True)
class OverrideNow:
    """Make an override. Without a schedule the only one is meant."""

    whom: Whom
    span: Span
    schedule: str | None = None
    kind: OverrideKind = OverrideKind.REPLACE
    reason: str = ""
    leaving_nobody: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TakeShift:
    """Be on call oneself, or have somebody be; without a time until the present shift ends."""

    schedule: str | None = None
    whom: Whom = field(default_factory=Myself)
    span: Span | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SwapForm:
    """Open the form in which a swap is offered: the caller's shift, or `first`'s, for one of `other`."""

    schedule: str | None = None
    other: Whom | None = None
    first: Whom = field(default_factory=Myself)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListOverrides:
    """Show what was decided and still counts."""

    schedule: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CancelOverride:
    """Withdraw an override; `mark` is the end of its id, as the list shows it."""

    mark: str
    leaving_nobody: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PageMyself:
    """Page the caller by each method, and report."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PageNow:
    """Page somebody; a new incident is opened unless one is named."""

    which: Reference | None = None
    targets: tuple[Target, ...] = ()
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowSchedule:
    """Show who is on call when, in words and as a picture. Without a schedule the only one is meant."""

    schedule: str | None = None
    weeks: int = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class GiveCalendar:
    """Give an address to subscribe to, of a schedule or of the caller's own shifts; or make it void."""

    schedule: str | None = None
    mine: bool = False
    revoke: bool = False
    everybodys: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowFairness:
    """Tell who was on call and paged how much; without a schedule of all of them."""

    schedule: str | None = None
    span: timedelta = timedelta(days=90)


CalendarOrder = ShowSchedule | GiveCalendar | ShowFairness


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulate:
    """Who would be paged if that service broke then; without a service the default one is meant."""

    service: str | None = None
    severity: Severity | None = None
    at: datetime | None = None
    span: timedelta | None = None
    note: str = ""


OnCallOrder = (
    WhoIsOnCall
    | MyShifts
    | OverrideForm
    | OverrideNow
    | TakeShift
    | SwapForm
    | ListOverrides
    | CancelOverride
    | PageMyself
    | PageNow
    | Simulate
    | CalendarOrder
)
"""What only `/oncall` understands; help is an order of its own."""
