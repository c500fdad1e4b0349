"""The workspace is renamed, joins a grid, or gives its people other ids: pages go out all the same."""

import asyncio
from pathlib import Path

import pytest

from bot.demo import alerts
from tests.harness import CONFIGURATION, BotHarness, running

RESPONDERS = CONFIGURATION + "authority: {acknowledge: responders}\n"
NEW = "W0ANNLEE001"


@pytest.mark.row("F67")
async def test_a_workspace_that_is_renamed_is_the_same(bot: BotHarness) -> None:
    await bot.alert()
    page = bot.page("ann")

    bot.slack.world.rename("Renamed & Sons", "renamed")
    await bot.fast_forward(minutes=11)
    bot.page("bob")
    bot.mailed("ann@example.com")
    bot.mailed("bob@example.com")
    await bot.click(page, "Acknowledge", by="ann")

    assert "Acknowledged by Ann Lee" in bot.card().words


@pytest.mark.row("F67")
async def test_a_workspace_that_joins_a_grid_is_recognised_and_no_alert_is_lost(bot: BotHarness) -> None:
    await bot.alert()
    page = bot.page("ann")

    bot.slack.world.join_grid("E0GRID00001", "T0INGRID001")
    await bot.click(page, "Acknowledge", by="ann")
    assert "Acknowledged by Ann Lee" in bot.card().words
    bot.slack.integration("Alertmanager").post("#alerts", alerts.firing("DiskFull", "db-1"))
    await bot.fast_forward(minutes=2)
    assert [card.words for card in bot.cards() if "DiskFull" in card.words] == []
    await bot.bot.refresh()
    await known_again(bot)
    for _ in range(5):  # Slack tells it again within that time, unless the history was read before
        if not bot.unread("ann"):
            await bot.fast_forward(minutes=1)

    while bot.mail.inbox[bot.mails :]:  # the minutes may have gone by while the page was on its way
        assert "DiskFull" in bot.mailed("ann@example.com")
    second = bot.page("ann", "DiskFull")
    await bot.click(second, "Acknowledge", by="ann")
    assert "Acknowledged by Ann Lee" in bot.card("DiskFull").words
    assert "1 open incident" not in await bot.slash("list")


async def known_again(bot: BotHarness) -> None:
    """Until Slack can reach the bot under its new name."""
    edge = bot.bot.edge
    assert edge is not None
    async with asyncio.timeout(20):
        while not (edge.connected and edge.whoami and edge.whoami.enterprise_id):
            await bot.clock.sleep(0.01)


@pytest.mark.row("F67")
async def test_whoever_got_another_id_cannot_act_until_listed_and_the_paging_goes_on(tmp_path: Path) -> None:
    async with running(tmp_path, configuration=RESPONDERS) as bot:
        bot.slack.world.migrate("U0ANNLEE001", NEW)
        await bot.alert()
        assert bot.unread("ann") == []
        bot.mailed("ann@example.com")  # at once: the direct message was refused for good

        denied = await bot.slash("ack", by="ann")
        await bot.fast_forward(minutes=5.1)
        bot.page("bob")
        listed = RESPONDERS.replace("U0ANNLEE001", NEW)
        bot.settings.config.write_text(listed, encoding="utf-8")
        await bot.bot.refresh()

        assert "needs a responder" in denied
        assert "You have" in await bot.slash("ack", by="ann")
        await bot.quiet()
        bot.silence()
