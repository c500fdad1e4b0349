"""What the tracker makes of a Jira that fails: every failure has its class, and nothing is done twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from datetime import timedelta

import pytest
from aiohttp import web

from bot.clock import ShiftedClock
from bot.delivery.failures import Outage, Withheld
from bot.delivery.jira.api import Body, Budget
from bot.delivery.jira.options import JiraOptions
from bot.delivery.jira.tracker import JiraTracker
from bot.errors import DeliveryError, Outcome
from bot.sandbox.jira import Flavour, JiraServer, Mode
from tests.delivery.test_jira_tracker import MARKER, draft, options


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture(params=list(Flavour))
async def server(request: pytest.FixtureRequest, clock: ShiftedClock) -> AsyncIterator[JiraServer]:
    async with JiraServer(clock, flavour=request.param) as server:
        yield server


@pytest.fixture
async def tracker(server: JiraServer, clock: ShiftedClock) -> AsyncIterator[JiraTracker]:
    tracker = JiraTracker(options(server, time_limit=0.4), clock)
    yield tracker
    server.heal()
    await tracker.stop()


async def failure(attempt: Awaitable[object]) -> DeliveryError:
    try:
        answer = await attempt
    except DeliveryError as error:
        return error
    raise AssertionError(f"it did not fail: {answer}")


@pytest.mark.row("F77")
async def test_a_lost_answer_is_looked_up_and_adopted(
    server: JiraServer, tracker: JiraTracker, clock: ShiftedClock
) -> None:
    server.site.index_lag = timedelta(seconds=10)
    server.fail(Mode.LOSE_RESPONSE, method="POST", times=1)

    error = await failure(tracker.create(draft()))
    early = await tracker.find(MARKER, "OPS")
    clock.advance(timedelta(seconds=10))
    late = await tracker.find(MARKER, "OPS")

    assert error.outcome is Outcome.UNKNOWN
    assert early is None
    assert late is not None
    assert late.key == "OPS-1"
    assert len(server.journal.asked("POST", "/issue")) == 1


@pytest.mark.parametrize(
    ("mode", "outcome", "made"),
    [
        (Mode.RESET_BEFORE, Outcome.UNKNOWN, 0),
        (Mode.RESET_AFTER, Outcome.UNKNOWN, 1),
        (Mode.HANG, Outcome.UNKNOWN, 0),
        (Mode.DOWN, Outcome.UNKNOWN, 0),
        (Mode.BAD_TOKEN, Outcome.NOT_SENT, 0),
        (Mode.FORBIDDEN, Outcome.REJECTED, 0),
        (Mode.CAPTCHA, Outcome.NOT_SENT, 0),
        (Mode.THROTTLE, Outcome.NOT_SENT, 0),
    ],
)
async def test_creating_fails_with_its_class_after_one_request(
    server: JiraServer, tracker: JiraTracker, mode: Mode, outcome: Outcome, made: int
) -> None:
    server.fail(mode)

    error = await failure(tracker.create(draft()))

    assert error.outcome is outcome
    assert len(server.issues()) == made
    assert error.__cause__ is None
    server.heal()
    await until_recorded(server, 1)


async def until_recorded(server: JiraServer, calls: int) -> None:
    """A call that hung is written down when it is let go."""
    async with asyncio.timeout(5):
        while len(server.journal.calls) < calls:
            await asyncio.to_thread(lambda: None)
    assert len(server.journal.calls) == calls


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_error_is_unknown_for_a_write_and_harmless_for_a_read(
    server: JiraServer, tracker: JiraTracker, status: int
) -> None:
    server.fail("error", status=status)

    write = await failure(tracker.create(draft()))
    read = await failure(tracker.find(MARKER, "OPS"))
    move = await failure(tracker.move("OPS-1", "done", None))

    assert [error.outcome for error in (write, read, move)] == [
        Outcome.UNKNOWN,
        Outcome.NOT_SENT,
        Outcome.NOT_SENT,
    ]
    assert {error.reason for error in (write, read, move)} == {f"jira_{status}"}


@pytest.mark.row("F76")
async def test_a_refused_connection_was_certainly_not_sent(server: JiraServer, tracker: JiraTracker) -> None:
    server.refuse()

    error = await failure(tracker.create(draft()))
    await server.accept()
    ticket = await tracker.create(draft())

    assert (error.outcome, error.reason) == (Outcome.NOT_SENT, "jira_unreachable")
    assert ticket.key == "OPS-1"


async def test_a_name_that_does_not_resolve_was_certainly_not_sent(
    server: JiraServer, clock: ShiftedClock
) -> None:
    tracker = JiraTracker(options(server, url="http://jira.invalid", time_limit=10), clock)

    error = await failure(tracker.create(draft()))
    await tracker.stop()

    assert (error.outcome, error.reason) == (Outcome.NOT_SENT, "jira_unreachable")


@pytest.mark.row("F79")
@pytest.mark.parametrize(
    ("asked", "http_date", "least", "most"),
    [
        (7, False, 7, 7),
        (60, True, 55, 60),
        (3600, False, 300, 300),
        (3600, True, 300, 300),
        (-60, True, 0, 0),
    ],
)
async def test_a_wish_to_wait_is_honoured_up_to_five_minutes(
    server: JiraServer, tracker: JiraTracker, asked: int, http_date: bool, least: int, most: int
) -> None:
    server.fail(Mode.THROTTLE, seconds=asked, http_date=http_date)

    error = await failure(tracker.create(draft()))

    assert error.outcome is Outcome.NOT_SENT
    assert error.retry_after is not None
    assert timedelta(seconds=least) <= error.retry_after <= timedelta(seconds=most)


@pytest.mark.row("F79")
async def test_a_captcha_is_waited_for(server: JiraServer, tracker: JiraTracker) -> None:
    server.fail(Mode.CAPTCHA)

    error = await failure(tracker.create(draft()))

    assert (error.reason, error.retry_after) == ("jira_captcha", timedelta(minutes=5))


async def test_an_empty_result_is_not_believed_from_a_stranger(
    server: JiraServer, tracker: JiraTracker
) -> None:
    await tracker.create(draft())
    server.fail(Mode.BAD_TOKEN)

    error = await failure(tracker.find(MARKER, "OPS"))

    assert (error.outcome, error.reason) == (Outcome.NOT_SENT, "jira_401_token_refused")


async def test_a_hanging_jira_ends_in_time_and_holds_only_its_own_threads(
    server: JiraServer, clock: ShiftedClock
) -> None:
    tracker = JiraTracker(options(server, time_limit=1.0), clock)
    server.fail(Mode.DELAY, seconds=0.1, times=4)
    await asyncio.gather(*(tracker.create(draft()) for _ in range(4)))  # every thread has its client now
    server.fail(Mode.HANG)

    async with asyncio.timeout(3):
        errors = await asyncio.gather(*(failure(tracker.create(draft())) for _ in range(12)))

    unknown = [error for error in errors if error.outcome is Outcome.UNKNOWN]
    assert len(unknown) == 4
    assert all(error.outcome is Outcome.NOT_SENT for error in errors if error not in unknown)
    assert [call.fault for call in server.journal.calls] == [Mode.DELAY] * 4 + [Mode.HANG] * 4
    server.heal()
    await tracker.stop()


async def test_a_call_that_was_cancelled_sends_nothing_afterwards(
    server: JiraServer, tracker: JiraTracker
) -> None:
    server.create("OPS", "Incident", "API down")
    server.fail(Mode.DELAY, method="GET", seconds=0.15)

    with suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await tracker.move("OPS-1", "done", None)
    await until_recorded(server, 1)
    await tracker.stop()

    assert server.journal.asked("POST") == []
    assert server.issue("OPS-1").status.name == "To Do"


async def test_somebody_else_was_faster_so_the_ticket_is_read_again(
    server: JiraServer, clock: ShiftedClock
) -> None:
    server.create("OPS", "Incident", "API down")
    server.fail(Mode.DELAY, method="POST", seconds=0.3, times=1)
    tracker = JiraTracker(options(server, time_limit=3), clock)

    async with asyncio.TaskGroup() as group:
        moving = group.create_task(tracker.move("OPS-1", "Done", None))
        async with asyncio.timeout(2):
            while server.faults.active:
                await asyncio.to_thread(lambda: None)
        server.move("OPS-1", "Done", by="bob")
    await tracker.stop()

    assert (moving.result().status, moving.result().changed) == ("Done", False)
    assert [call.status for call in server.journal.asked("POST")] == [400]


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [(302, Outcome.NOT_SENT, "jira_redirects"), (200, Outcome.UNKNOWN, "jira_answer_is_not_json")],
)
async def test_a_login_page_in_front_of_jira_is_not_taken_for_an_answer(
    clock: ShiftedClock, status: int, outcome: Outcome, reason: str
) -> None:
    asked = []

    async def login(request: web.Request) -> web.Response:
        asked.append((request.method, request.path))
        page = "<html><form>Log in</form></html>"
        return web.Response(
            status=status, text=page, content_type="text/html", headers={"Location": "/login"}
        )

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", login)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    tracker = JiraTracker(JiraOptions(url=url, token="t", time_limit=2), clock)

    error = await failure(tracker.create(draft()))
    await tracker.stop()
    await runner.cleanup()

    assert (error.outcome, error.reason) == (outcome, reason)
    assert asked == [("POST", "/rest/api/2/issue")]


async def test_only_what_concerns_the_whole_provider_opens_its_breaker(
    server: JiraServer, tracker: JiraTracker
) -> None:
    server.fail("error", status=502, times=1)
    outage = await failure(tracker.create(draft()))
    refusal = await failure(tracker.create(draft(security="Private")))
    await tracker.stop()
    stopped = await failure(tracker.create(draft()))

    assert isinstance(outage, Outage)
    assert not isinstance(refusal, Outage | Withheld)
    assert isinstance(stopped, Withheld)


async def test_no_secret_stands_in_an_error(server: JiraServer, tracker: JiraTracker) -> None:
    server.fail("error", status=500)

    error = await failure(tracker.create(draft()))

    assert server.token not in f"{error!s}{error!r}{error.__cause__!r}"
    assert error.__suppress_context__
    assert server.token not in repr(options(server))


@pytest.mark.parametrize("mode", [Mode.BAD_TOKEN, Mode.CAPTCHA, Mode.DOWN, Mode.HANG])
async def test_preflight_tells_why_jira_cannot_be_asked(
    server: JiraServer, tracker: JiraTracker, mode: Mode
) -> None:
    server.fail(mode)

    (finding,) = await tracker.preflight("OPS", "Incident", {})

    assert finding.path == ("jira.token" if mode in {Mode.BAD_TOKEN, Mode.CAPTCHA} else "jira.url")
    assert finding.remedy


def test_a_body_is_not_written_any_more_when_nobody_waits_for_it() -> None:
    in_time, late, given_up = Budget(60), Budget(0), Budget(60)
    given_up.give_up()

    assert list(Body(b"{}", in_time)) == [b"{}"]
    for budget in (late, given_up):
        with pytest.raises(Withheld):
            list(Body(b"{}", budget))
