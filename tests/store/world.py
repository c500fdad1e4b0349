"""A store with its replicas, an account of what it must hold, and the comparison of the two."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from hypothesis import note
from sqlalchemy import Engine, create_engine, func, select

from bot.domain.commands import Command
from bot.domain.configuration import Configuration
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.effects import Lane
from bot.domain.ids import IncidentId, ScheduleId
from bot.domain.incident import Incident
from bot.domain.override import Override
from bot.domain.roster import Roster
from bot.ports import Claim, Store, Tx
from bot.store import open_store, schema
from bot.store.alert_tables import metadata, signal, standing
from bot.store.retention import ALERTS_KEPT
from bot.store.tables import counter, inbox, outbox, snapshot
from tests.examples import NOW, PAYMENTS, ROSTER
from tests.store.account import Account, Row

T = TypeVar("T")

LOOK_BACK = timedelta(days=8)
"""Overrides that ended so lately still tell since when somebody is on call."""


class SetClock:
    """A clock that stands where it is set."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._began = at

    def now(self) -> datetime:
        return self.at

    def wall(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - self._began).total_seconds()

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody sleeps here")


class World:
    """One database, empty at first; on PostgreSQL two processes use it, on SQLite one in two roles."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._runner = asyncio.Runner()
        self._engine = create_engine(schema.address(url))
        self.stores: Sequence[Store] = ()
        self.open()
        self.begin()

    def begin(self) -> None:
        """As if nothing had ever happened."""
        empty(self._engine)
        self.clock = SetClock(NOW)
        self.account = Account()
        self.claims: list[Claim] = []
        self.chance = random.Random(7)
        self.requests = 0
        self.looks = 0
        self._seen: dict[IncidentId, int] = {}
        self.configuration = Configuration(
            roster=ROSTER, services={PAYMENTS.id: PAYMENTS}, default_service=PAYMENTS.id
        )

    @property
    def now(self) -> datetime:
        return self.clock.at

    @property
    def roster(self) -> Roster:
        """Who is on call by the plain account: the configuration's, with what was decided since."""
        lately = [each for each in self.account.overrides if each.until > self.now - LOOK_BACK]
        found: dict[ScheduleId, tuple[Override, ...]] = {}
        for each in lately:
            found[each.schedule] = (*found.get(each.schedule, ()), each)
        return replace(ROSTER, overrides=found) if found else ROSTER

    def open(self) -> None:
        """Start the replicas."""
        self.looks = 0
        replicas = 2 if self._engine.dialect.name == "postgresql" else 1
        self.stores = [open_store(self.url) for _ in range(replicas)]
        for store in self.stores:
            self.run(store.start())

    def stop(self) -> None:
        """Stop them."""
        for store in self.stores:
            self.run(store.stop())

    def close(self) -> None:
        """The end of this world."""
        self.stop()
        self._engine.dispose()
        self._runner.close()

    # doing

    def run(self, step: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(step)

    def store(self, replica: int) -> Store:
        return self.stores[replica % len(self.stores)]

    def write(self, work: Callable[[Tx], T], replica: int = 0, *, page: bool = False) -> T:
        return self.run(self.store(replica).write(work, page=page))

    def read(self, work: Callable[[Tx], T], replica: int = 0) -> T:
        return self.run(self.store(replica).read(work))

    def request(self) -> str:
        """The key of a request that nobody made before."""
        self.requests += 1
        return f"request {self.requests}"

    def told(self, text: str) -> None:
        """Say it in the list of steps that a failure prints."""
        note(f"      {self.now:%d %H:%M:%S} {text}")

    # the model

    def incident(self, which: int) -> Incident:
        """One of the incidents, by its place."""
        found = list(self.account.incidents.values())
        return found[which % len(found)]

    def decided(self, incident: IncidentId, command: Command) -> Decision:
        """Let the model decide and keep it. Raises Refused like the code."""
        decision = decide(self.account.incidents[incident], command, self.now)
        self.account.save([decision], self.now)
        return decision

    def held(self) -> list[Claim]:
        """Claims that still count."""
        return [claim for claim in self.claims if self.account.holds(claim)]

    def late(self) -> list[Claim]:
        """Claims that do not count any more."""
        return [claim for claim in self.claims if not self.account.holds(claim)]

    # the comparison

    def compare(self, replica: int) -> None:
        """Everything that can be asked of the store is as the account says."""
        self.looks += 1
        account, now = self.account, self.now
        ids = list(account.incidents)
        self._compare_rows()

        changed = [each for each in ids if self._seen.get(each) != account.incidents[each].version]

        def look(tx: Tx) -> None:
            assert tx.incidents(ids) == account.incidents
            for incident in changed:
                entries = tx.timeline(incident)
                assert entries == account.entries[incident]
                assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
            for incident in [self.incident(replica).id] if ids else []:
                sent = {(page.effect.key, page.ref) for page in tx.sent_pages(incident)}
                assert sent == account.sent_pages(incident)
            assert tx.next_climb() == account.next_climb()
            assert tx.roster(ROSTER, now).overrides == self.roster.overrides
            for lane in Lane:
                assert tx.next_delivery(lane) == account.next_delivery(lane), lane
            assert dict(tx.backlog(now)) == account.backlog(now)
            assert {trouble.kind: trouble.count for trouble in tx.audit(now)} == account.troubles(now)
            assert {each.id for each in tx.forgotten()} == {each.id for each in account.forgotten()}
            dead = {letter.key: (letter.attempts, letter.reason, letter.at) for letter in tx.dead_letters()}
            assert dead == {key: (row.attempt, row.reason, row.done) for key, row in account.dead().items()}
            still_open = sorted(
                (each for each in account.incidents.values() if each.open),
                key=lambda each: (each.severity, each.opened_at, each.id),
            )
            assert [each.id for each in tx.open_incidents()] == [each.id for each in still_open]

        self.read(look, replica)
        self._seen = {each: account.incidents[each].version for each in ids}

    def _compare_rows(self) -> None:
        """Every effect that was decided is there once, in the state that the account has it in."""
        states = self.states()
        assert dict(states) == {key: row.state for key, row in self.account.rows.items()}
        assert len(states) == len(self.account.rows)

    def states(self) -> list[tuple[str, str]]:
        """The keys and states of all outbox rows, read beside the store."""
        with self._engine.connect() as connection:
            return [(key, state) for key, state in connection.execute(select(outbox.c.key, outbox.c.state))]

    def keys(self) -> set[str]:
        """The requests that are remembered, read beside the store."""
        with self._engine.connect() as connection:
            return {key for (key,) in connection.execute(select(inbox.c.key))}

    def old_alerts(self) -> int:
        """How much of what alerts told, and of alerts that are over, is old; counted beside the store."""
        before = self.now - ALERTS_KEPT
        told = select(func.count()).where(signal.c.at < before)
        over = select(func.count()).where(
            standing.c.last_at < before, standing.c.state == "cleared", standing.c.next_at.is_(None)
        )
        with self._engine.connect() as connection:
            return connection.execute(told).scalar_one() + connection.execute(over).scalar_one()

    def check_claims(self, lane: Lane, limit: int, taken: Sequence[Claim], lease: timedelta) -> None:
        """What was claimed is what was ready, the longest due first; what is not wanted was cancelled."""
        ready = self.account.ready(lane, self.now)
        states = dict(self.states())
        moot = {key for key in ready if states[key] == "cancelled"}
        keys = {claim.effect.key for claim in taken}
        assert keys | moot <= set(ready), "taken although it was not ready"
        assert len(keys) == len(taken) <= limit
        assert all(self.account.is_wanted(ready[key]) for key in keys), "a page that nobody wants any more"
        assert not any(self.account.is_wanted(ready[key]) for key in moot), "a page was cancelled"
        self._first_come_first_served(ready, keys | moot, limit)
        for key in moot:
            self.account.cancel(key, self.now)
        for claim in taken:
            self.account.claim(claim, self.now)
            row = self.account.rows[claim.effect.key]
            assert facts(claim) == expected(row, lane, lease, self.clock.monotonic())
        assert len({claim.token for claim in taken} | {claim.token for claim in self.claims}) == len(
            {claim.token for claim in self.claims}
        ) + bool(taken)
        self.claims += taken

    def _first_come_first_served(self, ready: dict[str, Row], taken: set[str], limit: int) -> None:
        left = [ready[key].ready for key in set(ready) - taken]
        if left:
            assert len(taken) >= limit, "left although there was room"
            assert all(ready[key].ready <= min(at for at in left if at) for key in taken)  # type: ignore[operator]  # ready ones have it


def facts(claim: Claim) -> dict[str, object]:
    """What a claim says."""
    names = ("effect", "incident", "lane", "attempt", "lease", "claimed_at", "uncertain", "since")
    more = ("revision", "failures", "doubted_at")
    return {name: getattr(claim, name) for name in (*names, *more)}


def expected(row: Row, lane: Lane, lease: timedelta, monotonic: float) -> dict[str, object]:
    """What it must say."""
    return {
        "effect": row.effect,
        "incident": row.incident,
        "lane": lane,
        "attempt": row.attempt,
        "lease": lease,
        "claimed_at": monotonic,
        "uncertain": row.uncertain,
        "since": row.since,
        "revision": row.revision,
        "failures": row.failures,
        "doubted_at": row.doubted,
    }


def empty(engine: Engine) -> None:
    """Delete everything but the snapshots, which never change and which processes remember."""
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table not in {counter, snapshot}:
                connection.execute(table.delete())
