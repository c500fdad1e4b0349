"""Signals that are expected: pings of scripts, and messages that say that all went well."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.heartbeat import SOURCE
from bot.domain.standing import AlertKey, Standing
from tests.e2e.test_letters_in_slack import post
from tests.harness import CONFIGURATION, BotHarness, running
from tests.posting import Poster, posting

EXPECTED = """
integrations:
  cron: {source: generic}
heartbeats:
  - {name: backup, every: 1h, grace: 5m, severity: sev2}
  - {name: quick, every: 1m, grace: 0s}
  - {name: guarded, every: 7d, integration: cron}
  - {name: report, every: 7d, channel: "#general", says: '(?i)report .*(sent|done)'}
  - {name: noise, every: 7d, channel: "#alerts"}
"""


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[BotHarness]:
    async with running(tmp_path, configuration=CONFIGURATION + EXPECTED) as harness:
        async with asyncio.timeout(20):
            while len(await known(harness)) < 5:
                await harness.clock.sleep(0.02)
        yield harness
        await harness.quiet()
        harness.silence()


async def ping(poster: Poster, path: str, *, method: str = "GET", body: str = "", token: str = "") -> int:
    """The status of the answer; the token stands in a header, unless the path has it."""
    shown = {"Authorization": f"Bearer {token or poster.token}"} if not path.startswith("/ping") else {}
    async with poster.session.request(method, poster.url + path, headers=shown, data=body or None) as answer:
        return answer.status


async def known(bot: BotHarness) -> Mapping[AlertKey, Standing]:
    keys = [(SOURCE, name) for name in ("backup", "quick", "guarded", "report", "noise")]
    return await bot.bot.store.read(lambda tx: tx.standings(keys))


async def last(bot: BotHarness, name: str) -> datetime:
    """When its last sign of life came."""
    return (await known(bot))[SOURCE, name].last_at


async def titles(bot: BotHarness) -> list[str]:
    return sorted(each.title for each in await bot.bot.desk.open_incidents())


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_a_ping_is_a_sign_of_life_and_without_one_somebody_is_paged(
    bot: BotHarness, method: str
) -> None:
    async with posting(bot) as poster:
        assert await ping(poster, "/heartbeats/quick", method=method) == 200
        at = await last(bot, "quick")
        assert bot.clock.now() - at < timedelta(minutes=1)

        for _ in range(4):  # what nobody listens to is no silence
            await bot.bot.watch.peers.beat()
            await bot.fast_forward(seconds=16)
        bot.page("ann", "Heartbeat quick does not come")
        assert await titles(bot) == ["Heartbeat quick does not come"]
        await ping(poster, "/heartbeats/quick", method=method)
        await bot.quiet()

    assert await titles(bot) == []


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH"])
async def test_a_heartbeat_of_opsgenie_is_one_of_ours(bot: BotHarness, method: str) -> None:
    async with posting(bot, "opsgenie_alert_api") as poster:
        shown = {"Authorization": f"GenieKey {poster.token}"}
        for path in ("/opsgenie/v2/heartbeats/quick/ping", "/v2/heartbeats/quick/ping"):
            assert (await poster.post(b"", path=path, headers=shown, method=method))[0] == 200
        assert (await poster.post(b"", path="/v2/heartbeats/none/ping", headers=shown, method=method))[
            0
        ] == 404

    assert bot.clock.now() - await last(bot, "quick") < timedelta(minutes=1)


async def test_a_script_that_fails_says_so_at_once_and_its_next_success_ends_it(bot: BotHarness) -> None:
    async with posting(bot) as poster:
        assert (
            await ping(poster, "/heartbeats/backup/fail", method="POST", body="disk <!channel> full") == 200
        )
        await bot.quiet()
        bot.page("ann", "Heartbeat backup says that it failed")
        (incident,) = await bot.bot.desk.open_incidents()
        await ping(poster, "/heartbeats/backup/0")
        await bot.quiet()

    assert "disk <!channel> full" in incident.description
    assert "<!channel>" not in bot.card().words
    assert await titles(bot) == []


async def test_addresses_of_healthchecks_work_with_the_token_as_their_key(bot: BotHarness) -> None:
    async with posting(bot) as poster:
        key = f"/ping/{poster.token}/backup"
        told = [await ping(poster, f"{key}{said}") for said in ("", "/start", "/log", "/0", "/fail", "/7")]
        await bot.quiet()
        bot.page("ann", "Heartbeat backup says that it failed")
        assert await ping(poster, key, method="HEAD") == 200
        await bot.quiet()

    assert told == [200] * 6
    assert await titles(bot) == []


async def test_that_something_begins_is_no_sign_of_life(bot: BotHarness) -> None:
    before = await last(bot, "backup")
    bot.clock.advance(timedelta(minutes=10))

    async with posting(bot) as poster:
        await ping(poster, "/heartbeats/backup/start")
        await ping(poster, "/heartbeats/backup/log", method="POST", body="half way")

    assert await last(bot, "backup") == before


@pytest.mark.row("A09", "A10")
async def test_only_a_token_that_counts_keeps_something_alive(bot: BotHarness) -> None:
    before = await last(bot, "guarded")
    bot.clock.advance(timedelta(minutes=10))

    async with posting(bot) as poster:
        wrong = poster.token[:20] + "a" * 44
        refused = [
            await ping(poster, "/heartbeats/backup", token=wrong),
            await ping(poster, f"/ping/{wrong}/backup"),
            await ping(poster, "/heartbeats/backup?token=" + poster.token, token="none"),
        ]
        others = await ping(poster, "/heartbeats/guarded")
    async with posting(bot, "cron") as cron:
        assert await last(bot, "guarded") == before
        own = await ping(cron, "/heartbeats/guarded")

    assert refused == [401] * 3
    assert (others, own) == (404, 200)
    assert await last(bot, "guarded") > before


async def test_a_name_that_nothing_expects_is_refused_and_told(bot: BotHarness) -> None:
    paths = ("/heartbeats/bakup", "/heartbeats/bakup", "/heartbeats/nope", "/heartbeats/backup/maybe")
    async with posting(bot) as poster:
        unknown = [await ping(poster, path) for path in paths]
        same = [await ping(poster, path, method="POST", body="done") for path in paths[1:3]]
        empty, _ = await poster.post(b"")

    assert (unknown, same, empty) == ([404] * 4, [404] * 2, 400)
    kept = await bot.bot.store.read(lambda tx: tx.unread())
    assert sorted((each.place, each.body, each.count) for each in kept) == [
        ("", "", 1),
        ("heartbeats/backup/maybe", "", 1),
        ("heartbeats/bakup", "", 2),
        ("heartbeats/bakup", "done", 1),
        ("heartbeats/nope", "", 1),
        ("heartbeats/nope", "done", 1),
    ]


async def test_a_message_that_says_so_keeps_it_alive_and_is_no_alert(bot: BotHarness) -> None:
    before = await last(bot, "report")
    bot.clock.advance(timedelta(minutes=10))

    bot.slack.integration("Grafana").post("#general", {"text": "Report of Monday: 3 pages, SENT."})
    await bot.quiet()

    assert await last(bot, "report") - before >= timedelta(minutes=10)
    assert bot.cards() == []


async def test_other_words_other_channels_and_people_keep_nothing_alive(bot: BotHarness) -> None:
    before = await last(bot, "report")
    bot.clock.advance(timedelta(minutes=10))

    bot.slack.integration("Grafana").post("#general", {"text": "Report of Monday could not be sen"})
    bot.slack.person("bob").say("#general", "report sent")
    bot.slack.integration("Grafana").post("#incidents", {"text": "Report sent"})
    await bot.quiet()

    assert await last(bot, "report") == before


async def test_letters_keep_nothing_alive_whoever_wrote_them(bot: BotHarness) -> None:
    before = await last(bot, "report"), await last(bot, "noise")
    bot.clock.advance(timedelta(minutes=10))

    post(bot, "Report sent", channel="#general")
    post(bot, "All is well", channel="#alerts")
    await bot.quiet()

    assert (await last(bot, "report"), await last(bot, "noise")) == before
    for page in bot.unread("ann"):
        bot.read.add((page.channel, page.ts))


async def test_any_message_of_its_channel_keeps_it_alive_and_is_an_alert_all_the_same(
    bot: BotHarness,
) -> None:
    before = await last(bot, "noise")
    bot.clock.advance(timedelta(minutes=10))

    await bot.alert()

    assert await last(bot, "noise") - before >= timedelta(minutes=10)
    bot.page("ann")
