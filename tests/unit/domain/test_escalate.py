"""Another rung, another ladder, another service."""

from dataclasses import replace

import pytest

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.effects import OpenTicket, PagePerson
from bot.domain.ids import LadderId, ServiceId
from bot.domain.incident import Incident, Status, TicketState, Via
from bot.domain.ladder import FIRST_STEP, Ladder, Step
from bot.domain.refused import Refused
from bot.domain.service import Service
from bot.domain.timeline import EntryKind
from tests.examples import CATCH_ALL, MINUTE, NOW, PAYMENTS, actor, rung, to, triggered
from tests.unit.domain.test_climb import climb, paged

SOON = NOW + MINUTE
THREE = Ladder(id=LadderId("three"), rungs=(rung(to("ann")), rung(to("bob")), rung(to("cleo"))))
SERVICE = replace(PAYMENTS, ladder=THREE)
SEARCH = replace(
    PAYMENTS,
    id=ServiceId("search"),
    name="Search",
    channel="C0SEARCH",
    ladder=Ladder(id=LadderId("search"), rungs=(rung(to("cleo")),)),
)


def fired(times: int = 1) -> Incident:
    incident = triggered(SERVICE)
    for _ in range(times):
        incident = climb(incident).incident
    return incident


def escalate(incident: Incident, to: int | None = None, as_of: Step | None = None) -> Decision:
    return decide(incident, c.Escalate(by=actor("bob"), via=Via.CARD, to=to, as_of=as_of), SOON)


def test_a_chosen_rung_is_paged_now_and_the_climb_goes_on_from_there() -> None:
    chosen = escalate(fired(), to=3).incident
    decision = climb(chosen, SOON)

    assert paged(decision) == ["cleo"]
    assert decision.incident.escalation is not None
    assert decision.incident.escalation.over


def test_going_back_to_a_rung_pages_it_again_under_new_keys_and_the_ladder_goes_on_from_there() -> None:
    first = climb(triggered(SERVICE))
    back = climb(escalate(climb(first.incident).incident, to=1).incident, NOW + 20 * MINUTE)

    keys = [{e.key for e in each.effects if isinstance(e, PagePerson)} for each in (first, back)]
    assert paged(back) == ["ann"]
    assert keys[0].isdisjoint(keys[1])
    assert paged(climb(back.incident)) == ["bob"]
    assert paged(climb(climb(back.incident).incident)) == ["cleo"]


def test_an_exhausted_climb_can_be_sent_to_a_rung_of_the_catch_all() -> None:
    incident = climb(fired(3)).incident

    assert paged(climb(escalate(incident, to=1).incident, NOW + 40 * MINUTE)) == ["cleo"]


@pytest.mark.parametrize("to", [0, 4, -1])
def test_there_must_be_such_a_rung(to: int) -> None:
    with pytest.raises(Refused, match="three has 3"):
        escalate(fired(), to=to)


def test_a_choice_that_was_made_on_an_old_card_is_explained() -> None:
    with pytest.raises(Refused, match="has been paged meanwhile"):
        escalate(fired(), to=3, as_of=FIRST_STEP)


def test_a_chosen_rung_of_what_somebody_has_triggers_it_again() -> None:
    taken = decide(fired(), c.Acknowledge(by=actor("ann"), via=Via.CARD), SOON).incident

    chosen = escalate(taken, to=2)

    assert chosen.incident.status is Status.TRIGGERED
    assert [entry.facts for entry in chosen.entries] == [{"to": "2"}]
    assert paged(climb(chosen.incident, SOON)) == ["bob"]


def restart(incident: Incident, ladder: Ladder, service: ServiceId = SERVICE.id) -> Decision:
    wish = c.Restart(by=actor("bob"), via=Via.COMMAND, service=replace(SERVICE, id=service, ladder=ladder))
    return decide(incident, wish, SOON)


@pytest.mark.row("F32")
def test_a_changed_ladder_counts_when_somebody_says_so() -> None:
    decision = restart(fired(), SEARCH.ladder)

    assert [entry.kind for entry in decision.entries] == [EntryKind.RESTARTED]
    assert paged(climb(fired())) == ["bob"]
    assert paged(climb(decision.incident, SOON)) == ["cleo"]
    assert decision.incident.service.channel == SERVICE.channel


def test_restarting_what_somebody_has_pages_nobody_until_it_is_triggered_again() -> None:
    taken = decide(fired(), c.Acknowledge(by=actor("ann"), via=Via.CARD), SOON).incident

    later = restart(taken, SEARCH.ladder).incident
    escalated = escalate(later).incident

    assert (later.status, later.due_at) == (Status.ACKNOWLEDGED, None)
    assert paged(climb(escalated, SOON)) == ["cleo"]


def test_a_service_that_is_gone_cannot_be_restarted() -> None:
    with pytest.raises(Refused, match="gone"):
        restart(fired(), THREE, ServiceId("other"))


def move(incident: Incident, service: Service = SEARCH) -> Decision:
    return decide(incident, c.Move(by=actor("bob"), via=Via.COMMAND, service=service), SOON)


def test_a_moved_incident_climbs_the_other_ladder_from_its_first_rung() -> None:
    decision = move(fired(2))

    assert decision.incident.service is SEARCH
    assert decision.incident.due_at == SOON
    assert decision.revokes_pages
    assert paged(climb(decision.incident, SOON)) == ["cleo"]
    assert [entry.facts for entry in decision.entries] == [{"before": "Payments", "after": "Search"}]


def test_a_moved_incident_gets_the_ticket_that_the_other_service_wants() -> None:
    plain = climb(triggered(replace(SERVICE, ticket=None))).incident

    decision = move(plain)

    assert decision.incident.ticket.state is TicketState.PENDING
    assert any(isinstance(effect, OpenTicket) for effect in decision.effects)
    assert not any(isinstance(effect, OpenTicket) for effect in move(fired()).effects)


def test_an_incident_is_not_moved_to_where_it_is() -> None:
    with pytest.raises(Refused, match="already"):
        move(fired(), SERVICE)


def test_nothing_is_done_to_the_ladder_of_what_is_over() -> None:
    over = decide(fired(), c.Resolve(by=actor("ann"), via=Via.CARD), SOON).incident

    for wish in (
        c.Move(by=actor("bob"), via=Via.COMMAND, service=SEARCH),
        c.Restart(by=actor("bob"), via=Via.COMMAND, service=SERVICE),
        c.StopPages(by=actor("bob"), via=Via.COMMAND),
        c.Escalate(by=actor("bob"), via=Via.COMMAND, to=1),
    ):
        with pytest.raises(Refused, match="already resolved"):
            decide(over, wish, SOON)


def test_the_rounds_that_somebody_added_do_not_count_for_the_next_climb() -> None:
    back = escalate(fired(2), to=1).incident
    worse = c.ChangeSeverity(by=actor("bob"), via=Via.CARD, severity=Severity.SEV1)

    again = decide(back, worse, SOON).incident

    assert again.escalation is not None
    assert again.escalation.more_rounds == 0
    assert again.escalation.catch_all == CATCH_ALL
