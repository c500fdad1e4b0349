"""How much an integration may post: no honest storm reaches it, and it costs nobody's first alert."""

import re
from datetime import timedelta

from bot.clock import Clock
from handlers.ingress.guesses import Guesses

MINUTE = 60.0
SPARE = 60
"""So many requests a minute beyond the limit are looked into, whether somebody must be woken for them."""

LATELY = timedelta(minutes=10)
"""For so long it is told that something was refused."""

URGENT = re.compile(rb"(?i)\b(?:sev-?1|p1|critical|fatal|emergency|disaster)\b")
"""What a source says of what is worst. It may say more than it means: that costs one request."""


class Limits:
    """A bucket for each integration that holds the requests of a minute.

    It refuses nothing of an integration of which no incident is known yet: whoever is refused is heard.
    """

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._most = float(per_minute)
        self._left: dict[str, tuple[float, float]] = {}
        self._heard: set[str] = set()
        self._refused: dict[str, tuple[int, float]] = {}
        self.guesses = Guesses(clock)

    def heard(self, integration: str) -> None:
        """There is an incident of it."""
        self._heard.add(integration)

    def wait(self, integration: str) -> float:
        """Seconds until one more request may come; 0 when this one may, and it is counted."""
        now = self._clock.monotonic()
        left, at = self._left.get(integration, (self._most, now))
        left = min(self._most, left + (now - at) * self._most / MINUTE)
        if left < 1.0 and integration in self._heard:
            self._left[integration] = (left, now)
            return (1.0 - left) * MINUTE / self._most
        self._left[integration] = (max(0.0, left - 1.0), now)
        return 0.0

    def spared(self, integration: str) -> bool:
        """Whether one beyond the limit may be looked into; it is counted."""
        now, key = self._clock.monotonic(), f"{integration}\0spare"
        left, at = self._left.get(key, (float(SPARE), now))
        left = min(float(SPARE), left + (now - at) * SPARE / MINUTE)
        self._left[key] = (max(0.0, left - 1.0), now)
        return left >= 1.0

    def refused(self, integration: str) -> None:
        """One was sent away."""
        count, _ = self._lately().get(integration, (0, 0.0))
        self._refused[integration] = (count + 1, self._clock.monotonic())

    def lately(self) -> dict[str, int]:
        """Of whom how many were sent away, as long as that goes on."""
        return {name: count for name, (count, _) in self._lately().items()}

    def _lately(self) -> dict[str, tuple[int, float]]:
        since = self._clock.monotonic() - LATELY.total_seconds()
        self._refused = {name: each for name, each in self._refused.items() if each[1] > since}
        return self._refused


def urgent(raw: bytes) -> bool:
    """Whether a document may be about something for which somebody must be woken."""
    return URGENT.search(raw) is not None
