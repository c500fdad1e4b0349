"""What integrations post into channels, and what the desk makes of it, over both transports."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.incident import Status
from bot.sandbox.slack.faults import Fault, FaultKind
from tests.e2e.ways_in import WaysIn, ways_in

FIRING = {
    "attachments": [
        {
            "color": "danger",
            "title": "[FIRING:1] InstanceDown (node-1)",
            "title_link": "https://alertmanager.example.com/#/alerts",
            "fallback": "[FIRING:1] InstanceDown (node-1)",
            "text": "node-1 is down",
        }
    ]
}
CLEARED = {
    "attachments": [
        FIRING["attachments"][0]
        | {
            "color": "good",
            "title": "[RESOLVED] InstanceDown (node-1)",
            "fallback": "[RESOLVED] InstanceDown (node-1)",
        }
    ]
}


@pytest.fixture(params=["http", "socket"])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[WaysIn]:
    async with ways_in(tmp_path, request.param) as made:
        yield made


@pytest.mark.row("F02", "F61")
async def test_an_alert_opens_one_incident_however_often_its_event_comes(bot: WaysIn) -> None:
    bot.slack.faults.add(Fault(kind=FaultKind.DUPLICATE, times=1))

    bot.slack.integration("Alertmanager").post("#alerts", FIRING)
    await bot.slack.settled()

    (incident,) = await bot.open()
    assert incident.alerts.signals == 1
    assert "InstanceDown" in incident.title


async def test_an_edited_alert_clears_its_incident_and_an_empty_edit_changes_nothing(
    bot: WaysIn,
) -> None:
    manager = bot.slack.integration("Alertmanager")
    message = manager.post("#alerts", FIRING)
    await bot.slack.settled()

    manager.edit(message, FIRING)
    await bot.slack.settled()
    signals = (await bot.incident(1)).alerts.signals
    manager.edit(message, CLEARED)
    await bot.slack.settled()

    assert signals == 1
    assert (await bot.incident(1)).status is Status.RESOLVED


async def test_only_watched_channels_and_the_bots_they_name_are_read(bot: WaysIn) -> None:
    bot.slack.integration("Alertmanager").post("#general", FIRING)
    bot.slack.integration("Alertmanager").post("#payments", FIRING)
    bot.person("ann").say("#alerts", "[FIRING:1] I am no bot")
    await bot.slack.settled()
    assert await bot.open() == []

    bot.slack.integration("Grafana").post("#payments", {"text": "[FIRING:1] Latency is high"})
    await bot.slack.settled()

    (incident,) = await bot.open()
    assert incident.service.id == "search"


@pytest.mark.row("A18")
async def test_bots_give_no_commands_and_our_own_messages_are_no_alerts(bot: WaysIn) -> None:
    await bot.said("declare one")
    grafana = bot.slack.integration("Grafana")

    grafana.post("#general", {"text": "<@U0TOCSIN001> ack INC-1"})
    grafana.post("#alerts", {"text": "harmless"}, thread=grafana.post("#general", {"text": "x"}).ts)
    await bot.client.chat_postMessage(channel="C0ALERTS001", text="[FIRING:1] said by ourselves")
    await bot.client.chat_postMessage(
        channel="C0ALERTS001",
        text="[FIRING:1] in disguise",
        metadata={"event_type": "tocsin_effect", "event_payload": {"key": "k"}},
    )
    await bot.slack.settled()

    (incident,) = await bot.open()
    assert incident.status is Status.TRIGGERED
