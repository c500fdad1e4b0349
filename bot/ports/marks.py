"""Marks: single facts about the database itself, such as how far it has come."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

SAFE_MODE = "safe_mode"
HIGH_WATER = "high_water"


class SafeModePhase(IntEnum):
    """The value of the mark SAFE_MODE. Without the mark, the database is believed.

    ENTERED: its open incidents are to be doubted before anything else is done. ASKING: the providers are
    to be asked what they know. WAITING: what is left is for people to decide.
    """

    ENTERED = 1
    ASKING = 2
    WAITING = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """One fact: a number, since when, and words for people."""

    name: str
    value: int
    at: datetime
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setback:
    """The database knows less than it once did.

    `missing` changes were made after `since`, the last moment that it surely knows (None: it knows of no
    moment). Incidents up to INC-`newest` had been numbered.
    """

    missing: int
    since: datetime | None
    newest: int
