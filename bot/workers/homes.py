"""Home tabs: those that somebody looks at follow what happens, at most once a second."""

from datetime import timedelta

from bot.clock import Clock
from bot.domain.effects import PublishHome
from bot.ports import Store, Tx

WINDOW = timedelta(minutes=15)
"""A Home tab follows for so long after it was opened."""


class Homes:
    """Collects that something changed, and has the Home tabs published anew."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._stale = False

    def touch(self) -> None:
        """Something changed."""
        self._stale = True

    async def refresh(self) -> bool:
        """Have them published, if something changed since the last time; whether any was."""
        if not self._stale:
            return False
        self._stale = False
        since = self._clock.now() - WINDOW
        viewers = await self._store.read(lambda tx: tx.home_viewers(since))
        if viewers:
            await self._store.write(lambda tx: self._publish(tx, viewers))
        return bool(viewers)

    def _publish(self, tx: Tx, viewers: list[str]) -> None:
        effects = [PublishHome(key=f"home:{user}", user=user) for user in viewers]
        tx.enqueue(effects, self._clock.now())
