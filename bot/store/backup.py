"""Backups of a SQLite file: made beside the process that writes it, verified, and put in place at once."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import DatabaseDamaged, SchemaMismatch, StoreUnavailable
from bot.store import schema
from bot.store.columns import EPOCH, MICROSECOND
from bot.store.soundness import damages

PREFIX, SUFFIX = "tocsin-", ".db"
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, kw_only=True, slots=True)
class Backup:
    """A backup that was read back: what is in it, and until when."""

    path: Path
    size: int
    revision: str
    incidents: int
    open: int
    newest: datetime | None
    """When the last thing happened that it knows of."""
    mark: int
    """The high-water mark."""


def back_up(url: str, target: Path) -> Backup:
    """Copy the database to a new file, which appears whole or not at all. Raises when it is not sound.

    One step of SQLite's backup: it reads as one transaction beside the writer, which goes on meanwhile. In
    several steps it would begin anew after each commit of others.
    """
    source = database_file(url)
    if not source.exists():
        raise schema.unmigrated()
    if target.exists():
        raise FileExistsError(17, "There is a file of that name already", str(target))
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with partial(target) as unfinished:
        _copy(source, unfinished)
        inspect(unfinished)
        install(unfinished, target)
    return inspect(target)


def _copy(source: Path, target: Path) -> None:
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as reading,
            contextlib.closing(sqlite3.connect(target)) as writing,
        ):
            reading.backup(writing, pages=-1)
            writing.execute("PRAGMA journal_mode = DELETE")  # one file, which needs no log beside it
    except sqlite3.DatabaseError as error:
        raise StoreUnavailable(f"The backup was not made: {error}") from error


def inspect(path: Path) -> Backup:
    """What is in a backup. Raises DatabaseDamaged or SchemaMismatch when it is of no use."""
    if not path.is_file():
        raise FileNotFoundError(2, "There is no such backup", str(path))
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            if found := damages(connection):
                raise DatabaseDamaged(f"{path} is damaged: {found}.")
            return _read(connection, path)
    except sqlite3.DatabaseError as error:
        raise DatabaseDamaged(f"{path} is no backup of Tocsin's: {error}.") from error


def _read(connection: sqlite3.Connection, path: Path) -> Backup:
    def one(sql: str) -> int | None:
        value: int | None = connection.execute(sql).fetchone()[0]
        return value

    revision = str(one("SELECT version_num FROM alembic_version"))
    if revision not in schema.known():
        raise SchemaMismatch(f"{path} has schema {revision}, which this program does not know.")
    marked = one("SELECT count(*) FROM sqlite_master WHERE name = 'mark'")
    newest = one("SELECT max(at) FROM timeline")
    return Backup(
        path=path,
        size=path.stat().st_size,
        revision=revision,
        incidents=one("SELECT count(*) FROM incident") or 0,
        open=one("SELECT count(*) FROM incident WHERE resolved_at IS NULL") or 0,
        newest=None if newest is None else EPOCH + newest * MICROSECOND,
        mark=(one("SELECT max(value) FROM mark WHERE name = 'high_water'") or 0) if marked else 0,
    )


@contextlib.contextmanager
def partial(target: Path) -> Iterator[Path]:
    """An unfinished file beside the target, for nobody else's eyes; it is gone at the end."""
    path = target.with_name(f".{target.name}.{os.getpid()}.partial")
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def install(unfinished: Path, target: Path) -> None:
    """Give it its name, when it is on the disk; also after a loss of power it is whole or not there."""
    sync(unfinished)
    unfinished.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Have a file, or what a folder lists, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def database_file(url: str) -> Path:
    """The SQLite file of an address. Raises ValueError for another kind of database."""
    parsed = schema.address(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise ValueError("only a SQLite file can be backed up by Tocsin itself")
    return Path(parsed.database).resolve()


def name_at(now: datetime) -> str:
    """What a backup of that time is called."""
    return f"{PREFIX}{now:{_STAMP}}{SUFFIX}"


def dated(folder: Path, until: datetime | None = None) -> list[tuple[datetime, Path]]:
    """The backups of a folder that bear a time in their name, up to that one, the newest first."""
    found = []
    for path in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with contextlib.suppress(ValueError):
            stamp = path.name.removeprefix(PREFIX).removesuffix(SUFFIX)
            found.append((datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC), path))
    return sorted((each for each in found if until is None or each[0] <= until), reverse=True)
