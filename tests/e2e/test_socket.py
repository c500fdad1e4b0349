"""Socket Mode: connections that are cut, warned, refused or stuck."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import ShiftedClock
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.journal import Kind
from bot.sandbox.slack.seed import APP_TOKEN, BOT_TOKEN, seed
from bot.sandbox.slack.server import SlackServer
from handlers.socket import CLOSE_SECONDS, SocketMode


class Line:
    def __init__(
        self, clock: ShiftedClock, slack: SlackServer, socket: SocketMode, changed: asyncio.Event
    ) -> None:
        self.clock, self.slack, self.socket, self.changed = clock, slack, socket, changed

    async def heard(self) -> bool:
        outcome = await self.slack.person("ann").slash("/incident", "hello")
        return bool(outcome.reply) and not outcome.error

    async def wait(self, count: int) -> None:
        async with asyncio.timeout(10):
            while self.socket.open != count:
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def line(
    *faults: Fault, limit: float = 45.0, period: float = 0.05, ping: float = 0.2, jitter: float = 0.05
) -> AsyncIterator[Line]:
    clock, stop, changed = ShiftedClock(), asyncio.Event(), asyncio.Event()
    async with SlackServer(seed(), clock, limits=float("inf"), ack_seconds=1) as slack:
        for fault in faults:
            slack.faults.add(fault)
        client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url)

        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U1", bot_id="B1")

        app = AsyncApp(client=client, authorize=authorize, process_before_response=True)

        async def hear(ack: AsyncAck) -> None:
            await ack("heard")

        app.command("/incident")(hear)
        socket = SocketMode(
            app=app,
            app_token=APP_TOKEN,
            clock=clock,
            period=period,
            limit=limit,
            ping=ping,
            jitter=jitter,
            changed=lambda _: changed.set(),
        )
        made = Line(clock, slack, socket, changed)
        async with asyncio.TaskGroup() as group:
            group.create_task(socket.run(stop))
            yield made
            stop.set()
        assert not socket.connected
        await slack.until(lambda: slack.hub.sockets.count == 0)


async def test_two_connections_are_kept_and_one_that_is_cut_comes_back() -> None:
    async with line() as made:
        await made.wait(2)

        await made.slack.hub.sockets.cut()
        await made.slack.until(lambda: len(made.slack.journal.entries(Kind.SOCKET, "open")) >= 4)
        await made.wait(2)

        assert await made.heard()
        assert made.socket.connected


async def test_a_refresh_asked_for_by_slack_is_followed() -> None:
    async with line() as made:
        await made.wait(2)

        await made.slack.hub.sockets.refresh()
        await made.slack.until(lambda: len(made.slack.journal.entries(Kind.SOCKET, "open")) >= 4)
        await made.wait(2)

        assert await made.heard()


async def test_a_ticket_that_is_refused_for_ever_is_given_up_for_another() -> None:
    stuck = Fault(kind=FaultKind.STUCK_TICKET, times=4)

    async with line(stuck, limit=0.4) as made:
        await made.wait(2)

        assert await made.heard()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind=FaultKind.ERROR, method="apps.connections.open", error="invalid_auth", times=4),
        Fault(kind=FaultKind.RESET, method="apps.connections.open", times=6),
        Fault(kind=FaultKind.STATUS, method="apps.connections.open", status=503, times=4),
    ],
    ids=lambda fault: fault.kind.value,
)
async def test_a_slack_that_gives_no_ticket_is_asked_again_and_ends_nothing(fault: Fault) -> None:
    async with line(fault, limit=0.4) as made:
        await made.wait(2)

        assert await made.heard()


async def test_a_client_that_makes_no_connection_for_long_is_replaced() -> None:
    async with line(Fault(kind=FaultKind.STUCK_TICKET), limit=0.3) as made:
        await made.slack.until(lambda: made.socket.rebuilt >= 2)
        made.slack.faults.clear()
        await made.wait(2)

        assert await made.heard()


async def test_a_connection_that_answers_no_ping_is_not_well() -> None:
    async with line() as made:
        await made.wait(2)

        fault = made.slack.faults.add(Fault(kind=FaultKind.NO_PONG))
        await made.wait(0)
        made.slack.faults.clear(fault)
        await made.wait(2)

        assert await made.heard()


async def test_stopping_while_no_connection_can_be_made_leaves_nothing_behind() -> None:
    async with line(Fault(kind=FaultKind.STUCK_TICKET), limit=0.3) as made:
        await made.slack.until(lambda: len(made.slack.journal.entries(Kind.SOCKET, "handshake")) >= 3)

        assert not made.socket.connected


async def test_hanging_up_on_a_slack_that_answers_nothing_leaves_no_socket_open() -> None:
    async with line(ping=30.0) as made:
        await made.wait(2)

        made.slack.hub.sockets.deafen(CLOSE_SECONDS + 1)
