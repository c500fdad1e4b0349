"""Laws that hold whatever happens, in whatever order."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.domain import commands as c
from bot.domain.alert import AlertState, HeldAlert, MessageRef, Severity
from bot.domain.decide import decide, wanted
from bot.domain.decision import Decision
from bot.domain.effects import PageChannel, PagePerson, standing
from bot.domain.incident import Incident, Status, TicketState, Via
from bot.domain.ladder import Step
from bot.domain.people import MethodKind, Person
from bot.domain.refused import Refused
from tests.examples import ANN, BOB, CLEO, NOW, PRIMARY, ROSTER, actor, alert, opened

people = st.sampled_from(["ann", "bob", "cleo"])
severities = st.sampled_from(list(Severity))
fingerprints = st.sampled_from(["f1", "f2", "f3"])


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
        if not decision.changed:
            assert decision == Decision(incident=before, changed=False)
        if before.status is Status.RESOLVED and self.incident.status is not Status.RESOLVED:
            assert isinstance(command, c.Reopen | c.AlertSeen | c.Undo)
        if decision.changed:
            assert self.incident.version == before.version + 1
        return decision

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
