"""What SQLite's errors mean: that the database takes nothing, and why."""

import sqlite3
from collections.abc import Mapping

from bot.errors import Away, StoreUnavailable

_AWAY: Mapping[str, Away] = {
    "SQLITE_BUSY": Away.LOCKED,
    "SQLITE_LOCKED": Away.LOCKED,
    "SQLITE_PROTOCOL": Away.LOCKED,
    "SQLITE_FULL": Away.FULL,
    "SQLITE_READONLY": Away.READ_ONLY,
    "SQLITE_CANTOPEN": Away.UNREACHABLE,
    "SQLITE_IOERR": Away.BROKEN,
    "SQLITE_CORRUPT": Away.BROKEN,
    "SQLITE_NOTADB": Away.BROKEN,
    "SQLITE_NOMEM": Away.EXHAUSTED,
}
_NO_ROOM = {"SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC"}
"""What a full disk may be called as well (sqlite.org/rescode.html)."""


def reason(error: BaseException | None) -> Away | None:
    """Why the database takes nothing; None when the error is not about that."""
    name = str(getattr(error, "sqlite_errorname", "")) if isinstance(error, sqlite3.Error) else ""
    if name in _NO_ROOM:
        return Away.FULL
    return next((away for prefix, away in _AWAY.items() if name.startswith(prefix)), None)


def told(error: BaseException) -> BaseException:
    """What the caller is told: nobody outside knows the driver's exceptions."""
    why = reason(error)
    if why is None:
        return error
    unavailable = StoreUnavailable(f"SQLite {why}: {error}", why)
    unavailable.__cause__ = error
    return unavailable


def told_of_reading(error: BaseException) -> BaseException:
    """The same for a work that only reads: one that is told that it must not write is wrong by itself."""
    return error if reason(error) is Away.READ_ONLY else told(error)
