"""The bell: wakes a loop early when something became due sooner than its next look."""

import asyncio
from datetime import datetime, timedelta

from bot.ports import News

SOON = timedelta(seconds=1)
"""Everybody looks this often anyway: what is due later wakes nobody."""


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
    """All bells of a process: the lanes', and the climber's."""

    def __init__(self) -> None:
        self._bells: dict[str, Bell] = {}

    def add(self, name: str, bell: Bell) -> None:
        """Hang up the bell of a lane, or of CLIMB."""
        self._bells[name] = bell

    def ring(self) -> None:
        """Ring all of them."""
        for bell in self._bells.values():
            bell.ring()

    def tell(self, news: News, now: datetime) -> None:
        """Ring the bells of those who have something to do soon."""
        for name, due in news.items():
            if due <= now + SOON:
                self._bells[name].ring()
