"""Deliveries that end together are recorded together, and none is recorded at another's cost."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

import pytest

from bot.domain.alert import MessageRef
from bot.domain.commands import Answer, PageSent
from bot.domain.effects import Lane, PublishHome
from bot.domain.people import MethodKind
from bot.domain.timeline import EntryKind
from bot.errors import StoreUnavailable
from bot.ports import Claim, Receipt, Store, Tx
from bot.workers.settlement import Settlement
from tests.examples import NOW
from tests.store.stories import LEASE, claim, paged
from tests.store.world import SetClock

T = TypeVar("T")
SENT = PageSent(person="Ann", method=MethodKind.SLACK)


class Desktop:
    """A settlement, and how many transactions it made."""

    def __init__(self, store: Store, lane: Lane = Lane.CHAT) -> None:
        self.commits = 0
        self.settlement = Settlement(lane, store, SetClock(NOW), self._count)

    def _count(self) -> None:
        self.commits += 1

    async def all(self, pairs: Sequence[tuple[Claim, Receipt]]) -> list[bool | BaseException]:
        """They end at the same moment."""
        return await asyncio.gather(
            *(self.settlement.record(mine.all, receipt) for mine, receipt in pairs), return_exceptions=True
        )


class Breaking:
    """A store whose first transactions fail; `late` when everything was written already."""

    def __init__(self, store: Store, times: int, *, late: bool = False) -> None:
        self._store = store
        self._times = times
        self._late = late
        self.pages = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        self.pages += page
        self._times -= 1
        fails = self._times >= 0
        await self._store.read(lambda _: None)  # others come meanwhile, as they do during a commit
        if not fails or self._late:
            result = await self._store.write(work, page=page)
            if not fails:
                return result
        raise StoreUnavailable("the commit failed")


async def homes(store: Store, count: int) -> list[Claim]:
    """Claims of wishes that belong to no incident."""
    effects = [PublishHome(key=f"home:U{number}", user=f"U{number}") for number in range(count)]
    await store.write(lambda tx: tx.enqueue(effects, NOW))
    taken = await claim(store, Lane.CHAT, limit=1000)
    return [each for each in taken if isinstance(each.effect, PublishHome)]


async def unfinished(store: Store, lane: Lane) -> int:
    """How many are still to be told, or to be looked up."""
    return len(await claim(store, lane, NOW + LEASE, limit=1000))


async def test_those_who_end_together_share_a_transaction(store: Store) -> None:
    desk = Desktop(store)

    written = await desk.all([(mine, Receipt()) for mine in await homes(store, 20)])

    assert written == [True] * 20
    assert desk.commits == 2  # the first does not wait for the others
    assert await unfinished(store, Lane.CHAT) == 0


async def test_no_transaction_has_more_than_a_hundred(store: Store) -> None:
    desk = Desktop(store)

    written = await desk.all([(mine, Receipt()) for mine in await homes(store, 202)])

    assert written == [True] * 202
    assert desk.commits == 4
    assert await unfinished(store, Lane.CHAT) == 0


async def test_a_poisoned_one_takes_nobody_with_it(store: Store) -> None:
    incidents = [await paged(store) for _ in range(4)]
    nonsense = cast("Answer", "nonsense")
    pairs = [(mine, Receipt(answer=SENT)) for mine in await claim(store)]
    poisoned = pairs[2][0]
    pairs[2] = (poisoned, Receipt(answer=nonsense))

    written = await Desktop(store, Lane.PAGE).all(pairs)

    assert isinstance(written[2], AssertionError)
    assert [written[0], written[1], written[3]] == [True, True, True]
    assert [each.id for each in await claim(store, at=NOW + LEASE)] == [poisoned.id]
    told = [await store.read(lambda tx, it=each: tx.timeline(it.id)) for each in incidents]  # type: ignore[misc]  # bound now
    assert sum(entry.kind is EntryKind.PAGE_SENT for entries in told for entry in entries) == 3


async def test_one_that_was_fenced_off_is_told_so_and_its_incident_learns_nothing(store: Store) -> None:
    incidents = {incident.id: incident for incident in [await paged(store) for _ in range(3)]}
    slow = await claim(store)
    again = await claim(store, at=NOW + LEASE, limit=1)
    lost = again[0].id
    ref = MessageRef(channel="D1", ts="1")

    written = await Desktop(store, Lane.PAGE).all([(mine, Receipt(ref=ref, answer=SENT)) for mine in slow])

    assert written == [mine.id != lost for mine in slow]
    for mine in slow:
        assert mine.incident is not None
        entries = await store.read(lambda tx, it=mine.incident: tx.timeline(it))  # type: ignore[misc]  # bound now
        assert (EntryKind.PAGE_SENT in [entry.kind for entry in entries]) is (mine.id != lost)
    assert set(incidents) == {mine.incident for mine in slow}


async def test_one_incident_may_learn_several_things_at_once(store: Store) -> None:
    incident = await paged(store)
    pages = await claim(store, at=NOW + LEASE * 4)
    assert len(pages) == 2
    other = await paged(store)
    (first,) = await claim(store)

    await Desktop(store, Lane.PAGE).all([(mine, Receipt(answer=SENT)) for mine in (first, *pages)])

    entries = await store.read(lambda tx: tx.timeline(incident.id))
    assert [entry.kind for entry in entries][-2:] == [EntryKind.PAGE_SENT, EntryKind.PAGE_SENT]
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    assert other.id == first.incident


async def test_what_belongs_to_no_incident_is_recorded_beside_what_does(store: Store) -> None:
    incident = await paged(store)
    (page,) = await claim(store)
    (home,) = await homes(store, 1)

    written = await Desktop(store).all([(each, Receipt(answer=SENT)) for each in (home, page, home)])

    assert written == [True, True, True]
    entries = await store.read(lambda tx: tx.timeline(incident.id))
    assert [entry.kind for entry in entries].count(EntryKind.PAGE_SENT) == 1


@pytest.mark.parametrize("late", [False, True])
async def test_after_a_commit_that_failed_each_is_tried_by_itself(store: Store, *, late: bool) -> None:
    incident = await paged(store)
    (page,) = await claim(store)
    mine = [page, *await homes(store, 3)]
    breaking = Breaking(store, 2, late=late)
    desk = Desktop(cast("Store", breaking), Lane.PAGE)

    written = await desk.all([(each, Receipt()) for each in (*mine[1:2], page, *mine[2:])])

    assert isinstance(written[0], StoreUnavailable), "it was alone, and its caller learns of it"
    assert written[1:] == [True, True, True]
    assert breaking.pages == 5
    assert await unfinished(store, Lane.PAGE) == 0
    assert await store.read(lambda tx: tx.incident(incident.id)) is not None
    assert await unfinished(store, Lane.CHAT) == 1 + (not late), "the incident's card, and who failed"


async def test_while_nothing_can_be_written_everybody_is_told(store: Store) -> None:
    desk = Desktop(cast("Store", Breaking(store, 99)))

    written = await desk.all([(mine, Receipt()) for mine in await homes(store, 3)])

    assert all(isinstance(each, StoreUnavailable) for each in written)
    assert desk.commits == 0
    assert await unfinished(store, Lane.CHAT) == 3
