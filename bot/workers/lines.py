"""Lines: before channels in which more cards wait than can be posted within a minute."""

from datetime import timedelta

from bot.clock import Clock
from bot.domain.effects import RefreshCard
from bot.errors import PACED, DeliveryError
from bot.ports import Job
from bot.ports.outbox import Full

LONG = timedelta(seconds=30)
"""Whoever must wait for so long stands in a long line; whoever is new waits as long, untried."""

LOOK_AGAIN = 15.0
"""Seconds after which somebody new finds out how long the line is by now."""


class Lines:
    """What a lane learned of them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._long: dict[str, tuple[float, timedelta]] = {}

    def learned(self, job: Job, error: DeliveryError) -> None:
        """A delivery was turned back."""
        incident, wait = job.incident, error.retry_after
        if error.reason != PACED or incident is None or incident.card is not None:
            return
        if isinstance(job.claim.effect, RefreshCard) and wait is not None and wait >= LONG:
            self._long[incident.service.channel] = self._clock.monotonic() + LOOK_AGAIN, wait

    @property
    def full(self) -> Full:
        """Channels with a long line, and when somebody new comes back."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        self._long = {name: line for name, line in self._long.items() if line[0] > monotonic}
        return {name: now + wait for name, (_, wait) in self._long.items()}
