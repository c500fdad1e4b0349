"""The journal in a transaction: who changed who is on call, each row sealed by a hash over all before it."""

import hashlib
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Text, bindparam, or_, select

from bot.domain.duty import Change
from bot.domain.ids import ScheduleId
from bot.ports.duty import Written
from bot.store.columns import Instant
from bot.store.query import LIMIT, Insertion, Query, Session
from bot.store.tables import journal, mark

HEAD = "journal"
PAGE = 500
j = journal.c

_GUARD = Query(
    lambda kit: (
        kit.insert(mark)
        .values(name=HEAD, value=0, at=bindparam("now", type_=Instant), text="")
        .on_conflict_do_update(index_elements=["name"], set_={"at": bindparam("now", type_=Instant)})
        .returning(mark.c.value, mark.c.text)
    )
)
_ADVANCE = Query(
    lambda kit: (
        kit.insert(mark)
        .values(
            name=HEAD,
            value=bindparam("seq", type_=BigInteger),
            at=bindparam("now", type_=Instant),
            text=bindparam("hash"),
        )
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"value": bindparam("seq", type_=BigInteger), "text": bindparam("hash", type_=Text)},
        )
    )
)
_HEAD = Query(lambda _: select(mark.c.value, mark.c.text).where(mark.c.name == HEAD))
_ADD = Insertion(journal, ("seq", "at", "schedule", "body", "hash"))
_AFTER = Query(
    lambda _: (
        select(j.seq, j.body, j.hash)
        .where(
            j.seq > bindparam("after", type_=BigInteger),
            or_(bindparam("of", type_=Text) == "", j.schedule == bindparam("of", type_=Text)),
        )
        .order_by(j.seq)
        .limit(LIMIT)
    )
)


@cache
def _changes() -> TypeAdapter[Change]:
    return TypeAdapter(Change)


class Journal:
    """Semantics of the methods: bot.ports.DutyTx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def guard_duty(self, now: datetime) -> None:
        """Hold the journal's end until the transaction is over."""
        self._session.rows(_GUARD, {"now": now})

    def write_down(self, change: Change) -> int:
        """Add a row."""
        last, before = self._session.rows(_GUARD, {"now": change.at})[0]
        seq: int = last + 1
        body = _changes().dump_json(change).decode()
        sealed = _seal(before or "", seq, body)
        row = {"seq": seq, "at": change.at, "schedule": change.schedule, "body": body, "hash": sealed}
        self._session.push(_ADD, [row])
        self._session.run(_ADVANCE, {"seq": seq, "now": change.at, "hash": sealed})
        return seq

    def journal(self, after: int = 0, limit: int = 100, schedule: ScheduleId | None = None) -> list[Written]:
        """Rows in order."""
        rows = self._session.rows(_AFTER, {"after": after, "limit": limit, "of": schedule or ""})
        return [
            Written(seq=seq, change=_changes().validate_json(body), hash=sealed) for seq, body, sealed in rows
        ]

    def broken_journal(self) -> int | None:
        """The first row that is not as it was written."""
        last, before = 0, ""
        while rows := self._session.rows(_AFTER, {"after": last, "limit": PAGE, "of": ""}):
            for seq, body, sealed in rows:
                if seq != last + 1 or sealed != _seal(before, seq, body):
                    return last + 1
                last, before = seq, sealed
        head = self._session.rows(_HEAD, {})
        return last + 1 if head and (head[0][0], head[0][1] or "") != (last, before) else None


def _seal(before: str, seq: int, body: str) -> str:
    return hashlib.sha256(f"{before}\n{seq}\n{body}".encode()).hexdigest()
