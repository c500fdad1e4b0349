"""Databases for a measurement: a file in a temporary folder, and a durable PostgreSQL of our own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

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
        return f"sqlite:///{self.folder / f'{len(list(self.folder.iterdir()))}.db'}"


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
            yield Databases(folder=home / "files", cluster=cluster)
        finally:
            cluster.remove()
