"""A bot of another workspace in a shared channel: what it says counts for nothing, and is kept."""

import pytest

from bot.demo import alerts
from tests.harness import BotHarness


@pytest.mark.row("A17")
async def test_a_bot_of_another_workspace_neither_ends_nor_begins_anything(bot: BotHarness) -> None:
    await bot.alert(alerts.firing("DiskFull", "db-1"))
    assert len(bot.cards()) == 1
    stranger = bot.slack.integration("Grafana")

    for told in (alerts.cleared("DiskFull", "db-1"), alerts.firing("Invented", "db-2")):
        own_name = {
            key: value for key, value in told.items() if key not in ("username", "icon_url", "icon_emoji")
        }
        stranger.post("#alerts", own_name, team="T0ELSEWHERE")
    await bot.fast_forward(seconds=5)

    (incident,) = await bot.bot.store.read(lambda tx: tx.open_incidents())
    assert "DiskFull" in incident.title
    kept = await bot.bot.store.read(lambda tx: tx.unread())
    assert len(kept) == 2
    assert all("another workspace (T0ELSEWHERE)" in each.reason for each in kept)
    bot.page("ann")
