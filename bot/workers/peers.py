"""Peers: every process gives signs of life, and the others notice when one falls silent without a goodbye."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.errors import StoreUnavailable
from bot.intake import note_unheard
from bot.ports import Replica, Store, Tx

log = structlog.get_logger(__name__)

BEAT = 10.0
"""Seconds between two signs of life."""

SILENT = timedelta(seconds=30)
"""Three signs of life that did not come."""

MISSED_FOR = timedelta(hours=24)
"""One that was silent for longer will not come back; nobody is reminded of it any more."""

CRASHES = 3
CRASH_WINDOW = timedelta(minutes=10)


class Peers:
    """Signs of life of this process, and what it knows of the others."""

    def __init__(self, store: Store, clock: Clock, me: Replica, *, alone: bool) -> None:
        """`alone`: the database takes one process at a time, so whoever was here before has ended."""
        self._store = store
        self._clock = clock
        self._alone = alone
        self.me = me
        self.last_beat: float | None = None
        """Monotonic: when the database last took a sign of life. It proves that it can be written to."""
        self.crashes = 0
        """How many processes ended without a goodbye shortly before this one started."""

    async def arrive(self) -> None:
        """The first sign of life. Whoever was here before and did not say goodbye is told of."""
        known = await self._store.read(lambda tx: tx.replicas())
        before = crashed(known, self._clock.now(), self.me.host, alone=self._alone)
        self.crashes = len(before)
        if before:
            last = before[0]
            log.warning("no_goodbye", host=last.host, pid=last.pid, seen=f"{last.seen_at:%Y-%m-%d %H:%M:%S}")
        await self.beat()

    async def beat(self) -> None:
        """A sign of life. A database that is away is somebody else's alarm."""
        now = self._clock.now()
        me = replace(self.me, seen_at=now)

        def work(tx: Tx) -> None:
            note_unheard(tx, now)
            tx.seen(me)

        try:
            await self._store.write(work, page=True)
        except StoreUnavailable as error:
            log.warning("no_sign_of_life", why=str(error))
            return
        self.last_beat = self._clock.monotonic()

    async def leave(self) -> None:
        """Say goodbye, so that nobody misses us."""
        now = self._clock.now()
        me = replace(self.me, seen_at=now, left_at=now)
        try:
            await self._store.write(lambda tx: tx.seen(me), page=True)
        except StoreUnavailable as error:
            log.warning("no_goodbye_said", why=str(error))


def crashed(known: Sequence[Replica], now: datetime, host: str, *, alone: bool) -> list[Replica]:
    """Processes of this host that ended lately without a goodbye, the last one first.

    Unless they are alone, one that was seen a moment ago may be a neighbour that lives.
    """
    living = timedelta() if alone else timedelta(seconds=BEAT * 1.5)
    return [
        each
        for each in known
        if each.host == host and each.left_at is None and living <= now - each.seen_at <= CRASH_WINDOW
    ]


def silent(known: Sequence[Replica], now: datetime) -> list[Replica]:
    """Those that gave no sign of life, said no goodbye, and were not replaced by one that started since.

    A newcomer replaces one of its own host first, and never more than one.
    """
    recent = [each for each in known if now - each.seen_at <= MISSED_FOR]
    gone = [each for each in recent if each.left_at is not None or now - each.seen_at > SILENT]
    arrivals = sorted(recent, key=lambda each: each.started_at)
    gone.sort(key=lambda each: (each.seen_at, each.id))
    unreplaced = _without(gone, arrivals, same_host=True)
    return _without([each for each in unreplaced if each.left_at is None], arrivals, same_host=False)


def _without(gone: Sequence[Replica], arrivals: list[Replica], *, same_host: bool) -> list[Replica]:
    """Those of the gone that no arrival replaces; an arrival that does is used up."""
    left = []
    for each in gone:
        newcomer = next(
            (
                one
                for one in arrivals
                if one.started_at >= each.seen_at and (one.host == each.host or not same_host)
            ),
            None,
        )
        if newcomer is None:
            left.append(each)
        else:
            arrivals.remove(newcomer)
    return left
