"""PostgreSQL refuses a transaction because of another one, and somebody holds a lock for long."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import psycopg
import pytest
from psycopg import errors

from bot.domain.ids import IncidentId
from bot.errors import StoreUnavailable
from bot.metrics import Metrics
from bot.ports import Store, Tx
from bot.store import open_store
from bot.store.postgres_failures import TRIES, pause
from tests.examples import NOW
from tests.store.gate import PATIENCE
from tests.store.stories import acknowledge, climb, declare
from tests.store.test_postgres import plain

MINUTE = timedelta(minutes=1)


def overtaken(metrics: Metrics) -> float:
    """How often the metric says that a work was run again."""
    return metrics.registry.get_sample_value("tocsin_transactions_overtaken_total") or 0.0


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def store(postgres_url: str, metrics: Metrics) -> AsyncIterator[Store]:
    """A store in whose database transactions that cannot be serialised are refused."""
    with psycopg.connect(plain(postgres_url), autocommit=True) as connection:
        connection.execute(
            "DO $$ BEGIN EXECUTE format("
            "'ALTER DATABASE %I SET default_transaction_isolation = serializable', current_database());"
            " END $$"
        )
    store = open_store(postgres_url, auto_migrate=True, overtaken=metrics.overtaken.inc)
    await store.start()
    yield store
    await store.stop()


def interfered(url: str, incident: IncidentId, tries: list[int], times: int) -> Callable[[Tx], object]:
    """An acknowledgement during which somebody else changes the same row, so many times."""

    def work(tx: Tx) -> object:
        tries.append(1)
        tx.incidents([incident])
        if len(tries) <= times:
            with psycopg.connect(plain(url), autocommit=True) as other:
                other.execute("UPDATE incident SET severity = severity WHERE id = %s", [incident])
        return acknowledge(tx, incident).status

    return work


@pytest.mark.row("F38")
async def test_a_refused_transaction_is_run_again_and_counted(
    store: Store, postgres_url: str, metrics: Metrics
) -> None:
    incident = await store.write(declare)
    tries: list[int] = []

    status = await store.write(interfered(postgres_url, incident.id, tries, TRIES - 1))

    assert status == "acknowledged"
    assert (len(tries), overtaken(metrics)) == (TRIES, TRIES - 1)
    found = await store.read(lambda tx: tx.timeline(incident.id))
    assert [entry.kind for entry in found] == ["opened", "acknowledged"]


@pytest.mark.row("F38")
async def test_what_is_refused_five_times_is_told(store: Store, postgres_url: str, metrics: Metrics) -> None:
    incident = await store.write(declare)
    tries: list[int] = []

    with pytest.raises(StoreUnavailable, match="could not serialize"):
        await store.write(interfered(postgres_url, incident.id, tries, 99))

    assert (len(tries), overtaken(metrics)) == (TRIES, TRIES - 1)
    assert TRIES == 5
    assert (await store.write(lambda tx: acknowledge(tx, incident.id))).version == 2


@pytest.mark.row("F38")
async def test_a_deadlock_is_counted(store: Store, metrics: Metrics) -> None:
    one, other = await store.write(declare), await store.write(declare)
    both = threading.Barrier(2)

    def lock(*order: IncidentId) -> Callable[[Tx], None]:
        met: list[int] = []

        def work(tx: Tx) -> None:
            tx.incident(order[0])
            if not met:
                met.append(both.wait(PATIENCE))
            tx.incident(order[1])

        return work

    async with asyncio.TaskGroup() as group:
        group.create_task(store.write(lock(one.id, other.id)))
        group.create_task(store.write(lock(other.id, one.id)))

    assert overtaken(metrics) >= 1


@pytest.mark.row("F38")
@pytest.mark.parametrize("tries", range(1, TRIES))
def test_those_who_collided_do_not_come_back_at_the_same_moment(tries: int) -> None:
    pauses = {pause(errors.DeadlockDetected(), tries, lost=False) for _ in range(50)}

    assert len(pauses) > 10
    assert all(each is not None and 0 <= each <= 0.005 * 2**tries for each in pauses)
    assert pause(errors.DeadlockDetected(), TRIES, lost=False) is None


@pytest.mark.row("F39")
async def test_a_locked_incident_keeps_nobody_else_from_climbing_and_is_told_after_a_minute(
    store: Store, postgres_url: str
) -> None:
    held, free = await store.write(declare), await store.write(declare)
    with psycopg.connect(plain(postgres_url)) as somebody:
        somebody.execute("SELECT id FROM incident WHERE id = %s FOR UPDATE", [held.id])

        climbed = await store.write(climb, page=True)
        at_first = await store.read(lambda tx: tx.audit(NOW + MINUTE))
        after = await store.read(lambda tx: tx.audit(NOW + MINUTE + timedelta(seconds=1)))

    assert [each.id for each in climbed] == [free.id]
    assert [trouble.kind for trouble in at_first if trouble.kind == "climb overdue"] == []
    assert ("climb overdue", 1) in [(trouble.kind, trouble.count) for trouble in after]
    later = await store.write(lambda tx: climb(tx, NOW + 2 * MINUTE), page=True)
    assert [each.id for each in later] == [held.id]
