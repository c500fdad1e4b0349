"""`tocsin run`: refuses what cannot work, starts although providers are away, answers probes, and ends."""

import asyncio
import json
import signal
import socket

import pytest

from tests.cli.program import Program, running


async def test_without_a_way_to_page_anybody_it_refuses(tocsin: Program) -> None:
    tocsin.configure()
    for name in ("BOT_TOKEN", "APP_TOKEN", "API_URL"):
        del tocsin.settings[f"TOCSIN_SLACK__{name}"]

    ended = await tocsin("run")

    assert ended.code == 2
    assert "nobody could be paged" in ended.err


@pytest.mark.row("F90")
async def test_a_broken_configuration_is_refused_with_its_line(tocsin: Program) -> None:
    tocsin.configure("people: {ann: {nam: Ann}}\n")

    ended = await tocsin("run")

    assert ended.code == 2
    assert "tocsin.yaml:1" in ended.err


async def test_a_port_that_is_taken_is_told(tocsin: Program) -> None:
    tocsin.configure()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        tocsin.settings["TOCSIN_HTTP__PORT"] = str(taken.getsockname()[1])
        ended = await tocsin("run")

    assert ended.code == 1
    assert "address already in use" in ended.err
    assert tocsin.settings["TOCSIN_HTTP__PORT"] in ended.err


async def test_a_database_that_cannot_be_reached_is_told(tocsin: Program) -> None:
    tocsin.configure()
    tocsin.settings["TOCSIN_DATABASE_URL"] = "postgresql://tocsin:canary-password@127.0.0.1:9/tocsin"

    ended = await tocsin("run")

    assert ended.code == 1
    assert "The database cannot be opened" in ended.err
    assert "canary-password" not in ended.err


@pytest.mark.row("F19", "F91")
async def test_it_runs_without_slack_answers_probes_keeps_others_out_and_ends_well(tocsin: Program) -> None:
    tocsin.configure()
    async with running(tocsin) as bot:
        await bot.logged("slack_unreachable")
        healthy, ready, metrics = await asyncio.gather(*map(bot.get, ("/healthz", "/readyz", "/metrics")))
        second, retry = await tocsin("run"), await tocsin("dead-letters", "retry")
        listed = await tocsin("dead-letters", "--json")
        code = await bot.ended()

    assert healthy[0] == 200
    assert ready[0] == 503
    assert "Slack did not say who we are" in json.loads(ready[1])["problems"]["slack"]
    assert metrics[0] == 200
    assert "tocsin_tick_age_seconds" in metrics[1]
    for ended in (second, retry):
        assert ended.code == 75
        assert f"already running on this database (pid {bot.process.pid})" in ended.err
    assert "Stop it, do this again" in retry.err
    assert (listed.code, listed.document) == (0, [])
    assert code == 0
    assert [event["event"] for event in bot.events[-2:]] == ["stopping", "stopped"]


@pytest.mark.row("F90")
async def test_a_change_is_taken_up_on_sighup_and_a_broken_one_changes_nothing(tocsin: Program) -> None:
    tocsin.configure()
    async with running(tocsin) as bot:
        tocsin.configure((tocsin.folder / "tocsin.yaml").read_text().replace("wait: 5m", "wait: 6m"))
        bot.process.signal(signal.SIGHUP)
        changed = await bot.logged("configuration_changed")
        tocsin.configure("services: [")
        bot.process.signal(signal.SIGHUP)
        rejected = await bot.logged("configuration_rejected")
        ready = json.loads((await bot.get("/readyz"))[1])
        code = await bot.ended(signal.SIGINT)

    assert changed["before"] != changed["after"]
    assert rejected["line"] == 1
    assert rejected["remedy"]
    told = ready["problems"] | ready["notes"]
    assert "last good one is in force" in told["configuration"]
    assert code == 0
