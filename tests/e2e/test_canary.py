"""The canary: it goes the whole road, tells when the road is closed, and is nothing to people."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar, cast

import pytest
from prometheus_client import generate_latest

from bot.domain.canary import canary
from bot.domain.ids import IncidentId
from bot.domain.incident import Status
from bot.errors import Away, StoreUnavailable
from bot.ports import Store, Tx
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.server import SlackServer
from bot.service import Desk
from bot.settings import CanarySettings, Settings
from bot.workers.canary import Canaries
from tests.harness import BotHarness, running

T = TypeVar("T")

STAGES = ["intake", "climb", "carry", "acknowledge", "resolve"]


async def test_a_canary_goes_the_whole_road_and_nobody_notices(bot: BotHarness) -> None:
    before = len(bot.slack.journal.calls())
    flight = await bot.bot.canaries.fly()
    await bot.quiet()

    assert flight.trouble == ""
    assert list(flight.stages) == STAGES
    assert all(seconds >= 0 for seconds in flight.stages.values())
    calls = {entry.name for entry in bot.slack.journal.calls()[before:]}
    assert calls <= {"auth.test", "bots.info", "conversations.list", "apps.connections.open"}
    assert bot.cards() == []
    assert bot.jira.issues("OPS") == []
    assert "No open incidents" in await bot.slash("list", by="ann")
    assert await bot.bot.store.read(lambda tx: tx.last_resolved()) is None
    text = generate_latest(bot.bot.metrics.registry).decode()
    assert 'tocsin_canary_seconds_count{stage="carry"} 1.0' in text
    assert 'tocsin_canaries_total{outcome="arrived"} 1.0' in text
    assert "tocsin_page_lateness_seconds_count 0.0" in text


async def test_it_takes_no_number_and_disturbs_no_one_who_means_the_one_open_incident(
    bot: BotHarness,
) -> None:
    await bot.bot.canaries.fly()
    await bot.bot.store.write(
        lambda tx: tx.save([canary(IncidentId("left behind"), -7, bot.clock.now())], bot.clock.now())
    )
    await bot.alert()
    answer = await bot.slash("ack", by="ann")
    bot.page("ann")

    assert "INC-1" in bot.card().words
    assert "INC-1" in answer
    assert await bot.bot.store.read(lambda tx: len(tx.open_incidents())) == 1
    progress = await bot.bot.store.read(lambda tx: tx.progress())
    assert progress.number == 1


@pytest.fixture
async def posting(tmp_path: Path) -> AsyncIterator[BotHarness]:
    """A bot whose canaries go through Slack."""

    def alter(settings: Settings) -> Settings:
        return settings.model_copy(update={"canary": CanarySettings(channel=CHANNELS[0])})

    CHANNELS[:] = []
    async with running(tmp_path, prepare=lambda slack, _: _remember(slack), alter=alter) as harness:
        yield harness


CHANNELS: list[str] = []


def _remember(slack: SlackServer) -> None:
    channel = slack.world.channel("#general")
    assert channel is not None
    CHANNELS.append(channel.id)


async def test_through_slack_it_is_one_quiet_message_in_its_own_channel(posting: BotHarness) -> None:
    flight = await posting.bot.canaries.fly()

    (message,) = [each for each in posting.slack.messages("#general") if each.app_id]
    assert flight.trouble == ""
    assert "Nothing is wrong" in message.words
    assert "<!" not in str(message.body)


async def test_two_that_do_not_come_through_are_an_alarm_and_the_next_good_one_ends_it(
    posting: BotHarness,
) -> None:
    posting.errors.expect("alarm")
    canaries, alarms = posting.bot.canaries, posting.bot.alarms
    canaries.limit = 1.0
    posting.slack.faults.add(Fault(kind=FaultKind.ERROR, method="chat.postMessage", error="fatal_error"))
    first = await canaries.fly()
    after_one = dict(alarms.standing)
    await canaries.fly()
    after_two, notes = dict(alarms.standing), await posting.notes()
    posting.slack.faults.clear()
    posting.clock.advance(timedelta(seconds=60))
    canaries.limit = 20.0
    third = await canaries.fly()

    assert first.trouble == "stuck after climb for 1 s"
    assert after_one == {}
    assert list(after_two) == ["canary"]
    assert "did not come through" in notes["alarm: canary"]
    assert third.trouble == ""
    assert alarms.standing == {}


async def test_without_the_database_its_alarm_holds_no_word_of_the_servers(bot: BotHarness) -> None:
    def fail() -> None:
        raise StoreUnavailable('server at "10.1.2.3" refused user "tocsin_prod"', Away.UNREACHABLE)

    bot.errors.expect("alarm")
    parts = bot.bot.store, bot.bot.desk, bot.clock, bot.bot.metrics, bot.bot.alarms
    canaries = Canaries(*parts, changed=fail)
    await canaries.fly()
    flight = await canaries.fly()
    notes = await bot.notes()

    assert flight.trouble == "failed after nothing: the database cannot be reached"
    assert flight.trouble in notes["alarm: canary"]
    assert "10.1.2.3" not in str(notes)


async def test_old_ones_are_deleted_whole_and_nothing_else(bot: BotHarness) -> None:
    await bot.bot.canaries.fly()
    assert await bot.bot.canaries.forget() == 0
    bot.clock.advance(timedelta(minutes=61))
    await bot.alert()
    await bot.click(bot.page("ann"), "Acknowledge", by="ann")

    assert await bot.bot.canaries.forget() == 1
    assert await bot.bot.canaries.forget() == 0
    incident = await bot.bot.store.read(lambda tx: tx.numbered(1))
    assert incident is not None
    assert incident.status is Status.ACKNOWLEDGED


async def test_while_the_database_is_away_nobody_is_told_of_a_canary(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        now = bot.clock.now()
        await bot.bot.store.write(lambda tx: tx.save([canary(IncidentId("left behind"), -7, now)], now))
        await bot.alert()

        await bot.bot.lookout.look()

        assert [each.key for each in bot.bot.lookout.coming] == ["INC-1"]
        await bot.slash("ack INC-1")


class Closing:
    """A store that takes one work and then nothing, until it is open again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.left: int | None = 1

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        if self.left == 0:
            raise StoreUnavailable("gone")
        self.left = self.left and self.left - 1
        return await self._store.write(work, page=page)

    async def read(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        if self.left == 0:
            raise StoreUnavailable("gone")
        return await self._store.read(work, page=page)


async def test_one_that_could_not_be_ended_is_ended_by_the_next(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        closing = Closing(bot.bot.store)
        store = cast("Store", closing)
        desk = Desk(store, bot.clock, lambda: bot.bot.in_force.now, lambda: None)
        canaries = Canaries(store, desk, bot.clock, bot.bot.metrics, bot.bot.alarms, bot.bot.ring)

        lost = await canaries.fly()
        closing.left = None
        await canaries.fly()

        assert "failed after intake" in lost.trouble
        open_ones = await bot.bot.store.read(lambda tx: tx.open_after(None))
        assert [each.key for each in open_ones] == []
