"""What time a process takes when it starts: nothing that is armed fires early for it, and nothing late."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import SteadyClock, elapsed_seconds, wall_seconds
from bot.domain.commands import Resolve
from bot.domain.incident import Via
from bot.errors import StoreUnavailable
from bot.ports import Store
from bot.service import ByNumber
from bot.store.highwater import HighWater
from bot.workers.timekeeper import SLOWEST_ANSWER
from bot.workers.upkeep import Janitor
from tests.examples import actor
from tests.machine import Machine
from tests.store.test_timekeeper import Watch, ahead, carried

TWO_HOURS = 7200.0
DECADES = 73 * 365 * 86400.0


async def marked(watch: Watch, folder: Path) -> None:
    """What a process does every second."""
    await HighWater(watch.store, folder / "high-water").note(watch.clock.now())


@pytest.mark.row("F22")
@pytest.mark.parametrize("wrong", [TWO_HOURS, DECADES], ids=["by hours", "by decades"])
async def test_what_was_armed_by_a_clock_that_was_ahead_fires_on_time_after_it_was_set_right_and_a_restart(
    local: Store, tmp_path: Path, wrong: float
) -> None:
    machine = Machine()
    machine.jumps(wrong)
    before = Watch(store=local, clock=machine.clock())
    await before.keeper.begin()
    await before.opened()
    machine.jumps(-wrong)
    await before.second()
    assert "started again" not in before.alarms[0]
    machine.passes(20)
    await marked(before, tmp_path)

    after = Watch(store=local, clock=machine.clock())
    await after.keeper.begin()
    elapsed = 20.0
    while len(await after.fired()) < 2:
        machine.passes(0.5)
        elapsed += 0.5
        await after.second()
        assert elapsed < 302

    assert elapsed == pytest.approx(300, abs=1)
    assert "behind the time that Tocsin goes by" in after.alarms[0]


async def test_a_time_that_was_ahead_is_left_at_a_restart_when_nothing_hangs_on_it(
    local: Store, tmp_path: Path
) -> None:
    machine = Machine()
    machine.jumps(TWO_HOURS)
    before = Watch(store=local, clock=machine.clock())
    await before.opened()
    await before.desk.handle("over", ByNumber(number=1), Resolve(by=actor("ann"), via=Via.CARD))
    machine.passes(61)
    await carried(local, before.clock)
    await marked(before, tmp_path)
    machine.jumps(-TWO_HOURS)

    after = Watch(store=local, clock=machine.clock())
    await after.keeper.begin()

    assert after.clock.now() == after.clock.wall()
    assert not after.alarms


async def test_a_clock_that_is_decades_ahead_deletes_nothing_while_the_machine_knows_better(
    local: Store,
) -> None:
    machine = Machine()
    machine.jumps(DECADES)
    watch = Watch(store=local, clock=machine.clock())
    machine.jumps(-DECADES)
    right = Watch(store=local, clock=machine.clock())
    await right.opened()
    await right.desk.handle("over", ByNumber(number=1), Resolve(by=actor("ann"), via=Via.CARD))

    await Janitor(local, watch.clock, timedelta(days=400)).sweep()

    assert await right.fired()
    machine.jumps(DECADES)
    assert await Janitor(local, watch.clock, timedelta(days=400)).sweep()


async def test_a_time_that_was_behind_is_left_at_a_restart(local: Store, tmp_path: Path) -> None:
    machine = Machine()
    before = Watch(store=local, clock=machine.clock())
    await before.opened()
    await marked(before, tmp_path)
    machine.passes(3600)

    after = Watch(store=local, clock=machine.clock())
    await after.keeper.begin()
    await after.climber.tick()

    assert after.clock.now() == after.clock.wall()
    assert len(await after.fired()) == 2


@pytest.mark.row("F24")
async def test_a_replica_that_starts_keeps_the_time_by_which_the_others_have_armed(
    replicas: tuple[Store, Store], tmp_path: Path
) -> None:
    other = Watch(
        store=replicas[0], clock=ahead(TWO_HOURS)
    )  # so far was PostgreSQL's clock, before it was set
    await other.opened()
    await marked(other, tmp_path)

    watch = Watch(store=replicas[1], clock=ahead(0))
    await watch.keeper.begin()

    assert abs(watch.clock.now() - other.clock.now()) < timedelta(seconds=10)
    assert "The database's clock is 120 min behind" in watch.alarms[0]


class Sluggish:
    """Clocks of a machine on which every answer takes long, and whose wall clock is wrong."""

    def __init__(self, wrong: float) -> None:
        self._wrong = wrong
        self._lost = 0.0
        self.slow = True

    def elapsed(self) -> float:
        self._lost += SLOWEST_ANSWER * 2 if self.slow else 0.0
        return elapsed_seconds() + self._lost

    def clock(self) -> SteadyClock:
        return SteadyClock(wall=lambda: wall_seconds() + self._wrong, elapsed=self.elapsed)


@pytest.mark.row("F24")
async def test_a_replica_whose_clock_is_ahead_fires_nothing_early_although_the_database_answers_slowly(
    replicas: tuple[Store, Store],
) -> None:
    good = Watch(store=replicas[0], clock=ahead(0))
    await good.keeper.begin()
    await good.opened()
    assert len(await good.fired()) == 1
    machine = Sluggish(wrong=3600)

    bad = Watch(store=replicas[1], clock=machine.clock())
    await bad.keeper.begin()
    machine.slow = False
    await bad.climber.tick()

    assert len(await good.fired()) == 1
    assert abs(bad.clock.now() - good.clock.now()) < timedelta(seconds=30)


@pytest.mark.row("F24")
async def test_a_replica_that_cannot_learn_the_time_does_not_begin(replicas: tuple[Store, Store]) -> None:
    watch = Watch(store=replicas[0], clock=ahead(3600))
    await replicas[0].stop()

    with pytest.raises(StoreUnavailable):
        await watch.keeper.begin()


@pytest.mark.row("F24")
async def test_a_replica_goes_back_by_no_leap_while_something_is_armed(
    replicas: tuple[Store, Store],
) -> None:
    watch = Watch(store=replicas[0], clock=ahead(3600))
    await watch.opened()

    await watch.keeper.look()

    assert watch.keeper.wall_ahead == pytest.approx(0, abs=1)
    assert "The database's clock is 60 min behind" in watch.alarms[0]
