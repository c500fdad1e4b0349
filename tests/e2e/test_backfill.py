"""What was posted while nobody listened: it is read late, and it counts once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.config.in_force import ConfigurationInForce
from bot.demo import alerts
from bot.runtime import Runtime
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.server import SlackServer
from bot.wiring import build
from handlers.alerts import PARSERS
from handlers.backfill import MOST
from tests.harness import CONFIGURATION, BotHarness, running

PAUSED = Fault(kind=FaultKind.PAUSED)
GRAFANA = {"attachments": [{"title": "[Alerting] Search is slow", "color": "d63232", "footer": "Grafana v7"}]}


@pytest.fixture(params=["sqlite over sockets", "postgres over http"])
async def down(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BotHarness]:
    """A bot that ran, and runs no more. Its world goes on."""
    over_http = request.param == "postgres over http"
    database = request.getfixturevalue("postgres_url") if over_http else None
    async with running(tmp_path, database=database, transport="http" if over_http else "socket") as harness:
        yield harness


async def heard(bot: BotHarness) -> None:
    """Until it is known how far the watched channel was heard."""
    await until(bot, "C0ALERTS001")


async def until(bot: BotHarness, channel: str) -> None:
    async with asyncio.timeout(20):
        while await bot.bot.desk.heard.until(channel) is None:
            await bot.clock.sleep(0.02)


@asynccontextmanager
async def up_again(bot: BotHarness) -> AsyncIterator[BotHarness]:
    """The bot is started anew on the same database, in the same workspace."""
    made = build(bot.settings, ConfigurationInForce(bot.settings.config, bot.settings, PARSERS), bot.clock)
    runtime = Runtime(made)
    async with asyncio.TaskGroup() as group:
        group.create_task(runtime.run())
        await runtime.started()
        if bot.settings.slack and bot.settings.slack.mode == "http":
            bot.slack.deliver_to(f"{made.http.url}/slack/events")
        yield replace(bot, bot=made, runtime=runtime)
        runtime.stop()


async def stopped(bot: BotHarness) -> None:
    """The process ends in good order; whatever Slack tells from here on is lost."""
    (run,) = [task for task in asyncio.all_tasks() if "Runtime.run" in str(task.get_coro())]
    bot.slack.faults.add(PAUSED)
    bot.runtime.stop()
    await asyncio.wait([run])


async def opened(bot: BotHarness, count: int) -> list[str]:
    """The titles of the incidents that are open, as soon as there are so many."""
    async with asyncio.timeout(20):
        while len(found := await bot.bot.desk.open_incidents()) < count:
            await bot.clock.sleep(0.02)
    return [incident.title for incident in found]


@pytest.mark.row("F62")
async def test_what_was_posted_while_the_bot_was_down_is_an_incident_once(down: BotHarness) -> None:
    await heard(down)
    await down.alert()
    down.page("ann")
    await stopped(down)
    down.slack.integration("Grafana").post("#alerts", GRAFANA)
    down.slack.integration("Grafana").post("#alerts", GRAFANA)
    down.slack.person("bob").say("#alerts", "[FIRING:1] I am no bot")
    down.slack.faults.clear()

    async with up_again(down) as bot:
        titles = await opened(bot, 2)
        await bot.quiet()

        assert sum("Search is slow" in title for title in titles) == 1
        assert len(await bot.bot.desk.open_incidents()) == 2
        first = next(each for each in await bot.bot.desk.open_incidents() if each.number == 1)
        assert first.alerts.signals == 1  # what had been heard is not heard again
        bot.page("ann", "Search is slow")
        await bot.slash("ack INC-1")
        await bot.slash("ack INC-2")


async def test_what_began_and_ended_while_the_bot_was_down_wakes_nobody(down: BotHarness) -> None:
    await heard(down)
    await stopped(down)
    manager = down.slack.integration("Alertmanager")
    manager.post("#alerts", alerts.firing("DiskFull", "checkout"))
    manager.post("#alerts", alerts.cleared("DiskFull", "checkout"))
    manager.post("#alerts", alerts.firing("StillThere", "checkout"))

    async with up_again(down) as bot:
        titles = await opened(bot, 1)
        await bot.clock.sleep(1)

        assert len(titles) == 1
        assert "StillThere" in titles[0]
        assert not any("DiskFull" in message.text for message in bot.slack.dms("U0ANNLEE001"))


@pytest.mark.row("F62")
async def test_of_a_long_gap_the_oldest_message_is_read_too(down: BotHarness) -> None:
    await heard(down)
    await stopped(down)
    down.slack.integration("Grafana").post("#alerts", GRAFANA)
    for number in range(MOST):
        down.slack.person("bob").say("#alerts", f"and {number}")

    async with up_again(down) as bot:
        (title,) = await opened(bot, 1)
        await bot.quiet()

        assert "Search is slow" in title
        bot.page("ann")
        await bot.slash("ack")


async def test_what_was_edited_while_the_bot_was_down_is_read_as_it_stands(down: BotHarness) -> None:
    await heard(down)
    posted = await down.alert()
    down.page("ann")
    await down.slash("ack")
    await stopped(down)
    down.clock.advance(timedelta(hours=3))
    down.slack.integration("Alertmanager").edit(posted, alerts.cleared())
    down.slack.faults.clear()

    async with up_again(down) as bot:
        async with asyncio.timeout(20):
            while await bot.bot.desk.open_incidents():
                await bot.clock.sleep(0.02)
        await bot.quiet()

        assert "Resolved" in bot.card().words


async def test_an_edit_without_a_mark_is_the_same_alert_when_the_history_is_read(down: BotHarness) -> None:
    await heard(down)
    title = {"title": "[Alerting] Disk full on db-1", "color": "d63232"}
    posted = down.slack.integration("Grafana").post("#alerts", {"attachments": [title]})
    await opened(down, 1)
    await down.quiet()
    down.page("ann")
    await down.slash("ack")
    await stopped(down)
    more = title | {"title": "[Alerting] Disk full on db-1, partition data, claimed by alice"}
    down.slack.hub.feed.edit(posted, posted.body | {"attachments": [more]}, editor="U1", marked=False)
    down.slack.faults.clear()

    async with up_again(down) as bot:
        async with asyncio.timeout(20):
            while (await bot.bot.desk.open_incidents())[0].alerts.signals < 2:
                await bot.clock.sleep(0.02)
        await bot.quiet()

        assert len(await bot.bot.desk.open_incidents()) == 1


@pytest.mark.row("F62")
async def test_what_is_too_old_to_be_read_is_told(down: BotHarness) -> None:
    await heard(down)
    await stopped(down)
    down.clock.advance(timedelta(hours=1))
    down.slack.integration("Grafana").post("#alerts", GRAFANA)
    down.slack.person("bob").say("#alerts", "I am no bot")
    down.clock.advance(timedelta(hours=49))
    down.slack.integration("Alertmanager").post("#alerts", alerts.firing())
    down.slack.faults.clear()
    down.errors.expect("too old")

    async with up_again(down) as bot:
        (title,) = await opened(bot, 1)
        await bot.quiet()

        assert "Search is slow" not in title
        bot.page("ann")
        alarm = bot.bot.alarms.standing["messages not read: too old in C0ALERTS001"]
        assert alarm.text.startswith("Alerts were posted in C0ALERTS001 between ")
        assert "(1 messages)" in alarm.text
        await bot.slash("ack")


async def test_a_long_time_in_which_nothing_was_posted_is_no_alarm(down: BotHarness) -> None:
    await heard(down)
    await stopped(down)
    down.clock.advance(timedelta(hours=60))
    down.slack.integration("Alertmanager").post("#alerts", alerts.firing())
    down.slack.faults.clear()

    async with up_again(down) as bot:
        await opened(bot, 1)
        await bot.quiet()

        bot.page("ann")
        assert not any(kind.startswith("messages not read") for kind in bot.bot.alarms.standing)
        await bot.slash("ack")


@pytest.mark.row("F62")
async def test_an_event_that_slack_dropped_is_missed_within_ten_minutes(bot: BotHarness) -> None:
    await heard(bot)
    bot.slack.faults.add(replace(PAUSED, times=1))
    bot.slack.integration("Grafana").post("#alerts", GRAFANA)
    await bot.quiet()
    assert await bot.bot.desk.open_incidents() == []

    bot.clock.advance(timedelta(minutes=11))
    await opened(bot, 1)
    await bot.quiet()

    bot.page("ann", "Search is slow")
    await bot.slash("ack")


async def test_a_history_that_cannot_be_read_is_read_a_little_later(bot: BotHarness) -> None:
    await heard(bot)
    bot.slack.faults.add(replace(PAUSED, times=1))
    bot.slack.integration("Grafana").post("#alerts", GRAFANA)
    await bot.quiet()
    bot.slack.faults.add(Fault(kind=FaultKind.ERROR, method="conversations.history", times=1))

    bot.clock.advance(timedelta(minutes=11))
    async with asyncio.timeout(20):
        while bot.slack.faults.active():
            await bot.clock.sleep(0.02)
    bot.clock.advance(timedelta(minutes=1))
    await opened(bot, 1)
    await bot.quiet()

    bot.page("ann", "Search is slow")
    await bot.slash("ack")


@pytest.mark.row("F62")
async def test_a_name_that_cannot_be_looked_up_keeps_no_other_channel_from_being_read(tmp_path: Path) -> None:
    by_id = CONFIGURATION.replace('"#incidents"', "C0INCIDENT1").replace('"#alerts"', "C0ALERTS001")
    named = by_id.replace("channels:", 'channels:\n  - channel: "#general"')

    def nameless(slack: SlackServer, _: JiraServer) -> None:
        slack.faults.add(Fault(kind=FaultKind.ERROR, method="conversations.list", error="missing_scope"))

    async with running(tmp_path, configuration=named, prepare=nameless, connected=False) as bot:
        bot.errors.expect("unknown channels")
        await heard(bot)
        bot.slack.faults.add(replace(PAUSED, times=1))
        bot.slack.integration("Grafana").post("#alerts", GRAFANA)
        bot.clock.advance(timedelta(minutes=11))
        await opened(bot, 1)
        await bot.quiet()
        bot.page("ann", "Search is slow")

        alarm = bot.bot.alarms.standing["messages not read: unknown channels"]
        assert "which channels these are: #general." in alarm.text
        bot.slack.faults.clear()
        await until(bot, "C0GENERAL01")
        assert "messages not read: unknown channels" not in bot.bot.alarms.standing
        await bot.slash("ack")
