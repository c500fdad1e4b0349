"""Floods in a transaction: how much limited routes brought lately."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache

import structlog
from pydantic import TypeAdapter
from sqlalchemy import bindparam, delete, select

from bot.domain.flood import Flood
from bot.store.alert_tables import storm
from bot.store.columns import Instant
from bot.store.query import LIMIT, Insertion, Query, Session

s = storm.c
log = structlog.get_logger(__name__)

_OF_KEYS = Query(lambda kit: kit.lock(select(s.body).where(kit.among(s.key, "keys")).order_by(s.key)))
_SAVE = Insertion(
    storm,
    storm.columns.keys(),
    then=lambda statement: statement.on_conflict_do_update(
        index_elements=["key"],
        set_={name: statement.excluded[name] for name in ("incident", "since", "last_at", "body")},
    ),
)
_FORGET = Query(
    lambda _: delete(storm).where(
        s.key.in_(select(s.key).where(s.last_at < bindparam("before", type_=Instant)).limit(LIMIT))
    )
)


@cache
def _bodies() -> TypeAdapter[Flood]:
    return TypeAdapter(Flood)


class Floods:
    """Semantics of the methods: bot.ports.alerts.AlertTx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def floods(self, keys: Collection[str]) -> dict[str, Flood]:
        """What these limits have seen. One that cannot be read begins anew."""
        found = {}
        rows = self._session.rows(_OF_KEYS, {"keys": sorted(set(keys))}) if keys else []
        for (body,) in rows:
            try:
                flood = _bodies().validate_json(body)
            except ValueError:
                log.exception("flood_unreadable")
            else:
                found[flood.key] = flood
        return found

    def save_floods(self, floods: Sequence[Flood]) -> None:
        """Write what they have seen now."""
        rows = [
            {
                "key": each.key,
                "incident": each.incident or "",
                "since": each.since,
                "last_at": each.last_at,
                "body": _bodies().dump_json(each).decode(),
            }
            for each in sorted(floods, key=lambda flood: flood.key)
        ]
        if rows:
            self._session.push(_SAVE, rows)

    def forget_floods(self, before: datetime, limit: int) -> int:
        """Drop limits that have seen nothing since."""
        return self._session.run(_FORGET, {"before": before, "limit": limit})
