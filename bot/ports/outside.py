"""The port to somebody outside who expects signs of life."""

from collections.abc import Mapping
from typing import Protocol


class Outside(Protocol):
    """Everybody who expects a sign of life. Never raises; each is given five seconds."""

    @property
    def places(self) -> tuple[str, ...]:
        """Their hosts; the whole addresses are secrets."""
        ...

    async def alive(self, words: str) -> Mapping[str, str]:
        """All is well. Answers who did not take it, with the reason."""
        ...

    async def failing(self, words: str) -> Mapping[str, str]:
        """Something is wrong; told to those who want to know."""
        ...
