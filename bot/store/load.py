"""How much people were paged lately, in a transaction."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Text, bindparam, cast, distinct, func, select

from bot.domain.ids import IncidentId, PersonId
from bot.domain.timeline import EntryKind
from bot.ports.load import Paged
from bot.store.codec import decode_entry
from bot.store.columns import Instant
from bot.store.outbox_queries import State, o
from bot.store.query import LIMIT, Query, Session
from bot.store.tables import timeline

t = timeline.c

_STEP = o.incident + ":" + cast(o.epoch, Text) + ":" + cast(o.round, Text) + ":" + cast(o.rung, Text)
_LOAD = Query(
    lambda _: (
        select(o.person, func.count(distinct(_STEP)))
        .where(
            o.state == State.SENT,
            o.done_at >= bindparam("since", type_=Instant),
            o.kind == "page_person",
            o.incident.is_not(None),
        )
        .group_by(o.person)
    )
)
_PAGED = Query(
    lambda _: (
        select(t.incident, t.body)
        .where(
            t.at >= bindparam("since", type_=Instant),
            t.body.contains(f'"{EntryKind.PAGE_SENT.value}"', autoescape=True),
        )
        .order_by(t.incident, t.seq)
        .limit(LIMIT)
    )
)


class Load:
    """Semantics of the methods: bot.ports.load.LoadTx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def load(self, since: datetime) -> Mapping[PersonId, int]:
        """How often rungs have paged each person."""
        rows = self._session.rows(_LOAD, {"since": since})
        return {PersonId(person): int(count) for person, count in rows if person}

    def paged(self, since: datetime, limit: int = 50_000) -> list[Paged]:
        """Every message of a page."""
        found = []
        for incident, body in self._session.rows(_PAGED, {"since": since, "limit": limit}):
            entry = decode_entry(body)
            if entry.kind is EntryKind.PAGE_SENT and (name := entry.facts.get("person")):
                found.append(Paged(incident=IncidentId(incident), name=name, at=entry.at))
        return found
