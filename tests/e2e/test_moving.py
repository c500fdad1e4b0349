"""An incident that is moved to a service of another channel has its card there, and leaves the way behind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.slack.workspace import Message
from tests.harness import CONFIGURATION, BotHarness, running

SEARCH = """services:
  search: {name: Search, channel: "#general", ladder: everybody}
"""


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[BotHarness]:
    """A bot with two services, each in a channel of its own."""
    async with running(tmp_path, configuration=CONFIGURATION.replace("services:\n", SEARCH)) as harness:
        yield harness
        await harness.quiet()
        harness.silence()


def is_card(message: Message) -> bool:
    return message.metadata is not None and not message.thread_ts


def cards(bot: BotHarness, channel: str) -> list[Message]:
    own = (each for each in bot.slack.messages(channel) if each.app_id and not each.only_for)
    return [each for each in own if "INC-1" in each.words and is_card(each)]


def leads_to(left: Message, new: Message) -> bool:
    return f"/p{new.ts.replace('.', '')}" in str(left.body)


async def test_the_new_channel_gets_the_card_and_the_old_one_shows_the_way(two: BotHarness) -> None:
    await two.slash("declare Index is stale sev2", by="ann")
    two.page("ann", "Index is stale")
    (old,) = cards(two, "#incidents")

    await two.slash("move INC-1 search", by="ann")
    await two.quiet()

    (left,), (new,) = cards(two, "#incidents"), cards(two, "#general")
    assert left.ts == old.ts, "it is edited and not posted anew"
    assert "Moved" in left.words
    assert "Search" in left.words
    assert leads_to(left, new)
    assert "actions" not in str(left.body), "nothing is left to press"
    assert "Acknowledge" in str(new.body)
    two.page("cleo", "Index is stale")
    assert "INC-1" in await two.mention("ack", by="cleo", channel="#incidents", thread=left)
    await two.quiet()
    assert "Acknowledged" in cards(two, "#general")[0].words
    assert "Moved" in cards(two, "#incidents")[0].words


async def test_back_and_forth_leaves_one_card_that_lives_and_the_others_lead_to_it(two: BotHarness) -> None:
    await two.slash("declare Index is stale sev2", by="ann")
    two.page("ann", "Index is stale")
    await two.slash("move INC-1 search", by="ann")
    await two.quiet()
    two.page("cleo", "Index is stale")
    await two.slash("move INC-1 checkout", by="ann")
    await two.quiet()

    first, last = cards(two, "#incidents")
    (between,) = cards(two, "#general")
    assert "Moved" in first.words
    assert "Moved" in between.words
    assert "Moved" not in last.words
    assert leads_to(first, last)
    assert leads_to(between, last)
    for each in two.unread("ann"):
        two.read.add((each.channel, each.ts))
    await two.slash("resolve INC-1", by="ann")
