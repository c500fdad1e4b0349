"""One by one: what the climber knows of the database then, and what the watchdog sees of it meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar, cast

import pytest

from bot.clock import ShiftedClock
from bot.errors import Away, StoreUnavailable
from bot.ports import Store, Tx
from bot.workers.climber import TIME_LIMIT, Climber
from bot.workers.crowd import Crowd
from bot.workers.survival import survive
from bot.workers.watchdog import LIMIT
from tests.examples import NOW, PAYMENTS, alert
from tests.store.stories import declare
from tests.store.test_climber import CONFIGURATION, Picky, climber, opened
from tests.store.world import SetClock

T = TypeVar("T")


class Slow:
    """A store that takes so long for each work, and nothing of a crowd."""

    def __init__(self, store: Store, clock: SetClock, each: float, refusal: Exception | None = None) -> None:
        self._store, self._clock, self._each = store, clock, timedelta(seconds=each)
        self._refusal = refusal
        self.works = 0
        self.ages: list[float] = []
        self.climber: Climber

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        self.works += 1
        self._clock.at += self._each
        self.ages.append(self._clock.monotonic() - self.climber.last_turn)
        if self._refusal is not None and self.works > 1:
            raise self._refusal
        return await self._store.write(work, page=page)


def slow(store: Store, each: float, refusal: Exception | None = None) -> Slow:
    clock = SetClock(NOW)
    late = Slow(store, clock, each, refusal)
    late.climber = Climber(cast("Store", late), clock, lambda: CONFIGURATION, lambda: None, Crowd(clock))
    return late


async def test_a_database_that_refuses_one_incident_is_not_away(store: Store) -> None:
    clock = ShiftedClock()
    await opened(store, clock, service=PAYMENTS.id, signal=replace(alert(fingerprint="a"), title="poison"))
    its = climber(Picky(store, "poison"), clock)  # type: ignore[arg-type]  # a Store by delegation
    its.away = Away.BROKEN

    for _ in range(3):
        before = its.last_tick
        clock.advance(timedelta(seconds=9))
        await survive("tick", its.tick())
        await its.climb_singly()

        assert its.last_tick >= before + 9
    assert its.away is None


@pytest.mark.parametrize("refusal", [StoreUnavailable("broken", Away.BROKEN), TimeoutError()])
async def test_a_database_that_can_be_asked_and_takes_nothing_is_away(
    store: Store, refusal: Exception
) -> None:
    await store.write(declare)
    late = slow(store, 1.0, refusal)
    late.climber.away = Away.BROKEN

    await late.climber.climb_singly()

    assert (late.works, late.climber.last_tick, late.climber.away) == (2, 0.0, Away.BROKEN)


async def test_the_watchdog_lets_a_process_live_that_climbs_slowly(store: Store) -> None:
    await store.write(lambda tx: [declare(tx) for _ in range(5)])
    late = slow(store, TIME_LIMIT)

    await late.climber.climb_singly()

    assert late.works == 6
    assert max(late.ages) < LIMIT, "it would end in the middle, and begin again and again"
