"""The port for pictures: shown to people in Slack."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture as PNG, with the same facts in words for those who do not see it."""

    png: bytes
    name: str
    title: str
    alt: str


class Exhibition(Protocol):
    """Shows pictures."""

    async def show(self, picture: Picture, channel: str, user: str) -> str:
        """Post it in a channel or, where the bot may not, to that user in private; where it stands now.

        Raises DeliveryError.
        """
        ...
