"""`/incident why` and `/oncall simulate`: the chain behind a page, and what would happen, in Slack."""

from bot.render.escape import flatten
from tests.harness import BotHarness


async def simulated(bot: BotHarness, words: str = "") -> str:
    return await bot.slash(f"simulate {words}", by="ann", command="/oncall")


async def test_why_tells_the_chain_from_the_message_to_the_page(bot: BotHarness) -> None:
    await bot.alert()
    bot.page("ann")

    told = await bot.slash("why INC-1", by="ann")

    for words in (
        "Why INC-1",
        "read by alertmanager (recognised), exact",
        "state in attachments[0].",
        "route: no route matched: the default service",
        "Deduplication key: alertmanager|",
        "Ladder payments, climb 1: the same in tocsin.yaml today",
        "PAGE Ann Lee by slack (round 1, rung 1): sent",
        "why: on call for primary, rung 1 of 2 of payments",
    ):
        assert words in told, told
    await bot.slash("resolve INC-1 done")


async def test_what_an_integration_wrote_mentions_nobody_in_the_answer(bot: BotHarness) -> None:
    await bot.slash("declare <!channel> is down sev4", by="ann")

    outcome = await bot.slack.person("ann").slash("/incident", "why INC-1", channel="#general")

    assert outcome.reply is not None
    assert "<!" not in str(outcome.reply.body).replace("<!date", "")
    await bot.quiet()
    bot.page("ann")


async def test_a_simulation_pages_nobody_and_is_for_the_caller_alone(bot: BotHarness) -> None:
    told = await simulated(bot, "checkout sev1 at 2027-01-07 03:10 Europe/London for 30m")

    assert "SEV1 of Checkout at Thu 2027-01-07 03:10 Europe/London" in told
    assert "round 1, rung 1: Ann Lee by slack: on call for primary" in told
    assert "Overrides were read from the database: none" in told
    assert "Nobody was paged." in told
    assert bot.slack.messages("#general") == []


async def test_a_simulation_is_shared_with_the_channel_by_its_button(bot: BotHarness) -> None:
    outcome = await bot.slack.person("ann").slash("/oncall", "simulate checkout sev1", channel="#general")
    assert outcome.reply is not None

    await bot.click(outcome.reply, "Share to channel", by="ann")
    await bot.slack.until(lambda: bool(bot.slack.messages("#general")))

    (shared,) = bot.slack.messages("#general")
    assert "SEV1 of Checkout" in flatten(shared.words)
    assert "Share to channel" not in shared.words


async def test_what_cannot_be_simulated_is_said(bot: BotHarness) -> None:
    assert "There is no service" in await simulated(bot, "nonsense")
    assert "I don't understand the time" in await simulated(bot, "checkout at some time")
    assert "How far?" in await simulated(bot, "checkout for a while")
