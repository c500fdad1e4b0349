"""Turns: when the people of one rotation are on call, in seconds of the wall clock of its zone."""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from bot.domain.ids import PersonId
from bot.domain.schedule import Rotation
from bot.domain.walltime import ALWAYS, MONDAY, NEVER, hand_of
from bot.domain.week import DAY, Windows, closed_before, opens_after, window, window_number

FAR = (8 * DAY, 35 * DAY, 800 * DAY)
"""How far to look for somebody when turns are free."""


class Piece(NamedTuple):
    """From `since` until `until` these people are on call; nobody of this layer, when there are none."""

    people: tuple[PersonId, ...]
    since: int
    until: int


def piece_at(rotation: Rotation, hand: int) -> Piece:
    """What holds then, and how long: the whole turn, or the whole time without anybody."""
    piece, shut = _piece_at(rotation, hand), rotation.closures
    if piece.people and shut:
        piece = _around(piece, shut, hand)
    elif not rotation.patchy or (all(rotation.turns) and not _touches(piece, shut)):
        return piece
    if piece.people:
        return piece
    before = (list(pieces(rotation, piece.since - span, piece.since)) for span in FAR)
    after = (next(pieces(rotation, hand, hand + span), None) for span in FAR)
    since = next((found[-1].until for found in before if found), NEVER)
    until = next((found.since for found in after if found), ALWAYS)
    return Piece((), since, until)


def _piece_at(rotation: Rotation, hand: int) -> Piece:
    begin, end = rotation.begins, rotation.ends
    windows = rotation.open_hours
    if hand < begin:
        return Piece((), NEVER, opens_after(windows, begin, end))
    if hand >= end:
        return Piece((), closed_before(windows, end, begin), ALWAYS)
    opens, closes = window(windows, window_number(windows, hand))
    if hand >= closes:
        return Piece((), closed_before(windows, hand, begin), opens_after(windows, hand, end))
    number = _turn_number(rotation, hand)
    since, until = max(_handoff(rotation, number), opens), min(_handoff(rotation, number + 1), closes, end)
    return Piece(rotation.turns[number % len(rotation.turns)], since, until)


def pieces(rotation: Rotation, since: int, until: int) -> Iterator[Piece]:
    """The turns that overlap that time, whole, in order; times without anybody are left out."""
    begin, end = rotation.begins, rotation.ends
    at, last = max(since, begin), min(until, end)
    if at >= last:
        return
    windows = rotation.open_hours
    number, week = _turn_number(rotation, at), window_number(windows, at)
    begins, ends = _handoff(rotation, number), _handoff(rotation, number + 1)
    opens, closes = window(windows, week)
    while max(begins, opens) < last:
        piece_since, piece_until = max(begins, opens), min(ends, closes, end)
        people = rotation.turns[number % len(rotation.turns)]
        if people and piece_since < piece_until and piece_until > at:
            piece = Piece(people, piece_since, piece_until)
            if rotation.closures:
                yield from (
                    one for one in _parts(piece, rotation.closures) if one.since < last and one.until > at
                )
            else:
                yield piece
        if ends <= closes:
            number, begins, ends = number + 1, ends, _handoff(rotation, number + 2)
        else:
            week += 1
            opens, closes = window(windows, week)


def _touches(hole: Piece, shut: Windows) -> bool:
    """Whether a holiday makes a time without anybody longer."""
    before, after = bisect_left(shut, (hole.since, NEVER)), bisect_right(shut, (hole.until, ALWAYS))
    longer = before > 0 and hole.since <= shut[before - 1][1]
    return longer or (after > 0 and hole.until < shut[after - 1][1])


def _around(piece: Piece, shut: Windows, hand: int) -> Piece:
    """What of a turn is around that time, between holidays; or the holiday."""
    place = bisect_right(shut, (hand, ALWAYS))
    before = shut[place - 1] if place else (NEVER, NEVER)
    if hand < before[1]:
        return Piece((), *before)
    after = shut[place][0] if place < len(shut) else ALWAYS
    return Piece(piece.people, max(piece.since, before[1]), min(piece.until, after))


def _parts(piece: Piece, shut: Windows) -> Iterator[Piece]:
    """What holidays leave of a turn."""
    at, place = piece.since, max(bisect_right(shut, (piece.since, ALWAYS)) - 1, 0)
    for closes, opens in shut[place:]:
        if closes >= piece.until:
            break
        if at < closes:
            yield Piece(piece.people, at, closes)
        at = max(at, opens)
    if at < piece.until:
        yield Piece(piece.people, at, piece.until)


def _handoff(rotation: Rotation, number: int) -> int:
    """The beginning of a turn; numbers begin at 0, and go on backwards."""
    step = rotation.step
    if step is None:
        return _months_later(rotation, number * rotation.length.count)
    return rotation.begins + number * step


def _turn_number(rotation: Rotation, hand: int) -> int:
    if rotation.step is not None:
        return (hand - rotation.begins) // rotation.step
    day = MONDAY + timedelta(seconds=hand)
    months = (day.year - rotation.start.year) * 12 + day.month - rotation.start.month
    number = months // rotation.length.count
    return number if _handoff(rotation, number) <= hand else number - 1


def _months_later(rotation: Rotation, months: int) -> int:
    """So many months after the start, on the last day of a month that is too short."""
    start = rotation.start
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return hand_of(date(year, month + 1, day), rotation.handoff)
