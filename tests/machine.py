"""A machine whose clocks are wrong at will: what a steady clock is read off."""

from datetime import datetime

from bot.clock import SteadyClock
from tests.examples import NOW


class Machine:
    """Its wall clock, and the seconds since it was started; both move only by hand."""

    def __init__(self, wall: datetime = NOW, *, up: float = 100_000.0) -> None:
        self._wall = wall.timestamp()
        self._up = up

    def passes(self, seconds: float) -> None:
        """Time goes on."""
        self._wall += seconds
        self._up += seconds

    def jumps(self, seconds: float) -> None:
        """Somebody sets the wall clock."""
        self._wall += seconds

    def clock(self) -> SteadyClock:
        """A clock that starts now."""
        return SteadyClock(wall=lambda: self._wall, elapsed=lambda: self._up)
