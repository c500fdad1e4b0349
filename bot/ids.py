"""Names for new things: ULIDs, which sort by the time at which they were made."""

import secrets
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
"""Ten bits each: an alert that begins an incident needs five new names."""

_PLACES = (70, 60, 50, 40, 30, 20, 10, 0)

CHANCE: ContextVar[Callable[[int], int]] = ContextVar("chance", default=secrets.randbits)
"""So many bits of chance. A simulation sets its own in its context, so that it can be repeated."""


def new_id(now: datetime) -> str:
    """A ULID in lower case (26 characters of Crockford's base 32): 48 bits of time, 80 of chance."""
    chance = CHANCE.get()(80)
    pairs = [_PAIRS[chance >> bits & 1023] for bits in _PLACES]
    return _moment(int(now.timestamp() * 1000)) + "".join(pairs)


@lru_cache(maxsize=16)
def _moment(milliseconds: int) -> str:
    """The ten digits of the time; many things are made at the same time."""
    return "".join(_PAIRS[milliseconds >> bits & 1023] for bits in _PLACES[3:])
