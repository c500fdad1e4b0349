"""The backlog in a transaction: how much waits to be told, and until when."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.effects import Lane
from bot.store import outbox_queries as q
from bot.store.query import Session


class Backlog:
    """Semantics of the methods: bot.ports.Tx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def backlog(self, now: datetime) -> Mapping[Lane, tuple[int, float]]:
        """Per lane: how many rows wait, and since when in seconds."""
        found = {
            Lane(lane): (count, max(0.0, (now - oldest).total_seconds()))
            for lane, count, oldest in self._session.rows(q.BACKLOG, {"now": now})
        }
        return {each: found.get(each, (0, 0.0)) for each in Lane}

    def next_delivery(self, lane: Lane) -> datetime | None:
        """The earliest instant at which a row of the lane can be taken."""
        rows = self._session.rows(q.EARLIEST, {"its_lane": lane.value})
        return rows[0][0] if rows else None
