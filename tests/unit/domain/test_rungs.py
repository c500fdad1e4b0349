"""What a rung that is due pages, enters and announces."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain.decide import decide
from bot.domain.decision import Draft
from bot.domain.effects import Announce, PageChannel, PagePerson
from bot.domain.incident import Paging, Via
from bot.domain.ladder import LATE, SHORTEST_REPEAT, Step, next_due
from bot.domain.paging import call_for_help
from bot.domain.timeline import EntryKind
from tests.examples import ANN, CATCH_ALL, NOW, ROSTER, actor, on_call, rung, to
from tests.unit.domain.test_told import CHANNEL, LATER, climbing, due, fired, ladder, told


def test_a_rung_enters_whom_it_paged() -> None:
    decision = due(climbing(ladder(rung(to("ann"), to("bob"), CHANNEL), rung(to("cleo")), rounds=2)))

    assert told(decision) == [(EntryKind.RUNG, {"rung": "1", "round": "1", "people": "Ann, Bob, C0ALL"})]
    assert decision.incident.paging == Paging(people=("Ann", "Bob", "C0ALL"), at=NOW)


def test_a_rung_for_which_nobody_is_there_is_entered_and_announced() -> None:
    decision = due(climbing(ladder(rung(on_call("gone"), on_call("none"), to("ann")))))

    assert told(decision) == [
        (EntryKind.NOBODY, {"missing": "schedule gone, schedule none"}),
        (EntryKind.RUNG, {"rung": "1", "round": "1", "people": "Ann"}),
    ]
    announced = [effect for effect in decision.effects if isinstance(effect, Announce)]
    assert [(each.about, each.nobody) for each in announced] == [
        ("nobody", ("schedule gone", "schedule none"))
    ]
    assert decision.incident.paging.nobody == ("schedule gone", "schedule none")


def test_where_nobody_at_all_is_reached_no_rung_is_entered() -> None:
    decision = due(climbing(ladder(rung(on_call("gone")))))

    assert EntryKind.RUNG not in [kind for kind, _ in told(decision)]
    assert decision.incident.due_at == NOW + SHORTEST_REPEAT == NOW + timedelta(minutes=5)


def test_the_end_of_a_ladder_is_entered_and_announced_once() -> None:
    incident = due(climbing(ladder(rung(to("ann"))), catch_all=CATCH_ALL)).incident

    first = due(incident)
    second = due(first.incident)

    assert told(first) == [
        (EntryKind.EXHAUSTED, {"ladder": "payments", "rounds": "1"}),
        (EntryKind.RUNG, {"rung": "1", "round": "2", "people": "Cleo"}),
    ]
    assert [effect.about for effect in first.effects if isinstance(effect, Announce)] == ["exhausted"]
    assert [kind for kind, _ in told(second)] == [EntryKind.RUNG]
    assert {effect.key for effect in first.effects}.isdisjoint(
        effect.key for effect in second.effects if isinstance(effect, PagePerson)
    )


def test_a_page_says_why_this_person() -> None:
    incident = climbing(ladder(rung(to("cleo"), on_call(), CHANNEL), rung(to("ann"))))
    asked = replace(incident, escalation=incident.escalation and replace(incident.escalation, also=("UBOB",)))

    decision = due(asked)
    again = due(decision.incident)

    pages = [effect for effect in decision.effects if isinstance(effect, PagePerson)]
    assert {(page.person, page.why) for page in pages} == {
        ("cleo", "named in the ladder, rung 1 of 2 of payments"),
        ("ann", "on call for primary, rung 1 of 2 of payments"),
        ("bob", "had acknowledged it before"),
    }
    assert all(page.message == "" for page in pages)
    whys = {effect.why for effect in again.effects if isinstance(effect, PagePerson)}
    assert whys == {"named in the ladder, rung 2 of 2 of payments"}, "who had it before is asked once"


def test_a_page_by_hand_carries_its_message_and_when_it_was_asked() -> None:
    wish = c.PagePeople(by=actor("bob"), via=Via.COMMAND, people=(ANN,), message="join the call")

    pages = [page for page in decide(fired(), wish, LATER).effects if isinstance(page, PagePerson)]

    assert {(page.message, page.asked_at, page.why) for page in pages} == {
        ("join the call", LATER, "Bob asks for you")
    }


def test_those_who_had_it_are_not_asked_again_by_the_rungs_that_reach_nobody() -> None:
    incident = climbing(ladder(rung(on_call("gone")), rung(to("bob"))))
    asked = replace(incident, escalation=incident.escalation and replace(incident.escalation, also=("UBOB",)))

    assert [page.number for page in due(asked).effects if isinstance(page, PagePerson)] == [0, 1]


def test_a_channel_that_two_targets_mean_is_paged_once_and_late_says_so() -> None:
    incident = climbing(ladder(rung(CHANNEL, CHANNEL)))
    late = NOW + timedelta(minutes=10)

    decision = decide(incident, c.RungDue(due_at=NOW, roster=ROSTER), late)

    pages = [effect for effect in decision.effects if isinstance(effect, PageChannel)]
    assert [(page.channel, page.late) for page in pages] == [("C0ALL", timedelta(minutes=10))]


def test_channels_of_several_rungs_have_pages_of_their_own() -> None:
    incident = climbing(ladder(rung(CHANNEL), rung(CHANNEL), rounds=2))
    keys = []
    for _ in range(4):
        decision = due(incident)
        keys += [effect.key for effect in decision.effects if isinstance(effect, PageChannel)]
        incident = decision.incident

    assert len(set(keys)) == 4


def test_a_call_for_help_pages_everybody_whom_the_ladders_name_once() -> None:
    for catch_all in (CATCH_ALL, None):
        draft = Draft(incident=climbing(ladder(rung(to("ann"), to("unknown"), CHANNEL)), catch_all), now=NOW)

        call_for_help(draft, ROSTER)

        pages = [effect for effect in draft.effects if isinstance(effect, PagePerson)]
        assert {page.person for page in pages} == ({"ann", "cleo"} if catch_all else {"ann"})
        assert {page.step for page in pages} == {Step(round=0, rung=0)}
        assert {page.why for page in pages} == {"its ladder can't be climbed, so everybody on it is asked"}
        assert len({page.key for page in pages}) == len(pages)


@pytest.mark.parametrize(
    ("wait", "late", "keeps_pace"),
    [
        (timedelta(minutes=5), LATE, True),
        (timedelta(minutes=5), LATE + timedelta(microseconds=1), False),
        (timedelta(seconds=30), timedelta(seconds=15), True),
        (timedelta(seconds=30), timedelta(seconds=16), False),
    ],
)
def test_a_wait_counts_from_now_when_more_than_a_minute_or_half_of_it_is_lost(
    wait: timedelta, late: timedelta, *, keeps_pace: bool
) -> None:
    now = NOW + late

    assert next_due(NOW, wait, now) == (NOW + wait if keeps_pace else now + wait)
    assert timedelta(minutes=1) == LATE
