"""Replicas in a transaction: who runs on this database, and how far they have come."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, select

from bot.ports import Progress, Replica
from bot.store.columns import Instant
from bot.store.query import LIMIT, Kit, Query, Session
from bot.store.tables import incident, replica, timeline

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert

KEPT = timedelta(days=7)
"""For how long a process is remembered after its last sign of life."""

r = replica.c
_NAMES = ("id", "host", "pid", "version", "started_at", "seen_at", "left_at")


def _seen(kit: Kit) -> "Insert":
    values = {name: bindparam(name, type_=r[name].type) for name in _NAMES}
    statement = kit.insert(replica).values(values)
    return statement.on_conflict_do_update(
        index_elements=["id"],
        set_={
            "seen_at": statement.excluded.seen_at,
            "left_at": func.coalesce(r.left_at, statement.excluded.left_at),
        },
    )


_SEEN = Query(_seen)
_ALL = Query(lambda _: select(*(r[name] for name in _NAMES)).order_by(r.started_at.desc()).limit(LIMIT))
_FORGET = Query(lambda _: delete(replica).where(r.seen_at < bindparam("before", type_=Instant)))

_NEWEST = Query(
    lambda _: (
        select(incident.c.number, timeline.c.seq, timeline.c.at)
        .select_from(incident)
        .join(timeline, timeline.c.incident == incident.c.id, isouter=True)
        .where(
            incident.c.number == select(func.max(incident.c.number)).scalar_subquery(), incident.c.number > 0
        )
        .order_by(timeline.c.seq.desc())
        .limit(1)
    )
)
_LAST_SEEN = Query(lambda _: select(func.max(r.seen_at, type_=Instant)))


class Replicas:
    """Semantics of the methods: bot.ports.Tx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def seen(self, replica: Replica) -> None:
        """It gives a sign of life, or says goodbye."""
        self._session.run(_SEEN, {name: getattr(replica, name) for name in _NAMES})
        self._session.run(_FORGET, {"before": replica.seen_at - KEPT})

    def replicas(self, limit: int = 100) -> list[Replica]:
        """All that are remembered, the one that started last first."""
        rows = self._session.rows(_ALL, {"limit": limit})
        return [Replica(**dict(zip(_NAMES, row, strict=True))) for row in rows]

    def progress(self) -> Progress:
        """The newest incident with its last entry, and the last sign of life."""
        rows = self._session.rows(_NEWEST, {})
        number, entry, entered_at = rows[0] if rows else (None, None, None)
        seen_at = self._session.rows(_LAST_SEEN, {})[0][0]
        return Progress(number=number, entry=entry, entered_at=entered_at, seen_at=seen_at)
