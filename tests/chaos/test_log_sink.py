"""A log that nobody reads: the pipe is full before the bot begins, and pages go out all the same."""

import asyncio
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.sandbox.slack.journal import Kind
from tests.chaos.night import night

SMALL = 4096
ROOT = Path(__file__).parents[2]


@pytest.fixture
def full_pipe() -> Iterator[tuple[int, int]]:
    """Its reading end, which nobody reads, and its writing end, which takes nothing more."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, SMALL)
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * SMALL)
    os.set_blocking(writing, True)
    yield reading, writing
    os.close(reading)
    os.close(writing)


@pytest.mark.row("F88")
async def test_a_log_that_nobody_reads_delays_no_page_and_no_end(
    tmp_path: Path, full_pipe: tuple[int, int]
) -> None:
    async with night(tmp_path, None) as play:
        mine = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        bot = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            env=mine | play.environment | {"PYTHONPATH": str(ROOT), "TOCSIN_LOG_LEVEL": "debug"},
            stderr=full_pipe[1],
        )
        try:
            await play.until(lambda: play.slack.journal.entries(Kind.SOCKET, "open"), 60)
            play.alert()
            await play.until(play.whole, 15)
            play.assert_once()
            bot.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(bot.wait(), 20) == 0
        finally:
            with suppress(ProcessLookupError):
                bot.kill()
            await bot.wait()
