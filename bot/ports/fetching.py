"""The port for what is fetched from the open web because somebody named its address."""

from typing import Protocol


class Unfetched(Exception):
    """It could not be fetched; the text says why, and names no address."""


class Fetcher(Protocol):
    """Fetches small things from the open web, and never from inside the network."""

    async def fetch(self, url: str) -> bytes:
        """What stands at an address, within some seconds, without following redirects. Raises Unfetched."""
        ...
