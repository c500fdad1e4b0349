"""The database takes nothing for longer than is waited for, while a real process has somebody to page."""

import asyncio
import resource
from datetime import timedelta
from pathlib import Path

import pytest

from tests.chaos.child import CLOCK
from tests.chaos.night import Night, configuration, night
from tests.chaos.test_processes import page_of
from tests.postgres import Cluster

pytestmark = pytest.mark.chaos

WAIT = timedelta(seconds=10)
LATE = 60


def told(play: Night, person: str) -> int:
    """How often a person was told without a record, by direct message."""
    return sum("PAGE WITHOUT RECORD" in message.words for message in play.slack.dms(person))


@pytest.mark.row("F35")
async def test_a_rung_that_is_due_while_the_database_is_gone_is_told_within_a_minute_and_written_once(
    private_postgres: Cluster, tmp_path: Path
) -> None:
    database = private_postgres.url(await asyncio.to_thread(private_postgres.create_database))
    async with night(tmp_path, database, config=configuration(wait="10s")) as play:
        play.environment |= {"TOCSIN_ALARM__EMAIL": "ops@example.com"}
        child = await play.start()
        play.alert()
        await play.until(lambda: play.paged("ann") and play.cards(), 20)
        due = CLOCK.now() + WAIT
        await play.calm(6)  # the lookout has seen it

        await asyncio.to_thread(private_postgres.crash)
        await play.until(lambda: told(play, "bob"), (due - CLOCK.now()).total_seconds() + LATE)
        await play.until(lambda: alarms(play), 20)

        assert CLOCK.now() - due <= timedelta(seconds=LATE)
        (alarm,) = alarms(play)
        for words in ("cannot be reached", "INC-1", "Bob Ray"):
            assert words in alarm
        assert play.paged("bob") == 0
        assert '"status": "ok"' in await page_of(child, "/healthz")
        assert '"database": "cannot be reached"' in await page_of(child, "/readyz")

        await asyncio.to_thread(private_postgres.start)
        await play.until(lambda: play.paged("bob"), 40)
        await play.calm(3)
        assert (play.paged("bob"), told(play, "bob"), told(play, "ann")) == (1, 1, 0)
        play.assert_once()


@pytest.mark.row("F44")
async def test_a_full_disk_is_told_lists_are_shown_and_the_same_process_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    """A limit on the size of its files stands in for the disk: to write beyond it fails in the same place."""
    async with night(tmp_path, None, config=configuration(wait="10s")) as play:
        play.environment |= {"TOCSIN_ALARM__EMAIL": "ops@example.com"}
        child = await play.start()
        play.alert()
        await play.until(lambda: play.paged("ann") and play.cards(), 20)
        due = CLOCK.now() + WAIT
        await play.calm(6)  # the lookout has seen it

        full = (tmp_path / "tocsin.db-wal").stat().st_size
        _, hard = resource.prlimit(child.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (full, hard))
        await play.until(lambda: told(play, "bob"), (due - CLOCK.now()).total_seconds() + LATE)
        await play.until(lambda: alarms(play), 20)
        listed = await play.slack.person("ann").slash("/incident", "list")
        refused = await play.slack.person("ann").slash("/incident", "ack INC-1")

        assert CLOCK.now() - due <= timedelta(seconds=LATE)
        assert any("has no room left on its disk" in text for text in alarms(play))
        assert listed.reply
        assert "ApiErrorRateHigh" in listed.reply.words
        assert refused.reply
        assert "NOT RECORDED, page by hand: " in refused.reply.words
        assert play.paged("bob") == 0
        assert '"status": "ok"' in await page_of(child, "/healthz")

        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (hard, hard))
        await play.until(lambda: play.paged("bob"), 40)
        await play.calm(3)
        assert (play.paged("bob"), told(play, "bob"), told(play, "ann")) == (1, 1, 0)
        assert child.code is None
        play.assert_once()


def alarms(play: Night) -> list[str]:
    """The mails to those who look after the bot that tell of trouble."""
    return [mail.text for mail in play.mail.inbox if "ops@example.com" in mail.recipients]
