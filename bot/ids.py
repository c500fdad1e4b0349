"""Names for new things: ULIDs, which sort by the time at which they were made."""

import secrets
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

CHANCE: ContextVar[Callable[[int], int]] = ContextVar("chance", default=secrets.randbits)
"""So many bits of chance. A simulation sets its own in its context, so that it can be repeated."""


def new_id(now: datetime) -> str:
    """A ULID in lower case (26 characters of Crockford's base 32): 48 bits of time, 80 of chance."""
    number = int(now.timestamp() * 1000) << 80 | CHANCE.get()(80)
    digits = []
    for _ in range(26):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
