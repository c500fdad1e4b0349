"""What follows from what people, alerts and the clock do to an incident."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain.acknowledge import UNACKNOWLEDGE_GRACE
from bot.domain.alert import AlertState, HeldAlert, MessageRef, Severity
from bot.domain.decide import decide, unpaged, wanted
from bot.domain.decision import Decision
from bot.domain.effects import CommentTicket, MoveTicket, OpenTicket, PagePerson, RefreshPages
from bot.domain.incident import Incident, Reason, Status, TicketState, Via
from bot.domain.ladder import Step
from bot.domain.people import MethodKind
from bot.domain.refused import Refused
from bot.domain.timeline import EntryKind
from tests.examples import ANN, BOB, MINUTE, NOW, PAYMENTS, ROSTER, actor, alert, opened, triggered

LATER = NOW + MINUTE


def acknowledged(severity: Severity = Severity.SEV2) -> Incident:
    return decide(rung_fired(severity), c.Acknowledge(by=actor("ann"), via=Via.PAGE), LATER).incident


def rung_fired(severity: Severity = Severity.SEV2) -> Incident:
    return decide(triggered(severity=severity), c.RungDue(due_at=NOW, roster=ROSTER), NOW).incident


def resolved() -> Incident:
    return decide(rung_fired(), c.Resolve(by=actor("ann"), via=Via.CARD), LATER).incident


def held(state: AlertState = AlertState.FIRING, fingerprint: str = "f1") -> HeldAlert:
    return HeldAlert(
        source="alertmanager",
        fingerprint=fingerprint,
        state=state,
        severity=Severity.SEV2,
        title="API error rate 38%",
        count=1,
        first_at=NOW,
        last_at=NOW,
        source_at=NOW,
    )


def kinds(decision: Decision) -> list[EntryKind]:
    return [entry.kind for entry in decision.entries]


def test_an_acknowledgement_stops_the_ladder_and_takes_back_what_is_not_sent() -> None:
    decision = decide(rung_fired(), c.Acknowledge(by=actor("ann"), via=Via.PAGE), LATER)

    assert decision.incident.status is Status.ACKNOWLEDGED
    assert decision.incident.due_at is None
    assert decision.revokes_pages
    assert any(isinstance(effect, RefreshPages) for effect in decision.effects)


@pytest.mark.parametrize(
    ("severity", "until"),
    [(Severity.SEV1, 30 * MINUTE), (Severity.SEV2, 120 * MINUTE), (Severity.SEV3, None)],
)
def test_an_acknowledgement_ends_after_the_time_out_of_its_severity(
    severity: Severity, until: timedelta | None
) -> None:
    assert acknowledged(severity).wake_at == (LATER + until if until else None)


def test_a_second_acknowledgement_is_welcome_and_changes_no_clock() -> None:
    first = acknowledged()

    second = decide(first, c.Acknowledge(by=actor("bob"), via=Via.CARD), LATER + MINUTE)

    assert [item.by.name for item in second.incident.acknowledgements] == ["Ann", "Bob"]
    assert second.incident.wake_at == first.wake_at
    assert kinds(second) == [EntryKind.JOINED]


def test_pressing_acknowledge_twice_changes_nothing() -> None:
    assert not decide(acknowledged(), c.Acknowledge(by=actor("ann"), via=Via.CARD), LATER + MINUTE).changed


def test_a_late_acknowledgement_never_reopens() -> None:
    with pytest.raises(Refused, match="already resolved by Ann"):
        decide(resolved(), c.Acknowledge(by=actor("bob"), via=Via.PAGE), LATER + MINUTE)


def test_at_the_wake_the_ladder_begins_again_and_pages_the_one_who_had_it_too() -> None:
    had_it = decide(rung_fired(), c.Acknowledge(by=actor("bob"), via=Via.PAGE), LATER).incident
    assert had_it.wake_at is not None

    woken = decide(had_it, c.WakeDue(wake_at=had_it.wake_at), had_it.wake_at).incident
    fired = decide(woken, c.RungDue(due_at=had_it.wake_at, roster=ROSTER), had_it.wake_at)

    assert woken.status is Status.TRIGGERED
    assert woken.epoch == had_it.epoch + 1
    assert {effect.person for effect in fired.effects if isinstance(effect, PagePerson)} == {ANN.id, BOB.id}


def test_an_overtaken_wake_changes_nothing() -> None:
    incident = acknowledged()
    assert incident.wake_at is not None
    extended = decide(
        incident, c.Acknowledge(by=actor("ann"), via=Via.CARD, until=incident.wake_at + MINUTE), LATER
    ).incident

    assert not decide(extended, c.WakeDue(wake_at=incident.wake_at), incident.wake_at).changed


def test_unacknowledging_pages_nobody_for_ten_seconds() -> None:
    decision = decide(acknowledged(), c.Unacknowledge(by=actor("ann"), via=Via.CARD), LATER)

    assert decision.incident.status is Status.TRIGGERED
    assert decision.incident.due_at == LATER + UNACKNOWLEDGE_GRACE
    assert decision.incident.acknowledgements == ()


def test_a_snooze_is_an_acknowledgement_with_a_chosen_wake() -> None:
    incident = decide(
        rung_fired(), c.Snooze(by=actor("ann"), via=Via.COMMAND, until=LATER + 10 * MINUTE), LATER
    ).incident

    assert (incident.status, incident.snoozed) == (Status.ACKNOWLEDGED, True)
    assert incident.wake_at == LATER + 10 * MINUTE


@pytest.mark.parametrize("minutes", [-1, 0, 24 * 60 + 1])
def test_a_snooze_into_the_past_or_beyond_a_day_is_refused(minutes: int) -> None:
    with pytest.raises(Refused, match="within the next 24 hours"):
        decide(
            rung_fired(), c.Snooze(by=actor("ann"), via=Via.COMMAND, until=LATER + minutes * MINUTE), LATER
        )


def test_a_repeat_is_counted_and_wakes_nobody() -> None:
    incident = rung_fired()

    decision = decide(incident, c.AlertSeen(alert=alert(), severity=Severity.SEV2, held=held()), LATER)

    assert decision.incident.alerts.signals == 2
    assert decision.incident.due_at == incident.due_at
    assert decision.entries == ()
    assert not any(isinstance(effect, PagePerson) for effect in decision.effects)


def test_the_cleared_alert_resolves_only_when_nothing_else_fires() -> None:
    other = alert(fingerprint="f2")
    two = decide(rung_fired(), c.AlertSeen(alert=other, severity=Severity.SEV2), LATER).incident
    clear = alert(AlertState.CLEARED)

    one_left = decide(two, c.AlertSeen(alert=clear, severity=Severity.SEV2, held=held()), LATER)
    none_left = decide(
        one_left.incident,
        c.AlertSeen(
            alert=replace(clear, fingerprint="f2"), severity=Severity.SEV2, held=held(fingerprint="f2")
        ),
        LATER,
    )

    assert one_left.incident.status is Status.TRIGGERED
    assert none_left.incident.status is Status.RESOLVED
    assert none_left.incident.resolution is not None
    assert none_left.incident.resolution.reason is Reason.SELF_CLEARED


def test_a_worse_alert_pages_again_even_when_somebody_has_it() -> None:
    worse = c.AlertSeen(alert=alert(fingerprint="f2"), severity=Severity.SEV1)

    decision = decide(acknowledged(), worse, LATER + MINUTE)

    assert decision.incident.status is Status.TRIGGERED
    assert decision.incident.severity is Severity.SEV1
    assert decision.incident.due_at == LATER + MINUTE


def test_another_alert_of_the_same_severity_is_shown_and_wakes_nobody() -> None:
    decision = decide(
        acknowledged(), c.AlertSeen(alert=alert(fingerprint="f2"), severity=Severity.SEV2), LATER
    )

    assert decision.incident.status is Status.ACKNOWLEDGED
    assert kinds(decision) == [EntryKind.ALERT]


@pytest.mark.row("F86")
def test_a_signal_older_than_what_the_source_told_already_is_ignored() -> None:
    old = c.AlertSeen(alert=alert(at=NOW - MINUTE), severity=Severity.SEV2, held=held(AlertState.CLEARED))

    assert not decide(resolved(), old, LATER).changed


@pytest.mark.row("F28")
def test_a_source_that_is_far_ahead_does_not_make_all_that_follows_old() -> None:
    mad = c.AlertSeen(alert=alert(at=NOW + timedelta(days=3000)), severity=Severity.SEV2, held=held())
    ahead = c.AlertSeen(alert=alert(at=LATER + timedelta(minutes=4)), severity=Severity.SEV2, held=held())

    assert decide(triggered(), mad, LATER).held[0].source_at == NOW
    assert decide(triggered(), ahead, LATER).held[0].source_at == ahead.alert.at


def test_firing_again_within_the_window_reopens_and_later_does_not() -> None:
    again = c.AlertSeen(alert=alert(), severity=Severity.SEV2, held=held())

    soon = decide(resolved(), again, LATER + 29 * MINUTE)
    late = decide(resolved(), again, LATER + 31 * MINUTE)

    assert soon.incident.status is Status.TRIGGERED
    assert soon.incident.due_at == LATER + 29 * MINUTE
    assert soon.incident.alerts.firing == 1
    assert not late.changed


def test_raising_the_severity_pages_again_and_lowering_it_never_does() -> None:
    raised = decide(
        acknowledged(), c.ChangeSeverity(by=actor("ann"), via=Via.COMMAND, severity=Severity.SEV1), LATER
    )
    lowered = decide(
        acknowledged(), c.ChangeSeverity(by=actor("ann"), via=Via.COMMAND, severity=Severity.SEV4), LATER
    )

    assert raised.incident.due_at == LATER
    assert lowered.incident.due_at is None
    assert lowered.incident.status is Status.ACKNOWLEDGED


def test_escalating_makes_the_next_rung_due_now() -> None:
    decision = decide(
        rung_fired(), c.Escalate(by=actor("ann"), via=Via.CARD, as_of=Step(round=1, rung=2)), LATER
    )

    assert decision.incident.due_at == LATER


def test_an_escalation_pressed_late_explains_instead_of_skipping_somebody() -> None:
    with pytest.raises(Refused, match="paged meanwhile"):
        decide(rung_fired(), c.Escalate(by=actor("ann"), via=Via.CARD, as_of=Step(round=1, rung=1)), LATER)


def test_escalating_what_somebody_has_goes_on_where_the_climb_stopped() -> None:
    decision = decide(acknowledged(), c.Escalate(by=actor("ann"), via=Via.COMMAND), LATER)

    assert decision.incident.status is Status.TRIGGERED
    assert decision.incident.escalation is not None
    assert decision.incident.escalation.step == Step(round=1, rung=2)


def test_whoever_cannot_is_left_out_and_the_next_rung_is_due_now() -> None:
    decision = decide(rung_fired(), c.Decline(by=actor("ann"), via=Via.PAGE, person=ANN.id, epoch=1), LATER)

    assert decision.incident.due_at == LATER
    assert decision.incident.declined == (ANN.id,)
    again = decide(decision.incident, c.Decline(by=actor("ann"), via=Via.PAGE, person=ANN.id, epoch=1), LATER)
    assert not again.changed


def test_a_page_that_nobody_will_get_makes_the_next_rung_due_now() -> None:
    failed = c.PageFailed(
        person="Ann",
        method=MethodKind.SLACK,
        reason="account_inactive",
        epoch=1,
        step=Step(round=1, rung=1),
        more=False,
    )

    assert decide(rung_fired(), failed, LATER).incident.due_at == LATER
    assert decide(rung_fired(), replace(failed, more=True), LATER).incident.due_at == NOW + 5 * MINUTE


def test_people_paged_by_hand_are_paged_although_somebody_has_it() -> None:
    decision = decide(
        acknowledged(),
        c.PagePeople(by=actor("ann"), via=Via.COMMAND, people=(BOB,), message="need a hand"),
        LATER,
    )

    pages = [effect for effect in decision.effects if isinstance(effect, PagePerson)]
    assert {page.person for page in pages} == {BOB.id}
    assert all(wanted(decision.incident, page) for page in pages)
    answered = decide(decision.incident, c.Acknowledge(by=actor("bob"), via=Via.PAGE), LATER).incident
    assert not any(wanted(answered, page) for page in pages)


def test_a_note_goes_into_the_ticket_and_the_thread() -> None:
    decision = decide(rung_fired(), c.AddNote(by=actor("ann"), via=Via.COMMAND, text="rolled back"), LATER)

    assert kinds(decision) == [EntryKind.NOTE]
    assert any(isinstance(effect, CommentTicket) for effect in decision.effects)


def test_the_ticket_follows_and_catches_up_when_it_comes_late() -> None:
    opened = c.TicketOpened(key="OPS-1", url="https://jira.example.com/browse/OPS-1", status="To Do")

    in_time = decide(rung_fired(), opened, LATER)
    late = decide(acknowledged(), opened, LATER)

    assert in_time.incident.ticket.key == "OPS-1"
    assert not any(isinstance(effect, MoveTicket) for effect in in_time.effects)
    assert any(isinstance(effect, MoveTicket) for effect in late.effects)


def test_a_ticket_that_failed_can_be_tried_again() -> None:
    failed = decide(
        rung_fired(), c.TicketTrouble(state=TicketState.FAILED, problem="no project"), LATER
    ).incident

    decision = decide(failed, c.RetryTicket(by=actor("ann"), via=Via.CARD), LATER)

    assert decision.incident.ticket.state is TicketState.PENDING
    assert any(isinstance(effect, OpenTicket) for effect in decision.effects)


def test_the_card_of_a_message_is_remembered() -> None:
    card = MessageRef(channel="C1", ts="1.2")

    assert decide(triggered(), c.CardPosted(card=card), LATER).incident.card == card


def test_a_severity_without_a_ladder_pages_nobody_and_says_so() -> None:
    quiet = replace(PAYMENTS, ladders={Severity.SEV4: None})

    incident = triggered(quiet, Severity.SEV4)

    assert incident.due_at is None
    assert incident.unpaged
    with pytest.raises(Refused, match="has no ladder"):
        decide(incident, c.Escalate(by=actor("ann"), via=Via.CARD), LATER)


@pytest.mark.parametrize(("what", "again"), [("refresh card", set()), ("post thread", {"refresh_card"})])
@pytest.mark.row("F57")
def test_what_slack_refused_for_good_is_not_told_again_by_the_news_of_it(what: str, again: set[str]) -> None:
    decision = decide(rung_fired(), c.DeliveryGivenUp(what=what, reason="channel_not_found"), LATER)

    assert {effect.kind for effect in decision.effects} == again


@pytest.mark.parametrize(
    "command",
    [
        c.Unacknowledge(by=actor("ann"), via=Via.CARD),
        c.Escalate(by=actor("ann"), via=Via.CARD),
        c.ChangeSeverity(by=actor("ann"), via=Via.CARD, severity=Severity.SEV1),
    ],
)
def test_pages_do_not_go_on_saying_that_nothing_is_needed(command: c.Command) -> None:
    decision = decide(acknowledged(), command, LATER)

    assert any(isinstance(effect, RefreshPages) for effect in decision.effects)


def test_a_new_incident_has_no_pages_to_refresh() -> None:
    assert not any(isinstance(effect, RefreshPages) for effect in opened().effects)


def test_whoever_was_paged_meanwhile_keeps_their_time_when_an_earlier_one_cannot() -> None:
    first = rung_fired()
    second = decide(first, c.RungDue(due_at=NOW + 5 * MINUTE, roster=ROSTER), NOW + 5 * MINUTE).incident
    late = c.Decline(by=actor("ann"), via=Via.PAGE, person=ANN.id, epoch=1, as_of=Step(round=1, rung=2))

    decision = decide(second, late, NOW + 6 * MINUTE)

    assert decision.incident.declined == (ANN.id,)
    assert decision.incident.due_at == second.due_at


def test_an_alert_that_is_worse_takes_the_ticket_back_from_in_progress() -> None:
    worse = c.AlertSeen(alert=alert(fingerprint="f2"), severity=Severity.SEV1)

    decision = decide(acknowledged(), worse, LATER + MINUTE)

    assert any(isinstance(effect, MoveTicket) for effect in decision.effects)


def test_an_incident_that_no_ladder_fits_any_more_is_noted_as_paging_nobody() -> None:
    incident = unpaged(rung_fired(), LATER).incident

    assert incident.unpaged
    assert incident.version == rung_fired().version + 1
