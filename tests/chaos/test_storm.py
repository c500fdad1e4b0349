"""Processes die by the hundred under load: everybody is paged, once, and what the witness saw says so.

`make chaos` plays the same for as long as one likes. Here the deaths are most of all kill -9.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.deaths import Death
from tests.chaos.report import sentence
from tests.chaos.scene import Scene, play
from tests.chaos.verdict import spread
from tests.postgres import Cluster

pytestmark = [pytest.mark.chaos, pytest.mark.long]

KILLS = int(os.environ.get("CHAOS_KILLS", "200"))
REPLICAS = 3
MEAN = 0.25
"""Seconds that a process lives, on average, before it is killed."""


@pytest.mark.row("F11")
@pytest.mark.row("F14")
@pytest.mark.timeout(300 + 6 * KILLS)
@pytest.mark.parametrize("replicas", [1, REPLICAS], ids=["one process on SQLite", "three on PostgreSQL"])
async def test_killed_again_and_again_it_loses_and_doubles_nothing(
    replicas: int, request: pytest.FixtureRequest, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    database = request.getfixturevalue("postgres_url") if replicas > 1 else None
    scene = Scene(name="storm", database=database, replicas=replicas, kills=KILLS, mean=MEAN, seed=KILLS)

    played = await play(scene, tmp_path)

    late = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in spread(played.verdict.pages.late))
    tell(f"{replicas} process(es): {sentence(played)}; late by {late}")
    assert played.failures == []
    assert played.deaths[Death.KILL] >= KILLS
    assert played.verdict.alerts >= KILLS // 4
    assert played.verdict.pages.due >= played.verdict.alerts


@pytest.mark.row("F34")
@pytest.mark.timeout(300)
async def test_with_a_crashing_database_besides_it_loses_and_doubles_nothing(
    private_postgres: Cluster, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    database = private_postgres.url(private_postgres.create_database())
    scene = Scene(
        name="storm", database=database, replicas=REPLICAS, kills=25, crashing=private_postgres, seed=1
    )

    played = await play(scene, tmp_path)

    tell(f"PostgreSQL stopped {played.deaths[Death.DATABASE]} times besides: {sentence(played)}")
    assert played.failures == []
    assert played.deaths[Death.DATABASE] >= 2
