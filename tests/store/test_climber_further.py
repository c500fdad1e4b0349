"""The climber goes on: after a look that failed, and past a wake that cannot be decided."""

import asyncio
from collections.abc import Iterator
from typing import TypeVar, cast

import pytest

from bot import failpoints
from bot.domain.incident import Status
from bot.errors import Away, StoreUnavailable
from bot.ports import Store
from bot.workers.climber import TIME_LIMIT
from bot.workers.watchdog import LIMIT
from tests.examples import MINUTE, NOW
from tests.store.stories import SECOND, acknowledge, declare, paged
from tests.store.test_climber_turns import Failing, Tower, now
from tests.store.test_dispatcher import until

T = TypeVar("T")


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    failpoints.arm("")


async def test_what_is_due_is_looked_for_on_the_connections_that_are_kept_for_pages(store: Store) -> None:
    tower, looking = Tower(store), Failing(store)
    tower.climber._store = cast("Store", looking)

    await tower.climber.tick()

    assert looking.paging == [True]


async def test_after_a_look_that_failed_it_looks_again_though_nobody_rings(store: Store) -> None:
    incident = await store.write(declare)
    tower, stop = Tower(store), asyncio.Event()
    tower.store.failures = [StoreUnavailable("full", Away.FULL)]

    async with asyncio.TaskGroup() as group:
        group.create_task(tower.climber.run(stop))
        await until(lambda: tower.fired == 1)
        stop.set()
        tower.climber.bell.ring()

    assert tower.climber.ticks_failed == 1
    assert (await now(store, incident.id)).due_at == NOW + 5 * MINUTE


async def test_a_wake_that_cannot_be_decided_is_tried_again_in_a_minute_and_pages_nobody(
    store: Store,
) -> None:
    tower = Tower(store)
    incident = await paged(store)
    held = await store.write(lambda tx: acknowledge(tx, incident.id))
    assert held.wake_at is not None
    tower.clock.at = held.wake_at
    failpoints.arm("climb:raise")

    await tower.climber.tick()

    after = await now(store, incident.id)
    assert (after.status, after.wake_at, after.due_at) == (Status.ACKNOWLEDGED, held.wake_at + MINUTE, None)
    tower.clock.at += MINUTE - SECOND
    await tower.climber.tick()
    assert (await now(store, incident.id)).status is Status.ACKNOWLEDGED
    tower.clock.at += SECOND
    await tower.climber.tick()
    assert (await now(store, incident.id)).status is Status.TRIGGERED


async def test_a_climb_that_could_not_be_decided_once_pages_in_a_minute_as_it_would_have(
    store: Store,
) -> None:
    tower = Tower(store)
    incident = await store.write(declare)
    failpoints.arm("climb:raise")

    await tower.climber.tick()
    stuck = await now(store, incident.id)
    tower.clock.at = NOW + MINUTE
    await tower.climber.tick()

    assert stuck.escalation is not None
    assert (stuck.escalation.stuck, stuck.due_at) == (True, NOW + MINUTE)
    assert (await now(store, incident.id)).due_at == NOW + 6 * MINUTE


def test_a_look_whose_every_step_hangs_ends_before_the_watchdog_ends_the_process() -> None:
    assert 3 * TIME_LIMIT <= LIMIT
