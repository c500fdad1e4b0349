"""Many rows are written by few statements, and it is the same as if each were written by one."""

from itertools import chain

import pytest

from bot.domain.alert import AlertState
from bot.ports import Store
from bot.store.connection import insert_of
from bot.store.outbox_queries import ENQUEUE, RENEW
from bot.store.query import Insertion, sqlite_kit
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


@pytest.mark.parametrize("insertion", [ENQUEUE, RENEW])
def test_the_values_of_a_statement_stand_behind_those_of_its_rows(insertion: Insertion) -> None:
    prepared = insertion.prepare(sqlite_kit())
    insert = insert_of(prepared.sql)
    assert insert is not None
    end = list(prepared.template[insert.width :])
    rows = [[f"{place} of row {number}" for place in range(insert.width)] for number in range(100)]

    told = list(insert.statements([row + end for row in rows]))

    assert [sql.count("?") for sql, _ in told] == [len(values) for _, values in told]
    assert [len(values) // insert.width for _, values in told] == [64, 32, 4]
    assert list(chain(*(values[: len(values) - len(end)] for _, values in told))) == list(chain(*rows))


def test_what_is_more_than_values_is_written_row_by_row() -> None:
    assert insert_of("INSERT INTO t (a) VALUES (coalesce(?, 1))") is None
