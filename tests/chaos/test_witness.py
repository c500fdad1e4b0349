"""The report must be able to fail: bots that are broken on purpose are seen by the witness."""

import asyncio
from pathlib import Path

import pytest

from tests.chaos.sabotage import WAYS
from tests.chaos.scene import Played, Scene, play

pytestmark = pytest.mark.chaos

WHOLE = ""


@pytest.mark.timeout(180)
async def test_what_is_broken_is_seen_and_what_is_whole_is_not_blamed(tmp_path: Path) -> None:
    """All at once, because most of it is waiting."""
    async with asyncio.TaskGroup() as group:
        tasks = {way: group.create_task(played(tmp_path, way)) for way in (WHOLE, *WAYS)}

    seen = {way: task.result() for way, task in tasks.items()}

    assert seen[WHOLE].failures == []
    assert seen[WHOLE].verdict.pages.due > 10
    blamed = {way: told.verdict for way, told in seen.items()}
    assert blamed["drops"].pages.lost > 0
    assert blamed["drops"].pages.lost == blamed["drops"].lost + blamed["drops"].missed
    assert blamed["doubles"].pages.doubled > 0
    assert seen[WHOLE].verdict.early == 0
    assert blamed["disguises"].early > 0, "the same page under another name is one too many"
    assert blamed["dawdles"].after_end > 0
    for way in WAYS:
        assert len(seen[way].failures) >= 1, way


async def played(folder: Path, sabotage: str) -> Played:
    """Nobody is killed: whatever goes wrong is the sabotage."""
    room = folder / (sabotage or "whole")
    room.mkdir()
    scene = Scene(
        name=sabotage, database=None, kills=0, sabotage=sabotage, rest=9, settle=5, answered_by=6, every=0.4
    )
    return await play(scene, room)
