"""Processes crash again and again: the next one says so, and lets pages go first."""

import asyncio
from datetime import timedelta

import pytest

from bot.clock import ShiftedClock, SystemClock
from bot.ports import Store
from bot.workers import crash_loop
from bot.workers.crash_loop import ALARM, CrashLoop
from tests.store.test_peers import Book, a_process

LITTLE = 0.05


@pytest.mark.row("F20")
async def test_after_twenty_crashes_it_is_told_and_pages_get_time_for_themselves(store: Store) -> None:
    clock, book, stop = ShiftedClock(), Book(), asyncio.Event()
    for _ in range(20):
        await a_process(store, clock, "web-1").arrive()
        clock.advance(timedelta(seconds=16))
    loop = CrashLoop(a_process(store, clock, "web-1"), book, clock)

    async with asyncio.TaskGroup() as group:
        group.create_task(loop.arrive(stop))
        others = group.create_task(loop.pages_first(stop))
        while not book.standing:
            await SystemClock().sleep(0.01)
        waited = not (await asyncio.wait([others], timeout=LITTLE))[0]
        stop.set()

    assert waited
    assert "crashed 20 times" in book.standing[ALARM]


async def test_after_one_crash_nothing_waits(store: Store) -> None:
    clock, book, stop = ShiftedClock(), Book(), asyncio.Event()
    await a_process(store, clock, "web-1").arrive()
    clock.advance(timedelta(seconds=16))
    loop = CrashLoop(a_process(store, clock, "web-1"), book, clock)

    stop.set()
    await loop.arrive(stop)
    await asyncio.wait_for(loop.pages_first(stop), crash_loop.HELD_BACK / 2)

    assert book.standing == {}


async def test_a_database_that_does_not_tell_of_crashes_keeps_nothing_back_for_long(store: Store) -> None:
    clock, stop = ShiftedClock(), asyncio.Event()
    loop = CrashLoop(a_process(store, clock, "web-1"), Book(), clock)

    await asyncio.wait_for(loop.pages_first(stop), 2 * crash_loop.ARRIVAL)

    assert not loop.looping
