"""The schema: brought up to date by Alembic, and compared with what this program knows before it starts."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, func, make_url, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from bot.errors import SchemaMismatch, StoreUnavailable

LOCK_TIMEOUT = "2s"
"""A migration that waits for a long transaction must not make everybody else wait behind it."""


def migrate(url: str) -> str:
    """Bring the database to this program's schema; returns the revision. Refuses a newer schema.

    Raises StoreUnavailable when a table is locked for longer than two seconds: try again.
    """
    try:
        with _connect(address(url)) as connection:
            _upgrade(connection)
    except OperationalError as error:
        raise StoreUnavailable(f"The database was not migrated, try again: {error.orig}") from error
    return head()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.set_config("lock_timeout", LOCK_TIMEOUT, False)))
        connection.commit()
    _known(_current(connection))
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()


def check(url: str) -> None:
    """Raise SchemaMismatch unless the database has exactly the schema of this program."""
    with _connect(address(url)) as connection:
        revision = _current(connection)
    _known(revision)
    if revision is None:
        raise unmigrated()
    if revision != head():
        raise SchemaMismatch(
            f"The database has schema {revision}, this program needs {head()}. Run `tocsin migrate` first."
        )


def unmigrated() -> SchemaMismatch:
    """What to tell of a database that is empty."""
    return SchemaMismatch("The database has no tables of Tocsin's yet. Run `tocsin migrate` first.")


def head() -> str:
    """The revision that this program needs."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None
    return newest


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


def _config() -> Config:
    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    return config


def _current(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return revision


def _known(revision: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaMismatch(
            f"The database has schema {revision}, which is newer than this program (it knows {head()}). "
            "Start the version that migrated it, or a later one."
        )
