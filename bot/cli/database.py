"""Looking into the database from a command, also while the bot runs."""

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from bot.ports import Tx
from bot.store import open_store

T = TypeVar("T")

Database = Annotated[
    str | None, typer.Option("--database", help="The database's address, instead of the settings' own.")
]


async def reading(url: str, work: Callable[[Tx], T]) -> T:
    """Look on beside the process that holds it."""
    store = open_store(url, read_only=True)
    await store.start()
    try:
        return await store.read(work)
    finally:
        await store.stop()
