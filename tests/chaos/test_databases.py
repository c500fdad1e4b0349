"""PostgreSQL crashes again and again, and connections break in the middle of a COMMIT."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import make_url

from tests.chaos.child import CLOCK
from tests.chaos.night import Night, night
from tests.postgres import Cluster

pytestmark = pytest.mark.chaos

SERVICES = 5
CRASHES, EVERY = 6, 5.0
SOCKET = ".s.PGSQL.5432"


@pytest.mark.row("F34")
async def test_a_database_that_crashes_every_five_seconds_loses_and_doubles_nothing(
    private_postgres: Cluster, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    database = private_postgres.url(await asyncio.to_thread(private_postgres.create_database))
    async with night(tmp_path, database, services=SERVICES) as play:
        await play.start()

        for number in range(CRASHES):
            await posts(play, number, EVERY)
            await asyncio.to_thread(private_postgres.crash)
            await asyncio.to_thread(private_postgres.start)

        await play.until(play.whole, 60)
        await play.calm(play.lease + 1)
        tell(f"{CRASHES} crashes of PostgreSQL: {play.report()}")
        play.assert_once()
        assert play.lateness()[-1] < 10


@pytest.mark.row("F37")
@pytest.mark.parametrize("arrives", [True, False], ids=["the answer is lost", "the COMMIT is lost"])
async def test_connections_that_break_during_a_commit_lose_and_double_nothing(
    postgres_url: str, tmp_path: Path, tell: Callable[[str], None], *, arrives: bool
) -> None:
    async with (
        breaking(postgres_url, every=5, arrives=arrives) as proxy,
        night(tmp_path, postgres_url, services=SERVICES) as play,
    ):
        play.environment["TOCSIN_DATABASE_URL"] = proxy.url
        await play.start()

        for number in range(3):
            await posts(play, number, 3.0)

        await play.until(play.whole, 60)
        await play.calm(play.lease + 1)
        tell(f"{proxy.cut} of {proxy.commits} COMMITs cut: {play.report()}")
        assert proxy.cut >= 10
        play.assert_once()


async def posts(play: Night, series: int, seconds: float) -> None:
    """Alerts for a while, two a second over all services."""
    for number in range(int(seconds * 2)):
        play.alert(f"Alert{series}x{number}", service=number % SERVICES)
        await play.calm(0.5)


@dataclass(kw_only=True)
class Proxy:
    """Stands before PostgreSQL and cuts the connection at every so-many-th COMMIT."""

    url: str
    every: int
    arrives: bool
    commits: int = 0
    cut: int = 0

    async def serve(self, target: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        answers, questions = await asyncio.open_unix_connection(target)
        try:
            async with asyncio.TaskGroup() as group:
                back = group.create_task(copy(answers, writer))
                await self._forward(reader, questions, back)
                back.cancel()
        finally:
            for stream in (writer, questions):
                stream.transport.abort()

    async def _forward(
        self, reader: asyncio.StreamReader, questions: asyncio.StreamWriter, back: "asyncio.Task[None]"
    ) -> None:
        while chunk := await reader.read(65_536):
            commit = b"COMMIT" in chunk
            self.commits += commit
            if commit and self.commits % self.every == 0:
                self.cut += 1
                back.cancel()
                if self.arrives:
                    questions.write(chunk)
                    await questions.drain()
                    await CLOCK.sleep(0.05)  # the server commits; nobody reads its answer
                return
            questions.write(chunk)
            await questions.drain()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything that comes."""
    while chunk := await reader.read(65_536):
        writer.write(chunk)
        await writer.drain()


@asynccontextmanager
async def breaking(database: str, *, every: int, arrives: bool) -> AsyncIterator[Proxy]:
    """A proxy on a socket of its own; `url` is the way through it to the database."""
    direct = make_url(database)
    target = Path(str(direct.query["host"])) / SOCKET
    with TemporaryDirectory(prefix="tocsin-proxy-", dir="/tmp") as folder:  # a socket's path must be short
        through = direct.update_query_dict({"host": folder})
        proxy = Proxy(url=through.render_as_string(), every=every, arrives=arrives)
        server = await asyncio.start_unix_server(partial(proxy.serve, target), Path(folder) / SOCKET)
        try:
            yield proxy
        finally:
            server.close()
