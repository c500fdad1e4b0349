"""The agenda: what the world itself is going to do, in the order of its moments."""

import asyncio
import heapq
from collections.abc import Callable
from contextvars import Context, copy_context
from itertools import count

from tests.simulation.loop import VirtualLoop


class Agenda:
    """Moments and what happens at them. Made outside of any process, and so are its contexts."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._heap: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()
        self.context: Context = copy_context()
        self.busy = 0
        """How many people and sources wait for an answer."""

    def at(self, moment: float, do: Callable[[], object]) -> None:
        """Do this then."""
        heapq.heappush(self._heap, (moment, next(self._numbers), do))

    async def rest(self, seconds: float) -> None:
        """Somebody waits, and nobody has to wait for them."""
        awake: asyncio.Future[None] = self._loop.create_future()
        self.busy -= 1

        def wake() -> None:
            if not awake.done():
                awake.set_result(None)

        self.at(self._loop.time() + seconds, wake)
        try:
            await awake
        finally:
            self.busy += 1

    @property
    def next(self) -> float | None:
        """When something is to be done; None when everything is."""
        return self._heap[0][0] if self._heap else None

    def work(self) -> bool:
        """Do what is to be done by now; whether anything was."""
        worked = False
        while self._heap and self._heap[0][0] <= self._loop.time():
            heapq.heappop(self._heap)[2]()
            worked = True
        return worked
