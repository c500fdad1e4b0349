"""Clocks that jump, sleep or disagree, and rungs that fire on time all the same."""

import asyncio
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.clock import SLEW, Clock, SteadyClock, wall_seconds
from bot.domain.commands import Resolve
from bot.domain.configuration import Configuration
from bot.domain.effects import Lane, PagePerson
from bot.domain.incident import Via
from bot.domain.ladder import Ladder
from bot.domain.timeline import EntryKind
from bot.metrics import Metrics
from bot.ports import Job, Receipt, Store, Tx
from bot.service import ByNumber, Desk
from bot.workers.climber import Climber
from bot.workers.crowd import Crowd
from bot.workers.dispatcher import Dispatcher
from bot.workers.ledger import Ledger
from bot.workers.timekeeper import ALARM, JUMP, JUST_STARTED, NEVER_SET, Timekeeper
from tests.examples import LADDER, PAYMENTS, ROSTER, actor, alert, rung, to
from tests.machine import Machine

CONFIGURATION = Configuration(roster=ROSTER, services={PAYMENTS.id: PAYMENTS}, default_service=PAYMENTS.id)
LEASE = timedelta(seconds=15)


@dataclass(kw_only=True)
class Watch:
    """A bot's inside: a clock and whoever keeps it, a desk and a climber."""

    store: Store
    clock: SteadyClock
    counts_sleep: bool = True
    configuration: Configuration = CONFIGURATION
    alarms: list[str] = field(default_factory=list)
    over: int = 0

    def __post_init__(self) -> None:
        self.keeper = Timekeeper(self.store, self.clock, self, counts_sleep=self.counts_sleep)
        self.desk = Desk(self.store, self.clock, lambda: self.configuration, lambda: None)
        self.climber = Climber(
            self.store, self.clock, lambda: self.configuration, lambda: None, Crowd(self.clock)
        )

    async def opened(self, *fingerprints: str) -> None:
        for each in fingerprints or ("f1",):
            await self.desk.ingest(f"request {each}", [alert(fingerprint=each)], PAYMENTS.id)
        await self.climber.tick()

    async def second(self) -> None:
        await self.keeper.look()
        await self.climber.tick()

    async def fired(self, number: int = 1) -> list[datetime]:
        """When the rungs of an incident fired, as the store tells it."""
        incident = await self.desk.find(ByNumber(number=number))
        entries = await self.store.read(lambda tx: tx.timeline(incident.id))
        return [entry.at for entry in entries if entry.kind is EntryKind.RUNG]

    def raised(self, kind: str, text: str) -> None:
        assert kind == ALARM
        self.alarms.append(text)

    def cleared(self, kind: str) -> None:
        assert kind == ALARM
        self.over += bool(self.alarms)


async def test_postgresql_shows_its_clock_and_sqlite_has_none(store: Store, url: str) -> None:
    shown = await store.read(lambda tx: tx.clock())

    assert (shown is None) == url.startswith("sqlite")
    assert shown is None or abs(shown.timestamp() - wall_seconds()) < 5


@pytest.mark.row("F21", "F22")
@pytest.mark.parametrize("jump", [600, -7200], ids=["ahead", "back"])
async def test_the_next_rung_fires_when_its_wait_has_elapsed_wherever_the_wall_clock_went(
    local: Store, jump: float
) -> None:
    machine = Machine()
    watch = Watch(store=local, clock=machine.clock())
    await watch.opened()
    await watch.second()

    elapsed = 0.0
    machine.jumps(jump)
    while len(await watch.fired()) < 2:
        machine.passes(0.5)
        elapsed += 0.5
        await watch.second()
        assert elapsed < 302

    assert elapsed == pytest.approx(300, abs=1)
    assert len(watch.alarms) > 1
    assert f"is {abs(jump) / 3600:.1f} h" in watch.alarms[0] or "is 10 min ahead" in watch.alarms[0]
    assert not watch.over


@pytest.mark.row("F21", "F22")
@pytest.mark.parametrize("jump", [30.0, -30.0], ids=["ahead", "back"])
async def test_the_new_time_is_approached_slowly_until_both_agree(local: Store, jump: float) -> None:
    machine = Machine()
    watch = Watch(store=local, clock=machine.clock())
    await watch.opened()
    await watch.keeper.look()
    machine.jumps(jump)

    behind = []
    while not watch.over:
        await watch.keeper.look()
        behind.append(abs(watch.keeper.behind or 0.0))
        machine.passes(100)

    assert behind == sorted(behind, reverse=True)
    assert len(behind) == pytest.approx((30 - JUMP) / (SLEW * 100), abs=2)
    assert watch.alarms


async def test_the_new_time_is_taken_at_once_when_nothing_hangs_on_it(local: Store) -> None:
    machine = Machine()
    watch = Watch(store=local, clock=machine.clock())
    await watch.keeper.look()

    machine.jumps(-7200)
    await watch.keeper.look()
    assert watch.clock.now() == watch.clock.wall()

    await watch.opened()
    machine.jumps(3600)
    await watch.keeper.look()
    assert watch.clock.now() == watch.clock.wall() - timedelta(hours=1)
    await watch.desk.handle("over", ByNumber(number=1), Resolve(by=actor("ann"), via=Via.CARD))
    machine.passes(61)  # the e-mail that would have been due is not wanted any more
    await carried(local, watch.clock)
    await watch.keeper.look()
    assert watch.clock.now() == watch.clock.wall()


async def carried(store: Store, clock: Clock) -> None:
    """Everything that waits is carried out."""

    def work(tx: Tx) -> None:
        for lane in Lane:
            while claims := tx.claim(lane, clock.now(), clock.monotonic(), 100, LEASE):
                for claim in claims:
                    tx.record_sent(claim, Receipt(), clock.now())

    await store.write(work)


@pytest.mark.parametrize(
    ("up", "jump", "counts_sleep"),
    [(60.0, 3600.0, True), (100_000.0, NEVER_SET + 60, True), (100_000.0, 3600.0, False)],
    ids=["the machine was started just now", "its clock was never set", "it may have slept"],
)
async def test_a_clock_that_was_plainly_behind_makes_no_page_wait(
    local: Store, up: float, jump: float, counts_sleep: bool
) -> None:
    assert up < JUST_STARTED or up > JUST_STARTED + 600
    machine = Machine(up=up)
    watch = Watch(store=local, clock=machine.clock(), counts_sleep=counts_sleep)
    await watch.opened()
    await watch.keeper.look()

    machine.jumps(jump)
    await watch.second()

    assert len(await watch.fired()) == 2


@pytest.mark.row("F22")
async def test_a_clock_that_goes_back_is_not_followed_although_the_machine_was_started_just_now(
    local: Store,
) -> None:
    machine = Machine(up=30)
    watch = Watch(store=local, clock=machine.clock(), counts_sleep=False)
    await watch.opened()
    await watch.keeper.look()

    machine.jumps(-7200)
    machine.passes(301)
    await watch.second()

    assert len(await watch.fired()) == 2


@pytest.mark.row("F23")
async def test_a_machine_that_slept_for_an_hour_pages_once_for_each_ladder_and_says_how_late(
    local: Store,
) -> None:
    machine = Machine()
    watch = Watch(store=local, clock=machine.clock())
    await watch.opened("a", "b", "c")
    await watch.keeper.look()
    await carried(local, watch.clock)
    stop = asyncio.Event()

    async with asyncio.TaskGroup() as group:
        group.create_task(watch.climber.run(stop))
        machine.passes(3600)  # CLOCK_BOOTTIME and the wall; the event loop's own clock knows nothing of it
        async with asyncio.timeout(2):
            while len([at for number in (1, 2, 3) for at in await watch.fired(number)]) < 6:
                await watch.clock.sleep(0.01)
        stop.set()
        watch.climber.bell.ring()
    await watch.second()

    pages = await waiting_pages(local, watch.clock)
    assert [page.person for page in pages] == ["bob", "bob", "bob"]
    assert {page.late for page in pages} == {timedelta(minutes=55)}
    due = await local.read(lambda tx: tx.next_climb())
    assert due == watch.clock.now() + timedelta(minutes=10)
    assert not watch.alarms


async def waiting_pages(store: Store, clock: Clock) -> list[PagePerson]:
    def work(tx: Tx) -> list[PagePerson]:
        claims = tx.claim(Lane.PAGE, clock.now(), clock.monotonic(), 100, LEASE)
        return [c.effect for c in claims if isinstance(c.effect, PagePerson) and c.effect.number == 0]

    return await store.write(work)


class Asleep:
    """A provider that is asked whether it has the page; the machine sleeps meanwhile."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.seen: list[str] = []

    async def look_up(self, job: Job) -> Receipt | None:
        self.seen.append(f"asked for {job.claim.effect.key}")
        self._machine.passes(3600 if len(self.seen) == 1 else 0)
        return None

    async def carry(self, job: Job) -> Receipt:
        self.seen.append(f"took {job.claim.effect.key}")
        return Receipt()


@pytest.mark.row("F23")
async def test_what_was_claimed_before_the_sleep_is_not_sent_after_it_but_claimed_anew(
    local: Store,
) -> None:
    machine = Machine()
    watch = Watch(store=local, clock=machine.clock())
    await watch.opened()
    provider, metrics = Asleep(machine), Metrics()
    ledger = Ledger(local, watch.clock, lambda: None, metrics, random.Random(1))
    dispatcher = Dispatcher(
        lane=Lane.PAGE,
        store=local,
        clock=watch.clock,
        configuration=lambda: CONFIGURATION,
        carriers=lambda _: provider,
        ledger=ledger,
        crowd=Crowd(watch.clock),
    )
    now, up = watch.clock.now(), watch.clock.monotonic()
    await local.write(lambda tx: tx.claim(Lane.PAGE, now, up, 1, LEASE))  # one who is gone
    machine.passes(LEASE.total_seconds() + 1)

    await dispatcher.drain()

    slack = [what for what in provider.seen if what.endswith("slack0")]
    first, again, last = slack
    # What was claimed before the sleep is given back, claimed anew, and asked for anew.
    assert first == again
    assert last == first.replace("asked for", "took")


QUICK = replace(
    PAYMENTS,
    ladder=Ladder(
        id=LADDER.id, rungs=(rung(to("ann"), minutes=1 / 60), rung(to("bob"), minutes=1)), rounds=2
    ),
)


def ahead(seconds: float) -> SteadyClock:
    """The clock of a process on a machine whose own is wrong by so much."""
    return SteadyClock(wall=lambda: wall_seconds() + seconds)


@pytest.mark.row("F24")
async def test_replicas_whose_machines_disagree_by_minutes_fire_at_the_same_time_and_once(
    replicas: tuple[Store, Store],
) -> None:
    configuration = Configuration(roster=ROSTER, services={QUICK.id: QUICK}, default_service=QUICK.id)
    early, late = (
        Watch(store=store, clock=ahead(seconds), configuration=configuration)
        for store, seconds in zip(replicas, (90, -90), strict=True)
    )
    for watch in (early, late):
        await watch.keeper.begin()
    truth = await replicas[0].read(lambda tx: tx.clock())
    assert truth is not None
    stop = asyncio.Event()

    await early.desk.ingest("request", [alert()], QUICK.id)
    async with asyncio.TaskGroup() as group:
        for watch in (early, late):
            group.create_task(watch.climber.run(stop))
        async with asyncio.timeout(10):
            while len(await late.fired()) < 2:
                await early.keeper.look()
                await late.keeper.look()
                await late.clock.sleep(0.02)
        stop.set()

    assert abs(early.clock.now() - late.clock.now()) < timedelta(seconds=1)
    first, second = await late.fired()
    assert timedelta() <= first - truth < timedelta(seconds=3)
    assert timedelta(seconds=0.7) < second - first < timedelta(seconds=3)
    assert early.keeper.authority == late.keeper.authority == "database"
    assert not early.alarms
    assert early.keeper.wall_ahead == pytest.approx(90, abs=1)


@pytest.mark.row("F24")
async def test_a_replica_with_a_wrong_clock_takes_nothing_whose_lease_has_not_ended(
    replicas: tuple[Store, Store],
) -> None:
    holder, thief = (
        Watch(store=store, clock=ahead(seconds)) for store, seconds in zip(replicas, (-90, 90), strict=True)
    )
    await holder.keeper.begin()
    await thief.keeper.begin()
    await holder.opened()

    assert await waiting_pages(holder.store, holder.clock)
    assert not await waiting_pages(thief.store, thief.clock)


@pytest.mark.row("F24")
async def test_time_goes_on_while_the_database_that_shows_it_is_away(
    replicas: tuple[Store, Store],
) -> None:
    store, _ = replicas
    machine = Machine(wall=datetime.fromtimestamp(wall_seconds()).astimezone())
    watch = Watch(store=store, clock=machine.clock())
    await watch.keeper.begin()
    before = watch.clock.now()
    await store.stop()

    machine.jumps(500)
    for _ in range(60):
        machine.passes(1)
        await watch.keeper.look()

    assert watch.clock.now() - before == timedelta(minutes=1)
