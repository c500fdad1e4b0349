"""The dispatcher on a real database, with a provider that does as it is told."""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest

from bot.domain.configuration import Configuration
from bot.domain.effects import Effect, Lane, PagePerson
from bot.errors import DeliveryError, Outcome
from bot.metrics import Metrics
from bot.ports import Carrier, Job, Receipt, Store
from bot.ports.outbox import GUARD
from bot.workers.crowd import MANY, Crowd
from bot.workers.dispatcher import GATHER, LEASES, LONGEST_WAIT, SHORTEST_WAIT, STAND_BACK, Dispatcher
from bot.workers.ledger import Ledger
from tests.examples import MINUTE, NOW, PAYMENTS, ROSTER
from tests.store.stories import LEASE, SECOND, acknowledge, claim, declare, paged
from tests.store.test_ledger import Counting
from tests.store.world import SetClock

IN_FORCE = Configuration(roster=ROSTER, services={PAYMENTS.id: PAYMENTS}, default_service=PAYMENTS.id)


class Provider:
    """Takes everything, unless it was told otherwise; remembers what it was asked."""

    def __init__(self) -> None:
        self.carried: list[Job] = []
        self.asked: list[Job] = []
        self.failure: BaseException | None = None
        self.doubt: BaseException | None = None
        self.has: Receipt | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.most = self.now = 0

    async def carry(self, job: Job) -> Receipt:
        self.carried.append(job)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.open.wait()
        finally:
            self.now -= 1
        if self.failure is not None:
            raise self.failure
        return Receipt()

    async def look_up(self, job: Job) -> Receipt | None:
        self.asked.append(job)
        await self.open.wait()
        if self.doubt is not None:
            raise self.doubt
        return self.has


class Road:
    """A dispatcher of one lane and what is around it."""

    def __init__(self, store: Store, lane: Lane = Lane.PAGE, *, limit: int = 32) -> None:
        self.clock = SetClock(NOW)
        self.provider = Provider()
        self.metrics = Metrics()
        self.crowd = Crowd(self.clock)
        self.carrier: Callable[[Effect], Carrier | None] = lambda _: self.provider
        self.dispatcher = Dispatcher(
            lane=lane,
            store=store,
            clock=self.clock,
            configuration=lambda: IN_FORCE,
            carriers=self._choose,
            ledger=Ledger(store, self.clock, lambda: None, self.metrics, random.Random(7)),
            crowd=self.crowd,
            notices=lambda: ["Slack is slow"],
            limit=limit,
        )

    def _choose(self, effect: Effect) -> Carrier | None:
        return self.carrier(effect)

    def count(self, outcome: str) -> float:
        labels = {"kind": "page_person", "outcome": outcome}
        return self.metrics.registry.get_sample_value("tocsin_deliveries_total", labels) or 0.0


@pytest.fixture
def lane(store: Store) -> Road:
    return Road(store)


async def test_what_is_ready_is_carried_and_recorded(store: Store, lane: Road) -> None:
    incident = await paged(store)

    assert await lane.dispatcher.drain() == 1

    (job,) = lane.provider.carried
    assert isinstance(job.claim.effect, PagePerson)
    assert (job.incident, job.person, job.method) == (
        await store.read(lambda tx: tx.incident(incident.id)),
        ROSTER.people[job.claim.effect.person],
        ROSTER.people[job.claim.effect.person].methods[0],
    )
    assert job.claim.lease == LEASES[Lane.PAGE]
    assert lane.count("accepted") == 1
    assert lane.provider.asked == []
    assert await lane.dispatcher.drain() == 0


async def test_what_may_have_got_through_is_looked_up_and_not_sent_again(store: Store, lane: Road) -> None:
    await paged(store)
    await claim(store)
    lane.clock.at = NOW + LEASE
    lane.provider.has = Receipt()

    await lane.dispatcher.drain()

    assert (len(lane.provider.asked), len(lane.provider.carried)) == (1, 0)
    assert lane.count("accepted") == 1
    assert await claim(store, at=NOW + 2 * LEASE) == []


async def test_what_did_not_get_through_is_sent(store: Store, lane: Road) -> None:
    await paged(store)
    await claim(store)
    lane.clock.at = NOW + LEASE

    await lane.dispatcher.drain()

    assert (len(lane.provider.asked), len(lane.provider.carried)) == (1, 1)


async def test_while_the_look_up_fails_nothing_is_sent(store: Store, lane: Road) -> None:
    await paged(store)
    await claim(store)
    lane.clock.at = NOW + LEASE
    lane.provider.doubt = DeliveryError(Outcome.NOT_SENT, "refused", retry_after=20 * SECOND)

    await lane.dispatcher.drain()

    numbers = [
        job.claim.effect.number for job in lane.provider.carried if isinstance(job.claim.effect, PagePerson)
    ]
    assert numbers == [1], "the next method joins in, for the provider wants to be left alone for long"
    assert lane.count("unknown") == 1
    assert await claim(store, at=NOW + LEASE + 19 * SECOND, limit=1) == []
    (again,) = await claim(store, at=NOW + LEASE + 20 * SECOND, limit=1)
    assert (again.uncertain, again.doubted_at) == (True, NOW + LEASE)


async def test_a_provider_that_can_never_be_asked_is_sent_to(store: Store, lane: Road) -> None:
    await paged(store)
    await claim(store)
    lane.clock.at = NOW + LEASE
    lane.provider.doubt = DeliveryError(Outcome.REJECTED, "missing_scope")

    await lane.dispatcher.drain()

    assert len(lane.provider.carried) == 1
    assert lane.count("accepted") == 1


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (DeliveryError(Outcome.NOT_SENT, "refused"), "not_sent"),
        (DeliveryError(Outcome.UNKNOWN, "reset"), "unknown"),
        (DeliveryError(Outcome.REJECTED, "gone"), "rejected"),
        (ZeroDivisionError("a mistake of ours"), "unknown"),
    ],
)
async def test_every_failure_is_recorded_as_what_it_means(
    store: Store, lane: Road, failure: Exception, outcome: str
) -> None:
    await paged(store)
    lane.provider.failure = failure
    lane.carrier = once(lane)

    await lane.dispatcher.drain()

    assert lane.count(outcome) == 1


def once(lane: Road) -> Callable[[Effect], Carrier | None]:
    """The provider fails a single time: what is drained again gets through."""
    first = lane.provider
    later = Provider()

    def choose(effect: Effect) -> Carrier:
        return later if first.carried else first

    return choose


async def test_a_way_that_is_not_configured_is_refused_for_good(store: Store, lane: Road) -> None:
    await paged(store)
    lane.carrier = lambda _: None

    assert await lane.dispatcher.drain() == 2  # the second method is due at once, and is not there either

    dead = await store.read(lambda tx: tx.dead_letters())
    assert {letter.reason for letter in dead} == {"page_person is not configured"}


class Creeping(SetClock):
    """A clock of a process that stood still between the claim and the send."""

    lost = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.lost


@pytest.mark.parametrize(("beyond", "sent"), [(0.0, True), (0.001, False)])
async def test_what_was_claimed_too_long_ago_is_given_back_unsent(
    store: Store, beyond: float, *, sent: bool
) -> None:
    lane = Road(store)
    clock = Creeping(NOW)
    lane.dispatcher._clock = clock
    await paged(store)
    (job,) = await lane.dispatcher._claim(10)
    clock.lost = GUARD * LEASES[Lane.PAGE].total_seconds() + beyond

    await lane.dispatcher._carry(job)

    assert bool(lane.provider.carried) is sent
    assert bool(await claim(store, limit=1)) is not sent


async def test_no_more_than_the_limit_is_on_the_wire(store: Store) -> None:
    for _ in range(7):
        await paged(store)
    lane, stop = Road(store, limit=3), asyncio.Event()
    lane.provider.open.clear()

    async with asyncio.TaskGroup() as group:
        group.create_task(lane.dispatcher.run(stop))
        await until(lambda: lane.provider.now == 3)
        busy = lane.dispatcher.idle
        lane.provider.open.set()
        await until(lambda: len(lane.provider.carried) == 7 and lane.dispatcher.idle)
        stop.set()
        lane.dispatcher.bell.ring()

    assert (lane.provider.most, busy, lane.dispatcher._free) == (3, False, 3)
    assert lane.dispatcher.idle
    assert await claim(store, at=NOW + LEASE, limit=99) == []


async def until(true: Callable[[], bool]) -> None:
    """Look until it is so."""
    async with asyncio.timeout(20):
        while not true():
            await asyncio.to_thread(lambda: None)


async def test_told_to_end_it_waits_for_what_is_on_the_wire(store: Store, lane: Road) -> None:
    await paged(store)
    stop = asyncio.Event()
    lane.provider.open.clear()

    async with asyncio.TaskGroup() as group:
        running = group.create_task(lane.dispatcher.run(stop))
        await until(lambda: lane.provider.now == 1)
        stop.set()
        lane.dispatcher.bell.ring()
        await asyncio.wait([running], timeout=0.05)
        still = not running.done()
        lane.provider.open.set()

    assert still
    assert lane.count("accepted") == 1


async def test_it_sleeps_until_the_next_is_due_but_a_second_at_most(store: Store, lane: Road) -> None:
    async with asyncio.TaskGroup() as wire:
        assert await lane.dispatcher._round(wire) == LONGEST_WAIT
        incident = await paged(store)
        await claim(store)
        lane.clock.at = NOW + LEASE - SECOND / 2
        assert await lane.dispatcher._round(wire) == pytest.approx(0.5)
        lane.clock.at = NOW + LEASE - SECOND * 5
        assert await lane.dispatcher._round(wire) == LONGEST_WAIT
        await store.write(lambda tx: acknowledge(tx, incident.id))


async def test_others_stand_back_while_a_crowd_of_pages_passes(store: Store) -> None:
    await store.write(declare)
    chat, page = Road(store, Lane.CHAT), Road(store, Lane.PAGE)
    chat.crowd.seen(MANY)
    page.crowd.seen(MANY)
    async with asyncio.TaskGroup() as wire:
        assert await chat.dispatcher._round(wire) == STAND_BACK
        assert await page.dispatcher._round(wire) != STAND_BACK

    assert chat.provider.carried == []


async def test_many_pages_at_once_are_a_crowd(store: Store) -> None:
    for _ in range(MANY):
        await paged(store)
    lane = Road(store)

    async with asyncio.TaskGroup() as wire:
        await lane.dispatcher._round(wire)

    assert lane.crowd.passing
    assert len(lane.provider.carried) == MANY


async def test_a_claim_for_little_room_waits_a_moment_for_more(store: Store) -> None:
    lane = Road(store, limit=8)
    lane.provider.open.clear()
    for _ in range(7):
        await paged(store)

    async with asyncio.TaskGroup() as wire:
        await lane.dispatcher._round(wire)
        await paged(store)
        waits = await lane.dispatcher._round(wire)
        before = lane.dispatcher._free
        lane.clock.at += timedelta(seconds=GATHER)
        await lane.dispatcher._round(wire)
        after = lane.dispatcher._free
        lane.provider.open.set()

    assert (waits, before, after) == (GATHER, 1, 0)
    assert len(lane.provider.carried) == 8


async def test_without_room_it_waits_to_be_told(store: Store) -> None:
    lane = Road(store, limit=1)
    lane.provider.open.clear()
    for _ in range(2):
        await paged(store)

    async with asyncio.TaskGroup() as wire:
        full = [await lane.dispatcher._round(wire) for _ in range(2)]
        lane.provider.open.set()

    assert full == [LONGEST_WAIT, LONGEST_WAIT]
    assert len(lane.provider.carried) == 1


async def test_while_there_is_room_it_looks_again_soon(store: Store, lane: Road) -> None:
    await paged(store)

    async with asyncio.TaskGroup() as wire:
        assert await lane.dispatcher._round(wire) == SHORTEST_WAIT


@pytest.mark.parametrize("which", [Lane.PAGE, Lane.CHAT])
async def test_only_pages_use_the_connections_that_are_kept_for_pages(store: Store, which: Lane) -> None:
    await paged(store)
    counting = Counting(store)
    lane = Road(cast("Store", counting), which)
    clock = Creeping(NOW)
    lane.dispatcher._clock = clock

    job, *_ = await lane.dispatcher._claim(1)
    clock.lost = 60.0
    await lane.dispatcher._carry(job)

    assert lane.provider.carried == []
    assert counting.paging == [which is Lane.PAGE] * 2


def test_leases_are_as_long_as_their_providers_may_take() -> None:
    assert {lane: lease.total_seconds() for lane, lease in LEASES.items()} == {
        Lane.PAGE: 15,
        Lane.CHAT: 15,
        Lane.TRACKER: 60,
    }
    assert GUARD == 0.4


async def test_no_answer_in_time_may_mean_that_it_arrived(store: Store, lane: Road) -> None:
    await paged(store)
    lane.dispatcher._lease = timedelta(seconds=0.1)
    lane.provider.open.clear()
    job, *_ = await lane.dispatcher._claim(1)

    await lane.dispatcher._carry(job)

    assert lane.count("unknown") == 1
    (again,) = await claim(store, at=NOW + MINUTE, limit=1)
    assert again.uncertain
