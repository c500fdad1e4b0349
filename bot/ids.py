"""Names for new things: ULIDs, which sort by the time at which they were made."""

import secrets
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(now: datetime) -> str:
    """A ULID in lower case (26 characters of Crockford's base 32): 48 bits of time, 80 of chance."""
    number = int(now.timestamp() * 1000) << 80 | secrets.randbits(80)
    digits = []
    for _ in range(26):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
