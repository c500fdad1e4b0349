"""The engine alone: its store, its climber and its dispatchers, with carriers that only take notes."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock, SystemClock
from bot.domain.alert import MessageRef, Severity
from bot.domain.commands import CardPosted, PageSent, ThreadPosted
from bot.domain.configuration import Configuration
from bot.domain.decision import Decision, Draft
from bot.domain.effects import Effect, Lane, PagePerson, PostThread, RefreshCard
from bot.domain.ids import IncidentId, LadderId, PersonId, ServiceId
from bot.domain.incident import Incident, Status
from bot.domain.ladder import Escalation, Ladder, PersonTarget, Rung
from bot.domain.people import SYSTEM, ContactMethod, MethodKind, Person
from bot.domain.roster import Roster
from bot.domain.service import Service
from bot.domain.timeline import EntryKind
from bot.ids import new_id
from bot.metrics import Metrics
from bot.ports import CLIMB, Carrier, Job, Receipt, Store, Tx
from bot.store import open_store
from bot.store.schema import migrate
from bot.wiring.bot import ON_THE_WIRE
from bot.workers.bell import Bells
from bot.workers.climber import Climber
from bot.workers.crowd import Crowd
from bot.workers.dispatcher import Dispatcher
from bot.workers.ledger import Ledger

_ANN = Person(
    id=PersonId("ann"),
    name="Ann Lee",
    slack_user="U0ANNLEE001",
    methods=(ContactMethod(kind=MethodKind.SLACK, address="U0ANNLEE001"),),
)
_LADDER = Ladder(
    id=LadderId("payments"),
    rungs=(Rung(targets=(PersonTarget(person=_ANN.id),), wait=timedelta(minutes=30)),),
    rounds=3,
)
_SERVICE = Service(id=ServiceId("checkout"), name="Checkout", channel="#incidents", ladder=_LADDER)
_CONFIGURATION = Configuration(
    roster=Roster(people={_ANN.id: _ANN}, schedules={}),
    services={_SERVICE.id: _SERVICE},
    default_service=_SERVICE.id,
)
_ARMED_AT_ONCE = 500


@dataclass(kw_only=True)
class Notes:
    """A carrier that accepts everything at once, and notes when it was asked to page for which incident."""

    clock: Clock
    paged: dict[IncidentId, datetime] = field(default_factory=dict)
    twice: int = 0
    all_paged: asyncio.Event = field(default_factory=asyncio.Event)
    expected: int = 0

    async def carry(self, job: Job) -> Receipt:
        """Take it."""
        match job.claim.effect:
            case PagePerson() as page:
                self._note(job.claim.incident)
                return Receipt(answer=PageSent(person=page.name, method=page.method))
            case RefreshCard() if job.incident is not None and job.incident.card is None:
                card = MessageRef(channel="C0INCIDENT1", ts=job.claim.id)
                return Receipt(ref=card, answer=CardPosted(card=card))
            case PostThread() if job.entries:
                return Receipt(answer=ThreadPosted(through=job.entries[-1].seq))
            case _:
                return Receipt()

    async def look_up(self, job: Job) -> Receipt | None:
        """Nothing ever goes wrong here."""
        return None

    def _note(self, incident: IncidentId | None) -> None:
        assert incident is not None
        self.twice += incident in self.paged
        self.paged[incident] = self.clock.now()
        if len(self.paged) >= self.expected:
            self.all_paged.set()


@dataclass(kw_only=True)
class Engine:
    """What climbs and delivers, as bot.wiring puts it together."""

    clock: Clock
    store: Store
    notes: Notes
    climber: Climber
    dispatchers: list[Dispatcher]

    def ring(self) -> None:
        """Something became due."""
        self.climber.bell.ring()
        for dispatcher in self.dispatchers:
            dispatcher.bell.ring()

    async def arm(self, due: list[datetime]) -> dict[IncidentId, datetime]:
        """Incidents that were posted already, whose next rung is due at these instants."""
        armed: dict[IncidentId, datetime] = {}
        for first in range(0, len(due), _ARMED_AT_ONCE):
            batch = due[first : first + _ARMED_AT_ONCE]
            armed |= await self.store.write(partial(_arm, due=batch, now=self.clock.now()))
        return armed

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Climb and deliver meanwhile."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.climber.run(stop))
            for dispatcher in self.dispatchers:
                group.create_task(dispatcher.run(stop))
            yield
            stop.set()
            self.ring()


def _arm(tx: Tx, due: list[datetime], now: datetime) -> dict[IncidentId, datetime]:
    decisions = [_armed(tx.next_number(), due_at, now) for due_at in due]
    tx.save(decisions, now)
    return {decision.incident.id: due_at for decision, due_at in zip(decisions, due, strict=True)}


def _armed(number: int, due_at: datetime, now: datetime) -> Decision:
    incident = Incident(
        id=IncidentId(new_id(now)),
        number=number,
        title=f"ApiErrorRateHigh {number}",
        service=_SERVICE,
        severity=Severity.SEV2,
        status=Status.TRIGGERED,
        source="alertmanager",
        opened_at=now,
        opened_by=SYSTEM,
        dedup_key=f"checkout|alertmanager|{number}",
        card=MessageRef(channel="C0INCIDENT1", ts=f"{number}.000100"),
        escalation=Escalation(epoch=1, ladder=_LADDER, catch_all=None, due_at=due_at),
    )
    draft = Draft(incident=incident, now=now)
    draft.enter(EntryKind.OPENED, SYSTEM, title=incident.title, severity=incident.severity)
    draft.change(threaded=draft.incident.entries)
    return replace(draft.done(), effects=())


@asynccontextmanager
async def engine(url: str) -> AsyncIterator[Engine]:
    """An engine on a new database."""
    await asyncio.to_thread(migrate, url)
    clock, store = SystemClock(), open_store(url)
    crowd = Crowd(clock)
    await store.start()
    built: list[Engine] = []

    bells = Bells()

    def changed() -> None:
        bells.tell(store.news(), clock.now())

    notes = Notes(clock=clock)

    def carrier(_: Effect) -> Carrier:
        return notes

    ledger = Ledger(store, clock, changed, Metrics(), random.Random(0))
    built.append(
        Engine(
            clock=clock,
            store=store,
            notes=notes,
            climber=Climber(store, clock, lambda: _CONFIGURATION, changed, crowd),
            dispatchers=[_dispatcher(lane, store, clock, carrier, ledger, crowd) for lane in Lane],
        )
    )
    bells.add(CLIMB, built[0].climber.bell)
    for dispatcher in built[0].dispatchers:
        bells.add(dispatcher.lane, dispatcher.bell)
    try:
        yield built[0]
    finally:
        await store.stop()


def _dispatcher(
    lane: Lane, store: Store, clock: Clock, carrier: object, ledger: Ledger, crowd: Crowd
) -> Dispatcher:
    return Dispatcher(
        lane=lane,
        store=store,
        clock=clock,
        configuration=lambda: _CONFIGURATION,
        carriers=carrier,  # type: ignore[arg-type]  # a function of an effect
        ledger=ledger,
        crowd=crowd,
        limit=ON_THE_WIRE[lane],
    )
