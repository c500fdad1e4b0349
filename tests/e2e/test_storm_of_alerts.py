"""A storm of alerts posted by HTTP, with both of Slack's transports: what people see of it."""

from pathlib import Path

import pytest

from tests.harness import CONFIGURATION, BotHarness, Transport, running
from tests.posting import Poster, posting

LIMITED = f"""{CONFIGURATION}
routes:
  - match: ['source=generic']
    service: checkout
    limit: 10 in 2m
"""


def alerts(count: int, start: int = 0) -> list[dict[str, object]]:
    labels = {"alertname": "HostDown"}
    return [
        {"title": f"Host {each} is down", "key": f"down/{each}", "severity": "sev2", "labels": labels}
        for each in range(start, start + count)
    ]


async def outcomes(poster: Poster, told: list[dict[str, object]]) -> set[str]:
    status, answer = await poster.post(told)
    assert status == 200
    found = answer["alerts"]
    assert isinstance(found, list)
    assert len(found) == len(told), "an answer for each alert"
    return {each["outcome"] for each in found}


@pytest.mark.row("F83")
@pytest.mark.parametrize("transport", ["socket", "http"])
async def test_a_storm_is_one_card_one_page_and_one_incident(tmp_path: Path, transport: Transport) -> None:
    async with running(tmp_path, transport=transport, configuration=LIMITED) as bot, posting(bot) as poster:
        assert "opened" in await outcomes(poster, alerts(60))
        for batch in range(1, 6):
            assert await outcomes(poster, alerts(60, 60 * batch)) == {"added"}
        await bot.quiet()

        bot.page("ann", "Alert storm")
        await bot.fast_forward(minutes=0.1)
        card = bot.card().words
        assert "360 alerts from generic" in card
        assert "top: HostDown x360" in card
        assert len(bot.cards()) == 1, "the cards of those that it took over are never posted"
        await outcomes(poster, [{**each, "status": "cleared"} for each in alerts(360)])
        await bot.fast_forward(minutes=4.2)
        assert "Resolved" in bot.card().words
        assert "Alert storm" in bot.mailed("ann@example.com"), "her other way, a minute later"
        await _calm(bot)


async def test_the_alerts_of_a_storm_are_shown_page_by_page(tmp_path: Path) -> None:
    async with running(tmp_path, configuration=LIMITED) as bot, posting(bot) as poster:
        await outcomes(poster, alerts(25))
        await outcomes(poster, [{**alerts(1, 24)[0], "status": "cleared", "title": "<!here> is up"}])
        await bot.quiet()
        bot.page("ann", "Alert storm")
        person = bot.slack.person("bob")

        await bot.click(bot.card(), "Show alerts", by="bob")
        assert person.modal is not None
        shown = [person.modal.words]
        for _ in range(2):
            await bot.click(person.modal, "Next", by="bob")
            assert person.modal is not None
            shown.append(person.modal.words)
        await bot.click(person.modal, "Back", by="bob")

        assert ["of 25 alerts" in each for each in shown] == [True] * 3
        assert "1 to 10 of" in shown[0]
        assert "21 to 25 of" in shown[2]
        assert "11 to 20 of" in person.modal.words
        told = " ".join(shown)
        assert all(f"Host {each} is down" in told for each in range(24))
        assert "✅" in shown[2]
        assert "✅" not in shown[0] + shown[1]
        assert "<!here>" not in told
        await bot.slash("ack INC-1")
        await _calm(bot)


async def _calm(bot: BotHarness) -> None:
    await bot.quiet()
    bot.silence()
    assert not await bot.troubles()


@pytest.mark.row("F82")
async def test_the_same_alert_over_and_over_is_one_card_that_counts(tmp_path: Path) -> None:
    async with running(tmp_path, configuration=LIMITED) as bot, posting(bot) as poster:
        for _ in range(10):
            await outcomes(poster, alerts(1) * 100)
        await bot.quiet()

        bot.page("ann")
        await bot.fast_forward(minutes=0.1)
        assert "x1000" in bot.card().words
        assert len(bot.cards()) == 1
        await _calm(bot)
