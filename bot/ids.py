"""Names for new things: ULIDs, which sort by the time at which they were made."""

import os
import secrets
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
"""Ten bits each: an alert that begins an incident needs five new names."""

_PLACES = (70, 60, 50, 40, 30, 20, 10, 0)

_BYTES = 10
_AT_ONCE = 1_000


class _Drawn:
    """The system's chance, asked for by the thousand: each question gives the turn to other threads."""

    def __init__(self) -> None:
        self._left = deque[int]()
        self._process = 0

    def __call__(self, bits: int) -> int:
        """Never the same twice, not in a copy of this process either."""
        if self._process != os.getpid():
            self._left, self._process = deque(), os.getpid()
        while True:
            try:
                return self._left.pop() >> (_BYTES * 8 - bits)
            except IndexError:
                drawn = secrets.token_bytes(_BYTES * _AT_ONCE)
                parts = range(0, len(drawn), _BYTES)
                self._left.extend(int.from_bytes(drawn[begin : begin + _BYTES]) for begin in parts)


_drawn = _Drawn()
CHANCE: ContextVar[Callable[[int], int]] = ContextVar("chance", default=_drawn)
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
