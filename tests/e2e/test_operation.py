"""What whoever runs the bot is told: metrics, and the online check."""

from bot import commands
from bot.ports import Trouble
from tests.harness import CONFIGURATION, BotHarness


async def test_what_an_audit_found_leaves_the_metrics_when_it_is_over(bot: BotHarness) -> None:
    def told() -> float | None:
        return bot.bot.metrics.registry.get_sample_value("tocsin_audit_troubles", {"kind": "dead letters"})

    bot.bot.auditor.troubles = [Trouble(kind="dead letters", count=2, detail="given up")]
    await bot.bot.measure()
    found = told()
    bot.bot.auditor.troubles = []
    await bot.bot.measure()

    assert (found, told()) == (2, None)


async def test_the_online_check_finds_nothing_wrong_with_what_works(bot: BotHarness) -> None:
    assert await commands.check_online(bot.settings) == []


async def test_the_online_check_names_the_channel_that_is_not_there(bot: BotHarness) -> None:
    bot.settings.config.write_text(CONFIGURATION.replace('"#alerts"', '"#alarms"'))

    problems = await commands.check_online(bot.settings)

    assert [(each.path, each.message) for each in problems] == [
        ("channels[0].channel", "the bot sees no channel #alarms")
    ]
