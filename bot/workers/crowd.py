"""The crowd: while many pages are due at once, cards, replies and tickets stand back."""

from bot.clock import Clock

MANY = 32
"""So many rungs or pages in one look are a crowd."""

LINGER = 0.25
"""Seconds for which one look counts."""

LONGEST = 2.0
"""Seconds after which nobody stands back any more: people want to see the card."""


class Crowd:
    """What the climber and the page lane saw last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = self._until = clock.monotonic()

    def seen(self, count: int) -> None:
        """So many were due at once."""
        now = self._clock.monotonic()
        if count >= MANY:
            self._since = now if now > self._until else self._since
            self._until = now + LINGER

    @property
    def passing(self) -> bool:
        """Whether others should stand back."""
        return self._clock.monotonic() < min(self._until, self._since + LONGEST)
