"""Token buckets: who waits, who is sent back, and who goes first."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.delivery.failures import Withheld
from bot.delivery.slack.pace import CHANNEL, LONGEST_TURN, METHODS, PATIENCE, POST, Pace, Rank

UPDATE = "chat.update"


class StoppedClock:
    """A clock that moves only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def wall(self) -> datetime:
        return self.now()

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


async def until_withheld(pace: Pace, method: str, rank: Rank) -> int:
    for count in range(10_000):
        try:
            await pace.admit(method, rank=rank)
        except Withheld:
            return count
    raise AssertionError("never withheld")


async def test_a_channel_takes_a_burst_and_then_one_message_a_second() -> None:
    clock = StoppedClock()
    pace = Pace(clock)

    for _ in range(int(CHANNEL.burst)):
        await pace.admit(POST, "C1")
    burst_over = clock.seconds
    for _ in range(10):
        await pace.admit(POST, "C1")

    assert burst_over == 1000.0
    assert clock.seconds == pytest.approx(1010.0)


async def test_another_channel_does_not_wait_for_a_full_one() -> None:
    clock = StoppedClock()
    pace = Pace(clock)
    for _ in range(int(CHANNEL.burst)):
        await pace.admit(POST, "C1")

    await pace.admit(POST, "C2")

    assert clock.seconds == 1000.0


async def test_cosmetic_calls_leave_room_for_urgent_ones() -> None:
    pace = Pace(StoppedClock())

    cosmetic = await until_withheld(pace, UPDATE, Rank.COSMETIC)
    urgent = await until_withheld(pace, UPDATE, Rank.URGENT)

    assert cosmetic < METHODS[UPDATE].burst * 0.8
    assert urgent >= METHODS[UPDATE].burst * 0.25


@pytest.mark.row("F52")
async def test_a_wait_beyond_patience_is_sent_back_with_its_length() -> None:
    clock = StoppedClock()
    pace = Pace(clock)
    pace.block(POST, "C1", timedelta(seconds=30))

    with pytest.raises(Withheld) as caught:
        await pace.admit(POST, "C1")
    clock.seconds += 30 - PATIENCE / 2
    await pace.admit(POST, "C1")

    assert caught.value.retry_after == timedelta(seconds=30)
    assert clock.seconds == pytest.approx(1030.0)


async def sent_back(pace: Pace, rank: Rank) -> float:
    with pytest.raises(Withheld) as caught:
        await pace.admit(POST, "C1", rank=rank)
    assert caught.value.retry_after is not None
    return caught.value.retry_after.total_seconds()


async def full(pace: Pace) -> None:
    for _ in range(int(CHANNEL.burst)):
        await pace.admit(POST, "C1")
    await pace.admit(POST, "C1")


async def test_those_nobody_waits_for_come_back_one_after_the_other() -> None:
    pace = Pace(StoppedClock())
    await full(pace)

    waits = [await sent_back(pace, Rank.COSMETIC) for _ in range(20)]

    assert PATIENCE < waits[0] < 5
    assert [later - sooner for sooner, later in pairwise(waits)] == pytest.approx([1.0] * 19)


async def test_nobody_comes_back_later_than_in_a_minute_or_so() -> None:
    pace = Pace(StoppedClock())
    await full(pace)

    waits = [await sent_back(pace, Rank.COSMETIC) for _ in range(500)]

    assert waits[-1] <= LONGEST_TURN + 5


async def test_what_somebody_waits_for_is_behind_nobody() -> None:
    clock = StoppedClock()
    pace = Pace(clock)
    await full(pace)
    for _ in range(50):
        await sent_back(pace, Rank.COSMETIC)
    before = clock.seconds

    await pace.admit(POST, "C1", Rank.URGENT)

    assert clock.seconds - before <= PATIENCE


async def test_a_full_channel_has_nobody_wait_in_another() -> None:
    pace = Pace(StoppedClock())
    await full(pace)
    for _ in range(50):
        await sent_back(pace, Rank.COSMETIC)

    await pace.admit(POST, "C2", Rank.COSMETIC)
    pace.block(POST, "C2", timedelta(seconds=5))
    with pytest.raises(Withheld) as caught:
        await pace.admit(POST, "C2", Rank.COSMETIC)

    assert caught.value.retry_after == timedelta(seconds=5)


async def test_asking_takes_no_turn() -> None:
    pace = Pace(StoppedClock())

    for _ in range(100):
        assert pace.check(POST, "C1") == 0.0


async def test_nothing_is_remembered_of_channels_that_have_rested() -> None:
    clock = StoppedClock()
    pace = Pace(clock, scale=100)
    for number in range(10_000):
        clock.seconds += 0.1
        await pace.admit(POST, f"C{number}")

    assert len(pace._levels) < 3000
