"""The engine alone: its store, its climber and its dispatchers, with carriers that only take notes."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.armed import CHANNEL
from bench.scene import CONFIGURATION
from bot.clock import Clock, SystemClock
from bot.domain.alert import MessageRef
from bot.domain.commands import CardPosted, PageSent, ThreadPosted
from bot.domain.effects import Effect, Lane, PagePerson, PostThread, RefreshCard
from bot.metrics import Metrics
from bot.ports import CLIMB, Carrier, Job, Receipt, Store
from bot.store import open_store
from bot.wiring.bot import ON_THE_WIRE
from bot.workers.bell import Bells
from bot.workers.climber import Climber
from bot.workers.crowd import Crowd
from bot.workers.dispatcher import Dispatcher
from bot.workers.ledger import Ledger

Page = Callable[[str], Awaitable[None]]
"""What takes the page of an incident."""


async def nobody(_: str) -> None:
    """A page that is accepted at once."""


@dataclass(frozen=True, kw_only=True)
class Notes:
    """A carrier that accepts everything at once, and hands pages on."""

    page: Page

    async def carry(self, job: Job) -> Receipt:
        """Take it."""
        match job.claim.effect:
            case PagePerson() as page:
                await self.page(str(job.claim.incident))
                return Receipt(answer=PageSent(person=page.name, method=page.method))
            case RefreshCard() if job.incident is not None and job.incident.card is None:
                card = MessageRef(channel=CHANNEL, ts=job.claim.id)
                return Receipt(ref=card, answer=CardPosted(card=card))
            case PostThread() if job.entries:
                return Receipt(answer=ThreadPosted(through=job.entries[-1].seq))
            case _:
                return Receipt()

    async def look_up(self, job: Job) -> Receipt | None:
        """Nothing ever goes wrong here."""
        return None


@dataclass(kw_only=True)
class Engine:
    """What climbs and delivers, as bot.wiring puts it together."""

    clock: Clock
    store: Store
    climber: Climber
    dispatchers: list[Dispatcher]

    def ring(self) -> None:
        """Something became due."""
        self.climber.bell.ring()
        for dispatcher in self.dispatchers:
            dispatcher.bell.ring()

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


@asynccontextmanager
async def engine(url: str, page: Page = nobody, store: Store | None = None) -> AsyncIterator[Engine]:
    """An engine on a migrated database, or on a store that was opened by somebody else."""
    clock, store = SystemClock(), store or open_store(url)
    crowd, bells = Crowd(clock), Bells()
    await store.start()

    def changed() -> None:
        bells.tell(store.news(), clock.now())

    notes = Notes(page=page)

    def carrier(_: Effect) -> Carrier:
        return notes

    ledger = Ledger(store, clock, changed, Metrics(), random.Random(0))
    built = Engine(
        clock=clock,
        store=store,
        climber=Climber(store, clock, lambda: CONFIGURATION, changed, crowd),
        dispatchers=[_dispatcher(lane, store, clock, carrier, ledger, crowd) for lane in Lane],
    )
    bells.add(CLIMB, built.climber.bell)
    for dispatcher in built.dispatchers:
        bells.add(dispatcher.lane, dispatcher.bell)
    try:
        yield built
    finally:
        await store.stop()


def _dispatcher(
    lane: Lane, store: Store, clock: Clock, carrier: Callable[[Effect], Carrier], ledger: Ledger, crowd: Crowd
) -> Dispatcher:
    return Dispatcher(
        lane=lane,
        store=store,
        clock=clock,
        configuration=lambda: CONFIGURATION,
        carriers=carrier,
        ledger=ledger,
        crowd=crowd,
        limit=ON_THE_WIRE[lane],
    )
