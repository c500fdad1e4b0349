"""A SQLite file that cannot be written: held by others, on a full disk, or where no locks work."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.errors import Away, StoreUnavailable
from bot.ports import Room, Store, Tx
from bot.store import filesystem, open_store
from bot.store.reserve import Reserve
from tests.store.stories import declare

CLOCK = SystemClock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tocsin.db"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:///{file}", auto_migrate=True)
    await store.start()
    yield store
    await store.stop()


@contextmanager
def held(file: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else writes, and takes their time."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        other.close()


async def unavailable(store: Store, work: Callable[[Tx], object]) -> Away:
    with pytest.raises(StoreUnavailable) as refused:
        await store.write(work)
    return refused.value.why


@pytest.mark.row("F43")
async def test_a_file_that_is_held_for_a_while_is_waited_for_and_pages_go_first(
    store: Store, file: Path
) -> None:
    order: list[str] = []
    with held(file) as other:
        async with asyncio.TaskGroup() as group:
            group.create_task(store.write(lambda _: order.append("alert")))
            await CLOCK.sleep(1.5)  # longer than SQLite itself waits
            group.create_task(store.write(lambda _: order.append("page"), page=True))
            await CLOCK.sleep(0.2)
            assert order == []
            other.execute("ROLLBACK")

    assert order == ["page", "alert"]


@pytest.mark.row("F43")
async def test_a_file_that_is_held_for_too_long_is_told_and_works_again(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.writer.PATIENCE", 0.5)
    with held(file):
        assert await unavailable(store, declare) is Away.LOCKED
        assert await store.read(lambda tx: tx.open_incidents()) == []

    assert (await store.write(declare, page=True)).number == 1


@pytest.mark.row("F44")
async def test_a_full_disk_is_told_reading_goes_on_and_writing_when_there_is_room(
    store: Store, file: Path
) -> None:
    """SQLite's own limit stands in for the disk's: it says the same, at the same places."""
    first = await store.write(declare)

    await limited(store, pages=0)
    assert await unavailable(store, many) is Away.FULL
    assert await unavailable(store, many) is Away.FULL
    assert await store.read(lambda tx: tx.open_incidents()) == [first]

    await limited(store, pages=1_000_000)
    assert len(await store.write(many)) == 100


def many(tx: Tx) -> list[int]:
    return [declare(tx).number for _ in range(100)]


async def limited(store: Store, *, pages: int) -> None:
    """The file may grow by so many pages; none means that it is as large as it can be."""
    connection: sqlite3.Connection = store.writing_connection  # type: ignore[attr-defined]  # SQLite only
    await store.write(lambda _: connection.execute(f"PRAGMA max_page_count = {pages or 1}"))


@pytest.mark.row("F44")
async def test_the_reserve_is_given_up_when_the_disk_is_full_and_the_same_work_goes_through(
    store: Store, file: Path
) -> None:
    """The limit is lifted when the reserve goes, as the disk's own is."""
    reserve = file.with_name("tocsin.db.reserve")
    assert reserve.stat().st_size >= 1_000_000
    connection: sqlite3.Connection = store.writing_connection  # type: ignore[attr-defined]  # SQLite only
    tries = 0

    def work(tx: Tx) -> list[int]:
        nonlocal tries
        tries += 1
        connection.execute(f"PRAGMA max_page_count = {1 if reserve.exists() else 1_000_000}")
        return many(tx)

    assert await store.write(work) == list(range(1, 101))
    assert tries == 2
    assert not reserve.exists()
    room = await store.room()
    assert room is not None
    assert room.reserve


@pytest.mark.row("F44")
@pytest.mark.parametrize(
    ("free", "total", "low"),
    [(499, 100_000, True), (501, 100_000, False), (49, 1_000, True), (51, 1_000, False), (0, 0, False)],
)
def test_room_is_low_below_500_megabytes_or_a_twentieth_of_a_small_disk(
    free: int, total: int, low: bool
) -> None:
    mega = 1_000_000
    assert Room(folder="/data", free=free * mega, total=total * mega, reserve=True).low is low


def test_a_reserve_is_laid_by_once_and_given_up_once(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "reserve")
    reserve.lay_by()
    reserve.lay_by()

    assert reserve.look().reserve
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= (tmp_path / "reserve").stat().st_size > 0
    assert reserve.give_up()
    assert not reserve.give_up()
    assert not reserve.look().reserve


MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:26 / {folder}/far rw,relatime shared:2 - nfs4 box:/export rw,vers=4.2,addr=192.0.2.1
31 30 0:27 / {folder}/far/near rw,relatime - tmpfs none rw
32 22 0:28 / {folder}/a\\040b rw,relatime - fuse.sshfs box:/ rw
"""


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with network file systems, as Linux describes its mounts."""
    for name in ("far/near", "far/deep/er", "a b", "here", "farther"):
        (tmp_path / name).mkdir(parents=True)
    described = tmp_path / "mountinfo"
    described.write_text(MOUNTS.format(folder=tmp_path.resolve()))
    monkeypatch.setattr("bot.store.filesystem.MOUNTS", described)
    return tmp_path


@pytest.mark.row("F48")
@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("far", "nfs4"),
        ("far/deep/er", "nfs4"),
        ("far/near", "tmpfs"),
        ("a b", "fuse.sshfs"),
        ("here", "ext4"),
        ("farther", "ext4"),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(mounts: Path, folder: str, kind: str) -> None:
    assert filesystem.kind_of(mounts / folder) == kind


@pytest.mark.row("F48")
async def test_a_file_on_a_network_is_refused_at_the_start_and_one_beside_it_is_not(mounts: Path) -> None:
    store = open_store(f"sqlite:///{mounts}/far/deep/er/tocsin.db", auto_migrate=True)
    with pytest.raises(StoreUnavailable, match=r"network file system \(nfs4\).*local disk.*PostgreSQL"):
        await store.start()
    assert list((mounts / "far/deep/er").iterdir()) == []

    beside = open_store(f"sqlite:///{mounts}/far/near/tocsin.db", auto_migrate=True)
    await beside.start()
    await beside.stop()


@pytest.mark.row("F48")
def test_locks_that_keep_nobody_out_are_noticed(tmp_path: Path) -> None:
    """Two files instead of one: what a file system without locks does with one."""
    with (tmp_path / "one").open("w") as one, (tmp_path / "other").open("w") as other:
        assert "keep nobody out" in filesystem.lock_problem(one.fileno(), other.fileno())
    with (tmp_path / "one").open("w") as one, (tmp_path / "one").open("r+") as other:
        assert filesystem.lock_problem(one.fileno(), other.fileno()) == ""


@pytest.mark.row("F48")
def test_a_file_system_that_refuses_locks_or_shared_memory_is_noticed(tmp_path: Path) -> None:
    pipe, end = os.pipe()
    try:
        assert "without locks" in filesystem.lock_problem(pipe, end)
        assert "memory cannot be shared" in filesystem.memory_problem(pipe)
    finally:
        os.close(pipe)
        os.close(end)


async def test_the_log_stays_small_although_somebody_always_reads(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.writer.LARGEST_LOG", 200_000)
    monkeypatch.setattr("bot.store.writer.FORCE_AGAIN", (0.1, 0.1))
    log, sizes, over = file.with_name("tocsin.db-wal"), list[int](), asyncio.Event()

    async def reads(offset: float) -> None:
        await CLOCK.sleep(offset)
        while not over.is_set():
            await store.read(lambda tx: (tx.last_resolved(), threading.Event().wait(0.03)))

    async with asyncio.TaskGroup() as group:
        for number in range(2):
            group.create_task(reads(number * 0.015))
        for _ in range(100):
            await store.write(lambda tx: [declare(tx) for _ in range(20)])
            sizes.append(log.stat().st_size)
        over.set()

    written = sum(max(after - before, 0) for before, after in pairwise(sizes))
    assert max(sizes) < written / 3
    assert len([after for before, after in pairwise(sizes) if after < before]) >= 2
