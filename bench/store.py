"""Durable transactions a second: the store beside the bare drivers with the same statements.

    .venv/bin/python -m bench.store [--works 2000] [--runs 5] [--only sqlite]

One work is an intake: a new request key, a look for the open incident, a number, and a new incident with
its timeline entry and its effects. The bare driver is sent the very statements and values that the store
sent, recorded before: on SQLite by one thread, with as many works a commit as there are callers, at most 64;
on PostgreSQL by as many threads as the store has, one work a commit.
"""

import argparse
import asyncio
import os
import platform
import queue
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident, Status, Via
from bot.domain.intake import declared
from bot.ports import Tx
from bot.store import open_store, schema
from bot.store.connection import SqliteSession, connect
from bot.store.deadline import Line
from bot.store.postgres import SILENCE, WRITERS, PostgresSession
from bot.store.query import Kit, Params, Prepared, Query, Row, Session, postgres_kit, sqlite_kit
from bot.store.snapshots import SnapshotCache
from bot.store.transaction import Transaction
from bot.store.writer import GROUP
from tests.examples import NOW, PAYMENTS, actor
from tests.postgres import Cluster, find_binaries

Statement = tuple[str, Sequence[Any], bool]
BOB = actor("bob")


def intake(tx: Tx) -> None:
    """What a slash command or an alert does that opens an incident."""
    key = uuid4().hex
    assert tx.first_time(key, NOW)
    assert tx.open_for(key) is None
    incident = Incident(
        id=IncidentId(uuid4().hex),
        number=tx.next_number(),
        title="API error rate 38%",
        service=PAYMENTS,
        severity=Severity.SEV2,
        status=Status.TRIGGERED,
        source="bench",
        opened_at=NOW,
        opened_by=BOB,
        dedup_key=key,
    )
    wish = c.Declare(by=BOB, title=incident.title, service=PAYMENTS, severity=Severity.SEV2, via=Via.COMMAND)
    tx.save([declared(incident, wish)], NOW)


@dataclass
class Tape:
    """A session that also writes down what it sends."""

    session: Session
    kit: Kit
    statements: list[Statement] = field(default_factory=list)
    writes: int = 0
    _prepared: dict[Query, Prepared] = field(default_factory=dict)

    def _note(self, query: Query, params: Sequence[Params], *, answers: bool) -> None:
        prepared = self._prepared.setdefault(query, query.prepare(self.kit))
        self.statements += [(prepared.sql, values, answers) for values in prepared.each(params)]

    def rows(self, query: Query, params: Params) -> list[Row]:
        self._note(query, [params], answers=True)
        return self.session.rows(query, params)

    def run(self, query: Query, params: Params) -> int:
        self._note(query, [params], answers=False)
        return self.session.run(query, params)

    def lock(self, query: Query, params: Params) -> None:
        self.session.lock(query, params)

    def many(self, query: Query, params: Sequence[Params]) -> int:
        self._note(query, params, answers=False)
        return self.session.many(query, params)

    def push(self, query: Query, params: Sequence[Params]) -> None:
        self._note(query, params, answers=False)
        self.session.push(query, params)


def record(session: Session, kit: Kit, works: int) -> list[list[Statement]]:
    """The statements of so many intakes."""
    tape = Tape(session, kit)
    tx = Transaction(tape, SnapshotCache())
    recorded = []
    for _ in range(works):
        intake(tx)
        recorded.append(tape.statements[:])
        tape.statements.clear()
    return recorded


async def through_the_store(url: str, works: int, callers: int) -> tuple[float, list[float]]:
    """Transactions a second, and how long each caller waited."""
    store = open_store(url, auto_migrate=True)
    await store.start()
    waits: list[float] = []

    async def caller(count: int) -> None:
        for _ in range(count):
            begun = time.perf_counter()
            await store.write(intake)
            waits.append(time.perf_counter() - begun)

    await caller(50)
    waits.clear()
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(caller(works // callers))
    rate = len(waits) / (time.perf_counter() - begun)
    await store.stop()
    return rate, waits


def raw_sqlite(path: Path, recorded: list[list[Statement]], callers: int) -> float:
    """One thread, one commit for as many works as there are callers."""
    connection = connect(path)
    size = min(callers, GROUP)
    begun = time.perf_counter()
    for place in range(0, len(recorded), size):
        connection.execute("BEGIN IMMEDIATE")
        for work in recorded[place : place + size]:
            for sql, values, answers in work:
                cursor = connection.execute(sql, values)
                if answers:
                    cursor.fetchall()
        connection.execute("COMMIT")
    rate = len(recorded) / (time.perf_counter() - begun)
    connection.close()
    return rate


def raw_postgres(dsn: str, recorded: list[list[Statement]]) -> float:
    """As many threads as the store has, one commit a work."""
    left: queue.SimpleQueue[list[Statement] | None] = queue.SimpleQueue()
    for work in recorded[1:]:
        left.put(work)

    def one(connection: psycopg.Connection[Any], work: list[Statement]) -> None:
        for sql, values, answers in work:
            cursor = connection.execute(sql.encode(), values)
            if answers:
                cursor.fetchall()
        connection.commit()

    def live() -> None:
        with psycopg.connect(dsn, cursor_factory=psycopg.RawCursor, prepare_threshold=0) as connection:
            ready.wait()
            while work := left.get():
                one(connection, work)

    with psycopg.connect(dsn, cursor_factory=psycopg.RawCursor) as connection:
        one(connection, recorded[0])  # the snapshots, which all others share
    ready = threading.Barrier(WRITERS + 1)
    threads = [threading.Thread(target=live) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
        left.put(None)
    ready.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return (len(recorded) - 1) / (time.perf_counter() - begun)


def report(name: str, rates: list[float], waits: Sequence[float] = ()) -> None:
    line = f"  {name:<24} {statistics.median(rates):>8,.0f}/s  ({min(rates):,.0f} to {max(rates):,.0f})"
    if waits:
        centiles = statistics.quantiles(waits, n=100)
        line += f"  p50 {centiles[49] * 1000:.2f} ms  p95 {centiles[94] * 1000:.2f} ms"
        line += f"  p99 {centiles[98] * 1000:.2f} ms"
    print(line, flush=True)


def compare(
    title: str, works: int, runs: int, fresh: Callable[[], str], raw: Callable[[str, int], float]
) -> None:
    """Store and bare driver in turn, so that whatever else the machine does hits both."""
    for callers in (8, 64):
        print(f"{title}, {callers} callers", flush=True)
        ours, bare, waits = [], [], []
        for _ in range(runs):
            rate, waited = asyncio.run(through_the_store(fresh(), works, callers))
            ours.append(rate)
            waits += waited
            bare.append(raw(fresh(), callers))
        report("the store", ours, waits)
        report("the bare driver", bare)
        print(f"  the store is at {statistics.median(ours) / statistics.median(bare):.0%}", flush=True)


def bench_sqlite(folder: Path, works: int, runs: int) -> None:
    def fresh() -> str:
        return f"sqlite:///{folder / uuid4().hex}.db"

    scratch = fresh()
    schema.migrate(scratch)
    connection = connect(Path(scratch.removeprefix("sqlite:///")))
    connection.execute("BEGIN")
    recorded = record(SqliteSession(connection, sqlite_kit()), sqlite_kit(), works)
    connection.close()

    def raw(url: str, callers: int) -> float:
        schema.migrate(url)
        return raw_sqlite(Path(url.removeprefix("sqlite:///")), recorded, callers)

    compare(f"SQLite {sqlite3.sqlite_version}, synchronous=FULL", works, runs, fresh, raw)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    binaries = find_binaries()
    if binaries is None:
        raise SystemExit("PostgreSQL is missing: apt-get install postgresql")
    made = Cluster.create(folder / "pg", binaries, durable=True)
    try:
        yield made
    finally:
        made.remove()


def bench_postgres(folder: Path, works: int, runs: int) -> None:
    with cluster(folder) as server:

        def fresh() -> str:
            return server.url(server.create_database())

        def dsn(url: str) -> str:
            return schema.address(url).set(drivername="postgresql").render_as_string(hide_password=False)

        scratch = fresh()
        schema.migrate(scratch)
        with psycopg.connect(dsn(scratch), cursor_factory=psycopg.RawCursor) as connection:
            kit = postgres_kit(locking=True)
            session = PostgresSession(connection, kit, Line(SILENCE))
            with connection.pipeline() as session.pipeline:
                recorded = record(session, kit, works)

        def raw(url: str, _: int) -> float:
            schema.migrate(url)
            return raw_postgres(dsn(url), recorded)

        compare(f"PostgreSQL {server.version}, fsync on", works, runs, fresh, raw)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--works", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    chosen = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}; "
        f"{chosen.works} works a run, median of {chosen.runs} runs"
    )
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        if chosen.only != "postgresql":
            bench_sqlite(folder, chosen.works, chosen.runs)
        if chosen.only != "sqlite":
            bench_postgres(folder, chosen.works, chosen.runs)


if __name__ == "__main__":
    main()
