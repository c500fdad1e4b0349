"""A connection to SQLite: how it is opened, and what a transaction does with it."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from bot.store.query import Kit, Params, Prepared, Query, Row

BUSY = "PRAGMA busy_timeout = 1000"
"""Milliseconds for one try; whoever writes tries again."""


class SqliteSession:
    """A connection to SQLite inside a transaction."""

    def __init__(self, connection: sqlite3.Connection, kit: Kit) -> None:
        self._connection = connection
        self._kit = kit
        self._prepared: dict[Query, Prepared] = {}
        self.writes = 0

    def rows(self, query: Query, params: Params) -> list[Row]:
        """All rows of a statement."""
        prepared = self._prepare(query)
        return prepared.decoded(self._connection.execute(prepared.sql, prepared.values(params)).fetchall())

    def run(self, query: Query, params: Params) -> int:
        """How many rows the statement changed."""
        self.writes += 1
        prepared = self._prepare(query)
        return self._connection.execute(prepared.sql, prepared.values(params)).rowcount

    def lock(self, query: Query, params: Params) -> None:
        """Nobody else can write meanwhile."""

    def many(self, query: Query, params: Sequence[Params]) -> int:
        """Run it once for each; how many rows were changed in all."""
        self.writes += 1
        prepared = self._prepare(query)
        return self._connection.executemany(prepared.sql, prepared.each(params)).rowcount

    def push(self, query: Query, params: Sequence[Params]) -> None:
        """Run it once for each."""
        self.many(query, params)

    def _prepare(self, query: Query) -> Prepared:
        prepared = self._prepared.get(query)
        if prepared is None:
            prepared = self._prepared[query] = query.prepare(self._kit)
        return prepared


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection whose transactions are ours to begin and to end."""
    mode = "ro" if read_only else "rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )
    connection.execute(BUSY)
    connection.execute("PRAGMA foreign_keys = ON")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    else:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    return connection
