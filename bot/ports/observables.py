"""The port for observables: which incidents they were seen in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.ids import IncidentId
from bot.domain.observable import Observable, Sighting


class ObservableTx(Protocol):
    """What a transaction knows of observables."""

    def observed(self, found: Mapping[IncidentId, Sequence[Observable]], now: datetime) -> None:
        """Remember that these were seen in these incidents; once for each."""
        ...

    def sightings(self, incident: IncidentId, limit: int = 50) -> list[Sighting]:
        """The incident's own observables, with how many other incidents they were in; most first."""
        ...

    def forget_observables(self, before: datetime, limit: int) -> int:
        """Drop what was seen before; how many."""
        ...
