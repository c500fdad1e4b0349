"""Who is woken, who stands back, and how long a failed delivery waits."""

import asyncio
import random
from datetime import timedelta

import pytest

from bot.clock import ShiftedClock
from bot.errors import DeliveryError, Outcome
from bot.workers.bell import Bell, Bells
from bot.workers.crowd import LINGER, LONGEST, MANY, Crowd
from bot.workers.retry import LOOK_UP_AFTER, pause
from tests.examples import NOW

CHANCE = random.Random(7)


async def rung(bell: Bell) -> bool:
    """Whether it was rung: nobody waits then."""
    loop = asyncio.get_running_loop()
    before = loop.time()
    await bell.wait(0.2)
    return loop.time() - before < 0.1


async def test_only_those_who_have_something_to_do_soon_are_woken() -> None:
    soon, later, none = Bell(), Bell(), Bell()
    bells = Bells()
    for name, bell in (("page", soon), ("chat", later), ("tracker", none)):
        bells.add(name, bell)

    bells.tell({"page": NOW, "chat": NOW + timedelta(minutes=1)}, NOW)

    assert [await rung(bell) for bell in (soon, later, none)] == [True, False, False]


async def test_a_ring_while_nobody_waits_is_not_lost_and_counts_once() -> None:
    bell = Bell()
    bell.ring()

    assert await rung(bell)
    assert not await rung(bell)


def passing(crowd: Crowd) -> bool:
    return crowd.passing


def test_others_stand_back_while_many_pages_are_due_but_not_for_ever() -> None:
    clock = ShiftedClock()
    crowd = Crowd(clock)
    assert not passing(crowd)

    crowd.seen(MANY - 1)
    assert not passing(crowd)
    crowd.seen(MANY)
    assert passing(crowd)

    clock.advance(timedelta(seconds=LINGER * 2))
    assert not passing(crowd)
    for _ in range(int(LONGEST / LINGER) * 3):
        crowd.seen(MANY)
        clock.advance(timedelta(seconds=LINGER / 2))
    assert not passing(crowd)


@pytest.mark.parametrize("failures", range(12))
def test_pauses_grow_to_half_a_minute_and_never_undercut_the_providers_wish(failures: int) -> None:
    error = DeliveryError(Outcome.NOT_SENT, "refused")
    polite = DeliveryError(Outcome.NOT_SENT, "ratelimited", retry_after=timedelta(minutes=2))
    unsure = DeliveryError(Outcome.UNKNOWN, "no answer in time")

    assert timedelta() <= pause(error, failures, CHANCE) <= timedelta(seconds=30)
    assert pause(polite, failures, CHANCE) >= timedelta(minutes=2)
    assert pause(unsure, failures, CHANCE) >= LOOK_UP_AFTER
