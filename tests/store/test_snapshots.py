"""Snapshots of services and ladders are there whenever an incident has them, whatever was rolled back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.ports import Store, Tx
from bot.store import open_store
from tests.store.stories import declare, note, obey


@asynccontextmanager
async def process(url: str) -> AsyncIterator[Store]:
    """A store as one process has it: it remembers nothing of what others knew."""
    store = open_store(url, auto_migrate=True)
    await store.start()
    try:
        yield store
    finally:
        await store.stop()


async def test_what_was_read_before_it_was_rolled_back_is_written_by_the_next(url: str) -> None:
    def fails(tx: Tx) -> None:
        obey(tx, declare(tx).id, note())
        raise RuntimeError("after it was read")

    async with process(url) as one:
        with pytest.raises(RuntimeError):
            await one.write(fails)
        declared = await one.write(declare)

    async with process(url) as other:
        assert await other.read(lambda tx: tx.incident(declared.id)) == declared
