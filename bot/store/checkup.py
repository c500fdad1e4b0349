"""Facts about a database for those who look after it; nothing is locked or changed."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, func, make_url, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from bot.store import schema
from bot.store.sqlite import SAFE_WAL


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkup:
    """`revision` is the schema that it has (None: no tables yet), `head` the one of this program.

    `path` and `log_size` are of a SQLite file and its write-ahead log. `doubt` names what is known to be
    wrong with the library or the server.
    """

    engine: str
    revision: str | None
    head: str
    size: int
    path: Path | None = None
    log_size: int | None = None
    doubt: str = ""


def checkup(url: str) -> Checkup:
    """Look at the database. Raises StoreUnavailable when it cannot be reached."""
    if make_url(url).get_backend_name() == "sqlite":
        return _file(url)
    revision, head = schema.current(url), schema.head()
    arguments = {"connect_timeout": 5}
    try:
        with create_engine(
            schema.address(url), poolclass=NullPool, connect_args=arguments
        ).connect() as asked:
            size = asked.execute(select(func.pg_database_size(func.current_database()))).scalar_one()
            version = asked.execute(select(func.current_setting("server_version"))).scalar_one()
    except SQLAlchemyError as error:
        raise schema.unreachable(error) from error
    return Checkup(engine=f"PostgreSQL {version}", revision=revision, head=head, size=size)


def _file(url: str) -> Checkup:
    path = Path(schema.address(url).database or "").resolve()
    log = path.with_name(f"{path.name}-wal")
    version = sqlite3.sqlite_version
    safe = ".".join(str(part) for part in SAFE_WAL)
    old = sqlite3.sqlite_version_info < SAFE_WAL
    return Checkup(
        engine=f"SQLite {version}",
        revision=schema.current(url) if path.exists() else None,
        head=schema.head(),
        size=path.stat().st_size if path.exists() else 0,
        path=path,
        log_size=log.stat().st_size if log.exists() else 0,
        doubt=f"{safe} mends a rare corruption of its log" if old else "",
    )
