"""Other schedulers with the same task: jobs due within one second, kept in a database."""

from collections.abc import Iterator

from bench.databases import Databases, Kind
from bench.figures import Spread


def baselines(where: Databases, pages: int) -> Iterator[tuple[str, Kind, Spread | None]]:
    """What each makes of it; None when it is not installed."""
    yield from ()
