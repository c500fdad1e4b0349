"""The limit of open files: connections from outside get what paging can spare, and it is told in time."""

import resource
from pathlib import Path

import pytest

from bot.workers.open_files import ALARM, OpenFiles, open_now
from handlers.doorman import LEAST, MOST, places
from tests.store.test_peers import Book


@pytest.mark.row("F93")
@pytest.mark.parametrize(("count", "told"), [(10, False), (54, False), (55, True), (64, True), (None, True)])
async def test_few_files_that_are_left_are_told(count: int | None, told: bool) -> None:
    book = Book()

    await OpenFiles(book, count=lambda: count, limit=64).look()

    assert (ALARM in book.standing) is told


async def test_it_is_over_when_files_were_closed() -> None:
    book, counts = Book(), iter([60, 20])
    files = OpenFiles(book, count=lambda: next(counts), limit=64)

    await files.look()
    await files.look()

    assert book.standing == {}


def test_this_process_counts_its_own_files() -> None:
    before = open_now()

    with Path("/dev/null").open():
        now = open_now()

    assert before is not None
    assert now == before + 1


@pytest.mark.row("F93")
@pytest.mark.parametrize(
    ("files", "most"), [(16, LEAST), (64, 12), (1024, MOST), (resource.RLIM_INFINITY, MOST)]
)
def test_connections_from_outside_leave_files_for_paging(files: int, most: int) -> None:
    assert places(files) == most
