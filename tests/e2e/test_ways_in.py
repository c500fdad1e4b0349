"""What people and integrations do in Slack, and what the desk makes of it, over both transports."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.alert import Severity
from bot.domain.incident import Status
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


async def test_an_incident_is_declared_acknowledged_and_resolved_by_commands(bot: WaysIn) -> None:
    declared = await bot.said("declare DB is slow sev2 --service search")
    acked = await bot.said("ack INC-1", by="bob")
    resolved = await bot.said("resolve INC-1 rolled back")

    incident = await bot.incident(1)
    assert "INC-1" in declared
    assert "You have INC-1" in acked
    assert "resolved" in resolved
    assert (incident.title, incident.severity, incident.service.id) == ("DB is slow", Severity.SEV2, "search")
    assert incident.status is Status.RESOLVED
    assert incident.resolution
    assert incident.resolution.summary == "rolled back"
