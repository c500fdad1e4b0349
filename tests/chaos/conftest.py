"""What the chaos tests run on: SQLite in a file, and PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.chaos.night import Night, Nights, night


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str | None:
    """The database's address; None is a SQLite file in the night's folder."""
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else None


@pytest.fixture
def nights(postgres_url: str, tmp_path: Path) -> Nights:
    """Plays the same night on both databases at the same time: most of a night is waiting."""

    async def play(story: Callable[[Night], Awaitable[None]], *, config: str | None = None) -> None:
        async def on(name: str, database: str | None) -> None:
            folder = tmp_path / name
            folder.mkdir()
            async with night(folder, database, config=config) as one:
                await story(one)

        async with asyncio.TaskGroup() as group:
            group.create_task(on("sqlite", None))
            group.create_task(on("postgres", postgres_url))

    return play
