"""Ports: what the core asks of the edges, as Protocols, and the shapes that pass through them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bot.clock import Clock
from bot.domain.alert import HeldAlert, MessageRef, Severity
from bot.domain.commands import Answer
from bot.domain.decision import Decision
from bot.domain.effects import Effect, Lane
from bot.domain.ids import IncidentId, ScheduleId
from bot.domain.incident import Incident
from bot.domain.people import ContactMethod, Person, Standing
from bot.domain.schedule import Shift
from bot.domain.timeline import Entry

__all__ = [
    "Carrier",
    "Claim",
    "Clock",
    "DeadLetter",
    "Directory",
    "Finding",
    "Home",
    "Job",
    "Moved",
    "Receipt",
    "SentPage",
    "SlackUser",
    "Store",
    "Ticket",
    "TicketDraft",
    "Tracker",
    "Trouble",
    "Tx",
]

T = TypeVar("T")

# --------------------------------------------------------------------------------------------- the store


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """An outbox row that this process holds until its lease ends.

    `token` is new with every claim: whoever records with an older one has been fenced off.
    `uncertain`: an earlier attempt may have got through, so it must be looked up before it is sent.
    `since` is when it was first attempted. `revision` tells a standing wish renewed meanwhile.
    """

    id: str
    effect: Effect
    incident: IncidentId | None
    lane: Lane
    attempt: int
    token: str
    lease: timedelta
    claimed_at: float
    """Monotonic seconds, taken before the claim was committed."""
    uncertain: bool
    since: datetime
    revision: int
    failures: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class SentPage:
    """A page that was accepted as a Slack message, so that it can be edited."""

    effect: Effect
    ref: MessageRef


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """An effect that was given up."""

    id: str
    incident: str | None
    kind: str
    key: str
    attempts: int
    reason: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """Something that the auditor found: `kind` is a closed set of short names, `count` of rows."""

    kind: str
    count: int
    detail: str


class Tx(Protocol):
    """One transaction: what a unit of work may read and write. Plain synchronous calls, no network.

    In a `write`, reading an incident locks its row until the end of the transaction.
    """

    def first_time(self, key: str, now: datetime) -> bool:
        """Whether this request's key was never seen before; it is remembered with the transaction."""
        ...

    def incident(self, incident: IncidentId) -> Incident | None:
        """An incident by its id."""
        ...

    def incidents(self, ids: Sequence[IncidentId]) -> dict[IncidentId, Incident]:
        """Incidents by their ids, in one statement."""
        ...

    def numbered(self, number: int) -> Incident | None:
        """`INC-<number>`."""
        ...

    def by_ticket(self, key: str) -> Incident | None:
        """The incident whose ticket is `OPS-123`."""
        ...

    def by_message(self, ref: MessageRef) -> Incident | None:
        """The incident whose card, or page, that message is."""
        ...

    def open_for(self, dedup_key: str) -> Incident | None:
        """The open incident of that key."""
        ...

    def last_for(self, dedup_key: str) -> Incident | None:
        """The incident of that key that was opened last, open or resolved."""
        ...

    def held(self, incident: IncidentId, source: str, fingerprint: str) -> HeldAlert | None:
        """What the incident remembers of one alert."""
        ...

    def next_number(self) -> int:
        """The next incident number; never given twice, also across replicas."""
        ...

    def save(self, decisions: Sequence[Decision], now: datetime) -> None:
        """Write decisions whole: incidents, entries, effects (an effect's key is written once), alerts."""
        ...

    def enqueue(self, effects: Sequence[Effect], now: datetime) -> None:
        """Write effects that belong to no incident."""
        ...

    # reading

    def open_incidents(self, limit: int = 100) -> list[Incident]:
        """Open incidents: the worst first, then the oldest."""
        ...

    def last_resolved(self) -> Incident | None:
        """The incident that was resolved last."""
        ...

    def timeline(self, incident: IncidentId, after: int = 0, limit: int = 500) -> list[Entry]:
        """Timeline entries with a higher number than `after`, in order."""
        ...

    def sent_pages(self, incident: IncidentId) -> list[SentPage]:
        """Pages of the incident that stand as Slack messages."""
        ...

    def pages_waiting(self, slack_user: str) -> list[Incident]:
        """Triggered incidents for which a page to that Slack user was decided in the present climb."""
        ...

    # the clock

    def due(self, now: datetime, limit: int) -> list[Incident]:
        """Incidents with a rung or a wake due, in due order, locked; rows locked by others are passed by."""
        ...

    def next_due(self) -> datetime | None:
        """The earliest instant at which a rung, a wake or a delivery will be due; None when nothing waits."""
        ...

    # the outbox

    def claim(self, lane: Lane, now: datetime, monotonic: float, limit: int, lease: timedelta) -> list[Claim]:
        """Take ready rows: pending and due, or claimed / unknown with an ended lease.

        Rows that their incident does not want any more (`decide.wanted`) are cancelled instead.
        In chat and tracker a row waits for earlier unfinished rows of its incident; pages never wait.
        """
        ...

    def record_sent(self, claim: Claim, receipt: "Receipt", now: datetime) -> bool:
        """The provider has it. False when the claim has been fenced off; then nothing is written."""
        ...

    def record_retry(
        self, claim: Claim, reason: str, *, unknown: bool, again_at: datetime, now: datetime
    ) -> bool:
        """It failed and is due again. `unknown`: it may have got through."""
        ...

    def record_rejected(self, claim: Claim, reason: str, now: datetime) -> bool:
        """It was refused for good and lies among the dead letters."""
        ...

    def release(self, claims: Sequence[Claim], now: datetime) -> None:
        """Give back rows that were never sent: pending again, at once."""
        ...

    def hasten_method(self, claim: Claim, now: datetime) -> bool:
        """Make the same person's next contact method of this page due now; False when there is none left."""
        ...

    def pages_left(self, claim: Claim) -> bool:
        """Whether another page of the same incident, epoch and step was accepted or can still be."""
        ...

    def dead_letters(self, limit: int = 200) -> list[DeadLetter]:
        """What was given up, newest first."""
        ...

    def revive(self, ids: Sequence[str], now: datetime) -> int:
        """Make dead letters due again; an empty sequence means all. How many."""
        ...

    def drop(self, ids: Sequence[str]) -> int:
        """Forget dead letters; an empty sequence means all. How many."""
        ...

    def backlog(self, now: datetime) -> Mapping[Lane, tuple[int, float]]:
        """Per lane: how many rows wait (ready, or to be retried), and the age of the oldest in seconds."""
        ...

    # upkeep

    def audit(self, now: datetime) -> list[Trouble]:
        """Look for what must not be (armed and long overdue, claims that never end, open and forgotten)."""
        ...

    def forgotten(self, limit: int = 100) -> list[Incident]:
        """Triggered incidents that nobody will be paged for although somebody should be."""
        ...

    def sweep(self, now: datetime, limit: int = 1000) -> int:
        """Delete old inbox keys and finished outbox rows; never anything of an open incident. How many."""
        ...

    def home_seen(self, user: str, now: datetime) -> None:
        """Remember that somebody opened their Home tab."""
        ...

    def home_viewers(self, since: datetime) -> list[str]:
        """Slack users who opened their Home tab since then."""
        ...


class Store(Protocol):
    """One transaction at a time over incidents, timeline, inbox and outbox."""

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        """Run `work` in a transaction, in a database thread, and commit durably before returning.

        `work` may run more than once. `page` uses the connections that are reserved for paging.
        An exception rolls back this work alone and is raised here.
        """
        ...

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run `work` on a consistent view, without locks; it must not write."""
        ...

    async def start(self) -> None:
        """Open the database; refuses a newer schema, an unmigrated one, and a second process on SQLite."""
        ...

    async def stop(self) -> None:
        """Finish what was submitted and close."""
        ...


# ---------------------------------------------------------------------------------------- the way out


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """What somebody's Home tab shows."""

    user: str
    now: datetime
    waiting: tuple[Incident, ...] = ()
    open: tuple[Incident, ...] = ()
    last_resolved: Incident | None = None
    on_call: tuple[tuple[ScheduleId, str, Shift | None], ...] = ()
    """Schedule, the zone's name, and whose shift it is; the shift's person is a name to show."""
    mine: tuple[tuple[ScheduleId, Shift], ...] = ()
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Job:
    """An effect together with everything that a carrier needs to carry it out."""

    claim: Claim
    incident: Incident | None = None
    entries: tuple[Entry, ...] = ()
    pages: tuple[SentPage, ...] = ()
    person: Person | None = None
    method: ContactMethod | None = None
    next_up: str | None = None
    """Who is paged next, in words, for the page's text."""
    home: Home | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """The provider has it. `answer` is what the incident learns; `ref` is the Slack message, if it is one."""

    ref: MessageRef | None = None
    provider_id: str | None = None
    answer: Answer | None = None


class Carrier(Protocol):
    """Carries effects to one provider. Raises DeliveryError and nothing else."""

    async def carry(self, job: Job) -> Receipt:
        """Tell the world once: one request that changes something, no retries, within 0.4 of the lease."""
        ...

    async def look_up(self, job: Job) -> Receipt | None:
        """Whether an earlier attempt got through; None when it did not.

        Raises DeliveryError when that cannot be told now.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackUser:
    """What Slack says of a user. `zone` is an IANA name; `email` needs the scope users:read.email."""

    id: str
    team: str
    name: str
    standing: Standing
    zone: str = "UTC"
    email: str | None = None


class Directory(Protocol):
    """Who and what the ids of Slack stand for, remembered for a few minutes."""

    async def user(self, user: str) -> SlackUser:
        """A user; standing UNKNOWN when Slack cannot be asked."""
        ...

    async def channel_id(self, channel: str) -> str | None:
        """The id of `#name` (an id is given back as it is); None when there is no such channel."""
        ...


# ----------------------------------------------------------------------------------------- the tracker


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """A ticket that exists. `dropped` are optional fields that its screen does not have."""

    key: str
    url: str
    status: str | None = None
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketDraft:
    """A ticket to be made. `marker` is its deterministic label; texts are escaped for the tracker already."""

    marker: str
    project: str
    issue_type: str
    summary: str
    description: str
    priority: str | None = None
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    security: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """Where the ticket stands now."""

    status: str
    changed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something that an online check found, and what to do about it."""

    path: str
    message: str
    remedy: str


class Tracker(Protocol):
    """A ticket system. Every call raises DeliveryError and nothing else."""

    async def find(self, marker: str, project: str) -> Ticket | None:
        """The oldest ticket with that marker; the search may lag behind."""
        ...

    async def create(self, draft: TicketDraft) -> Ticket:
        """Make a ticket with one request."""
        ...

    async def move(self, key: str, target: str, resolution: str | None) -> Moved:
        """Bring a ticket to a status (by name) or a status category (`new`, `indeterminate`, `done`)."""
        ...

    async def comment(self, key: str, body: str, marker: str, *, check_first: bool, internal: bool) -> None:
        """Add a comment that carries the marker; with `check_first` only when none carries it yet."""
        ...

    async def link(self, key: str, global_id: str, url: str, title: str) -> None:
        """Link the ticket to a place elsewhere; the same `global_id` again changes the link."""
        ...

    async def preflight(
        self, project: str, issue_type: str, priorities: Mapping[Severity, str]
    ) -> Sequence[Finding]:
        """What would keep tickets from being made."""
        ...
