"""Whoever posts alerts to a running bot: with a token of its own, by HTTP."""

import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from tests.harness import BotHarness

Told = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Poster:
    """Posts as one integration."""

    session: aiohttp.ClientSession
    url: str
    name: str
    token: str

    async def post(
        self,
        body: object,
        *,
        path: str = "",
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
        method: str = "POST",
    ) -> tuple[int, Told]:
        """The status and the document of the answer. Bytes are posted as they are, all else as JSON."""
        shown = {"Authorization": f"Bearer {self.token if token is None else token}"}
        sent = {"data": io.BytesIO(body)} if isinstance(body, bytes) else {"json": body}
        address = self.url + (path or f"/alerts/{self.name}")
        async with self.session.request(
            method, address, headers=shown | dict(headers or {}), **sent
        ) as answer:
            told: Told = await answer.json()
            return answer.status, told


@asynccontextmanager
async def posting(bot: BotHarness, name: str = "generic") -> AsyncIterator[Poster]:
    """Somebody with a fresh token of that integration."""
    minted = await bot.bot.ingress.integrations.add(name, "the tests")
    limit = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(timeout=limit) as session:
        yield Poster(session=session, url=bot.bot.http.url, name=name, token=minted.text)
