"""The bot, put together from its settings and its configuration."""

import asyncio
import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from bot.clock import Clock
from bot.config.in_force import Changed, ConfigurationInForce, Rejected
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.directory import SlackDirectory
from bot.delivery.slack.pace import Pace
from bot.domain.configuration import Configuration
from bot.domain.effects import Lane
from bot.domain.people import MethodKind
from bot.metrics import Metrics
from bot.ports import Store
from bot.render.seal import Seal
from bot.service import Desk
from bot.settings import Settings
from bot.store import open_store
from bot.wiring.carriers import Carriers, carriers
from bot.wiring.edge import SlackEdge
from bot.workers.climber import Climber
from bot.workers.dispatcher import Dispatcher
from bot.workers.ledger import Ledger
from bot.workers.upkeep import Auditor, Janitor
from handlers.http import HttpServer

log = structlog.get_logger(__name__)

ON_THE_WIRE = {Lane.PAGE: 64, Lane.CHAT: 16, Lane.TRACKER: 4}
"""How many deliveries of a lane are under way at once."""

TICK_TOO_OLD = 15.0
"""Seconds after which a climber that did not tick makes the bot unhealthy."""


@dataclass(kw_only=True)
class Bot:
    """All parts, put together."""

    settings: Settings
    clock: Clock
    store: Store
    desk: Desk
    climber: Climber
    dispatchers: Sequence[Dispatcher]
    auditor: Auditor
    janitor: Janitor
    metrics: Metrics
    http: HttpServer
    edge: SlackEdge | None
    in_force: ConfigurationInForce
    carriers: Carriers

    @property
    def paging(self) -> frozenset[MethodKind]:
        """The ways in which people can be reached."""
        return self.settings.paging

    def ring(self) -> None:
        """Something became due: wake the climber and the dispatchers."""
        self.climber.bell.ring()
        for dispatcher in self.dispatchers:
            dispatcher.bell.ring()

    async def tick(self) -> None:
        """Once a second: look, although nobody rang, and tell the metrics."""
        self.ring()
        self.metrics.tick_age.set(self.clock.monotonic() - self.climber.last_tick)
        self.metrics.tick_failures.set(self.climber.ticks_failed)
        if self.edge is not None:
            self.metrics.connections.set(self.edge.connections)

    async def measure(self) -> None:
        """Every half minute: how much waits to be delivered, and what the last audit found."""
        now = self.clock.now()
        for lane, (count, age) in (await self.store.read(lambda tx: tx.backlog(now))).items():
            self.metrics.backlog.labels(lane.value).set(count)
            self.metrics.backlog_age.labels(lane.value).set(age)
        for trouble in self.auditor.troubles or ():
            self.metrics.troubles.labels(trouble.kind).set(trouble.count)

    async def refresh(self) -> None:
        """Every few seconds: read the configuration again if it changed, and learn the channels' ids."""
        self.reload()
        if self.edge is not None:
            await self.edge.refresh()

    def reload(self) -> None:
        """Read the configuration again. A broken one changes nothing, and says so."""
        match self.in_force.reload():
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

    async def close(self) -> None:
        """Hang up on every provider."""
        async with asyncio.TaskGroup() as group:
            for close in self.carriers.closers:
                group.create_task(_closed(close()))


async def _closed(closing: object) -> None:
    await closing  # type: ignore[misc]  # an awaitable


def build(settings: Settings, in_force: ConfigurationInForce, clock: Clock) -> Bot:
    """Put the bot together; nothing is started or reached yet."""
    metrics, seal = Metrics(), Seal(seal_key(settings))
    store = open_store(settings.database, auto_migrate=settings.database.startswith("sqlite"))
    rung: list[Bot] = []

    def ring() -> None:
        rung[0].ring()

    def configuration() -> Configuration:
        return in_force.now

    desk = Desk(store, clock, configuration, ring)
    client, directory = _slack(settings, clock)
    out = carriers(settings, in_force.now, client, directory, seal, clock)
    ledger = Ledger(store, clock, ring, metrics, random.Random())  # noqa: S311 - jitter
    climber = Climber(store, clock, configuration, ring)
    edge = None
    if settings.slack is not None and client is not None and directory is not None:
        edge = SlackEdge(
            settings=settings.slack,
            client=client,
            directory=directory,
            desk=desk,
            seal=seal,
            metrics=metrics,
            clock=clock,
            configuration=configuration,
        )
    bot = Bot(
        settings=settings,
        clock=clock,
        store=store,
        desk=desk,
        climber=climber,
        dispatchers=[
            Dispatcher(
                lane=lane,
                store=store,
                clock=clock,
                configuration=configuration,
                carriers=out.of,
                ledger=ledger,
                limit=limit,
            )
            for lane, limit in ON_THE_WIRE.items()
        ],
        auditor=Auditor(store, clock, ring),
        janitor=Janitor(store, clock),
        metrics=metrics,
        http=HttpServer(
            host=settings.http.host,
            port=settings.http.port,
            healthy=lambda: _healthy(rung[0]),
            ready=lambda: _ready(rung[0]),
            registry=metrics.registry,
            more=edge.routes() if edge else (),
        ),
        edge=edge,
        in_force=in_force,
        carriers=out,
    )
    rung.append(bot)
    return bot


def seal_key(settings: Settings) -> bytes:
    """The key that seals buttons: configured, or derived from the secret that every replica has."""
    if settings.secret_key is not None:
        secret = settings.secret_key.get_secret_value()
    else:
        secret = settings.slack.bot_token.get_secret_value() if settings.slack else "nothing is sealed"
    return hashlib.blake2b(secret.encode(), person=b"tocsin seal", digest_size=32).digest()


def _slack(settings: Settings, clock: Clock) -> tuple[SlackClient | None, SlackDirectory | None]:
    if settings.slack is None:
        return None, None
    client = SlackClient(
        token=settings.slack.bot_token.get_secret_value(),
        clock=clock,
        pace=Pace(clock),
        base_url=settings.slack.api_url,
    )
    return client, SlackDirectory(client, clock)


async def _healthy(bot: Bot) -> Mapping[str, str]:
    """The process works: it ticks, and the database answers."""
    problems = {}
    age = bot.clock.monotonic() - bot.climber.last_tick
    if age > TICK_TOO_OLD:
        problems["clock"] = f"the last tick was {age:.0f} s ago"
    await bot.store.read(lambda tx: tx.next_climb())
    return problems


async def _ready(bot: Bot) -> Mapping[str, str]:
    """The bot can do its job: healthy, Slack hears us, no provider is given up, the configuration is good."""
    problems = dict(await _healthy(bot))
    if bot.edge is not None and not bot.edge.connected:
        problems["slack"] = bot.edge.problem
    for breaker in bot.carriers.breakers:
        if breaker.reason is not None:
            problems[breaker.provider] = breaker.reason
    if bot.in_force.problems:
        problems["configuration"] = "the file is broken; the last good one is in force"
    for trouble in bot.auditor.troubles or ():
        problems[f"audit {trouble.kind}"] = trouble.detail
    return problems
