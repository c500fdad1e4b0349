"""Incidents that were decoded or encoded lately: the same text is never decoded twice."""

import threading
from collections.abc import Callable

from bot.domain.incident import Incident
from bot.store.query import Row

MOST = 4096
"""How many are remembered: a few megabytes, and more than pass through one burst at the same time."""


class IncidentCache:
    """What one process knows of incidents; safe to share between threads.

    A row is compared with the whole of what was decoded, so nothing that anybody writes can make it stale.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Row, Incident]] = {}

    def decoded(self, row: Row, decode: Callable[[], Incident]) -> Incident:
        """The incident of a row that begins with its id, decoded unless it is known."""
        known = self._known.get(row[0])
        if known is not None and known[0] == row:
            return known[1]
        incident = decode()
        self.put(row, incident)
        return incident

    def put(self, row: Row, incident: Incident) -> None:
        """Remember what the row is when it is decoded. The first to come is the first to be forgotten."""
        with self._lock:
            self._known.pop(row[0], None)
            if len(self._known) >= MOST:
                del self._known[next(iter(self._known))]
            self._known[row[0]] = (row, incident)
