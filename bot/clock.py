"""Time comes from here and nowhere else: wall-clock instants, monotonic seconds, and waiting."""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

SLEW = 0.001
"""By how much a steady clock runs faster or slower while it makes up for an offset.

A wait of a quarter of an hour is wrong by less than a second then.
"""


class Clock(Protocol):
    """The time, as everything in Tocsin sees it."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def wall(self) -> datetime:
        """What the machine's own clock says, right or wrong."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump and go on while the machine sleeps; only differences mean something."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let others run for this long."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The machine's wall clock."""
        return _instant(wall_seconds())

    def wall(self) -> datetime:
        """The same."""
        return self.now()

    def monotonic(self) -> float:
        """The seconds since the machine was started."""
        return elapsed_seconds()

    async def sleep(self, seconds: float) -> None:
        """Really wait."""
        await asyncio.sleep(seconds)  # noqa: TID251 - this is the Clock


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """How time goes on: at `elapsed` it was `time`, and so many seconds are still to be made up for."""

    elapsed: float
    time: float
    ahead: float = 0.0

    def at(self, elapsed: float) -> float:
        """The time then."""
        passed = max(elapsed - self.elapsed, 0.0)
        most = SLEW * passed
        return self.time + passed + min(max(self.ahead, -most), most)


class SteadyClock:
    """A clock that cannot jump: it is read off the wall once, and goes on with the seconds that elapse.

    Somebody who knows the time better steers it (`steer`): it then runs a little faster or slower until
    it agrees. All methods may be called from any thread.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], float] | None = None,
        elapsed: Callable[[], float] | None = None,
    ) -> None:
        self._wall = wall or wall_seconds
        self._elapsed = elapsed or elapsed_seconds
        self._course = Course(elapsed=self._elapsed(), time=self._wall())

    def now(self) -> datetime:
        """The present instant."""
        return _instant(self._course.at(self._elapsed()))

    def wall(self) -> datetime:
        """What the machine's own clock says, which may have jumped."""
        return _instant(self._wall())

    def monotonic(self) -> float:
        """The seconds since the machine was started, those in which it slept among them."""
        return self._elapsed()

    async def sleep(self, seconds: float) -> None:
        """Really wait."""
        await asyncio.sleep(seconds)  # noqa: TID251 - this is a Clock

    def behind(self, instant: datetime, monotonic: float) -> float:
        """How many seconds this clock is behind one that showed `instant` at `monotonic`; below 0, ahead."""
        return instant.timestamp() - self._course.at(monotonic)

    def steer(self, seconds: float) -> None:
        """Make up for so many seconds, little by little; what was still to be made up for is forgotten."""
        elapsed = self._elapsed()
        self._course = Course(elapsed=elapsed, time=self._course.at(elapsed), ahead=seconds)

    def step(self, seconds: float) -> None:
        """Jump after all: nothing may hang on the time that is left out, or comes twice."""
        elapsed = self._elapsed()
        self._course = Course(elapsed=elapsed, time=self._course.at(elapsed) + seconds)


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
        return _instant(wall_seconds()) + self._shift

    def wall(self) -> datetime:
        """The same."""
        return self.now()

    def monotonic(self) -> float:
        """The machine's monotonic clock, shifted."""
        return elapsed_seconds() + self._shift.total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Really wait; an advance does not shorten it."""
        await asyncio.sleep(seconds)  # noqa: TID251 - this is a Clock


def _counting() -> int | None:
    """The system's clock that goes on while the machine sleeps, where it has one.

    Linux: CLOCK_BOOTTIME. macOS: CLOCK_MONOTONIC, whereas `time.monotonic` stands still there.
    """
    if sys.platform == "darwin":
        return time.CLOCK_MONOTONIC
    found = getattr(time, "CLOCK_BOOTTIME", None)
    return found if isinstance(found, int) else None


_COUNTING = _counting()

COUNTS_SLEEP = _COUNTING is not None
"""Whether the elapsed seconds are known to include those in which the machine slept."""


def elapsed_seconds() -> float:
    """The seconds since the machine was started; with those in which it slept, where that can be known."""
    return time.monotonic() if _COUNTING is None else time.clock_gettime(_COUNTING)


def wall_seconds() -> float:
    """The machine's wall clock, in seconds since 1970."""
    return time.time()  # noqa: TID251 - this is the Clock


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
