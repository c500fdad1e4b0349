"""The witness's port: who remembers incidents besides the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.alert import MessageRef
from bot.domain.sight import Sight


@dataclass(frozen=True, kw_only=True, slots=True)
class Sightings:
    """What cards tell. Not `complete`: there may be more of them, which were not seen."""

    sights: Sequence[Sight] = ()
    complete: bool = True


class Witness(Protocol):
    """Slack, whose cards carry what they show. Every call raises DeliveryError and nothing else."""

    async def of(self, card: MessageRef) -> Sight | None:
        """What that card tells; None when it is gone, or tells nothing."""
        ...

    async def since(self, channel: str, at: datetime) -> Sightings:
        """All cards that were posted to a channel since then, as far as they can be seen."""
        ...
