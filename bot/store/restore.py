"""Restoring a SQLite file: the present one is kept aside, and the next start knows that time went back."""

import contextlib
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.errors import AlreadyRunning
from bot.ports import SAFE_MODE, SafeModePhase
from bot.store import schema
from bot.store.backup import Backup, database_file, inspect, install, partial, sync
from bot.store.columns import microseconds
from bot.store.lockfile import LockFile

LOGS = ("-wal", "-shm")
"""What SQLite keeps beside its file. Beside another one it would be read as its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """What was put in place, and where the database of before is kept; None when there was none."""

    backup: Backup
    aside: Path | None


def restore(url: str, backup: Path, now: datetime) -> Restored:
    """Put a backup in the database's place. Raises AlreadyRunning, and whatever a useless backup raises."""
    database = database_file(url)
    lock = LockFile(Path(f"{database}.lock"))
    try:
        lock.acquire()
    except AlreadyRunning as error:
        raise AlreadyRunning(f"{error}. Stop it, and restore then.") from None
    try:
        found = inspect(backup)
        with partial(database) as unfinished:
            shutil.copyfile(backup, unfinished)
            schema.migrate(f"sqlite:///{unfinished}")
            _remember(unfinished, found, now)
            aside = _put_aside(database, now)
            install(unfinished, database)
    finally:
        lock.release()
    return Restored(backup=found, aside=aside)


def _remember(database: Path, backup: Backup, now: datetime) -> None:
    """Say in the database itself that it is an old one: the next start asks before it pages."""
    text = f"restored at {now:%Y-%m-%d %H:%M} UTC, from {backup.path.name}"
    if backup.newest is not None:
        text += f", which ends at {backup.newest:%Y-%m-%d %H:%M} UTC"
    row = {
        "name": SAFE_MODE,
        "value": SafeModePhase.ENTERED,
        "at": microseconds(backup.newest or now),
        "text": text,
    }
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "INSERT INTO mark (name, value, at, text) VALUES (:name, :value, :at, :text) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at, text = excluded.text",
            row,
        )


def _put_aside(database: Path, now: datetime) -> Path | None:
    """Its logs first, and its name last: whenever this is cut short, there is a database in its place."""
    if not database.exists():
        return None
    aside = database.with_name(f"{database.name}.before-restore-{now:%Y%m%dT%H%M%SZ}")
    for log in LOGS:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{database}{log}").rename(f"{aside}{log}")
    try:
        aside.hardlink_to(database)
    except OSError:  # not every file system has links
        database.rename(aside)
    sync(database.parent)
    return aside
