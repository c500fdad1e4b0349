"""Databases for a measurement: a file in a temporary folder, and a durable PostgreSQL of our own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from uuid import uuid4

import psycopg

from bot.store.schema import address
from tests.postgres import Cluster, find_binaries

Kind = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")


@dataclass(frozen=True, kw_only=True)
class Databases:
    """Fresh databases; `postgres` is the maintenance address, for the machine line."""

    folder: Path
    cluster: Cluster

    @property
    def postgres(self) -> str:
        """Where the server is."""
        return self.cluster.dsn

    def fresh(self, kind: Kind) -> str:
        """The address of an empty database."""
        if kind == "postgresql":
            return self.cluster.url(self.cluster.create_database())
        return f"sqlite:///{self.folder / uuid4().hex}.db"

    def copy(self, url: str) -> str:
        """A copy of a database that nobody has open."""
        if url.startswith("postgresql"):
            return self.cluster.url(self.cluster.create_database(address(url).database or ""))
        copy = self.fresh("sqlite")
        shutil.copyfile(_file(url), _file(copy))
        return copy

    def drop(self, url: str) -> None:
        """Make room."""
        if url.startswith("postgresql"):
            self.cluster.drop_database(address(url).database or "")
            return
        for file in self.folder.glob(f"{_file(url).name}*"):
            file.unlink()


def _file(url: str) -> Path:
    return Path(address(url).database or "")


@contextmanager
def databases() -> Iterator[Databases]:
    """Both kinds, as durable as in production, gone afterwards."""
    binaries = find_binaries()
    if binaries is None:
        raise SystemExit("PostgreSQL was not found: install Debian's postgresql")
    with TemporaryDirectory(prefix="tocsin-bench-", dir="/tmp") as folder:
        home = Path(folder)
        home.chmod(0o711)
        (home / "files").mkdir()
        cluster = Cluster.create(home / "pg", binaries, durable=True)
        try:
            _as_shipped(cluster)
            yield Databases(folder=home / "files", cluster=cluster)
        finally:
            cluster.remove()


def _as_shipped(cluster: Cluster) -> None:
    """The size of the buffers that PostgreSQL comes with; those of the tests are small."""
    with psycopg.connect(cluster.dsn, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET shared_buffers = '128MB'")
    cluster.stop()
    cluster.start()
