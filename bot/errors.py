"""What can go wrong, as types: `Refused` is for people, `DeliveryError` is for the dispatcher."""

from datetime import timedelta
from enum import StrEnum

from bot.domain.refused import Refused

__all__ = [
    "AlreadyRunning",
    "Away",
    "ConfigurationError",
    "DatabaseDamaged",
    "DeliveryError",
    "NotLookedUp",
    "Outcome",
    "Refused",
    "SchemaMismatch",
    "StoreUnavailable",
    "Vanished",
]


class ConfigurationError(Exception):
    """The settings or `tocsin.yaml` cannot be used. The text names every place and its remedy."""


class AlreadyRunning(Exception):
    """Another process holds this database. The command line ends with exit code 75."""


class SchemaMismatch(Exception):
    """The database's schema is newer than this program, or has not been migrated yet."""


class Away(StrEnum):
    """Why a database takes nothing, as the end of a sentence; never a word of the server's."""

    UNREACHABLE = "cannot be reached"
    SILENT = "did not answer in time"
    LOCKED = "is held by somebody else"
    READ_ONLY = "takes no writes"
    FULL = "has no room left on its disk"
    CROWDED = "takes no more connections"
    STARTING = "is starting or stopping"
    EXHAUSTED = "is out of memory"
    BUSY = "is busy with what came before"
    BROKEN = "failed"
    CLOSED = "is closed"


class DatabaseDamaged(Exception):
    """A SQLite file, or a backup of one, cannot be trusted. The command line ends with exit code 65."""


class StoreUnavailable(Exception):
    """The database takes nothing now, and `why`: nothing is known to have been written.

    The text may hold words of the server's: it is for logs, `why` is for people.
    """

    def __init__(self, text: str, why: Away = Away.UNREACHABLE) -> None:
        super().__init__(text)
        self.why = why


class Outcome(StrEnum):
    """What is known about a send that failed. The class decides what happens next, not the exception.

    REJECTED: refused for good; the person's next contact method is due now.
    NOT_SENT: it certainly did not get through; repeat freely.
    UNKNOWN: it may have got through; look it up before it is repeated.
    """

    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


PACED = "paced"
"""The reason of a delivery that waits for its turn: nothing was tried, and nothing is wrong."""


class DeliveryError(Exception):
    """A delivery did not succeed; the only exception that an adapter raises.

    `reason` is a short code of the provider's (`channel_not_found`), safe to show and to log.
    `retry_after` is the provider's own wish, when it stated one.
    """

    def __init__(self, outcome: Outcome, reason: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(f"{outcome}: {reason}")
        self.outcome = outcome
        self.reason = reason
        self.retry_after = retry_after


class NotLookedUp(DeliveryError):
    """It cannot be told now whether an earlier attempt got through; nothing was sent by asking."""


class Vanished(DeliveryError):
    """What was to be changed is not there any more, or not for us."""
