"""Rounds that repeat: an exhausted ladder goes on until somebody acknowledges, which is told once."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bot.domain.ladder import Step
from bot.domain.rehearsal import Rehearsal
from bot.render.look import span

_ROUND = re.compile(r"round \d+", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Beat:
    """What happens at an instant, in words; of one instant, what was decided first stands first.

    `moment` is the number of the moment that decided it, and `order` the place among its beats. `like` is the
    same without times, so that two rounds can be compared.
    """

    at: datetime
    moment: int
    order: int
    words: str
    like: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Round:
    beats: tuple[Beat, ...]
    begin: datetime
    length: timedelta | None

    def repeats(self, other: "_Round") -> bool:
        """Whether the other one, or as much as was seen of it, is like this one."""
        mine, theirs = self.shape(), other.shape()
        if other.length is None:
            return bool(theirs) and mine[: len(theirs)] == theirs
        return self.length == other.length and mine == theirs

    def shape(self) -> tuple[tuple[timedelta, str], ...]:
        """What happens in it, and how long after its beginning."""
        return tuple((beat.at - self.begin, _ROUND.sub("round", beat.like)) for beat in self.beats)


def repeats(rehearsal: Rehearsal) -> list[datetime]:
    """When each round began after the ladder was exhausted."""
    return [
        moment.at
        for before, moment in pairwise(rehearsal.moments)
        if (was := before.after.escalation) is not None
        and (now := moment.after.escalation) is not None
        and now.exhausted_at is not None
        and (was.exhausted_at is None or was.step.rung == 1)
        and was.step < now.step != Step(round=was.step.round, rung=1)
    ]


def folded(
    beats: Sequence[Beat], begins: Sequence[datetime], told: Callable[[datetime], str]
) -> Iterator[Beat]:
    """The beats; of rounds that are like the one before there is only how many, how often and until when."""
    first = begins[0] if begins else None
    yield from (beat for beat in beats if first is None or beat.at < first)
    same: list[_Round] = []
    for each in _rounds(beats, begins):
        if same and same[0].repeats(each):
            same.append(each)
            continue
        yield from _sum(same, told)
        yield from each.beats
        same = [each]
    yield from _sum(same, told)


def _rounds(beats: Sequence[Beat], begins: Sequence[datetime]) -> Iterator[_Round]:
    for number, begin in enumerate(begins):
        end = begins[number + 1] if number + 1 < len(begins) else None
        mine = tuple(beat for beat in beats if begin <= beat.at and (end is None or beat.at < end))
        yield _Round(beats=mine, begin=begin, length=None if end is None else end - begin)


def _sum(same: Sequence[_Round], told: Callable[[datetime], str]) -> Iterator[Beat]:
    if len(same) > 1:
        length = same[1].begin - same[0].begin
        times = len(same) - 1
        again = "once more" if times == 1 else f"{times} times more, the last time {told(same[-1].begin)}"
        yield Beat(at=same[1].begin, moment=0, order=0, words=f"the same again every {span(length)}: {again}")
