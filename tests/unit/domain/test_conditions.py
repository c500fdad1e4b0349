"""Rungs that count only sometimes: skipped at once, or held until they do."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.calendar import Calendar, Window
from bot.domain.condition import holds_from
from bot.domain.decide import decide, wanted
from bot.domain.decision import Decision
from bot.domain.effects import Announce, PagePerson
from bot.domain.ids import CalendarId
from bot.domain.incident import Incident, Via
from bot.domain.ladder import (
    LONGEST_PAUSE,
    Condition,
    Ladder,
    Otherwise,
    Rung,
    Target,
    next_due,
)
from bot.domain.outlook import outlook
from bot.domain.timeline import EntryKind
from tests.examples import ANN, MINUTE, NOW, PAYMENTS, ROSTER, actor, on_call, rung, to, triggered
from tests.unit.domain.test_climb import climb, paged

WEEK = frozenset(range(5))
OFFICE = Calendar(
    id=CalendarId("office"),
    zone="Europe/London",
    windows=(Window(days=WEEK, begin=time(9), end=time(17)),),
    holidays=(date(2026, 11, 24),),
)
OPENS = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""NOW is a Monday, 03:10 in London."""


def when(
    *targets: Target,
    during: Calendar | None = None,
    outside: Calendar | None = None,
    local: Window | None = None,
    severities: tuple[Severity, ...] = (),
    hold: bool = False,
) -> Rung:
    condition = Condition(during=during, outside=outside, local=local, severities=severities)
    otherwise = Otherwise.HOLD if hold else Otherwise.SKIP
    return replace(rung(*targets), when=condition, otherwise=otherwise)


def incident(*rungs: Rung, severity: Severity = Severity.SEV2, rounds: int = 1) -> Incident:
    ladder = Ladder(id=PAYMENTS.ladder.id, rungs=rungs, rounds=rounds)
    return triggered(replace(PAYMENTS, ladder=ladder), severity)


def test_a_rung_whose_condition_fails_is_skipped_at_once_and_that_is_entered() -> None:
    decision = climb(incident(when(to("ann"), during=OFFICE), when(to("bob"), outside=OFFICE)))

    assert paged(decision) == ["bob"]
    skipped = [entry.facts for entry in decision.entries if entry.kind is EntryKind.SKIPPED]
    assert skipped == [{"rung": "1", "round": "1", "why": "during office"}]


@pytest.mark.parametrize("severity", [Severity.SEV1, Severity.SEV3])
def test_a_rung_may_be_for_some_severities_only(severity: Severity) -> None:
    decision = climb(
        incident(when(to("ann"), severities=(Severity.SEV1,)), rung(to("bob")), severity=severity)
    )

    assert paged(decision) == (["ann"] if severity is Severity.SEV1 else ["bob"])


def test_a_held_rung_waits_until_its_window_opens_and_says_so_once() -> None:
    before = incident(when(to("ann"), during=OFFICE, hold=True))

    held = climb(before)
    fired = climb(held.incident)

    assert paged(held) == []
    assert [entry.kind for entry in held.entries] == [EntryKind.HELD]
    assert held.incident.due_at == OPENS
    ahead = outlook(held.incident, ROSTER)
    assert ahead is not None
    assert (ahead.names, ahead.at) == (("Ann",), OPENS)
    assert paged(fired) == ["ann"]
    assert fired.incident.due_at == OPENS + 5 * MINUTE


def test_a_hold_that_is_looked_at_too_early_goes_on_without_another_word() -> None:
    held = climb(incident(when(to("ann"), during=OFFICE, hold=True))).incident
    assert held.escalation is not None
    early = replace(held, escalation=replace(held.escalation, due_at=NOW + MINUTE))

    again = climb(early)

    assert again.entries == ()
    assert again.incident.due_at == OPENS


def test_nothing_is_held_for_longer_than_seven_days() -> None:
    never = Calendar(
        id=CalendarId("never"),
        zone="UTC",
        windows=(Window(begin=time(9), end=time(17)),),
        holidays=tuple(date(2026, 11, 20) + timedelta(days=day) for day in range(60)),
    )
    held = climb(incident(when(to("ann"), during=never, hold=True))).incident

    fired = climb(held)

    assert held.due_at == NOW + timedelta(days=7)
    assert paged(fired) == ["ann"]


def test_escalating_fires_a_held_rung_now() -> None:
    held = climb(incident(when(to("ann"), during=OFFICE, hold=True))).incident

    asked = decide(held, c.Escalate(by=actor("bob"), via=Via.CARD), NOW + MINUTE).incident

    assert paged(climb(asked, NOW + MINUTE)) == ["ann"]


def test_a_severity_that_does_not_fit_is_never_waited_for() -> None:
    rungs = (when(to("ann"), severities=(Severity.SEV1,), hold=True), rung(to("bob")))

    assert paged(climb(incident(*rungs))) == ["bob"]


def test_raising_the_severity_pages_from_the_first_rung_that_fits_and_lowering_it_pages_nobody() -> None:
    fired = climb(incident(when(to("ann"), severities=(Severity.SEV1,)), rung(to("bob")))).incident

    raised = decide(
        fired, c.ChangeSeverity(by=actor("bob"), via=Via.CARD, severity=Severity.SEV1), NOW + MINUTE
    )
    lowered = decide(
        fired, c.ChangeSeverity(by=actor("bob"), via=Via.CARD, severity=Severity.SEV4), NOW + MINUTE
    )

    assert paged(climb(raised.incident, NOW + MINUTE)) == ["ann"]
    assert lowered.incident.due_at == fired.due_at
    assert paged(lowered) == []


def test_the_clock_of_whoever_is_on_call_counts() -> None:
    """03:10 in London is 16:10 in Auckland."""
    roster = replace(ROSTER, people={**ROSTER.people, ANN.id: replace(ANN, zone="Pacific/Auckland")})
    day = Window(begin=time(8), end=time(22))
    both = incident(when(to("ann"), to("bob"), local=day))
    held = climb(incident(when(to("bob"), local=day, hold=True)), roster=roster)

    assert paged(climb(both, roster=roster)) == ["ann"]
    assert held.incident.escalation is not None
    assert held.incident.escalation.hold is not None
    assert held.incident.escalation.hold.until == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert held.incident.due_at == NOW + timedelta(hours=1), "who is on call may change meanwhile"


def test_an_exhausted_ladder_holds_nothing_and_rather_wakes_somebody_than_nobody() -> None:
    ladder = Ladder(id=PAYMENTS.ladder.id, rungs=(when(to("ann"), during=OFFICE),))
    decision = climb(triggered(replace(PAYMENTS, ladder=ladder, catch_all=None)))

    assert paged(decision) == ["ann"]
    assert decision.incident.escalation is not None
    assert decision.incident.escalation.exhausted_at == NOW
    assert [e.about for e in decision.effects if isinstance(e, Announce)] == ["exhausted"]


def test_a_wait_may_count_in_a_calendar_only() -> None:
    first = replace(rung(to("ann"), minutes=60), wait_in=OFFICE)
    fired = climb(incident(first, rung(to("bob"))), NOW)

    assert fired.incident.due_at == OPENS + timedelta(hours=1)


def test_a_wait_in_a_calendar_passes_over_holidays_but_not_for_ever() -> None:
    friday_noon = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    closed = replace(OFFICE, holidays=tuple(date(2026, 11, 23) + timedelta(days=n) for n in range(90)))

    assert next_due(friday_noon, timedelta(hours=1), friday_noon, OFFICE) == datetime(
        2026, 11, 25, 9, 30, tzinfo=UTC
    )
    assert next_due(friday_noon, MINUTE, friday_noon, closed) == friday_noon + MINUTE + LONGEST_PAUSE


def test_the_initial_delay_counts_when_the_incident_begins_and_never_again() -> None:
    ladder = Ladder(id=PAYMENTS.ladder.id, rungs=(rung(to("ann")),), delay=2 * MINUTE)
    began = triggered(replace(PAYMENTS, ladder=ladder))
    worse = c.ChangeSeverity(by=actor("bob"), via=Via.CARD, severity=Severity.SEV1)

    assert began.due_at == NOW + 2 * MINUTE
    assert decide(began, worse, NOW + MINUTE).incident.due_at == NOW + MINUTE


windows = st.builds(
    Window,
    days=st.frozensets(st.integers(0, 6)),
    begin=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    end=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
zones = st.sampled_from(["UTC", "Europe/London", "America/New_York", "Pacific/Auckland", "Asia/Kolkata"])
calendars = st.builds(
    Calendar,
    id=st.just(CalendarId("any")),
    zone=zones,
    windows=st.lists(windows, min_size=1, max_size=3).map(tuple),
)


@settings(deadline=None)
@given(during=st.none() | calendars, outside=st.none() | calendars, at=st.integers(0, 60 * 24 * 400))
def test_from_when_on_a_condition_holds_is_the_first_such_minute(
    during: Calendar | None, outside: Calendar | None, at: int
) -> None:
    begin = datetime(2026, 3, 1, tzinfo=UTC) + at * MINUTE
    limit = begin + timedelta(days=2)
    condition = Condition(during=during, outside=outside)

    def holds(moment: datetime) -> bool:
        inside = during is None or during.open_at(moment)
        return inside and not (outside is not None and outside.open_at(moment))

    found = holds_from(condition, [], begin, limit)

    assert found == limit or holds(found)
    steps = range(0, int((found - begin) / MINUTE), 7)
    assert not any(holds(begin + step * MINUTE) for step in steps)


def test_whoever_is_next_is_told_truly_when_a_rung_will_be_skipped() -> None:
    fired = climb(incident(rung(on_call()), when(to("ann"), during=OFFICE), rung(to("cleo")))).incident

    ahead = outlook(fired, ROSTER)

    assert ahead is not None
    assert ahead.names == ("Cleo",)
    assert paged(climb(fired)) == ["cleo"]


def woken(before: Incident) -> Decision:
    """Cleo has acknowledged it for a quarter of an hour, which is over: the first rung is due again."""
    wish = c.Acknowledge(by=actor("cleo"), via=Via.CARD, until=NOW + timedelta(minutes=15))
    held = decide(before, wish, NOW).incident
    assert held.wake_at is not None
    again = decide(held, c.WakeDue(wake_at=held.wake_at), held.wake_at).incident
    assert again.due_at is not None
    return decide(again, c.RungDue(due_at=again.due_at, roster=ROSTER), again.due_at)


def test_who_had_it_is_paged_again_also_when_the_first_rung_is_skipped() -> None:
    decision = woken(incident(when(to("ann"), during=OFFICE), rung(to("bob"))))

    assert paged(decision) == ["bob", "cleo"]


def test_who_had_it_is_paged_again_at_once_when_the_first_rung_is_held() -> None:
    decision = woken(incident(when(to("ann"), during=OFFICE, hold=True)))
    pages = [effect for effect in decision.effects if isinstance(effect, PagePerson)]

    assert paged(decision) == ["cleo"]
    assert all(wanted(decision.incident, page) for page in pages)
    assert decision.incident.paging.people == ("Cleo",)
    opens = decide(decision.incident, c.RungDue(due_at=OPENS, roster=ROSTER), OPENS)
    assert paged(opens) == ["ann"]
    acknowledged = decide(opens.incident, c.Acknowledge(by=actor("ann"), via=Via.PAGE), OPENS + MINUTE)
    assert not any(wanted(acknowledged.incident, page) for page in pages)


@pytest.mark.parametrize("otherwise", Otherwise)
def test_escalating_fires_a_rung_that_would_be_held_and_no_rung_that_is_not_for_it(
    otherwise: Otherwise,
) -> None:
    closed = replace(when(to("bob"), during=OFFICE), otherwise=otherwise)
    first = climb(incident(rung(to("ann")), closed, rung(to("cleo")))).incident

    asked = decide(first, c.Escalate(by=actor("ann"), via=Via.CARD), NOW + MINUTE).incident
    assert asked.due_at is not None
    decision = decide(asked, c.RungDue(due_at=asked.due_at, roster=ROSTER), NOW + MINUTE)

    assert paged(decision) == (["bob"] if otherwise is Otherwise.HOLD else ["cleo"])
    assert decision.incident.escalation is not None
    assert not decision.incident.escalation.hurried
