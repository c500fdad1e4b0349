"""How much an integration may post: no honest storm reaches it, and it costs nobody's first alert."""

from bot.clock import Clock

MINUTE = 60.0


class Limits:
    """A bucket for each integration that holds the requests of a minute.

    It refuses nothing of an integration of which no incident is known yet: whoever is refused is heard.
    """

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._most = float(per_minute)
        self._left: dict[str, tuple[float, float]] = {}
        self._heard: set[str] = set()

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
