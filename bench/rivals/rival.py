"""What every engine under measurement can do: be set up, be armed, and page what is due."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec

from bench.databases import Kind

Page = Callable[[str], Awaitable[None]]
"""The provider's side: it takes the page of one key. It may be called from any event loop."""


@dataclass(frozen=True, kw_only=True)
class Rival:
    """One engine. `patience`: seconds of silence after a death, after which nothing more will come."""

    title: str
    kinds: Sequence[Kind]
    prepare: Callable[[str], None]
    """Make its tables."""
    arm: Callable[[str, Sequence[datetime]], list[str]]
    """Store as many timers, each due at its instant, in bulk; their keys, in the same order."""
    work: Callable[[str, Page], Awaitable[None]]
    """Page what is due, until cancelled or killed."""
    patience: float


NEEDS = {
    "tocsin": "bot",
    "apscheduler": "apscheduler",
    "procrastinate": "procrastinate",
    "procrastinate_stalled": "procrastinate",
    "dbos": "dbos",
    "bare": "psycopg",
}
"""Every engine, in the order of the tables, and what must be installed for it (`make bench-deps`)."""

MISSING = "not installed: make bench-deps"


def installed(name: str) -> bool:
    """Whether it can be measured here."""
    return find_spec(NEEDS[name]) is not None


def rival(name: str) -> Rival:
    """The engine of that name."""
    found: Rival = import_module(f"bench.rivals.{name}_engine").RIVAL
    return found
