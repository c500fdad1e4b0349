"""A store on each database: every test of the suite runs on both."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports import Store
from bot.store import open_store
from tests.migrated import migrated

pytest.register_assert_rewrite(
    "tests.store.world", "tests.store.machine", "tests.store.workers", "tests.store.life"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database of the present schema in which nothing stands."""
    if request.param == "sqlite":
        return migrated(tmp_path / "tocsin.db")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = open_store(url, auto_migrate=True)
    await store.start()
    yield store
    await store.stop()


@pytest.fixture
async def replicas(postgres_url: str) -> AsyncIterator[tuple[Store, Store]]:
    """Two stores on one PostgreSQL, as two processes have them."""
    one, other = open_store(postgres_url, auto_migrate=True), open_store(postgres_url)
    await one.start()
    await other.start()
    yield one, other
    await one.stop()
    await other.stop()


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[Store]:
    """SQLite, which has no clock of its own."""
    store = open_store(migrated(tmp_path / "tocsin.db"), auto_migrate=True)
    await store.start()
    yield store
    await store.stop()
