"""`tocsin doctor`: says how everything is, beside a bot that runs and where none does."""

import json
import signal
import socket
from urllib.parse import urlsplit

import aiohttp
import pytest

from handlers.state import KEY_HEADER
from tests.cli.program import Ended, Program, running


def report(ended: Ended) -> dict[str, list[tuple[str, str]]]:
    """Per name, the verdicts and the words."""
    found: dict[str, list[tuple[str, str]]] = {}
    document: dict[str, list[dict[str, str]]] = json.loads(ended.out)
    for line in document["lines"]:
        found.setdefault(line["name"], []).append((line["verdict"], line["says"]))
    return found


async def asked(url: str, headers: dict[str, str]) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/state", headers=headers) as answer:
        return answer.status, await answer.text()


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])


async def test_where_nothing_ever_ran_it_says_so_and_what_to_do(tocsin: Program) -> None:
    tocsin.configure()
    tocsin.settings["TOCSIN_HTTP__PORT"] = free_port()

    ended = await tocsin("doctor", "--offline")

    assert ended.code == 1
    assert "no bot runs here" in ended.out
    assert "has no tables of Tocsin's" in ended.out
    assert "→ Start it: `tocsin run`." in ended.out
    assert "Something is wrong." in ended.out


async def test_beside_a_running_bot_it_knows_what_only_that_knows(tocsin: Program) -> None:
    tocsin.configure()
    tocsin.settings["TOCSIN_HTTP__PORT"] = free_port()
    async with running(tocsin) as bot:
        await bot.logged("slack_unreachable")
        ended = await tocsin("doctor", "--offline", "--json")
        seen = report(ended)

    assert ended.code == 1, "Slack does not reach it"
    assert seen["process"][0][0] == "ok"
    assert f"process {bot.process.pid}" in seen["process"][0][1]
    assert seen["slack"][0] == ("bad", f"does not reach the bot: {seen['slack'][0][1].split(': ', 1)[1]}")
    assert seen["database"][0][0] in {"ok", "warn"}
    assert "schema" in seen["database"][0][1]
    assert seen["configuration"][0][1].startswith("tocsin.yaml is valid and in force")
    assert seen["last commit"][0][0] == "ok"
    assert "1 running" in seen["replicas"][0][1]
    assert seen["heartbeat"][0] == ("warn", "nobody outside watches this bot")
    assert seen["backlog"] == [("ok", "nothing waits to be told")]
    assert seen["dead letters"] == [("ok", "none")]
    assert "providers" not in seen


@pytest.mark.row("F20")
async def test_a_process_that_was_killed_is_told_of_at_the_next_start_and_by_the_doctor(
    tocsin: Program,
) -> None:
    tocsin.configure()
    tocsin.settings["TOCSIN_HTTP__PORT"] = free_port()
    async with running(tocsin) as first:
        killed = first.process.pid
        await tocsin("doctor", "--offline")
    async with running(tocsin) as second:
        told = await second.logged("no_goodbye")
        code = await second.ended(signal.SIGTERM)
    after = report(await tocsin("doctor", "--offline", "--json"))

    assert told["pid"] == killed
    assert code == 0
    assert "2 in the last hour" in after["starts"][0][1]
    assert after["process"][0][0] == "bad"
    assert after["audit"] == [("ok", "nothing is overdue or forgotten")]


async def test_providers_are_asked_unless_told_otherwise(tocsin: Program) -> None:
    tocsin.configure()
    tocsin.settings["TOCSIN_HTTP__PORT"] = free_port()
    tocsin.settings |= {
        "TOCSIN_SMTP__HOST": "127.0.0.1",
        "TOCSIN_SMTP__PORT": free_port(),
        "TOCSIN_SMTP__TLS": "none",
        "TOCSIN_SMTP__SENDER": "tocsin@example.com",
    }

    seen = report(await tocsin("doctor", "--json"))

    assert seen["mail server"][0][0] == "bad"
    assert "Slack can't be reached" in seen["online: slack"][0][1]


async def test_a_broken_file_is_told_although_the_bot_goes_on(tocsin: Program) -> None:
    tocsin.configure("services: [")
    tocsin.settings["TOCSIN_HTTP__PORT"] = free_port()

    seen = report(await tocsin("doctor", "--offline", "--json"))

    assert seen["configuration"][0][0] == "bad"
    assert "mistakes" in seen["configuration"][0][1]


async def test_the_state_is_for_this_machine_and_its_user_alone(tocsin: Program) -> None:
    tocsin.configure()
    async with running(tocsin) as bot:
        url = str((await bot.logged("started"))["url"])
        file = tocsin.folder / "data" / f"state-key-{urlsplit(url).port}"
        key, mode = file.read_text(), file.stat().st_mode & 0o777
        direct, text = await asked(url, {KEY_HEADER: key})
        forwarded, _ = await asked(url, {KEY_HEADER: key, "X-Forwarded-For": "203.0.113.7"})
        by_a_plain_proxy, _ = await asked(url, {})
        guessed, _ = await asked(url, {KEY_HEADER: "\udce9" * len(key)})
    async with running(tocsin) as bot:
        with_the_last_key, _ = await asked(str((await bot.logged("started"))["url"]), {KEY_HEADER: key})

    assert (direct, mode, len(key)) == (200, 0o600, 43)
    assert (forwarded, by_a_plain_proxy, guessed, with_the_last_key) == (404, 404, 404, 404)
    assert key not in text
    for secret in tocsin.settings.values():
        assert not secret.startswith("x") or secret not in text
