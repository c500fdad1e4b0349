"""kill -9, again and again, under load: every alert pages, and none pages twice."""

import asyncio
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.night import Night, configuration, night

pytestmark = pytest.mark.chaos

KILLS = int(os.environ.get("CHAOS_KILLS", "30"))
SERVICES = 6
WAIT = 15.0


@pytest.mark.row("F11")
@pytest.mark.timeout(120 + 6 * KILLS)
@pytest.mark.parametrize("replicas", [1, 2], ids=["one process on SQLite", "two on PostgreSQL"])
async def test_killed_again_and_again_it_loses_and_doubles_nothing(
    replicas: int, request: pytest.FixtureRequest, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    database = request.getfixturevalue("postgres_url") if replicas == 2 else None
    config = configuration(wait=f"{WAIT:.0f}s", methods="[{slack: 0s}]", services=SERVICES)
    chance = random.Random(KILLS)
    async with night(tmp_path, database, config=config, services=SERVICES) as play:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            load = group.create_task(alerts(play, stop))
            killers = [group.create_task(kill(play, KILLS // replicas, chance)) for _ in range(replicas)]
            await asyncio.wait(killers)
            stop.set()
            await load

        await play.until(play.whole, 60)
        await play.calm(play.lease + 1)
        killed = sum(child.code == -signal.SIGKILL for child in play.children)
        tell(f"{killed} kills -9, {replicas} replica(s): {play.report()}")
        play.assert_once()
        assert play.missed(WAIT, within=20) == {}
        assert killed == KILLS // replicas * replicas


async def kill(play: Night, times: int, chance: random.Random) -> None:
    """One replica: started, killed after a moment of work, started again; the last one lives."""
    for _ in range(times):
        child = play.spawn()
        await child.started()
        await play.calm(chance.expovariate(1 / 0.5) + 0.05)
        child.signal(signal.SIGKILL)
        assert await child.ended() == -signal.SIGKILL
    await play.start()


async def alerts(play: Night, stop: asyncio.Event) -> None:
    """One alert after the other, for one service after the other."""
    number = 0
    while not stop.is_set():
        number += 1
        play.alert(f"Alert{number:04d}", service=number % SERVICES)
        await play.calm(0.6)
