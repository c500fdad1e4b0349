"""Names for new things: ULIDs, which sort by the time at which they were made."""

import secrets
from base64 import b32encode
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache

_DIGITS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghjkmnpqrstvwxyz")
"""RFC 4648's base 32, which the library writes at once, has the same values with other signs."""

CHANCE: ContextVar[Callable[[int], int]] = ContextVar("chance", default=secrets.randbits)
"""So many bits of chance. A simulation sets its own in its context, so that it can be repeated."""


def new_id(now: datetime) -> str:
    """A ULID in lower case (26 characters of Crockford's base 32): 48 bits of time, 80 of chance."""
    chance = b32encode(CHANCE.get()(80).to_bytes(10)).translate(_DIGITS).decode()
    return _moment(int(now.timestamp() * 1000)) + chance


@lru_cache(maxsize=16)
def _moment(milliseconds: int) -> str:
    """The ten digits of the time; many things are made at the same time."""
    return b32encode(milliseconds.to_bytes(10)).translate(_DIGITS).decode()[-10:]
