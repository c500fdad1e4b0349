"""What only SQLite has: one process, one writer, and one commit for many."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import AlreadyRunning, StoreUnavailable
from bot.ports import Store, Tx
from bot.store import open_store, schema
from bot.store.sqlite import SqliteStore
from tests.examples import NOW
from tests.store.stories import declare


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'tocsin.db'}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tocsin.db"


class Gate:
    """A work that holds the writer until it is told to go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()

    def work(self, _: Tx) -> None:
        self.reached.set()
        assert self.open.wait(20)


async def behind(store: Store, works: list[tuple[Callable[[Tx], object], bool]]) -> list[object]:
    """Submit the works while another one holds the writer, then let all of them go."""
    gate = Gate()
    async with asyncio.TaskGroup() as group:
        group.create_task(store.write(gate.work))
        await asyncio.to_thread(gate.reached.wait, 20)
        tasks = [group.create_task(outcome(store.write(work, page=page))) for work, page in works]
        await asyncio.to_thread(lambda: None)
        gate.open.set()
    return [task.result() for task in tasks]


async def outcome(writing: object) -> object:
    try:
        return await writing  # type: ignore[misc]  # any awaitable
    except ValueError as error:
        return error


def commits(store: Store) -> list[str]:
    """What the writing connection is told from now on."""
    assert isinstance(store, SqliteStore)
    told: list[str] = []
    connection = store.writing_connection
    assert connection is not None
    connection.set_trace_callback(told.append)
    return told


async def test_works_that_wait_are_committed_together_and_one_that_fails_fails_alone(store: Store) -> None:
    def fail(tx: Tx) -> None:
        tx.first_time("failed", NOW)
        raise ValueError("on purpose")

    def first(key: str) -> Callable[[Tx], object]:
        return lambda tx: tx.first_time(key, NOW)

    told = commits(store)
    results = await behind(store, [(first("a"), False), (fail, False), (first("b"), False)])

    assert [results[0], str(results[1]), results[2]] == [True, "on purpose", True]
    assert told.count("COMMIT") == 1
    assert await store.write(first("failed"))
    assert not await store.write(first("a"))
    assert not await store.write(first("b"))


async def test_a_page_goes_before_everything_that_waits(store: Store) -> None:
    order: list[str] = []

    await behind(
        store,
        [
            (lambda _: order.append("alert"), False),
            (lambda _: order.append("note"), False),
            (lambda _: order.append("page"), True),
        ],
    )

    assert order == ["page", "alert", "note"]


async def test_numbers_have_no_gaps(store: Store) -> None:
    def fail(tx: Tx) -> None:
        tx.next_number()
        raise ValueError

    with pytest.raises(ValueError):
        await store.write(fail)

    assert await store.write(lambda tx: tx.next_number()) == 1


async def test_a_commit_that_fails_is_told_to_everybody_in_it(store: Store, file: Path) -> None:
    told = commits(store)
    assert told == []

    def spoil(tx: Tx) -> None:
        declare(tx)
        connection = store.writing_connection  # type: ignore[attr-defined]  # SQLite only
        connection.execute("ROLLBACK")

    with pytest.raises(StoreUnavailable):
        await store.write(spoil)

    assert await store.read(lambda tx: tx.open_incidents()) == []
    assert await store.write(lambda tx: tx.first_time("Ev1", NOW))


async def test_a_database_that_another_holds_is_told_and_works_again(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.writer.PATIENCE", 0.1)
    connection = store.writing_connection  # type: ignore[attr-defined]  # SQLite only
    await store.write(lambda _: connection.execute("PRAGMA busy_timeout = 10"))
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreUnavailable, match="locked"):
            await store.write(declare)

        other.execute("ROLLBACK")
    other.close()
    assert (await store.write(declare)).number == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_when_the_writer_dies_nobody_is_left_waiting(url: str) -> None:
    store = open_store(url, auto_migrate=True)
    await store.start()
    gate = Gate()

    def die(tx: Tx) -> None:
        gate.work(tx)
        raise SystemExit

    async def unavailable(work: Callable[[Tx], object]) -> None:
        with pytest.raises(StoreUnavailable):
            await store.write(work)

    async with asyncio.TaskGroup() as group:
        group.create_task(unavailable(die))
        await asyncio.to_thread(gate.reached.wait, 20)
        group.create_task(unavailable(declare))
        await asyncio.to_thread(lambda: None)
        gate.open.set()

    await unavailable(declare)
    await store.stop()


@pytest.mark.row("F19")
async def test_a_second_process_is_refused_and_told_who_has_it(store: Store, url: str) -> None:
    with pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}"):
        await open_store(url).start()

    assert (await store.write(declare)).number == 1


@pytest.mark.row("F19")
async def test_a_link_to_the_database_is_the_same_database(store: Store, file: Path) -> None:
    link = file.with_name("link.db")
    link.symlink_to(file)

    with pytest.raises(AlreadyRunning):
        await open_store(f"sqlite:///{link}").start()


async def test_the_file_is_free_after_a_stop_and_after_a_failed_start(url: str) -> None:
    for _ in range(2):
        store = open_store(url, auto_migrate=True)
        await store.start()
        await store.stop()
    schema.migrate(url)

    again = open_store(url)
    await again.start()
    await again.stop()
    with pytest.raises(StoreUnavailable):
        await again.write(declare)


async def test_commits_are_durable(store: Store, file: Path) -> None:
    def pragmas(_: Tx) -> list[object]:
        connection: sqlite3.Connection = store.writing_connection  # type: ignore[attr-defined]  # SQLite only
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await store.write(pragmas) == ["wal", 2, 1]


async def test_a_read_sees_one_moment_and_holds_nobody_up(store: Store) -> None:
    gate = Gate()

    def look(tx: Tx) -> tuple[int, int]:
        before = len(tx.open_incidents())
        gate.work(tx)
        return before, len(tx.open_incidents())

    async with asyncio.TaskGroup() as group:
        looking = group.create_task(store.read(look))
        await asyncio.to_thread(gate.reached.wait, 20)
        await store.write(declare)
        gate.open.set()

    assert looking.result() == (0, 0)
    assert len(await store.read(lambda tx: tx.open_incidents())) == 1


async def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await store.read(lambda tx: tx.first_time("Ev1", NOW))
