"""The port for what was posted to a channel before we looked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """Messages of a channel as Slack's JSON has them, the newest first. `more`: there are older ones too."""

    messages: Sequence[Mapping[str, object]] = ()
    more: bool = False


class History(Protocol):
    """Slack's memory of channels. Raises DeliveryError and nothing else."""

    async def of(self, channel: str, *, since: str = "", most: int = 200) -> Past:
        """The newest messages of a channel (its id), no older than the `ts` since; at most so many."""
        ...
