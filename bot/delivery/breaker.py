"""Circuit breakers: a provider that is down is not asked by everybody, but by one in fifteen seconds."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from bot.clock import Clock
from bot.delivery.failures import Outage, Withheld
from bot.errors import DeliveryError, Outcome
from bot.ports import Carrier, Job, Receipt

T = TypeVar("T")

THRESHOLD = 3
PROBE_EVERY = timedelta(seconds=15)


def outage(error: DeliveryError) -> bool:
    """Whether a failure says that the provider as a whole is down."""
    return isinstance(error, Outage)


class Breaker:
    """One for each provider, shared by everything that calls it.

    It opens after `threshold` failures in a row of the provider as a whole. While it is open everybody is
    turned away at once, but for one probe every 15 s; whatever the provider answers to that closes it.
    """

    def __init__(
        self,
        provider: str,
        clock: Clock,
        *,
        threshold: int = THRESHOLD,
        is_outage: Callable[[DeliveryError], bool] = outage,
    ) -> None:
        self.provider = provider
        self._clock = clock
        self._threshold = threshold
        self._is_outage = is_outage
        self._failures = 0
        self._probe_at: float | None = None
        self._reason = ""

    @property
    def reason(self) -> str | None:
        """Why it is open; None while it is closed."""
        return self._reason if self._probe_at is not None else None

    async def guard(self, call: Callable[[], Awaitable[T]], turned_away: Outcome) -> T:
        """Call, or raise Withheld with that outcome while the circuit is open."""
        if self._probe_at is not None:
            if self._clock.monotonic() < self._probe_at:
                raise Withheld(turned_away, f"circuit open: {self._reason}", retry_after=PROBE_EVERY)
            self._postpone()
        try:
            result = await call()
        except DeliveryError as error:
            self._learn(error)
            raise
        self._close()
        return result

    def _learn(self, error: DeliveryError) -> None:
        if isinstance(error, Withheld):
            return
        if not self._is_outage(error):
            self._close()
            return
        self._failures += 1
        self._reason = error.reason
        if self._failures >= self._threshold:
            self._postpone()

    def _postpone(self) -> None:
        self._probe_at = self._clock.monotonic() + PROBE_EVERY.total_seconds()

    def _close(self) -> None:
        self._failures, self._probe_at = 0, None


class Guarded:
    """A carrier behind its provider's breaker."""

    def __init__(self, carrier: Carrier, breaker: Breaker) -> None:
        self._carrier = carrier
        self._breaker = breaker

    async def carry(self, job: Job) -> Receipt:
        """Carry it, unless the circuit is open: then it was certainly not sent."""
        return await self._breaker.guard(lambda: self._carrier.carry(job), Outcome.NOT_SENT)

    async def look_up(self, job: Job) -> Receipt | None:
        """Look it up, unless the circuit is open: then an earlier attempt stays unknown."""
        return await self._breaker.guard(lambda: self._carrier.look_up(job), Outcome.UNKNOWN)
