"""Connections that say nothing, or say it slowly: few enough are kept, and health is told all the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from bot.clock import SystemClock
from handlers.doorman import Doorman
from handlers.http import Health, HttpServer

CLOCK = SystemClock()


@asynccontextmanager
async def serving(doorman: Doorman, *more: web.RouteDef) -> AsyncIterator[str]:
    async def fine() -> Health:
        return Health()

    server = HttpServer(
        host="127.0.0.1",
        port=0,
        healthy=fine,
        ready=fine,
        registry=CollectorRegistry(),
        more=more,
        doorman=doorman,
    )
    await server.start()
    yield server.url
    await server.stop()


class Line:
    """A connection that somebody made by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def cut_off(self, seconds: float = 5.0) -> bool:
        """Whether the other side hangs up within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while await self.reader.read(1000):
                    continue
        except ConnectionError:
            return True
        except TimeoutError:
            return False
        return True

    async def dribble(self, text: bytes, pause: float) -> None:
        for byte in text:
            self.writer.write(bytes([byte]))
            await CLOCK.sleep(pause)


@asynccontextmanager
async def lines(url: str, count: int) -> AsyncIterator[list[Line]]:
    parts = urlsplit(url)
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(count):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            stack.callback(writer.close)
            made.append(Line(reader, writer))
        yield made


async def healthy(url: str) -> int:
    limit = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(timeout=limit) as session, session.get(f"{url}/healthz") as answer:
        return answer.status


@pytest.mark.row("F87")
async def test_a_thousand_idle_connections_are_not_kept_and_health_is_told() -> None:
    doorman = Doorman(most=50, patience=60)
    async with serving(doorman) as url, lines(url, 1000) as idle:
        assert await healthy(url) == 200

        assert doorman.turned_out >= 1000 - 50
        assert await idle[0].cut_off()
        assert await idle[900].cut_off()
        assert not await idle[999].cut_off(0.05)


@pytest.mark.row("F87")
async def test_a_request_that_comes_byte_by_byte_is_cut_off() -> None:
    async with serving(Doorman(patience=0.3)) as url, lines(url, 1) as (slow,), asyncio.TaskGroup() as group:
        dribbling = group.create_task(slow.dribble(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" * 9, 0.05))
        assert await slow.cut_off()
        dribbling.cancel()


@pytest.mark.row("F87")
async def test_one_who_was_served_may_stay_for_the_next_request() -> None:
    async with serving(Doorman(patience=0.1)) as url, lines(url, 1) as (line,):
        line.writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in await line.reader.read(1000)

        assert not await line.cut_off(0.5)
        line.writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in await line.reader.read(1000)


@pytest.mark.row("F87")
async def test_the_idle_go_before_those_who_are_being_answered() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def long(_: web.Request) -> web.Response:
        begun.set()
        await go_on.wait()
        return web.Response(text="done")

    async with serving(Doorman(most=3), web.get("/long", long)) as url, lines(url, 1) as (busy,):
        busy.writer.write(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
        await begun.wait()
        async with lines(url, 20):
            assert await healthy(url) == 200
            go_on.set()
            assert b"done" in await busy.reader.read(1000)
