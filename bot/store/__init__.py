"""The store: incidents, timeline, inbox and outbox on SQLite or PostgreSQL."""

from collections.abc import Callable

from bot.ports import Store
from bot.store.schema import address
from bot.store.sqlite import SqliteStore

__all__ = ["open_store"]


def _unheard() -> None:
    """Nobody counts."""


def open_store(
    url: str,
    *,
    auto_migrate: bool = False,
    read_only: bool = False,
    overtaken: Callable[[], None] = _unheard,
) -> Store:
    """The store at that address, such as `sqlite:///tocsin.db` or `postgresql://tocsin@db/tocsin`.

    With `auto_migrate`, `start()` makes or updates the schema; without, it refuses one that does not fit.
    `read_only` looks on beside the process that holds a SQLite file.
    `overtaken` is called, from any thread, whenever a work is run again because somebody else was faster:
    a conflict or a deadlock. Where only one can write, nobody is.
    Raises ValueError for any other kind of database.
    """
    match address(url).get_backend_name():
        case "sqlite":
            return SqliteStore(url, auto_migrate=auto_migrate, read_only=read_only)
        case "postgresql":
            from bot.store.postgres import PostgresStore  # noqa: PLC0415 - its driver, for those who have it

            return PostgresStore(url, auto_migrate=auto_migrate, overtaken=overtaken)
        case other:
            raise ValueError(f"{other} is no database that Tocsin can use: take SQLite or PostgreSQL")
