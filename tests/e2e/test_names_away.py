"""Slack's name cannot be resolved: pages go out by e-mail, and by Slack as soon as it can."""

from pathlib import Path

import pytest

from bot.delivery.names import Names
from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.ids import ServiceId
from bot.settings import Settings
from tests.harness import running
from tests.names import NameService


def named(settings: Settings) -> Settings:
    """Slack has a name instead of an address."""
    assert settings.slack is not None
    url = settings.slack.api_url.replace("127.0.0.1", "localhost")
    return settings.model_copy(update={"slack": settings.slack.model_copy(update={"api_url": url})})


@pytest.mark.row("F89")
async def test_a_name_that_cannot_be_resolved_sends_the_page_by_mail_and_later_by_slack(
    tmp_path: Path,
) -> None:
    service = NameService(away=True)
    async with running(
        tmp_path, names=Names(service.lookup), alter=named, transport="http", connected=False
    ) as bot:
        alert = Alert(
            source="test", fingerprint="f1", state=AlertState.FIRING, title="Down", severity=Severity.SEV1
        )
        await bot.bot.desk.ingest("a request", [alert], ServiceId("checkout"))
        await bot.fast_forward(seconds=20)
        bot.mailed("ann@example.com")
        assert bot.unread("ann") == []

        service.away = False
        await bot.fast_forward(seconds=100)

        bot.page("ann")
        assert "Down" in bot.card().words
        bot.silence()


@pytest.mark.row("F89")
async def test_a_name_service_that_falls_silent_is_not_noticed_by_those_who_are_paged(tmp_path: Path) -> None:
    service = NameService()
    async with running(tmp_path, names=Names(service.lookup), alter=named) as bot:
        service.fall_silent()

        await bot.alert()
        await bot.click(bot.page("ann"), "Acknowledge", by="ann")

        assert "Acknowledged by Ann Lee" in bot.card().words
        service.speak()
