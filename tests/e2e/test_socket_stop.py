"""Socket Mode ends when it is told to, also when the telling is lost on the way."""

import asyncio
import gc

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import ShiftedClock
from bot.sandbox.slack.seed import APP_TOKEN, BOT_TOKEN, seed
from bot.sandbox.slack.server import SlackServer
from handlers.socket import SocketMode

PERIOD = 0.2


async def authorize() -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T", bot_token=BOT_TOKEN)


class Deaf(ShiftedClock):
    """Its sleepers do not hear at first: `asyncio.wait_for` of Python 3.11 can lose a cancellation so."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[asyncio.Task[object] | None] = set()

    async def sleep(self, seconds: float) -> None:
        try:
            await super().sleep(seconds)
        except asyncio.CancelledError:
            if (me := asyncio.current_task()) in self.asked:
                raise
            self.asked.add(me)


@pytest.mark.row("F12")
async def test_a_cancellation_that_gets_lost_does_not_keep_it_from_ending() -> None:
    clock, stop = Deaf(), asyncio.Event()
    async with SlackServer(seed(), ShiftedClock(), limits=float("inf")) as slack:
        client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url)

        app = AsyncApp(client=client, authorize=authorize)
        socket = SocketMode(app=app, app_token=APP_TOKEN, clock=clock, period=PERIOD)
        async with asyncio.timeout(8), asyncio.TaskGroup() as group:
            group.create_task(socket.run(stop))
            while socket.open < 2:
                await ShiftedClock().sleep(0.01)
            stop.set()

        assert socket.open == 0
        assert len(clock.asked) == 2


class Woken(ShiftedClock):
    """Who watches a connection looks at it when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.wake = asyncio.Event()

    def rouse(self) -> None:
        self.wake.set()
        self.wake.clear()

    async def sleep(self, seconds: float) -> None:
        await (self.wake.wait() if seconds == PERIOD else super().sleep(seconds))


@pytest.mark.row("F12")
async def test_it_says_goodbye_on_every_connection_when_it_sees_by_itself_that_it_ends() -> None:
    clock, stop = Woken(), asyncio.Event()
    async with SlackServer(seed(), ShiftedClock(), limits=float("inf")) as slack:
        client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url)
        app = AsyncApp(client=client, authorize=authorize)
        socket = SocketMode(app=app, app_token=APP_TOKEN, clock=clock, period=PERIOD)
        async with asyncio.timeout(8), asyncio.TaskGroup() as group:
            group.create_task(socket.run(stop))
            while socket.open < 2:
                clock.rouse()
                await ShiftedClock().sleep(0.01)
            clock.rouse()
            stop.set()

        await slack.until(lambda: slack.hub.sockets.count == 0)
    del socket, app, client
    gc.collect()  # a connection that nobody let go of says so now, and pytest makes an error of it
