"""The sandbox's running work: one task group that begins and ends with the server."""

import asyncio
from collections.abc import Coroutine


class Tasks:
    """Work in the background. `busy` counts what should end by itself; not the loops that serve forever."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._open = False
        self._all: set[asyncio.Task[None]] = set()
        self._work: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to accept work."""
        self._group = asyncio.TaskGroup()
        await self._group.__aenter__()
        self._open = True

    def spawn(self, work: Coroutine[None, None, None], *, forever: bool = False) -> None:
        """Run this beside everything else; what a last request brings after the stop is not begun."""
        if not self._open:
            work.close()
            return
        task = self._group.create_task(work)
        for kept in (self._all,) if forever else (self._all, self._work):
            kept.add(task)
            task.add_done_callback(kept.discard)

    @property
    def busy(self) -> bool:
        """Whether a piece of work is still on its way."""
        return bool(self._work)

    async def idle(self) -> None:
        """Wait until nothing is on its way."""
        while self._work:
            await asyncio.wait(self._work)

    async def stop(self) -> None:
        """Cancel everything and wait for its end; an error in any of it is raised here."""
        self._open = False
        for task in tuple(self._all):
            task.cancel()
        await self._group.__aexit__(None, None, None)
