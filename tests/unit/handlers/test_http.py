"""The request URL: what is not Slack's is turned away before anything reads it."""

import asyncio
import gzip
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from io import BytesIO
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.clock import Clock, ShiftedClock
from bot.errors import StoreUnavailable
from handlers.http import LARGEST_BODY, SLACK_PATH, Health, HttpServer
from handlers.slack_gate import SlackGate, signed
from tests.examples import NOW
from tests.machine import Machine

SECRET = "5a0db0c5e1ec7de0sandboxonly00000"
BODY = urlencode({"command": "/incident", "text": "secret words", "team_id": "T1", "user_id": "U1"}).encode()


def headers(body: bytes, timestamp: str, *, secret: str = SECRET) -> dict[str, str]:
    mac = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={mac}",
        "Content-Type": "application/x-www-form-urlencoded",
    }


class Bench:
    def __init__(self, url: str, session: aiohttp.ClientSession, heard: list[str], clock: Clock) -> None:
        self.url, self.session, self.heard, self.clock = url, session, heard, clock

    def now(self, shift: int = 0) -> str:
        return str(int(self.clock.now().timestamp()) + shift)

    async def post(self, body: bytes, sent: Mapping[str, str]) -> int:
        async with self.session.post(self.url + SLACK_PATH, data=BytesIO(body), headers=sent) as answer:
            await answer.read()
            return answer.status


async def _authorize() -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=None, team_id="T1", bot_user_id="UB", bot_id="B1", bot_token="xoxb-1"
    )


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with served(ShiftedClock()) as made:
        yield made


@asynccontextmanager
async def served(clock: Clock) -> AsyncIterator[Bench]:
    heard: list[str] = []
    registry = CollectorRegistry()
    Counter("bench_total", "A count", registry=registry).inc()
    app = AsyncApp(authorize=_authorize, request_verification_enabled=False, process_before_response=True)

    async def incident(ack: AsyncAck, body: dict[str, str]) -> None:
        heard.append(body["text"])
        await ack("heard")

    app.command("/incident")(incident)

    async def fine() -> Health:
        return Health()

    async def failing() -> Health:
        return Health(problems={"database": "no answer"})

    server = HttpServer(
        host="127.0.0.1",
        port=0,
        healthy=fine,
        ready=failing,
        registry=registry,
        more=[web.post(SLACK_PATH, SlackGate(app, SECRET, clock).serve)],
    )
    await server.start()
    async with aiohttp.ClientSession() as session:
        yield Bench(server.url, session, heard, clock)
    await server.stop()


def test_slacks_own_test_vector_is_accepted() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F"
        b"96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"

    assert signed(b"8f742231b10e8888abcd99yyyzzz85a5", "1531420618", signature, body, 1531420620)
    assert not signed(b"8f742231b10e8888abcd99yyyzzz85a5", "1531420618", signature, body + b" ", 1531420620)


@pytest.mark.row("A01", "A05")
async def test_only_the_exact_bytes_that_were_signed_are_heard(bench: Bench) -> None:
    good = headers(BODY, bench.now())

    assert await bench.post(BODY, good) == 200
    assert await bench.post(BODY.replace(b"+", b"%20"), good) == 401
    assert await bench.post(BODY, headers(BODY, bench.now(), secret="another")) == 401
    assert bench.heard == ["secret words"]


@pytest.mark.row("A01", "A02")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Slack-Request-Timestamp", "abc"),
        ("X-Slack-Request-Timestamp", ""),
        ("X-Slack-Request-Timestamp", "9" * 5000),
        ("X-Slack-Request-Timestamp", "-1"),
        ("X-Slack-Request-Timestamp", "1e9"),
        ("X-Slack-Request-Timestamp", "１７６３８５６１２３"),
        ("X-Slack-Signature", "v0=ü"),
        ("X-Slack-Signature", ""),
        ("X-Slack-Signature", "v0="),
        ("X-Slack-Signature", "v0=" + "0" * 64),
        ("X-Slack-Signature", "v1=" + "0" * 64),
    ],
)
async def test_hostile_headers_are_refused_and_never_break_anything(
    bench: Bench, name: str, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    assert await bench.post(BODY, headers(BODY, bench.now()) | {name: value}) == 401
    assert bench.heard == []
    assert "secret words" not in caplog.text


@pytest.mark.row("F21", "F24")
async def test_slack_is_heard_when_either_the_machines_clock_or_the_bots_own_is_right() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.jumps(7200)

    async with served(clock) as bench:
        for seconds, status in ((0, 200), (7200, 200), (3600, 401), (-400, 401)):
            signed_at = int((NOW + timedelta(seconds=seconds)).timestamp())
            assert await bench.post(BODY, headers(BODY, str(signed_at))) == status


@pytest.mark.row("A03", "A04")
@pytest.mark.parametrize(("shift", "status"), [(-299, 200), (-302, 401), (58, 200), (62, 401), (240, 401)])
async def test_a_signature_is_good_for_five_minutes_and_hardly_ahead_of_time(
    bench: Bench, shift: int, status: int
) -> None:
    assert await bench.post(BODY, headers(BODY, bench.now(shift))) == status


@pytest.mark.row("A06")
async def test_a_body_is_cut_at_one_mebibyte_also_when_its_length_is_not_told(bench: Bench) -> None:
    large = b"x" * (LARGEST_BODY + 1)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 65536

    assert await bench.post(large, headers(large, bench.now())) == 413
    async with bench.session.post(
        bench.url + SLACK_PATH, data=endless(), headers=headers(b"", bench.now())
    ) as answer:
        assert answer.status == 413


@pytest.mark.row("A07")
async def test_a_compressed_body_is_never_unpacked(bench: Bench) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)

    sent = headers(bomb, bench.now()) | {"Content-Encoding": "gzip"}

    assert await bench.post(bomb, sent) == 415


@pytest.mark.row("A08")
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[1]",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b'{"a": ' + b"9" * 5000 + b"}",
        b"{",
        b"\x00",
    ],
)
async def test_a_body_without_structure_is_a_bad_request_and_no_crash(bench: Bench, body: bytes) -> None:
    sent = headers(body, bench.now()) | {"Content-Type": "application/json"}

    assert await bench.post(body, sent) in (400, 404)


async def test_other_methods_and_addresses_are_not_there(bench: Bench) -> None:
    async def status(method: str, path: str) -> int:
        async with bench.session.request(method, bench.url + path) as answer:
            return answer.status

    assert await status("GET", SLACK_PATH) == 405
    assert await status("TRACE", "/healthz") == 405
    assert await status("POST", "/metrics") == 405
    assert await status("GET", "/slack/../etc/passwd") == 404


async def test_health_readiness_and_metrics_are_told(bench: Bench) -> None:
    async with bench.session.get(bench.url + "/healthz") as health:
        assert (health.status, await health.json()) == (200, {"status": "ok", "problems": {}, "notes": {}})
    async with bench.session.get(bench.url + "/readyz") as ready:
        assert ready.status == 503
        assert (await ready.json())["problems"] == {"database": "no answer"}
    async with bench.session.get(bench.url + "/metrics") as metrics:
        assert "bench_total 1.0" in await metrics.text()


async def test_a_database_that_is_away_is_named_by_the_probe() -> None:
    async def away() -> Health:
        raise StoreUnavailable("PostgreSQL cannot be reached: secret-host")

    server = HttpServer(host="127.0.0.1", port=0, healthy=away, ready=away, registry=CollectorRegistry())
    await server.start()
    async with aiohttp.ClientSession() as session, session.get(server.url + "/healthz") as health:
        status, told = health.status, await health.json()
    await server.stop()

    assert (status, told["problems"]) == (503, {"database": "cannot be reached"})


async def test_the_url_challenge_is_answered(bench: Bench) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c-1", "token": "x"}).encode()
    sent = headers(body, bench.now()) | {"Content-Type": "application/json"}

    async with bench.session.post(bench.url + SLACK_PATH, data=body, headers=sent) as answer:
        assert (answer.status, await answer.json()) == (200, {"challenge": "c-1"})


async def test_somebody_who_sends_slowly_is_not_waited_for(bench: Bench) -> None:
    host, port = bench.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST {SLACK_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nab".encode())

    answer = await asyncio.wait_for(reader.readline(), 5)

    assert b"408" in answer
    writer.close()
