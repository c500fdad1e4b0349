"""Messages in a transaction: what each of Slack's told of its alerts, when it was read last."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

import structlog
from pydantic import TypeAdapter
from sqlalchemy import bindparam, delete, select, tuple_

from bot.domain.alert import MessageRef
from bot.domain.standing import Told
from bot.store.alert_tables import message
from bot.store.columns import Instant
from bot.store.query import LIMIT, Insertion, Query, Session

m = message.c
log = structlog.get_logger(__name__)

_OF = Query(
    lambda _: (
        select(m.body)
        .where(m.channel == bindparam("channel"), m.ts == bindparam("ts"))
        .order_by(m.source, m.fingerprint)
    )
)
_SAVE = Insertion(
    message,
    message.columns.keys(),
    then=lambda statement: statement.on_conflict_do_update(
        index_elements=["channel", "ts", "source", "fingerprint"],
        set_={name: statement.excluded[name] for name in ("at", "body")},
    ),
)
_KEY = tuple_(m.channel, m.ts, m.source, m.fingerprint)
_FORGET = Query(
    lambda _: delete(message).where(
        _KEY.in_(
            select(*_KEY.clauses).where(m.at < bindparam("before", type_=Instant)).order_by(m.at).limit(LIMIT)
        )
    )
)


@cache
def _bodies() -> TypeAdapter[Told]:
    return TypeAdapter(Told)


class Messages:
    """Semantics of the methods: bot.ports.alerts.AlertTx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def told_by(self, origin: MessageRef) -> list[Told]:
        """What it told. What cannot be read is as if it had never been told."""
        found = []
        for (body,) in self._session.rows(_OF, {"channel": origin.channel, "ts": origin.ts}):
            try:
                found.append(_bodies().validate_json(body))
            except ValueError:
                log.exception("message_unreadable")
        return found

    def note_told(self, told: Sequence[Told], now: datetime) -> None:
        """Write what messages told; of one alert the last."""
        rows = {
            (one.origin.channel, one.origin.ts, one.source, one.fingerprint): {
                "channel": one.origin.channel,
                "ts": one.origin.ts,
                "source": one.source,
                "fingerprint": one.fingerprint,
                "at": now,
                "body": _bodies().dump_json(one).decode(),
            }
            for one in told
        }
        if rows:
            self._session.push(_SAVE, [rows[key] for key in sorted(rows)])

    def forget_told(self, before: datetime, limit: int) -> int:
        """Drop what was told before."""
        return self._session.run(_FORGET, {"before": before, "limit": limit})
