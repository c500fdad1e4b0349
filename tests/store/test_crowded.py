"""More is asked of the database than it can do: what waits has an upper bound, and paging goes on."""

import asyncio
import threading

import pytest

from bot.clock import SystemClock
from bot.errors import Away, StoreUnavailable
from bot.ports import Store, Tx
from bot.store.calls import WAITING

HANDS = 4
"""So many works the database does at once at most, besides those of paging."""


@pytest.mark.row("F15")
async def test_what_waits_for_the_database_has_an_upper_bound_and_paging_goes_on(store: Store) -> None:
    going_on = threading.Event()

    def busy(_: Tx) -> None:
        going_on.wait(30)

    async with asyncio.TaskGroup() as group:
        held = [group.create_task(store.write(busy)) for _ in range(HANDS)]
        waiting = [group.create_task(store.write(lambda _: None)) for _ in range(WAITING - HANDS)]
        await SystemClock().sleep(0)
        late = [group.create_task(refused(store)) for _ in range(3 * HANDS)]
        page = group.create_task(store.write(lambda tx: tx.next_number(), page=True))
        await asyncio.wait(late[-HANDS:])
        going_on.set()
        await asyncio.wait([*held, *waiting, page])

    assert [task.result() for task in late[-HANDS:]] == [Away.BUSY] * HANDS
    assert page.result() == 1
    assert await store.write(lambda _: "as before") == "as before"


async def refused(store: Store) -> Away | None:
    try:
        await store.write(lambda _: None)
    except StoreUnavailable as error:
        return error.why
    return None
