"""An incident is decoded once for each of its texts, and never taken for another."""

import pytest
from sqlalchemy import func, update

from bot.ports import Store, Tx
from bot.store.incident_cache import MOST, IncidentCache
from bot.store.tables import incident
from tests.store.stories import declare, note, obey
from tests.store.test_damage import change
from tests.unit.render.examples import opened


def test_a_text_is_decoded_once() -> None:
    cache, one, other = IncidentCache(), opened(), opened()
    row = ("id", "service", None, None, "body")

    assert cache.decoded(row, lambda: one) is one
    assert cache.decoded(row, lambda: other) is one


def test_any_other_text_is_decoded_anew() -> None:
    cache = IncidentCache()
    first, second = opened(title="first"), opened(title="second")
    row = ("id", "service", None, None, "body")
    cache.put(row, first)

    for place in range(1, 5):
        other = (*row[:place], "other", *row[place + 1 :])
        assert cache.decoded(other, lambda: second) is second
        cache.put(row, first)


def test_no_more_are_remembered_than_it_has_room_for() -> None:
    cache, one, other = IncidentCache(), opened(), opened()
    for number in range(MOST + 1):
        cache.put((str(number), "service", None, None, "body"), one)

    assert cache.decoded((str(MOST), "service", None, None, "body"), lambda: other) is one
    assert cache.decoded(("0", "service", None, None, "body"), lambda: other) is other


async def test_what_was_rolled_back_is_not_remembered_as_true(store: Store) -> None:
    before = await store.write(declare)

    def fails(tx: Tx) -> None:
        obey(tx, before.id, note())
        raise RuntimeError("after saving")

    with pytest.raises(RuntimeError):
        await store.write(fails)

    assert await store.read(lambda tx: tx.incident(before.id)) == before
    assert await store.write(lambda tx: tx.incident(before.id)) == before


async def test_what_somebody_else_wrote_is_seen(store: Store, url: str) -> None:
    known = await store.write(declare)
    text = func.replace(incident.c.body, known.title, "changed by hand")

    change(url, update(incident).values(body=text))

    found = await store.read(lambda tx: tx.incident(known.id))
    assert found is not None
    assert found.title == "changed by hand"
