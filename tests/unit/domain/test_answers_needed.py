"""Whether enough have answered, what is taken back with an answer, and how often somebody may be told."""

from dataclasses import replace
from datetime import datetime

import pytest

from bot.domain import commands as c
from bot.domain.decide import decide
from bot.domain.ids import LadderId, ScheduleId
from bot.domain.incident import Acknowledgement, Incident, Status, Via
from bot.domain.ladder import Ladder
from bot.domain.people import Limit
from bot.domain.personal import next_allowed
from bot.domain.quorum import answered, enough, missing_roles, missing_words, still_needed
from bot.domain.refused import Refused
from tests.examples import MINUTE, NOW, PAYMENTS, actor, rung, to, triggered
from tests.unit.domain.test_climb import climb
from tests.unit.domain.test_decide import LATER, acknowledged, rung_fired

ROLES = (ScheduleId("primary"), ScheduleId("command"))


def by(who: str, *roles: ScheduleId, at: datetime = NOW) -> Acknowledgement:
    return Acknowledgement(by=actor(who), at=at, roles=roles)


def held(count: int, *given: Acknowledgement, roles: tuple[ScheduleId, ...] = ()) -> Incident:
    """An incident whose ladder wants so many, and those who have answered."""
    ladder = Ladder(id=LadderId("two"), rungs=(rung(to("ann")),), acknowledgements=count, roles=roles)
    fired = climb(triggered(replace(PAYMENTS, ladder=ladder))).incident
    return replace(fired, acknowledgements=given)


@pytest.mark.parametrize(
    ("incident", "needed", "words"),
    [
        (held(1), 1, "1 more"),
        (held(1, by("ann")), 0, "0 more"),
        (held(3, by("ann")), 2, "2 more"),
        (held(3, by("ann"), by("bob"), by("cleo")), 0, "0 more"),
        (held(1, roles=ROLES), 2, "primary, command"),
        (held(1, by("ann", ROLES[0]), roles=ROLES), 1, "command"),
        (held(1, by("ann", *ROLES), roles=ROLES), 0, "0 more"),
        (held(3, by("ann", *ROLES), roles=ROLES), 2, "2 more"),
        (held(3, by("ann", ROLES[0]), roles=ROLES), 2, "command"),
        (held(2, by("ann"), by("bob"), roles=ROLES), 2, "primary, command"),
    ],
)
def test_so_many_must_still_answer_and_these(incident: Incident, needed: int, words: str) -> None:
    assert (still_needed(incident), missing_words(incident)) == (needed, words)
    assert enough(incident) is (needed == 0)


def test_without_a_ladder_one_answer_is_enough_and_no_role_is_missing() -> None:
    plain = replace(triggered(), escalation=None)

    assert not enough(plain)
    assert enough(replace(plain, acknowledgements=(by("ann"),)))
    assert (missing_roles(plain), still_needed(plain)) == ((), 0)


@pytest.mark.parametrize(("seconds", "is_enough"), [(-1, False), (0, True), (1, True)])
def test_from_the_moment_at_which_a_ladder_is_exhausted_one_answer_is_enough(
    seconds: int, *, is_enough: bool
) -> None:
    some = held(3, by("ann", at=NOW + seconds * MINUTE / 60))
    assert some.escalation is not None

    exhausted = replace(some, escalation=replace(some.escalation, exhausted_at=NOW))

    assert enough(exhausted) is is_enough


def test_whoever_has_no_slack_user_has_never_answered() -> None:
    machine = Acknowledgement(by=replace(actor("ann"), slack_user=None), at=NOW)

    assert not answered(held(2, machine), None)
    assert answered(held(2, by("ann"), by("bob")), "UBOB")
    assert not answered(held(2, by("ann")), "UBOB")


def test_a_reminder_that_was_given_is_not_given_again_after_a_slip() -> None:
    before = acknowledged()
    assert before.wake_at is not None
    reminded = replace(before, reminded=before.wake_at)
    until = before.wake_at + 60 * MINUTE
    longer = decide(
        reminded, c.Acknowledge(by=actor("ann"), via=Via.CARD, until=until), LATER + MINUTE
    ).incident
    assert (longer.wake_at, longer.reminded) == (until, None)

    back = decide(longer, c.Undo(by=actor("ann"), via=Via.CARD), LATER + MINUTE).incident

    assert (back.wake_at, back.reminded, back.remind_at) == (before.wake_at, before.wake_at, None)


@pytest.mark.parametrize(
    ("incident", "words"),
    [
        (rung_fired(), "There is nothing of yours to take back in INC-7 any more. It is triggered"),
        (replace(acknowledged(), undos=()), "Ann has it; `unack INC-7`"),
        (replace(rung_fired(), status=Status.RESOLVED), "It is resolved; `reopen INC-7` opens it again."),
    ],
)
def test_when_nothing_can_be_taken_back_it_says_how_it_stands(incident: Incident, words: str) -> None:
    with pytest.raises(Refused) as why:
        decide(incident, c.Undo(by=actor("ann"), via=Via.CARD), LATER)

    assert words in str(why.value)


ONCE = Limit(count=1, span=MINUTE)
THRICE = Limit(count=3, span=10 * MINUTE)


@pytest.mark.parametrize(
    ("told", "limits", "minutes"),
    [
        ([], [ONCE], 0),
        ([0], [], 0),
        ([0], [ONCE], 1),
        ([-0.5], [ONCE], 0.5),
        ([-1], [ONCE], 0),
        ([-2], [ONCE], 0),
        ([-3, -2], [THRICE], 0),
        ([-3, -1, -2], [THRICE], 7),
        ([-9, -3, -2, -1], [THRICE], 7),
        ([-10, -2, -1], [THRICE], 0),
        ([-3, -2, -0.5], [ONCE, THRICE], 7),
        ([-9.8, -9.7, -0.1], [ONCE, THRICE], 0.9),
    ],
)
def test_somebody_may_be_told_again_when_every_limit_allows_it(
    told: list[float], limits: list[Limit], minutes: float
) -> None:
    times = [NOW + each * MINUTE for each in told]

    assert next_allowed(times, limits, NOW) == NOW + minutes * MINUTE
