"""Refused tokens are counted by address: a few are answered, more have to wait, and memory is bounded."""

from datetime import timedelta

import pytest

from bot.clock import ShiftedClock
from handlers.ingress.guesses import ADDRESSES, MOST, Guesses


@pytest.mark.row("A09")
def test_after_the_refusals_of_a_minute_an_address_waits_and_others_do_not() -> None:
    clock = ShiftedClock()
    counted = Guesses(clock)

    waits = [counted.wait("203.0.113.7") for _ in range(MOST + 10)]

    assert waits[:MOST] == [0.0] * MOST
    assert all(0 < wait <= 1 for wait in waits[MOST + 1 :])
    assert counted.wait("203.0.113.8") == 0
    clock.advance(timedelta(minutes=1))
    assert counted.wait("203.0.113.7") == 0


@pytest.mark.row("A53")
def test_a_million_addresses_take_no_more_room_than_the_last_few_thousand() -> None:
    counted = Guesses(ShiftedClock())

    for number in range(ADDRESSES + 5_000):
        counted.wait(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")

    assert len(counted) == ADDRESSES


def test_all_addresses_of_one_network_are_one_sender() -> None:
    counted = Guesses(ShiftedClock())

    waits = [counted.wait(f"2001:db8::{number:x}") for number in range(MOST + 2)]
    counted.wait("fe80::1%eth0")
    counted.wait("what is no address" * 100)

    assert waits[-1] > 0
    assert counted.wait("2001:db8:0:1::1") == 0
    assert counted.wait("::ffff:203.0.113.7") == 0
