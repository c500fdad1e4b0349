"""Pages to machines, against real receivers of every temper, and against addresses that must not be asked."""

import asyncio
import json
import os
import re
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.clock import ShiftedClock
from bot.delivery.names import Names
from bot.delivery.open_web import OpenWeb
from bot.delivery.pagers.webhook import WebhookPager, message_id, signature
from bot.domain.commands import PageSent
from bot.domain.effects import PageWebhook
from bot.domain.ladder import FIRST_STEP
from bot.domain.webhook import Webhook
from bot.errors import DeliveryError, Outcome
from bot.ports import Job
from bot.settings import WebhookSettings
from tests.delivery.effects import a_job, an_incident

SECRET = "a secret of the receiver's"
PAGE = PageWebhook(key="page:01k:1:1:1:webhook:pager", name="pager", epoch=1, step=FIRST_STEP)


@dataclass
class Receiver:
    """What it was sent, and what it says to it."""

    url: str = ""
    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    heads: list[Mapping[str, str]] = field(default_factory=list)
    behave: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.read())
        self.heads.append(request.headers)
        if self.behave is not None:
            return await self.behave(request)
        return web.Response(status=self.status, headers=self.headers)


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/pages", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}/pages"
    yield receiver
    await runner.cleanup()


def settings(inside: str = "127.0.0.1", **more: object) -> WebhookSettings:
    return WebhookSettings(secret=SecretStr(SECRET), inside=inside, **more)  # type: ignore[arg-type]  # by name


def job(clock: ShiftedClock, url: str, page: PageWebhook = PAGE) -> Job:
    return a_job(page, clock, an_incident(), webhook=Webhook(name=page.name, url=url))


@pytest.fixture
async def pager(clock: ShiftedClock) -> AsyncIterator[WebhookPager]:
    pager = WebhookPager(settings(), clock, limit=0.5)
    yield pager
    await pager.close()


async def refused(pager: WebhookPager, job: Job) -> tuple[Outcome, str]:
    with pytest.raises(DeliveryError) as caught:
        await pager.carry(job)
    return caught.value.outcome, caught.value.reason


async def test_a_machine_is_told_everything_and_signed(
    pager: WebhookPager, clock: ShiftedClock, receiver: Receiver
) -> None:
    receipt = await pager.carry(job(clock, receiver.url))

    (body,), (head,) = receiver.bodies, receiver.heads
    told = json.loads(body)["data"]
    assert (told["incident"]["key"], told["incident"]["severity"], told["step"]) == ("INC-7", "sev2", 1)
    assert head["Idempotency-Key"] == PAGE.key
    sent = int(head["webhook-timestamp"])
    assert abs(sent - clock.now().timestamp()) < 5
    assert head["webhook-signature"] == signature(SECRET, head["webhook-id"], sent, body)
    assert receipt.answer == PageSent(person="pager", method="webhook")
    assert receipt.provider_id == head["webhook-id"] == message_id(PAGE.key)


def test_the_signature_is_the_one_of_standard_webhooks() -> None:
    """The example of https://github.com/standard-webhooks/standard-webhooks, spec, signature scheme."""
    found = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )

    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_nothing_is_sent_when_somebody_else_may_do_it_soon(
    pager: WebhookPager, clock: ShiftedClock, receiver: Receiver
) -> None:
    late = job(clock, receiver.url)
    clock.advance(late.claim.lease / 2)

    assert await refused(pager, late) == (Outcome.NOT_SENT, "lease_too_old")
    assert receiver.bodies == []


async def test_each_webhook_may_have_a_secret_of_its_own(clock: ShiftedClock, receiver: Receiver) -> None:
    own = "another secret, of 26 bytes"
    pager = WebhookPager(settings(secrets={"my_pager": SecretStr(own)}), clock)
    page = PageWebhook(key="k", name="My-Pager", epoch=1, step=FIRST_STEP)

    await pager.carry(job(clock, receiver.url, page))
    await pager.close()

    head = receiver.heads[0]
    made = signature(own, head["webhook-id"], int(head["webhook-timestamp"]), receiver.bodies[0])
    assert head["webhook-signature"] == made


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (301, Outcome.REJECTED, "redirected"),
        (400, Outcome.REJECTED, "http_400"),
        (401, Outcome.REJECTED, "http_401"),
        (404, Outcome.REJECTED, "http_404"),
        (410, Outcome.REJECTED, "http_410"),
        (408, Outcome.NOT_SENT, "http_408"),
        (429, Outcome.NOT_SENT, "http_429"),
        (500, Outcome.UNKNOWN, "http_500"),
        (503, Outcome.UNKNOWN, "http_503"),
    ],
)
async def test_what_it_answers_decides(
    pager: WebhookPager, clock: ShiftedClock, receiver: Receiver, status: int, outcome: Outcome, reason: str
) -> None:
    receiver.status = status
    receiver.headers = {"Location": receiver.url} if status == 301 else {"Retry-After": "7"}

    assert await refused(pager, job(clock, receiver.url)) == (outcome, reason)
    assert len(receiver.bodies) == 1, "redirects are not followed"


async def test_the_wish_of_one_that_is_busy_is_kept(
    pager: WebhookPager, clock: ShiftedClock, receiver: Receiver
) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": "7"}

    with pytest.raises(DeliveryError) as caught:
        await pager.carry(job(clock, receiver.url))

    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 7


async def test_one_that_never_answers_may_have_taken_it(
    pager: WebhookPager, clock: ShiftedClock, receiver: Receiver
) -> None:
    over = asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        await over.wait()
        return web.Response()

    receiver.behave = hang
    assert await refused(pager, job(clock, receiver.url)) == (Outcome.UNKNOWN, "timeout")
    over.set()


async def test_one_that_hangs_up_may_have_taken_it(
    pager: WebhookPager, clock: ShiftedClock, receiver: Receiver
) -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    receiver.behave = hang_up
    assert await refused(pager, job(clock, receiver.url)) == (Outcome.UNKNOWN, "connection_lost")


async def test_one_that_is_not_there_was_certainly_not_told(pager: WebhookPager, clock: ShiftedClock) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    found = await refused(pager, job(clock, f"http://127.0.0.1:{port}/"))

    assert found == (Outcome.NOT_SENT, "connection_refused")


async def test_an_answer_without_end_is_not_waited_for(
    pager: WebhookPager, clock: ShiftedClock, receiver: Receiver
) -> None:
    async def talk(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            while True:
                await answer.write(b"and another thing " * 1000)
        except (ConnectionError, asyncio.CancelledError):
            return answer

    receiver.behave = talk
    assert (await pager.carry(job(clock, receiver.url))).answer is not None


HOSTILE = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://0/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://10.0.0.8/",
    "http://192.168.1.1/",
    "http://localhost/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "http://jira.example.com@127.0.0.1/",
]


@pytest.mark.row("A46")
@pytest.mark.parametrize("url", HOSTILE)
async def test_nothing_inside_the_network_is_asked(clock: ShiftedClock, url: str) -> None:
    pager = WebhookPager(settings(inside=""), clock)

    outcome, reason = await refused(pager, job(clock, url))
    await pager.close()

    assert (outcome, reason) in {
        (Outcome.REJECTED, "address_not_allowed"),
        (Outcome.REJECTED, "invalid_address"),
        (Outcome.NOT_SENT, "name_not_resolved"),  # a resolver that does not take such figures for an address
    }


@pytest.mark.row("A46")
@pytest.mark.parametrize("answers", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"]])
async def test_a_name_that_leads_inside_is_not_followed(
    clock: ShiftedClock, receiver: Receiver, answers: list[str]
) -> None:
    asked: list[str] = []
    pager = WebhookPager(settings(inside=""), clock, web=OpenWeb(names=Names(told(answers, asked))))

    found = await refused(pager, job(clock, "http://pager.example.com/"))
    await pager.close()

    assert found == (Outcome.REJECTED, "address_not_allowed")
    assert (asked, receiver.bodies) == (["pager.example.com"], [])


@pytest.mark.row("A46")
async def test_a_name_is_looked_up_once_for_what_is_judged_and_what_is_asked(
    clock: ShiftedClock, receiver: Receiver
) -> None:
    """DNS rebinding: a second answer of the name server would be for nobody."""
    asked: list[str] = []
    web_ = OpenWeb(["pager.example.com"], Names(told(["127.0.0.1"], asked)))
    pager = WebhookPager(settings(inside="pager.example.com"), clock, web=web_)

    await pager.carry(job(clock, receiver.url.replace("127.0.0.1", "pager.example.com")))
    await pager.close()

    assert asked == ["pager.example.com"]
    assert len(receiver.bodies) == 1


def told(
    answers: list[str], asked: list[str]
) -> Callable[[str, socket.AddressFamily], list[tuple[socket.AddressFamily, str]]]:
    def look_up(host: str, family: socket.AddressFamily) -> list[tuple[socket.AddressFamily, str]]:
        asked.append(host)
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, each) for each in answers]

    return look_up


@pytest.mark.row("A46")
async def test_other_servers_than_those_of_the_web_are_not_spoken_to(clock: ShiftedClock) -> None:
    pager = WebhookPager(settings(inside=""), clock)

    assert await refused(pager, job(clock, "http://example.com:6379/")) == (
        Outcome.REJECTED,
        "port_not_allowed",
    )


async def test_one_that_is_gone_from_the_file_is_not_waited_for(
    pager: WebhookPager, clock: ShiftedClock
) -> None:
    gone = a_job(PAGE, clock, an_incident())

    assert await refused(pager, gone) == (Outcome.REJECTED, "webhook_is_gone")


async def test_the_receiver_of_the_page_takes_what_is_sent_and_nothing_else(clock: ShiftedClock) -> None:
    page = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[-1]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        env={**os.environ, "TOCSIN_SECRET": SECRET, "PORT": str(port)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        pager = WebhookPager(settings(), clock)
        await _heard(port)
        await pager.carry(job(clock, url))
        await pager.carry(job(clock, url))
        stranger = WebhookPager(WebhookSettings(secret=SecretStr("x" * 24), inside="127.0.0.1"), clock)
        assert await refused(stranger, job(clock, url)) == (Outcome.REJECTED, "http_401")
        await pager.close()
        await stranger.close()
    finally:
        process.terminate()
        said, _ = await process.communicate()

    assert said.decode().split("\n") == ["paged: INC-7", ""]


async def _heard(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                continue
            writer.close()
            await writer.wait_closed()
            return
