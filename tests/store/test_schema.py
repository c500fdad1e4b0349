"""The schema is made by migrations, and a database that does not fit is refused."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from bot.errors import SchemaMismatch, StoreUnavailable
from bot.store import open_store, schema
from bot.store.alert_tables import metadata
from bot.store.tables import counter, incident_number, tell_conditions


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tocsin.db'}"
    return str(request.getfixturevalue("empty_postgres_url"))


def test_the_migrations_make_exactly_the_tables(url: str) -> None:
    schema.migrate(url)
    tell_conditions()

    engine = create_engine(schema.address(url))
    with engine.connect() as connection:
        only = connection.dialect.name == "sqlite"

        def ours(thing: object, name: str | None, kind: str, *_: object) -> bool:
            return only or (kind, name) != ("table", counter.name)

        options = {"include_object": ours, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        assert only or inspect(connection).has_sequence(incident_number.name)
        assert constraints(connection) == {
            (table.name, constraint.name)
            for table in metadata.sorted_tables
            if only or table is not counter
            for constraint in table.constraints
        }
    engine.dispose()


def constraints(connection: object) -> set[tuple[str, object]]:
    """Comparing metadata overlooks the names of keys."""
    found = inspect(connection)
    assert found is not None
    return {
        (table, constraint["name"])
        for table in found.get_table_names()
        if table != "alembic_version"
        for constraint in (
            found.get_pk_constraint(table),
            *found.get_unique_constraints(table),
            *found.get_foreign_keys(table),
        )
    }


def test_migrating_twice_changes_nothing(url: str) -> None:
    assert schema.migrate(url) == schema.migrate(url) == schema.head() == schema.current(url)


async def test_a_newer_schema_is_refused(url: str) -> None:
    schema.migrate(url)
    engine = create_engine(schema.address(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE mark SET text = '9998' WHERE name = 'oldest_writer'"))
    engine.dispose()

    with pytest.raises(SchemaMismatch, match=r"newer(.|\n)*that know 9998 may write"):
        await open_store(url).start()
    with pytest.raises(SchemaMismatch, match="newer"):
        await open_store(url, auto_migrate=True).start()


async def test_an_unmigrated_database_is_refused(url: str) -> None:
    with pytest.raises(SchemaMismatch, match="tocsin migrate"):
        await open_store(url).start()

    schema.migrate(url)
    store = open_store(url)
    await store.start()
    await store.stop()


async def test_a_refused_database_is_not_created(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.db"

    with pytest.raises(SchemaMismatch):
        await open_store(f"sqlite:///{file}").start()

    assert not file.exists()


async def test_a_database_that_cannot_be_reached_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        await open_store(f"postgresql://nobody@/none?host={tmp_path}").start()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises((ValueError, ImportError)):
        open_store(url)


def test_the_names_of_the_migrations_say_what_alembic_reads_in_them() -> None:
    scripts = ScriptDirectory(str(schema.MIGRATIONS))

    assert schema.known() == {script.revision for script in scripts.walk_revisions()}
    assert schema.head() == scripts.get_current_head()


def test_a_start_with_nothing_to_bring_up_to_date_does_without_alembic(url: str) -> None:
    schema.migrate(url)
    program = (
        f"from bot.store import schema; schema.migrate({url!r}); import sys; print('alembic' in sys.modules)"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "False"


def test_every_migration_since_the_third_says_who_may_still_write() -> None:
    scripts = ScriptDirectory(str(schema.MIGRATIONS)).walk_revisions()

    silent = {script.revision for script in scripts if not hasattr(script.module, schema.OLDEST_WRITER)}

    assert silent <= {"0001", "0002"}


def test_migrating_on_a_newer_schema_that_allows_it_changes_nothing(url: str) -> None:
    schema.migrate(url)
    engine = create_engine(schema.address(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    assert schema.migrate(url) == "9999"
    schema.check(url)
