"""Migrations under load, and programs of before and after one side by side on one PostgreSQL."""

import asyncio
import multiprocessing
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from bot.store import schema
from tests.chaos.child import LEASE, Child, live
from tests.chaos.night import Night, configuration, night

pytestmark = pytest.mark.chaos

SERVICES = 4
QUIET = configuration(wait="10m", methods="[{slack: 0s}]", services=SERVICES)
EXPAND = '''"""Incidents get a team."""
import sqlalchemy as sa
from alembic import op

revision, down_revision, oldest_writer = "9001", "{before}", "{before}"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("team", sa.Text))
    with op.get_context().autocommit_block():
        op.create_index("ix_incident_team", "incident", ["team"], postgresql_concurrently=True)
'''
CONTRACT = '''"""Nobody looks at Home tabs any more."""
from alembic import op

revision, down_revision, oldest_writer = "9002", "9001", "9002"
branch_labels = depends_on = None


def upgrade() -> None:
    op.drop_table("home_viewer")
'''


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The migrations of a later release, which adds something."""
    folder = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, folder)
    (folder / "versions" / "9001_team.py").write_text(EXPAND.format(before=schema.head()))
    return folder


@contextmanager
def release(folder: Path) -> Iterator[None]:
    """In this process: be the program of that release."""
    before, schema.MIGRATIONS = schema.MIGRATIONS, folder
    try:
        yield
    finally:
        schema.MIGRATIONS = before


def migrate(folder: Path, database: str) -> str:
    """`tocsin migrate` of that release."""
    with release(folder):
        return schema.migrate(database, tries=5)


class Later(Child):
    """`tocsin run` of a later release."""

    def __init__(self, environment: Mapping[str, str], log: Path, folder: Path) -> None:
        self.log = log
        context = multiprocessing.get_context("forkserver")
        arguments = (dict(environment), log, str(folder))
        self._process = context.Process(target=live_later, args=arguments)
        self._process.start()


def live_later(environment: dict[str, str], log: Path, folder: str) -> None:
    schema.MIGRATIONS = Path(folder)
    live(environment, log, LEASE, 1.0, "")


async def later(play: Night, folder: Path) -> Child:
    child = Later(play.environment, play.folder / f"later-{len(play.children)}.log", folder)
    play.children.append(child)
    await child.started()
    return child


async def ended(child: Child) -> None:
    child.signal(signal.SIGTERM)
    assert await child.ended() == 0


async def alerts(play: Night, name: str, count: int, apart: float = 0.25) -> None:
    for number in range(count):
        play.alert(f"{name}{number}x", service=number % SERVICES)
        await play.calm(apart)


@pytest.mark.row("F50")
async def test_a_migration_under_load_that_has_to_wait_makes_no_page_late(
    postgres_url: str, newer: Path, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    async with night(tmp_path, postgres_url, config=QUIET, services=SERVICES) as play:
        await play.start()
        direct = postgres_url.replace("+psycopg", "")
        with psycopg.connect(direct) as reading:
            reading.execute("SELECT count(*) FROM incident")  # a long look, which keeps ALTER TABLE waiting

            async with asyncio.TaskGroup() as group:
                group.create_task(alerts(play, "Busy", 40))
                migrated = group.create_task(asyncio.to_thread(migrate, newer, postgres_url))
                await play.calm(5)  # longer than one try
                waited = not migrated.done()
                reading.rollback()

        await play.until(play.whole, 40)
        await play.calm(play.lease + 1)
        tell(f"a migration under load: {play.report()}")
        assert waited
        assert migrated.result() == schema.current(postgres_url) == "9001"
        play.assert_once()
        assert play.lateness()[-1] < 8


@pytest.mark.row("F49")
async def test_programs_of_before_and_after_a_migration_work_side_by_side(
    postgres_url: str, newer: Path, tmp_path: Path
) -> None:
    async with night(tmp_path, postgres_url, config=QUIET, services=SERVICES) as play:
        old = await play.start()
        await asyncio.to_thread(migrate, newer, postgres_url)

        new = await later(play, newer)
        await alerts(play, "Both", 8)
        await play.until(play.whole, 40)
        await ended(old)
        await alerts(play, "NewAlone", 4)
        await play.until(play.whole, 40)
        back = await play.start()  # the release is taken back, and the schema stays
        await ended(new)
        await alerts(play, "OldAlone", 4)

        await play.until(play.whole, 40)
        await play.calm(play.lease + 1)
        play.assert_once()
        assert back.events("newer_schema")[0]["schema"] == "9001"


@pytest.mark.row("F49")
async def test_a_program_that_may_not_write_to_a_newer_schema_refuses_to_start(
    postgres_url: str, newer: Path, tmp_path: Path
) -> None:
    (newer / "versions" / "9002_homes.py").write_text(CONTRACT)
    async with night(tmp_path, postgres_url, config=QUIET, services=SERVICES) as play:
        await asyncio.to_thread(migrate, newer, postgres_url)

        old = play.spawn()

        assert await old.ended() == 1
        words = " ".join(old.told().split())
        assert "schema 9002, which is newer than this program" in words
        assert "Only programs that know 9002 may write to it" in words
        await later(play, newer)
        await alerts(play, "New", 2)
        await play.until(play.whole, 30)
