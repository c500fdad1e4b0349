"""What every failure of a call means, with real failures of a real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import ShiftedClock
from bot.delivery.failures import Outage, PayloadRefused, Withheld
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.outcomes import wish
from bot.errors import DeliveryError, Outcome
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.server import SlackServer
from tests.delivery.slack.conftest import Open

ALERTS, INCIDENTS = "C0ALERTS001", "C0INCIDENT1"
POST = "chat.postMessage"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


async def failure(client: SlackClient, channel: str = ALERTS) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await client.write(POST, {"channel": channel, "text": "hello"}, channel=channel)
    return caught.value


@asynccontextmanager
async def speaking(answer: bytes | None) -> AsyncIterator[str]:
    """A server that says the same to everyone and hangs up, or with None says nothing at all."""
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer is None:
            await done.wait()
        else:
            asked = await reader.read(65536)
            while asked.startswith(b"POST") and not asked.endswith(b"}"):
                asked += await reader.read(65536)
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        done.set()
        server.close()
        await server.wait_closed()


def http(status: str, kind: str, body: str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


@pytest.mark.row("F54", "F55", "F56")
@pytest.mark.parametrize("delivered", [False, True])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(kind=FaultKind.STATUS, status=500), "http_500"),
        (Fault(kind=FaultKind.STATUS, status=502), "http_502"),
        (Fault(kind=FaultKind.DOWN), "http_503"),
        (Fault(kind=FaultKind.ERROR, error="internal_error"), "internal_error"),
        (Fault(kind=FaultKind.ERROR, error="fatal_error"), "fatal_error"),
        (Fault(kind=FaultKind.ERROR, error="service_unavailable"), "service_unavailable"),
        (Fault(kind=FaultKind.ERROR, error="never_heard_of_it"), "never_heard_of_it"),
        (Fault(kind=FaultKind.ERROR, error="<!channel> `x`"), "unnamed_error"),
        (Fault(kind=FaultKind.HANG), "timeout"),
        (Fault(kind=FaultKind.RESET), "connection_lost"),
        (Fault(kind=FaultKind.TORN), "connection_lost"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_may_have_got_through_is_unknown_and_asked_once(
    slack: SlackServer, client: SlackClient, fault: Fault, reason: str, delivered: bool
) -> None:
    slack.faults.add(replace(fault, delivered=delivered))

    error = await failure(client)

    assert (error.outcome, error.reason) == (Outcome.UNKNOWN, reason)
    assert len(slack.journal.calls(POST)) == 1, "the library tried again by itself"
    assert len(slack.messages(ALERTS)) == (1 if delivered else 0)


@pytest.mark.row("F57", "F59")
@pytest.mark.parametrize(
    "code",
    ["channel_not_found", "is_archived", "restricted_action", "cannot_dm_bot", "slack_connect_blocked"],
)
async def test_a_refused_target_is_rejected(slack: SlackServer, client: SlackClient, code: str) -> None:
    slack.faults.add(Fault(kind=FaultKind.ERROR, error=code))

    error = await failure(client)

    assert (type(error), error.outcome, error.reason) == (DeliveryError, Outcome.REJECTED, code)


@pytest.mark.row("F58")
@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive", "not_authed"])
async def test_a_lost_token_is_an_outage_that_nobody_waits_for(
    slack: SlackServer, client: SlackClient, code: str
) -> None:
    slack.faults.add(Fault(kind=FaultKind.ERROR, error=code))

    error = await failure(client)

    assert (type(error), error.outcome, error.reason) == (Outage, Outcome.NOT_SENT, code)
    assert error.retry_after is not None
    assert error.retry_after > timedelta(seconds=10)


@pytest.mark.row("F58")
async def test_a_missing_scope_is_rejected_by_its_name(slack: SlackServer, client: SlackClient) -> None:
    slack.world.app.scopes.discard("chat:write")

    error = await failure(client)

    assert (error.outcome, error.reason) == (Outcome.REJECTED, "missing_scope")


@pytest.mark.row("F60")
@pytest.mark.parametrize(
    "code", ["invalid_blocks", "msg_too_long", "msg_blocks_too_long", "metadata_too_large"]
)
async def test_a_refused_payload_is_told_apart(slack: SlackServer, client: SlackClient, code: str) -> None:
    slack.faults.add(Fault(kind=FaultKind.ERROR, error=code))

    error = await failure(client)

    assert (type(error), error.outcome, error.reason) == (PayloadRefused, Outcome.REJECTED, code)


@pytest.mark.row("F52")
@pytest.mark.parametrize(
    ("header", "seconds"),
    [("1", 1), ("30", 30), ("3600", 3600), (None, 1), ("abc", 1), ("99999999999", 3600)],
)
async def test_a_429_was_not_sent_and_says_how_long(
    slack: SlackServer, client: SlackClient, header: str | None, seconds: int
) -> None:
    slack.faults.add(Fault(kind=FaultKind.RATE_LIMITED, retry_after=header))

    error = await failure(client)

    assert (type(error), error.outcome, error.reason) == (DeliveryError, Outcome.NOT_SENT, "ratelimited")
    assert error.retry_after == timedelta(seconds=seconds)


@pytest.mark.row("F52")
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 1),
        ("Sun, 99 Xxx 2026", 1),
        ("-5", 1),
        ("", 1),
        ("٣", 1),
        ("9" * 5000, 3600),
    ],
)
def test_any_retry_after_is_read(text: str, seconds: int) -> None:
    assert wish({"retry-after": text}, NOW) == timedelta(seconds=seconds)


@pytest.mark.row("F56")
async def test_nobody_listening_was_not_sent(open_client: Open) -> None:
    async with speaking(b"") as address:
        pass

    error = await failure(open_client(f"http://{address}/api/"))

    assert (type(error), error.outcome, error.reason) == (Outage, Outcome.NOT_SENT, "connection_refused")


@pytest.mark.row("F56")
async def test_a_name_that_does_not_exist_was_not_sent(open_client: Open) -> None:
    error = await failure(open_client("http://slack.invalid/api/", limit=5))

    assert (type(error), error.outcome, error.reason) == (Outage, Outcome.NOT_SENT, "name_not_resolved")


@pytest.mark.row("F56")
async def test_a_server_without_tls_was_not_sent(open_client: Open) -> None:
    async with speaking(b"220 not what you think\r\n") as address:
        error = await failure(open_client(f"https://{address}/api/"))

    assert (type(error), error.outcome) == (Outage, Outcome.NOT_SENT)
    assert error.reason in {"tls_failed", "connection_refused"}


@pytest.mark.row("F56")
async def test_a_handshake_that_never_ends_was_not_sent(open_client: Open) -> None:
    async with speaking(None) as address:
        error = await failure(open_client(f"https://{address}/api/"))

    assert (type(error), error.outcome, error.reason) == (Outage, Outcome.NOT_SENT, "connect_timeout")


JSON = "application/json"
ARCHIVED, NO_TOKEN = '{"ok":false,"error":"is_archived"}', '{"ok":false,"error":"invalid_auth"}'


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (http("200 OK", "text/html", "<h1>Sign in</h1>"), Outcome.UNKNOWN, "unreadable_answer"),
        (http("200 OK", "text/plain", "ok"), Outcome.UNKNOWN, "unreadable_answer"),
        (http("200 OK", JSON, "[1]"), Outcome.UNKNOWN, "unreadable_answer"),
        (http("200 OK", JSON, "{nonsense"), Outcome.UNKNOWN, "unreadable_answer"),
        (http("503 Gone", JSON, ARCHIVED), Outcome.UNKNOWN, "http_503"),
        (http("403 Forbidden", "text/html", "<h1>Proxy</h1>"), Outcome.NOT_SENT, "http_403"),
        (http("413 Too Large", "text/html", ""), Outcome.REJECTED, "http_413"),
        (http("404 Not Found", JSON, NO_TOKEN), Outcome.NOT_SENT, "invalid_auth"),
    ],
    ids=str,
)
async def test_the_status_decides_before_the_body(
    open_client: Open, answer: bytes, outcome: Outcome, reason: str
) -> None:
    async with speaking(answer) as address:
        error = await failure(open_client(f"http://{address}/api/"))

    assert (error.outcome, error.reason) == (outcome, reason)


async def test_a_call_that_only_asks_is_never_unknown(slack: SlackServer, client: SlackClient) -> None:
    slack.faults.add(Fault(kind=FaultKind.HANG))

    with pytest.raises(DeliveryError) as caught:
        await client.read("users.info", {"user": "U0ANNLEE001"})

    assert (type(caught.value), caught.value.outcome) == (Outage, Outcome.NOT_SENT)


@pytest.mark.row("F52")
async def test_a_429_silences_its_channel_and_the_second_one_the_whole_method(
    slack: SlackServer, client: SlackClient, clock: ShiftedClock
) -> None:
    slack.faults.add(Fault(kind=FaultKind.RATE_LIMITED, retry_after="30", channel=ALERTS, times=1))
    slack.faults.add(Fault(kind=FaultKind.RATE_LIMITED, retry_after="30", channel=INCIDENTS, times=1))

    await failure(client, ALERTS)
    held = await failure(client, ALERTS)
    await client.write(POST, {"channel": "C0GENERAL01", "text": "a page"}, channel="C0GENERAL01")
    await failure(client, INCIDENTS)
    silenced = await failure(client, "C0PAYMENTS1")
    asked = len(slack.journal.calls(POST))
    clock.advance(timedelta(seconds=31))
    await client.write(POST, {"channel": ALERTS, "text": "again"}, channel=ALERTS)

    assert (type(held), held.outcome, held.reason) == (Withheld, Outcome.NOT_SENT, "paced")
    assert held.retry_after is not None
    assert timedelta(seconds=29) < held.retry_after <= timedelta(seconds=30)
    assert silenced.reason == "paced"
    assert asked == 3


@pytest.mark.row("F53")
async def test_our_own_pace_stays_within_what_slack_allows(
    slack: SlackServer, client: SlackClient, clock: ShiftedClock
) -> None:
    results: list[str] = []

    async def post(number: int) -> None:
        try:
            await client.write(POST, {"channel": ALERTS, "text": str(number)}, channel=ALERTS)
            results.append("sent")
        except DeliveryError as error:
            results.append(error.reason)

    for _ in range(3):
        async with asyncio.TaskGroup() as group:
            for number in range(30):
                group.create_task(post(number))
        clock.advance(timedelta(seconds=4))

    assert set(results) == {"sent", "paced"}
    assert {call.outcome for call in slack.journal.calls(POST)} == {"ok"}
    assert results.count("sent") >= 12
