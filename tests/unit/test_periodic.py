"""Periodic work that takes longer than its period."""

import asyncio
import logging
import threading

import pytest
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.workers.schedule import Periodic

PERIOD = 0.05


async def complaints(*, limit: float) -> list[str]:
    """What is logged about runs that are left out while one does not end for several periods."""
    periodic, runs = Periodic(), 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        try:
            await SystemClock().sleep(PERIOD * 8)
        except asyncio.CancelledError:
            await SystemClock().sleep(PERIOD * 8)  # it does not end when it is told to

    periodic.every(PERIOD, "slow", work, limit=limit)
    with capture_logs() as lines:
        periodic.start()
        await SystemClock().sleep(PERIOD * 6)
        periodic.stop()
    assert runs == 1
    return [f"{line['log_level']} {line['job']}" for line in lines if line["event"] == "periodic_problem"]


async def test_work_that_may_take_longer_than_its_period_is_left_out_meanwhile_without_a_word() -> None:
    assert await complaints(limit=60.0) == []


async def test_work_that_must_end_within_its_period_and_does_not_is_an_error() -> None:
    assert "error slow" in await complaints(limit=PERIOD)


@pytest.mark.parametrize("turns", range(5))
async def test_a_stop_in_the_moment_in_which_work_falls_due_is_no_error(
    turns: int, caplog: pytest.LogCaptureFixture
) -> None:
    periodic = Periodic()

    async def work() -> None:
        await SystemClock().sleep(PERIOD)

    periodic.every(PERIOD, "work", work)
    periodic.start()
    await SystemClock().sleep(0)
    threading.Event().wait(PERIOD * 2)  # the loop stands still, and finds the work due afterwards
    for _ in range(turns):
        await SystemClock().sleep(0)
    periodic.stop()
    await SystemClock().sleep(PERIOD)

    assert [line.getMessage() for line in caplog.records if line.levelno >= logging.ERROR] == []
