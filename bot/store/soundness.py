"""Soundness: whether a SQLite file can be trusted, asked before anything is read or written."""

import contextlib
import sqlite3
import time
from pathlib import Path

import structlog

from bot.errors import DatabaseDamaged

LIMIT = 1.0
"""Seconds that a start may take for it; what is larger is looked at in part. Each backup looks at it all."""

_STEPS = 100_000
"""SQLite's virtual instructions between two looks at the clock."""


def damages(connection: sqlite3.Connection, limit: float | None = None) -> str:
    """What SQLite finds wrong with its file; nothing when it is sound, or when the time was too short."""
    end = None if limit is None else time.monotonic() + limit
    connection.set_progress_handler(lambda: end is not None and time.monotonic() > end, _STEPS)
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_INTERRUPT:
            raise
        structlog.get_logger(__name__).info("database_checked_in_part", seconds=limit)
        return ""
    finally:
        connection.set_progress_handler(None, 0)
    return "" if found == ["ok"] else "; ".join(" ".join(line.split()) for line in found)


def look_over(file: Path, *, limit: float = LIMIT) -> None:
    """Raise DatabaseDamaged for a file that cannot be trusted. It is only read: nothing of it is lost."""
    try:
        with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            found = damages(connection, limit)
    except sqlite3.OperationalError:
        return  # locked, unreadable, or no place for its log: whoever opens it to write says so better
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found:
        raise DatabaseDamaged(
            f"The database {file} is damaged: {found}. Nothing was written to it: keep it, with the files "
            f"{file.name}-wal and {file.name}-shm beside it. Then look into the disk, and bring a backup "
            "back: `tocsin restore` lists them, `tocsin restore FILE` takes one."
        )
