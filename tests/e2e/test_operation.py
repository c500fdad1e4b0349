"""Operation: providers that are away at the start, counters, and a configuration that breaks."""

import re
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from bot.demo import alerts
from bot.domain.alert import Alert, AlertState
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.server import SlackServer
from tests.harness import BotHarness, running

SERIES = re.compile(r"^(tocsin_\w+(?:\{[^}]*\})?) (\S+)$", re.MULTILINE)
ALERT = Alert(source="generic", fingerprint="f1", state=AlertState.FIRING, title="API down")


def series(bot: BotHarness) -> dict[str, float]:
    """Every series of the bot's own, and its value."""
    text = generate_latest(bot.bot.metrics.registry).decode()
    return {name: float(value) for name, value in SERIES.findall(text)}


@pytest.mark.row("F91")
async def test_without_slack_at_the_start_pages_go_by_mail_and_the_card_follows_later(tmp_path: Path) -> None:
    def without_slack(slack: SlackServer, _: JiraServer) -> None:
        slack.faults.add(Fault(kind=FaultKind.DOWN))

    async with running(tmp_path, prepare=without_slack, connected=False) as bot:
        await bot.bot.desk.ingest("first", [ALERT])
        await bot.fast_forward(minutes=1.5)
        subject, problems, cards = bot.mailed("ann@example.com"), await bot.ready(), bot.cards()
        bot.slack.faults.clear()
        await bot.slack.until(lambda: bot.bot.edge and bot.bot.edge.connected, 35)
        await bot.fast_forward(minutes=1)

        assert "API down" in subject
        assert "slack" in problems
        assert cards == []
        assert "API down" in bot.card().words
        assert not await bot.ready()


@pytest.mark.row("F76")
async def test_without_jira_at_the_start_pages_go_out_and_the_ticket_follows(tmp_path: Path) -> None:
    def without_jira(_: SlackServer, jira: JiraServer) -> None:
        jira.refuse()

    async with running(tmp_path, prepare=without_jira) as bot:
        await bot.alert()
        await bot.click(bot.page("ann"), "Acknowledge", by="ann")
        await bot.fast_forward(minutes=1)
        assert "unavailable, retrying" in bot.card().words
        await bot.jira.accept()
        await bot.fast_forward(minutes=1)

        assert bot.ticket().status.name == "In Progress"


@pytest.mark.row("A52")
async def test_hundreds_of_different_alerts_make_no_further_series(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.alert(alerts.firing("Alert0", "node-0"))
        before = series(bot)
        for number in range(1, 301):
            alert = alerts.firing(f"Alert{number}", f"node-{number}")
            bot.slack.integration("Alertmanager").post("#alerts", alert)
            if number % 25 == 0:
                await bot.slack.settled()
        assert series(bot)['tocsin_alerts_total{outcome="opened"}'] == 301

        after = series(bot)
        lanes = ("tocsin_deliveries_", "tocsin_outbox_")  # a few each, measured now and then
        fresh = [name for name in after.keys() - before.keys() if not name.startswith(lanes)]
        assert fresh == []
        assert len(after) - len(before) < 20
        assert "Alert1" not in str(after)
        assert "node-" not in str(after)


async def test_alerts_wishes_and_deliveries_are_counted(bot: BotHarness) -> None:
    await bot.alert()
    await bot.alert()
    await bot.click(bot.page("ann"), "Acknowledge", by="ann")
    await bot.slash("ack INC-99", by="ann")
    await bot.fast_forward(seconds=5)

    counted = series(bot)
    assert counted['tocsin_alerts_total{outcome="opened"}'] == 1
    assert counted['tocsin_alerts_total{outcome="repeated"}'] == 1
    assert counted['tocsin_wishes_total{outcome="granted",verb="acknowledge"}'] == 1
    assert counted['tocsin_wishes_total{outcome="refused",verb="acknowledge"}'] == 1
    assert counted['tocsin_deliveries_total{kind="page_person",outcome="accepted"}'] == 1
    assert counted['tocsin_deliveries_total{kind="open_ticket",outcome="accepted"}'] == 1
    assert counted["tocsin_page_lateness_seconds_count"] == 1


@pytest.mark.row("F90")
async def test_a_broken_configuration_keeps_the_last_good_one_and_says_so(bot: BotHarness) -> None:
    good = bot.settings.config.read_text()
    bot.settings.config.write_text("services: [")
    bot.errors.expect("configuration_rejected")

    await bot.bot.refresh()
    await bot.alert()
    told = await bot.ready() | await bot.notes()
    bot.slack.person("ann").open_home()
    await bot.quiet()
    home = bot.slack.home("ann")
    bot.settings.config.write_text(good)
    await bot.bot.refresh()

    bot.page("ann")
    assert "last good one is in force" in told["configuration"]
    assert home is not None
    assert "configuration" in str(home.body).lower()
    assert "configuration" not in await bot.ready() | await bot.notes()
