"""Alarms in a whole bot: a provider that refuses us, a channel that is gone: told where they can be."""

from pathlib import Path

import pytest

from bot.sandbox.slack.faults import Fault, FaultKind
from bot.settings import AlarmSettings, Settings
from tests.harness import CONFIGURATION, BotHarness, running

GONE = CONFIGURATION.replace('channel: "#incidents"', 'channel: "#gone"')


def told_by_mail(settings: Settings) -> Settings:
    alarm = AlarmSettings(email="ops@example.com", slack="U0CLEODIAZ1")
    return settings.model_copy(update={"alarm": alarm})


async def heard(bot: BotHarness) -> list[str]:
    """The subjects that somebody was mailed about Tocsin itself."""
    await bot.bot.alarms.tell()
    mails = [mail.subject for mail in bot.mail.inbox if "ops@example.com" in str(mail.recipients)]
    return [subject for subject in mails if subject.startswith("[Tocsin]")]


@pytest.mark.row("F58")
async def test_when_the_token_is_revoked_admins_are_mailed(tmp_path: Path) -> None:
    async with running(tmp_path, alter=told_by_mail) as bot:
        bot.errors.expect("alarm")
        bot.slack.faults.add(Fault(kind=FaultKind.ERROR, method="chat.*", error="token_revoked"))
        await bot.alert()
        await bot.fast_forward(minutes=2)
        await bot.bot.providers.look()
        subjects = await heard(bot)
        words = bot.mail.inbox[-1].text
        notes = await bot.notes()
        bot.slack.faults.clear()
        await bot.fast_forward(minutes=1)
        await bot.bot.providers.look()
        standing = dict(bot.bot.alarms.standing)

    assert "[Tocsin] Tocsin is in trouble: provider: slack" in subjects
    assert "token_revoked" in words
    assert "Give it a new token" in words
    assert "token_revoked" in notes["alarm: provider: slack"]
    assert "provider: slack" not in standing


@pytest.mark.row("F57")
async def test_when_the_channel_is_gone_the_incident_is_told_elsewhere_and_the_file_is_blamed(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, configuration=GONE, alter=told_by_mail) as bot:
        bot.errors.expect("alarm")
        await bot.alert()
        await bot.fast_forward(seconds=5)
        subjects = await heard(bot)
        words = bot.mail.inbox[-1].text

    assert subjects == ["[Tocsin] Tocsin is in trouble: channel: #gone"]
    assert "INC-1 (Checkout) could not be told there" in words
    assert "correct the channel in tocsin.yaml" in words
    assert any("#gone" in message.words for message in bot.slack.dms("cleo"))


@pytest.mark.parametrize("place", ["home", "readyz", "state"])
async def test_what_everybody_may_read_of_an_alarm_is_its_first_line(bot: BotHarness, place: str) -> None:
    bot.errors.expect("alarm")
    bot.bot.alarms.raised("disk", "The disk is nearly full.\nINC-1 (Checkout), next: Bob, bob@example.com")
    match place:
        case "home":
            bot.slack.person("ann").open_home()
            await bot.quiet()
            view = bot.slack.home("ann")
            told = str(view.body if view else None)
        case "readyz":
            told = str(await bot.notes())
        case _:
            told = str(bot.bot.state())

    assert "The disk is nearly full." in told
    assert "bob@example.com" not in told
