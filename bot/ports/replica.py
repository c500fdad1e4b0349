"""The shape of a replica: one process of Tocsin on this database, from its start to its goodbye."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Replica:
    """A process that ran or runs. `left_at` is None until it said goodbye; one that crashed never does."""

    id: str
    host: str
    pid: int
    version: str
    started_at: datetime
    seen_at: datetime
    left_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a database is: its newest incident, that one's last entry, and the last sign of life in it."""

    number: int | None = None
    entry: int | None = None
    entered_at: datetime | None = None
    seen_at: datetime | None = None
