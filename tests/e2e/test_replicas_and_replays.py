"""A request that Slack signed once counts once, whoever brings it again and to whichever replica."""

import asyncio
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.sandbox.slack.requests import sign
from bot.sandbox.slack.seed import SIGNING_SECRET, TEAM
from tests.harness import BotHarness, running

BODY = urlencode({
    "command": "/incident", "text": "declare Somebody repeats me sev4",
    "team_id": TEAM, "user_id": "U0ANNLEE001",
    "channel_id": "C0GENERAL01", "trigger_id": "111.222.abc", "api_app_id": "A0TOCSIN001",
    "response_url": "http://127.0.0.1:9/commands/none",
}).encode()  # fmt: skip


async def send(bot: BotHarness, body: bytes, timestamp: str) -> tuple[int, str]:
    """One request as Slack signs it."""
    headers = {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": sign(SIGNING_SECRET, timestamp, body),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{bot.bot.http.url}/slack/events", data=body, headers=headers) as answer,
    ):
        return answer.status, await answer.text()


@pytest.mark.row("A03")
async def test_a_request_that_is_replayed_on_another_replica_does_nothing(
    tmp_path: Path, postgres_url: str
) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    async with (
        running(folders[0], database=postgres_url, transport="http") as one,
        running(folders[1], database=postgres_url, transport="http") as two,
    ):
        timestamp = str(int(one.clock.now().timestamp()))

        first = await send(one, BODY, timestamp)
        again = await asyncio.gather(*(send(bot, BODY, timestamp) for bot in (one, two, two)))

        assert first[0] == 200
        assert "Declared SEV4 INC-1" in first[1]
        assert [status for status, _ in again] == [200] * 3
        assert all("declared already" in text for _, text in again)
        assert [each.number for each in await two.bot.desk.open_incidents()] == [1]
