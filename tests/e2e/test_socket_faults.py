"""Socket Mode in a bad night: connections end all the time, and no event is lost."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.demo import alerts
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.journal import Kind
from bot.sandbox.slack.sockets import Sockets
from handlers.socket import CONNECTIONS, LONGEST_PAUSE
from tests.e2e.test_socket import line
from tests.e2e.ways_in import WaysIn, ways_in

Trouble = Callable[[Sockets], object]

TROUBLES: dict[str, Trouble] = {
    "asked to go": lambda sockets: sockets.refresh(),
    "warned": lambda sockets: sockets.refresh("warning"),
    "closed without a word": lambda sockets: sockets.cut(),
    "broken": lambda sockets: sockets.drop(),
}


async def strike(trouble: Trouble, sockets: Sockets) -> None:
    done = trouble(sockets)
    if asyncio.iscoroutine(done):
        await done


@pytest.mark.row("F63")
@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
async def test_lost_connections_are_made_anew_within_seconds(trouble: Trouble) -> None:
    async with line(jitter=1.0, period=1.0, ping=4.0) as made:
        await made.wait(CONNECTIONS)
        sockets = made.slack.hub.sockets
        before = set(sockets.numbers)

        await strike(trouble, sockets)

        async with asyncio.timeout(5):
            while len(set(sockets.numbers) - before) < CONNECTIONS:
                await made.clock.sleep(0.01)
        assert await made.heard()
        assert made.socket.renewed == CONNECTIONS


@pytest.mark.row("F63")
async def test_both_connections_are_never_exchanged_at_once() -> None:
    async with line(jitter=0.0) as made:
        await made.wait(CONNECTIONS)

        await made.slack.hub.sockets.refresh("warning")

        fewest = CONNECTIONS
        while made.socket.renewed < CONNECTIONS:
            fewest = min(fewest, made.slack.hub.sockets.count)
            await made.clock.sleep(0)
        assert fewest >= CONNECTIONS - 1


@pytest.mark.row("F63")
async def test_silent_connections_are_replaced() -> None:
    async with line(ping=0.4) as made:
        await made.wait(CONNECTIONS)

        fault = made.slack.faults.add(Fault(kind=FaultKind.NO_PONG))
        async with asyncio.timeout(5):
            while made.socket.renewed < CONNECTIONS:
                await made.clock.sleep(0.01)
        made.slack.faults.clear(fault)

        await made.wait(CONNECTIONS)
        assert await made.heard()


@pytest.mark.row("F63")
async def test_a_slack_that_has_switched_socket_mode_off_is_not_hammered() -> None:
    async with line(jitter=0.2) as made:
        await made.wait(CONNECTIONS)
        asked = len(made.slack.journal.calls("apps.connections.open"))

        made.slack.faults.add(Fault(kind=FaultKind.LINK_DISABLED))
        await made.clock.sleep(2)

        assert len(made.slack.journal.calls("apps.connections.open")) - asked <= 6 * CONNECTIONS
        made.slack.faults.clear()
        await made.slack.until(lambda: made.slack.hub.sockets.count == CONNECTIONS, seconds=2 * LONGEST_PAUSE)


@pytest.mark.row("F63")
async def test_no_event_is_lost_while_connections_end_all_the_time(tmp_path: Path) -> None:
    async with ways_in(tmp_path, "socket") as its:
        sockets, troubles = its.slack.hub.sockets, list(TROUBLES.values())
        its.slack.faults.add(Fault(kind=FaultKind.DISCONNECT, seconds=1.0))
        its.slack.faults.add(Fault(kind=FaultKind.DUPLICATE, method="events_api", times=10))

        for number in range(60):
            its.slack.integration("Alertmanager").post("#alerts", alerts.firing(f"Alert{number}"))
            if number % 6 == 5:
                await strike(troubles[number // 6 % len(troubles)], sockets)
            await its.clock.sleep(0.05)
        its.slack.faults.clear()
        await everything_delivered(its)

        titles = [incident.title for incident in await its.open()]
        assert sorted(titles) == sorted({*titles})
        assert len(titles) == 60
        ends = its.slack.journal.entries(Kind.SOCKET, "close")
        assert len(ends) > 3 * CONNECTIONS


async def everything_delivered(its: WaysIn) -> None:
    """Slack tries again at once, after a minute and after five. A line that was cut often waits for long."""
    async with asyncio.timeout(100):
        for _ in range(3):
            await its.slack.settled()
            await its.slack.until(
                lambda: its.slack.hub.sockets.count == CONNECTIONS, seconds=2 * LONGEST_PAUSE
            )
            its.clock.advance(timedelta(minutes=6))
