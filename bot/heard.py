"""How far each channel was heard: the moment up to which nothing that was posted there is missing."""

from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.ports import Mark, Store, Tx
from bot.ports.marks import SAFE_MODE, SafeModePhase

_NAME = "heard:"


@dataclass(frozen=True, kw_only=True, slots=True)
class HeardUntil:
    """The `ts` in a channel up to which everything was heard, and when somebody made sure of it."""

    ts: str
    at: datetime


class Heard:
    """Remembers it in the database, so that another process can go on from there."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def until(self, channel: str) -> HeardUntil | None:
        """How far; None for a channel that was never listened to."""
        mark = await self._store.read(lambda tx: tx.mark(f"{_NAME}{channel}"))
        return HeardUntil(ts=mark.text, at=mark.at) if mark is not None else None

    async def forgetful(self) -> bool:
        """Whether the database may have forgotten something that providers are still asked for."""
        mark = await self._store.read(lambda tx: tx.mark(SAFE_MODE))
        return mark is not None and mark.value < SafeModePhase.WAITING

    async def through(self, channel: str, ts: str) -> None:
        """Everything up to then was heard. It never goes back."""

        def work(tx: Tx) -> None:
            before = tx.mark(f"{_NAME}{channel}")
            newest = max(ts, before.text, key=float) if before and before.text else ts
            tx.set_mark(Mark(name=f"{_NAME}{channel}", value=0, at=self._clock.now(), text=newest))

        await self._store.write(work)
