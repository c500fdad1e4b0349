"""Observables in a transaction: what was seen in which incident, and which of these were false positives."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, select, tuple_, update

from bot.domain.decision import Decision
from bot.domain.ids import IncidentId
from bot.domain.incident import Reason
from bot.domain.observable import Kind, Observable, Sighting
from bot.domain.timeline import EntryKind
from bot.store.alert_tables import observable
from bot.store.columns import Instant
from bot.store.query import LIMIT, Insertion, Kit, Query, Session

c = observable.c
_other = observable.alias("other")

_KINDS = frozenset(each.value for each in Kind)

MOST_COUNTED = 1000
"""Of what is seen everywhere no more incidents are counted."""

_AGAIN = frozenset({EntryKind.REOPENED, EntryKind.UNDONE})
"""With these an incident is not a false positive any more, or never was."""

_RECORD = Insertion(
    observable, observable.columns.keys(), then=lambda statement: statement.on_conflict_do_nothing()
)


def _sightings(_: Kit) -> Select[Any]:
    """Whatever is seen everywhere costs no more than the first MOST_COUNTED of its incidents."""
    mine = (
        select(c.kind, c.value)
        .where(c.incident == bindparam("its_incident"))
        .order_by(c.kind, c.value)
        .limit(LIMIT)
        .subquery("mine")
    )
    elsewhere = (
        select(_other.c.harmless)
        .where(
            _other.c.kind == mine.c.kind,
            _other.c.value == mine.c.value,
            _other.c.incident != bindparam("its_incident"),
        )
        .limit(MOST_COUNTED)
        .correlate(mine)
        .subquery("elsewhere")
    )
    counted = select(func.count()).select_from(elsewhere).scalar_subquery()
    harmless = select(func.coalesce(func.sum(elsewhere.c.harmless), 0)).scalar_subquery()
    return select(mine.c.kind, mine.c.value, counted, harmless)


_SIGHTINGS = Query(_sightings)
_JUDGE = Query(
    lambda _: (
        update(observable)
        .where(c.incident == bindparam("its_incident"))
        .values(harmless=bindparam("its_harmless"))
    )
)
_FORGET = Query(
    lambda _: delete(observable).where(
        tuple_(c.kind, c.value, c.incident).in_(
            select(c.kind, c.value, c.incident).where(c.at < bindparam("before", type_=Instant)).limit(LIMIT)
        )
    )
)


class Observables:
    """Semantics of the methods: bot.ports.observables.ObservableTx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def observed(self, found: Mapping[IncidentId, Sequence[Observable]], now: datetime) -> None:
        """Remember what was seen, in an order in which two transactions cannot deadlock."""
        rows = sorted({(each.kind.value, each.value, it) for it, some in found.items() for each in some})
        if rows:
            self._session.push(
                _RECORD,
                [
                    {"kind": kind, "value": value, "incident": it, "at": now, "harmless": 0}
                    for kind, value, it in rows
                ],
            )

    def sightings(self, incident: IncidentId, limit: int = 50) -> list[Sighting]:
        """What the incident has in common with others. A kind that is not known any more is left out."""
        rows = self._session.rows(_SIGHTINGS, {"its_incident": incident, "limit": limit})
        return [
            Sighting(observable=Observable(Kind(kind), value), incidents=incidents, harmless=harmless)
            for kind, value, incidents, harmless in rows
            if kind in _KINDS
        ]

    def forget_observables(self, before: datetime, limit: int) -> int:
        """Drop what is old."""
        return self._session.run(_FORGET, {"before": before, "limit": limit})

    def follow(self, decisions: Sequence[Decision]) -> None:
        """Incidents become false positives, and stop being some."""
        for decision in decisions:
            kinds = {entry.kind for entry in decision.entries}
            ended = decision.incident.resolution
            harmless = ended is not None and ended.reason is Reason.FALSE_POSITIVE
            if (EntryKind.RESOLVED in kinds and harmless) or kinds & _AGAIN:
                params = {"its_incident": decision.incident.id, "its_harmless": int(harmless)}
                self._session.push(_JUDGE, [params])
