"""Restarts that nobody may notice: one replica after the other, and on SQLite a gap as short as can be."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.sandbox.slack.faults import Fault, FaultKind
from tests.chaos.child import CLOCK
from tests.chaos.night import Night, Nights, configuration, night

pytestmark = pytest.mark.chaos

SERVICES = 6
WAIT = 4.0
ROLLS = 4
LEASE = 15.0
"""As in earnest: whoever needs the end of a lease to be paged is late by this."""


@pytest.mark.row("F12")
async def test_replicas_are_exchanged_one_by_one_and_no_page_waits_for_a_lease(
    postgres_url: str, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    config = configuration(wait=f"{WAIT:.0f}s", methods="[{slack: 0s}]", services=SERVICES)
    async with night(tmp_path, postgres_url, config=config, services=SERVICES, lease=LEASE) as play:
        play.limits = float("inf")
        replicas = [await play.start() for _ in range(2)]
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(alerts(play, stop))
            for _ in range(ROLLS):
                successor = await play.start()  # it hears Slack before the old one is told to go
                old = replicas.pop(0)
                old.signal(signal.SIGTERM)
                assert await old.ended(20) == 0, old.told()
                replicas.append(successor)
            await play.calm(2)
            stop.set()

        await play.until(play.whole, 30)
        tell(f"{ROLLS} replicas exchanged: {play.report()}")
        assert play.lateness()[-1] < LEASE * 0.6
        play.assert_once()
        assert play.missed(WAIT, within=LEASE * 0.6) == {}


async def test_on_sqlite_the_next_process_pages_soon_after_the_last_one_was_told_to_go(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    """What it takes to start the interpreter is not in it: tests fork a process that has imported the bot."""
    async with night(tmp_path, None, services=SERVICES) as play:
        first = await play.start()
        play.alert("Before")
        await play.until(play.whole, 20)

        began = CLOCK.now()
        first.signal(signal.SIGTERM)
        assert await first.ended(10) == 0, first.told()
        play.alert("Meanwhile", service=1)
        await play.start()

        await play.until(play.whole, 30)
        gap = (play.page_time("Meanwhile") - began).total_seconds()
        tell(f"on SQLite the first page came {gap:.2f} s after SIGTERM")
        play.assert_once()


@pytest.mark.row("F13")
async def test_everything_hangs_and_it_ends_within_ten_seconds_all_the_same(nights: Nights) -> None:
    async def story(play: Night) -> None:
        first = await play.start()
        play.slack.faults.add(Fault(kind=FaultKind.HANG, method="chat.postMessage"))
        play.jira.refuse()
        for number in range(20):
            play.alert(f"Load{number:02d}", service=number % SERVICES)
        await play.calm(1)
        began = CLOCK.monotonic()

        first.signal(signal.SIGTERM)
        assert await first.ended(40) == 0, first.told()

        took = CLOCK.monotonic() - began
        assert first.events("stopped")
        assert took < 10 + 5, f"{took:.1f} s: the drain's limit, and what a busy machine adds"
        play.slack.faults.clear()
        await play.jira.accept()
        await play.start()
        await play.until(play.whole, 90)
        play.assert_once()

    await nights(story, services=SERVICES, lease=15.0)


async def alerts(play: Night, stop: asyncio.Event) -> None:
    """Three a second, over all services."""
    number = 0
    while not stop.is_set():
        number += 1
        play.alert(f"Alert{number:04d}", service=number % SERVICES)
        await play.calm(0.33)
