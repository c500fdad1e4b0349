"""The port for silences and planned maintenance."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.silence import Silence
from bot.domain.standing import Standing


class SilenceTx(Protocol):
    """What a transaction knows of what keeps alerts quiet."""

    def add_silence(self, silence: Silence) -> None:
        """Write a new one."""
        ...

    def save_silence(self, silence: Silence) -> None:
        """Write what has become of one."""
        ...

    def silence(self, silence: str) -> Silence | None:
        """One of them, locked where others can write."""
        ...

    def silences(self, now: datetime) -> list[Silence]:
        """Those that count now or later, the earliest end first.

        One that cannot be read is as if it had never been: what it would have kept quiet pages.
        """
        ...

    def unreported_silences(self, now: datetime, limit: int) -> list[Silence]:
        """Those that are over and whose end was not told yet, locked; rows of others are passed by."""
        ...

    def judge_again(self, muted_by: str, at: datetime) -> int:
        """Have everything that this keeps quiet judged again at that time; how many alerts."""
        ...

    def muted_counts(self) -> dict[str, int]:
        """How many alerts that fire are kept quiet by what."""
        ...

    def causes(self, needle: str, limit: int = 1000) -> Sequence[Standing]:
        """Alerts that fire and have that text somewhere, not locked; the empty text: any."""
        ...
