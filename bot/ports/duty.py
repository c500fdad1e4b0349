"""The port for who is on call: overrides, swaps, their journal, and the roster that counts now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.alert import MessageRef
from bot.domain.duty import Change, Swap, SwapId
from bot.domain.ids import OverrideId, ScheduleId
from bot.domain.override import Override
from bot.domain.roster import Roster


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A row of the journal: its number, counted from 1, what was changed, and the hash that seals it."""

    seq: int
    change: Change
    hash: str


class DutyTx(Protocol):
    """What a transaction knows of who is on call, besides the configuration."""

    def roster(self, static: Roster, now: datetime) -> Roster:
        """The configuration's roster with everything that was decided since and matters from now on.

        One statement.
        """
        ...

    def guard_duty(self, now: datetime) -> None:
        """Nobody else changes who is on call until this transaction ends. To be called before reading."""
        ...

    def add_override(self, override: Override) -> None:
        """Write a new override."""
        ...

    def withdraw_override(self, override: OverrideId, now: datetime) -> bool:
        """From now on it does not count; False when there is none, or it was withdrawn before."""
        ...

    def override(self, override: OverrideId) -> tuple[Override, datetime | None] | None:
        """An override, and when it was withdrawn if it was."""
        ...

    def overrides(
        self, since: datetime, until: datetime, schedule: ScheduleId | None = None
    ) -> list[Override]:
        """Those that count at some time from `since` until `until`, in the order in which they were made."""
        ...

    def offer_swap(self, swap: Swap) -> None:
        """Write a new offer."""
        ...

    def swap(self, swap: SwapId) -> Swap | None:
        """An offer, and what became of it."""
        ...

    def open_swaps(self, now: datetime) -> list[Swap]:
        """Offers that nobody has answered and that still stand."""
        ...

    def asked(self, swap: SwapId) -> MessageRef | None:
        """Where the question about an offer stands; None once it was answered, or if it was never asked."""
        ...

    def answer_swap(self, swap: SwapId, answer: str, now: datetime) -> bool:
        """Write what became of it; False when it was answered before."""
        ...

    def write_down(self, change: Change) -> int:
        """Add to the journal; the row's number. Nothing ever changes or deletes one."""
        ...

    def journal(self, after: int = 0, limit: int = 100, schedule: ScheduleId | None = None) -> list[Written]:
        """Rows with a higher number, in order."""
        ...

    def broken_journal(self) -> int | None:
        """The number of the first row that is not as it was written, or is missing; None when all is well."""
        ...
