"""Alerts that are posted to the bot's own server, with both of Slack's transports: what becomes of each."""

import asyncio
import gzip
import json
import logging
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from handlers.ingress.guesses import MOST
from handlers.ingress.office import OFFICE_PATH
from handlers.state import KEY_HEADER, StateKey
from tests.e2e.test_database_away import of_a_job
from tests.harness import BotHarness, running
from tests.posting import posting
from tests.unit.handlers.test_doorman import lines

DISK = {"title": "Disk full", "key": "disk/db-1", "status": "firing", "severity": "sev2"}


async def unread(bot: BotHarness) -> list[tuple[str, str, int]]:
    found = await bot.bot.store.read(lambda tx: tx.unread())
    return [(each.integration, each.place, each.count) for each in found]


async def test_an_alert_is_posted_repeated_and_cleared_and_each_answer_says_so(bot: BotHarness) -> None:
    async with posting(bot) as poster:
        opened = await poster.post(DISK)
        repeated = await poster.post(DISK)
        await bot.quiet()
        bot.page("ann", "Disk full")

        cleared = await poster.post({**DISK, "status": "cleared"})
        await bot.quiet()

    told = [answer["alerts"] for status, answer in (opened, repeated, cleared) if status == 200]
    key = {"incident": "INC-1", "why": "", "title": "Disk full"}
    assert told == [[{"outcome": each} | key] for each in ("opened", "repeated", "cleared")]
    assert "Resolved" in bot.card().words


async def test_the_token_may_stand_in_the_address_or_in_one_of_several_headers(bot: BotHarness) -> None:
    async with posting(bot) as poster:
        nowhere = {"Authorization": ""}
        places: list[tuple[str, dict[str, str]]] = [
            (f"/alerts/generic/{poster.token}", nowhere),
            ("/alerts/generic", {**nowhere, "X-Tocsin-Token": poster.token}),
            ("/alerts/generic", {"Authorization": f"GenieKey {poster.token}"}),
            (
                "/alerts/generic",
                {"Authorization": "Basic " + b64encode(f"u:{poster.token}".encode()).decode()},
            ),
        ]
        statuses = [(await poster.post([], path=path, headers=shown))[0] for path, shown in places]

    assert statuses == [200] * 4


@pytest.mark.row("A09", "A10")
async def test_whoever_has_no_token_learns_nothing_and_no_token_is_logged(
    bot: BotHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with posting(bot) as poster:
        wrong = poster.token[:20] + "a" * 44
        refused = [
            await poster.post(DISK, token=wrong),
            await poster.post(DISK, token="ti" + "b" * 62),
            await poster.post(DISK, token=""),
            await poster.post(DISK, token="", path=f"/alerts/generic?token={poster.token}"),
            await poster.post(DISK, token="", path="/alerts/no-such-source"),
        ]
        await poster.post(b"{", path=f"/alerts/generic/{poster.token}")

    assert len({(status, json.dumps(told)) for status, told in refused}) == 1
    assert refused[0][0] == 401
    assert bot.cards() == []
    assert poster.token not in caplog.text
    assert wrong not in caplog.text


@pytest.mark.row("A09")
async def test_whoever_guesses_at_tokens_has_to_wait_at_every_door_and_a_good_token_goes_on(
    bot: BotHarness,
) -> None:
    bad, event = "ti" + "b" * 62, {"routing_key": "x", "event_action": "trigger"}
    doors = ("/alerts/generic", "/heartbeats/nightly", f"/ping/{bad}/nightly", "/v2/alerts", "/v2/enqueue")
    async with posting(bot) as poster:

        async def wait(path: str) -> int:
            """What it is told, at the latest after as many tries as a slow machine needs."""
            shown = {"Authorization": f"Bearer {bad}"}
            for _ in range(5 * MOST):
                async with poster.session.post(poster.url + path, json=event, headers=shown) as answer:
                    if answer.status == 429:
                        return int(answer.headers["Retry-After"])
            return 0

        waits = [await wait(path) for path in doors]
        good, told = await poster.post(DISK)
        await bot.quiet()
        bot.page("ann", "Disk full")

    assert waits == [1] * len(doors)
    assert (good, told["unread"]) == (200, [])


@pytest.mark.row("F84")
async def test_alerts_that_a_sender_leaves_out_of_a_group_are_answered_kept_once_and_on_the_card(
    bot: BotHarness,
) -> None:
    bot.errors.expect("unread alerts")

    def group(*names: str) -> dict[str, object]:
        alerts = [{"status": "firing", "fingerprint": n, "labels": {"alertname": n}} for n in names]
        return {"receiver": "tocsin", "groupKey": "{}", "truncatedAlerts": 41, "alerts": alerts}

    async with posting(bot, "alertmanager") as poster:
        status, told = await poster.post(group("Disk"))
        await bot.quiet()
        bot.page("ann", "Disk")
        await poster.post(group("Disk", "Disk"))
        await bot.quiet()

    assert status == 200
    assert "41 more alerts" in json.dumps(told["unread"])
    assert "41 more alerts of this group were not sent" in bot.card().words
    assert await unread(bot) == [("alertmanager", "truncatedAlerts", 2)]
    await bot.bot.ingress.unread.look()
    assert any("alertmanager" in note for note in (await bot.notes()).values())


@pytest.mark.row("F84")
async def test_what_cannot_be_read_is_answered_kept_and_told_and_the_others_page(bot: BotHarness) -> None:
    bot.errors.expect("unread alerts")
    poisoned = json.dumps([{"title": f"t{n}", "key": n} for n in range(20)])
    poisoned = poisoned.replace('{"title": "t7", "key": 7}', '{"title": "t7", "key": NaN}')
    async with posting(bot) as poster:
        status, told = await poster.post(poisoned.encode())
        nothing, why = await poster.post({"alerts": [{"a": 1}]})
        await poster.post({"alerts": [{"a": 1}]})
        broken, where = await poster.post(b'{"title": ')

    assert (status, len(told["alerts"])) == (200, 19)  # type: ignore[arg-type]  # a list
    assert told["unread"] == [{"field": "[7]", "why": "NaN is no number in JSON"}]
    assert (nothing, why["field"]) == (400, "alerts[0].title")
    assert (broken, where["field"]) == (400, "line 1, column 11")
    assert sorted(await unread(bot)) == [
        ("generic", "[7]", 1),
        ("generic", "alerts[0].title", 2),
        ("generic", "line 1, column 11", 1),
    ]
    await bot.bot.ingress.unread.look()
    assert any("generic" in note for note in (await bot.notes()).values())
    async with asyncio.timeout(60):
        while len(bot.unread("ann")) < 19:
            await bot.clock.sleep(0.05)
    for _ in range(19):
        bot.page("ann")
    for _ in bot.mail.inbox[bot.mails :]:
        bot.mailed("ann@example.com")


async def test_the_address_of_another_source_is_refused_and_what_was_sent_is_kept(bot: BotHarness) -> None:
    async with posting(bot, "grafana") as poster:
        status, told = await poster.post(DISK, path="/alerts/github")

    assert (status, told["field"]) == (404, "address")
    assert await unread(bot) == [("grafana", "address", 1)]


async def test_a_document_of_another_source_is_refused_and_kept_with_whose_it_looks_like(
    bot: BotHarness,
) -> None:
    legacy = {"ruleName": "CPU", "ruleUrl": "https://grafana.example.com/d/1", "evalMatches": [], "orgId": 1}
    async with posting(bot, "alertmanager") as poster:
        status, told = await poster.post(legacy)

    [kept] = await bot.bot.store.read(lambda tx: tx.unread())
    assert (status, told["field"]) == (400, "alerts")
    assert "this looks like `grafana`'s" in str(told["error"])
    assert kept.reason == told["error"]


async def test_what_could_not_be_used_opens_all_the_same_and_is_answered_with_its_place(
    bot: BotHarness,
) -> None:
    async with posting(bot) as poster:
        status, told = await poster.post([{"title": "t", "severity": "sev9", "labels": "x"}])
    await bot.quiet()
    bot.page("ann")

    assert status == 200
    assert [each["outcome"] for each in told["alerts"]] == ["opened"]  # type: ignore[attr-defined]  # a list
    assert [each["field"] for each in told["unread"]] == ["[0].severity", "[0].labels"]  # type: ignore[attr-defined]  # a list
    assert await unread(bot) == []


async def test_the_same_delivery_counts_once(bot: BotHarness) -> None:
    async with posting(bot) as poster:
        first = await poster.post(DISK, headers={"Idempotency-Key": "one"})
        again = await poster.post(DISK, headers={"Idempotency-Key": "one"})
        other = await poster.post(DISK, headers={"Idempotency-Key": "two"})
    await bot.quiet()
    bot.page("ann")

    assert first[1]["alerts"] != []
    assert (again[0], again[1]["alerts"]) == (200, [])
    assert "came before" in str(again[1]["note"])
    assert other[1]["alerts"][0]["outcome"] == "repeated"  # type: ignore[index]  # a list of objects


@pytest.mark.row("A06", "A07")
async def test_bodies_that_are_too_large_packed_or_endless_are_cut(bot: BotHarness) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536

    async with posting(bot) as poster:
        large = await poster.post(b"[" + b" " * 2 * 1024 * 1024 + b"]")
        packed = await poster.post(gzip.compress(b"[]"), headers={"Content-Encoding": "gzip"})
        shown = {"Authorization": f"Bearer {poster.token}"}
        chunked = 0
        try:
            async with poster.session.post(
                f"{poster.url}/alerts/generic", data=endless(), headers=shown
            ) as answer:
                chunked = answer.status
        except aiohttp.ClientError:
            chunked = 413  # hung up while it was still being sent
        fits = await poster.post(b"[" + b" " * (2 * 1024 * 1024 - 2) + b"]")

    assert (large[0], packed[0], chunked, fits[0]) == (413, 415, 413, 200)
    assert {place for _, place, _ in await unread(bot)} == {"body"}


@pytest.mark.row("A06", "F87")
async def test_a_body_that_is_shorter_than_it_says_holds_nobody_up(bot: BotHarness) -> None:
    async with posting(bot) as poster, lines(poster.url, 1) as [line]:
        head = f"POST /alerts/generic HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {poster.token}\r\n"
        line.writer.write(f"{head}Content-Length: 100\r\n\r\n[".encode())
        line.writer.write_eof()
        assert (await poster.post(DISK))[0] == 200

        assert await line.cut_off(15)
    await bot.quiet()
    bot.page("ann")


@pytest.mark.row("A12")
async def test_what_a_request_says_of_where_it_comes_from_changes_nothing(bot: BotHarness) -> None:
    forged = {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"}
    async with posting(bot) as poster:
        with_token = await poster.post([], headers=forged)
        without = await poster.post([], headers=forged, token="")

    assert (with_token[0], without[0]) == (200, 401)


async def test_while_the_database_takes_nothing_the_sender_is_told_to_come_again(tmp_path: Path) -> None:
    async with running(tmp_path) as bot, posting(bot) as poster:
        assert (await poster.post([]))[0] == 200
        async with bot.database_hangs():
            away, told = await poster.post(DISK)
        back, _ = await poster.post(DISK)
        await bot.quiet()
        bot.page("ann")
        bot.errors.lines[:] = [line for line in bot.errors.lines if not of_a_job(line)]

    assert (away, back) == (503, 200), told


@pytest.mark.row("A09")
async def test_tokens_are_made_by_whoever_has_the_key_of_the_running_bot_and_by_nobody_else(
    bot: BotHarness,
) -> None:
    order = {"do": "add", "name": "github", "by": "ann on box"}
    key = {KEY_HEADER: StateKey(bot.settings.data_dir, bot.bot.http.port).read()}
    async with posting(bot) as poster:

        async def ask(headers: dict[str, str], **other: str) -> tuple[int, dict[str, str]]:
            url = f"{poster.url}{OFFICE_PATH}"
            async with poster.session.post(url, json=order | other, headers=headers) as answer:
                return answer.status, await answer.json() if answer.status in (200, 409) else {}

        refused = [
            await ask({}),
            await ask({KEY_HEADER: "x"}),
            await ask({**key, "X-Forwarded-For": "127.0.0.1"}),
        ]
        status, told = await ask(key)
        unknown = await ask(key, name="no such")
        nonsense = await ask(key, do="destroy")
        no_lesson = await ask(key, do="retire", name="watchdog")
        taken, _ = await poster.post({}, path="/alerts/github", token=told["token"])

    assert [each for each, _ in refused] == [404, 404, 404]
    assert (no_lesson[0], "no lesson" in no_lesson[1]["refused"]) == (409, True)
    assert (status, unknown[0], nonsense[0]) == (200, 409, 400)
    assert taken != 401


async def test_the_end_of_what_was_not_firing_says_so(bot: BotHarness) -> None:
    async with posting(bot) as poster:
        status, told = await poster.post({"title": "Disk full", "key": "disk", "status": "cleared"})

    assert status == 200
    why = "it is over, and was not firing"
    assert told["alerts"] == [
        {"outcome": "ignored", "incident": None, "why": why, "title": "Disk full"},
    ]
