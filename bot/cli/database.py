"""Looking into the database from a command, also while the bot runs."""

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from bot.errors import DatabaseDamaged, SchemaMismatch, StoreUnavailable
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


async def looking(known: str, asked: str | None, work: Callable[[Tx | None], T]) -> tuple[T, str]:
    """The same, and without a database where the settings' own is not there; then it is said why.

    One that was asked for must be there.
    """
    try:
        return await reading(asked or known, work), ""
    except (StoreUnavailable, SchemaMismatch, DatabaseDamaged) as error:
        if asked is not None:
            raise
        return work(None), str(error)
