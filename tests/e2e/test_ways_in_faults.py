"""What the ways in do when the database, Slack or a parser fails."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.incident import Status
from bot.ports import Store, Tx
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.journal import Kind
from handlers import slack_messages
from handlers.alerts import SlackMessage
from tests.e2e.ways_in import WaysIn, ways_in

FIRING = {"attachments": [{"title": "[FIRING:1] InstanceDown (node-1)", "color": "danger", "text": "down"}]}


@pytest.fixture(params=["http", "socket"])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[WaysIn]:
    async with ways_in(tmp_path, request.param) as made:
        yield made


@asynccontextmanager
async def hanging(store: Store) -> AsyncIterator[None]:
    """The database writes nothing meanwhile."""
    begun, free = threading.Event(), threading.Event()

    def work(_: Tx) -> None:
        begun.set()
        free.wait(30)

    async with asyncio.TaskGroup() as group:
        group.create_task(store.write(work))
        await asyncio.to_thread(begun.wait, 5)
        try:
            yield
        finally:
            free.set()


def refused(bot: WaysIn) -> bool:
    """Whether an event was not acknowledged."""
    return any(entry.outcome != "ok" for entry in bot.slack.journal.entries(Kind.DELIVERY))


@pytest.mark.row("F64")
async def test_a_command_that_cannot_be_written_down_says_so_before_slack_gives_up(bot: WaysIn) -> None:
    async with hanging(bot.store):
        outcome = await bot.slash("declare DB is slow sev1")

    assert not outcome.error
    assert outcome.reply
    assert "NOT RECORDED, page by hand: " in outcome.reply.words
    assert "/incident declare DB is slow sev1" in outcome.reply.words
    assert await bot.store.write(lambda tx: tx.open_incidents()) == []


@pytest.mark.row("F01", "F61")
async def test_an_event_that_cannot_be_written_down_is_not_acknowledged_and_comes_again(bot: WaysIn) -> None:
    async with hanging(bot.store):
        bot.slack.integration("Alertmanager").post("#alerts", FIRING)
        await bot.slack.until(lambda: refused(bot))

    bot.clock.advance(timedelta(minutes=1))
    await bot.slack.until(lambda: not bot.slack.hub.deliveries.waiting, 10)
    await bot.slack.settled()
    (incident,) = await bot.open()
    assert incident.alerts.signals == 1


async def test_a_form_that_cannot_be_written_down_stays_open(bot: WaysIn) -> None:
    await bot.slash("")
    async with hanging(bot.store):
        outcome = await bot.person("ann").submit({"title": "DB is slow"})

    assert "NOT RECORDED" in str(outcome.errors)
    assert outcome.view


async def test_a_press_that_cannot_be_written_down_is_told_to_who_pressed(bot: WaysIn) -> None:
    await bot.said("declare one")
    card = await bot.posted_card(1)

    async with hanging(bot.store):
        await bot.person("bob").click(card, "Acknowledge")

    assert "NOT RECORDED" in (await bot.whispers("bob", 1))[0]


@pytest.mark.row("F65")
async def test_an_answer_finds_another_way_when_the_response_url_is_dead(bot: WaysIn) -> None:
    await bot.said("declare one")
    card = await bot.posted_card(1)
    bot.slack.faults.add(Fault(kind=FaultKind.STATUS, method="response_url", status=404, times=1))
    await bot.said("resolve INC-1 done", by="ann")

    await bot.person("bob").click(card, "Acknowledge")

    assert "already resolved" in (await bot.whispers("bob", 1))[0]


async def test_an_answer_that_cannot_be_told_at_all_hinders_nothing(bot: WaysIn) -> None:
    await bot.said("declare one")
    card = await bot.posted_card(1)
    await bot.person("ann").click(card, "Acknowledge")
    bot.slack.faults.add(Fault(kind=FaultKind.RESET, method="response_url", times=1))
    bot.slack.faults.add(Fault(kind=FaultKind.DOWN, method="chat.postEphemeral", times=1))

    await bot.person("bob").click(card, "Acknowledge")
    await bot.slack.until(lambda: len(bot.slack.faults.active()) == 0)

    assert len((await bot.incident(1)).acknowledgements) == 2
    assert "INC-1" in await bot.said("show INC-1")


async def test_a_form_that_slack_does_not_open_is_explained(bot: WaysIn) -> None:
    bot.slack.faults.add(Fault(kind=FaultKind.ERROR, method="views.open", error="internal_error", times=1))

    answer = await bot.said("")

    assert "Couldn't open the form" in answer


async def test_while_slack_does_not_tell_who_somebody_is_people_of_the_configuration_can_act(
    bot: WaysIn,
) -> None:
    bot.slack.faults.add(Fault(kind=FaultKind.ERROR, method="users.info"))

    assert "Declared" in await bot.said("declare one", by="ann")
    assert "doesn't tell who you are" in await bot.said("ack INC-1", by="cleo")
    assert (await bot.incident(1)).status is Status.TRIGGERED


async def test_an_alert_is_not_lost_when_its_parser_breaks(
    bot: WaysIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(message: SlackMessage, parser: str) -> list[object]:
        raise IndexError(parser, message.ts)

    monkeypatch.setattr(slack_messages, "parse", broken)

    bot.slack.integration("Alertmanager").post("#alerts", FIRING)
    await bot.slack.settled()

    (incident,) = await bot.open()
    assert incident.title == "[FIRING:1] InstanceDown (node-1)"


async def test_until_the_watched_channels_are_known_events_are_left_to_come_again(tmp_path: Path) -> None:
    async with ways_in(tmp_path, "http", watching=False) as bot:
        bot.slack.integration("Alertmanager").post("#alerts", FIRING)
        await bot.slack.until(lambda: refused(bot))

        await bot.side.watches.refresh()
        bot.clock.advance(timedelta(minutes=1))
        await bot.slack.until(lambda: not bot.slack.hub.deliveries.waiting)
        await bot.slack.settled()

        assert len(await bot.open()) == 1
