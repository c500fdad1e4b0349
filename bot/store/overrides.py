"""Overrides and swaps in a transaction: what was decided about who is on call, against the layers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache

from pydantic import TypeAdapter
from sqlalchemy import Text, bindparam, exists, or_, select, update

from bot.domain.alert import MessageRef
from bot.domain.duty import Swap, SwapId
from bot.domain.ids import OverrideId, ScheduleId
from bot.domain.override import Override
from bot.store.columns import Instant
from bot.store.query import Insertion, Query, Session
from bot.store.tables import outbox, override, swap

v, w = override.c, swap.c
_NOW = bindparam("now", type_=Instant)

_ADD = Insertion(
    override, ("id", "schedule", "kind", "person", "instead_of", "since", "until", "made_at", "body")
)
_WITHDRAW = Query(
    lambda _: (
        update(override)
        .where(v.id == bindparam("its_id"), v.withdrawn_at.is_(None))
        .values(withdrawn_at=_NOW)
    )
)
_ONE = Query(lambda _: select(v.body, v.withdrawn_at).where(v.id == bindparam("its_id")))
_BETWEEN = Query(
    lambda _: (
        select(v.body)
        .where(
            v.until > bindparam("since", type_=Instant),
            v.since < bindparam("until", type_=Instant),
            v.withdrawn_at.is_(None),
            or_(bindparam("of", type_=Text) == "", v.schedule == bindparam("of", type_=Text)),
        )
        .order_by(v.made_at, v.id)
    )
)
_OFFER = Insertion(swap, ("id", "schedule", "expires_at", "body"))
_SWAP = Query(lambda _: select(w.body, w.answer, w.answered_at).where(w.id == bindparam("its_id")))
_OPEN = Query(
    lambda _: (
        select(w.body, w.answer, w.answered_at)
        .where(w.expires_at > _NOW, w.answered_at.is_(None))
        .order_by(w.id)
    )
)
_ASKED = Query(
    lambda _: select(outbox.c.ref_channel, outbox.c.ref_ts).where(
        outbox.c.key == bindparam("its_key", type_=Text),
        outbox.c.ref_ts.is_not(None),
        exists().where(w.id == bindparam("its_id"), w.answered_at.is_(None)),
    )
)
_ANSWER = Query(
    lambda _: (
        update(swap)
        .where(w.id == bindparam("its_id"), w.answered_at.is_(None))
        .values(answer=bindparam("its_answer"), answered_at=_NOW)
    )
)


@cache
def _overrides() -> TypeAdapter[Override]:
    return TypeAdapter(Override)


@cache
def _swaps() -> TypeAdapter[Swap]:
    return TypeAdapter(Swap)


@lru_cache(maxsize=2000)
def decode_override(body: str) -> Override:
    """The same again and again, for an override never changes. Raises ValueError if it cannot be read."""
    return _overrides().validate_json(body)


class Overrides:
    """Semantics of the methods: bot.ports.DutyTx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_override(self, override: Override) -> None:
        """Write a new override."""
        row: Mapping[str, object] = {
            "id": override.id,
            "schedule": override.schedule,
            "kind": override.kind.value,
            "person": override.person,
            "instead_of": override.instead_of,
            "since": override.since,
            "until": override.until,
            "made_at": override.made_at,
            "body": _overrides().dump_json(override).decode(),
        }
        self._session.push(_ADD, [row])

    def withdraw_override(self, override: OverrideId, now: datetime) -> bool:
        """From now on it does not count."""
        return self._session.run(_WITHDRAW, {"its_id": override, "now": now}) == 1

    def override(self, override: OverrideId) -> tuple[Override, datetime | None] | None:
        """An override, and when it was withdrawn."""
        rows = self._session.rows(_ONE, {"its_id": override})
        return (decode_override(rows[0][0]), rows[0][1]) if rows else None

    def overrides(
        self, since: datetime, until: datetime, schedule: ScheduleId | None = None
    ) -> list[Override]:
        """Those that count at some time between."""
        params = {"since": since, "until": until, "of": schedule or ""}
        return [decode_override(row[0]) for row in self._session.rows(_BETWEEN, params)]

    def offer_swap(self, swap: Swap) -> None:
        """Write a new offer."""
        body = _swaps().dump_json(swap).decode()
        row: Mapping[str, object] = {
            "id": swap.id,
            "schedule": swap.schedule,
            "expires_at": swap.expires_at,
            "body": body,
        }
        self._session.push(_OFFER, [row])

    def swap(self, swap: SwapId) -> Swap | None:
        """An offer, and what became of it."""
        return next(iter(self._read(_SWAP, {"its_id": swap})), None)

    def open_swaps(self, now: datetime) -> list[Swap]:
        """Offers that stand."""
        return self._read(_OPEN, {"now": now})

    def asked(self, swap: SwapId) -> MessageRef | None:
        """Where the question about an offer stands that nobody has answered."""
        rows = self._session.rows(_ASKED, {"its_id": swap, "its_key": f"swap:{swap}"})
        return MessageRef(channel=rows[0][0], ts=rows[0][1]) if rows else None

    def answer_swap(self, swap: SwapId, answer: str, now: datetime) -> bool:
        """Write what became of it."""
        return self._session.run(_ANSWER, {"its_id": swap, "its_answer": answer, "now": now}) == 1

    def _read(self, query: Query, params: Mapping[str, object]) -> list[Swap]:
        return [
            replace(_swaps().validate_json(body), answer=answer, answered_at=at)
            for body, answer, at in self._session.rows(query, params)
        ]
