"""Killed while it acts on a timer of alerts, the bot does what was due, and does it once.

Every story is played on SQLite and on PostgreSQL. Time passes while no process runs.
"""

import asyncio
import signal
from datetime import timedelta

import pytest

from tests.chaos.night import Night, Nights, configuration
from tests.chaos.pause import is_known, passes

pytestmark = pytest.mark.chaos

CONFIG = f"""{configuration(wait="30m", methods="[{slack: 0s}]")}
routes:
  - {{match: ['title=~".*Paused.*"'], service: checkout, severity: sev2, pause: 2m}}
  - {{match: ['title=~".*Stale.*"'], service: checkout, severity: sev2, resolve_after: 2m}}
  - {{match: ['title=~".*Repeated.*"'], service: checkout, severity: sev2, repeat_interval: 5m}}
  - {{match: ['title=~".*Storm.*"'], service: checkout, severity: sev2, limit: 2 in 1m}}
  - {{match: ['title=~".*Grouped.*"'], service: checkout, severity: sev2, group_by: [], group_wait: 2m}}
heartbeats:
  - {{name: backup, match: ['title=~".*Backup.*"'], every: 2m, grace: 0s, service: checkout}}
"""
LONG = timedelta(minutes=6)


@pytest.mark.row("F01", "F02")
async def test_killed_over_what_is_judged_again_by_itself(nights: Nights) -> None:
    """The end of a pause and of a silence, an alert that is stale, a heartbeat that is missed."""

    async def story(play: Night) -> None:
        first, ann = await play.start(), play.slack.person("ann")
        told = await ann.slash("/incident", 'silence title=~".*Hidden.*" 3m a new disk')
        assert told.reply
        for name in ("Paused", "Hidden", "Stale"):
            play.alert(name)
        await play.slack.settled()
        await play.until(lambda: play.lost() == ["Paused", "Hidden"] and play.cards(), 20)
        await play.until(lambda: is_known(play.database, "heartbeat"), 10)
        first.clear()
        await asyncio.to_thread(passes, play.database, LONG)

        await _killed(play, "judged")
        await _killed(play, "reported")
        await play.start()

        await play.until(lambda: not play.lost() and play.pages("backup"), 30)
        await play.until(lambda: _said(play, "ann", "It hid 1 alert"), 20)
        await play.until(lambda: "Resolved" in _card(play, "Stale"), 20)
        await play.calm(play.lease + 1)
        assert [len(play.pages(name)) for name in ("Paused", "Hidden", "Stale", "backup")] == [1, 1, 1, 1]
        assert _said(play, "ann", "It hid 1 alert") == 1
        assert play.doubled() == {}
        assert len(play.cards()) == 4

    await nights(story, config=CONFIG)


async def _killed(play: Night, what: str) -> None:
    """Right before its commit, and then right after it."""
    for when in ("before", "after"):
        assert await play.spawn(f"{when}_intake_commit.{what}:kill").ended() == -signal.SIGKILL


@pytest.mark.row("F03", "F04")
async def test_killed_over_the_timers_of_incidents(nights: Nights) -> None:
    """The wait of a group, the end of a storm, and what still fires after a while."""

    async def story(play: Night) -> None:
        first = await play.start()
        play.alert("Repeated")
        for number in range(4):
            play.alert(f"Storm{number}")
        await play.until(lambda: play.pages("Alert storm") and play.pages("Repeated"), 20)
        for number in range(4):
            play.cleared(f"Storm{number}")
        play.alert("Grouped")
        await play.slack.settled()
        await play.until(lambda: _card(play, "Grouped"), 20)
        assert not play.pages("Grouped")
        first.clear()
        await asyncio.to_thread(passes, play.database, LONG)

        for when in ("before", "after"):
            assert await play.spawn(f"{when}_climb_commit:kill").ended() == -signal.SIGKILL
        await play.start()

        await play.until(lambda: play.pages("Grouped") and "Resolved" in _card(play, "Alert storm"), 30)
        await play.until(lambda: _replied(play, "Still firing") and _replied(play, "The storm is over"), 20)
        await play.calm(play.lease + 1)
        assert (
            len(play.pages("Grouped")) == len(play.pages("Alert storm")) == len(play.pages("Repeated")) == 1
        )
        assert _replied(play, "Still firing: 1") == _replied(play, "The storm is over") == 1
        assert play.doubled() == {}

    await nights(story, config=CONFIG)


def _card(play: Night, name: str) -> str:
    return next((card.words for card in play.cards() if name in card.words), "")


def _said(play: Night, person: str, words: str) -> int:
    return sum(words in message.words for message in play.slack.dms(person))


def _replied(play: Night, words: str) -> int:
    return sum(message.words.count(words) for message in play.messages() if message.thread_ts)
