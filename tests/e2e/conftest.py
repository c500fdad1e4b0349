"""Every end-to-end test runs on both databases and over both of Slack's transports."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness import BotHarness, running


@pytest.fixture(params=["sqlite over sockets", "postgres over http"])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BotHarness]:
    """A running bot in its world; in the end nobody was told anything more, and an audit finds nothing."""
    over_http = request.param == "postgres over http"
    database = request.getfixturevalue("postgres_url") if over_http else None
    async with running(tmp_path, database=database, transport="http" if over_http else "socket") as harness:
        yield harness
        await harness.quiet()
        harness.silence()
        assert not await harness.troubles()
