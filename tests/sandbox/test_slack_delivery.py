"""How the sandbox's Slack redelivers, and what it does with connections, tickets and signatures."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import ShiftedClock
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.journal import Kind
from bot.sandbox.slack.requests import sign
from bot.sandbox.slack.seed import APP_TOKEN, SIGNING_SECRET
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.tasks import Tasks
from tests.sandbox.slack_apps import listening


@asynccontextmanager
async def connected(
    slack: SlackServer, session: aiohttp.ClientSession
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    client = AsyncWebClient(token=APP_TOKEN, base_url=slack.api_url, session=session)
    url = (await client.apps_connections_open(app_token=APP_TOKEN))["url"]
    async with session.ws_connect(url) as socket:
        hello = await socket.receive_json(timeout=5)
        assert hello["type"] == "hello"
        yield socket


async def receive(socket: aiohttp.ClientWebSocketResponse) -> Json:
    frame: Json = await socket.receive_json(timeout=5)
    return frame


async def test_an_event_without_ack_comes_again_at_once_after_a_minute_and_after_five(
    slack: SlackServer, session: aiohttp.ClientSession, clock: ShiftedClock
) -> None:
    async with connected(slack, session) as socket:
        slack.person("ann").say("#alerts", "x")
        frames = [await receive(socket), await receive(socket)]
        await slack.settled()
        for minutes in (1, 5):
            clock.advance(timedelta(minutes=minutes))
            frames.append(await receive(socket))
            await slack.settled()
        clock.advance(timedelta(hours=1))

        assert [f["retry_attempt"] for f in frames] == [0, 1, 2, 3]
        assert frames[1]["retry_reason"] == "timeout"
        assert len({f["envelope_id"] for f in frames}) == 4
        assert len({f["payload"]["event_id"] for f in frames}) == 1
        assert slack.hub.deliveries.waiting == 0
        assert [e.attempt for e in slack.journal.deliveries("events_api")] == [0, 1, 2, 3]


async def test_an_ack_ends_the_redelivery(
    slack: SlackServer, session: aiohttp.ClientSession, clock: ShiftedClock
) -> None:
    async with connected(slack, session) as socket:
        slack.person("ann").say("#alerts", "x")
        await receive(socket)
        frame = await receive(socket)
        await socket.send_json({"envelope_id": frame["envelope_id"]})
        await slack.settled()

        assert slack.hub.deliveries.waiting == 0
        assert slack.journal.deliveries()[-1].outcome == "ok"


async def test_an_event_waits_for_a_connection(
    slack: SlackServer, session: aiohttp.ClientSession, clock: ShiftedClock
) -> None:
    slack.person("ann").say("#alerts", "x")
    await slack.settled()
    assert len(slack.journal.deliveries()) == 2

    async with connected(slack, session) as socket:
        clock.advance(timedelta(minutes=1))
        frame = await receive(socket)

    assert frame["retry_attempt"] == 2
    assert frame["retry_reason"] == "connection_failed"


async def test_a_slash_command_is_never_redelivered(
    slack: SlackServer, session: aiohttp.ClientSession, clock: ShiftedClock
) -> None:
    async with connected(slack, session):
        outcome = await slack.person("ann").slash("/incident", "list")
        clock.advance(timedelta(hours=1))
        await slack.settled()

    assert outcome.error == "operation_timeout"
    assert len(slack.journal.deliveries("slash_commands")) == 1
    assert slack.hub.deliveries.waiting == 0


async def test_each_envelope_goes_to_one_connection_only(
    slack: SlackServer, session: aiohttp.ClientSession
) -> None:
    async with connected(slack, session) as one, connected(slack, session) as two:
        for number in range(4):
            slack.person("ann").say("#alerts", str(number))
        seen = [await receive(one), await receive(one), await receive(two), await receive(two)]

    assert sorted(f["payload"]["event"]["text"] for f in seen) == ["0", "1", "2", "3"]


async def test_a_ticket_is_good_for_one_handshake(slack: SlackServer, session: aiohttp.ClientSession) -> None:
    url = f"ws{slack.base_url.removeprefix('http')}/link/?ticket={slack.hub.sockets.ticket()}"
    async with session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(url)

    assert caught.value.status == 408


async def test_a_ticket_lives_shortly(
    slack: SlackServer, session: aiohttp.ClientSession, clock: ShiftedClock
) -> None:
    url = f"ws{slack.base_url.removeprefix('http')}/link/?ticket={slack.hub.sockets.ticket()}"
    clock.advance(timedelta(minutes=1))

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(url)


async def test_an_eleventh_connection_is_one_too_many(
    slack: SlackServer, session: aiohttp.ClientSession
) -> None:
    def url() -> str:
        return f"ws{slack.base_url.removeprefix('http')}/link/?ticket={slack.hub.sockets.ticket()}"

    sockets = [await session.ws_connect(url()) for _ in range(10)]
    eleventh = await session.ws_connect(url())
    frame = await receive(eleventh)

    assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
    assert slack.hub.sockets.count == 10
    for socket in (*sockets, eleventh):
        await socket.close()


async def test_slack_sdks_own_client_survives_a_refresh(
    slack: SlackServer, session: aiohttp.ClientSession
) -> None:
    received: list[str] = []
    web_client = AsyncWebClient(token=APP_TOKEN, base_url=slack.api_url, session=session)
    client = SocketModeClient(app_token=APP_TOKEN, web_client=web_client, ping_interval=1)

    async def listener(by: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        await by.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        received.append(request.payload["event"]["text"])

    client.socket_mode_request_listeners.append(listener)
    await client.connect()  # type: ignore[no-untyped-call]  # slack_sdk has no types here
    try:
        await slack.hub.sockets.refresh()
        opened = slack.journal.entries(Kind.SOCKET, "open")
        await slack.until(lambda: len(slack.journal.entries(Kind.SOCKET, "open")) > len(opened))
        slack.person("ann").say("#alerts", "after the refresh")
        await slack.settled()
    finally:
        for task in (client.current_session_monitor, client.message_receiver, client.message_processor):
            if task is not None:
                task.cancel()
        await client.close()  # type: ignore[no-untyped-call]  # slack_sdk has no types here

    assert received == ["after the refresh"]


async def test_pings_are_answered_until_they_are_not(
    slack: SlackServer, session: aiohttp.ClientSession
) -> None:
    url = f"ws{slack.base_url.removeprefix('http')}/link/?ticket={slack.hub.sockets.ticket()}"
    async with session.ws_connect(url, autoping=False) as socket:
        await socket.receive_json(timeout=5)
        await socket.ping(b"one")
        pong = await socket.receive(timeout=5)
        slack.faults.add(Fault(kind=FaultKind.NO_PONG))
        await socket.ping(b"two")
        slack.faults.add(Fault(kind=FaultKind.DISCONNECT, seconds=0, times=1))
        after = await socket.receive(timeout=5)

    assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"one")
    assert json.loads(after.data)["reason"] == "refresh_requested"


async def test_a_disabled_link_says_so_to_everyone_who_comes(
    slack: SlackServer, session: aiohttp.ClientSession
) -> None:
    async with connected(slack, session) as socket:
        slack.faults.add(Fault(kind=FaultKind.LINK_DISABLED))
        told = await receive(socket)
        url = f"ws{slack.base_url.removeprefix('http')}/link/?ticket={slack.hub.sockets.ticket()}"
        newcomer = await session.ws_connect(url)
        again = await receive(newcomer)

    assert told["reason"] == again["reason"] == "link_disabled"
    assert (await newcomer.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE


async def test_stuck_tickets_paused_doubled_and_reordered_events(
    slack: SlackServer, session: aiohttp.ClientSession
) -> None:
    ann = slack.person("ann")
    async with connected(slack, session) as socket:
        slack.faults.add(Fault(kind=FaultKind.PAUSED, times=1))
        ann.say("#alerts", "lost")
        slack.faults.add(Fault(kind=FaultKind.DUPLICATE, method="events_api", times=1))
        ann.say("#alerts", "twice")
        twice = [await receive(socket), await receive(socket)]
        for frame in twice:
            await socket.send_json({"envelope_id": frame["envelope_id"]})
        await slack.settled()
        slack.faults.add(Fault(kind=FaultKind.REORDER, times=1))
        ann.say("#alerts", "first")
        ann.say("#alerts", "second")
        swapped = [await receive(socket), await receive(socket)]

        slack.faults.add(Fault(kind=FaultKind.STUCK_TICKET))
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with connected(slack, session):
                pass

    assert [f["payload"]["event"]["text"] for f in twice] == ["twice", "twice"]
    assert twice[0]["payload"]["event_id"] == twice[1]["payload"]["event_id"]
    assert [f["payload"]["event"]["text"] for f in swapped] == ["second", "first"]
    assert slack.journal.deliveries()[0].outcome == "lost"


def test_the_signature_is_slacks_own() -> None:
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F"
        "96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )

    signature = sign("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body.encode())

    assert signature == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


async def test_http_events_are_signed_json_and_retried_with_headers(
    slack: SlackServer, clock: ShiftedClock
) -> None:
    seen: list[tuple[dict[str, str], bytes]] = []
    statuses = iter([500, 200])

    async def serve(request: web.Request) -> web.Response:
        seen.append((dict(request.headers), await request.read()))
        return web.Response(status=next(statuses))

    async with listening(serve) as url:
        slack.deliver_to(url)
        slack.person("ann").say("#alerts", "x")
        await slack.until(lambda: len(slack.journal.deliveries()) == 2)

    verifier = SignatureVerifier(SIGNING_SECRET)
    assert all(verifier.is_valid_request(body, headers) for headers, body in seen)
    assert seen[0][1] == seen[1][1]
    assert "X-Slack-Retry-Num" not in seen[0][0]
    assert seen[1][0]["X-Slack-Retry-Num"] == "1"
    assert seen[1][0]["X-Slack-Retry-Reason"] == "http_error"


@pytest.mark.parametrize(("silent", "reason"), [(True, "http_timeout"), (False, "http_error")])
async def test_a_failing_request_url_is_reported_by_its_reason(
    slack: SlackServer, *, silent: bool, reason: str
) -> None:
    async def serve(request: web.Request) -> web.Response:
        if silent:
            await asyncio.Event().wait()
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    async with listening(serve) as url:
        slack.deliver_to(url)
        slack.person("ann").say("#alerts", "x")
        await slack.settled()

    first = slack.journal.deliveries()[0]
    assert first.outcome == reason
    if not silent:
        assert slack.hub.deliveries.waiting == 0
        assert len(slack.journal.deliveries()) == 1


async def test_a_refused_connection_is_reported(slack: SlackServer) -> None:
    async def serve(request: web.Request) -> web.Response:
        return web.Response()

    async with listening(serve) as url:
        slack.deliver_to(url)
    outcome = await slack.person("ann").slash("/incident", "list")

    assert outcome.error == "dispatch_failed"
    assert slack.journal.deliveries()[0].outcome == "connection_failed"


async def test_a_moved_clock_makes_what_is_due_go_out_before_everything_is_settled(
    slack: SlackServer, clock: ShiftedClock
) -> None:
    counts: list[int] = []
    slack.person("ann").say("#alerts", "x")
    for minutes in (0, 1, 5, 60):
        clock.advance(timedelta(minutes=minutes))
        await slack.settled()
        counts.append(len(slack.journal.deliveries()))

    assert counts == [2, 3, 4, 4]
    assert slack.hub.deliveries.waiting == 0


async def test_what_happens_after_the_stop_is_not_begun() -> None:
    tasks = Tasks()
    await tasks.start()
    await tasks.stop()

    tasks.spawn(late())

    assert not tasks.busy


async def late() -> None:
    raise AssertionError("it was begun")
