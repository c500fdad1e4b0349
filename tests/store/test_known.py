"""An incident is decoded once for each of its texts, and never taken for another."""

import pytest
from sqlalchemy import func, update

from bot.domain.incident import Incident
from bot.ports import Store, Tx
from bot.store.known import MOST, Known
from bot.store.query import Row
from bot.store.tables import incident
from tests.store.stories import declare, note, obey
from tests.store.test_damage import change
from tests.unit.render.examples import opened


def known() -> Known[str, Row, Incident]:
    """One that knows nothing yet."""
    return Known()


def test_a_text_is_decoded_once() -> None:
    cache, one, other = known(), opened(), opened()
    row = ("id", "service", None, None, "body")

    assert cache.decoded("id", row, lambda: one) is one
    assert cache.decoded("id", row, lambda: other) is one


def test_any_other_text_is_decoded_anew() -> None:
    cache = known()
    first, second = opened(title="first"), opened(title="second")
    row = ("id", "service", None, None, "body")
    cache.put("id", row, first)

    for place in range(1, 5):
        other = (*row[:place], "other", *row[place + 1 :])
        assert cache.decoded("id", other, lambda: second) is second
        cache.put("id", row, first)


@pytest.mark.row("A53")
def test_no_more_are_remembered_than_it_has_room_for() -> None:
    one, other = opened(), opened()
    cache: Known[str, str, Incident] = Known()
    for number in range(MOST + 1):
        cache.put(str(number), "body", one)

    assert cache.decoded(str(MOST), "body", lambda: other) is one
    assert cache.decoded("0", "body", lambda: other) is other


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
