"""Signs of life to somebody outside, as healthchecks.io and its like take them."""

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import aiohttp

LIMIT = aiohttp.ClientTimeout(total=5, connect=3)


class Pinger:
    """A bot.ports.Outside: POST to each address while all is well, and to `<address>/fail` when not.

    Redirects are not followed: the addresses were checked, and where they would lead was not. An answer
    other than 2xx counts as not taken (https://healthchecks.io/docs/http_api/).
    """

    def __init__(self, addresses: Sequence[str], *, report_failures: bool) -> None:
        self._addresses = tuple(addresses)
        self._report_failures = report_failures

    @property
    def places(self) -> tuple[str, ...]:
        """Their hosts."""
        return tuple(_host(each) for each in self._addresses)

    async def alive(self, words: str) -> Mapping[str, str]:
        """Tell all of them."""
        return await self._tell(self._addresses, words)

    async def failing(self, words: str) -> Mapping[str, str]:
        """Tell all of them, if they are to know."""
        failing = [f"{each.rstrip('/')}/fail" for each in self._addresses]
        return await self._tell(failing if self._report_failures else (), words)

    async def _tell(self, addresses: Sequence[str], words: str) -> Mapping[str, str]:
        async with (
            aiohttp.ClientSession(timeout=LIMIT, trust_env=True) as session,
            asyncio.TaskGroup() as all_,
        ):
            tasks = [all_.create_task(_post(session, each, words)) for each in addresses]
        results = zip(addresses, (task.result() for task in tasks), strict=True)
        return {_host(address): reason for address, reason in results if reason}


async def _post(session: aiohttp.ClientSession, address: str, words: str) -> str:
    try:
        async with session.post(address, data=words.encode(), allow_redirects=False) as answer:
            return "" if 200 <= answer.status < 300 else f"HTTP {answer.status}"
    except TimeoutError:
        return "no answer in time"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return type(error).__name__


def _host(address: str) -> str:
    return urlsplit(address).hostname or "?"
