"""The machine: what people, sources, the clock and the workers do to a store, in any order."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.domain import commands as c
from bot.domain.alert import AlertState, Severity
from bot.domain.decide import decide
from bot.domain.incident import Incident, Status, Via
from bot.domain.intake import declared, fired, may_reopen, source_of
from bot.domain.refused import Refused
from bot.domain.route import routing_labels
from bot.service import ById, Desk
from tests.examples import BOB, CLEO, PAYMENTS, actor, alert
from tests.store.world import World

TICK = timedelta(milliseconds=1)
PEOPLE = st.sampled_from(["ann", "bob", "cleo"])
SEVERITIES = st.sampled_from(Severity)
WHICH = st.integers(0, 5)
REPLICA = st.integers(0, 1)


when_there_is_one = precondition(lambda self: bool(self.world.account.incidents))


class People(RuleBasedStateMachine):
    """People and sources: every step is decided twice, by the desk on the database and by the model."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.done: list[str] = []

    def desk(self, replica: int) -> Desk:
        """The use cases, on one of the replicas."""
        world = self.world
        return Desk(world.store(replica), world.clock, lambda: world.configuration, lambda: None)

    @invariant()
    def the_store_is_as_the_account_says(self) -> None:
        self.world.compare(len(self.done))
        self.world.clock.at += TICK  # so that what one step does is not due at the instant of another

    # declaring and alerts

    @rule(by=PEOPLE, severity=SEVERITIES, page=st.booleans(), replica=REPLICA)
    def declare(self, by: str, severity: Severity, *, page: bool, replica: int) -> None:
        world, request = self.world, self.world.request()
        service = world.configuration.services[PAYMENTS.id]
        wish = c.Declare(
            by=actor(by), title="API down", service=service, severity=severity, via=Via.COMMAND, page=page
        )
        made = world.run(self.desk(replica).declare(request, wish)).after

        new = Incident(
            id=made.id,
            number=made.number,
            title=wish.title,
            service=service,
            severity=severity,
            status=Status.TRIGGERED,
            source="declared by hand",
            opened_at=world.now,
            opened_by=wish.by,
        )
        self.opened(new)
        world.account.save([declared(new, wish)], world.now)
        self.remember(request)

    def opened(self, new: Incident) -> None:
        """A number is never given twice."""
        assert new.number not in {each.number for each in self.world.account.incidents.values()}
        self.world.told(f"{new.key} is opened")

    def remember(self, request: str) -> None:
        """This request was done."""
        self.done.append(request)
        self.world.account.inbox[request] = self.world.now

    @rule(
        fingerprint=st.sampled_from(["f1", "f2"]),
        severity=SEVERITIES,
        state=st.sampled_from([AlertState.FIRING, AlertState.FIRING, AlertState.CLEARED]),
        minutes=st.sampled_from([None, None, -10, 0]),
        replica=REPLICA,
    )
    def alert(
        self, fingerprint: str, severity: Severity, state: AlertState, minutes: int | None, replica: int
    ) -> None:
        """`minutes` is the source's own time, relative to ours."""
        world, request = self.world, self.world.request()
        at = None if minutes is None else world.now + timedelta(minutes=minutes)
        signal = replace(alert(state, fingerprint=fingerprint, at=at), severity=severity)
        (taken,) = world.run(self.desk(replica).ingest(request, [signal]))

        key = f"{signal.source}|{fingerprint}"
        same = [each for each in world.account.incidents.values() if each.dedup_key == key]
        known = next(
            (each for each in same if each.open), max(same, key=lambda it: it.opened_at, default=None)
        )
        self.remember(request)
        if known is not None and self.taken_in(known, c.AlertSeen(alert=signal, severity=severity)):
            assert taken.incident == world.account.incidents[known.id]
        elif state is AlertState.CLEARED:
            assert taken.incident is None
        else:
            assert taken.incident is not None
            self.fires(signal_of=c.AlertSeen(alert=signal, severity=severity), made=taken.incident, key=key)
        world.told(f"{fingerprint} is {state}: {taken.outcome}")

    def taken_in(self, known: Incident, seen: c.AlertSeen) -> bool:
        """Whether the incident that is known takes the signal, or at least knows better."""
        account, signal = self.world.account, seen.alert
        held = account.held.get((known.id, signal.source, signal.fingerprint))
        late = held and held.source_at and signal.at and signal.at < held.source_at
        cleared = signal.state is AlertState.CLEARED
        if not (known.open or cleared or late or may_reopen(known, self.world.now)):
            return False
        self.world.decided(known.id, replace(seen, held=held))
        return True

    def fires(self, signal_of: c.AlertSeen, made: Incident, key: str) -> None:
        """An alert that nobody knows opens an incident."""
        signal = signal_of.alert
        new = Incident(
            id=made.id,
            number=made.number,
            title=signal.title,
            service=self.world.configuration.services[PAYMENTS.id],
            severity=signal_of.severity,
            status=Status.TRIGGERED,
            source=signal.source,
            opened_at=self.world.now,
            opened_by=source_of(signal),
            dedup_key=key,
            labels=routing_labels(signal),
        )
        self.opened(new)
        self.world.account.save([fired(new, signal_of)], self.world.now)

    # wishes

    def wish(self, which: int, replica: int, wish: c.Wish) -> None:
        """The desk and the model grant it, or both refuse it with the same words."""
        world, request = self.world, self.world.request()
        incident = world.incident(which)
        try:
            handled = world.run(self.desk(replica).handle(request, ById(id=incident.id), wish))
        except Refused as refused:
            why: str | None = str(refused)
        else:
            why = None
        if why is not None:
            world.told(f"{incident.key}: {type(wish).__name__} is refused")
            assert why == self.refusal(incident, wish)
            return
        world.decided(incident.id, wish)
        world.told(f"{incident.key}: {type(wish).__name__} by {wish.by.name}")
        assert handled.after == world.account.incidents[incident.id]
        self.remember(request)

    def refusal(self, incident: Incident, wish: c.Wish) -> str:
        """Why the model does not grant it; a second open incident of the same alert is the desk's reason."""
        try:
            decide(incident, wish, self.world.now)
        except Refused as refused:
            return str(refused)
        others = self.world.account.incidents.values()
        (other,) = (each for each in others if each.open and each.dedup_key == incident.dedup_key)
        return f"Couldn't reopen {incident.key}: {other.key} is open for the same alert. Use that one."

    @when_there_is_one
    @rule(
        which=WHICH,
        by=PEOPLE,
        minutes=st.sampled_from([None, None, 1, 90]),
        via=st.sampled_from([Via.CARD, Via.PAGE]),
        replica=REPLICA,
    )
    def acknowledge(self, which: int, by: str, minutes: int | None, via: Via, replica: int) -> None:
        until = None if minutes is None else self.world.now + timedelta(minutes=minutes)
        self.wish(which, replica, c.Acknowledge(by=actor(by), via=via, until=until))

    @when_there_is_one
    @rule(which=WHICH, by=PEOPLE, replica=REPLICA)
    def unacknowledge(self, which: int, by: str, replica: int) -> None:
        self.wish(which, replica, c.Unacknowledge(by=actor(by), via=Via.CARD))

    @when_there_is_one
    @rule(which=WHICH, by=PEOPLE, replica=REPLICA)
    def take_back(self, which: int, by: str, replica: int) -> None:
        self.wish(which, replica, c.Undo(by=actor(by), via=Via.CARD))

    @when_there_is_one
    @rule(which=WHICH, by=PEOPLE, minutes=st.sampled_from([30, 60]), replica=REPLICA)
    def extend(self, which: int, by: str, minutes: int, replica: int) -> None:
        span = timedelta(minutes=minutes)
        self.wish(which, replica, c.Extend(by=actor(by), via=Via.PAGE, span=span))

    @when_there_is_one
    @rule(which=WHICH, by=PEOPLE, to=st.sampled_from([BOB, CLEO]), replica=REPLICA)
    def hand_over(self, which: int, by: str, to: object, replica: int) -> None:
        whom = BOB if to == BOB else CLEO
        self.wish(which, replica, c.HandOver(by=actor(by), via=Via.CARD, to=whom))

    @when_there_is_one
    @rule(which=WHICH, accept=st.booleans(), replica=REPLICA)
    def answer_the_offer(self, which: int, replica: int, *, accept: bool) -> None:
        offer = next(iter(self.world.incident(which).offers), None)
        by = actor((offer.slack_user if offer else "UBOB").removeprefix("U").lower())
        wish = c.AnswerOffer(by=by, via=Via.PAGE, offer=offer.id if offer else "0", accept=accept)
        self.wish(which, replica, wish)

    @when_there_is_one
    @rule(which=WHICH, by=PEOPLE, minutes=st.integers(0, 300), replica=REPLICA)
    def snooze(self, which: int, by: str, minutes: int, replica: int) -> None:
        until = self.world.now + timedelta(minutes=minutes)
        self.wish(which, replica, c.Snooze(by=actor(by), via=Via.CARD, until=until))

    @when_there_is_one
    @rule(which=WHICH, person=st.sampled_from([BOB, CLEO]), replica=REPLICA)
    def decline(self, which: int, person: object, replica: int) -> None:
        who = BOB if person == BOB else CLEO
        incident = self.world.incident(which)
        step = incident.escalation.step if incident.escalation else None
        wish = c.Decline(by=actor(who.id), via=Via.PAGE, person=who.id, epoch=incident.epoch, as_of=step)
        self.wish(which, replica, wish)

    @when_there_is_one
    @rule(which=WHICH, by=PEOPLE, replica=REPLICA)
    def resolve(self, which: int, by: str, replica: int) -> None:
        self.wish(which, replica, c.Resolve(by=actor(by), via=Via.CARD, summary="mended"))

    @when_there_is_one
    @rule(which=WHICH, by=PEOPLE, replica=REPLICA)
    def reopen(self, which: int, by: str, replica: int) -> None:
        self.wish(which, replica, c.Reopen(by=actor(by), via=Via.CARD))

    @when_there_is_one
    @rule(which=WHICH, by=PEOPLE, replica=REPLICA)
    def escalate(self, which: int, by: str, replica: int) -> None:
        self.wish(which, replica, c.Escalate(by=actor(by), via=Via.CARD))

    @when_there_is_one
    @rule(which=WHICH, by=PEOPLE, severity=SEVERITIES, replica=REPLICA)
    def change_severity(self, which: int, by: str, severity: Severity, replica: int) -> None:
        self.wish(which, replica, c.ChangeSeverity(by=actor(by), via=Via.CARD, severity=severity))

    @when_there_is_one
    @rule(which=WHICH, by=PEOPLE, replica=REPLICA)
    def page_by_hand(self, which: int, by: str, replica: int) -> None:
        self.wish(which, replica, c.PagePeople(by=actor(by), via=Via.COMMAND, people=(BOB, CLEO)))

    @when_there_is_one
    @rule(which=WHICH, by=PEOPLE, replica=REPLICA)
    def stop_being_paged(self, which: int, by: str, replica: int) -> None:
        self.wish(which, replica, c.StopPages(by=actor(by), via=Via.PAGE))

    @when_there_is_one
    @rule(which=WHICH, by=PEOPLE, replica=REPLICA)
    def note(self, which: int, by: str, replica: int) -> None:
        self.wish(which, replica, c.AddNote(by=actor(by), via=Via.COMMAND, text="looking"))

    @precondition(lambda self: self.done and self.world.account.incidents)
    @rule(which=WHICH, request=st.integers(0, 30), replica=REPLICA)
    def the_same_request_again(self, which: int, request: int, replica: int) -> None:
        """Nothing happens, whatever it asks for; after some days it is a new one."""
        world, key = self.world, self.done[request % len(self.done)]
        if key not in world.account.inbox:
            return
        incident, wish = world.incident(which), c.AddNote(by=actor("ann"), via=Via.COMMAND, text="again")
        handled = world.run(self.desk(replica).handle(key, ById(id=incident.id), wish))
        assert handled.repeated
        assert handled.after == incident
