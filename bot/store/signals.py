"""Signals in a transaction: what alerts told, and what became of it."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

import structlog
from pydantic import TypeAdapter
from sqlalchemy import Text, bindparam, delete, func, or_, select

from bot.domain.standing import Signal
from bot.store.alert_tables import signal
from bot.store.columns import Instant
from bot.store.query import LIMIT, Insertion, Query, Session

s = signal.c
log = structlog.get_logger(__name__)

_known = signal.alias("known").c
_KNOWN_AT = select(_known.at).where(_known.id == bindparam("after")).scalar_subquery()
"""When the last that is known was told: a page begins there, and passes by nothing that comes before."""

_RECORD = Insertion(signal, signal.columns.keys())
_BETWEEN = Query(
    lambda _: (
        select(s.id, s.body)
        .where(
            s.at >= func.coalesce(_KNOWN_AT, bindparam("since", type_=Instant), type_=Instant),
            s.at < bindparam("until", type_=Instant),
            or_(s.at > _KNOWN_AT, s.id > bindparam("after")),
            (bindparam("its_outcome", type_=Text) == "")
            | (s.outcome == bindparam("its_outcome", type_=Text)),
        )
        .order_by(s.at, s.id)
        .limit(LIMIT)
    )
)
_FORGET = Query(
    lambda _: delete(signal).where(
        s.id.in_(select(s.id).where(s.at < bindparam("before", type_=Instant)).limit(LIMIT))
    )
)


@cache
def _bodies() -> TypeAdapter[Signal]:
    return TypeAdapter(Signal)


class Signals:
    """Semantics of the methods: bot.ports.alerts.AlertTx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record_signals(self, signals: Sequence[Signal]) -> None:
        """Write down what was told."""
        rows = [
            {
                "id": each.id,
                "at": each.at,
                "source": each.alert.source,
                "fingerprint": each.alert.fingerprint,
                "outcome": each.outcome,
                "incident": each.incident,
                "body": _bodies().dump_json(each).decode(),
            }
            for each in signals
        ]
        if rows:
            self._session.push(_RECORD, rows)

    def signals(
        self, since: datetime, until: datetime, after: str = "", limit: int = 1000, outcome: str = ""
    ) -> list[Signal]:
        """What was told in that time."""
        params = {"since": since, "until": until, "after": after, "limit": limit, "its_outcome": outcome}
        found = []
        for its_id, body in self._session.rows(_BETWEEN, params):
            try:
                found.append(_bodies().validate_json(body))
            except ValueError:
                log.exception("signal_unreadable", signal=its_id)
        return found

    def forget_signals(self, before: datetime, limit: int) -> int:
        """Drop what was told before."""
        return self._session.run(_FORGET, {"before": before, "limit": limit})
