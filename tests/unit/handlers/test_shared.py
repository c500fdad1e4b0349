"""Addresses that somebody was given are let through so often in a minute, each for itself."""

from datetime import timedelta

from bot.clock import ShiftedClock
from handlers.shared import MOST_WATCHED, Turnstile


def test_one_address_is_let_through_so_often_in_a_minute() -> None:
    clock = ShiftedClock()
    turnstile = Turnstile(clock, per_minute=3)

    assert [turnstile.turn("a") for _ in range(5)] == [True, True, True, False, False]
    assert turnstile.turn("b")
    clock.advance(timedelta(seconds=61))
    assert turnstile.turn("a")


def test_guessing_fills_no_memory() -> None:
    turnstile = Turnstile(ShiftedClock())

    for number in range(MOST_WATCHED + 100):
        turnstile.turn(str(number))

    assert len(turnstile._seen) == MOST_WATCHED
