"""SQLite files that are ready for use: migrated once in each process, and copied."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.store.schema import migrate

SQLITE = "sqlite:///"


def migrated(path: Path) -> str:
    """Make an empty database of the present schema there; its address. One that is there already stays."""
    if not path.exists():
        path.write_bytes(_template())
    return f"sqlite:///{path}"


def ready(url: str) -> None:
    """Bring a database to the present schema, whatever it has; a SQLite file that is not there is made."""
    if url.startswith(SQLITE):
        migrated(Path(url.removeprefix(SQLITE)))
    migrate(url)


@cache
def _template() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        migrate(f"sqlite:///{path}")
        return path.read_bytes()
