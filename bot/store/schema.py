"""The schema: compared with what this program knows before it starts, and brought up to date by Alembic.

A start that has nothing to bring up to date does without Alembic, which takes a while to load.
"""

import threading
from pathlib import Path

import structlog
from sqlalchemy import (
    URL,
    Connection,
    column,
    create_engine,
    delete,
    func,
    insert,
    inspect,
    make_url,
    select,
    table,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from bot.errors import SchemaMismatch, StoreUnavailable
from bot.store.columns import EPOCH
from bot.store.tables import mark

MIGRATIONS = Path(__file__).parent / "migrations"

LOCK_TIMEOUT = "2s"
"""A migration that waits for a long transaction must not make everybody else wait behind it."""

VERSION = table("alembic_version", column("version_num"))
"""Where Alembic notes the revision."""

PAUSE = 3.0
"""Seconds between two tries, in which whoever had to wait behind the first goes on."""

OLDEST_WRITER = "oldest_writer"
"""The mark that names the revision which a program must know to write here.

Every migration says it: one that only adds names an older one, one that takes away names itself.
"""


def migrate(url: str, *, tries: int = 1) -> str:
    """Bring the database to this program's schema; returns the revision that it has then.

    A newer schema stays as it is when this program may write to it, and is refused otherwise.
    Raises StoreUnavailable when a table is locked for longer than two seconds, `tries` times.
    """
    for left in reversed(range(tries)):
        try:
            with _connect(address(url)) as connection:
                return _upgrade(connection)
        except OperationalError as error:
            if left == 0:
                raise StoreUnavailable(f"The database was not migrated, try again: {error.orig}") from error
            threading.Event().wait(PAUSE)
    raise AssertionError("a migration is tried at least once")


def _upgrade(connection: Connection) -> str:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.set_config("lock_timeout", LOCK_TIMEOUT, False)))
        connection.commit()
    revision = _current(connection)
    if revision == head() and _oldest_writer(connection) is not None:
        return revision
    if revision in known() or revision is None:
        _run(connection)
        return head()
    _may_write(connection, revision)
    return revision


def _run(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - a fifth of the start of a program that needs none of it
    from alembic.config import Config  # noqa: PLC0415 - as above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    newest = ScriptDirectory.from_config(config).get_revision(head())
    assert newest is not None
    _note_oldest_writer(connection, str(getattr(newest.module, OLDEST_WRITER, newest.revision)))
    connection.commit()


def _note_oldest_writer(connection: Connection, oldest: str) -> None:
    if _oldest_writer(connection) != oldest:
        connection.execute(delete(mark).where(mark.c.name == OLDEST_WRITER))
        connection.execute(insert(mark).values(name=OLDEST_WRITER, value=0, at=EPOCH, text=oldest))


def check(url: str) -> None:
    """Raise SchemaMismatch unless this program may write to a database of that schema."""
    with _connect(address(url)) as connection:
        revision = _current(connection)
        if revision is None:
            raise unmigrated()
        if revision not in known():
            _may_write(connection, revision)
        elif revision != head():
            raise SchemaMismatch(
                f"The database has schema {revision}, this program needs {head()}. "
                "Run `tocsin migrate` first."
            )


def _may_write(connection: Connection, revision: str) -> None:
    """A newer schema says itself which programs may still write."""
    oldest = _oldest_writer(connection)
    connection.rollback()
    if oldest not in known():
        needs = f" Only programs that know {oldest} may write to it." if oldest else ""
        raise SchemaMismatch(
            f"The database has schema {revision}, which is newer than this program "
            f"(it knows {head()}).{needs} "
            "Start the version that migrated it, or a later one."
        )
    structlog.get_logger(__name__).warning(
        "newer_schema", schema=revision, known=head(), allows=f"programs that know {oldest}"
    )


def _oldest_writer(connection: Connection) -> str | None:
    if not inspect(connection).has_table(mark.name):
        return None
    return connection.scalar(select(mark.c.text).where(mark.c.name == OLDEST_WRITER))


def unmigrated() -> SchemaMismatch:
    """What to tell of a database that is empty."""
    return SchemaMismatch("The database has no tables of Tocsin's yet. Run `tocsin migrate` first.")


def head() -> str:
    """The revision that this program needs."""
    return max(known())


def known() -> frozenset[str]:
    """The revisions that this program knows: the beginnings of its migrations' names, which count up."""
    return frozenset(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def current(url: str) -> str | None:
    """The revision that the database has; None when it was never migrated."""
    with _connect(address(url)) as connection:
        return _current(connection)


def address(url: str) -> URL:
    """The address with the driver that we use: `postgresql://` and `sqlite:///` need not name one."""
    parsed = make_url(url)
    return (
        parsed.set(drivername="postgresql+psycopg") if parsed.get_backend_name() == "postgresql" else parsed
    )


def _connect(url: URL) -> Connection:
    arguments = {"connect_timeout": 5} if url.get_backend_name() == "postgresql" else {}
    try:
        return create_engine(url, poolclass=NullPool, connect_args=arguments).connect()
    except OperationalError as error:
        raise unreachable(error) from error


def unreachable(error: SQLAlchemyError) -> StoreUnavailable:
    """What to tell of a database that does not answer."""
    return StoreUnavailable(f"The database cannot be opened: {getattr(error, 'orig', None) or error}")


def _current(connection: Connection) -> str | None:
    found = inspect(connection).has_table(VERSION.name)
    revision: str | None = connection.scalar(select(VERSION.c.version_num)) if found else None
    connection.rollback()
    return revision
