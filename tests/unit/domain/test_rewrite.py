"""Rewriting a schedule: what overrides and swaps change, and when they are refused."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import rewrite
from bot.domain.duty import Change, ChangeKind, OfferSwap, SetOverride, SwapId, Turn
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.override import Override, OverrideKind
from bot.domain.refused import Refused
from bot.domain.roster import Roster
from bot.domain.schedule import Rotation
from tests.unit.domain.duty_world import ANN, BOB, CID, DAY, DEE, HOUR, NOW, PRIMARY, ROSTER, actor

BY = actor("ULEA")
KINDS = list(OverrideKind)


def wish(
    kind: OverrideKind = OverrideKind.REPLACE,
    person: PersonId = BOB,
    since: datetime = NOW,
    until: datetime = NOW + HOUR,
) -> SetOverride:
    return SetOverride(by=BY, schedule=PRIMARY, kind=kind, person=person, since=since, until=until)


def make(asked: SetOverride, roster: Roster = ROSTER) -> Override:
    return rewrite.override_of(asked, roster, NOW, OverrideId("new"))


def change(made: Override, *, leaving_nobody: bool = False) -> Change:
    after = rewrite.with_overrides(ROSTER, PRIMARY, [made])
    kind = ChangeKind.OVERRIDDEN
    return rewrite.change(
        ROSTER, after, PRIMARY, [made], kind=kind, by=BY, now=NOW, leaving_nobody=leaving_nobody
    )


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (wish(since=NOW - 2 * HOUR, until=NOW), "has passed"),
        (wish(since=NOW + HOUR, until=NOW + HOUR), "end before it begins"),
        (wish(until=NOW + timedelta(days=367)), "ends within a year"),
        (wish(until=NOW + timedelta(seconds=59)), "at least a minute"),
        (wish(person=PersonId("slack:U1")), "listed in tocsin.yaml"),
        (wish(person=PersonId("gone")), "listed in tocsin.yaml"),
        (wish(person=DEE), "no contact method"),
        (replace(wish(), schedule=ScheduleId("gone")), "no schedule “gone”"),
        (wish(OverrideKind.REMOVE), "is not on call for primary then"),
    ],
)
def test_what_cannot_be_is_refused(asked: SetOverride, why: str) -> None:
    with pytest.raises(Refused, match=why):
        make(asked)


def test_an_override_never_changes_the_past() -> None:
    assert make(wish(since=NOW - HOUR)).since == NOW


def test_somebody_who_left_the_configuration_can_be_taken_off_duty() -> None:
    gone = replace(ROSTER, people={each: who for each, who in ROSTER.people.items() if each != ANN})

    assert make(wish(OverrideKind.REMOVE, ANN), gone).person == ANN


def test_a_change_says_who_was_and_who_is_on_call() -> None:
    told = change(make(wish(until=NOW + DAY)))

    assert [(each.before, each.after) for each in told.differences] == [((ANN,), (BOB,))]
    assert told.differences[0].until == NOW + 21 * HOUR, "from then on it is Bob's turn anyway"
    assert told.concerned == (ANN, BOB)


def test_what_leaves_nobody_on_call_is_refused_unless_it_is_meant() -> None:
    made = make(wish(OverrideKind.REMOVE, ANN))

    with pytest.raises(rewrite.LeavesNobody, match="NOBODY ON CALL") as refused:
        change(made)

    assert refused.value.change.gaps
    assert change(made, leaving_nobody=True).gaps == refused.value.change.gaps


@given(
    kind=st.sampled_from(KINDS),
    person=st.sampled_from([ANN, BOB, CID]),
    begin=st.integers(0, 96),
    length=st.integers(1, 96),
)
def test_the_differences_are_exactly_where_other_people_are_on_call(
    kind: OverrideKind, person: PersonId, begin: int, length: int
) -> None:
    since = NOW + begin * HOUR / 2
    asked = wish(kind, person, since, since + length * HOUR / 2)
    try:
        made = make(asked)
    except Refused:
        return
    after = rewrite.with_overrides(ROSTER, PRIMARY, [made])
    told = change(made, leaving_nobody=True)

    for half in range(-2, begin + length + 4):
        at = NOW + half * HOUR / 2
        was = {shift.person for shift in ROSTER.on_call(PRIMARY, at)}
        now = {shift.person for shift in after.on_call(PRIMARY, at)}
        said = [each for each in told.differences if each.since <= at < each.until]
        assert [({*each.before}, {*each.after}) for each in said] == ([(was, now)] if was != now else [])


def offer(mine: Turn, theirs: Turn) -> OfferSwap:
    return OfferSwap(by=actor("UANN"), schedule=PRIMARY, mine=mine, theirs=theirs)


ANNS = Turn(person=ANN, since=NOW + HOUR, until=NOW + 3 * HOUR)
BOBS = Turn(person=BOB, since=NOW + DAY, until=NOW + DAY + 2 * HOUR)


def test_a_swap_is_two_overrides_each_instead_of_the_other() -> None:
    swap = rewrite.swap_of(offer(ANNS, BOBS), ROSTER, NOW, SwapId("s"))

    one, other = rewrite.overrides_of(swap, ROSTER, NOW)

    assert (one.person, one.instead_of, one.since, one.until) == (BOB, ANN, ANNS.since, ANNS.until)
    assert (other.person, other.instead_of, other.since, other.until) == (ANN, BOB, BOBS.since, BOBS.until)
    assert one.by.slack_user is None, "so that neither side can take back its half alone"
    assert swap.expires_at == ANNS.since


@pytest.mark.parametrize(
    ("mine", "theirs", "why"),
    [
        (ANNS, ANNS, "same person's"),
        (replace(ANNS, until=NOW + 30 * HOUR), BOBS, "not on call for primary during the whole"),
        (ANNS, replace(BOBS, person=CID), "not on call"),
        (ANNS, replace(BOBS, until=BOBS.since), "end before it begins"),
        (replace(ANNS, since=NOW - 3 * HOUR, until=NOW - HOUR), BOBS, "has passed"),
    ],
)
def test_a_swap_that_could_not_be_kept_is_not_offered(mine: Turn, theirs: Turn, why: str) -> None:
    with pytest.raises(Refused, match=why):
        rewrite.swap_of(offer(mine, theirs), ROSTER, NOW, SwapId("s"))


def test_turns_at_the_same_time_are_not_swapped_for_one_of_both_would_be_off_duty() -> None:
    plan = ROSTER.schedules[PRIMARY]
    (layer,) = plan.layers
    assert isinstance(layer, Rotation)
    together = replace(plan, layers=(replace(layer, turns=((ANN, BOB),)),))
    roster = replace(ROSTER, schedules={PRIMARY: together})
    mine = Turn(person=ANN, since=NOW + HOUR, until=NOW + 3 * HOUR)
    theirs = Turn(person=BOB, since=NOW + 2 * HOUR, until=NOW + 4 * HOUR)

    with pytest.raises(Refused, match="at the same time"):
        rewrite.swap_of(offer(mine, theirs), roster, NOW, SwapId("s"))
    apart = replace(theirs, since=mine.until)
    assert rewrite.swap_of(offer(mine, apart), roster, NOW, SwapId("s")).theirs == apart


def test_what_is_left_of_a_turn_that_has_begun_can_be_swapped() -> None:
    begun = Turn(person=ANN, since=NOW - HOUR, until=NOW + HOUR)

    swap = rewrite.swap_of(offer(begun, BOBS), ROSTER, NOW, SwapId("s"))

    assert rewrite.overrides_of(swap, ROSTER, NOW)[0].since == NOW
    assert swap.expires_at == NOW + HOUR


@pytest.mark.parametrize(
    ("mine", "expires"),
    [
        (Turn(person=ANN, since=NOW - HOUR, until=NOW + HOUR / 12), NOW + HOUR / 12),
        (Turn(person=ANN, since=NOW - HOUR, until=NOW + 3 * HOUR), NOW + HOUR),
        (Turn(person=ANN, since=NOW + HOUR / 2, until=NOW + HOUR), NOW + HOUR / 2),
    ],
)
def test_an_offer_ends_with_a_running_turn_or_when_the_first_one_begins(
    mine: Turn, expires: datetime
) -> None:
    swap = rewrite.swap_of(offer(mine, BOBS), ROSTER, NOW, SwapId("s"))

    assert swap.expires_at == expires
