"""The tests' own PostgreSQL behaves as its users are promised."""

import os
import select
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.postgres import Cluster, Run, bundled_binaries, system_binaries

SOURCES = [
    pytest.param(folder, id=name)
    for name, folder in (("system", system_binaries()), ("bundled", bundled_binaries()))
    if folder
]


def test_every_test_gets_an_empty_database_of_its_own(
    empty_postgres_url: str, postgres_cluster: Cluster
) -> None:
    engine = create_engine(empty_postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (id int)"))
        here = connection.execute(text("SELECT current_database()")).scalar_one()
    engine.dispose()

    other = postgres_cluster.create_database()
    with psycopg.connect(postgres_cluster.dsn.replace("/postgres?", f"/{other}?")) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'mine'").fetchone()
    postgres_cluster.drop_database(other)

    assert here in empty_postgres_url
    assert tables == (0,)


def test_the_server_listens_on_no_port_and_does_not_run_as_root(postgres_cluster: Cluster) -> None:
    with psycopg.connect(postgres_cluster.dsn) as connection:
        listens = connection.execute("SHOW listen_addresses").fetchone()
        owner = Path(f"/proc/{connection.info.backend_pid}").stat().st_uid

    assert listens == ("",)
    assert owner != 0


@pytest.mark.parametrize("binaries", SOURCES)
def test_both_kinds_of_binaries_survive_a_crash_without_losing_a_commit(
    binaries: Path,
) -> None:
    run, alive = Run.begin()
    cluster = run.private(binaries)
    with psycopg.connect(cluster.dsn, autocommit=True) as connection:
        owner = Path(f"/proc/{connection.info.backend_pid}").stat().st_uid
        fsync = connection.execute("SHOW fsync").fetchone()
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

        cluster.crash()

        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    cluster.start()
    with psycopg.connect(cluster.dsn) as connection:
        kept = connection.execute("SELECT answer FROM kept").fetchone()
    run.end()
    os.close(alive)

    assert owner != 0
    assert fsync == ("on",)
    assert kept == (42,)
    assert not run.folder.exists()


def test_a_paused_server_answers_nothing_until_it_is_resumed(private_postgres: Cluster) -> None:
    with psycopg.connect(private_postgres.dsn, autocommit=True) as connection:
        private_postgres.pause()
        try:
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(private_postgres.dsn, connect_timeout=2).close()
        finally:
            private_postgres.resume()

        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_killed_run_leaves_nothing_behind() -> None:
    program = """
from tests.postgres import Run, find_binaries
run, alive = Run.begin()
run.shared(find_binaries())
postmaster = (run.folder / "shared/data/postmaster.pid").read_text().split()[0]
print(run.folder, (run.folder / "guard").read_text(), postmaster, flush=True)
input()
"""
    killed = subprocess.Popen(
        [sys.executable, "-c", program], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with killed:
        assert killed.stdout
        folder, guard, postmaster = killed.stdout.readline().split()
        watched = [os.pidfd_open(int(pid)) for pid in (postmaster, guard)]

        killed.kill()

    for process in watched:
        ended, _, _ = select.select([process], [], [], 30)
        os.close(process)
        assert ended
    assert not Path(folder).exists()
