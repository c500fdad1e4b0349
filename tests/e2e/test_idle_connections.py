"""Somebody opens connections to the bot's own server and says nothing: pages and buttons do not notice."""

import asyncio

import pytest

from handlers.doorman import MOST
from tests.harness import BotHarness
from tests.unit.handlers.test_doorman import healthy, lines


@pytest.mark.row("F87")
async def test_people_are_paged_and_heard_while_connections_idle_and_dribble(bot: BotHarness) -> None:
    url = bot.bot.http.url
    async with lines(url, MOST) as idle, asyncio.TaskGroup() as group:
        dribbles = [group.create_task(line.dribble(b"POST /slack/events", 0.05)) for line in idle[:50]]

        await bot.alert()
        await bot.click(bot.page("ann"), "Acknowledge", by="ann")

        assert "Acknowledged by Ann Lee" in bot.card().words
        assert await healthy(url) == 200
        for dribble in dribbles:
            dribble.cancel()
