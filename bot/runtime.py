"""The order of starting and stopping: paging first, and last to go."""

import asyncio
import gc
import signal
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress

import structlog

from bot.domain.effects import Lane
from bot.errors import Away, DatabaseDamaged, StoreUnavailable
from bot.wiring import Bot
from bot.wiring.edge import SlackEdge
from bot.workers.dispatcher import Dispatcher
from bot.workers.peers import BEAT
from bot.workers.quiet import QuietKeeper
from bot.workers.schedule import Periodic
from bot.workers.survival import survive
from bot.workers.watchdog import Watchdog

log = structlog.get_logger(__name__)

DRAIN = 10.0
"""Seconds that what is on the wire gets when the process is told to stop."""

EDGE_PAUSE = 5.0
"""Seconds until Slack is heard again after something unforeseen."""

HEAD_START = 2.0
"""Seconds that the first pages get at most before Slack is heard: whoever is paged has to be heard."""

GLANCE = 0.02
"""Seconds between two looks whether they are out."""

GOODBYE = 2.0
"""Seconds for the last sign of life."""

CANARY = 60.0
"""Seconds that a canary may take, its end included."""

TICK = 1.0
KNOW = 30.0
"""Seconds in which the time must be known at the start: the database's patience, and more than one answer."""
LOOK = 5.0
"""Seconds that a look at the database's clock may take."""
LAST_RESORT = 15.0
"""Seconds in which people are told directly while the database is away; it is done again every second."""

AUDIT = 30.0
SAFE = 2.0
SAVE = 60.0
FORESEE = 300.0
"""How often one asks whether it is time to rehearse the next two weeks."""
ANNOUNCE = 15.0
SWEEP = 3600.0
REFRESH = 5.0


class Runtime:
    """A bot that runs. Paging begins before Slack is reached and ends after it was left.

    `watched`: a thread ends the process when its clock stands still (exit 70).
    """

    def __init__(self, bot: Bot, *, watched: bool = False) -> None:
        self._bot = bot
        self._watched = watched
        self._stop = asyncio.Event()
        self._started = asyncio.Event()
        self._periodic = Periodic()
        self.quiet = QuietKeeper(bot.store, bot.desk, lambda: bot.in_force.now, bot.changed, bot.alarms)

    def stop(self) -> None:
        """Begin to end: no new work, and what is on the wire is finished and recorded."""
        self._stop.set()
        self._bot.ring()

    def stop_on_signals(self) -> None:
        """End on SIGTERM and SIGINT; a configuration is read again on SIGHUP."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._bot.reload)

    async def started(self) -> None:
        """Until the bot works."""
        await self._started.wait()

    async def run(self) -> None:
        """Start, work until told to stop, and stop."""
        bot = self._bot
        async with AsyncExitStack() as stack:
            await self._open()
            stack.push_async_callback(bot.store.stop)
            stack.push_async_callback(bot.close)
            await self._know_the_time()
            await bot.care.begin()
            stack.push_async_callback(bot.care.end)
            await bot.http.start()
            if bot.ingress.mail is not None:
                await bot.ingress.mail.start()
                stack.push_async_callback(bot.ingress.mail.stop)
            bot.state_key.make(bot.http.port)  # only now: whoever cannot start leaves the key of who runs
            stack.push_async_callback(bot.http.stop)
            self._start_periodic(stack)
            await self._work()
            self._periodic.stop()
            await survive("leave", asyncio.wait_for(bot.watch.peers.leave(), GOODBYE))

    async def _open(self) -> None:
        """Open the database. That it is damaged is told to people before the process ends."""
        bot = self._bot
        try:
            await bot.store.start()
        except DatabaseDamaged as error:
            await bot.care.refused(str(error))
            await bot.close()
            raise

    async def _know_the_time(self) -> None:
        """Nothing is begun without: a clock that is wrong would fire whatever is armed."""
        if self._bot.timekeeper is None:
            return
        try:
            await asyncio.wait_for(self._bot.timekeeper.begin(), KNOW)
        except TimeoutError:
            raise StoreUnavailable("the database does not answer what time it is", Away.SILENT) from None

    async def _work(self) -> None:
        """The long-lived tasks. Told to stop, they get a while to end; then they are cut off."""
        bot = self._bot
        workers: list[Coroutine[object, object, None]] = [bot.climber.run(self._stop)]
        workers += [bot.watch.crash_loop.arrive(self._stop), bot.alarms.run(self._stop)]
        workers += [self._dispatch(dispatcher) for dispatcher in bot.dispatchers]
        if bot.edge is not None:
            workers.append(self._listen(bot.edge))
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as group:
                for worker in workers:
                    group.create_task(worker)
                self._started.set()
                log.info("started", paging=sorted(bot.paging), url=bot.http.url)
                await self._stop.wait()
                log.info("stopping", seconds=DRAIN)
                bot.ring()
                limit.reschedule(asyncio.get_running_loop().time() + DRAIN)
        log.info("stopped")

    async def _dispatch(self, dispatcher: Dispatcher) -> None:
        """Carry. After crashes pages go first: what ends the process may be a card or a ticket."""
        if dispatcher.lane is not Lane.PAGE:
            await self._bot.watch.crash_loop.pages_first(self._stop)
        await dispatcher.run(self._stop)

    async def _listen(self, edge: SlackEdge) -> None:
        """Hear Slack. Whatever goes wrong there, paging goes on, and it is tried again."""
        await self._pages_first()
        while not self._stop.is_set():
            await survive("slack", edge.run(self._stop))
            await self._pause(EDGE_PAUSE)

    async def _pages_first(self) -> None:
        """Until what was due at the start is on its way: loading what hears Slack would slow it down."""
        pages = next(each for each in self._bot.dispatchers if each.lane is Lane.PAGE)
        ticked = False
        with suppress(TimeoutError):
            async with asyncio.timeout(HEAD_START):
                while not self._stop.is_set() and not (ticked and pages.idle):
                    ticked = self._bot.climber.ticked  # a look later the pages of that tick are being claimed
                    await self._pause(GLANCE)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    def _start_periodic(self, stack: AsyncExitStack) -> None:
        bot, periodic = self._bot, self._periodic
        periodic.every(TICK, "tick", bot.tick)
        if bot.timekeeper is not None:
            periodic.every(TICK, "clock", bot.timekeeper.look, limit=LOOK)
        periodic.every(REFRESH, "look ahead", bot.lookout.look)
        periodic.every(TICK, "lookout", bot.lookout.watch, limit=LAST_RESORT)
        periodic.every(AUDIT, "disk", bot.watch.disk.look)
        periodic.every(REFRESH, "open files", bot.watch.files.look)
        periodic.every(TICK, "high water", bot.care.mark, limit=LOOK)
        periodic.every(SAFE, "safe mode", bot.care.safe_mode.step, limit=300)
        periodic.every(SAVE, "backup", bot.care.back_up, limit=1800)
        periodic.every(AUDIT, "audit", bot.auditor.audit)
        periodic.every(BEAT, "beat", bot.watch.peers.beat)
        periodic.every(bot.settings.heartbeat.every, "heartbeat", bot.watch.heartbeat.beat, limit=10)
        periodic.every(bot.settings.canary.every, "canary", bot.canaries.fly, limit=CANARY)
        periodic.every(SWEEP, "forget canaries", bot.canaries.forget)
        periodic.every(AUDIT, "providers", bot.providers.look)
        periodic.every(REFRESH, "hand over", bot.hand_overs.look)
        periodic.every(TICK, "quiet", self.quiet.look, limit=60)
        periodic.every(AUDIT, "measure", bot.measure)
        periodic.every(AUDIT, "unread", bot.ingress.unread.look)
        periodic.every(SWEEP, "sweep", bot.watch.janitor.sweep, limit=300)
        periodic.every(REFRESH, "refresh", bot.refresh, limit=30)
        periodic.every(ANNOUNCE, "announce", bot.keepers.announcer.look)
        periodic.every(FORESEE, "foresight", bot.keepers.foresight.look, limit=600)
        periodic.every(TICK, "calendars", bot.keepers.feeds.look, limit=120)
        periodic.every(SWEEP, "readiness", bot.keepers.readiness.look, limit=300)
        if bot.keepers.members is not None:
            periodic.every(REFRESH, "members", bot.keepers.members.look, limit=60)
        if bot.keepers.followers is not None:
            periodic.every(ANNOUNCE, "groups", bot.keepers.followers.look, limit=60)
        periodic.start()
        stack.callback(periodic.stop)
        if self._watched:
            bot.climber.last_turn = bot.clock.monotonic()  # the start may have taken long
            dog = Watchdog(lambda: bot.clock.monotonic() - bot.climber.last_turn)
            dog.start()
            stack.callback(dog.stop)


def collect_seldom() -> None:
    """Have Python look for cycles seldom, and never again at what stays for good.

    What an alert needs goes with its last reference; looking for cycles took a seventh of the time of intake.
    The few that loading the program left behind stay as well: to find them would make the first page late.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def run(bot: Bot) -> None:
    """Run until a signal says stop."""
    collect_seldom()
    runtime = Runtime(bot, watched=True)
    runtime.stop_on_signals()
    await runtime.run()
