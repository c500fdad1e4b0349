"""Incidents in a transaction: found by what people and providers know of them, and saved whole."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import itemgetter

import structlog

from bot.domain.alert import HeldAlert, MessageRef
from bot.domain.decision import Decision
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.domain.ladder import Ladder
from bot.domain.people import SYSTEM
from bot.domain.service import Service
from bot.domain.timeline import Entry, EntryKind
from bot.ports import CLIMB
from bot.store import incident_queries as q
from bot.store.codec import (
    Snapshot,
    decode_alert,
    decode_entry,
    decode_incident,
    encode_alert,
    encode_entry,
    encode_incident,
)
from bot.store.conflict import Conflict
from bot.store.known import Known
from bot.store.news import earliest
from bot.store.query import Params, Query, Row, Session
from bot.store.snapshots import Snapshots
from bot.store.tables import UNCONFIRMED

_DECODED = itemgetter(*(column.name for column in q.COLUMNS))

UNREADABLE = "(what stood here cannot be read any more)"


class Incidents:
    """Incidents, their alerts and their timelines. Semantics of the methods: bot.ports.Tx."""

    def __init__(self, session: Session, snapshots: Snapshots, cache: Known[str, Row, Incident]) -> None:
        self._session = session
        self._snapshots = snapshots
        self._cache = cache
        self._log = structlog.get_logger(__name__)
        self.news: dict[str, datetime] = {}

    # one incident

    def incident(self, incident: IncidentId) -> Incident | None:
        """By its id."""
        return self._one(q.BY_ID, {"id": incident})

    def incidents(self, ids: Sequence[IncidentId]) -> dict[IncidentId, Incident]:
        """By their ids, without waiting for anybody: never to be decided on.

        Claims look at incidents while they hold outbox rows; locking here would wait for those who
        hold the incident and want the row.
        """
        if not ids:
            return {}
        return {found.id: found for found in self._many(q.BY_IDS, {"ids": list(dict.fromkeys(ids))})}

    def deciding(self, ids: Sequence[IncidentId]) -> dict[IncidentId, Incident]:
        """By their ids, locked in an order that cannot deadlock."""
        if not ids:
            return {}
        return {found.id: found for found in self._many(q.LOCKED, {"ids": sorted(set(ids))})}

    def lock(self, ids: Sequence[IncidentId]) -> None:
        """Nobody else changes these until the end of the transaction."""
        if ids:
            self._session.lock(q.LOCK, {"ids": sorted(set(ids))})

    def numbered(self, number: int) -> Incident | None:
        """`INC-<number>`."""
        return self._one(q.BY_NUMBER, {"number": number})

    def by_ticket(self, key: str) -> Incident | None:
        """The incident whose ticket has that key."""
        return self._found(q.BY_TICKET, {"key": key})

    def by_message(self, ref: MessageRef) -> Incident | None:
        """The incident whose card, or page, that message is; none for one that tells several."""
        params = {"ts": ref.ts, "channel": ref.channel}
        if found := self._found(q.BY_CARD, params):
            return found
        told = {row[0] for row in self._session.rows(q.BY_PAGE, params)}
        return self.incident(told.pop()) if len(told) == 1 else None

    def open_for(self, dedup_key: str) -> Incident | None:
        """The open incident of that key."""
        return self._one(q.OPEN_FOR, {"key": dedup_key})

    def last_for(self, dedup_key: str) -> Incident | None:
        """The incident of that key that was opened last."""
        return self._found(q.LAST_FOR, {"key": dedup_key})

    def last_resolved(self) -> Incident | None:
        """The incident that was resolved last."""
        return self._one(q.LAST_RESOLVED, {})

    # many incidents

    def open_incidents(self, limit: int = 100) -> list[Incident]:
        """The worst first, then the oldest."""
        return self._many(q.OPEN, {"limit": limit})

    def pages_waiting(self, slack_user: str) -> list[Incident]:
        """Triggered incidents for which a page to that Slack user was decided in the present climb."""
        return self._many(q.PAGED, {"user": slack_user})

    def due(self, now: datetime, limit: int) -> list[Incident]:
        """In due order, locked. One that cannot be read is put aside, so that it does not stop the others."""
        rows = self._session.rows(q.DUE, {"now": now, "limit": limit})
        return self._decode(rows, quarantine_at=now)

    def coming(self, until: datetime, limit: int) -> list[Incident]:
        """In due order, in a view that may only read; one that cannot be read is left out."""
        return self._many(q.COMING, {"until": until, "limit": limit})

    def forgotten(self, limit: int = 100) -> list[Incident]:
        """Triggered incidents that nobody will be paged for although somebody should be."""
        return self._many(q.FORGOTTEN, {"limit": limit})

    def next_climb(self) -> datetime | None:
        """The earliest rung or wake."""
        earliest: datetime | None = self._session.rows(q.EARLIEST, {})[0][0]
        return earliest

    # what belongs to an incident

    def timeline(self, incident: IncidentId, after: int = 0, limit: int = 500) -> list[Entry]:
        """Entries with a higher number than `after`, in order."""
        rows = self._session.rows(q.TIMELINE, {"incident": incident, "after": after, "limit": limit})
        return [self._entry(incident, *row) for row in rows]

    def _entry(self, incident: IncidentId, seq: int, at: datetime, body: str) -> Entry:
        """One that cannot be read keeps its place: whoever tells the others must not stop at it."""
        try:
            return decode_entry(body)
        except ValueError:
            self._log.exception("entry unreadable", incident=incident, seq=seq)
            return Entry(seq=seq, at=at, kind=EntryKind.NOTE, by=SYSTEM, facts={"text": UNREADABLE})

    def held(self, incident: IncidentId, source: str, fingerprint: str) -> HeldAlert | None:
        """What the incident remembers of one alert."""
        params = {"incident": incident, "source": source, "fingerprint": fingerprint}
        return next(
            (alert for (body,) in self._session.rows(q.HELD, params) for alert in self._alert(body)), None
        )

    def by_origin(self, ref: MessageRef) -> list[tuple[str, HeldAlert]]:
        """The alerts that a message brought last, each with the key of its incident; the newest first."""
        rows = self._session.rows(q.BY_ORIGIN, {"ts": ref.ts, "channel": ref.channel})
        return [(key, alert) for key, body in rows for alert in self._alert(body)]

    def _alert(self, body: str) -> Iterator[HeldAlert]:
        """What cannot be read is forgotten: the signal then counts as a new one."""
        try:
            yield decode_alert(body)
        except ValueError:
            self._log.exception("alert unreadable")

    def first_time(self, key: str, now: datetime) -> bool:
        """Whether the key is new; a second transaction with it waits for the first."""
        return self._session.run(q.FIRST_TIME, {"key": key, "at": now}) == 1

    def next_number(self) -> int:
        """A new number."""
        number: int = self._session.rows(q.NEXT_NUMBER, {})[0][0]
        return number

    # saving

    def save(self, decisions: Sequence[Decision]) -> None:
        """Write incidents, entries and alerts. Raises Conflict when one was changed behind our back."""
        if not decisions:
            return
        newest = {decision.incident.id: decision.incident for decision in decisions}
        self._snapshots.store(thing for incident in newest.values() for thing in _snapshots_of(incident))
        rows = [self._row(newest[key]) for key in sorted(newest)]
        if self._session.many(q.UPSERT, rows) != len(rows):
            raise Conflict("an incident was changed since it was read")
        for key, row in zip(sorted(newest), rows, strict=True):
            self._cache.put(key, _DECODED(row), newest[key])
        earliest(self.news, ((CLIMB, at) for each in newest.values() if (at := each.next_at) is not None))
        entries = [
            {"incident": decision.incident.id, "seq": entry.seq, "at": entry.at, "body": encode_entry(entry)}
            for decision in decisions
            for entry in decision.entries
        ]
        if entries:
            self._session.push(q.ENTER, entries)
        held = {
            (decision.incident.id, alert.source, alert.fingerprint): _held_row(decision.incident.id, alert)
            for decision in decisions
            for alert in decision.held
        }
        if held:
            self._session.push(q.HOLD, list(held.values()))

    def _row(self, incident: Incident) -> Params:
        escalation, ticket, card = incident.escalation, incident.ticket, incident.card
        return {
            "id": incident.id,
            "number": incident.number,
            "status": incident.status.value,
            "severity": incident.severity.value,
            "service": incident.service.id,
            "open_key": incident.dedup_key if incident.open else None,
            "dedup_key": incident.dedup_key,
            "next_at": incident.next_at,
            "opened_at": incident.opened_at,
            "resolved_at": _resolved_at(incident),
            "epoch": incident.epoch,
            "unpaged": UNCONFIRMED if incident.unconfirmed is not None else int(incident.unpaged),
            "card_channel": card.channel if card else None,
            "card_ts": card.ts if card else None,
            "ticket_key": ticket.key,
            "version": incident.version,
            "service_hash": self._snapshots.name(incident.service),
            "ladder_hash": self._snapshots.name(escalation.ladder if escalation else None),
            "catch_all_hash": self._snapshots.name(escalation.catch_all if escalation else None),
            "body": encode_incident(incident),
            "quarantined_at": None,
        }

    # reading

    def _found(self, query: Query, params: Params) -> Incident | None:
        rows = self._session.rows(query, params)
        return self.incident(rows[0][0]) if rows and rows[0][0] else None

    def _one(self, query: Query, params: Params) -> Incident | None:
        rows = self._session.rows(query, params)
        return self._decoded(rows[0], self._load(rows)) if rows else None

    def of_rows(self, rows: list[Row]) -> list[Incident]:
        """The incidents of rows that hold `incident_queries.COLUMNS`."""
        return self._decode(rows, quarantine_at=None)

    def _many(self, query: Query, params: Params) -> list[Incident]:
        return self._decode(self._session.rows(query, params), quarantine_at=None)

    def _decode(self, rows: list[Row], *, quarantine_at: datetime | None) -> list[Incident]:
        """Those that can be read; in a list one poisoned row must not hide its neighbours."""
        loaded = self._load(rows)
        incidents = []
        for row in rows:
            try:
                incidents.append(self._decoded(row, loaded))
            except (ValueError, KeyError, TypeError) as error:
                self._log.error("incident unreadable", incident=row[0], error=type(error).__name__)
                if quarantine_at is not None:
                    self._session.run(q.QUARANTINE, {"its_id": row[0], "now": quarantine_at})
        return incidents

    def _load(self, rows: list[Row]) -> dict[str, Snapshot]:
        return self._snapshots.load(name for row in rows for name in row[1:4])

    def _decoded(self, row: Row, loaded: dict[str, Snapshot]) -> Incident:
        return self._cache.decoded(row[0], row, lambda: _decoded(row, loaded))


def _decoded(row: Row, loaded: dict[str, Snapshot]) -> Incident:
    _, service_hash, ladder_hash, catch_all_hash, body = row
    service = loaded[service_hash]
    ladder = loaded[ladder_hash] if ladder_hash else None
    catch_all = loaded[catch_all_hash] if catch_all_hash else None
    assert isinstance(service, Service)
    assert ladder is None or isinstance(ladder, Ladder)
    assert catch_all is None or isinstance(catch_all, Ladder)
    return decode_incident(body, service, ladder, catch_all)


def _held_row(incident: IncidentId, alert: HeldAlert) -> Params:
    return {
        "incident": incident,
        "source": alert.source,
        "fingerprint": alert.fingerprint,
        "origin_channel": alert.origin.channel if alert.origin else None,
        "origin_ts": alert.origin.ts if alert.origin else None,
        "body": encode_alert(alert),
    }


def _snapshots_of(incident: Incident) -> tuple[Snapshot, ...]:
    escalation = incident.escalation
    if escalation is None:
        return (incident.service,)
    if escalation.catch_all is None:
        return incident.service, escalation.ladder
    return incident.service, escalation.ladder, escalation.catch_all


def _resolved_at(incident: Incident) -> datetime | None:
    if incident.open:
        return None
    return incident.resolution.at if incident.resolution else incident.opened_at
