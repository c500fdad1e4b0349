"""Whom a rung reaches when it is forced, exhausted or in turn, and whom a reminder asks."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.calendar import Window
from bot.domain.decide import decide
from bot.domain.effects import AskHolder, PageChannel, PageWebhook
from bot.domain.ids import ScheduleId
from bot.domain.incident import REMIND_BEFORE, Via
from bot.domain.ladder import FIRST_STEP, ChannelTarget, Ladder, Resting, WebhookTarget
from bot.domain.people import Limit, MethodKind, Quiet
from bot.domain.personal import allowance, next_allowed, paged_from
from bot.domain.refused import Refused
from bot.domain.schedule import Rotation, ShiftLength, ShiftUnit
from bot.domain.turns import Piece, piece_at, pieces
from bot.domain.walltime import ALWAYS, NEVER, hand_of
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


# quiet hours


@pytest.mark.parametrize(
    ("day", "waits"), [(20, True), (21, False), (22, False), (23, True)], ids=["Fri", "Sat", "Sun", "Mon"]
)
def test_quiet_hours_of_some_days_wake_nobody_on_those_nights_alone(day: int, *, waits: bool) -> None:
    """The night belongs to the day on which it begins."""
    working = Window(days=frozenset(range(5)), begin=time(22), end=time(7))
    person = replace(ANN, zone="UTC", quiet=Quiet(severities=(Severity.SEV3,), hours=working))
    at = datetime(2026, 11, day, 23, tzinfo=UTC)
    morning = datetime(2026, 11, day + 1, 7, tzinfo=UTC)

    assert paged_from(person, Severity.SEV3, at) == (morning if waits else at)
    small_hours = morning - 3 * 60 * MINUTE
    assert paged_from(person, Severity.SEV3, small_hours) == (morning if waits else small_hours)


# what fails for somebody who had it


def test_a_page_that_fails_after_it_was_taken_and_resolved_leaves_both_as_they_are() -> None:
    resolve = c.Resolve(by=actor("bob"), via=Via.CARD)
    over = decide(acknowledged(), resolve, LATER + MINUTE).incident
    failed = c.PageFailed(
        person="Ann", method=MethodKind.SLACK, reason="gone", epoch=1, step=FIRST_STEP, more=False
    )

    after = decide(over, failed, LATER + MINUTE).incident
    back = decide(after, c.Undo(by=actor("bob"), via=Via.CARD), LATER + MINUTE).incident

    assert (after.status, after.due_at) == (over.status, None)
    assert (back.status, back.due_at) == (acknowledged().status, None)


def test_a_rotation_that_ends_as_it_begins_has_nobody_ever() -> None:
    over = replace(PATCHY, until=PATCHY.start)

    for hand in (over.begins - 1, over.begins, over.begins + 1):
        assert piece_at(over, hand) == Piece((), NEVER, ALWAYS)
    assert list(pieces(over, over.begins - WEEK, over.begins + WEEK)) == []


def test_no_turn_is_empty_when_hand_offs_fall_on_the_opening_of_a_window() -> None:
    office = Window(days=frozenset(range(5)), begin=time(9), end=time(17))
    rotation = Rotation(
        turns=((ANN.id,), (BOB.id,)), start=date(2026, 11, 2), handoff=time(9), windows=(office,)
    )
    begin = rotation.begins

    found = list(pieces(rotation, begin, begin + 4 * WEEK))

    assert len(found) == 20
    assert all(each.until - each.since == 8 * 3600 for each in found)


def test_months_are_counted_over_the_years() -> None:
    monthly = Rotation(
        turns=((ANN.id,), (BOB.id,)),
        start=date(2026, 1, 31),
        handoff=time(9),
        length=ShiftLength(count=1, unit=ShiftUnit.MONTHS),
    )
    for months, day in ((13, date(2027, 2, 28)), (24, date(2028, 1, 31)), (25, date(2028, 2, 29))):
        hand = hand_of(day, time(9))
        assert piece_at(monthly, hand).since == hand
        assert piece_at(monthly, hand).people == monthly.turns[months % 2]
        assert piece_at(monthly, hand - 1).people == monthly.turns[(months - 1) % 2]


def test_whoever_takes_an_answer_back_is_asked_as_all_others_are() -> None:
    ladder = Ladder(id=PAYMENTS.ladder.id, rungs=(rung(to("ann"), to("bob")),), acknowledgements=2)
    fired = climb(triggered(replace(PAYMENTS, ladder=ladder))).incident
    one = decide(fired, acknowledge("ann"), SOON).incident
    assert one.escalation is not None
    rested = replace(
        one, escalation=replace(one.escalation, resting=(Resting(person=ANN.id, until=NOW + 60 * MINUTE),))
    )

    back = decide(rested, c.Unacknowledge(by=actor("ann"), via=Via.CARD), SOON).incident

    assert back.escalation is not None
    assert back.escalation.resting == ()


@pytest.mark.parametrize("hours", [0, 25])
def test_an_extension_that_cannot_be_says_that_it_is_one(hours: int) -> None:
    wish = c.Extend(by=actor("ann"), via=Via.CARD, span=timedelta(hours=hours))

    with pytest.raises(Refused, match="Couldn't extend INC-7 until then"):
        decide(acknowledged(), wish, LATER)


def test_a_machine_or_channel_that_a_rung_names_twice_is_told_once() -> None:
    siren, loud = WebhookTarget(name="siren"), ChannelTarget(channel="C0ALL")

    decision = climb(incident(rung(siren, siren, loud, loud), rung(to("bob"))))

    told = [each for each in decision.effects if isinstance(each, PageWebhook | PageChannel)]
    assert sorted(each.kind for each in told) == ["page_channel", "page_webhook"]
    assert decision.incident.paging.nobody == ()
