"""Observables on the card: where else it was seen, and how often that was a false positive; defanged."""

from tests.harness import BotHarness


def fires(title: str) -> dict[str, object]:
    return {"text": f":fire: [FIRING] {title} from 203.0.113.7 via hxxps://c2[.]badness[.]zip/a"}


async def test_a_card_says_where_else_it_was_seen_and_what_that_was(bot: BotHarness) -> None:
    await bot.alert(fires("Brute force"))
    first = bot.card("INC-1")
    bot.page("ann")
    assert "Seen before" not in first.words
    await bot.click(first, "Resolve", by="ann")
    await bot.submit(by="ann", summary="The scanner", reason="False positive")
    await bot.quiet()

    await bot.alert(fires("Port scan"))

    second = bot.card("INC-2")
    bot.page("ann")
    assert "`203[.]0[.]113[.]7` seen in 1 incident, 1 false positive" in second.words
    assert "`hxxps://c2[.]badness[.]zip/a` seen in 1 incident, 1 false positive" in second.words
    assert "https://c2.badness.zip" not in second.words.partition("Seen before")[2]
    await bot.slash("resolve INC-2 done")
