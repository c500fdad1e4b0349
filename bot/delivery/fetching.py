"""Small things from the open web, within some seconds: certificates and confirmations."""

import aiohttp

from bot.delivery.open_web import OpenWeb
from bot.ports.fetching import Unfetched

LIMITS = aiohttp.ClientTimeout(total=5, connect=3)
LARGEST = 64 * 1024


class OpenFetcher:
    """A bot.ports.fetching.Fetcher."""

    def __init__(self, web: OpenWeb) -> None:
        self._web = web

    async def fetch(self, url: str) -> bytes:
        """What stands there, at most 64 KiB."""
        try:
            address = self._web.check(url)
            async with (
                self._web.session(LIMITS) as session,
                session.get(address, allow_redirects=False) as answer,
            ):
                if answer.status != 200:
                    raise Unfetched(f"the answer was {answer.status}")
                return await answer.content.read(LARGEST)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unfetched(type(error).__name__) from None
