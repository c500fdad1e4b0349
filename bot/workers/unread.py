"""Alerts that nobody could read: an alarm, for as long as they come, so that it is not found by luck."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from bot.clock import Clock
from bot.domain.unread import NEWS
from bot.ports import Alarms, Store

ALARM = "unread alerts"
REFUSED = "refused alerts"

LATELY = timedelta(hours=1)
MOST_NAMED = 5


class UnreadAlarm:
    """Looks for what came lately and could not be read; all replicas see the same."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        alarms: Alarms,
        note_use: Callable[[], Awaitable[None]],
        refused: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        """`refused` tells of whom how many requests were sent away lately, since they were too many."""
        self._refused = refused
        self._store = store
        self._clock = clock
        self._alarms = alarms
        self._note_use = note_use

    async def look(self) -> None:
        """Tell of it, or that it is over."""
        self._look_at_refused()
        since = self._clock.now() - LATELY
        unread = await self._store.read(lambda tx: tx.unread_since(since))
        found = {name: count for name, count in unread.items() if not name.startswith(NEWS)}
        if found:
            names = sorted(found, key=lambda name: (-found[name], name))
            more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            told = ", ".join(f"{name} ({found[name]})" for name in names[:MOST_NAMED])
            self._alarms.raised(
                ALARM, f"Alerts that could not be read came from {told}{more}: `tocsin unread` shows them."
            )
        else:
            self._alarms.cleared(ALARM)
        await self._note_use()

    def _look_at_refused(self) -> None:
        refused = self._refused()
        if not refused:
            self._alarms.cleared(REFUSED)
            return
        told = ", ".join(f"{name} ({count} requests)" for name, count in sorted(refused.items())[:MOST_NAMED])
        self._alarms.raised(
            REFUSED,
            f"Alerts are sent away with 429, since they are too many: {told}. Their sources must post again; "
            "TOCSIN_INTAKE__REQUESTS_PER_MINUTE allows more.",
        )
