"""What is old goes, a little at a time; nothing of an open incident does."""

from datetime import timedelta
from functools import partial

import pytest

from bot.domain import commands as c
from bot.domain.incident import Incident, Via
from bot.ports import Store
from tests.examples import NOW, actor
from tests.store.stories import note, obey, paged

KEPT = timedelta(days=400)
LATER = NOW + KEPT + timedelta(days=1)


async def resolved(store: Store) -> Incident:
    incident = await paged(store)
    for number in range(5):
        await store.write(partial(obey, incident=incident.id, command=note(f"{number}")))
    end = c.Resolve(by=actor("ann"), via=Via.CARD)
    return await store.write(lambda tx: obey(tx, incident.id, end))


async def all_swept(store: Store, limit: int = 1000) -> list[int]:
    """How many rows each turn deleted."""
    turns = []
    while gone := await store.write(lambda tx: tx.sweep(LATER, limit, kept=KEPT)):
        turns.append(gone)
    return turns


async def test_an_old_incident_goes_with_everything_that_belongs_to_it(store: Store) -> None:
    old, still_open = await resolved(store), await paged(store)

    await all_swept(store)

    assert await store.read(lambda tx: tx.incident(old.id)) is None
    assert await store.read(lambda tx: tx.timeline(old.id)) == []
    left = await store.read(lambda tx: tx.incident(still_open.id))
    assert left is not None
    assert len(await store.read(lambda tx: tx.timeline(still_open.id))) == left.entries


async def test_one_that_is_younger_stays(store: Store) -> None:
    incident = await resolved(store)

    await store.write(lambda tx: tx.sweep(NOW + KEPT - timedelta(days=1), kept=KEPT))

    assert await store.read(lambda tx: tx.incident(incident.id)) == incident
    assert len(await store.read(lambda tx: tx.timeline(incident.id))) == incident.entries


async def test_without_a_limit_of_age_they_stay_for_ever(store: Store) -> None:
    incident = await resolved(store)

    while await store.write(lambda tx: tx.sweep(LATER)):
        pass

    assert await store.read(lambda tx: tx.incident(incident.id)) == incident


@pytest.mark.row("A53")
async def test_a_turn_deletes_no_more_rows_than_it_may(store: Store) -> None:
    old = [await resolved(store) for _ in range(3)]

    turns = await all_swept(store, limit=7)

    assert max(turns) <= 7
    assert len(turns) > 3
    assert await store.read(lambda tx: [tx.incident(each.id) for each in old]) == [None] * 3


async def test_its_number_is_not_given_again(store: Store) -> None:
    old = await resolved(store)
    await all_swept(store)

    assert await store.write(lambda tx: tx.next_number()) > old.number
