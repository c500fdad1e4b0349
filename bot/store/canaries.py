"""Canaries in a transaction: those that are old are deleted whole."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select

from bot.store.columns import Instant
from bot.store.query import LIMIT, Query, Session
from bot.store.tables import alert, incident, outbox, timeline

_OLD = Query(
    lambda _: (
        select(incident.c.id)
        .where(incident.c.number < 0, incident.c.opened_at < bindparam("before", type_=Instant))
        .limit(LIMIT)
    )
)
_FORGET = (
    Query(lambda kit: delete(outbox).where(kit.among(outbox.c.incident, "ids"))),
    Query(lambda kit: delete(timeline).where(kit.among(timeline.c.incident, "ids"))),
    Query(lambda kit: delete(alert).where(kit.among(alert.c.incident, "ids"))),
    Query(lambda kit: delete(incident).where(kit.among(incident.c.id, "ids"))),
)


class Canaries:
    """Semantics of the method: bot.ports.Tx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def forget(self, before: datetime, limit: int = 100) -> int:
        """Delete canaries that are old, with all that belongs to them; how many."""
        ids = [row[0] for row in self._session.rows(_OLD, {"before": before, "limit": limit})]
        for query in _FORGET if ids else ():
            self._session.run(query, {"ids": ids})
        return len(ids)
