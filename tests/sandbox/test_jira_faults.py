"""The sandbox's Jira fails in every way it is told to, and the real client feels it."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
import pytest
import requests
from aiohttp import web
from jira import JIRA
from jira.exceptions import JIRAError

from bot.clock import ShiftedClock
from bot.sandbox.jira import Flavour, JiraServer, Mode, Webhook
from tests.sandbox.jira_clients import Client, client, incident


@pytest.fixture(params=list(Flavour))
async def server(request: pytest.FixtureRequest) -> AsyncIterator[JiraServer]:
    async with JiraServer(ShiftedClock(), flavour=request.param) as server:
        yield server


@pytest.fixture
async def jira(server: JiraServer) -> AsyncIterator[Client]:
    async with client(server, patience=0.3) as one:
        yield one


def create(client: JIRA) -> object:
    return client.create_issue(fields=incident(), prefetch=False)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_error_is_a_page_of_html_and_applies_nothing(
    server: JiraServer, jira: Client, status: int
) -> None:
    server.fail("error", status=status, times=1)

    error = await jira.refused(create)

    assert error.status_code == status
    assert error.response is not None
    assert error.response.headers["Content-Type"].startswith("text/html")
    assert server.issues() == []
    assert await jira.ask(create)


async def test_a_lost_response_leaves_an_issue_behind(server: JiraServer, jira: Client) -> None:
    server.fail(Mode.LOSE_RESPONSE, method="POST", times=1)

    with pytest.raises(requests.exceptions.ReadTimeout):
        await jira.ask(create)

    assert [issue.key for issue in server.issues()] == ["OPS-1"]


async def test_a_server_that_hangs_applies_nothing(server: JiraServer, jira: Client) -> None:
    server.fail(Mode.HANG, times=1)

    with pytest.raises(requests.exceptions.ReadTimeout):
        await jira.ask(create)
    server.heal()

    assert server.issues() == []


async def test_a_delay_only_costs_time(server: JiraServer, jira: Client) -> None:
    server.fail(Mode.DELAY, seconds=0.05, times=1)

    await jira.ask(create)

    assert [call.fault for call in server.journal.calls] == ["delay"]


@pytest.mark.parametrize(("mode", "left"), [(Mode.RESET_BEFORE, 0), (Mode.RESET_AFTER, 1)])
async def test_a_reset_comes_before_or_after_the_request_is_applied(
    server: JiraServer, jira: Client, mode: Mode, left: int
) -> None:
    server.fail(mode, method="POST", path="/issue", times=1)

    with pytest.raises(requests.exceptions.ConnectionError):
        await jira.ask(create)

    assert len(server.issues()) == left
    assert [call.status for call in server.journal.asked("POST")] == [0]


async def test_a_throttled_call_says_when_to_come_back(server: JiraServer, jira: Client) -> None:
    server.fail(Mode.THROTTLE, seconds=7, times=1)
    server.fail(Mode.THROTTLE, seconds=90, http_date=True, times=1)

    answers = [(await jira.refused(create)).response for _ in range(2)]

    seconds, date = (answer.headers["Retry-After"] for answer in answers if answer is not None)
    assert seconds == "7"
    assert (
        timedelta(seconds=85) < parsedate_to_datetime(date) - server.site.clock.now() <= timedelta(seconds=90)
    )
    assert [call.status for call in server.journal.calls] == [429, 429]


async def test_a_refused_connection_is_refused_and_comes_back(server: JiraServer, jira: Client) -> None:
    await jira.ask(create)
    server.refuse()

    with pytest.raises(requests.exceptions.ConnectionError):
        await jira.ask(create)
    with pytest.raises(requests.exceptions.ConnectionError, match="refused"):
        await jira.ask(create)
    await server.accept()
    await jira.ask(create)

    assert len(server.issues()) == 2


async def test_a_wrong_token_is_told_by_myself(server: JiraServer) -> None:
    server.create("OPS", "Incident", "API down")

    async with client(server, token="wrong") as stranger:
        who = await stranger.refused(JIRA.myself)
        write = await stranger.refused(create)
        read = await stranger.refused(lambda client: client.issue("OPS-1"))

    cloud = server.site.flavour is Flavour.CLOUD
    assert (who.status_code, write.status_code) == (401, 401)
    assert read.status_code == (404 if cloud else 401)
    assert len(server.issues()) == 1


async def test_a_stranger_on_cloud_finds_nothing_and_is_not_told_why() -> None:
    async with JiraServer(ShiftedClock()) as server, client(server, token="wrong") as stranger:
        server.create("OPS", "Incident", "API down")

        assert await stranger.ask(lambda client: client.search_issues("project = OPS")) == []


@pytest.mark.parametrize(
    ("mode", "status"), [(Mode.BAD_TOKEN, 401), (Mode.FORBIDDEN, 403), (Mode.CAPTCHA, 403), (Mode.DOWN, 503)]
)
async def test_doors_can_be_closed(server: JiraServer, jira: Client, mode: Mode, status: int) -> None:
    server.fail(mode)

    errors = [await jira.refused(create), await jira.refused(JIRA.myself)]

    assert [error.status_code for error in errors] == [status, status]
    answers = [error.response for error in errors if error.response is not None]
    captchas = ["X-Authentication-Denied-Reason" in answer.headers for answer in answers]
    assert captchas == [mode is Mode.CAPTCHA] * 2


async def test_writing_one_issue_too_often_is_refused_on_cloud(server: JiraServer, jira: Client) -> None:
    server.create("OPS", "Incident", "API down")

    def write(client: JIRA) -> list[JIRAError]:
        refused = []
        for number in range(22):
            try:
                client.add_issue_property("OPS-1", f"p{number}", number)
            except JIRAError as error:
                refused.append(error)
        return refused

    refused = await jira.ask(write)

    if server.site.flavour is Flavour.DATA_CENTER:
        assert refused == []
    else:
        assert [error.status_code for error in refused] == [429, 429]
        assert refused[0].response is not None
        assert refused[0].response.headers["RateLimit-Reason"] == "jira-per-issue-on-write"


async def test_the_journal_file_has_every_call_and_no_secret(tmp_path: Path) -> None:
    sink = tmp_path / "jira.jsonl"
    async with JiraServer(ShiftedClock(), sink=sink) as server, client(server) as jira:
        await jira.ask(create)
        server.close("OPS-1", by="cleo")

    lines = [json.loads(line) for line in sink.read_text().splitlines()]
    assert [(line["kind"], line["status"]) for line in lines] == [
        ("event", "To Do"),
        ("call", 201),
        ("event", "Done"),
    ]
    assert server.token not in sink.read_text()


class Receiver:
    """Takes webhooks; the first answers are those it was given."""

    def __init__(self, *statuses: int) -> None:
        self._statuses = list(statuses)
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self._arrived = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        async with self._arrived:
            self.taken.append((dict(request.headers), await request.read()))
            self._arrived.notify_all()
        return web.Response(status=self._statuses.pop(0) if self._statuses else 204)

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(enough)


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    receiver = Receiver(503, 400)
    application = web.Application()
    application.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield receiver, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await runner.cleanup()


async def test_a_webhook_is_signed_and_repeated_under_one_identifier(receiver: tuple[Receiver, str]) -> None:
    taker, url = receiver
    hook = Webhook(url=url, secret="s3cret", pause=timedelta())
    async with JiraServer(ShiftedClock(), webhook=hook) as server:
        server.create("OPS", "Incident", "API down")
        await taker.until(lambda: len(taker.taken) == 2)
        server.move("OPS-1", "Done", by="bob")
        await taker.until(lambda: len(taker.taken) == 3)

    (first, body), (second, again), (_, moved) = taker.taken
    assert first["X-Hub-Signature"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert first["X-Atlassian-Webhook-Identifier"] == second["X-Atlassian-Webhook-Identifier"]
    assert ("X-Atlassian-Webhook-Retry" in first, second["X-Atlassian-Webhook-Retry"]) == (False, "1")
    assert body == again
    change = json.loads(moved)
    assert (change["webhookEvent"], change["user"]["displayName"]) == ("jira:issue_updated", "Bob")
    items = {item["field"]: (item["fromString"], item["toString"]) for item in change["changelog"]["items"]}
    assert items["status"] == ("To Do", "Done")


async def test_the_control_api_switches_faults_and_moves_tickets() -> None:
    async with JiraServer(ShiftedClock()) as server, aiohttp.ClientSession(server.url) as browser:
        server.create("OPS", "Incident", "API down")
        fault = {"mode": "throttle", "seconds": 3, "times": 1}

        added = await browser.post("/_sandbox/faults", json=fault)
        met = await browser.get("/rest/api/2/myself")
        moved = await browser.post("/_sandbox/issues/OPS-1/move", json={"status": "Done", "by": "cleo"})
        nowhere = await browser.post("/_sandbox/issues/OPS-1/move", json={"status": "Limbo"})
        lagging = await browser.put("/_sandbox/index-lag", json={"seconds": 3})
        state = await (await browser.get("/_sandbox/state")).json()
        calls = await (await browser.get("/_sandbox/calls")).json()

    assert (added.status, met.status, moved.status, nowhere.status, lagging.status) == (
        201,
        429,
        204,
        400,
        204,
    )
    assert state == {"flavour": "Cloud", "index_lag": 3.0, "faults": [], "issues": 1}
    assert [call["path"] for call in calls] == ["/rest/api/2/myself"]
    assert [event.by for event in server.journal.of("OPS-1")][-1] == server.site.person("cleo").account_id


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/json", "Host": "evil.example"}, '{"mode": "down"}', 403),
        ({"Content-Type": "text/plain"}, '{"mode": "down"}', 415),
        ({"Content-Type": "application/json"}, '{"mode": "sulk"}', 400),
        ({"Content-Type": "application/json"}, '{"mode": "down", "status": "x"}', 400),
        ({"Content-Type": "application/json"}, "[]", 400),
        ({"Content-Type": "application/json"}, "{", 400),
    ],
)
async def test_the_control_api_refuses_strangers_and_nonsense(
    headers: dict[str, str], body: str, status: int
) -> None:
    async with JiraServer(ShiftedClock()) as server, aiohttp.ClientSession(server.url) as browser:
        answer = await browser.post("/_sandbox/faults", data=body, headers=headers)

        assert answer.status == status
        assert server.faults.active == []


async def test_the_control_api_takes_the_server_away_for_a_while() -> None:
    async with JiraServer(ShiftedClock()) as server, aiohttp.ClientSession(server.url) as browser:
        accepted = await browser.post("/_sandbox/refuse", json={"seconds": 0.2})
        seen: list[str] = []
        async with asyncio.timeout(5):
            while seen[-2:] != ["refused", "here"]:
                seen.append(await knock(browser))

    assert accepted.status == 202


async def knock(browser: aiohttp.ClientSession) -> str:
    try:
        await browser.get("/rest/api/2/serverInfo")
    except aiohttp.ClientConnectorError:
        return "refused"
    except aiohttp.ClientError:
        return "cut"
    return "here"
