"""The main job from the alert to the closed ticket, as people, Slack and Jira see it."""

import pytest

from bot.demo import alerts
from tests.harness import BotHarness


async def test_an_alert_becomes_a_card_a_page_and_a_ticket(bot: BotHarness) -> None:
    await bot.alert()

    card = bot.card("ApiErrorRateHigh")
    page = bot.page("ann", "ApiErrorRateHigh")
    await bot.fast_forward(seconds=5)
    assert "Triggered" in card.words
    assert "Acknowledge" in page.words
    assert bot.ticket().key == "OPS-1"
    assert "OPS-1" in bot.card().words


async def test_nobody_answers_so_the_next_rung_is_paged_until_somebody_does(bot: BotHarness) -> None:
    await bot.alert()
    bot.page("ann")
    await bot.fast_forward(minutes=1.1)
    bot.mailed("ann@example.com")
    await bot.fast_forward(minutes=4)
    page = bot.page("bob")

    await bot.click(page, "Acknowledge", by="bob")

    await bot.fast_forward(minutes=29)
    bot.page("bob", "Still on it?")
    assert "Acknowledged" in bot.card().words
    assert bot.ticket().status.name == "In Progress"


async def test_the_cleared_alert_resolves_the_incident_and_its_ticket(bot: BotHarness) -> None:
    await bot.alert()
    bot.page("ann")

    await bot.cleared()

    await bot.fast_forward(hours=3)
    assert "Resolved" in bot.card().words
    assert bot.ticket().status.name == "Done"


async def test_a_ladder_that_nobody_answers_says_so_loudly_and_goes_on(bot: BotHarness) -> None:
    await bot.alert()

    await bot.fast_forward(minutes=31)

    for person in ("ann", "bob", "ann", "bob", "cleo"):
        bot.page(person)
    for address in ("ann", "bob", "ann", "bob"):
        bot.mailed(f"{address}@example.com")
    loud = [message.words for message in bot.cards() if "nobody" in message.words.lower()]
    assert loud
    await bot.fast_forward(minutes=30)
    bot.page("cleo")
    await bot.fast_forward(minutes=1)
    for _ in range(2):
        bot.mailed("cleo@example.com")


@pytest.mark.row("F61", "F82")
async def test_repeats_wake_nobody_and_are_counted_on_the_one_card(bot: BotHarness) -> None:
    for _ in range(14):
        await bot.alert()

    bot.page("ann")
    await bot.fast_forward(minutes=0.1)
    assert "14" in bot.card().words


async def test_two_alerts_are_two_incidents(bot: BotHarness) -> None:
    await bot.alert(alerts.firing("ApiErrorRateHigh", "checkout"))
    await bot.alert(alerts.firing("DiskFull", "db-1"))

    assert bot.card("ApiErrorRateHigh").ts != bot.card("DiskFull").ts
    bot.page("ann", "ApiErrorRateHigh")
    bot.page("ann", "DiskFull")
