"""More requests than an integration may post: what is refused, what is not, and who hears of it."""

from pathlib import Path

import pytest

from bot.settings import Settings
from tests.harness import CONFIGURATION, BotHarness, running
from tests.posting import posting


def narrow(settings: Settings) -> Settings:
    """An integration may post sixty times a minute."""
    intake = settings.intake.model_copy(update={"requests_per_minute": 60})
    return settings.model_copy(update={"intake": intake})


@pytest.mark.row("A28")
async def test_what_is_too_much_is_told_and_sev1_comes_through(tmp_path: Path) -> None:
    async with running(tmp_path, alter=narrow) as bot, posting(bot) as poster:
        bot.errors.expect("refused alerts")
        told = [
            await poster.post({"title": f"Low {n}", "key": f"low/{n}", "severity": "sev4"}) for n in range(80)
        ]
        assert [status for status, _ in told].count(429) >= 5

        status, answer = await poster.post({"title": "Worst", "key": "worst", "severity": "sev1"})

        assert (status, answer["alerts"][0]["outcome"]) == (200, "opened")  # type: ignore[index]  # JSON
        await bot.bot.ingress.unread.look()
        assert "refused alerts" in bot.bot.alarms.standing


@pytest.mark.row("A28")
async def test_who_floods_takes_nothing_from_others(tmp_path: Path) -> None:
    async with (
        running(tmp_path, alter=narrow) as bot,
        posting(bot) as flood,
        posting(bot, "grafana") as other,
    ):
        flooded = [
            (await flood.post({"title": f"Down {n}", "key": f"h{n}", "severity": "sev3"}))[0]
            for n in range(90)
        ]
        labels = {"alertname": "Payments are down", "severity": "info"}
        status, answer = await other.post({"alerts": [{"status": "firing", "labels": labels}]})

        assert 429 in flooded
        assert (status, answer["alerts"][0]["outcome"]) == (200, "opened")  # type: ignore[index]  # JSON


async def declared(bot: BotHarness, name: str, severity: str = "sev3", by: str = "ann") -> str:
    return await bot.slash(f"declare {name} {severity}", by=by)


@pytest.mark.row("A28")
async def test_one_person_opens_so_many_and_no_more_by_hand(tmp_path: Path) -> None:
    narrow_hands = CONFIGURATION + "authority: {declares: 3 in 10m}\n"
    async with running(tmp_path, configuration=narrow_hands) as bot:
        told = [await declared(bot, f"Thing {number}") for number in range(3)]
        assert all("Declared" in words for words in told)

        refused = await declared(bot, "Thing 3")

        assert "You opened 3 incidents within 10 min" in refused
        assert "authority.declares" in refused
        assert "Thing 3" not in await bot.slash("list")
        assert "Declared" in await declared(bot, "By another", by="cleo")
        assert "Declared" in await declared(bot, "The worst", "sev1")
        await bot.fast_forward(minutes=11)
        assert "Declared" in await declared(bot, "Thing 4")
        for person in ("ann", "bob", "cleo"):
            while bot.unread(person):
                bot.page(person)
        bot.mails = len(bot.mail.inbox)
