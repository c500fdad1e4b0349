"""The production engine as one simulated process has it; `Parts` says of which classes it is made."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.delivery.breaker import Breaker, Guarded
from bot.domain.configuration import Configuration
from bot.domain.effects import (
    Announce,
    AskHolder,
    CommentTicket,
    Effect,
    MoveTicket,
    OpenTicket,
    PageChannel,
    PagePerson,
    PostThread,
    RefreshCard,
    RefreshPages,
    TellChange,
)
from bot.domain.people import MethodKind
from bot.metrics import Metrics
from bot.ports import CLIMB, Carrier, Trouble
from bot.service import Desk
from bot.wiring.bot import ON_THE_WIRE
from bot.workers.bell import Bells
from bot.workers.climber import Climber
from bot.workers.crowd import Crowd
from bot.workers.dispatcher import Dispatcher
from bot.workers.ledger import Ledger
from bot.workers.survival import survive
from bot.workers.upkeep import Auditor, Janitor
from tests.simulation.carriers import (
    Board,
    Cards,
    News,
    PageRefresh,
    Pages,
    Questions,
    Threads,
    Tickets,
    Workspace,
    page_of,
)
from tests.simulation.clock import SimClock
from tests.simulation.loop import Process, VirtualLoop
from tests.simulation.providers import Noted, Provider
from tests.simulation.records import Books
from tests.simulation.store import DiskWeather, InlineStore

AUDIT, SWEEP = 30.0, 3600.0


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The classes of an engine. The tests plant known bugs by giving others."""

    store: type[InlineStore] = InlineStore
    climber: type[Climber] = Climber
    dispatcher: type[Dispatcher] = Dispatcher
    ledger: type[Ledger] = Ledger


class Unheard:
    """Alarms out of band, which are tried elsewhere."""

    def raised(self, kind: str, text: str) -> None:
        """Nobody hears it."""

    def cleared(self, kind: str) -> None:
        """Nor this."""


@dataclass(frozen=True, kw_only=True)
class Outside:
    """The providers, and what stands in them. They outlive every process."""

    slack: Provider
    mail: Provider
    jira: Provider
    workspace: Workspace
    board: Board


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What all processes of a simulation share."""

    loop: VirtualLoop
    database: Path
    configuration: Configuration
    outside: Outside
    books: Books
    metrics: Metrics
    parts: Parts


class Engine:
    """One life of a replica, from its start to its end."""

    def __init__(
        self, ground: Ground, process: Process, clock: SimClock, weather: DiskWeather, chance: random.Random
    ) -> None:
        self.process = process
        self.clock = clock
        self._ground = ground
        self._stop = asyncio.Event()
        self.store = store = ground.parts.store(ground.database, ground.loop, weather)
        self._bells = bells = Bells()
        crowd = Crowd(clock)

        def changed() -> None:
            bells.tell(store.news(), clock.now())

        self.desk = Desk(store, clock, lambda: ground.configuration, changed)
        self.climber = ground.parts.climber(store, clock, lambda: ground.configuration, changed, crowd)
        ledger = ground.parts.ledger(store, clock, changed, ground.metrics, chance)
        carriers = _carriers(ground, clock)
        self.dispatchers = [
            ground.parts.dispatcher(
                lane=lane,
                store=store,
                clock=clock,
                configuration=lambda: ground.configuration,
                carriers=carriers,
                ledger=ledger,
                crowd=crowd,
                limit=limit,
            )
            for lane, limit in ON_THE_WIRE.items()
        ]
        bells.add(CLIMB, self.climber.bell)
        for dispatcher in self.dispatchers:
            bells.add(dispatcher.lane, dispatcher.bell)
        self._auditor = Auditor(store, clock, changed, Unheard(), process.name)
        self._janitor = Janitor(store, clock)

    async def run(self) -> None:
        """Open the database and work until told to stop, as bot.runtime does it."""
        await self.store.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.climber.run(self._stop))
            for dispatcher in self.dispatchers:
                group.create_task(dispatcher.run(self._stop))
            beats = [
                group.create_task(self._every(AUDIT, self._auditor.audit)),
                group.create_task(self._every(SWEEP, self._janitor.sweep)),
            ]
            await self._stop.wait()
            for beat in beats:
                beat.cancel()

    def stop(self) -> None:
        """Begin to end."""
        self._stop.set()
        self._bells.ring()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way; only time can bring something."""
        return all(dispatcher.idle for dispatcher in self.dispatchers)

    async def audit(self) -> Sequence[Trouble]:
        """What an audit finds now."""
        return await self._auditor.audit()

    async def _every(self, seconds: float, work: Callable[[], "asyncio.Future[object] | object"]) -> None:
        while True:
            await self.clock.sleep(seconds)
            await survive("periodic", asyncio.wait_for(work(), seconds))  # type: ignore[arg-type]  # a coroutine


def _carriers(ground: Ground, clock: SimClock) -> Callable[[Effect], Carrier | None]:
    """The providers behind their breakers, as bot.wiring.carriers arranges them."""
    outside = ground.outside
    breakers = {name: Breaker(name, clock) for name in ("slack", "smtp", "jira")}

    def guarded(carrier: Carrier, provider: str) -> Carrier:
        return Noted(Guarded(carrier, breakers[provider]), ground.loop, ground.books, page_of)

    pages = guarded(Pages(outside.slack, outside.workspace), "slack")
    mail = guarded(Pages(outside.mail, None), "smtp")
    tickets = guarded(Tickets(outside.jira, outside.board), "jira")
    kinds: dict[type[Effect], Carrier] = {
        PagePerson: pages,
        PageChannel: pages,
        Announce: pages,
        AskHolder: guarded(Questions(outside.slack, outside.workspace), "slack"),
        RefreshCard: guarded(Cards(outside.slack, outside.workspace), "slack"),
        RefreshPages: guarded(PageRefresh(outside.slack, outside.workspace), "slack"),
        TellChange: guarded(News(outside.slack, outside.workspace), "slack"),
        PostThread: guarded(Threads(outside.slack, outside.workspace), "slack"),
        OpenTicket: tickets,
        MoveTicket: tickets,
        CommentTicket: tickets,
    }

    def of(effect: Effect) -> Carrier | None:
        if isinstance(effect, PagePerson) and effect.method is MethodKind.EMAIL:
            return mail
        return kinds.get(type(effect))

    return of
