"""Alerts that wait at the same moment share a transaction, whoever of those who brought them goes away."""

import asyncio
from collections.abc import Callable
from typing import TypeVar, cast

from bot.intake import Ingested, Intake
from bot.ports import Store, Tx
from tests.examples import NOW, alert
from tests.store.test_damage import CONFIGURATION
from tests.store.world import SetClock

T = TypeVar("T")


class Counting:
    """A store that knows how many works it did, each after it was let go."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.works = 0
        self.free = asyncio.Event()

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        self.works += 1
        await self.free.wait()
        return await self._store.write(work, page=page)


class Scene:
    """An intake on a store that waits."""

    def __init__(self, store: Store) -> None:
        self.store = Counting(store)
        self.intake = Intake(cast("Store", self.store), SetClock(NOW), lambda: CONFIGURATION, lambda: None)

    def bring(self, *names: str) -> list["asyncio.Task[list[Ingested]]"]:
        """Each in a request of its own."""
        begun = asyncio.ensure_future  # noqa: TID251 - each can be cancelled by itself
        return [begun(self.intake.take(None, [alert(fingerprint=name)])) for name in names]


def names(first: int, last: int) -> list[str]:
    return [f"{number}" for number in range(first, last)]


async def passes(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)  # noqa: TID251 - the loop goes round once


async def outcomes(tasks: list["asyncio.Task[list[Ingested]]"]) -> list[str]:
    return [(await each)[0].outcome for each in tasks]


async def test_those_who_wait_share_the_next_transaction(store: Store) -> None:
    scene = Scene(store)
    first = scene.bring("first")
    await passes()
    others = scene.bring(*names(0, 30))
    await passes()

    scene.store.free.set()

    assert await outcomes(first + others) == ["opened"] * 31
    assert scene.store.works == 2


async def test_whoever_goes_away_takes_nobody_along(store: Store) -> None:
    scene = Scene(store)
    first = scene.bring("first")
    await passes()
    others = scene.bring(*names(0, 5))
    await passes()
    others[0].cancel()  # the one that would lead
    await passes()

    scene.store.free.set()

    assert await outcomes(first + others[1:]) == ["opened"] * 5
    assert scene.store.works == 2


async def test_those_whose_leader_goes_away_are_taken_in_all_the_same(store: Store) -> None:
    scene = Scene(store)
    first = scene.bring(*names(0, 3))
    await passes()
    others = scene.bring(*names(3, 6))
    await passes()
    first[0].cancel()
    await passes()

    scene.store.free.set()

    assert await outcomes(first[1:] + others) == ["opened"] * 5


async def test_while_many_come_the_first_does_not_go_alone(store: Store) -> None:
    scene = Scene(store)
    scene.store.free.set()
    await outcomes(scene.bring(*names(0, 20)))
    before = scene.store.works

    coming = scene.bring("20")
    await passes()
    coming += scene.bring(*names(21, 40))

    assert await outcomes(coming) == ["opened"] * 20
    assert scene.store.works == before + 1


async def test_one_that_comes_alone_after_many_waits_a_moment_at_most(store: Store) -> None:
    scene = Scene(store)
    scene.store.free.set()
    await outcomes(scene.bring(*names(0, 20)))

    async with asyncio.timeout(20):
        assert await outcomes(scene.bring("alone")) == ["opened"]
