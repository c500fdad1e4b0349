"""Time comes from here and nowhere else: wall-clock instants, monotonic seconds, and waiting."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The time, as everything in Tocsin sees it."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump; only differences mean something."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let others run for this long."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The machine's wall clock."""
        return datetime.now(UTC)  # noqa: TID251 - this is the Clock

    def monotonic(self) -> float:
        """The machine's monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Really wait."""
        await asyncio.sleep(seconds)  # noqa: TID251 - this is the Clock


class ShiftedClock:
    """The machine's clock plus a shift that its owner moves: real waits, time travel at will.

    Used by the sandbox and the end-to-end tests: `advance` moves `now` and `monotonic` alike,
    so that leases, due times and signatures all see the same jump.
    """

    def __init__(self) -> None:
        self._shift = timedelta()

    def advance(self, by: timedelta) -> None:
        """Move the time forward (or, to test clock faults, back)."""
        self._shift += by

    def now(self) -> datetime:
        """The machine's wall clock, shifted."""
        return datetime.now(UTC) + self._shift  # noqa: TID251 - this is a Clock

    def monotonic(self) -> float:
        """The machine's monotonic clock, shifted."""
        return time.monotonic() + self._shift.total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Really wait; an advance does not shorten it."""
        await asyncio.sleep(seconds)  # noqa: TID251 - this is a Clock
