"""Gates: a transaction that is held open at a place that the test chose."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from bot.ports import Tx

T = TypeVar("T")
PATIENCE = 20


class Gate:
    """Whoever comes by waits until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()

    def wait(self) -> None:
        self.reached.set()
        assert self.open.wait(PATIENCE)

    @asynccontextmanager
    async def held(self, writing: Coroutine[Any, Any, T]) -> AsyncIterator["asyncio.Task[T]"]:
        """Within, the transaction stands at the gate; afterwards it goes on to its end."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(writing)
            assert await asyncio.to_thread(self.reached.wait, PATIENCE)
            try:
                yield task
            finally:
                self.open.set()


def then(work: Callable[[Tx], T], gate: Gate) -> Callable[[Tx], T]:
    """The work, and then the gate, before the commit."""

    def both(tx: Tx) -> T:
        result = work(tx)
        gate.wait()
        return result

    return both
