"""Killed at any step of a message that tells several pages at once, the bot tells each of them once.

Every story is played on SQLite and on PostgreSQL.
"""

import signal
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.delivery.slack.search import short
from bot.sandbox.slack.journal import Entry, Kind
from bot.sandbox.slack.workspace import Message
from tests.chaos.child import CLOCK, Child
from tests.chaos.night import Night, Nights, key_of

pytestmark = pytest.mark.chaos

ALERTS = 3
WAIT = 5.0
"""Seconds until the ladder comes round to Ann again."""

CONFIG = f"""
allow_short_waits: true
people:
  ann: {{name: Ann Lee, slack: U0ANNLEE001, methods: [slack], limits: {{slack: 5/1m}}}}
  cleo: {{name: Cleo Diaz, slack: U0CLEODIAZ1, methods: [slack]}}
ladders:
  payments: {{rounds: 2, rungs: [{{targets: [{{person: ann}}], wait: {WAIT:.0f}s}}]}}
  everybody: {{rungs: [{{targets: [{{person: cleo}}], wait: 10m}}]}}
services:
  checkout: {{name: Checkout, channel: "#incidents", ladder: payments, catch_all: everybody}}
channels: [{{channel: "#alerts"}}]
defaults: {{service: checkout, severity: sev2, limit: none, limits: {{slack: none, email: none}}}}
"""

CRASHES = [
    ("F05", "after_claim.page:kill", "after it was claimed"),
    ("F05", "before_send.page:kill", "before it is sent"),
    ("F07", "after_response.page:kill", "after it was answered"),
    ("F08", "before_record_commit.page:kill", "before the record is committed"),
    ("F08", "after_record_commit.page:kill", "after the record is committed"),
]


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, marks=pytest.mark.row(row), id=f"{row} {name}") for row, fault, name in CRASHES],
)
async def test_killed_there_each_page_of_a_message_is_told_once(fault: str, nights: Nights) -> None:
    async def story(play: Night) -> None:
        doomed = await second_round(play, fault)
        assert await doomed.ended() == -signal.SIGKILL

        await play.start()

        await told_once(play)

    await nights(story, config=CONFIG)


@pytest.mark.row("F06")
async def test_killed_while_slack_answers_a_message_of_several_pages_it_finds_them_all(
    nights: Nights,
) -> None:
    async def story(play: Night) -> None:
        def strike(entry: Entry) -> None:
            if entry.kind is Kind.MESSAGE and len(by_ann(play)) > ALERTS:
                doomed.signal(signal.SIGKILL)

        doomed = await second_round(play)
        ignore = play.slack.journal.listen(strike)
        assert await doomed.ended() == -signal.SIGKILL
        ignore()

        await play.start()

        await told_once(play)
        assert len(shared(play)) == 1, "none of it was sent again"

    await nights(story, config=CONFIG)


async def second_round(play: Night, fault: str = "") -> Child:
    """A process that has just begun, when Ann is to be paged again for all that she knows of."""
    first = await play.start()
    for number in range(ALERTS):
        play.alert(f"Alert{number:05d}")
    await play.until(lambda: len(by_ann(play)) == ALERTS, 20)
    first.signal(signal.SIGTERM)
    assert await first.ended() == 0
    assert sum(by_ann(play).values()) == ALERTS, "it was too slow: the second round has begun"
    due = max(play.posted.values()) + timedelta(seconds=WAIT + 1)
    await play.calm(max(0.0, (due - CLOCK.now()).total_seconds()))
    return play.spawn(fault)


async def told_once(play: Night) -> None:
    """Ann has two pages of each incident, and none of them twice."""
    await play.until(lambda: len(by_ann(play)) >= 2 * ALERTS, 75)  # what was never sent may wait for a minute
    await play.calm(play.lease + 1)
    assert set(by_ann(play).values()) == {1}, play.told()
    assert len(by_ann(play)) == 2 * ALERTS, play.told()


def by_ann(play: Night) -> Counter[str]:
    """How often Ann was told each page, by its short key."""
    told = Counter[str]()
    for message in play.slack.dms("ann"):
        if key_of(message).startswith("page:"):
            told.update([short(key_of(message)), *keys_besides(message)])
    return told


def keys_besides(message: Message) -> list[str]:
    """The short keys of the other pages that the message tells."""
    facts: Mapping[str, object] = (message.metadata or {}).get("event_payload") or {}
    return str(facts.get("keys") or "").split()


def shared(play: Night) -> list[Message]:
    """Messages that tell Ann several pages."""
    return [message for message in play.slack.dms("ann") if keys_besides(message)]
