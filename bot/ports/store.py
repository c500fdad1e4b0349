"""The store's port: one transaction at a time over incidents, timeline, inbox and outbox."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bot.domain.alert import HeldAlert, MessageRef
from bot.domain.decision import Decision
from bot.domain.effects import Effect, Lane
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.domain.timeline import Entry
from bot.ports.alerts import AlertTx
from bot.ports.carrier import Receipt
from bot.ports.duty import DutyTx
from bot.ports.feeds import FeedTx
from bot.ports.groups import GroupTx
from bot.ports.integrations import IntegrationTx
from bot.ports.lessons import LessonTx
from bot.ports.links import LinkTx
from bot.ports.load import LoadTx
from bot.ports.marks import Mark
from bot.ports.observables import ObservableTx
from bot.ports.outbox import Claim, DeadLetter, Full, Limits, News, SentPage, Trouble
from bot.ports.replica import Progress, Replica
from bot.ports.silences import SilenceTx
from bot.ports.trail import TrailTx

T = TypeVar("T")


class Tx(
    AlertTx,
    TrailTx,
    DutyTx,
    FeedTx,
    LessonTx,
    LinkTx,
    LoadTx,
    ObservableTx,
    SilenceTx,
    GroupTx,
    IntegrationTx,
    Protocol,
):
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
        """Incidents by their ids, in one statement. Never locked: they are for showing, not for deciding."""
        ...

    def deciding(self, ids: Sequence[IncidentId]) -> dict[IncidentId, Incident]:
        """Incidents by their ids, locked, in one statement."""
        ...

    def numbered(self, number: int) -> Incident | None:
        """`INC-<number>`."""
        ...

    def by_ticket(self, key: str) -> Incident | None:
        """The incident whose ticket is `OPS-123`."""
        ...

    def by_message(self, ref: MessageRef) -> Incident | None:
        """The incident whose card, or page, that message is; None for one that tells of several."""
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

    def by_origin(self, ref: MessageRef) -> list[tuple[str, HeldAlert]]:
        """The alerts that a message of Slack brought last, each with its incident's key, the newest first."""
        ...

    def next_number(self) -> int:
        """The next incident number; never given twice, also across replicas."""
        ...

    def turn(self, name: str) -> int:
        """The next turn of a round robin, counted from 0; never given twice, also across replicas."""
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

    def coming(self, until: datetime, limit: int) -> list[Incident]:
        """Those whose rung or wake is due by then, in due order: to be shown. Locks and changes nothing."""
        ...

    def next_climb(self) -> datetime | None:
        """The earliest instant at which a rung or a wake is due; None when no clock runs."""
        ...

    def next_delivery(self, lane: Lane) -> datetime | None:
        """The earliest instant at which a row of the lane is due, or its lease ends; None when none waits."""
        ...

    # the outbox

    def claim(
        self,
        lane: Lane,
        now: datetime,
        monotonic: float,
        limit: int,
        lease: timedelta,
        limits: Limits | None = None,
        full: Full | None = None,
    ) -> list[Claim]:
        """Take ready rows: pending and due, or claimed / unknown with an ended lease.

        Rows that their incident does not want any more (`decide.wanted`) are cancelled instead.
        Of pages to people whom `limits` protect only the first one of an incident is always taken; what is
        too much is put off, and told together with the next one.
        In chat and tracker a row waits for earlier unfinished rows of its incident (in chat not for one
        that was never tried and is due later); pages never wait. A new card of a channel that is `full` is
        put off instead.
        """
        ...

    def record_sent(self, claim: Claim, receipt: Receipt, now: datetime) -> bool:
        """The provider has it. False when the claim has been fenced off; then nothing is written."""
        ...

    def record_all_sent(self, sent: Sequence[tuple[Claim, Receipt]], now: datetime) -> list[bool]:
        """The same for many, in few statements."""
        ...

    def record_retry(
        self,
        claim: Claim,
        reason: str,
        *,
        unknown: bool,
        again_at: datetime,
        now: datetime,
        doubted_at: datetime | None = None,
    ) -> bool:
        """It failed and is due again. `unknown`: it may have got through.

        `doubted_at`: when that attempt was made; without, what is known of earlier ones stays.
        """
        ...

    def record_rejected(self, claim: Claim, reason: str, now: datetime) -> bool:
        """It was refused for good and lies among the dead letters."""
        ...

    def unsent(self, claim: Claim, now: datetime) -> None:
        """A look-up told that it was not sent: it is due again, as if it had not been tried."""
        ...

    def release(self, claims: Sequence[Claim], now: datetime) -> None:
        """Give back rows that were never sent: pending again, at once."""
        ...

    def hasten_method(self, claim: Claim, now: datetime) -> bool:
        """Make the same person's next contact method of this page due now; False when there is none left."""
        ...

    def pages_left(self, claim: Claim, now: datetime) -> bool:
        """Whether another page of the same incident, epoch and step was accepted or is on its way.

        One that nobody has tried yet, or that is tried again, is on its way when it is due within `SOON`:
        what quiet hours, a limit or a long delay keep back for longer is not waited for.
        """
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

    def clock(self) -> datetime | None:
        """What the database's own clock shows at this moment; None when it has only the machine's."""
        ...

    def audit(self, now: datetime) -> list[Trouble]:
        """Look for what must not be (armed and long overdue, claims that never end, open and forgotten)."""
        ...

    def forgotten(self, limit: int = 100) -> list[Incident]:
        """Triggered incidents that nobody will be paged for although somebody should be."""
        ...

    def sweep(self, now: datetime, limit: int = 1000, *, kept: timedelta | None = None) -> int:
        """Delete old inbox keys and finished outbox rows; never anything of an open incident. How many rows.

        Incidents that were resolved longer than `kept` ago go with everything that belongs to them.
        """
        ...

    def forget_canaries(self, before: datetime, limit: int = 100) -> int:
        """Delete canary incidents that were opened before then, whole. How many."""
        ...

    def seen(self, replica: Replica) -> None:
        """A process of Tocsin gives a sign of life, or (with `left_at`) says goodbye."""
        ...

    def replicas(self, limit: int = 100) -> list[Replica]:
        """The processes of the last days, the one that started last first."""
        ...

    def progress(self) -> Progress:
        """How far the database is."""
        ...

    def home_seen(self, user: str, now: datetime) -> None:
        """Remember that somebody opened their Home tab."""
        ...

    def home_viewers(self, since: datetime) -> list[str]:
        """Slack users who opened their Home tab since then."""
        ...

    # the database itself

    def mark(self, name: str) -> Mark | None:
        """A fact about the database."""
        ...

    def set_mark(self, mark: Mark) -> None:
        """Write a fact, in place of what was known."""
        ...

    def drop_mark(self, name: str) -> None:
        """Forget a fact."""
        ...

    def advance(self, by: int, now: datetime) -> int:
        """Raise the high-water mark; answers what it is then."""
        ...

    def newest_number(self) -> int:
        """The highest number of an incident; 0 before the first."""
        ...

    def skip_numbers(self, through: int) -> None:
        """Give no number up to and including that one any more."""
        ...

    def open_after(self, after: IncidentId | None, limit: int = 200) -> list[Incident]:
        """Open incidents in the order of their ids, from the next one after that, locked."""
        ...

    def unconfirmed(self, after: IncidentId | None = None, limit: int = 200) -> list[Incident]:
        """The same, of those whose newest state the database may not know."""
        ...

    def doubt_deliveries(self, now: datetime) -> int:
        """Have every unfinished effect looked up before it is told: it may have been told. How many."""
        ...


LOW = 500 * 1000 * 1000
LOW_PART = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """The room on the disk of a database, in bytes. `reserve`: some is laid by for when there is none."""

    folder: str
    free: int
    total: int
    reserve: bool

    @property
    def low(self) -> bool:
        """Whether somebody should make room: less than 500 MB or, on a small disk, a twentieth is left."""
        return self.free < min(LOW, self.total // LOW_PART)


class Store(Protocol):
    """One transaction at a time over incidents, timeline, inbox and outbox."""

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        """Run `work` in a transaction, in a database thread, and commit durably before returning.

        `work` may run more than once. `page` uses the connections that are reserved for paging.
        An exception rolls back this work alone and is raised here.
        """
        ...

    async def read(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        """Run `work` on a consistent view, without locks; it must not write.

        `page` uses a connection that is reserved for what paging has to look at.
        """
        ...

    async def room(self) -> Room | None:
        """How much room is left; None for a database whose disk is not ours to look at."""
        ...

    def news(self) -> News:
        """What was made due by transactions that were committed since the last time one asked."""
        ...

    @property
    def changes(self) -> int:
        """How many statements that change something this process has committed; it only grows."""
        ...

    async def start(self) -> None:
        """Open the database; refuses a newer schema, an unmigrated one, and a second process on SQLite."""
        ...

    async def stop(self) -> None:
        """Finish what was submitted and close."""
        ...
