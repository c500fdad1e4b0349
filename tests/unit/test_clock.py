"""A clock that cannot jump."""

from datetime import timedelta

import pytest

from bot.clock import SLEW, SteadyClock, SystemClock, elapsed_seconds
from tests.examples import NOW
from tests.machine import Machine


@pytest.mark.row("F21", "F22")
@pytest.mark.parametrize("seconds", [600, -7200])
def test_time_goes_on_as_seconds_elapse_when_somebody_sets_the_wall_clock(seconds: float) -> None:
    machine = Machine()
    clock = machine.clock()

    machine.passes(60)
    machine.jumps(seconds)
    machine.passes(60)

    assert clock.now() == NOW + timedelta(minutes=2)
    assert clock.wall() == NOW + timedelta(minutes=2, seconds=seconds)


@pytest.mark.parametrize("seconds", [5.0, -5.0])
def test_a_steered_clock_makes_up_for_an_offset_slowly_and_then_stops(seconds: float) -> None:
    machine = Machine()
    clock = machine.clock()

    clock.steer(seconds)

    assert clock.now() == NOW
    machine.passes(1000)
    made_up = clock.now() - NOW - timedelta(seconds=1000)
    assert made_up.total_seconds() == pytest.approx(SLEW * 1000 * (1 if seconds > 0 else -1))
    machine.passes(100_000)
    assert (clock.now() - NOW).total_seconds() == pytest.approx(101_000 + seconds)


def test_time_never_goes_back_while_a_clock_is_steered() -> None:
    machine = Machine()
    clock = machine.clock()
    seen = []

    for number in range(1000):
        clock.steer(-3600 if number % 3 else 3600)
        machine.passes(0.001)
        seen.append(clock.now())

    assert seen == sorted(set(seen))


def test_a_quarter_of_an_hour_is_never_wrong_by_a_second() -> None:
    machine = Machine()
    clock = machine.clock()

    clock.steer(86_400)
    machine.passes(900)

    assert abs(clock.now() - NOW - timedelta(minutes=15)) < timedelta(seconds=1)


def test_a_step_is_taken_at_once_and_forgets_what_was_to_be_made_up_for() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.steer(50)

    clock.step(3600)
    machine.passes(10)

    assert clock.now() == NOW + timedelta(seconds=3610)


def test_the_real_clocks_are_read_when_none_are_given() -> None:
    clock, system = SteadyClock(), SystemClock()

    assert abs(clock.now() - system.now()) < timedelta(seconds=1)
    assert abs(clock.wall() - system.wall()) < timedelta(seconds=1)
    assert 0 <= elapsed_seconds() - clock.monotonic() + 1 < 2
