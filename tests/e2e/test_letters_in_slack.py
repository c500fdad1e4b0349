"""Letters that Slack's e-mail app posts into a watched channel, on their whole way."""

from bot.sandbox.slack.workspace import Message
from tests.harness import BotHarness
from tests.unit.alerts.test_mailed import OVER, PROBLEM, letter

MALLORY = "mallory@example.net"


def post(bot: BotHarness, subject: str, words: str = "", channel: str = "#alerts", **parts: str) -> Message:
    """Slack's app posts a letter: it has a bot, and no words of its own."""
    room = bot.slack.world.channel(channel)
    assert room is not None
    file = letter(subject, words, **parts)
    body = {"type": "message", "text": "", "files": [file], "upload": True, "user": "USLACKBOT"}
    return bot.slack.hub.feed.post(room, body | {"bot_id": file["bot_id"]})


async def test_a_letter_pages_and_its_own_senders_end_ends_it_and_no_others(bot: BotHarness) -> None:
    post(bot, "Problem: Disk full on db-1", PROBLEM)
    await bot.quiet()
    bot.page("ann", "Disk full on db-1")
    assert "generic (for letters" in await bot.slash("why INC-1")

    post(bot, "Resolved: Disk full on db-1", OVER, sender=MALLORY)
    await bot.fast_forward(seconds=10)
    assert "Triggered" in bot.card("Disk full").words

    post(bot, "Resolved: Disk full on db-1", OVER)
    await bot.fast_forward(hours=1)
    assert "Resolved" in bot.card("Disk full").words
