"""People who are paged besides the ladder, until they answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain.decide import decide, wanted
from bot.domain.decision import Decision
from bot.domain.effects import PagePerson
from bot.domain.incident import Incident, Via
from bot.domain.refused import Refused
from bot.domain.roster import Roster
from bot.domain.timeline import EntryKind
from bot.domain.timers import due_command
from tests.examples import BOB, CLEO, MINUTE, NOW, PAYMENTS, ROSTER, actor, triggered
from tests.unit.domain.test_climb import climb, paged

SOON = NOW + MINUTE


def taken() -> Incident:
    """Ann has it."""
    mine = c.Acknowledge(by=actor("ann"), via=Via.CARD)
    quiet = replace(PAYMENTS, acknowledgement_timeouts={})
    return decide(climb(triggered(quiet)).incident, mine, SOON).incident


def asked(incident: Incident | None = None) -> Decision:
    wish = c.PagePeople(by=actor("ann"), via=Via.COMMAND, people=(CLEO,), message="join")
    return decide(incident or taken(), wish, SOON)


def tick(incident: Incident, roster: Roster = ROSTER) -> Decision:
    assert incident.next_at is not None
    command = due_command(incident, roster, incident.next_at)
    assert isinstance(command, c.AskAgainDue)
    return decide(incident, command, incident.next_at)


def test_they_are_paged_again_and_again_ever_more_seldom_but_hourly_at_least() -> None:
    incident, pauses, at, keys = asked().incident, list[timedelta](), SOON, set[str]()
    for _ in range(7):
        assert incident.next_at is not None
        pauses.append(incident.next_at - at)
        at = incident.next_at
        decision = tick(incident)
        assert paged(decision) == ["cleo"]
        for effect in decision.effects:
            if isinstance(effect, PagePerson):
                assert effect.key not in keys
                assert effect.message == "join"
                keys.add(effect.key)
        incident = decision.incident

    assert pauses == [timedelta(minutes=each) for each in (5, 10, 20, 40, 60, 60, 60)]


def test_a_stale_tick_asks_nobody() -> None:
    incident = asked().incident
    assert incident.ask_at is not None
    after = tick(incident).incident

    stale = decide(after, c.AskAgainDue(ask_at=incident.ask_at, roster=ROSTER), incident.ask_at)

    assert not stale.changed


@pytest.mark.parametrize(
    "answer",
    [
        c.Acknowledge(by=actor("cleo"), via=Via.CARD),
        c.Decline(by=actor("cleo"), via=Via.PAGE, person=CLEO.id, epoch=1, besides=True),
        c.StopPages(by=actor("cleo"), via=Via.PAGE),
        c.Snooze(by=actor("cleo"), via=Via.CARD, until=NOW + 30 * MINUTE),
        c.Resolve(by=actor("ann"), via=Via.CARD),
    ],
)
def test_their_answer_or_the_end_is_the_end_of_it(answer: c.Wish) -> None:
    decision = asked()
    pages = [effect for effect in decision.effects if isinstance(effect, PagePerson)]

    answered = decide(decision.incident, answer, SOON + MINUTE)

    assert answered.incident.ask_at is None
    assert answered.revokes_pages
    assert pages
    assert not any(wanted(answered.incident, page) for page in pages)


def test_who_was_asked_before_the_end_is_not_asked_when_it_begins_again() -> None:
    ended = decide(asked().incident, c.Resolve(by=actor("ann"), via=Via.CARD), SOON).incident

    again = decide(ended, c.Reopen(by=actor("bob"), via=Via.CARD), SOON + 20 * MINUTE).incident
    undone = decide(ended, c.Undo(by=actor("ann"), via=Via.CARD), SOON).incident

    assert again.ask_at is None
    assert undone.ask_at == SOON + 5 * MINUTE


def test_what_others_do_does_not_answer_for_them() -> None:
    incident = decide(asked().incident, c.Acknowledge(by=actor("bob"), via=Via.CARD), SOON).incident

    assert paged(tick(incident)) == ["cleo"]


def test_the_climb_and_those_who_were_asked_keep_their_own_times() -> None:
    fired = climb(triggered()).incident
    incident = asked(fired).incident

    assert incident.next_at == fired.due_at == NOW + 5 * MINUTE
    assert paged(climb(incident)) == ["bob"]
    assert climb(incident).incident.next_at == incident.ask_at


def test_who_was_only_asked_and_cannot_does_not_move_the_ladder() -> None:
    fired = climb(triggered()).incident
    cannot = c.Decline(by=actor("cleo"), via=Via.PAGE, person=CLEO.id, epoch=1, besides=True)

    decision = decide(asked(fired).incident, cannot, SOON)

    assert decision.incident.due_at == fired.due_at
    assert [entry.kind for entry in decision.entries] == [EntryKind.DECLINED]


def test_nobody_stops_their_pages_while_nobody_else_has_it() -> None:
    incident = asked(climb(triggered()).incident).incident

    with pytest.raises(Refused, match="nobody else has it"):
        decide(incident, c.StopPages(by=actor("cleo"), via=Via.PAGE), SOON)


def test_there_must_be_something_to_stop() -> None:
    with pytest.raises(Refused, match="not being paged"):
        decide(taken(), c.StopPages(by=actor("bob"), via=Via.PAGE), SOON)


def test_somebody_who_is_gone_is_given_up_loudly() -> None:
    decision = tick(asked().incident, Roster())

    assert decision.incident.ask_at is None
    assert [(entry.kind, entry.facts["missing"]) for entry in decision.entries] == [
        (EntryKind.NOBODY, "person Cleo")
    ]


def test_who_is_asked_once_more_is_asked_anew() -> None:
    first = asked().incident
    stopped = decide(first, c.StopPages(by=actor("cleo"), via=Via.PAGE), SOON).incident
    wish = c.PagePeople(by=actor("ann"), via=Via.COMMAND, people=(CLEO, BOB))

    decision = decide(stopped, wish, SOON + MINUTE)

    assert decision.incident.ask_at == SOON + 6 * MINUTE
    assert all(wanted(decision.incident, page) for page in decision.effects if isinstance(page, PagePerson))


def test_taking_an_answer_back_has_them_asked_as_before() -> None:
    incident = asked().incident
    answered = decide(incident, c.Acknowledge(by=actor("cleo"), via=Via.CARD), SOON + MINUTE).incident

    undone = decide(answered, c.Undo(by=actor("cleo"), via=Via.CARD), SOON + MINUTE).incident

    assert undone.ask_at == incident.ask_at
