"""A minute in which alerts storm: what is stored, and what people see. STORM_ALERTS=10000 makes it more."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from bot.domain.alert import AlertState
from bot.sandbox.slack.journal import Kind
from tests.e2e.test_storm_of_alerts import LIMITED, alerts, outcomes
from tests.harness import running
from tests.posting import posting

MANY = int(os.environ.get("STORM_ALERTS", "1500"))
BATCHES = 20
SHORTEST = 3.0
"""Seconds between two edits of a card because of what only counts."""


@pytest.mark.row("F83")
@pytest.mark.timeout(600)
async def test_of_a_minute_of_different_alerts_each_is_stored_and_people_see_one_card(tmp_path: Path) -> None:
    """What people saw is read from the journal of the local Slack."""
    async with running(tmp_path, configuration=LIMITED) as bot, posting(bot) as poster:
        size = MANY // BATCHES
        for batch in range(BATCHES):
            assert "ignored" not in await outcomes(poster, alerts(size, batch * size))
            await bot.fast_forward(seconds=60 / BATCHES)
        card = bot.card()
        bot.page("ann", "Alert storm")
        assert "Alert storm" in bot.mailed("ann@example.com"), "her other way, a minute later"
        await bot.fast_forward(seconds=5 * 60 - 30)
        bot.page("bob", "Alert storm")
        bot.silence()

        (storm,) = await bot.bot.desk.open_incidents()
        held = await bot.bot.store.read(lambda tx: tx.alerts(storm.id, 2 * MANY))
        assert len({each.fingerprint for each in held if each.state is AlertState.FIRING}) == size * BATCHES
        assert len(await bot.bot.store.read(lambda tx: tx.firing(2 * MANY))) == size * BATCHES
        assert len(bot.cards()) == 1
        assert f"{size * BATCHES} alerts from generic" in bot.card().words
        edits = [
            entry.at
            for entry in bot.slack.journal.entries(Kind.EDIT)
            if (entry.channel, entry.ts) == (card.channel, card.ts)
        ]
        gaps = [(after - before).total_seconds() for before, after in pairwise(edits)]
        assert len(edits) > BATCHES // 2
        assert min(gaps[1:]) >= SHORTEST, "the first may show its ticket"
        await bot.slash("ack INC-1")
        await bot.slash(f"ack {storm.key}")
