"""Many alerts at once in a transaction: what is known of their keys, and numbers for what is new."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial

import structlog

from bot.domain.alert import HeldAlert
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.ports.alerts import HeldKey
from bot.store import intake_queries as q
from bot.store.codec import decode_alert
from bot.store.incidents import Incidents
from bot.store.known import Known
from bot.store.query import Query, Row, Session

log = structlog.get_logger(__name__)


class IntakeRows:
    """Semantics of the methods: bot.ports.alerts.AlertTx."""

    def __init__(self, session: Session, incidents: Incidents, known: Known[HeldKey, str, HeldAlert]) -> None:
        self._session = session
        self._known = known
        self._incidents = incidents

    def first_times(self, keys: Collection[str], now: datetime) -> set[str]:
        """Which of these requests were never seen before."""
        if not keys:
            return set()
        wanted = [{"key": key} for key in sorted(set(keys))]
        return {key for (key,) in self._session.rows(q.FIRST_TIMES, {"keys": wanted, "at": now})}

    def open_for_all(self, keys: Collection[str], now: datetime) -> dict[str, Incident]:
        """The open incidents of these keys. One that cannot be read must not keep its key from another."""
        rows = self._session.rows(q.OPEN_FOR_ALL, {"keys": sorted(set(keys))}) if keys else []
        found = self._readable(rows)
        for row in rows:
            if row[0] not in found:
                log.error("incident_put_aside", incident=row[1])
                self._session.run(q.FREE, {"its_id": row[1], "now": now})
        return found

    def last_for_all(self, keys: Collection[str]) -> dict[str, Incident]:
        """Of each of these keys the incident that was opened last."""
        return self._by_key(q.LAST_FOR_ALL, keys)

    def held_all(self, keys: Iterable[HeldKey]) -> dict[HeldKey, HeldAlert]:
        """What incidents remember of their alerts. What cannot be read is forgotten."""
        wanted = [
            {"incident": incident, "source": source, "fingerprint": mark}
            for incident, source, mark in sorted(set(keys))
        ]
        found: dict[HeldKey, HeldAlert] = {}
        rows = self._session.rows(q.HELD_ALL, {"keys": wanted}) if wanted else []
        for incident, source, mark, body in rows:
            try:
                key = (IncidentId(incident), source, mark)
                found[key] = self._known.decoded(key, body, partial(decode_alert, body))
            except ValueError:
                log.exception("alert_unreadable", incident=incident)
        return found

    def next_numbers(self, many: int) -> list[int]:
        """So many new incident numbers, in order."""
        if many <= 0:
            return []
        rows = self._session.rows(q.NUMBERS, {"many": many})
        if len(rows) == many:
            return sorted(number for (number,) in rows)
        last: int = rows[0][0]
        return list(range(last - many + 1, last + 1))

    def _by_key(self, query: Query, keys: Collection[str]) -> dict[str, Incident]:
        """One that cannot be read is as if it were not there, and its neighbours are."""
        return self._readable(self._session.rows(query, {"keys": sorted(set(keys))}) if keys else [])

    def _readable(self, rows: list[Row]) -> dict[str, Incident]:
        found = {incident.id: incident for incident in self._incidents.of_rows([row[1:] for row in rows])}
        return {row[0]: found[row[1]] for row in rows if row[1] in found}
