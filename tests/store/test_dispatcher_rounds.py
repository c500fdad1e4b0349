"""The dispatcher's rounds: how much it takes on at once, how long it waits, and what the trail says of it."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar, cast

import pytest

from bot.domain.effects import Lane
from bot.errors import DeliveryError, Outcome, StoreUnavailable
from bot.ports import Job, Receipt, Store, Tx
from bot.ports.outbox import GUARD
from bot.store.outbox import FOUND
from bot.workers.bell import Bell
from bot.workers.dispatcher import (
    GATHER,
    LEASES,
    LONGEST_WAIT,
    SHORTEST_WAIT,
    STAND_BACK,
    UNSETTLED,
)
from bot.workers.ledger import Ledger
from tests.examples import MINUTE, NOW
from tests.store.stories import LEASE, SECOND, claim, paged
from tests.store.test_dispatcher import Creeping, Provider, Road, until

T = TypeVar("T")


class Gate:
    """A store whose writes wait while it is shut, or fail; remembers on whose connections they were made.

    With `due` nothing is claimed, and so much is said to be due.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.open = asyncio.Event()
        self.open.set()
        self.failures = list[Exception]()
        self.writes = 0
        self.writing = list[bool]()
        self.due: datetime | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        self.writes += 1
        self.writing.append(page)
        await self.open.wait()
        if self.failures:
            raise self.failures.pop(0)
        if self.due is not None:
            return cast("T", ([], self.due))
        return await self._store.write(work, page=page)


class Slow:
    """A ledger that needs until it is told to be quick."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.recorded = 0

    async def sent(self, _job: Job, _receipt: Receipt) -> None:
        await self.open.wait()
        self.recorded += 1


class Counted(Bell):
    """A bell that knows how often it was rung."""

    def __init__(self) -> None:
        super().__init__()
        self.rings = 0

    def ring(self) -> None:
        self.rings += 1
        super().ring()


def through(store: Store, gate: Gate, lane: Lane = Lane.PAGE, *, limit: int = 32) -> Road:
    """A road whose dispatcher comes to the store through the gate; its ledger does not."""
    road = Road(store, lane, limit=limit)
    road.dispatcher._store = cast("Store", gate)
    return road


async def told(store: Store) -> list[tuple[str, str]]:
    """What the trail says of the attempts at Ann's first page."""
    incident = (await store.read(lambda tx: tx.open_incidents()))[0]
    pages = [
        each for each in await store.read(lambda tx: tx.deliveries(incident.id)) if each.lane is Lane.PAGE
    ]
    return [(each.outcome, each.reason) for each in pages[0].attempts]


def test_no_pause_is_so_long_that_a_page_would_be_late() -> None:
    assert LONGEST_WAIT == 1.0
    assert max(SHORTEST_WAIT, STAND_BACK, GATHER) <= 0.05


async def test_a_dispatcher_is_busy_while_it_claims(store: Store) -> None:
    gate = Gate(store)
    road = through(store, gate)
    assert road.dispatcher.idle, "it has not begun"
    await paged(store)
    gate.open.clear()

    async with asyncio.TaskGroup() as wire, asyncio.TaskGroup() as group:
        group.create_task(road.dispatcher._round(wire))
        await until(lambda: gate.writes == 1)
        busy = road.dispatcher.idle
        gate.open.set()

    assert (busy, road.dispatcher.idle) == (False, True)
    assert len(road.provider.carried) == 1


async def test_one_that_waits_to_be_recorded_keeps_it_busy(store: Store) -> None:
    road, slow = Road(store), Slow()
    road.dispatcher._ledger = cast("Ledger", slow)
    await paged(store)

    async with asyncio.TaskGroup() as wire:
        await road.dispatcher._round(wire)
        await until(lambda: road.dispatcher._free == 32 and len(road.provider.carried) == 1)
        busy = road.dispatcher.idle
        slow.open.set()

    assert (busy, road.dispatcher.idle, slow.recorded) == (False, True, 1)


async def test_the_wire_is_free_for_the_next_one_while_one_is_recorded(store: Store) -> None:
    road, slow, bell = Road(store, limit=1), Slow(), Counted()
    road.dispatcher._ledger = cast("Ledger", slow)
    road.dispatcher.bell = bell
    await paged(store)

    async with asyncio.TaskGroup() as wire:
        await road.dispatcher._round(wire)
        await until(lambda: road.dispatcher._free == 1)
        carried = bell.rings
        slow.open.set()

    assert (carried, bell.rings) == (1, 2)


async def test_only_so_many_wait_to_be_recorded(store: Store) -> None:
    """A database that takes nothing is not given ever more to remember."""
    road, slow = Road(store, limit=1), Slow()
    road.dispatcher._ledger = cast("Ledger", slow)
    for _ in range(10):
        await paged(store)

    async with asyncio.TaskGroup() as wire:
        waits = []
        for _ in range(10):
            waits.append(await road.dispatcher._round(wire))
            await until(lambda: road.provider.now == 0 and road.dispatcher._free == 1)
        carried = len(road.provider.carried)
        slow.open.set()

    assert carried == UNSETTLED == 8
    assert waits[8:] == [LONGEST_WAIT, LONGEST_WAIT]


@pytest.mark.parametrize(("room", "taken"), [(1, 0), (2, 2)])
async def test_a_quarter_of_the_room_is_enough_for_a_claim_at_once(
    store: Store, room: int, *, taken: int
) -> None:
    road = Road(store, limit=8)
    road.clock.at = NOW + 5 * SECOND
    road.provider.open.clear()
    for _ in range(8 - room):
        await paged(store)

    async with asyncio.TaskGroup() as wire:
        await road.dispatcher._round(wire)
        assert road.dispatcher._room == room
        for _ in range(2):
            await paged(store)
        await road.dispatcher._round(wire)
        more = room - road.dispatcher._room
        road.provider.open.set()

    assert more == taken


@pytest.mark.parametrize("failure", [StoreUnavailable("away"), ValueError("a mistake of ours")])
async def test_a_round_that_failed_is_followed_by_another_though_nobody_rings(
    store: Store, failure: Exception
) -> None:
    gate, stop = Gate(store), asyncio.Event()
    gate.failures = [failure]
    road = through(store, gate)
    await paged(store)

    async with asyncio.TaskGroup() as group:
        group.create_task(road.dispatcher.run(stop))
        await until(lambda: len(road.provider.carried) == 1 and road.dispatcher.idle)
        stop.set()
        road.dispatcher.bell.ring()

    assert gate.failures == []
    assert await claim(store, at=NOW + LEASE) == []


@pytest.mark.parametrize("before", [0, 5])
async def test_what_is_due_and_cannot_be_taken_is_not_asked_for_without_a_pause(
    store: Store, before: int
) -> None:
    gate = Gate(store)
    gate.due = NOW - before * SECOND
    road = through(store, gate)

    async with asyncio.TaskGroup() as wire:
        assert await road.dispatcher._round(wire) == LONGEST_WAIT


@pytest.mark.parametrize("lane", [Lane.PAGE, Lane.CHAT])
async def test_only_pages_are_looked_for_on_the_connections_that_are_kept_for_pages(
    store: Store, lane: Lane
) -> None:
    gate = Gate(store)
    road = through(store, gate, lane)

    async with asyncio.TaskGroup() as wire:
        await road.dispatcher._round(wire)

    assert gate.writing == [lane is Lane.PAGE]


@pytest.mark.parametrize(("beyond", "sent"), [(0.0, True), (0.001, False)])
async def test_the_guard_counts_from_the_claim_and_not_from_the_start(
    store: Store, beyond: float, *, sent: bool
) -> None:
    road = Road(store)
    clock = Creeping(NOW)
    road.dispatcher._clock = clock
    clock.at = NOW + MINUTE / 2
    await paged(store)
    (job,) = await road.dispatcher._claim(1)
    clock.lost = GUARD * LEASES[Lane.PAGE].total_seconds() + beyond

    await road.dispatcher._carry(job)

    assert bool(road.provider.carried) is sent


class Dawdling(Provider):
    """A provider that answers, but not at once."""

    async def carry(self, job: Job) -> Receipt:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await asyncio.Event().wait()
        return await super().carry(job)


async def test_a_provider_may_take_its_part_of_the_lease(store: Store) -> None:
    road = Road(store)
    road.provider = Dawdling()
    await paged(store)

    await road.dispatcher.drain()

    assert (road.count("accepted"), road.count("unknown")) == (1, 0)


async def test_the_trail_says_what_a_look_up_found(store: Store) -> None:
    await paged(store)
    await claim(store)
    road = Road(store)
    road.clock.at = NOW + LEASE
    road.provider.has = Receipt(provider_id="D1:1")

    await road.dispatcher.drain()

    assert await told(store) == [("sent", FOUND)]


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (ZeroDivisionError("secret"), ("unknown", "internal error")),
        (DeliveryError(Outcome.NOT_SENT, "refused"), ("not sent", "refused")),
        (DeliveryError(Outcome.UNKNOWN, "reset"), ("unknown", "reset")),
        (DeliveryError(Outcome.REJECTED, "gone"), ("rejected", "gone")),
    ],
)
async def test_the_trail_says_how_an_attempt_ended(
    store: Store, failure: Exception, said: tuple[str, str]
) -> None:
    await paged(store)
    road = Road(store)
    road.provider.failure = failure
    (job,) = await road.dispatcher._claim(1)

    await road.dispatcher._carry(job)

    assert await told(store) == [said]


async def test_the_trail_says_that_no_answer_came(store: Store) -> None:
    await paged(store)
    road = Road(store)
    road.dispatcher._lease = SECOND / 20
    road.provider.open.clear()
    (job,) = await road.dispatcher._claim(1)

    await road.dispatcher._carry(job)

    assert await told(store) == [("unknown", "no answer in time")]
