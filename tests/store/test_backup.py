"""Backups of SQLite beside the process that writes, and what a restore does and refuses."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import AlreadyRunning, DatabaseDamaged, SchemaMismatch, StoreUnavailable
from bot.ports import SAFE_MODE, Store
from bot.store import open_store, schema
from bot.store.backup import back_up, dated, inspect, name_at
from bot.store.backups import Backups
from bot.store.highwater import HighWater
from bot.store.restore import restore
from tests.examples import NOW
from tests.store.stories import declare, paged


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'tocsin.db'}"


async def test_a_backup_beside_the_writer_has_all_that_was_committed_before(
    store: Store, url: str, tmp_path: Path
) -> None:
    target, stop = tmp_path / "copy" / "mine.db", asyncio.Event()
    before = await paged(store)

    async def work() -> int:
        count = 0
        while not stop.is_set():
            await store.write(declare)
            count += 1
        return count

    async with asyncio.TaskGroup() as group:
        writing = group.create_task(work())
        made = await asyncio.to_thread(back_up, url, target)
        stop.set()

    assert 1 <= made.incidents <= 1 + writing.result()
    assert made.newest == NOW
    assert made == inspect(target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["mine.db"]
    assert await store.read(lambda tx: tx.incident(before.id)) is not None


async def test_a_backup_leaves_the_log_to_the_writer(store: Store, url: str, tmp_path: Path) -> None:
    await paged(store)
    file, log = tmp_path / "tocsin.db", tmp_path / "tocsin.db-wal"
    before = file.read_bytes(), log.read_bytes()

    await asyncio.to_thread(back_up, url, tmp_path / "mine.db")

    assert (file.read_bytes(), log.read_bytes()) == before


async def test_no_file_is_written_over(store: Store, url: str, tmp_path: Path) -> None:
    target = tmp_path / "mine.db"
    target.write_text("precious")

    with pytest.raises(FileExistsError):
        back_up(url, target)

    assert target.read_text() == "precious"


async def test_a_backup_that_fails_leaves_nothing_behind(url: str, store: Store, tmp_path: Path) -> None:
    await store.stop()
    (tmp_path / "tocsin.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    (tmp_path / "tocsin.db-wal").unlink(missing_ok=True)

    with pytest.raises((DatabaseDamaged, StoreUnavailable)):
        back_up(url, tmp_path / "out" / "mine.db")

    assert list((tmp_path / "out").iterdir()) == []


async def test_the_bot_keeps_so_many_and_what_others_made(store: Store, url: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    backups = Backups(url, folder, every=timedelta(days=1), keep=3)
    folder.mkdir()
    (folder / "before-the-move.db").write_text("mine")
    assert await store.write(lambda tx: tx.next_number()) == 1

    made = [backups.keep_up(NOW + timedelta(hours=hours)) for hours in range(0, 24 * 6, 6)]

    assert sum(each is not None for each in made) == 6
    kept = sorted(path.name for path in folder.iterdir())
    assert len(kept) == 4
    assert kept[0] == "before-the-move.db"
    assert kept[-1] == f"tocsin-{NOW + timedelta(days=5):%Y%m%dT%H%M%SZ}.db"


def test_a_backup_from_the_future_drives_out_no_other(url: str, tmp_path: Path) -> None:
    schema.migrate(url)
    folder = tmp_path / "backups"
    backups = Backups(url, folder, every=timedelta(days=1), keep=3)
    for day in (3, 2, 1):
        backups.keep_up(NOW - timedelta(days=day))
    ahead = folder / name_at(NOW + timedelta(days=300))  # the clock was wrong for a minute
    back_up(url, ahead)

    made = [backups.keep_up(NOW + timedelta(minutes=minute)) for minute in range(5)]

    assert [each is not None for each in made] == [True] + [False] * 4
    kept = [at for at, path in dated(folder) if path != ahead]
    assert kept == [NOW, NOW - timedelta(days=1), NOW - timedelta(days=2)]
    assert ahead.exists()


async def test_a_restore_keeps_the_present_file_and_says_that_time_went_back(
    store: Store, url: str, tmp_path: Path
) -> None:
    first = await paged(store)
    back_up(url, tmp_path / "mine.db")
    second = await store.write(declare)
    with pytest.raises(AlreadyRunning, match="Stop it"):
        restore(url, tmp_path / "mine.db", NOW)
    await store.stop()

    restored = restore(url, tmp_path / "mine.db", NOW)

    again = open_store(url)
    await again.start()
    assert await again.read(lambda tx: tx.incident(first.id)) is not None
    assert await again.read(lambda tx: tx.incident(second.id)) is None
    mark = await again.read(lambda tx: tx.mark(SAFE_MODE))
    assert mark is not None
    assert "from mine.db" in mark.text
    await again.stop()
    assert restored.aside is not None
    aside = open_store(f"sqlite:///{restored.aside}")
    await aside.start()
    assert await aside.read(lambda tx: tx.incident(second.id)) == second
    await aside.stop()


@pytest.mark.parametrize("harm", ["cut", "flipped", "foreign", "newer"])
async def test_a_useless_backup_changes_nothing(harm: str, store: Store, url: str, tmp_path: Path) -> None:
    await paged(store)
    backup = tmp_path / "mine.db"
    back_up(url, backup)
    await store.stop()
    spoil(backup, harm)
    before = (tmp_path / "tocsin.db").read_bytes()

    with pytest.raises((DatabaseDamaged, SchemaMismatch)):
        restore(url, backup, NOW)

    assert (tmp_path / "tocsin.db").read_bytes() == before
    assert not any("before-restore" in name for name in names(tmp_path))


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def spoil(backup: Path, harm: str) -> None:
    content = bytearray(backup.read_bytes())
    match harm:
        case "cut":
            backup.write_bytes(content[: len(content) // 2])
        case "flipped":
            size = 4096
            content[5 * size : 30 * size] = b"\xa5" * (25 * size)
            backup.write_bytes(content)
        case "foreign":
            backup.write_text("a poem")
        case _:
            with sqlite3.connect(backup) as connection:
                connection.execute("UPDATE alembic_version SET version_num = '9999'")
            connection.close()


async def test_the_mark_tells_how_much_is_missing(store: Store, url: str, tmp_path: Path) -> None:
    water = HighWater(store, tmp_path / "high-water")
    await paged(store)
    await water.note(NOW)
    back_up(url, tmp_path / "mine.db")
    assert await water.setback() is None
    before = (tmp_path / "high-water").read_bytes()
    await water.note(NOW)
    assert (tmp_path / "high-water").read_bytes() == before, "nothing was written, so nothing is marked"
    for _ in range(3):
        await store.write(declare)
    await water.note(NOW + timedelta(seconds=9))
    await store.stop()
    restore(url, tmp_path / "mine.db", NOW)

    again = open_store(url)
    await again.start()
    setback = await HighWater(again, tmp_path / "high-water").setback()
    await again.stop()

    assert setback is not None
    assert setback.missing >= 3
    assert (setback.since, setback.newest) == (NOW, 4)


async def test_a_mark_that_cannot_be_kept_or_read_is_told_and_stops_nothing(
    store: Store, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    water = HighWater(store, blocked / "high-water")
    await paged(store)

    await water.note(NOW)

    assert water.problem is not None
    (tmp_path / "torn").write_text('{"mark": 1')
    assert await HighWater(store, tmp_path / "torn").setback() is None
