"""Retention in a transaction: what is old is deleted, a little at a time, and nothing of an open incident."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, or_, select, tuple_
from sqlalchemy.sql.base import Executable

from bot.store.alert_tables import observable, unread
from bot.store.floods import Floods
from bot.store.messages import Messages
from bot.store.observables import Observables
from bot.store.outbox_queries import FORGET, State, o
from bot.store.query import LIMIT, Kit, Query, Session
from bot.store.signals import Signals
from bot.store.silences import Silences
from bot.store.standings import Standings
from bot.store.tables import alert, attempt, inbox, incident, outbox, timeline

INBOX_KEPT = timedelta(days=3)
"""Slack sends again within 25 hours."""
HUSHES_KEPT = timedelta(days=8)
"""Maintenance lasts seven days at most, and stops a ladder once."""
OUTBOX_KEPT = timedelta(days=30)
UNREAD_KEPT = timedelta(days=30)
ALERTS_KEPT = timedelta(days=30)
"""What alerts told, alerts that are over, and silences that are."""
OBSERVABLES_KEPT = timedelta(days=365)
AT_ONCE = 50
"""So many incidents are taken apart at the same time; what belongs to one may take several turns."""

i = incident.c

_HUSH = inbox.c.key.startswith("hush:")
_OLD_KEYS = Query(lambda _: select(inbox.c.key).where(inbox.c.at < bindparam("before"), ~_HUSH).limit(LIMIT))
_OLD_HUSHES = Query(lambda _: select(inbox.c.key).where(inbox.c.at < bindparam("before"), _HUSH).limit(LIMIT))
_FORGET_KEYS = Query(lambda kit: delete(inbox).where(kit.among(inbox.c.key, "keys")))
_OLD_UNREAD = Query(lambda _: select(unread.c.id).where(unread.c.last_at < bindparam("before")).limit(LIMIT))
_FORGET_UNREAD = Query(lambda kit: delete(unread).where(kit.among(unread.c.id, "ids")))
_OLD_ROWS = Query(
    lambda _: (
        select(o.id)
        .where(
            or_(o.state == State.SENT, o.state == State.CANCELLED),
            o.done_at < bindparam("before"),
            ~select(i.id).where(i.id == o.incident, i.resolved_at.is_(None)).exists(),
        )
        .limit(LIMIT)
    )
)
_OLD_INCIDENTS = Query(
    lambda kit: kit.lock(
        select(i.id).where(i.resolved_at < bindparam("before")).order_by(i.resolved_at).limit(LIMIT),
        skip_locked=True,
    )
)


def _attempts(kit: Kit) -> Executable:
    of_them = select(o.id).where(kit.among(o.incident, "incidents"))
    old = select(attempt.c.id).where(attempt.c.effect.in_(of_them)).limit(LIMIT)
    return delete(attempt).where(attempt.c.id.in_(old))


def _effects(kit: Kit) -> Executable:
    old = select(o.id).where(kit.among(o.incident, "incidents")).limit(LIMIT)
    return delete(outbox).where(o.id.in_(old))


def _alerts(kit: Kit) -> Executable:
    key = tuple_(alert.c.incident, alert.c.source, alert.c.fingerprint)
    old = select(*key.clauses).where(kit.among(alert.c.incident, "incidents")).limit(LIMIT)
    return delete(alert).where(key.in_(old))


def _entries(kit: Kit) -> Executable:
    key = tuple_(timeline.c.incident, timeline.c.seq)
    old = select(*key.clauses).where(kit.among(timeline.c.incident, "incidents")).limit(LIMIT)
    return delete(timeline).where(key.in_(old))


def _observables(kit: Kit) -> Executable:
    key = tuple_(observable.c.kind, observable.c.value, observable.c.incident)
    old = select(*key.clauses).where(kit.among(observable.c.incident, "incidents")).limit(LIMIT)
    return delete(observable).where(key.in_(old))


_PARTS = tuple(Query(build) for build in (_attempts, _effects, _alerts, _entries, _observables))
"""In an order that no foreign key minds."""

_FORGET_INCIDENTS = Query(lambda kit: delete(incident).where(kit.among(i.id, "incidents")))


class Retention:
    """Semantics of the method: bot.ports.Tx."""

    def __init__(self, session: Session) -> None:
        self._session = session
        standings, signals, floods = Standings(session), Signals(session), Floods(session)
        silences = Silences(session)
        self._forget_observables = Observables(session).forget_observables
        self._forgetting = (
            signals.forget_signals,
            standings.forget_standings,
            floods.forget_floods,
            silences.forget_silences,
            Messages(session).forget_told,
        )

    def sweep(self, now: datetime, limit: int = 1000, *, kept: timedelta | None = None) -> int:
        """Delete what is old, at most so many rows; how many."""
        keys = [*self._first(_OLD_KEYS, now - INBOX_KEPT, limit)]
        keys += self._first(_OLD_HUSHES, now - HUSHES_KEPT, limit - len(keys))
        rows = self._first(_OLD_ROWS, now - OUTBOX_KEPT, limit - len(keys))
        things = self._first(_OLD_UNREAD, now - UNREAD_KEPT, limit - len(keys) - len(rows))
        if keys:
            self._session.run(_FORGET_KEYS, {"keys": keys})
        if things:
            self._session.run(_FORGET_UNREAD, {"ids": things})
        if rows:
            self._session.run(FORGET, {"ids": rows})
        gone = len(keys) + len(rows) + len(things)
        for forget in self._forgetting:
            gone += forget(now - ALERTS_KEPT, limit - gone) if gone < limit else 0
        if gone < limit:
            gone += self._forget_observables(now - OBSERVABLES_KEPT, limit - gone)
        return gone + (self._incidents(now - kept, limit - gone) if kept is not None else 0)

    def _incidents(self, before: datetime, limit: int) -> int:
        """Old incidents and all that belongs to them. One that is too large is gone after several turns."""
        ids = self._first(_OLD_INCIDENTS, before, min(AT_ONCE, limit))
        gone = 0
        for part in _PARTS:
            if not ids or gone >= limit - len(ids):
                return gone
            gone += self._session.run(part, {"incidents": ids, "limit": limit - len(ids) - gone})
        if ids and gone < limit - len(ids):
            gone += self._session.run(_FORGET_INCIDENTS, {"incidents": ids})
        return gone

    def _first(self, query: Query, before: datetime, limit: int) -> Sequence[str]:
        return [row[0] for row in self._session.rows(query, {"before": before, "limit": limit})]
