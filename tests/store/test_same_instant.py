"""Two transactions at the same instant: what comes of them is what comes of one after the other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import reduce
from typing import TypeVar

import pytest

from bot.domain import commands as c
from bot.domain.decide import decide, wanted
from bot.domain.effects import Lane, PagePerson
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident, Status, Via
from bot.domain.refused import Refused
from bot.ports import Claim, Store, Tx
from bot.store import open_store
from tests.examples import MINUTE, NOW, ROSTER, actor
from tests.store.gate import Gate, then
from tests.store.stories import LEASE, claim, climb, obey, paged

T = TypeVar("T")
DUE = NOW + 5 * MINUTE
"""When the second rung of the example's ladder is due."""

WISHES: dict[str, c.Wish] = {
    "acknowledge": c.Acknowledge(by=actor("ann"), via=Via.CARD),
    "escalate": c.Escalate(by=actor("bob"), via=Via.CARD),
    "resolve": c.Resolve(by=actor("cleo"), via=Via.CARD),
}


@pytest.fixture
async def both(url: str, store: Store) -> AsyncIterator[tuple[Store, Store]]:
    """Two replicas on PostgreSQL; on SQLite the one process that there can be, twice."""
    if url.startswith("sqlite"):
        yield store, store
        return
    other = open_store(url)
    await other.start()
    yield store, other
    await other.stop()


async def overlap(
    both: tuple[Store, Store], first: Callable[[Tx], object], second: Callable[[Tx], object]
) -> None:
    """The second begins while the first has done everything but commit."""
    one, other = both
    gate = Gate()
    async with asyncio.TaskGroup() as group, gate.held(one.write(then(first, gate))):
        begun = group.create_task(other.write(second))
        await asyncio.wait([begun], timeout=0.1)


def work(what: str, incident: IncidentId) -> Callable[[Tx], object]:
    """A wish, or the clock."""
    if what == "climb":
        return lambda tx: climb(tx, DUE)

    def wish(tx: Tx) -> None:
        with suppress(Refused):
            obey(tx, incident, WISHES[what], DUE)

    return wish


def decided(incident: Incident, what: str) -> Incident:
    """The same, in the model."""
    if what != "climb":
        with suppress(Refused):
            return decide(incident, WISHES[what], DUE).incident
        return incident
    if incident.due_at is None:
        return incident
    return decide(incident, c.RungDue(due_at=incident.due_at, roster=ROSTER), DUE).incident


async def now(store: Store, incident: IncidentId) -> Incident:
    found = await store.read(lambda tx: tx.incident(incident))
    assert found is not None
    return found


@pytest.mark.row("F95")
@pytest.mark.parametrize("second", ["acknowledge", "escalate", "climb", "resolve"])
@pytest.mark.parametrize("first", ["acknowledge", "escalate", "climb"])
async def test_two_at_the_same_instant_are_one_after_the_other(
    both: tuple[Store, Store], first: str, second: str
) -> None:
    before = await now(both[0], (await paged(both[0])).id)

    await overlap(both, work(first, before.id), work(second, before.id))
    await both[0].write(work("climb", before.id))  # a look that passed a locked row by comes again

    after = await now(both[0], before.id)
    orders = ((first, second, "climb"), (second, first, "climb"))
    assert after in [reduce(decided, order, before) for order in orders]
    entries = await both[0].read(lambda tx: tx.timeline(before.id))
    assert [entry.seq for entry in entries] == list(range(1, after.entries + 1))
    pages = await claim(both[1], at=DUE)
    assert all(wanted(after, page.effect) for page in pages)
    assert bool(pages) is (after.status is Status.TRIGGERED)


@pytest.mark.row("F95")
async def test_a_page_that_was_claimed_before_the_acknowledgement_is_the_only_one_that_goes_out(
    both: tuple[Store, Store],
) -> None:
    incident = await paged(both[0])
    taken: list[Claim] = []

    def first(tx: Tx) -> None:
        taken[:] = tx.claim(Lane.PAGE, DUE, 0.0, 1, LEASE)

    await overlap(both, first, work("acknowledge", incident.id))

    assert len(taken) == 1
    assert await claim(both[1], at=DUE) == []
    assert await claim(both[1], at=DUE + LEASE) == []


@pytest.mark.row("F95")
async def test_a_page_that_was_not_claimed_before_the_acknowledgement_is_cancelled(
    both: tuple[Store, Store],
) -> None:
    incident = await paged(both[0])
    taken: list[Claim] = []

    def second(tx: Tx) -> None:
        taken[:] = tx.claim(Lane.PAGE, DUE, 0.0, 100, LEASE)

    await overlap(both, work("acknowledge", incident.id), second)

    assert not any(isinstance(each.effect, PagePerson) for each in taken)
    assert await both[0].read(lambda tx: tx.next_delivery(Lane.PAGE)) is None
