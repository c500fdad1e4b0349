"""The bell: wakes a loop early when something became due sooner than its next look."""

import asyncio


class Bell:
    """Rung from the event loop after every commit; a ring while nobody waits is not lost."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake whoever waits, or the next one who will."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Until the next ring, at most that long."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()


class Bells:
    """All bells of a process, rung together after every commit."""

    def __init__(self) -> None:
        self._bells: list[Bell] = []

    def add(self, *bells: Bell) -> None:
        """Hang up more bells."""
        self._bells.extend(bells)

    def ring(self) -> None:
        """Ring all of them."""
        for bell in self._bells:
            bell.ring()
