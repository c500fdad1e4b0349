"""What PostgreSQL's errors mean: to be run again, or that it is away, and why."""

from collections.abc import Mapping
from secrets import randbelow

import psycopg
from psycopg import errors

from bot.errors import Away, StoreUnavailable
from bot.store.conflict import Conflict

TRIES = 5
_RACES = (Conflict, errors.SerializationFailure, errors.DeadlockDetected)
_AWAY: Mapping[type[psycopg.Error], Away] = {
    errors.ReadOnlySqlTransaction: Away.READ_ONLY,
    errors.DiskFull: Away.FULL,
    errors.TooManyConnections: Away.CROWDED,
    errors.CannotConnectNow: Away.STARTING,
    errors.AdminShutdown: Away.STARTING,
    errors.CrashShutdown: Away.STARTING,
    errors.OutOfMemory: Away.EXHAUSTED,
    errors.IdleInTransactionSessionTimeout: Away.SILENT,
    errors.LockNotAvailable: Away.LOCKED,
    errors.QueryCanceled: Away.SILENT,
}
_LASTING = (Away.READ_ONLY, Away.FULL, Away.CROWDED, Away.STARTING, Away.EXHAUSTED)
"""It takes nothing from anybody: to wait and try again is all that one can do, on a new connection."""

_REFUSALS: Mapping[str, Away] = {
    "too many clients": Away.CROWDED,
    "too many connections": Away.CROWDED,
    "remaining connection slots": Away.CROWDED,
    "is starting up": Away.STARTING,
    "is shutting down": Away.STARTING,
    "in recovery mode": Away.STARTING,
    "not yet accepting connections": Away.STARTING,
    "session is read-only": Away.READ_ONLY,
    "hot standby": Away.READ_ONLY,
    "timeout expired": Away.SILENT,
}
"""A refused connection comes without an SQLSTATE, and in the server's words (libpq, postmaster.c)."""


def reason(error: BaseException, *, cut: bool = False) -> Away | None:
    """Why the database is away; None when the error is not about that."""
    if cut:
        return Away.SILENT
    for kind, away in _AWAY.items():
        if isinstance(error, kind):
            return away
    if not isinstance(error, psycopg.OperationalError):
        return None
    told = str(error).lower()
    return next((away for words, away in _REFUSALS.items() if words in told), Away.UNREACHABLE)


def lasting(error: BaseException) -> bool:
    """Whether the connection is of no use any more, although it may still stand."""
    return reason(error) in _LASTING


def pause(error: BaseException, tries: int, *, lost: bool) -> float | None:
    """How many seconds to wait before the work is run again; None when that makes no sense."""
    jitter = randbelow(1000) / 1000
    if lost and reason(error) is not None:
        return min(0.05 * 2.0**tries, 1.0) * (0.5 + jitter / 2)
    if is_race(error) and tries < TRIES:
        return 0.005 * 2.0**tries * jitter
    return None


def is_race(error: BaseException) -> bool:
    """Whether somebody else was faster, so that the same work will see what they did."""
    if isinstance(error, errors.UniqueViolation):
        return error.diag.constraint_name == "uq_incident_open_key"
    return isinstance(error, _RACES)


def told(error: BaseException, *, cut: bool, writing: bool) -> BaseException:
    """What the caller is told: nobody outside knows the driver's exceptions."""
    why = reason(error, cut=cut)
    if why is None or (why is Away.READ_ONLY and not writing):  # then it is the work that is wrong
        return error
    words = str(error).strip() or type(error).__name__
    unavailable = StoreUnavailable(f"PostgreSQL {why}: {words}", why)
    unavailable.__cause__ = error
    return unavailable
