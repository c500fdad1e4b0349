"""PostgreSQL that is there and takes nothing: silent, read-only, full, crowded, or ending."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from sqlalchemy import make_url

from bot.clock import SystemClock
from bot.errors import Away, StoreUnavailable
from bot.ports import Store, Tx
from bot.store import open_store, schema
from tests.postgres import Cluster
from tests.store.gate import Gate, then
from tests.store.stories import declare
from tests.store.test_postgres import plain

SOCKET = ".s.PGSQL.5432"
CLOCK = SystemClock()


class Switch:
    """A proxy before PostgreSQL that can fall silent: it takes whatever comes, and passes nothing on."""

    def __init__(self, url: str, target: Path) -> None:
        self.url = url
        self._target = target
        self._speaking = asyncio.Event()
        self._speaking.set()
        self._connections: list[asyncio.StreamWriter] = []

    def silent(self) -> None:
        """From now on nobody gets an answer."""
        self._speaking.clear()

    def speak(self) -> None:
        """Answer those who come from now on; whoever waited is left waiting."""
        for writer in self._connections:
            writer.transport.abort()
        self._speaking.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.append(writer)
        await self._speaking.wait()
        answers, questions = await asyncio.open_unix_connection(self._target)
        self._connections.append(questions)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pass_on(reader, questions))
            group.create_task(self._pass_on(answers, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                await self._speaking.wait()
                writer.write(chunk)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def switched(database: str) -> AsyncIterator[Switch]:
    direct = make_url(database)
    target = Path(str(direct.query["host"])) / SOCKET
    with TemporaryDirectory(prefix="tocsin-proxy-", dir="/tmp") as folder:  # a socket's path must be short
        through = direct.update_query_dict({"host": folder})
        switch = Switch(through.render_as_string(), target)
        server = await asyncio.start_unix_server(switch.serve, Path(folder) / SOCKET)
        try:
            yield switch
        finally:
            switch.speak()
            server.close()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    await asyncio.to_thread(schema.migrate, url)
    store = open_store(url)
    await store.start()
    try:
        yield store
    finally:
        await store.stop()


async def unavailable(store: Store, work: Callable[[Tx], object], *, page: bool = False) -> Away:
    with pytest.raises(StoreUnavailable) as refused:
        await store.write(work, page=page)
    return refused.value.why


@pytest.mark.row("F36")
async def test_a_server_that_never_answers_is_cut_off_and_replaced(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.postgres.PAGERS", 1)  # so that the connection stands that is used again
    async with switched(postgres_url) as switch, opened(switch.url) as store:
        await store.write(declare, page=True)
        lag = Lag()

        switch.silent()
        async with lag.measured():
            begun = CLOCK.monotonic()
            assert await unavailable(store, declare, page=True) is Away.SILENT
            took = CLOCK.monotonic() - begun

        assert took < 14  # ten, and a loaded machine
        assert lag.longest < 1.0
        switch.speak()
        assert (await store.write(declare, page=True)).number == 2
        assert (await store.write(declare)).number == 3


class Lag:
    """How late the event loop is at most."""

    def __init__(self) -> None:
        self.longest = 0.0

    @asynccontextmanager
    async def measured(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self._measure())
            yield
            task.cancel()

    async def _measure(self) -> None:
        while True:
            before = CLOCK.monotonic()
            await CLOCK.sleep(0.01)
            self.longest = max(self.longest, CLOCK.monotonic() - before - 0.01)


@pytest.mark.row("F36")
async def test_nobody_waits_behind_those_who_have_gone_away_meanwhile(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands are answered after two seconds: what they left behind would pile up."""
    monkeypatch.setattr("bot.store.postgres.SILENCE", 0.5)
    monkeypatch.setattr("bot.store.postgres.PATIENCE", 1.0)
    async with switched(postgres_url) as switch, opened(switch.url) as store:
        await store.write(declare)
        switch.silent()
        async with asyncio.TaskGroup() as group:
            for _ in range(100):
                group.create_task(impatient(store, declare))

        async with asyncio.timeout(12):
            assert await unavailable(store, declare) is Away.SILENT

        switch.speak()
        assert (await store.write(declare)).number == 2


async def impatient(store: Store, work: Callable[[Tx], object]) -> None:
    with contextlib.suppress(TimeoutError, StoreUnavailable):
        async with asyncio.timeout(0.5):
            await store.write(work)


def nothing(_: Tx) -> None:
    """A work that does nothing but wait."""


@pytest.mark.row("F40")
async def test_pages_are_written_while_every_other_connection_is_in_use(
    postgres_url: str,
) -> None:
    """On SQLite there is one writer: there a page goes before whatever waits for it."""
    async with opened(postgres_url) as store, contextlib.AsyncExitStack() as stack:
        for _ in range(4):
            gate = Gate()
            await stack.enter_async_context(gate.held(store.write(then(nothing, gate))))

        async with asyncio.timeout(5):
            assert (await store.write(declare, page=True)).number == 1


@pytest.mark.row("F40")
async def test_what_paging_looks_at_does_not_wait_behind_other_peoples_reads(store: Store) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(2):
            gate = Gate()
            await stack.enter_async_context(gate.held(store.read(then(nothing, gate))))

        async with asyncio.timeout(5):
            assert await store.read(lambda tx: tx.next_climb(), page=True) is None


def order(server: Cluster, *statements: str) -> None:
    """What an operator types."""
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.row("F41")
async def test_a_server_that_takes_no_writes_counts_as_away_until_it_does(
    private_postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.postgres.PATIENCE", 1.0)
    async with opened(private_postgres.url(private_postgres.create_database())) as store:
        first = await store.write(declare)
        order(
            private_postgres, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"
        )
        await told_of(private_postgres, "on")

        assert await unavailable(store, declare) is Away.READ_ONLY
        assert await unavailable(store, declare, page=True) is Away.READ_ONLY
        assert await store.read(lambda tx: tx.incident(first.id)) == first

        order(
            private_postgres,
            "SET default_transaction_read_only = off",
            "ALTER SYSTEM RESET default_transaction_read_only",
            "SELECT pg_reload_conf()",
        )
        await told_of(private_postgres, "off")
        assert (await store.write(declare, page=True)).number == 2
        assert (await store.write(declare)).number == 3


async def told_of(server: Cluster, value: str) -> None:
    """Until new sessions have the setting."""
    async with asyncio.timeout(10):
        while True:
            with psycopg.connect(server.dsn) as connection:
                found = connection.execute("SHOW default_transaction_read_only").fetchone()
            if found == (value,):
                return
            await CLOCK.sleep(0.05)


REFUSING = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: secret words' USING ERRCODE = '{state}'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON incident FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@pytest.mark.row("F42")
@pytest.mark.parametrize(
    ("state", "why"),
    [("53100", Away.FULL), ("53200", Away.EXHAUSTED), ("53300", Away.CROWDED), ("57P03", Away.STARTING)],
)
async def test_what_the_server_refuses_to_everybody_counts_as_away_with_its_reason(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, state: str, why: Away
) -> None:
    """The SQLSTATE comes from a trigger: it is the server's own, its cause is not."""
    monkeypatch.setattr("bot.store.postgres.PATIENCE", 0.3)
    async with opened(postgres_url) as store:
        with psycopg.connect(plain(postgres_url), autocommit=True) as connection:
            connection.execute(REFUSING.format(state=state).encode())

        assert await unavailable(store, declare) is why

        with psycopg.connect(plain(postgres_url), autocommit=True) as connection:
            connection.execute("DROP TRIGGER refuse ON incident")
        await store.write(declare)


@pytest.mark.row("F42")
async def test_a_server_without_a_free_connection_is_waited_for(
    private_postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.postgres.PATIENCE", 0.5)
    async with opened(private_postgres.url(private_postgres.create_database())) as store:
        order(
            private_postgres, "ALTER SYSTEM SET max_connections = 12", "ALTER SYSTEM SET max_wal_senders = 0"
        )
        await asyncio.to_thread(private_postgres.crash)
        await asyncio.to_thread(private_postgres.start)
        with contextlib.ExitStack() as held:
            with contextlib.suppress(psycopg.OperationalError):
                for _ in range(20):
                    held.enter_context(psycopg.connect(private_postgres.dsn))
            assert await unavailable(store, declare) is Away.CROWDED

        await store.write(declare)


async def test_sessions_that_an_administrator_ends_are_replaced(private_postgres: Cluster) -> None:
    async with opened(private_postgres.url(private_postgres.create_database())) as store:
        await store.write(declare)
        order(
            private_postgres,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tocsin'",
        )

        assert (await store.write(declare)).number == 2
        assert (await store.write(declare, page=True)).number == 3
