"""What the log of a bot whose providers all refuse it tells, and what it never does."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.clock import SystemClock
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.slack import seed
from bot.sandbox.slack.server import SlackServer
from bot.store import open_store
from handlers.manifest import manifest
from tests.cli.program import PATIENCE, Program, Running, running
from tests.store.stories import paged

CLOCK = SystemClock()
CANARIES = {
    "TOCSIN_SLACK__BOT_TOKEN": "xoxb-parakeet-one",
    "TOCSIN_SLACK__APP_TOKEN": "xapp-parakeet-two",
    "TOCSIN_SLACK__SIGNING_SECRET": "parakeet-three",
    "TOCSIN_JIRA__TOKEN": "parakeet-four",
    "TOCSIN_SMTP__PASSWORD": "parakeet-five",
    "TOCSIN_SECRET_KEY": "parakeet-six-which-is-long-enough-to-be-a-key",
}


@pytest.fixture
async def refused(tocsin: Program) -> AsyncIterator[Program]:
    """The program with wrong secrets everywhere, and a page on its way."""
    tocsin.configure()
    slack, jira = SlackServer(seed.seed(manifest("socket", None)), CLOCK), JiraServer(CLOCK)
    async with slack, jira:
        tocsin.settings |= CANARIES | {
            "TOCSIN_SLACK__API_URL": slack.api_url,
            "TOCSIN_JIRA__URL": jira.url,
            "TOCSIN_JIRA__EMAIL": "tocsin@example.com",
            "TOCSIN_JIRA__FLAVOUR": "cloud",
            "TOCSIN_SMTP__HOST": "127.0.0.1",
            "TOCSIN_SMTP__PORT": "9",
            "TOCSIN_SMTP__USER": "tocsin",
            "TOCSIN_SMTP__SENDER": "tocsin@example.com",
            "TOCSIN_LOG_LEVEL": "debug",
        }
        store = open_store(f"sqlite:///{tocsin.folder / 'data' / 'tocsin.db'}", auto_migrate=True)
        await store.start()
        await paged(store, CLOCK.now())
        await store.stop()
        yield tocsin


async def failures(bot: Running, *kinds: str) -> list[dict[str, object]]:
    """What failed, once each of these kinds has."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = [event for event in bot.events if event["event"] == "delivery_failed"]
            if {event["kind"] for event in found} >= set(kinds):
                return found
            await CLOCK.sleep(0.05)


@pytest.mark.row("A56", "F91")
async def test_failures_are_told_with_their_incident_and_without_any_secret(refused: Program) -> None:
    async with running(refused) as bot:
        found = await failures(bot, "page_person", "refresh_card", "open_ticket")
        ready, metrics = await bot.get("/readyz"), await bot.get("/metrics")
        code = await bot.ended()

    reasons = {str(event["reason"]) for event in found}
    assert {event["incident"] for event in found} == {"INC-1"}
    assert {"invalid_auth", "jira_401_token_refused"} <= reasons
    assert code == 0
    for told in (bot.process.err, ready[1], metrics[1]):
        assert "parakeet" not in told
