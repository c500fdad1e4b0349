"""The port for silences and planned maintenance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.silence import Silence
from bot.domain.standing import Standing


@dataclass(frozen=True, slots=True)
class KeptQuiet:
    """So many alerts are kept quiet by this; `until` is when the last of them is judged again."""

    by: str
    count: int
    until: datetime | None


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

    def kept_quiet(self) -> Sequence[KeptQuiet]:
        """All that keeps alerts quiet, by its name, also what holds incidents open that flap."""
        ...

    def causes(self, needle: str, since: datetime, limit: int = 1000) -> Sequence[Standing]:
        """Alerts that fire, were told after that, and have that text somewhere (empty: any); not locked."""
        ...
