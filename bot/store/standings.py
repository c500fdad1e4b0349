"""Alerts in a transaction: the newest that is known of each."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any

import structlog
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Text, and_, bindparam, delete, func, or_, select, tuple_
from sqlalchemy.types import TypeEngine

from bot.domain.alert import Alert, AlertState, MessageRef, Severity
from bot.domain.ids import ServiceId
from bot.domain.standing import AlertKey, Standing
from bot.store.alert_tables import standing
from bot.store.columns import Instant
from bot.store.known import Known
from bot.store.query import LIMIT, Insertion, Kit, Query, Row, Session
from bot.store.tables import incident

s = standing.c
log = structlog.get_logger(__name__)

_KEY: Mapping[str, TypeEngine[Any]] = {"source": Text(), "fingerprint": Text()}


def _of_keys(kit: Kit) -> Any:  # a select with its lock
    given = kit.given("keys", _KEY).c
    wanted = select(given.source, given.fingerprint)
    return kit.lock(
        select(s.source, s.fingerprint, s.body)
        .where(tuple_(s.source, s.fingerprint).in_(wanted))
        .order_by(s.source, s.fingerprint)  # two transactions cannot deadlock
    )


def _firing(*more: Any) -> Any:  # a select
    return select(s.body).where(s.state == "firing", *more).order_by(s.last_at.desc()).limit(LIMIT)


def _says(kit: Kit) -> ColumnElement[int]:
    """Where the text stands in what is known of the alert; without patterns, whatever is in it."""
    find = func.instr if kit.dialect.name == "sqlite" else func.strpos
    return find(s.body, bindparam("needle", type_=Text))


_OF_KEYS = Query(_of_keys)
_SAVE = Insertion(
    standing,
    standing.columns.keys(),
    then=lambda statement: statement.on_conflict_do_update(
        index_elements=["source", "fingerprint"],
        set_={
            name: statement.excluded[name]
            for name in standing.columns.keys()  # noqa: SIM118 - columns are no mapping of names
            if name not in _KEY
        },
    ),
)
_DUE = Query(
    lambda kit: kit.lock(
        select(s.body).where(s.next_at <= bindparam("now")).order_by(s.next_at).limit(LIMIT),
        skip_locked=True,
    )
)
_BROKEN = Query(
    lambda kit: kit.lock(
        select(s.source, s.fingerprint, s.state, s.severity, s.service, s.last_at, s.muted_by, s.body)
        .where(s.next_at <= bindparam("now"))
        .order_by(s.next_at)
        .limit(LIMIT),
        skip_locked=True,
    )
)
_KEPT_QUIET = Query(
    lambda kit: kit.lock(
        select(s.body)
        .where(s.muted_by.is_not(None), s.state == "firing", _says(kit) > 0)
        .order_by(s.source, s.fingerprint)
        .limit(LIMIT)
    )
)
_NEXT = Query(lambda _: select(func.min(s.next_at, type_=Instant)).where(s.next_at.is_not(None)))
_MUTED = Query(lambda _: _firing(s.muted_by == bindparam("its_muted_by")))
_FIRING = Query(lambda _: _firing())
_WORKED_ON = select(incident.c.id).where(incident.c.id == s.incident, incident.c.resolved_at.is_(None))
_UNHEARD = s.last_at < bindparam("before", type_=Instant)
_FORGET = Query(
    lambda _: delete(standing).where(
        _UNHEARD,  # once more: it may have been told while this waited for its row
        tuple_(s.source, s.fingerprint).in_(
            select(s.source, s.fingerprint)
            .where(_UNHEARD, s.next_at.is_(None))
            .where(or_(s.state != "firing", and_(s.muted_by.is_(None), ~_WORKED_ON.exists())))
            .limit(LIMIT)
        ),
    )
)


@cache
def _bodies() -> TypeAdapter[Standing]:
    return TypeAdapter(Standing)


class Standings:
    """Semantics of the methods: bot.ports.alerts.AlertTx."""

    def __init__(self, session: Session, known: Known[AlertKey, str, Standing] | None = None) -> None:
        self._session = session
        self._known: Known[AlertKey, str, Standing] = known or Known()

    def standings(self, keys: Iterable[AlertKey]) -> dict[AlertKey, Standing]:
        """What is known of these alerts."""
        wanted = [{"source": source, "fingerprint": mark} for source, mark in sorted(set(keys))]
        rows = self._session.rows(_OF_KEYS, {"keys": wanted}) if wanted else []
        found = {}
        for source, mark, body in rows:
            try:
                found[source, mark] = self._known.decoded(
                    (source, mark), body, partial(_bodies().validate_json, body)
                )
            except ValueError:
                log.exception("standing_unreadable")
        return found

    def save_standings(self, standings: Sequence[Standing]) -> None:
        """Write what is known now; of one alert the last."""
        newest = {each.key: each for each in standings}
        rows = {key: _row(newest[key]) for key in sorted(newest)}
        if rows:
            self._session.push(_SAVE, list(rows.values()))
        for key, row in rows.items():
            self._known.put(key, str(row["body"]), newest[key])

    def kept_quiet_of(self, origin: MessageRef, limit: int = 100) -> list[Standing]:
        """Alerts that are kept quiet and that this message told last."""
        rows = self._session.rows(_KEPT_QUIET, {"needle": f'"{origin.ts}"', "limit": limit})
        return [found for found in decoded(rows) if found.alert.origin == origin]

    def standings_due(self, now: datetime, limit: int) -> list[Standing]:
        """Alerts that must be judged again."""
        return decoded(self._session.rows(_DUE, {"now": now, "limit": limit}))

    def broken_standings(self, now: datetime, limit: int) -> list[tuple[Standing, str]]:
        """Those that are due and can't be read, made anew of what their columns say; and what stood there."""
        rows = self._session.rows(_BROKEN, {"now": now, "limit": limit})
        return [(_rebuilt(row, now), row[-1]) for row in rows if not _readable(row[-1])]

    def next_judgement(self) -> datetime | None:
        """When the next one is due."""
        found: datetime | None = self._session.rows(_NEXT, {})[0][0]
        return found

    def muted(self, by: str, limit: int = 1000) -> list[Standing]:
        """What that keeps quiet."""
        return decoded(self._session.rows(_MUTED, {"its_muted_by": by, "limit": limit}))

    def firing(self, limit: int = 10_000) -> list[Standing]:
        """All that fire."""
        return decoded(self._session.rows(_FIRING, {"limit": limit}))

    def forget_standings(self, before: datetime, limit: int) -> int:
        """Drop old ones that are cleared, or fire and are neither kept quiet nor of an open incident."""
        return self._session.run(_FORGET, {"before": before, "limit": limit})


def _row(known: Standing) -> Mapping[str, object]:
    return {
        "source": known.alert.source,
        "fingerprint": known.alert.fingerprint,
        "state": known.alert.state.value,
        "severity": known.severity.value,
        "service": known.service,
        "last_at": known.last_at,
        "next_at": known.next_at,
        "incident": known.incident,
        "muted_by": known.muted_by,
        "body": _bodies().dump_json(known).decode(),
    }


def decoded(rows: Sequence[Row]) -> list[Standing]:
    """One that cannot be read hides none of the others."""
    found = []
    for (body,) in rows:
        try:
            found.append(_bodies().validate_json(body))
        except ValueError:
            log.exception("standing_unreadable")
    return found


def _readable(body: str) -> bool:
    try:
        _bodies().validate_json(body)
    except ValueError:
        return False
    return True


def _rebuilt(row: Row, now: datetime) -> Standing:
    """What its columns say of it. How bad it was may be lost as well."""
    source, fingerprint, state, severity, service, last_at, muted_by, _ = row
    known = Severity(severity) if severity in set(Severity) else Severity.SEV2
    alert = Alert(
        source=source,
        fingerprint=fingerprint,
        state=AlertState.FIRING if state == AlertState.FIRING else AlertState.CLEARED,
        title=f"An alert of {source} whose details can't be read any more",
        severity=known,
        confidence=0.1,
        parser="what was left of it in the database",
    )
    return Standing(
        alert=alert,
        service=ServiceId(service),
        severity=known,
        since=last_at,
        last_at=last_at,
        muted_by=muted_by,
        next_at=now,
    )
