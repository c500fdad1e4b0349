"""Many armed escalations at once: the store's own rows, written in bulk.

One incident goes through the store; the rows that the store makes for a second are the pattern of all
others. The last of them is read back through the store and compared.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path

import psycopg
from psycopg import sql

from bench.scene import LADDER, SERVICE
from bot.clock import SystemClock
from bot.domain.alert import MessageRef, Severity
from bot.domain.decision import Decision, Draft
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident, Status
from bot.domain.ladder import Escalation
from bot.domain.people import SYSTEM
from bot.domain.timeline import EntryKind
from bot.ids import new_id
from bot.ports import Tx
from bot.store import incident_queries as q
from bot.store import open_store
from bot.store.columns import microseconds
from bot.store.query import Params, Query, Row
from bot.store.schema import address
from bot.store.snapshots import SnapshotCache
from bot.store.transaction import Transaction

CHANNEL = "C0INCIDENT1"
AT_ONCE = 20_000
_NUMBER = 987_654_321
_ID = "the-id-of-the-pattern"
_DUE = datetime(2222, 2, 2, 2, 2, 2, 222222, tzinfo=UTC)
_TABLES: Mapping[Query, str] = {q.UPSERT: "incident", q.ENTER: "timeline"}


def armed(number: int, due_at: datetime, now: datetime, *, key: str = "", posted: bool = True) -> Decision:
    """An incident, posted already or not, whose first rung is due at that instant."""
    incident = Incident(
        id=IncidentId(key or new_id(now)),
        number=number,
        title=f"ApiErrorRateHigh {number}",
        service=SERVICE,
        severity=Severity.SEV2,
        status=Status.TRIGGERED,
        source="alertmanager",
        opened_at=now,
        opened_by=SYSTEM,
        dedup_key=f"checkout|alertmanager|{number}",
        card=MessageRef(channel=CHANNEL, ts=f"{number}.000100") if posted else None,
        escalation=Escalation(epoch=1, ladder=LADDER, catch_all=None, due_at=due_at),
    )
    draft = Draft(incident=incident, now=now)
    draft.enter(EntryKind.OPENED, SYSTEM, title=incident.title, severity=incident.severity)
    draft.change(threaded=draft.incident.entries)
    return replace(draft.done(), effects=())


def arm(url: str, due: Sequence[datetime], *, posted: bool = True) -> list[str]:
    """As many incidents, each due at its instant; their ids, in the same order."""
    return asyncio.run(_arm(url, due, posted=posted)) if due else []


async def _arm(url: str, due: Sequence[datetime], *, posted: bool) -> list[str]:
    now = SystemClock().now()
    store = open_store(url)
    await store.start()
    try:
        first = await store.write(lambda tx: _one(tx, due[0], now, posted=posted))
    finally:
        await store.stop()
    root = new_id(now)[:18]  # the time and some chance; new_id() itself would take a third of the arming
    keys = [first.incident.id, *(IncidentId(f"{root}{place:08}") for place in range(1, len(due)))]
    patterns = _patterns(now, posted=posted)
    _write(url, patterns, first.incident.number + 1, list(zip(keys, due, strict=True))[1:])
    store = open_store(url)
    await store.start()
    try:
        last = armed(first.incident.number + len(due) - 1, due[-1], now, key=keys[-1], posted=posted)
        found = await store.read(lambda tx: tx.numbered(last.incident.number))
        assert found == last.incident, "rows in bulk are not what the store writes"
    finally:
        await store.stop()
    return list(keys)


def _one(tx: Tx, due_at: datetime, now: datetime, *, posted: bool) -> Decision:
    decision = armed(tx.next_number(), due_at, now, posted=posted)
    tx.save([decision], now)
    return decision


class _Taken:
    """A session that only takes down which rows it should write."""

    def __init__(self) -> None:
        self.writes = 0
        self.rows_of: dict[str, list[Params]] = {table: [] for table in _TABLES.values()}

    def rows(self, query: Query, params: Params) -> list[Row]:
        return []

    def run(self, query: Query, params: Params) -> int:
        return 0

    def lock(self, query: Query, params: Params) -> None:
        return

    def many(self, query: Query, params: Sequence[Params]) -> int:
        if query in _TABLES:
            self.rows_of[_TABLES[query]] += params
        return len(params)

    def push(self, query: Query, params: Sequence[Params]) -> None:
        self.many(query, params)


class _Pattern:
    """The rows of one table for one incident, with marks where incidents differ."""

    def __init__(self, table: str, rows: Sequence[Params]) -> None:
        self.table = table
        self.columns = list(rows[0])
        self._rows = [[_marked(value) for value in row.values()] for row in rows]

    def of(self, number: int, key: str, due_at: datetime) -> Iterator[list[object]]:
        """Its rows for this incident."""
        own = {
            "number": number,
            "key": key,
            "text": due_at.isoformat().replace("+00:00", "Z"),
            "micros": microseconds(due_at),
        }
        for row in self._rows:
            yield [value if fill is None else fill(own) for value, fill in row]


Fill = Callable[[Mapping[str, object]], object]


def _marked(value: object) -> tuple[object, Fill | None]:
    """A value that all have in common, or what makes that of an incident."""
    match value:
        case datetime():
            micros = microseconds(value)
            return (micros, None) if value != _DUE else (None, itemgetter("micros"))
        case int() if value == _NUMBER:
            return None, itemgetter("number")
        case str():
            marked = value.replace("%", "%%").replace(_ID, "%(key)s").replace(str(_NUMBER), "%(number)d")
            marked = marked.replace(_DUE.isoformat().replace("+00:00", "Z"), "%(text)s")
            return (value, None) if marked == value.replace("%", "%%") else (None, marked.__mod__)
        case _:
            return value, None


def _patterns(now: datetime, *, posted: bool) -> list[_Pattern]:
    taken = _Taken()
    Transaction(taken, SnapshotCache()).save([armed(_NUMBER, _DUE, now, key=_ID, posted=posted)], now)
    return [_Pattern(table, rows) for table, rows in taken.rows_of.items()]


def _write(
    url: str, patterns: Sequence[_Pattern], number: int, pairs: Sequence[tuple[str, datetime]]
) -> None:
    write = _into_sqlite if address(url).get_backend_name() == "sqlite" else _into_postgres
    for begin in range(0, len(pairs), AT_ONCE):
        part = list(enumerate(pairs[begin : begin + AT_ONCE], number + begin))
        rows = {
            pattern: [row for each, (key, at) in part for row in pattern.of(each, key, at)]
            for pattern in patterns
        }
        write(url, rows, number + len(pairs) - 1)


def _into_sqlite(url: str, rows: Mapping[_Pattern, list[list[object]]], last: int) -> None:
    connection = sqlite3.connect(Path(address(url).database or ""))
    with connection:
        for pattern, values in rows.items():
            marks = ",".join("?" * len(pattern.columns))
            statement = f"INSERT INTO {pattern.table} ({','.join(pattern.columns)}) VALUES ({marks})"
            connection.executemany(statement, values)
        connection.execute("UPDATE counter SET value = ? WHERE name = 'incident'", [last])
    connection.close()


def dsn(url: str) -> str:
    """The same address for psycopg."""
    return address(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _into_postgres(url: str, rows: Mapping[_Pattern, list[list[object]]], last: int) -> None:
    with psycopg.connect(dsn(url)) as connection, connection.cursor() as cursor:
        for pattern, values in rows.items():
            names = sql.SQL(",").join(map(sql.Identifier, pattern.columns))
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(pattern.table), names)
            with cursor.copy(statement) as copy:
                for row in values:
                    copy.write_row(row)
        cursor.execute("SELECT setval('incident_number', %s)", [last])
