"""The climber's turns: how far a look goes, how long it sleeps, and what it does when the database fails."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar, cast

import pytest

from bot.domain import commands as c
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident, Status, Via
from bot.domain.timeline import EntryKind
from bot.errors import Away, StoreUnavailable
from bot.ports import Store, Tx
from bot.workers.climber import BATCH, LONGEST_WAIT, Climber
from bot.workers.crowd import MANY, Crowd
from tests.examples import MINUTE, NOW, actor
from tests.store.stories import SECOND, acknowledge, declare, obey, paged
from tests.store.test_climber import BROKEN, CONFIGURATION
from tests.store.world import SetClock

T = TypeVar("T")


class Failing:
    """A store that fails so many times, for a reason; remembers whose connections were used."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.failures: list[Exception] = []
        self.paging: list[bool] = []
        self.noted: Callable[[], None] = lambda: None

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        self.paging.append(page)
        self.noted()
        if self.failures:
            raise self.failures.pop(0)
        return await self._store.write(work, page=page)


class Tower:
    """A climber and what is around it."""

    def __init__(self, store: Store) -> None:
        self.clock = SetClock(NOW)
        self.store = Failing(store)
        self.crowd = Crowd(self.clock)
        self.fired = 0
        self.climber = Climber(
            cast("Store", self.store), self.clock, lambda: CONFIGURATION, self._fire, self.crowd
        )

    def _fire(self) -> None:
        self.fired += 1

    async def turn(self) -> None:
        """One turn of its loop, and the end."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.climber.run(stop))
            await asyncio.to_thread(lambda: None)
            stop.set()
            self.climber.bell.ring()


@pytest.fixture
def tower(store: Store) -> Tower:
    return Tower(store)


async def now(store: Store, incident: IncidentId) -> Incident:
    found = await store.read(lambda tx: tx.incident(incident))
    assert found is not None
    return found


async def test_a_look_fires_what_is_due_and_tells_those_who_carry(store: Store, tower: Tower) -> None:
    incident = await store.write(declare)

    wait = await tower.climber.tick()

    assert (await now(store, incident.id)).due_at == NOW + 5 * MINUTE
    assert (wait, tower.fired, tower.store.paging) == (LONGEST_WAIT, 1, [True])
    await tower.climber.tick()
    assert tower.fired == 1, "nothing was fired, so nobody is woken"


async def test_it_sleeps_until_the_next_is_due_but_a_second_at_most(store: Store, tower: Tower) -> None:
    assert await tower.climber.tick() == LONGEST_WAIT
    await paged(store)
    tower.clock.at = NOW + 5 * MINUTE - SECOND / 4
    assert await tower.climber.tick() == pytest.approx(0.25)
    tower.clock.at = NOW + 5 * MINUTE - timedelta(microseconds=1)
    assert await tower.climber.tick() == 0.002


async def test_an_acknowledgement_that_ends_makes_the_ladder_begin_again(store: Store, tower: Tower) -> None:
    incident = await paged(store)
    held = await store.write(lambda tx: acknowledge(tx, incident.id))
    assert held.wake_at is not None
    tower.clock.at = held.wake_at - SECOND
    await tower.climber.tick()
    assert (await now(store, incident.id)).status is Status.ACKNOWLEDGED

    tower.clock.at = held.wake_at
    await tower.climber.tick()

    woken = await now(store, incident.id)
    assert (woken.status, woken.due_at, woken.epoch) == (Status.TRIGGERED, held.wake_at, 2)


async def test_a_crowd_takes_as_many_batches_as_it_takes(store: Store, tower: Tower) -> None:
    await store.write(lambda tx: [declare(tx) for _ in range(BATCH + 1)])

    await tower.climber.tick()

    assert tower.store.paging == [True, True]
    assert tower.fired == 2
    assert tower.crowd.passing is (MANY <= 1 or tower.crowd.passing)
    due = await store.read(lambda tx: tx.next_climb())
    assert due == NOW + 5 * MINUTE
    assert BATCH == 200


async def test_many_rungs_at_once_are_a_crowd(store: Store, tower: Tower) -> None:
    await store.write(lambda tx: [declare(tx) for _ in range(MANY)])
    assert not tower.crowd.passing

    await tower.climber.tick()

    assert tower.crowd.passing


async def test_the_time_of_the_last_look_is_known(store: Store, tower: Tower) -> None:
    assert (tower.climber.last_tick, tower.climber.last_turn, tower.climber.ticks_failed) == (0.0, 0.0, 0)
    tower.clock.at = NOW + 7 * SECOND
    await tower.climber.tick()
    assert tower.climber.last_tick == 7.0

    tower.clock.at = NOW + 9 * SECOND
    tower.store.failures = [ValueError("x")] * 9
    await tower.turn()

    assert (tower.climber.last_tick, tower.climber.last_turn) == (7.0, 9.0)
    assert await store.read(lambda tx: tx.open_incidents()) == []


@pytest.mark.parametrize(
    ("failure", "away", "climbed"),
    [
        (ValueError("poison"), None, True),
        (StoreUnavailable("broken", Away.BROKEN), Away.BROKEN, True),
        (TimeoutError(), Away.SILENT, True),
        (StoreUnavailable("full", Away.FULL), Away.FULL, False),
    ],
)
async def test_after_a_look_that_failed_each_is_climbed_by_itself_unless_that_is_in_vain(
    store: Store, tower: Tower, failure: Exception, away: Away | None, *, climbed: bool
) -> None:
    incidents = [await store.write(declare) for _ in range(2)]
    tower.store.failures = [failure]

    await tower.turn()

    assert (tower.climber.ticks_failed, tower.climber.away) == (1, None if climbed else away)
    assert tower.fired == (2 if climbed else 0)
    assert set(tower.store.paging) == {True}
    due = {(await now(store, incident.id)).due_at for incident in incidents}
    assert due == {NOW + 5 * MINUTE if climbed else NOW}


async def test_a_database_that_is_back_is_not_away(store: Store, tower: Tower) -> None:
    tower.store.failures = [StoreUnavailable("full", Away.FULL)]
    told = []
    for _ in range(2):
        await tower.turn()
        told.append(tower.climber.away)

    assert told == [Away.FULL, None]
    assert tower.climber.ticks_failed == 1


async def test_what_was_dealt_with_meanwhile_is_not_climbed_by_itself(store: Store, tower: Tower) -> None:
    incident = await store.write(declare)
    await store.write(lambda tx: obey(tx, incident.id, c.Resolve(by=actor("ann"), via=Via.CARD)))

    assert not await store.write(lambda tx: tower.climber._one(tx, incident.id))
    assert not await store.write(lambda tx: tower.climber._one(tx, IncidentId("unknown")))


async def test_a_climb_that_cannot_be_decided_is_put_off_for_a_minute_and_told(
    store: Store, tower: Tower
) -> None:
    incident = await store.write(lambda tx: declare(tx, service=BROKEN))

    await tower.climber.tick()

    after = await now(store, incident.id)
    assert after.due_at == NOW + MINUTE
    assert after.escalation is not None
    assert after.escalation.stuck
    entries = await store.read(lambda tx: tx.timeline(incident.id))
    assert (entries[-1].kind, dict(entries[-1].facts)) == (
        EntryKind.GIVEN_UP,
        {"what": "climbing the ladder", "reason": "internal error"},
    )


async def test_a_start_that_took_long_leaves_the_first_look_its_time(store: Store, tower: Tower) -> None:
    tower.clock.at = NOW + 40 * SECOND
    turns = list[float]()
    tower.store.failures = [StoreUnavailable("full", Away.FULL)]
    tower.store.noted = lambda: turns.append(tower.climber.last_turn)

    await tower.turn()

    assert turns[0] == 40.0


async def test_a_database_that_was_closed_for_good_is_no_turn(store: Store, tower: Tower) -> None:
    tower.store.noted = lambda: setattr(tower.clock, "at", NOW + 40 * SECOND)
    tower.store.failures = [StoreUnavailable("the thread has ended", Away.CLOSED)] * 9

    await tower.turn()

    assert (tower.climber.away, tower.climber.last_turn) == (Away.CLOSED, 0.0)
