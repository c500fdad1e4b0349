"""Names that look like Slack's: ids, secrets, and timestamps that never repeat."""

import secrets

from bot.clock import Clock

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def new_id(prefix: str) -> str:
    """An id such as `C07Q2M4ZK81`: never the same twice, also after the sandbox was started again."""
    number = secrets.randbelow(36**9)
    letters = []
    for _ in range(9):
        number, digit = divmod(number, 36)
        letters.append(_DIGITS[digit])
    return f"{prefix}0{''.join(letters)}"


def new_secret() -> str:
    """The unguessable part of a ticket, a trigger or a response URL."""
    return secrets.token_hex(16)


class Stamps:
    """Message timestamps: the clock's microseconds, strictly increasing even when the clock is not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> str:
        """The next `ts`, such as `1548261231.000200`."""
        self._last = max(self._last + 1, int(self._clock.now().timestamp() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"
