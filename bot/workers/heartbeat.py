"""The heartbeat: somebody outside hears from us only while everything holds that pages depend on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from bot.clock import Clock
from bot.ports import Outside, Progress

log = structlog.get_logger(__name__)

Invariant = Callable[[], str | None]
"""Why it does not hold; None while it does."""


class Heartbeat:
    """Sends a sign of life as often as it is asked to, or holds it back and says why.

    `held_back` are the reasons of the last time, `failed` who did not take it, `sent_at` (monotonic) when
    somebody took the last one.
    """

    def __init__(
        self,
        outside: Outside,
        clock: Clock,
        progress: Callable[[], Awaitable[Progress]],
        name: str,
    ) -> None:
        self._outside = outside
        self._clock = clock
        self._invariants: Sequence[Invariant] = ()
        self._progress = progress
        self._name = name
        self._well = False
        self.held_back: Sequence[str] = ()
        self.failed: Mapping[str, str] = {}
        self.sent_at: float | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """Who hears it."""
        return self._outside.places

    def depends_on(self, invariants: Sequence[Invariant]) -> None:
        """What has to hold."""
        self._invariants = invariants

    async def beat(self) -> bool:
        """Send it if all is well; whether somebody took it."""
        if not self.places:
            return False
        reasons = [reason for invariant in self._invariants if (reason := invariant())]
        if reasons:
            await self._hold_back(reasons)
            return False
        failed = await self._outside.alive(self._words(await self._progress()))
        if failed and failed != self.failed:
            log.warning("heartbeat_not_taken", by=dict(failed))
        if self.held_back:
            log.info("heartbeat_goes_on")
        self._well, self.held_back, self.failed = True, (), failed
        if len(failed) < len(self.places):
            self.sent_at = self._clock.monotonic()
        return not failed

    async def _hold_back(self, reasons: Sequence[str]) -> None:
        """Told outside once, and only by one that was well before: a start is no failure."""
        was_well, self._well = self._well, False
        if list(self.held_back) != list(reasons):
            log.warning("heartbeat_held_back", why=list(reasons))
        self.held_back = reasons
        if was_well:
            self.failed = await self._outside.failing(f"{self._name}: {'; '.join(reasons)}")

    def _words(self, far: Progress) -> str:
        """How far the database is, so that one that went back in time is noticed by who compares."""
        lines = [f"Tocsin on {self._name} is well."]
        if far.number is not None and far.entered_at is not None:
            lines.append(
                f"Newest incident: INC-{far.number}, entry {far.entry}, {far.entered_at.isoformat()}"
            )
        if far.seen_at is not None:
            lines.append(f"Last commit: {far.seen_at.isoformat()}")
        return "\n".join(lines)
