from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import ShiftedClock
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.mail import MailServer
from bot.sandbox.slack.seed import BOT_TOKEN, seed
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.web.pages import Pages, to_the_board
from tests.sandbox.web_site import Site


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
async def slack(clock: ShiftedClock) -> AsyncIterator[SlackServer]:
    async with SlackServer(seed(), clock, ack_seconds=0.5) as server:
        yield server


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as opened:
        yield opened


@pytest.fixture
def client(slack: SlackServer, session: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url, session=session, retry_handlers=[])


@pytest.fixture
async def site(clock: ShiftedClock, session: aiohttp.ClientSession) -> AsyncIterator[Site]:
    slack, mail = SlackServer(seed(), clock, ack_seconds=0.5), MailServer(clock)
    jira = JiraServer(clock, pages=to_the_board(slack))
    await mail.start()
    await slack.start(*Pages(slack, jira, mail, clock).routes())
    async with jira:
        yield Site(slack, jira, mail, session)
    await slack.stop()
    await mail.stop()
