"""The ports for calendars that are kept elsewhere: how one is read, and what is remembered of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.feed import Entry
from bot.domain.schedule import Span


class Unreadable(Exception):
    """A calendar cannot be read; the text says why in a sentence, without its address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """What stands in a calendar in the time that was asked for; `entries` are None when nothing changed.

    `version` is what to show the next time, to be told that nothing changed. `cut`: there was more.
    """

    entries: tuple[Entry, ...] | None
    version: str = ""
    cut: bool = False


class Feeds(Protocol):
    """Reads calendars, wherever they are. Raises Unreadable and nothing else."""

    async def read(
        self, place: str, zone: str, since: datetime, until: datetime, version: str = ""
    ) -> Fetched:
        """What stands in the calendar at an address, or in a file, in that time.

        `zone` is that of days and times that name none.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedState:
    """What is known of a calendar: its last good reading, and how the newest attempt went.

    `name` may be shown, and the key may not. `spans` are None before the first good reading. `unknown` are
    names of events that are nobody's here. `failing_since`: since when it cannot be read; `told`: of what
    people were told. `empty_since`: since when it has no time ahead any more, where the last good reading
    had, and in how many readings in a row; `emptied`: that was believed.
    """

    key: str
    name: str = ""
    spans: tuple[Span, ...] | None = None
    unknown: tuple[str, ...] = ()
    cut: bool = False
    version: str = ""
    fingerprint: str = ""
    """Of the people and the zone with which it was read: other ones may find other names in it."""
    read_at: datetime | None = None
    tried_at: datetime
    problem: str | None = None
    failing_since: datetime | None = None
    told: str = ""
    empty_since: datetime | None = None
    empty_readings: int = 0
    emptied: bool = False


class FeedTx(Protocol):
    """What a transaction knows of calendars that are kept elsewhere."""

    def feed(self, key: str) -> FeedState | None:
        """One of them."""
        ...

    def feeds(self, keys: Sequence[str]) -> dict[str, FeedState]:
        """Several of them, by their keys."""
        ...

    def set_feed(self, state: FeedState) -> None:
        """Write what is known now, in place of what was."""
        ...
