"""Deaths: how the bot's processes end or stand still, and the supervisor that starts them again."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from tests.chaos.child import CLOCK, Child
from tests.chaos.night import Night
from tests.postgres import Cluster

DATABASE_EVERY = 5.0
DRAIN = 10.0
START = 0.3
"""Seconds that a start takes at most on a machine that has nothing else to do."""

SLOWEST = 20.0
RESTART = 0.2
"""Seconds until a supervisor starts a process again that could not start."""


class Death(StrEnum):
    """What happens to a process, or to the database under it."""

    KILL = "kill -9"
    TERM = "SIGTERM under load"
    FREEZE = "SIGSTOP beyond the lease, SIGCONT"
    ROLL = "rolling restart"
    DATABASE = "PostgreSQL stopped hard"


@dataclass(kw_only=True)
class Reaper:
    """Lets processes die until so many were killed. `mean`: seconds that one lives, on average.

    On a machine with more to do than this, where a start takes longer, processes live longer: one that
    gets no time at all proves nothing. Whatever ends is started again, as a supervisor would.
    """

    night: Night
    replicas: int
    kills: int
    chance: random.Random
    mean: float = 0.4
    mixed: bool = True
    count: Counter[Death] = field(default_factory=Counter)
    drains: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    lives: list[float] = field(default_factory=list)
    slowness: float = 1.0
    fast_enough: Callable[[], bool] = lambda: True
    _birth: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def done(self) -> bool:
        """Whether enough were killed."""
        return self.count[Death.KILL] >= self.kills or not self.fast_enough()

    async def run(self, cluster: Cluster | None = None) -> None:
        """Until enough were killed; then every replica runs and stays alive."""
        async with asyncio.TaskGroup() as group:
            crashes = group.create_task(self._crash(cluster)) if cluster else None
            slots = [group.create_task(self._slot()) for _ in range(self.replicas)]
            await asyncio.wait(slots)
            if crashes:
                await crashes

    async def _slot(self) -> None:
        child = await self._start()
        while not self.done:
            life = (self.chance.expovariate(1 / self.mean) + 0.05) * self.slowness
            self.lives.append(life)
            await CLOCK.sleep(life)
            child = await self._dies(child, self._drawn())

    def _drawn(self) -> Death:
        if not self.mixed:
            return Death.KILL
        several = [(Death.ROLL, 4)] if self.replicas > 1 else []
        kinds = [(Death.KILL, 82), (Death.TERM, 8), (Death.FREEZE, 4), *several]
        return self.chance.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]

    async def _dies(self, child: Child, death: Death) -> Child:
        """The process that takes its place."""
        if child.code is not None:  # it ended by itself, which only the database's absence excuses
            self.failures.append(f"a process ended with {child.code} by itself: {child.told()[-500:]}")
            return await self._start()
        match death:
            case Death.TERM:
                await self._told_to_end(child)
            case Death.FREEZE:
                child.signal(signal.SIGSTOP)
                await CLOCK.sleep(self.night.lease * self.chance.uniform(1.1, 2))
                child.signal(signal.SIGCONT)
                self.count[death] += 1
                return child
            case Death.ROLL:
                successor = await self._start()
                await self._told_to_end(child)
                self.count[death] += 1
                self.count[Death.TERM] -= 1
                return successor
            case _:
                child.signal(signal.SIGKILL)
                await child.ended()
                self.count[death] += 1
        self._bury(child)
        return await self._start()

    async def _told_to_end(self, child: Child) -> None:
        began = CLOCK.monotonic()
        child.signal(signal.SIGTERM)
        code = await child.ended(3 * DRAIN)
        self.drains.append(CLOCK.monotonic() - began)
        self.count[Death.TERM] += 1
        if code != 0:
            self.failures.append(f"told to end, a process ended with {code}: {child.told()[-500:]}")

    async def _start(self) -> Child:
        """Like a supervisor: again and again, until it runs."""
        while True:
            began = CLOCK.monotonic()
            async with self._birth:  # in a thread: the world must not stand still meanwhile
                child = await asyncio.to_thread(self.night.spawn)
            if await child.runs():
                seconds = CLOCK.monotonic() - began
                self.slowness += (max(1.0, min(seconds / START, SLOWEST)) - self.slowness) / 5
                return child
            self._bury(child)
            await CLOCK.sleep(RESTART)

    def _bury(self, child: Child) -> None:
        """Nothing of it is needed any more, unless it failed."""
        self.night.children.remove(child)
        child.forget()

    async def _crash(self, cluster: Cluster) -> None:
        while not self.done:
            await asyncio.to_thread(cluster.crash)
            await asyncio.to_thread(cluster.start)
            self.count[Death.DATABASE] += 1
            await CLOCK.sleep(DATABASE_EVERY)
