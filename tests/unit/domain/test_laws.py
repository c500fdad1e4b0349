"""Laws that hold whatever happens, in whatever order."""

from dataclasses import replace
from datetime import time, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.domain import commands as c
from bot.domain.alert import AlertState, HeldAlert, MessageRef, Severity
from bot.domain.calendar import Calendar, Window
from bot.domain.decide import decide, wanted
from bot.domain.decision import Decision
from bot.domain.effects import PageChannel, PagePerson, standing
from bot.domain.ids import CalendarId, LadderId, PersonId, ServiceId
from bot.domain.incident import Incident, Status, TicketState, Via
from bot.domain.ladder import (
    LONGEST_HOLD,
    LONGEST_REPEAT,
    ChannelTarget,
    Condition,
    Ladder,
    Otherwise,
    RotatingTarget,
    Rung,
    Step,
    TurnBy,
)
from bot.domain.outlook import outlook
from bot.domain.people import MethodKind, Person
from bot.domain.refused import Refused
from tests.examples import (
    ANN,
    BOB,
    CLEO,
    NOW,
    PAYMENTS,
    PRIMARY,
    ROSTER,
    actor,
    alert,
    on_call,
    opened,
    to,
)

people = st.sampled_from(["ann", "bob", "cleo"])
severities = st.sampled_from(list(Severity))
fingerprints = st.sampled_from(["f1", "f2", "f3"])

OFFICE = Calendar(
    id=CalendarId("office"),
    zone="Europe/London",
    windows=(Window(days=frozenset(range(5)), begin=time(9), end=time(17)),),
)
conditions = st.none() | st.builds(
    Condition,
    severities=st.sampled_from([(), (Severity.SEV1,), (Severity.SEV2, Severity.SEV3)]),
    during=st.sampled_from([None, OFFICE]),
    outside=st.sampled_from([None, OFFICE]),
    local=st.sampled_from([None, Window(begin=time(8), end=time(22))]),
)
turning = st.builds(
    RotatingTarget,
    people=st.sampled_from([(ANN.id, BOB.id, CLEO.id), (BOB.id,), (PersonId("gone"),)]),
    by=st.sampled_from(TurnBy),
    every=st.sampled_from([None, timedelta(minutes=2)]),
)
targets = turning | st.sampled_from(
    [to("ann"), to("bob"), to("gone"), on_call(), ChannelTarget(channel="#a")]
)
rungs = st.builds(
    Rung,
    targets=st.lists(targets, min_size=1, max_size=3).map(tuple),
    wait=st.sampled_from([timedelta(minutes=5), timedelta(hours=3)]),
    when=conditions,
    otherwise=st.sampled_from(Otherwise),
    wait_in=st.sampled_from([None, OFFICE]),
)
ladders = st.builds(
    Ladder,
    id=st.just(LadderId("any")),
    rungs=st.lists(rungs, min_size=1, max_size=4).map(tuple),
    rounds=st.integers(1, 3),
    delay=st.sampled_from([timedelta(), timedelta(minutes=3)]),
    acknowledgements=st.integers(1, 3),
    roles=st.sampled_from([(), (PRIMARY.id,)]),
)


class Life(RuleBasedStateMachine):
    """One incident and everything that can happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        first = opened()
        self.incident: Incident = first.incident
        self.held: dict[str, HeldAlert] = {item.fingerprint: item for item in first.held}
        self.keys: set[str] = set()
        self.seqs = self.incident.entries

    @initialize(ladder=ladders, turn=st.integers(0, 5))
    def begin(self, ladder: Ladder, turn: int) -> None:
        """With any ladder."""
        first = opened(replace(PAYMENTS, ladder=ladder))
        self.incident = replace(first.incident, turn=turn)
        self.held = {item.fingerprint: item for item in first.held}

    def happen(self, command: c.Command) -> Decision | None:
        before = self.incident
        try:
            decision = decide(before, command, self.now)
        except Refused as refused:
            assert str(refused)  # noqa: PT017 - a machine, not a single expectation
            return None
        self.incident = decision.incident
        self.held |= {item.fingerprint: item for item in decision.held}
        for entry in decision.entries:
            self.seqs += 1
            assert entry.seq == self.seqs
        for effect in decision.effects:
            assert standing(effect) or effect.key not in self.keys
            self.keys.add(effect.key)
            if isinstance(effect, PagePerson | PageChannel) and effect.step.round > 0:
                assert isinstance(command, c.RungDue)
                assert before.status is Status.TRIGGERED
                assert wanted(self.incident, effect)
            if isinstance(effect, PagePerson) and effect.step.round > 0 and not self.last_resort:
                users = [item.by.slack_user for item in before.acknowledgements]
                assert effect.slack_user not in users, "who has answered is left alone"
        if not decision.changed:
            assert decision == Decision(incident=before, changed=False)
        if before.status is Status.RESOLVED and self.incident.status is not Status.RESOLVED:
            assert isinstance(command, c.Reopen | c.AlertSeen | c.Undo)
        if decision.changed:
            assert self.incident.version == before.version + 1
        return decision

    @property
    def last_resort(self) -> bool:
        """Whether better anybody is paged than nobody."""
        return self.incident.escalation is not None and self.incident.escalation.exhausted_at is not None

    @rule(seconds=st.integers(0, 100_000))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.incident.due_at is not None)
    @rule()
    def rung_due(self) -> None:
        assert self.incident.due_at is not None
        due = self.incident.due_at
        self.now = max(self.now, due)
        decision = self.happen(c.RungDue(due_at=due, roster=ROSTER))
        assert decision is not None
        assert decision.changed
        stale = decide(self.incident, c.RungDue(due_at=due, roster=ROSTER), self.now)
        assert not stale.changed

    @precondition(lambda self: self.incident.wake_at is not None)
    @rule()
    def wake_due(self) -> None:
        assert self.incident.wake_at is not None
        self.now = max(self.now, self.incident.wake_at)
        self.happen(c.WakeDue(wake_at=self.incident.wake_at))
        assert self.incident.status is Status.TRIGGERED

    @rule(by=people, minutes=st.one_of(st.none(), st.integers(1, 3000)))
    def acknowledge(self, by: str, minutes: int | None) -> None:
        until = None if minutes is None else self.now + timedelta(minutes=minutes)
        self.happen(c.Acknowledge(by=actor(by), via=Via.CARD, until=until))

    @rule(by=people)
    def take_back(self, by: str) -> None:
        self.happen(c.Undo(by=actor(by), via=Via.CARD))

    @precondition(lambda self: self.incident.undos)
    @rule(seconds=st.integers(0, 29))
    def take_back_in_time(self, seconds: int) -> None:
        last = self.incident.undos[-1]
        self.now = max(self.now, last.at + timedelta(seconds=seconds))
        self.happen(c.Undo(by=last.by, via=Via.CARD))

    @rule(by=people, minutes=st.sampled_from([30, 60, 2000]))
    def extend(self, by: str, minutes: int) -> None:
        self.happen(c.Extend(by=actor(by), via=Via.PAGE, span=timedelta(minutes=minutes)))

    @rule(by=people, to=st.sampled_from([ANN, BOB, CLEO]))
    def hand_over(self, by: str, to: Person) -> None:
        self.happen(c.HandOver(by=actor(by), via=Via.CARD, to=to))

    @rule(by=people, accept=st.booleans())
    def answer_offer(self, by: str, accept: bool) -> None:
        offer = self.incident.offers[0].id if self.incident.offers else "0"
        self.happen(c.AnswerOffer(by=actor(by), via=Via.PAGE, offer=offer, accept=accept))

    @rule(outgoing=st.sampled_from([ANN, BOB]), incoming=st.sampled_from([BOB, CLEO]))
    def shift_changes(self, outgoing: Person, incoming: Person) -> None:
        change = c.ShiftChanged(schedule=PRIMARY.id, at=self.now, outgoing=outgoing, incoming=incoming)
        before = self.incident
        self.happen(change)
        assert self.incident.acknowledgements == before.acknowledgements

    @rule()
    def duty_changes(self) -> None:
        due = self.incident.due_at
        self.happen(c.DutyChanged(roster=ROSTER))
        assert self.incident.due_at == due, "nothing is kept back here"

    @precondition(lambda self: self.incident.owed_at is not None)
    @rule()
    def owed_due(self) -> None:
        at, due = self.incident.owed_at, self.incident.due_at
        assert at is not None
        self.now = max(self.now, at)
        self.happen(c.OwedDue(owed_at=at, roster=ROSTER))
        assert self.incident.due_at == due, "what is made up for moves no climb"

    @precondition(lambda self: self.incident.remind_at is not None)
    @rule()
    def reminder_due(self) -> None:
        due = self.incident.remind_at
        assert due is not None
        self.now = max(self.now, due)
        decision = self.happen(c.RemindDue(remind_at=due))
        assert decision is not None
        assert decision.changed
        assert self.incident.remind_at is None
        assert self.incident.status is Status.ACKNOWLEDGED

    @rule(by=people)
    def unacknowledge(self, by: str) -> None:
        self.happen(c.Unacknowledge(by=actor(by), via=Via.CARD))

    @rule(by=people, minutes=st.integers(-5, 2000))
    def snooze(self, by: str, minutes: int) -> None:
        self.happen(c.Snooze(by=actor(by), via=Via.CARD, until=self.now + timedelta(minutes=minutes)))

    @rule(by=people)
    def resolve(self, by: str) -> None:
        self.happen(c.Resolve(by=actor(by), via=Via.CARD))

    @rule(by=people)
    def reopen(self, by: str) -> None:
        self.happen(c.Reopen(by=actor(by), via=Via.CARD))

    @rule(by=people, severity=severities)
    def change_severity(self, by: str, severity: Severity) -> None:
        self.happen(c.ChangeSeverity(by=actor(by), via=Via.CARD, severity=severity))

    @rule(by=people)
    def note(self, by: str) -> None:
        self.happen(c.AddNote(by=actor(by), via=Via.CARD, text="x"))

    @rule(by=people)
    def page_people(self, by: str) -> None:
        self.happen(c.PagePeople(by=actor(by), via=Via.CARD, people=(BOB, CLEO)))

    @rule(
        by=people, step=st.one_of(st.none(), st.builds(Step, round=st.integers(1, 3), rung=st.integers(1, 2)))
    )
    def escalate(self, by: str, step: Step | None) -> None:
        self.happen(c.Escalate(by=actor(by), via=Via.CARD, as_of=step))

    @rule(by=people, to=st.integers(0, 5))
    def escalate_to(self, by: str, to: int) -> None:
        self.happen(c.Escalate(by=actor(by), via=Via.CARD, to=to))

    @precondition(lambda self: self.incident.ask_at is not None and self.incident.unconfirmed is None)
    @rule()
    def ask_again(self) -> None:
        assert self.incident.ask_at is not None
        ask_at = self.incident.ask_at
        self.now = max(self.now, ask_at)
        decision = self.happen(c.AskAgainDue(ask_at=ask_at, roster=ROSTER))
        assert decision is not None
        assert decision.changed
        assert all(each.again_at is None or each.again_at > self.now for each in self.incident.asked)

    @rule(by=people)
    def stop_pages(self, by: str) -> None:
        self.happen(c.StopPages(by=actor(by), via=Via.PAGE))

    @rule(by=people, ladder=ladders)
    def restart(self, by: str, ladder: Ladder) -> None:
        service = replace(self.incident.service, ladder=ladder)
        self.happen(c.Restart(by=actor(by), via=Via.COMMAND, service=service))

    @rule(by=people, ladder=ladders, name=st.sampled_from(["payments", "search"]))
    def move(self, by: str, ladder: Ladder, name: str) -> None:
        service = replace(PAYMENTS, id=ServiceId(name), name=name, ladder=ladder)
        self.happen(c.Move(by=actor(by), via=Via.COMMAND, service=service))

    @rule(person=st.sampled_from([ANN, BOB]), epoch=st.integers(0, 5))
    def decline(self, person: object, epoch: int) -> None:
        assert person in (ANN, BOB)
        who = ANN if person == ANN else BOB
        self.happen(c.Decline(by=actor(str(who.id)), via=Via.PAGE, person=who.id, epoch=epoch))

    @rule(fingerprint=fingerprints, severity=severities, state=st.sampled_from(AlertState))
    def alert(self, fingerprint: str, severity: Severity, state: AlertState) -> None:
        self.happen(
            c.AlertSeen(
                alert=alert(state, fingerprint=fingerprint),
                severity=severity,
                held=self.held.get(fingerprint),
            )
        )

    @rule(more=st.booleans(), epoch=st.integers(0, 5), round_=st.integers(1, 3), rung=st.integers(1, 2))
    def page_fails(self, more: bool, epoch: int, round_: int, rung: int) -> None:
        step = Step(round=round_, rung=rung)
        self.happen(
            c.PageFailed(person="Ann", method=MethodKind.SLACK, reason="x", epoch=epoch, step=step, more=more)
        )

    @rule()
    def answers(self) -> None:
        self.happen(c.CardPosted(card=MessageRef(channel="C1", ts="1.0")))
        self.happen(c.ThreadPosted(through=self.incident.entries))
        self.happen(c.PageSent(person="Ann", method=MethodKind.EMAIL))
        self.happen(c.TicketOpened(key="OPS-1", url="https://jira.example.com/browse/OPS-1"))
        self.happen(c.TicketMoved(status="Done"))
        self.happen(c.TicketTrouble(state=TicketState.FAILED, problem="x"))
        self.happen(c.DeliveryGivenUp(what="refresh card", reason="channel_not_found"))
        self.happen(c.RetryTicket(by=actor("ann"), via=Via.CARD))

    @invariant()
    def only_a_triggered_incident_climbs(self) -> None:
        if self.incident.due_at is not None:
            assert self.incident.status is Status.TRIGGERED

    @invariant()
    def nothing_is_held_for_longer_than_a_week(self) -> None:
        escalation = self.incident.escalation
        if escalation is not None and escalation.hold is not None and escalation.due_at is not None:
            assert escalation.due_at <= max(self.now, escalation.hold.since + LONGEST_HOLD)

    @invariant()
    def an_exhausted_ladder_goes_on_hourly(self) -> None:
        escalation = self.incident.escalation
        if escalation is not None and escalation.exhausted_at is not None and escalation.due_at is not None:
            assert escalation.due_at <= self.now + LONGEST_REPEAT

    @invariant()
    def nobody_is_asked_for_what_is_over(self) -> None:
        if not self.incident.open:
            assert self.incident.ask_at is None
            assert self.incident.next_at is None

    @invariant()
    def who_is_next_is_told_without_a_doubt(self) -> None:
        ahead = outlook(self.incident, ROSTER)
        assert (ahead is None) is (self.incident.due_at is None)

    @invariant()
    def an_open_incident_is_never_forgotten(self) -> None:
        incident = self.incident
        if incident.status is Status.TRIGGERED:
            assert incident.due_at is not None or incident.unpaged
        if incident.status is Status.ACKNOWLEDGED:
            assert incident.acknowledgements
        holders = [item.by for item in incident.acknowledgements]
        assert all(any(each.same(offer.giver) for each in holders) for offer in incident.offers)

    @invariant()
    def the_counts_are_true(self) -> None:
        firing = sum(1 for item in self.held.values() if item.state is AlertState.FIRING)
        assert self.incident.alerts.firing == firing


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLife = Life.TestCase
