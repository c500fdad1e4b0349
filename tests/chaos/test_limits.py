"""Memory or open files run out, and alerts come in crowds: nobody is forgotten and nobody is paged twice."""

import asyncio
import os
import resource
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.demo import alerts
from tests.chaos.child import FILES, Child
from tests.chaos.night import Night, configuration, night
from tests.chaos.test_processes import page_of

pytestmark = pytest.mark.chaos

SERVICES = 6
LITTLE = 24 * 2**20
"""Bytes that a process may have besides what it has when the storm begins."""

STORM = int(os.environ.get("CHAOS_ALERTS", "300"))
SAME = 1000


@pytest.mark.row("F15")
async def test_killed_for_its_memory_in_a_storm_it_goes_on_after_the_start(tmp_path: Path) -> None:
    config = configuration(wait="120s", services=SERVICES)
    async with night(tmp_path, None, config=config, services=SERVICES) as play:
        play.limits = float("inf")
        first = await play.start()
        enough = memory_of(first) + LITTLE
        resource.prlimit(first.pid, resource.RLIMIT_AS, (enough, enough))

        for number in range(120):
            play.alert(f"Alert{number:05d}", service=number % SERVICES)
        await play.until(lambda: len(play.pages()) >= 3 or first.code is not None, 30)
        first.signal(signal.SIGKILL)  # as the kernel does
        assert await first.ended() != 0
        await play.start()

        await play.until(play.whole, 120)
        await play.calm(play.lease + 1)
        play.assert_once()


@pytest.mark.row("F93")
async def test_with_few_files_and_many_visitors_it_pages_all_the_same(tmp_path: Path) -> None:
    async with night(tmp_path, None, services=SERVICES) as play, AsyncExitStack() as visitors:
        child = play.spawn(**{FILES: "64"})
        await child.started()
        where = urlsplit(str(child.events("started")[0]["url"]))
        assert where.hostname is not None
        for _ in range(100):
            _, writer = await asyncio.open_connection(where.hostname, where.port)
            visitors.callback(writer.close)
        await play.until(lambda: child.events("slack connection"), 20)

        for number in range(12):
            play.alert(f"Alert{number:05d}", service=number % SERVICES)

        await play.until(play.whole, 60)
        assert '"status": "ok"' in await page_of(child, "/healthz")
        await play.calm(play.lease + 1)
        play.assert_once()


@pytest.mark.row("F83")
@pytest.mark.timeout(180 + STORM // 2)
async def test_a_storm_of_different_alerts_is_taken_in_and_nobody_is_lost_in_the_crowd(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    config = configuration(wait="600s", methods="[{slack: 0s}]", services=SERVICES)
    async with night(tmp_path, None, config=config, services=SERVICES) as play:
        play.limits = float("inf")
        await play.start()

        for number in range(STORM):
            play.alert(f"Alert{number:05d}", service=number % SERVICES)
            if number % 10 == 0:
                await play.calm(0.05)

        await play.until(lambda: len(play.pages()) >= STORM and play.whole(), 60 + STORM / 5)
        tell(f"a storm: {play.report()}")
        play.assert_once()


@pytest.mark.row("F82")
async def test_the_same_alert_a_thousand_times_is_one_incident_and_wakes_once(tmp_path: Path) -> None:
    config = configuration(wait="600s", methods="[{slack: 0s}]")
    async with night(tmp_path, None, config=config) as play:
        await play.start()
        manager = play.slack.integration("Alertmanager")

        play.alert("ApiErrorRateHigh")
        for number in range(SAME):
            manager.post("#alerts", alerts.firing("ApiErrorRateHigh", "s0"))
            if number % 20 == 0:
                await play.calm(0.05)

        await play.until(lambda: all_heard(play), 60)
        await play.until(play.whole, 30)
        assert len(play.pages()) == len(play.cards()) == play.tickets().total() == 1
        play.assert_once()


def all_heard(play: Night) -> bool:
    """Whether nothing that was posted waits for its acknowledgement."""
    return play.slack.hub.deliveries.waiting == 0 and not play.slack.hub.tasks.busy


def memory_of(child: Child) -> int:
    """Bytes of address space."""
    pages = int(Path(f"/proc/{child.pid}/statm").read_text().split()[0])
    return pages * resource.getpagesize()
