"""A claim that waited for its database: its lease begins when it is made, and outlives what may be sent."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar, cast

from bot.domain.effects import Lane
from bot.ports import Store, Tx
from bot.ports.outbox import GUARD
from bot.workers.dispatcher import LEASES
from tests.store.stories import SECOND, claim, paged
from tests.store.test_dispatcher import Road, until
from tests.store.world import SetClock

T = TypeVar("T")

LEASE = LEASES[Lane.PAGE]


class Late:
    """A store that takes a while before the first work begins."""

    def __init__(self, store: Store, clock: SetClock, pause: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._pause = pause

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        self._clock.at += self._pause
        self._pause = timedelta()
        return await self._store.write(work, page=page)


async def test_the_lease_lasts_as_long_as_what_the_guard_lets_pass_may_take(store: Store) -> None:
    road = Road(store)
    await paged(store)
    road.dispatcher._store = cast("Store", Late(store, road.clock, 8 * SECOND))
    (job,) = await road.dispatcher._claim(1)

    road.clock.at += 2 * GUARD * LEASE
    again = await claim(store, at=road.clock.at)

    assert again == [], "somebody else has claimed what is on the wire"
    assert await claim(store, at=road.clock.at + LEASE, limit=1)
    assert job.claim.claimed_at == 8.0


async def test_a_page_that_two_could_send_after_a_pause_of_the_database_goes_out_once(store: Store) -> None:
    one, other = Road(store), Road(store)
    other.clock = other.dispatcher._clock = one.clock  # one machine's time
    await paged(store)
    one.dispatcher._store = cast("Store", Late(store, one.clock, 8 * SECOND))
    (job,) = await one.dispatcher._claim(1)
    one.clock.at += GUARD * LEASE
    one.provider.open.clear()

    async with asyncio.TaskGroup() as group:
        group.create_task(one.dispatcher._carry(job))
        await until(lambda: one.provider.now == 1)
        one.clock.at += SECOND
        await other.dispatcher.drain()
        one.provider.open.set()

    assert [each.claim.id for each in other.provider.carried] == []
