"""Silence counts only while somebody listened."""

from datetime import timedelta

from bot.domain.unheard import SPARED, due
from tests.examples import MINUTE, NOW

HOUR, DAY = 60 * MINUTE, timedelta(days=1)


def test_without_a_gap_silence_is_as_long_as_it_is() -> None:
    assert due(NOW, HOUR, []) == NOW + HOUR
    assert due(NOW, HOUR, [(NOW - DAY, NOW), (NOW + 2 * HOUR, NOW + 3 * HOUR)]) == NOW + HOUR


def test_whoever_is_back_waits_as_long_as_it_may_take_to_be_told_again() -> None:
    assert due(NOW, 10 * MINUTE, [(NOW + MINUTE, NOW + 31 * MINUTE)]) == NOW + 41 * MINUTE


def test_what_comes_seldom_is_missed_although_we_were_away_each_day() -> None:
    restarts = [(NOW + hours * HOUR, NOW + hours * HOUR + MINUTE) for hours in (1, 23)]

    assert due(NOW, DAY, restarts, SPARED) == NOW + DAY + 2 * MINUTE
    just_then = [(NOW + DAY - MINUTE, NOW + DAY + MINUTE)]
    assert due(NOW, DAY, just_then, SPARED) == NOW + DAY + MINUTE + SPARED


def test_a_second_gap_within_the_time_that_a_first_one_adds_counts_as_well() -> None:
    gaps = [(NOW + MINUTE, NOW + 31 * MINUTE), (NOW + 32 * MINUTE, NOW + 62 * MINUTE)]

    assert due(NOW, 10 * MINUTE, gaps) == due(NOW, 10 * MINUTE, gaps[::-1]) == NOW + 72 * MINUTE
