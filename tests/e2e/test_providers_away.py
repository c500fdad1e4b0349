"""Slack's token is revoked in the middle of an incident and Jira never answers: pages notice neither."""

from datetime import timedelta

import pytest

from bot.demo import alerts
from bot.sandbox.jira.faults import Fault, Mode
from bot.sandbox.slack.workspace import TokenState
from tests.harness import BotHarness


@pytest.mark.row("F58")
async def test_a_token_that_is_revoked_meanwhile_brings_the_page_by_mail_within_half_a_minute(
    bot: BotHarness,
) -> None:
    await bot.alert()
    bot.page("ann")
    bot.slack.world.app.token_state = TokenState.REVOKED
    due = bot.clock.now() + timedelta(minutes=5)

    await bot.fast_forward(minutes=5, seconds=29)

    mailed = {mail.recipients: mail.at for mail in bot.mail.inbox}
    assert abs((mailed["bob@example.com",] - due).total_seconds()) <= 30
    bot.mailed("ann@example.com")
    bot.mailed("bob@example.com")
    bot.slack.world.app.token_state = TokenState.ACTIVE
    await bot.slash("ack")
    await bot.fast_forward(minutes=2)
    assert "Acknowledged" in bot.card().words


@pytest.mark.row("F76")
async def test_while_jira_hangs_pages_are_as_early_as_ever(bot: BotHarness) -> None:
    bot.jira.faults.add(Fault(mode=Mode.HANG, seconds=60))
    names = [f"Alert{number}" for number in range(3)]

    for name in names:
        bot.slack.integration("Alertmanager").post("#alerts", alerts.firing(name))
    await bot.slack.until(lambda: len(pages(bot)) == len(names), 20)

    assert bot.jira.issues("OPS") == []
    assert late(bot) < 5
    bot.jira.faults.heal()
    for _ in names:
        bot.page("ann")
    for number in range(1, len(names) + 1):
        await bot.slash(f"ack INC-{number}")
    await bot.fast_forward(minutes=6)
    tickets = [issue.summary for issue in bot.jira.issues("OPS")]
    assert len(set(tickets)) == len(tickets) == len(names)


def pages(bot: BotHarness) -> list[float]:
    """When Ann's pages came."""
    return [float(message.ts) for message in bot.slack.dms("ann") if message.metadata]


def late(bot: BotHarness) -> float:
    """How many seconds the last page came after the last alert."""
    posted = max(float(message.ts) for message in bot.slack.messages("#alerts"))
    return max(pages(bot)) - posted
