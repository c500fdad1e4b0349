"""Many rows that are written at once are the same as if each were written by itself."""

import pytest

from bot.domain.alert import AlertState
from bot.ports import Store
from tests.examples import NOW
from tests.store.test_standings import save, standing


@pytest.mark.parametrize("many", [1, 2, 3, 63, 64, 65, 200])
async def test_each_of_many_rows_is_written(store: Store, many: int) -> None:
    first = [standing(f"{number:03}", next_at=NOW) for number in range(many)]
    newest = [
        standing(f"{number:03}", AlertState.CLEARED, count=number, next_at=NOW) for number in range(many)
    ]

    await save(store, *first)
    await save(store, *newest)

    due = await store.write(lambda tx: tx.standings_due(NOW, 1000))
    assert sorted(due, key=lambda each: each.key) == newest
