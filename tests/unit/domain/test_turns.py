"""Turns and windows put together: which pieces a time has, and where a time without anybody ends."""

from dataclasses import replace
from datetime import date, time

import pytest

from bot.domain.calendar import Window
from bot.domain.schedule import Rotation, ShiftLength, ShiftUnit
from bot.domain.turns import Piece, piece_at, pieces
from bot.domain.walltime import ALWAYS, NEVER, hand_of
from tests.examples import ANN, BOB

HOUR, DAY = 3600, 86400
OFFICE = Window(days=frozenset(range(5)), begin=time(9), end=time(17))
WEEKLY = Rotation(turns=((ANN.id,), (BOB.id,)), start=date(2026, 11, 2), windows=(OFFICE,))
MONDAY = WEEKLY.begins


def since(found: list[Piece]) -> list[float]:
    """Hours after Monday, 09:00."""
    return [(each.since - MONDAY) / HOUR for each in found]


@pytest.mark.parametrize(
    ("begin", "first"), [(0, 0), (8 * HOUR - 1, 0), (8 * HOUR, 24), (9 * HOUR, 24), (24 * HOUR - 1, 24)]
)
def test_what_had_closed_before_is_not_among_the_turns_and_what_is_open_is_whole(
    begin: int, first: float
) -> None:
    found = list(pieces(WEEKLY, MONDAY + begin, MONDAY + 2 * DAY))

    assert since(found) == [each for each in (0, 24) if each >= first]


@pytest.mark.parametrize("hand", [MONDAY, MONDAY + HOUR, MONDAY + 9 * HOUR])
def test_a_time_that_is_no_time_has_no_turns(hand: int) -> None:
    assert list(pieces(WEEKLY, hand, hand)) == []
    assert list(pieces(WEEKLY, hand, hand - 1)) == []


def test_a_hand_off_within_a_window_is_where_one_piece_ends_and_the_next_begins() -> None:
    at_noon = replace(WEEKLY, handoff=time(12))
    noon = at_noon.begins

    found = list(pieces(at_noon, noon + 4 * DAY, noon + 8 * DAY))

    assert [(each.people, each.since - noon, each.until - noon) for each in found] == [
        ((ANN.id,), 4 * DAY - 3 * HOUR, 4 * DAY + 5 * HOUR),
        ((ANN.id,), 7 * DAY - 3 * HOUR, 7 * DAY),
        ((BOB.id,), 7 * DAY, 7 * DAY + 5 * HOUR),
        ((BOB.id,), 8 * DAY - 3 * HOUR, 8 * DAY + 5 * HOUR),
    ]
    assert piece_at(at_noon, noon + 7 * DAY - 1) == found[1]
    assert piece_at(at_noon, noon + 7 * DAY) == found[2]


def test_a_rotation_that_ends_within_a_window_cuts_its_last_piece() -> None:
    over = replace(WEEKLY, handoff=time(12), until=date(2026, 11, 3))

    found = list(pieces(over, over.begins - 2 * DAY, over.begins + 5 * DAY))

    assert [(each.since - over.begins, each.until - over.begins) for each in found] == [
        (0, 5 * HOUR),
        (21 * HOUR, 24 * HOUR),
    ]
    assert [piece_at(over, each.since) for each in found] == found
    assert piece_at(over, over.begins - 1) == Piece((), NEVER, over.begins)
    assert piece_at(over, over.begins + 24 * HOUR) == Piece((), over.begins + 24 * HOUR, ALWAYS)
    assert piece_at(over, over.begins + 6 * HOUR) == Piece(
        (), over.begins + 5 * HOUR, over.begins + 21 * HOUR
    )


@pytest.mark.parametrize("months", [1, 6])
def test_a_time_without_anybody_is_told_whole_however_long_the_turns_are(months: int) -> None:
    seldom = Rotation(
        turns=((ANN.id,), ()),
        start=date(2026, 1, 1),
        handoff=time(9),
        length=ShiftLength(count=months, unit=ShiftUnit.MONTHS),
    )
    free = Piece((), hand_of(date(2026, 1 + months, 1), time(9)), hand_of(_month(2 * months), time(9)))

    for hand in (free.since, free.since + 10 * DAY, free.until - 1):
        assert piece_at(seldom, hand) == free
    assert piece_at(seldom, free.until).people == (ANN.id,)


def _month(after: int) -> date:
    return date(2026 + after // 12, after % 12 + 1, 1)


def test_before_the_first_and_after_the_last_turn_of_somebody_nobody_is_there_for_ever() -> None:
    rotation = Rotation(
        turns=((), (ANN.id,), ()), start=date(2026, 11, 2), handoff=time(9), until=date(2026, 11, 23)
    )
    begin = rotation.begins

    assert piece_at(rotation, begin) == Piece((), NEVER, begin + 7 * DAY)
    assert piece_at(rotation, begin - 1) == Piece((), NEVER, begin + 7 * DAY)
    assert piece_at(rotation, begin + 14 * DAY) == Piece((), begin + 14 * DAY, ALWAYS)
    assert piece_at(rotation, begin + 30 * DAY) == Piece((), begin + 14 * DAY, ALWAYS)
