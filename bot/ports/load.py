"""The port for how much people were paged lately."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.ids import IncidentId, PersonId


@dataclass(frozen=True, kw_only=True, slots=True)
class Paged:
    """A page that went out, by the name of the person as it was then."""

    incident: IncidentId
    name: str
    at: datetime


class LoadTx(Protocol):
    """What a transaction knows of pages that went out."""

    def load(self, since: datetime) -> Mapping[PersonId, int]:
        """How often rungs have paged each person since then; outbox rows are kept for some weeks."""
        ...

    def paged(self, since: datetime, limit: int = 50_000) -> list[Paged]:
        """Every message of a page since then, by incident and time; timelines are kept for a year."""
        ...
