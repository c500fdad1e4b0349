"""The bot, put together from its settings and its configuration."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from aiohttp.web import RouteDef

from bot.clock import Clock, SteadyClock
from bot.config.in_force import Changed, ConfigurationInForce, Rejected
from bot.delivery.names import Names
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.directory import SlackDirectory
from bot.delivery.slack.pace import Pace
from bot.domain.effects import Lane
from bot.domain.people import MethodKind
from bot.log import dropped
from bot.metrics import Metrics
from bot.ports import CLIMB, Alarms, Store
from bot.render.ack_link import ack_links
from bot.render.seal import Seal
from bot.service import Desk
from bot.settings import Settings
from bot.store import open_store
from bot.wiring.care import Care, care
from bot.wiring.carriers import Carriers, carriers
from bot.wiring.edge import SlackEdge
from bot.wiring.ingress import Ingress, ingress
from bot.wiring.keepers import Keepers, keepers
from bot.wiring.keys import seal_key
from bot.wiring.sharing import Sharing
from bot.wiring.state import state
from bot.wiring.vitals import BROKEN_FILE, Vitals
from bot.wiring.watch import Watch, invariants, watch
from bot.workers.alarms import StandingAlarms
from bot.workers.bell import Bells
from bot.workers.canary import Canaries
from bot.workers.climber import Climber
from bot.workers.crowd import Crowd
from bot.workers.dispatcher import Dispatcher
from bot.workers.handover import HandOvers
from bot.workers.homes import Homes
from bot.workers.ledger import Ledger
from bot.workers.lookout import Lookout
from bot.workers.providers import Providers
from bot.workers.timekeeper import Timekeeper
from bot.workers.upkeep import Auditor
from handlers.ack_page import AckPage
from handlers.http import HttpServer
from handlers.ingress.office import office_route
from handlers.state import StateKey, state_route

log = structlog.get_logger(__name__)

ON_THE_WIRE = {Lane.PAGE: 64, Lane.CHAT: 16, Lane.TRACKER: 4}
"""How many deliveries of a lane are under way at once."""


@dataclass(kw_only=True)
class Bot:
    """All parts, put together."""

    settings: Settings
    clock: Clock
    store: Store
    desk: Desk
    climber: Climber
    dispatchers: Sequence[Dispatcher]
    metrics: Metrics
    edge: SlackEdge | None
    in_force: ConfigurationInForce
    carriers: Carriers
    bells: Bells
    homes: Homes
    watch: Watch
    canaries: Canaries
    keepers: Keepers
    ack_page: AckPage | None
    timekeeper: Timekeeper | None = field(init=False, default=None)
    providers: Providers = field(init=False)
    lookout: Lookout = field(init=False)
    hand_overs: HandOvers = field(init=False)
    care: Care = field(init=False)
    vitals: Vitals = field(init=False)
    state_key: StateKey = field(init=False)
    ingress: Ingress = field(init=False)
    http: HttpServer = field(init=False)

    def __post_init__(self) -> None:
        """The server asks the bot itself how it is; a clock that can be steered gets somebody who does."""
        self.watch.heartbeat.depends_on(
            invariants(self.watch, self.climber, self.carriers.breakers, self.clock)
        )
        if isinstance(self.clock, SteadyClock):
            self.timekeeper = Timekeeper(self.store, self.clock, self.alarms)
        self.providers = Providers(self.carriers.breakers, self.alarms)
        self.lookout = _lookout(self.store, self.clock, self.desk, self.climber, self.watch)
        self.hand_overs = HandOvers(self.store, self.clock, lambda: self.in_force.now, self.changed)
        self.care = self._care()
        self.ingress = self._ingress()
        self.vitals = Vitals(
            clock=self.clock,
            store=self.store,
            climber=self.climber,
            edge=self.edge,
            breakers=self.carriers.breakers,
            in_force=self.in_force,
            alarms=self.alarms,
            auditor=self.auditor,
            feeds=self.keepers.feeds,
        )
        self.state_key = StateKey(self.settings.data_dir, self.settings.http.port)
        self.http = HttpServer(
            host=self.settings.http.host,
            port=self.settings.http.port,
            healthy=self.vitals.health,
            ready=self.vitals.readiness,
            registry=self.metrics.registry,
            more=self._routes(),
        )

    def _care(self) -> Care:
        return care(
            self.settings,
            self.store,
            self.clock,
            lambda: self.in_force.now,
            self.changed,
            self.carriers.witness,
            self.alarms,
            self.watch.out,
        )

    def _ingress(self) -> Ingress:
        return ingress(
            self.settings,
            self.in_force,
            self.store,
            self.desk,
            self.clock,
            self.metrics,
            self.changed,
            self.alarms,
        )

    def _routes(self) -> list[RouteDef]:
        """What the server answers besides."""
        known = [state_route(self.state, self.state_key), *self.keepers.sharing.routes]
        known.append(office_route(self.ingress.integrations, self.desk.teaching, self.state_key))
        known += [*(self.ack_page.routes() if self.ack_page else ()), *self.ingress.routes]
        return [*known, *(self.edge.routes() if self.edge else ())]

    @property
    def alarms(self) -> StandingAlarms:
        """What is wrong with Tocsin itself."""
        return self.watch.alarms

    @property
    def auditor(self) -> Auditor:
        """Who looks for what must not be."""
        return self.watch.auditor

    @property
    def paging(self) -> frozenset[MethodKind]:
        """The ways in which people can be reached."""
        return self.settings.paging

    def ring(self) -> None:
        """Something became due: wake the climber and the dispatchers."""
        self.bells.ring()

    def changed(self) -> None:
        """What people see is not as it was, and something may be due."""
        self.homes.touch()
        self.ring()

    async def tick(self) -> None:
        """Once a second: look, although nobody rang, publish Home tabs, and tell the metrics."""
        self.ring()
        await self.homes.refresh()
        self.metrics.tick_age.set(self.clock.monotonic() - self.climber.last_tick)
        self.metrics.tick_failures.set(self.climber.ticks_failed)
        if self.timekeeper is not None:
            self.metrics.clock_behind.set(self.timekeeper.behind or 0.0)
            self.metrics.wall_ahead.set(self.timekeeper.wall_ahead)
        if self.edge is not None:
            self.metrics.connections.set(self.edge.connections)
            self.metrics.renewed.set(self.edge.renewed)

    async def measure(self) -> None:
        """Every half minute: how much waits to be delivered, and what the last audit found."""
        now = self.clock.now()
        for lane, (count, age) in (await self.store.read(lambda tx: tx.backlog(now))).items():
            self.metrics.backlog.labels(lane.value).set(count)
            self.metrics.backlog_age.labels(lane.value).set(age)
        self.metrics.log_dropped.set(dropped())
        self.metrics.troubles.clear()  # what was found before may be over
        for trouble in self.auditor.troubles or ():
            self.metrics.troubles.labels(trouble.kind).set(trouble.count)

    async def refresh(self) -> None:
        """Every few seconds: read the configuration again if it changed, and learn the channels' ids."""
        self.reload()
        if self.edge is not None:
            await self.edge.refresh()

    def reload(self) -> None:
        """Read the configuration again. A broken one changes nothing, and says so."""
        told = self.in_force.reload()
        if told is not None:
            self.homes.touch()
        match told:
            case Changed(before=before, after=after):
                log.info("configuration_changed", before=before.digest, after=after.digest)
            case Rejected(problems=problems):
                for problem in problems:
                    log.error(
                        "configuration_rejected",
                        file=problem.file,
                        line=problem.line,
                        path=problem.path,
                        problem=problem.message,
                        remedy=problem.remedy,
                    )
            case None:
                return

    def state(self) -> Mapping[str, object]:
        """What only the process itself knows, for the doctor."""
        return state(
            self.watch, self.canaries, self.climber, self.carriers, self.in_force, self.edge, self.clock
        )

    async def close(self) -> None:
        """Hang up on every provider."""
        async with asyncio.TaskGroup() as group:
            for close in self.carriers.closers:
                group.create_task(close())


def build(
    settings: Settings,
    in_force: ConfigurationInForce,
    clock: Clock,
    *,
    pace: Pace | None = None,
    names: Names | None = None,
) -> Bot:
    """Put the bot together; nothing is started or reached yet. Slack's `pace` and `names` may be given."""
    metrics, seal, bells = Metrics(), Seal(seal_key(settings)), Bells()
    store = _store(settings, metrics)
    homes, crowd = Homes(store, clock), Crowd(clock)
    recorded, changed = _messengers(store, clock, bells, homes)
    desk = Desk(store, clock, lambda: in_force.now, changed)
    client, directory = _slack(settings, clock, pace or Pace(clock), names)
    out = carriers(settings, in_force.now, client, directory, seal, clock)
    guard = watch(settings, in_force, store, client, directory, clock, homes, bells)
    climber = Climber(store, clock, lambda: in_force.now, changed, crowd)
    ledger = Ledger(store, clock, recorded, metrics, random.Random(), guard.alarms)  # noqa: S311 - jitter, no secret
    dispatchers = _dispatchers(store, clock, in_force, out, ledger, crowd, guard.alarms)
    _hang_up(bells, climber, dispatchers)
    kept = keepers(settings, in_force, store, client, clock, changed, seal_key)
    return Bot(
        settings=settings,
        clock=clock,
        store=store,
        desk=desk,
        climber=climber,
        dispatchers=dispatchers,
        metrics=metrics,
        edge=_edge(settings, client, directory, desk, seal, metrics, kept.sharing, guard.alarms),
        in_force=in_force,
        carriers=out,
        bells=bells,
        homes=homes,
        watch=guard,
        canaries=Canaries(store, desk, clock, metrics, guard.alarms, changed),
        keepers=kept,
        ack_page=_ack_page(settings, desk, seal),
    )


def _ack_page(settings: Settings, desk: Desk, seal: Seal) -> AckPage | None:
    links = ack_links(settings.public_url, seal)
    return AckPage(desk, links, desk.clock) if links else None


def _store(settings: Settings, metrics: Metrics) -> Store:
    """A file of our own is brought to the newest schema; a server is for `tocsin migrate`."""
    own_file = settings.database.startswith("sqlite")
    return open_store(settings.database, auto_migrate=own_file, overtaken=metrics.overtaken.inc)


def _messengers(
    store: Store, clock: Clock, bells: Bells, homes: Homes
) -> tuple[Callable[[], None], Callable[[], None]]:
    """Who is called after outcomes were recorded, and after incidents changed."""

    def recorded() -> None:
        bells.tell(store.news(), clock.now())

    def changed() -> None:
        homes.touch()
        recorded()

    return recorded, changed


def _hang_up(bells: Bells, climber: Climber, dispatchers: Sequence[Dispatcher]) -> None:
    bells.add(CLIMB, climber.bell)
    for dispatcher in dispatchers:
        bells.add(dispatcher.lane, dispatcher.bell)


def _lookout(store: Store, clock: Clock, desk: Desk, climber: Climber, guard: Watch) -> Lookout:
    return Lookout(
        store=store,
        clock=clock,
        climber=climber,
        alarms=guard.alarms,
        out=guard.out,
        duty=desk.duty,
    )


def _edge(
    settings: Settings,
    client: SlackClient | None,
    directory: SlackDirectory | None,
    desk: Desk,
    seal: Seal,
    metrics: Metrics,
    sharing: Sharing,
    alarms: Alarms,
) -> SlackEdge | None:
    if settings.slack is None or client is None or directory is None:
        return None
    return SlackEdge(
        settings=settings.slack,
        client=client,
        directory=directory,
        desk=desk,
        seal=seal,
        metrics=metrics,
        clock=desk.clock,
        alarms=alarms,
        calendars=sharing.calendars,
    )


def _dispatchers(
    store: Store,
    clock: Clock,
    in_force: ConfigurationInForce,
    out: Carriers,
    ledger: Ledger,
    crowd: Crowd,
    alarms: StandingAlarms,
) -> list[Dispatcher]:
    def notices() -> list[str]:
        broken = [f"Configuration: {BROKEN_FILE}"] if in_force.problems else []
        return broken + [alarm.headline for alarm in alarms.standing.values()]

    return [
        Dispatcher(
            lane=lane,
            store=store,
            clock=clock,
            configuration=lambda: in_force.now,
            carriers=out.of,
            ledger=ledger,
            crowd=crowd,
            notices=notices,
            limit=limit,
        )
        for lane, limit in ON_THE_WIRE.items()
    ]


def _slack(
    settings: Settings, clock: Clock, pace: Pace, names: Names | None
) -> tuple[SlackClient | None, SlackDirectory | None]:
    if settings.slack is None:
        return None, None
    client = SlackClient(
        token=settings.slack.bot_token.get_secret_value(),
        clock=clock,
        pace=pace,
        base_url=settings.slack.api_url,
        names=names,
    )
    return client, SlackDirectory(client, clock)
