"""Whom a rung reaches when it is forced, exhausted or in turn, and whom a reminder asks."""

from dataclasses import replace
from datetime import date, time

import pytest

from bot.domain import commands as c
from bot.domain.calendar import Window
from bot.domain.decide import decide
from bot.domain.effects import AskHolder
from bot.domain.ids import ScheduleId
from bot.domain.incident import REMIND_BEFORE, Via
from bot.domain.ladder import Ladder
from bot.domain.people import Limit
from bot.domain.personal import allowance, next_allowed
from bot.domain.schedule import Rotation
from bot.domain.turns import Piece, piece_at, pieces
from bot.domain.walltime import hand_of
from tests.examples import ANN, BOB, MINUTE, NOW, PAYMENTS, actor, on_call, rung, to, triggered
from tests.unit.domain.test_climb import climb, paged
from tests.unit.domain.test_conditions import incident, when
from tests.unit.domain.test_decide import LATER, acknowledged
from tests.unit.domain.test_quorum import SOON, acknowledge

DAY = Window(begin=time(8), end=time(22))


def test_escalating_wakes_whoever_sleeps_where_that_counts() -> None:
    """NOW is 03:10 in London."""
    held = climb(incident(when(to("bob"), local=DAY, hold=True))).incident
    assert held.escalation is not None
    assert held.escalation.hold is not None

    asked = decide(held, c.Escalate(by=actor("ann"), via=Via.CARD), NOW + MINUTE).incident

    assert paged(climb(asked, NOW + MINUTE)) == ["bob"]


def test_an_exhausted_ladder_of_roles_rather_pages_who_has_answered_than_nobody() -> None:
    ladder = Ladder(
        id=PAYMENTS.ladder.id,
        rungs=(rung(on_call("primary")),),
        acknowledgements=2,
        roles=(ScheduleId("primary"),),
    )
    fired = climb(triggered(replace(PAYMENTS, ladder=ladder, catch_all=None))).incident
    (who,) = fired.paging.people

    decision = climb(decide(fired, acknowledge(who.lower()), SOON).incident)

    assert paged(decision) == [who.lower()]


def test_a_reminder_asks_each_who_has_it_once_and_says_when_it_ends() -> None:
    both = decide(acknowledged(), c.Acknowledge(by=actor("bob"), via=Via.CARD), LATER).incident
    assert both.remind_at is not None
    assert both.wake_at == both.remind_at + REMIND_BEFORE

    decision = decide(both, c.RemindDue(remind_at=both.remind_at), both.remind_at)

    asked = [each for each in decision.effects if isinstance(each, AskHolder)]
    assert [(each.user, each.name, each.wake_at) for each in asked] == [
        ("UANN", "Ann", both.wake_at),
        ("UBOB", "Bob", both.wake_at),
    ]
    assert len({each.key for each in asked}) == 2
    assert decision.effects == tuple(asked), "the card does not change by it"
    assert decision.incident.remind_at is None


@pytest.mark.parametrize(
    ("told", "left"), [([], 2), ([-5.0], 1), ([-10.0], 2), ([-5.0, -4.0], 0), ([-5.0, -4.0, -3.0], 0)]
)
def test_so_many_more_messages_are_allowed(told: list[float], left: int) -> None:
    limits = [Limit(count=2, span=10 * MINUTE), Limit(count=3, span=11 * MINUTE)]
    times = [NOW + each * MINUTE for each in told]

    assert allowance(times, limits, NOW) == left
    assert (next_allowed(times, limits, NOW) == NOW) is (left > 0)


# turns

PATCHY = Rotation(turns=((ANN.id,), (), (), (BOB.id,)), start=date(2026, 11, 2), handoff=time(9))
WEEK = 7 * 24 * 3600


def test_a_time_without_anybody_lasts_from_one_turn_to_the_next() -> None:
    begin = hand_of(date(2026, 11, 2), time(9))

    assert piece_at(PATCHY, begin) == Piece((ANN.id,), begin, begin + WEEK)
    for hand in (begin + WEEK, begin + 2 * WEEK, begin + 3 * WEEK - 1):
        assert piece_at(PATCHY, hand) == Piece((), begin + WEEK, begin + 3 * WEEK)
    assert piece_at(PATCHY, begin + 3 * WEEK) == Piece((BOB.id,), begin + 3 * WEEK, begin + 4 * WEEK)


def test_a_turn_that_begins_when_one_stops_looking_is_not_among_the_turns() -> None:
    begin = hand_of(date(2026, 11, 2), time(9))

    assert list(pieces(PATCHY, begin, begin + 3 * WEEK)) == [Piece((ANN.id,), begin, begin + WEEK)]
    assert len(list(pieces(PATCHY, begin, begin + 3 * WEEK + 1))) == 2
    assert list(pieces(PATCHY, begin, begin)) == []
    assert list(pieces(PATCHY, begin + WEEK, begin + 3 * WEEK)) == []
