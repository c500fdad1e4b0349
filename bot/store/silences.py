"""Silences in a transaction: silences, planned maintenance, and what both keep quiet."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

import structlog
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Text, bindparam, delete, func, select, update

from bot.domain.silence import Silence
from bot.domain.standing import Standing
from bot.ports.silences import KeptQuiet
from bot.store.alert_tables import silence, standing
from bot.store.columns import Instant
from bot.store.query import LIMIT, Insertion, Kit, Query, Row, Session
from bot.store.standings import decoded

t, s = silence.c, standing.c
_NOW = bindparam("now", type_=Instant)
log = structlog.get_logger(__name__)


def _says(kit: Kit) -> ColumnElement[int]:
    """Where the text stands in what is known of the alert; without patterns, whatever is in it."""
    find = func.instr if kit.dialect.name == "sqlite" else func.strpos
    return find(s.body, bindparam("needle", type_=Text))


_ADD = Insertion(silence, silence.columns.keys())
_SAVE = Query(
    lambda _: (
        update(silence)
        .where(t.id == bindparam("its_id"))
        .values(
            until=bindparam("its_until", type_=Instant),
            ended_at=bindparam("its_ended_at", type_=Instant),
            reported_at=bindparam("its_reported_at", type_=Instant),
            body=bindparam("its_body"),
        )
    )
)
_ONE = Query(lambda kit: kit.lock(select(t.id, t.body).where(t.id == bindparam("its_id"))))
_COUNTING = Query(
    lambda _: (
        select(t.id, t.body).where(t.until > _NOW, t.ended_at.is_(None)).order_by(t.until, t.id).limit(LIMIT)
    )
)
_OVER = Query(
    lambda kit: kit.lock(
        select(t.id, t.body)
        .where(t.reported_at.is_(None), (t.until <= _NOW) | t.ended_at.is_not(None))
        .order_by(t.until, t.id)
        .limit(LIMIT),
        skip_locked=True,
    )
)
_JUDGE = Query(
    lambda _: (
        update(standing)
        .where(s.muted_by == bindparam("its_muted_by"))
        .values(next_at=bindparam("its_next_at", type_=Instant))
    )
)
_COUNTS = Query(
    lambda _: (
        select(s.muted_by, func.count())
        .where(s.muted_by.is_not(None), s.state == "firing")
        .group_by(s.muted_by)
    )
)
_KEPT = Query(
    lambda _: (
        select(s.muted_by, func.count(), func.max(s.next_at, type_=Instant))
        .where(s.muted_by.is_not(None))
        .group_by(s.muted_by)
        .order_by(s.muted_by)
    )
)
_FORGET = Query(
    lambda _: delete(silence).where(
        t.id.in_(
            select(t.id)
            .where(
                t.reported_at < bindparam("before", type_=Instant),
                (t.until < bindparam("before", type_=Instant))
                | (t.ended_at < bindparam("before", type_=Instant)),
            )
            .limit(LIMIT)
        )
    )
)
_CAUSES = Query(
    lambda kit: (
        select(s.body)
        .where(s.last_at > bindparam("since", type_=Instant), s.state == "firing")
        .where((bindparam("needle", type_=Text) == "") | (_says(kit) > 0))
        .order_by(s.last_at.desc())
        .limit(LIMIT)
    )
)

MOST = 1000
"""So many silences count at once; of more, those that end first."""


@cache
def _bodies() -> TypeAdapter[Silence]:
    return TypeAdapter(Silence)


class Silences:
    """Semantics of the methods: bot.ports.silences.SilenceTx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_silence(self, silence: Silence) -> None:
        """Write a new one."""
        self._session.push(_ADD, [_row(silence)])

    def save_silence(self, silence: Silence) -> None:
        """Write what has become of one."""
        row = _row(silence)
        names = ("id", "until", "ended_at", "reported_at", "body")
        self._session.run(_SAVE, {f"its_{name}": row[name] for name in names})

    def silence(self, silence: str) -> Silence | None:
        """One of them."""
        return next(iter(_read(self._session.rows(_ONE, {"its_id": silence}))), None)

    def silences(self, now: datetime) -> list[Silence]:
        """Those that count now or later."""
        return _read(self._session.rows(_COUNTING, {"now": now, "limit": MOST}))

    def unreported_silences(self, now: datetime, limit: int) -> list[Silence]:
        """Those whose end was not told yet."""
        return _read(self._session.rows(_OVER, {"now": now, "limit": limit}))

    def judge_again(self, muted_by: str, at: datetime) -> int:
        """Have what this keeps quiet judged again."""
        return self._session.run(_JUDGE, {"its_muted_by": muted_by, "its_next_at": at})

    def muted_counts(self) -> dict[str, int]:
        """How many are kept quiet by what."""
        return dict(self._session.rows(_COUNTS, {}))

    def kept_quiet(self) -> list[KeptQuiet]:
        """What keeps how many quiet, and when the last of them is judged again."""
        return [KeptQuiet(*row) for row in self._session.rows(_KEPT, {})]

    def forget_silences(self, before: datetime, limit: int) -> int:
        """Drop those that ended long ago and were reported."""
        return self._session.run(_FORGET, {"before": before, "limit": limit})

    def causes(self, needle: str, since: datetime, limit: int = 1000) -> Sequence[Standing]:
        """Alerts that fire, were told after that, and have that text somewhere."""
        written = json.dumps(needle, ensure_ascii=False)[1:-1]
        return decoded(self._session.rows(_CAUSES, {"needle": written, "since": since, "limit": limit}))


def _row(silence: Silence) -> Mapping[str, object]:
    return {
        "id": silence.id,
        "kind": silence.kind.value,
        "since": silence.since,
        "until": silence.until,
        "made_at": silence.made_at,
        "ended_at": silence.ended_at,
        "reported_at": silence.reported_at,
        "body": _bodies().dump_json(silence).decode(),
    }


def _read(rows: Sequence[Row]) -> list[Silence]:
    found = []
    for its_id, body in rows:
        try:
            found.append(_bodies().validate_json(body))
        except ValueError:  # what it would have kept quiet pages
            log.exception("silence_unreadable", silence=its_id)
    return found
