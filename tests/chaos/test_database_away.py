"""PostgreSQL is gone for longer than it is waited for, while a real process has somebody to page."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from tests.chaos.child import CLOCK
from tests.chaos.night import Night, configuration, night
from tests.postgres import Cluster

pytestmark = pytest.mark.chaos

WAIT = timedelta(seconds=25)
LATE = 60


def told(play: Night, person: str) -> int:
    """How often a person was told without a record, by direct message."""
    return sum("PAGE WITHOUT RECORD" in message.words for message in play.slack.dms(person))


@pytest.mark.row("F35")
async def test_a_rung_that_is_due_while_the_database_is_gone_is_told_within_a_minute_and_written_once(
    private_postgres: Cluster, tmp_path: Path
) -> None:
    database = private_postgres.url(await asyncio.to_thread(private_postgres.create_database))
    async with night(tmp_path, database, config=configuration(wait="25s")) as play:
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
        assert child.code is None

        await asyncio.to_thread(private_postgres.start)
        await play.until(lambda: play.paged("bob"), 40)
        await play.calm(3)
        assert (play.paged("bob"), told(play, "bob"), told(play, "ann")) == (1, 1, 0)
        play.assert_once()


def alarms(play: Night) -> list[str]:
    """The mails to those who look after the bot that tell of trouble."""
    return [mail.text for mail in play.mail.inbox if "ops@example.com" in mail.recipients]
