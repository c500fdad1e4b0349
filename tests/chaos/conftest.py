"""What the chaos tests run on: SQLite in a file, and PostgreSQL."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.chaos.child import LEASE
from tests.chaos.night import Night, Nights, night


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Write figures down: on the terminal, and among the properties of the test's report."""

    def write(figures: str) -> None:
        request.node.user_properties.append(("figures", figures))
        with capsys.disabled():
            sys.stdout.write(f"\n  {figures}\n")

    return write


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str | None:
    """The database's address; None is a SQLite file in the night's folder."""
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else None


@pytest.fixture
def nights(postgres_url: str, tmp_path: Path) -> Nights:
    """Plays the same night on both databases at the same time: most of a night is waiting."""

    async def play(
        story: Callable[[Night], Awaitable[None]],
        *,
        config: str | None = None,
        services: int = 1,
        lease: float = LEASE,
    ) -> None:
        async def on(name: str, database: str | None) -> None:
            folder = tmp_path / name
            folder.mkdir()
            async with night(folder, database, config=config, services=services, lease=lease) as one:
                await story(one)

        async with asyncio.TaskGroup() as group:
            group.create_task(on("sqlite", None))
            group.create_task(on("postgres", postgres_url))

    return play
