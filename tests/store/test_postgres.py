"""What only PostgreSQL has: replicas, row locks, and connections that break."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import psycopg
import pytest

from bot.domain.effects import Lane, PublishHome
from bot.errors import StoreUnavailable
from bot.ports import Store, Tx
from bot.store import open_store, schema
from bot.store.postgres import WRITERS
from tests.examples import NOW
from tests.postgres import Cluster
from tests.store.gate import PATIENCE, Gate, then
from tests.store.stories import acknowledge, claim, climb, declare, paged

T = TypeVar("T")


def kill_others(url: str, state: str = "idle in transaction") -> int:
    """End every other session of the database that is in that state."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = %s",
            [state],
        ).fetchall()
    return len(ended)


def plain(url: str) -> str:
    return schema.address(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def test_two_claims_at_once_share_the_rows(replicas: tuple[Store, Store]) -> None:
    one, other = replicas
    for _ in range(4):
        await paged(one)
    gate = Gate()
    half: Callable[[Tx], Any] = lambda tx: tx.claim(Lane.PAGE, NOW, 0.0, 2, NOW - NOW)  # noqa: E731 - passed on twice

    async with gate.held(one.write(then(half, gate))) as first:
        second = await claim(other)

    assert len(first.result()) == 2
    assert len(second) == 2
    assert {each.id for each in first.result()}.isdisjoint(each.id for each in second)


async def test_two_climbers_at_once_fire_each_rung_once(replicas: tuple[Store, Store]) -> None:
    one, other = replicas
    await one.write(declare)
    gate = Gate()

    async with gate.held(one.write(then(climb, gate))) as first:
        assert await other.write(climb) == []

    assert len(first.result()) == 1
    assert await other.write(climb) == []


async def test_whoever_decides_on_an_incident_waits_for_the_one_before(replicas: tuple[Store, Store]) -> None:
    one, other = replicas
    incident = await one.write(declare)
    gate = Gate()

    def version(tx: Tx) -> int:
        found = tx.incident(incident.id)
        assert found is not None
        return found.version

    async with (
        asyncio.TaskGroup() as group,
        gate.held(one.write(then(lambda tx: acknowledge(tx, incident.id), gate))),
    ):
        seen = group.create_task(other.write(version))
        assert await other.read(version) == incident.version

    assert seen.result() == incident.version + 1


async def test_a_claim_does_not_wait_for_a_decision(replicas: tuple[Store, Store]) -> None:
    one, other = replicas
    incident = await paged(one)
    gate = Gate()

    async with gate.held(one.write(then(lambda tx: tx.incident(incident.id), gate))):
        assert len(await claim(other)) == 1


@pytest.mark.row("F01")
async def test_the_same_request_at_two_replicas_counts_once(replicas: tuple[Store, Store]) -> None:
    one, other = replicas
    gate = Gate()
    first: Callable[[Tx], bool] = lambda tx: tx.first_time("Ev1", NOW)  # noqa: E731 - passed on twice

    async with asyncio.TaskGroup() as group, gate.held(one.write(then(first, gate))) as mine:
        theirs = group.create_task(other.write(first))
        await asyncio.wait([theirs], timeout=0.2)
        assert not theirs.done()

    assert (mine.result(), theirs.result()) == (True, False)


async def test_the_same_alert_at_two_replicas_opens_one_incident(replicas: tuple[Store, Store]) -> None:
    one, other = replicas
    gate = Gate()

    def intake(tx: Tx) -> int:
        known = tx.open_for("api")
        return (known or declare(tx, key="api")).number

    async with asyncio.TaskGroup() as group, gate.held(one.write(then(intake, gate))) as mine:
        theirs = group.create_task(other.write(intake))
        await asyncio.wait([theirs], timeout=0.2)

    assert mine.result() == theirs.result()
    assert len(await one.read(lambda tx: tx.open_incidents())) == 1


async def test_numbers_are_never_given_twice(replicas: tuple[Store, Store]) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(store.write(declare)) for _ in range(30) for store in replicas]

    assert len({task.result().number for task in tasks}) == 60


async def test_a_deadlock_is_run_again(replicas: tuple[Store, Store]) -> None:
    one, other = replicas
    first, second = await one.write(declare), await one.write(declare)
    both = threading.Barrier(2)
    tries = []

    def lock(*order: str) -> Callable[[Tx], None]:
        met: list[int] = []

        def work(tx: Tx) -> None:
            tries.append(order)
            tx.incident(order[0])  # type: ignore[arg-type]  # an incident's id
            if not met:
                met.append(both.wait(PATIENCE))
            tx.incident(order[1])  # type: ignore[arg-type]  # an incident's id

        return work

    async with asyncio.TaskGroup() as group:
        group.create_task(one.write(lock(first.id, second.id)))
        group.create_task(other.write(lock(second.id, first.id)))

    assert len(tries) == 3


async def test_paging_has_connections_of_its_own(store_pg: Store) -> None:
    gates = [Gate() for _ in range(WRITERS)]
    incident = await paged(store_pg)
    async with asyncio.TaskGroup() as group:
        for gate in gates:
            group.create_task(store_pg.write(lambda _, gate=gate: gate.wait()))  # type: ignore[misc]  # bound now
        for gate in gates:
            assert await asyncio.to_thread(gate.reached.wait, PATIENCE)
        queued = group.create_task(store_pg.write(declare))

        pages = await claim(store_pg)

        assert [page.incident for page in pages] == [incident.id]
        assert not queued.done()
        for gate in gates:
            gate.open.set()


@pytest.fixture
async def store_pg(postgres_url: str) -> AsyncIterator[Store]:
    store = open_store(postgres_url, auto_migrate=True)
    await store.start()
    yield store
    await store.stop()


@pytest.mark.parametrize("pushed", [True, False])
async def test_what_is_larger_than_a_socket_holds_is_written_at_once(
    store_pg: Store, *, pushed: bool
) -> None:
    keys = [f"{number:05}".ljust(200, "x") for number in range(20_000)]
    tries = []

    def work(tx: Tx) -> int:
        tries.append(1)
        if pushed:
            tx.enqueue([PublishHome(key=key, user=key) for key in keys], NOW)
        return tx.drop(keys)

    dropped = await store_pg.write(work)

    assert (dropped, len(tries)) == (0, 1)


async def test_a_connection_that_is_lost_in_a_transaction_is_replaced(
    store_pg: Store, postgres_url: str
) -> None:
    gate = Gate()
    times = []

    def work(tx: Tx) -> int:
        times.append(1)
        number = declare(tx).number
        tx.open_incidents()
        if len(times) == 1:
            gate.wait()
        return number

    async with gate.held(store_pg.write(work)) as task:
        assert await asyncio.to_thread(kill_others, postgres_url) == 1

    assert len(times) == 2
    found = await store_pg.read(lambda tx: tx.open_incidents())
    assert [incident.number for incident in found] == [task.result()]


@pytest.mark.row("F37")
async def test_a_commit_whose_answer_is_lost_is_made_once(store_pg: Store, postgres_url: str) -> None:
    """A deferred trigger ends the session within the COMMIT; afterwards the same work goes through."""
    with psycopg.connect(plain(postgres_url), autocommit=True) as connection:
        connection.execute(
            """
            CREATE SEQUENCE times;
            CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF nextval('times') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON inbox
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut();
            """
        )

    assert await store_pg.write(lambda tx: tx.first_time("Ev1", NOW))
    assert not await store_pg.write(lambda tx: tx.first_time("Ev1", NOW))


@pytest.mark.row("F34")
@pytest.mark.chaos
async def test_a_crashed_server_is_waited_for_and_loses_nothing(private_postgres: Cluster) -> None:
    store = open_store(private_postgres.url(private_postgres.create_database()), auto_migrate=True)
    await store.start()
    before = [await store.write(declare) for _ in range(3)]

    def crash() -> None:
        private_postgres.crash()
        private_postgres.start()

    async with asyncio.TaskGroup() as group:
        crashing = group.create_task(asyncio.to_thread(crash))
        during = []
        while not crashing.done():
            during.append(await store.write(declare))

    found = await store.read(lambda tx: tx.open_incidents())
    assert {incident.number for incident in found} >= {each.number for each in before + during}
    assert len({incident.id for incident in found}) == len(found)
    await store.stop()


@pytest.mark.chaos
async def test_a_server_that_stays_away_is_told_plainly(
    private_postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.postgres.PATIENCE", 0.5)
    store = open_store(private_postgres.url(private_postgres.create_database()), auto_migrate=True)
    await store.start()
    private_postgres.crash()

    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        await store.write(declare)

    private_postgres.start()
    await store.write(declare)
    await store.stop()


async def test_a_row_that_is_held_too_long_is_told_and_not_waited_for(replicas: tuple[Store, Store]) -> None:
    one, other = replicas
    incident = await one.write(declare)
    gate = Gate()

    async with gate.held(one.write(then(lambda tx: tx.incident(incident.id), gate))):
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            await other.write(lambda tx: tx.incident(incident.id))


async def test_a_read_cannot_write(store_pg: Store) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        await store_pg.read(lambda tx: tx.enqueue([PublishHome(key="home:U1", user="U1")], NOW))


@pytest.mark.row("F50")
async def test_a_migration_does_not_wait_long_for_a_lock(postgres_url: str) -> None:
    schema.migrate(postgres_url)
    with psycopg.connect(plain(postgres_url)) as connection:
        connection.execute("LOCK TABLE alembic_version")

        with pytest.raises(StoreUnavailable, match=r"try again.*lock timeout"):
            schema.migrate(postgres_url)
