"""A rung that pages a channel which Slack refuses for good is not waited for."""

from pathlib import Path

import pytest

from tests.harness import CONFIGURATION, running

LADDER = CONFIGURATION.replace(
    "{targets: [{schedule: primary}], wait: 5m}", '{targets: [{channel: "#gone"}], wait: 30m}'
)


@pytest.mark.row("F57")
async def test_a_channel_that_cannot_be_paged_makes_the_next_rung_due_now(tmp_path: Path) -> None:
    async with running(tmp_path, configuration=LADDER) as bot:
        bot.errors.expect("alarm")
        await bot.alert()

        bot.page("bob")
        await bot.fast_forward(seconds=10)
        assert "#gone" in bot.thread()
