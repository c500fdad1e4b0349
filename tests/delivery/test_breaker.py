"""Circuit breakers, driven through a carrier that does as it is told."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import ShiftedClock
from bot.delivery.breaker import PROBE_EVERY, THRESHOLD, Breaker, Guarded
from bot.delivery.failures import Outage, Withheld
from bot.domain.effects import Lane, PublishHome
from bot.errors import DeliveryError, Outcome
from bot.ports import Claim, Job, Receipt

REVOKED = Outage(Outcome.NOT_SENT, "token_revoked")
JOB = Job(
    claim=Claim(
        id="1",
        effect=PublishHome(key="home:U1", user="U1"),
        incident=None,
        lane=Lane.CHAT,
        attempt=1,
        token="t",
        lease=timedelta(seconds=15),
        claimed_at=0.0,
        uncertain=False,
        since=datetime(2026, 1, 1, tzinfo=UTC),
        revision=1,
    )
)


class Scripted:
    """A carrier that ends as it was told, and counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.failing: DeliveryError | None = None
        self.gate: asyncio.Event | None = None

    async def carry(self, job: Job) -> Receipt:
        self.asked += 1
        if self.gate:
            await self.gate.wait()
        if self.failing:
            raise self.failing
        return Receipt()

    async def look_up(self, job: Job) -> Receipt | None:
        return await self.carry(job)


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
def carrier() -> Scripted:
    return Scripted()


@pytest.fixture
def breaker(clock: ShiftedClock) -> Breaker:
    return Breaker("slack", clock)


@pytest.fixture
def guarded(carrier: Scripted, breaker: Breaker) -> Guarded:
    return Guarded(carrier, breaker)


async def failed(guarded: Guarded) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await guarded.carry(JOB)
    return caught.value


@pytest.mark.row("F58")
async def test_it_opens_after_some_failures_in_a_row_and_then_nobody_is_asked(
    guarded: Guarded, carrier: Scripted, breaker: Breaker
) -> None:
    carrier.failing = REVOKED
    for _ in range(THRESHOLD):
        assert await failed(guarded) is REVOKED

    error = await failed(guarded)

    assert (type(error), error.outcome, error.reason) == (
        Withheld,
        Outcome.NOT_SENT,
        "circuit open: token_revoked",
    )
    assert error.retry_after is not None
    assert error.retry_after > timedelta(seconds=10), "the next contact method is not to wait"
    assert carrier.asked == THRESHOLD
    assert breaker.reason == "token_revoked"


async def test_while_it_is_open_an_unknown_send_stays_unknown(guarded: Guarded, carrier: Scripted) -> None:
    carrier.failing = REVOKED
    for _ in range(THRESHOLD):
        await failed(guarded)

    with pytest.raises(Withheld) as caught:
        await guarded.look_up(JOB)

    assert caught.value.outcome is Outcome.UNKNOWN


async def test_one_probe_in_fifteen_seconds_finds_out_whether_it_is_back(
    guarded: Guarded, carrier: Scripted, breaker: Breaker, clock: ShiftedClock
) -> None:
    carrier.failing = REVOKED
    for _ in range(THRESHOLD):
        await failed(guarded)
    clock.advance(PROBE_EVERY)
    assert await failed(guarded) is REVOKED
    assert isinstance(await failed(guarded), Withheld)
    carrier.failing = None
    clock.advance(PROBE_EVERY)

    await guarded.carry(JOB)
    await guarded.carry(JOB)

    assert breaker.reason is None
    assert carrier.asked == THRESHOLD + 3


async def test_while_the_probe_is_under_way_nobody_else_is_let_through(
    guarded: Guarded, carrier: Scripted, clock: ShiftedClock
) -> None:
    carrier.failing = REVOKED
    for _ in range(THRESHOLD):
        await failed(guarded)
    clock.advance(PROBE_EVERY)
    carrier.failing, carrier.gate = None, asyncio.Event()

    async with asyncio.TaskGroup() as group:
        probe = group.create_task(guarded.carry(JOB))
        while carrier.asked == THRESHOLD:
            await asyncio.to_thread(lambda: None)
        turned_away = await failed(guarded)
        carrier.gate.set()

    assert isinstance(turned_away, Withheld)
    assert probe.result() == Receipt()


@pytest.mark.parametrize(
    "answer", [DeliveryError(Outcome.REJECTED, "is_archived"), DeliveryError(Outcome.NOT_SENT, "ratelimited")]
)
async def test_an_answer_of_any_kind_says_that_the_provider_is_there(
    guarded: Guarded, carrier: Scripted, breaker: Breaker, answer: DeliveryError
) -> None:
    for _ in range(THRESHOLD):
        carrier.failing = REVOKED
        await failed(guarded)
        carrier.failing = answer
        await failed(guarded)

    assert breaker.reason is None


async def test_what_was_never_sent_tells_nothing(
    guarded: Guarded, carrier: Scripted, breaker: Breaker
) -> None:
    for _ in range(THRESHOLD):
        carrier.failing = REVOKED
        assert await failed(guarded) is REVOKED
        carrier.failing = Withheld(Outcome.NOT_SENT, "paced")
        await failed(guarded)

    assert breaker.reason == "token_revoked"
