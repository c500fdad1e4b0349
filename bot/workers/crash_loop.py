"""The crash loop: after several crashes pages go first, everything else waits until they had their turn."""

import asyncio
from contextlib import suppress

import structlog

from bot.clock import Clock
from bot.ports import Alarms
from bot.workers.peers import CRASHES, Peers
from bot.workers.survival import survive

log = structlog.get_logger(__name__)

ALARM = "crash loop"

HELD_BACK = 5.0
"""Seconds that pages get for themselves: what ends the process may be a card, a ticket or a Home tab."""

ARRIVAL = 5.0
"""Seconds after which nobody waits to learn whether there were crashes: the database is away."""

STEADY = 300.0
"""Seconds after which a process that still lives ends the alarm."""


class CrashLoop:
    """Says at the start that processes of this host crash again and again; holds back what pages nobody."""

    def __init__(self, peers: Peers, alarms: Alarms, clock: Clock, *, many: int = CRASHES) -> None:
        """`many`: so many ends without a goodbye within ten minutes are a loop."""
        self._peers = peers
        self._alarms = alarms
        self._clock = clock
        self._many = many
        self._arrived = asyncio.Event()

    @property
    def looping(self) -> bool:
        """Whether this process was started after too many crashes."""
        return self._peers.crashes >= self._many

    async def arrive(self, stop: asyncio.Event) -> None:
        """Learn how many crashes there were, and say it loudly; it is over when this process stays alive."""
        await survive("arrive", self._peers.arrive())
        if self.looping:
            crashes = self._peers.crashes
            log.error("crash_loop", crashes=crashes, remedy="look at the log's last lines before each start")
            told = f"Tocsin crashed {crashes} times within ten minutes. Pages go out first after each start."
            self._alarms.raised(ALARM, told)
        self._arrived.set()
        if self.looping and not await _within(STEADY, stop):
            self._alarms.cleared(ALARM)

    async def pages_first(self, stop: asyncio.Event) -> None:
        """Until what pages nobody may begin: at once, unless processes crash again and again."""
        await _within(ARRIVAL, self._arrived)
        if self.looping:
            await _within(HELD_BACK, stop)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Whether it happens within so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
