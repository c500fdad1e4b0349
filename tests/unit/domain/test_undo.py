"""Taking back: an incident goes on as if it had never been, but for what was sent already."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.alert import AlertState, Severity
from bot.domain.decide import decide
from bot.domain.effects import Lane, PagePerson
from bot.domain.incident import Incident, Status, Via
from bot.domain.ladder import FIRST_STEP
from bot.domain.people import MethodKind
from bot.domain.refused import Refused
from bot.domain.timers import due_command
from tests.examples import BOB, CLEO, MINUTE, NOW, ROSTER, actor, alert, opened
from tests.store.account import Account
from tests.unit.domain.test_decide import LATER, acknowledged, held, resolved, rung_fired

SECOND = timedelta(seconds=1)
ANN = actor("ann")
TAKE_BACK = c.Undo(by=ANN, via=Via.PAGE)


def refused(incident: Incident, wish: c.Wish, at: datetime) -> str:
    with pytest.raises(Refused) as why:
        decide(incident, wish, at)
    return str(why.value)


def test_an_acknowledgement_that_is_taken_back_leaves_the_climb_as_it_was() -> None:
    before = rung_fired()

    decision = decide(acknowledged(), TAKE_BACK, LATER + 20 * SECOND)

    after = decision.incident
    assert (after.status, after.escalation) == (Status.TRIGGERED, before.escalation)
    assert (after.acknowledgements, after.wake_at) == ((), None)
    assert decision.restores_from == acknowledged().version


@pytest.mark.parametrize("wish", [c.Snooze(by=ANN, via=Via.CARD, until=LATER + MINUTE), None])
def test_a_snooze_and_a_resolution_can_be_taken_back_too(wish: c.Snooze | None) -> None:
    done = decide(rung_fired(), wish, LATER).incident if wish else resolved()

    after = decide(done, TAKE_BACK, LATER + 5 * SECOND).incident

    assert (after.status, after.escalation) == (Status.TRIGGERED, rung_fired().escalation)
    assert after.resolution is None
    assert not after.snoozed


def test_a_resolution_of_what_somebody_had_goes_back_to_them() -> None:
    had = acknowledged()
    done = decide(had, c.Resolve(by=actor("bob"), via=Via.CARD), LATER + MINUTE).incident

    after = decide(done, c.Undo(by=actor("bob"), via=Via.CARD), LATER + MINUTE + SECOND).incident

    assert (after.status, after.acknowledgements) == (Status.ACKNOWLEDGED, had.acknowledgements)
    assert after.wake_at == had.wake_at


def test_after_half_a_minute_it_is_too_late_and_says_what_helps() -> None:
    assert decide(acknowledged(), TAKE_BACK, LATER + 30 * SECOND).changed

    why = refused(acknowledged(), TAKE_BACK, LATER + 31 * SECOND)

    assert "Too late" in why
    assert "unack INC-7" in why


def test_only_whoever_did_it_can_take_it_back() -> None:
    why = refused(acknowledged(), c.Undo(by=actor("bob"), via=Via.CARD), LATER + SECOND)

    assert "nothing of yours" in why
    assert "Ann has it" in why


def test_what_somebody_else_has_acknowledged_since_stays_acknowledged_and_says_so() -> None:
    both = decide(acknowledged(), c.Acknowledge(by=actor("bob"), via=Via.CARD), LATER + SECOND).incident

    why = refused(both, TAKE_BACK, LATER + 2 * SECOND)

    assert "Bob has done something to INC-7 since then" in why
    assert "Ann, Bob has it" in why


def test_two_can_take_back_one_after_the_other_the_last_one_first() -> None:
    bob = actor("bob")
    both = decide(acknowledged(), c.Acknowledge(by=bob, via=Via.CARD), LATER + SECOND).incident

    one = decide(both, c.Undo(by=bob, via=Via.CARD), LATER + 2 * SECOND).incident
    none = decide(one, TAKE_BACK, LATER + 3 * SECOND).incident

    assert [item.by.name for item in one.acknowledgements] == ["Ann"]
    assert none.escalation == rung_fired().escalation


@pytest.mark.parametrize(
    "meanwhile",
    [
        c.Escalate(by=actor("bob"), via=Via.CARD),
        c.ChangeSeverity(by=actor("bob"), via=Via.CARD, severity=Severity.SEV1),
        c.Unacknowledge(by=actor("bob"), via=Via.CARD),
        c.Resolve(by=actor("bob"), via=Via.CARD),
    ],
)
def test_what_others_did_meanwhile_is_never_taken_back(meanwhile: c.Wish) -> None:
    since = decide(acknowledged(), meanwhile, LATER + SECOND).incident

    refused(since, TAKE_BACK, LATER + 2 * SECOND)


def test_a_resolution_is_not_taken_back_when_the_alert_has_cleared_since() -> None:
    signal = c.AlertSeen(
        alert=replace(alert(at=LATER), state=AlertState.CLEARED), severity=Severity.SEV2, held=held()
    )
    over = decide(resolved(), signal, LATER + SECOND).incident

    why = refused(over, TAKE_BACK, LATER + 2 * SECOND)

    assert "the alert of INC-7 has cleared" in why


def test_a_page_that_failed_meanwhile_is_not_waited_for() -> None:
    failed = c.PageFailed(
        person="Ann", method=MethodKind.SLACK, reason="gone", epoch=1, step=FIRST_STEP, more=False
    )
    since = decide(acknowledged(), failed, LATER + SECOND).incident

    after = decide(since, TAKE_BACK, LATER + 2 * SECOND).incident

    assert after.due_at == LATER + SECOND


# the law


@dataclass(kw_only=True)
class Night:
    """One incident and its pages on a model of the store, played from one thing that is due to the next."""

    now: datetime = NOW
    account: Account = field(default_factory=Account)
    sent: list[tuple[str, datetime]] = field(default_factory=list)
    climbed: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.account.save([opened()], NOW)

    @property
    def incident(self) -> Incident:
        (incident,) = self.account.incidents.values()
        return incident

    def happen(self, command: c.Command) -> None:
        self.account.save([decide(self.incident, command, self.now)], self.now)

    def play(self, until: datetime) -> None:
        """Everything that is due before then."""
        while (due := self._next()) is not None and due < until:
            self.now = max(self.now, due)
            if command := due_command(self.incident, ROSTER, self.now):
                self.happen(command)
                self.climbed.append(self.now)
            self._deliver()
        self.now = until

    def _next(self) -> datetime | None:
        dues = [self.account.next_climb(), self.account.next_delivery(Lane.PAGE)]
        return min((due for due in dues if due is not None), default=None)

    def _deliver(self) -> None:
        for key, row in self.account.ready(Lane.PAGE, self.now).items():
            if not self.account.is_wanted(row):
                self.account.cancel(key, self.now)
                continue
            row.end("sent", self.now)
            if isinstance(row.effect, PagePerson):
                page = row.effect
                self.sent.append((key if page.step.round else f"{page.person} {page.number}", self.now))


@dataclass(frozen=True)
class Slip:
    """At that second Ann does something, and takes it back a while later."""

    begin: int
    span: int
    what: str

    def wish(self, now: datetime) -> c.Wish:
        match self.what:
            case "acknowledge":
                return c.Acknowledge(by=ANN, via=Via.CARD)
            case "snooze":
                return c.Snooze(by=ANN, via=Via.CARD, until=now + 10 * MINUTE)
            case _:
                return c.Resolve(by=ANN, via=Via.CARD)


slips = st.lists(
    st.builds(
        Slip, st.integers(0, 1500), st.integers(0, 30), st.sampled_from(["acknowledge", "snooze", "resolve"])
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda slip: slip.begin // 40,
)
others = st.lists(
    st.tuples(st.integers(0, 1500), st.sampled_from(["note", "by hand", "decline", "escalate", "joined"])),
    max_size=4,
)
HORIZON = NOW + timedelta(minutes=60)


def _wish(name: str) -> c.Wish:
    by, via = actor("bob"), Via.COMMAND
    match name:
        case "note":
            return c.AddNote(by=by, via=via, text="x")
        case "by hand":
            return c.PagePeople(by=by, via=via, people=(CLEO,))
        case "decline":
            return c.Decline(by=by, via=via, person=BOB.id, epoch=1)
        case "escalate":
            return c.Escalate(by=by, via=via)
        case _:
            return c.Acknowledge(by=by, via=via)


def _apart(slips: Sequence[Slip], other: tuple[int, str]) -> bool:
    """Notes may come at any time; what changes the incident comes outside of the slips."""
    at, name = other
    return name == "note" or all(not slip.begin - 2 <= at <= slip.begin + slip.span + 2 for slip in slips)


def _night(slips: Sequence[Slip], happens: Sequence[tuple[int, str]]) -> Night:
    night = Night()
    steps: list[tuple[int, int, str, Slip | None]] = [(at, 1, name, None) for at, name in happens]
    for slip in slips:
        steps += [(slip.begin, 0, "slip", slip), (slip.begin + slip.span, 2, "undo", slip)]
    for at, _, name, wished in sorted(steps, key=lambda step: step[:2]):
        night.play(NOW + at * SECOND)
        try:
            if name == "undo":
                night.happen(TAKE_BACK)
            else:
                night.happen(wished.wish(night.now) if wished else _wish(name))
        except Refused:
            assert wished is None, "what was done just now can be taken back"
    night.play(HORIZON)
    return night


def _disjoint(slips: Sequence[Slip]) -> bool:
    ordered = sorted(slips, key=lambda slip: slip.begin)
    return all(one.begin + one.span + 1 < other.begin for one, other in pairwise(ordered))


@settings(max_examples=150, deadline=None)
@given(slips=slips.filter(_disjoint), happens=others)
def test_what_is_taken_back_has_never_been(slips: list[Slip], happens: list[tuple[int, str]]) -> None:
    """The same pages go out; none is doubled or lost, and none is later than the slip was long."""
    happens = [other for other in happens if _apart(slips, other)]
    slips = [slip for slip in slips if not _had(happens, slip)]

    slipped, plain = _night(slips, happens), _night([], happens)

    assert sorted(key for key, _ in slipped.sent) == sorted(key for key, _ in plain.sent)
    moments = [*plain.climbed, *(at for _, at in plain.sent)]
    calm = not any(_during(slip, at) for slip in slips for at in moments)
    late = timedelta(seconds=0 if calm else sum(slip.span for slip in slips))
    for (_, at), (_, meant) in zip(sorted(slipped.sent), sorted(plain.sent), strict=True):
        assert meant <= at <= meant + late
    assert _standing(slipped.incident) == _standing(plain.incident)
    if calm:
        assert slipped.incident.escalation == plain.incident.escalation


def _had(happens: Sequence[tuple[int, str]], slip: Slip) -> bool:
    """Whether Bob has it by then: joining him is another thing than acknowledging."""
    return slip.what == "acknowledge" and any(name == "joined" and at < slip.begin for at, name in happens)


def _during(slip: Slip, at: datetime) -> bool:
    """Whether something was to happen while it stood: it happens when it is taken back."""
    return NOW + slip.begin * SECOND <= at <= NOW + (slip.begin + slip.span) * SECOND


def _standing(incident: Incident) -> tuple[object, ...]:
    held = (incident.status, incident.acknowledgements, incident.wake_at, incident.snoozed)
    climb = incident.escalation
    where = (climb.epoch, climb.climbed.id, climb.step) if climb else None
    return (*held, where, incident.declined, incident.resolution)
