from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from bot.clock import ShiftedClock
from bot.delivery.names import Names
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.directory import SlackDirectory
from bot.delivery.slack.messages import Messages
from bot.delivery.slack.pace import Pace
from bot.render.seal import Seal
from bot.sandbox.slack.seed import BOT_TOKEN, seed
from bot.sandbox.slack.server import SlackServer


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
async def slack(clock: ShiftedClock) -> AsyncIterator[SlackServer]:
    async with SlackServer(seed(), clock) as server:
        yield server


Open = Callable[..., SlackClient]


@pytest.fixture
async def open_client(clock: ShiftedClock, slack: SlackServer) -> AsyncIterator[Open]:
    """Opens clients of the sandbox, or of another address, with a short time limit."""
    async with AsyncExitStack() as stack:

        def opened(
            base_url: str = "",
            *,
            token: str = BOT_TOKEN,
            limit: float = 0.5,
            pace: Pace | None = None,
            names: Names | None = None,
        ) -> SlackClient:
            client = SlackClient(
                token=token,
                clock=clock,
                pace=pace or Pace(clock),
                base_url=base_url or slack.api_url,
                limit=limit,
                names=names,
            )
            stack.push_async_callback(client.close)
            return client

        yield opened


@pytest.fixture
def client(open_client: Open) -> SlackClient:
    return open_client()


SEAL = Seal(b"0123456789abcdef")


@pytest.fixture
def directory(client: SlackClient, clock: ShiftedClock) -> SlackDirectory:
    return SlackDirectory(client, clock)


@pytest.fixture
def messages(client: SlackClient, directory: SlackDirectory, clock: ShiftedClock) -> Messages:
    return Messages(client, directory, clock)
