"""The port for alerts: what is known of each, and what they told."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.alert import HeldAlert, MessageRef
from bot.domain.flood import Flood
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.domain.standing import AlertKey, Signal, Standing, Told

HeldKey = tuple[IncidentId, str, str]
"""An incident, and source and fingerprint of one of its alerts."""


class AlertTx(Protocol):
    """What a transaction knows of alerts."""

    # many at once

    def first_times(self, keys: Collection[str], now: datetime) -> set[str]:
        """Which of these requests' keys were never seen before; they are remembered with the transaction."""
        ...

    def open_for_all(self, keys: Collection[str], now: datetime) -> dict[str, Incident]:
        """The open incidents of these deduplication keys, locked.

        One that cannot be read is put aside and told of; its key is free, so that the alert begins another.
        """
        ...

    def last_for_all(self, keys: Collection[str]) -> dict[str, Incident]:
        """Of each of these keys the incident that was opened last, locked."""
        ...

    def held_all(self, keys: Iterable[HeldKey]) -> dict[HeldKey, HeldAlert]:
        """What incidents remember of these alerts."""
        ...

    def next_numbers(self, many: int) -> list[int]:
        """So many incident numbers, in order; none is ever given twice, also across replicas."""
        ...

    # one by one

    def standings(self, keys: Iterable[AlertKey]) -> dict[AlertKey, Standing]:
        """What is known of these alerts, in one statement; locked where others can write.

        What cannot be read is as if it had never been: its next signal counts as a new one.
        """
        ...

    def save_standings(self, standings: Sequence[Standing]) -> None:
        """Write what is known now, in place of what was."""
        ...

    def kept_quiet_of(self, origin: MessageRef, limit: int = 100) -> list[Standing]:
        """Alerts that fire and are kept quiet, and that this message of Slack told last; locked."""
        ...

    def told_by(self, origin: MessageRef) -> list[Told]:
        """What this message of Slack told of each of its alerts when it was read last."""
        ...

    def note_told(self, told: Sequence[Told], now: datetime) -> None:
        """Remember what messages told, each time in place of what they had told of the same alert."""
        ...

    def forget_told(self, before: datetime, limit: int) -> int:
        """Drop what messages told before; how many."""
        ...

    def standings_due(self, now: datetime, limit: int) -> list[Standing]:
        """Alerts that must be judged again by now, in that order, locked; rows of others are passed by."""
        ...

    def broken_standings(self, now: datetime, limit: int) -> list[tuple[Standing, str]]:
        """Alerts that are due and can't be read, as far as they are known, each with what stood there."""
        ...

    def next_judgement(self) -> datetime | None:
        """When the next one is due."""
        ...

    def muted(self, by: str, limit: int = 1000) -> list[Standing]:
        """What that keeps quiet, the newest first."""
        ...

    def firing(self, limit: int = 10_000) -> list[Standing]:
        """All alerts that fire, the newest first."""
        ...

    def forget_standings(self, before: datetime, limit: int) -> int:
        """Drop alerts of which nothing was heard since; how many.

        What fires stays while something keeps it quiet, or its incident is open.
        """
        ...

    # what is too much

    def floods(self, keys: Collection[str]) -> dict[str, Flood]:
        """What these limits have seen, locked where others can write."""
        ...

    def save_floods(self, floods: Sequence[Flood]) -> None:
        """Write what they have seen now."""
        ...

    def forget_floods(self, before: datetime, limit: int) -> int:
        """Drop limits that have seen nothing since; how many."""
        ...

    # what was told

    def record_signals(self, signals: Sequence[Signal]) -> None:
        """Write down what was told."""
        ...

    def signals(
        self, since: datetime, until: datetime, after: str = "", limit: int = 1000, outcome: str = ""
    ) -> list[Signal]:
        """What was told in that time, oldest first; `after` is the id of the last that is known already.

        `outcome`: only what came out so.
        """
        ...

    def forget_signals(self, before: datetime, limit: int) -> int:
        """Drop what was told before; how many."""
        ...
