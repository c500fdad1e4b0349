"""Personal rules: by what somebody is paged for a severity, and from when on."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.calendar import Window
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.effects import PagePerson
from bot.domain.incident import Incident, Via
from bot.domain.ladder import LONGEST_REPEAT, ChannelTarget, Ladder, Target
from bot.domain.people import ContactMethod, MethodKind, Person, Quiet
from bot.domain.personal import first_paged, method_of, methods_for, paged_from
from bot.domain.rest import LONGEST_REST
from bot.domain.roster import Roster
from bot.domain.timeline import EntryKind
from bot.domain.timers import due_command
from tests.examples import (
    ANN,
    BOB,
    CATCH_ALL,
    CLEO,
    LADDER,
    PAYMENTS,
    actor,
    rung,
    to,
    triggered,
)

NIGHT = Window(begin=time(22), end=time(7))
EMAIL = (ContactMethod(kind=MethodKind.EMAIL, address="ann@example.com"),)
MILD = (Severity.SEV3, Severity.SEV4)
IN_THE_NIGHT = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
MORNING = datetime(2026, 11, 23, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CLOCKS_CHANGE = timedelta(hours=1)


def sleeper(person: Person = ANN, **more: object) -> Person:
    return replace(person, quiet=Quiet(severities=MILD, hours=NIGHT, **more))  # type: ignore[arg-type]  # as given


def at_night(ladder: Ladder, *people: Person, severity: Severity = Severity.SEV3) -> tuple[Decision, Roster]:
    roster = Roster(people={each.id: each for each in people})
    incident = triggered(replace(PAYMENTS, ladder=ladder, catch_all=None), severity, IN_THE_NIGHT)
    return decide(incident, c.RungDue(due_at=IN_THE_NIGHT, roster=roster), IN_THE_NIGHT), roster


def played(first: Decision, roster: Roster, until: datetime = MORNING) -> list[Decision]:
    """What the climb decides from then on, whoever answers for it."""
    found = [first]
    while (due := found[-1].incident.next_at) is not None and due <= until:
        found.append(ticked(found[-1].incident, roster, due))
    return found


def ticked(incident: Incident, roster: Roster, at: datetime) -> Decision:
    """What follows when the clock says what is due."""
    command = due_command(incident, roster, at)
    assert command is not None
    return decide(incident, command, at)


def told_by_slack(decisions: list[Decision]) -> list[tuple[str, datetime]]:
    found = (page for each in decisions for page in pages(each))
    return sorted(((who, at) for who, method, at in found if method is MethodKind.SLACK), key=lambda x: x[1])


def pages(decision: Decision) -> list[tuple[str, MethodKind, datetime]]:
    return [(e.person, e.method, e.at) for e in decision.effects if isinstance(e, PagePerson)]


def test_what_need_not_wake_somebody_waits_for_the_end_of_their_quiet_hours() -> None:
    decision, roster = at_night(replace(LADDER, rungs=(rung(to("ann")),)), sleeper())
    kept, woken = played(decision, roster)

    assert pages(kept) == []
    assert pages(woken) == [
        ("ann", MethodKind.SLACK, MORNING),
        ("ann", MethodKind.EMAIL, MORNING + MINUTE),
    ]
    held = [(each.held, each.asked_at) for each in woken.effects if isinstance(each, PagePerson)]
    assert held == 2 * [(True, IN_THE_NIGHT)]
    told = [(each.kind, dict(each.facts)) for each in kept.entries]
    assert (EntryKind.QUIET, {"people": "Ann", "until": MORNING.isoformat()}) in told
    assert EntryKind.RUNG not in [each.kind for each in kept.entries]


def test_a_ladder_that_goes_on_through_the_night_keeps_one_page_for_the_morning() -> None:
    decision, roster = at_night(replace(LADDER, rungs=(rung(to("ann"), to("bob")),)), sleeper(), BOB)
    told: list[tuple[str, datetime, bool]] = []
    while (due := decision.incident.next_at) is not None and due < MORNING + timedelta(hours=2):
        own = (each for each in decision.effects if isinstance(each, PagePerson) and each.number == 0)
        told += [(each.person, each.at, each.held) for each in own]
        decision = ticked(decision.incident, roster, due)

    assert len([at for person, at, _ in told if person == "bob"]) > 5, "who is awake is asked again and again"
    assert [at for person, at, held in told if person == "ann" and held] == [MORNING]
    assert any(person == "ann" and not held for person, _, held in told), "and from the morning on so is she"


def test_who_cannot_and_is_asked_again_after_all_has_a_page_in_the_morning() -> None:
    decision, roster = at_night(replace(LADDER, rungs=(rung(to("ann"), to("bob")),)), sleeper(), BOB)
    fired = decision.incident
    wish = c.Decline(by=actor("ann"), via=Via.PAGE, person=ANN.id, epoch=fired.epoch)

    decisions = played(decide(fired, wish, IN_THE_NIGHT + MINUTE), roster)

    assert [at for who, at in told_by_slack(decisions) if who == "ann"] == [MORNING]


def test_the_ladder_waits_with_them_and_gives_them_the_whole_wait() -> None:
    ladder = replace(LADDER, rungs=(rung(to("ann")), rung(to("bob"))))

    decisions = played(*at_night(ladder, sleeper(), BOB))

    assert told_by_slack(decisions) == [("ann", MORNING)]
    assert decisions[-1].incident.due_at == MORNING + 5 * MINUTE


def test_the_ladder_waits_for_whoever_wakes_first() -> None:
    early = replace(BOB, quiet=Quiet(severities=MILD, hours=Window(begin=time(22), end=time(5))))
    decision, roster = at_night(replace(LADDER, rungs=(rung(to("ann"), to("bob")),)), sleeper(), early)
    at_five = datetime(2026, 11, 23, 5, tzinfo=UTC)

    decisions = played(decision, roster, at_five)

    assert told_by_slack(decisions) == [("bob", at_five)]
    assert decisions[-1].incident.due_at == at_five + 5 * MINUTE
    morning = told_by_slack(played(decisions[-1], roster))
    assert [at for who, at in morning if who == "ann"] == [MORNING]


@pytest.mark.parametrize("awake", [to("bob"), ChannelTarget(channel="C0ALL")])
def test_one_who_is_reached_at_once_is_waited_for_at_once(awake: Target) -> None:
    decision, roster = at_night(replace(LADDER, rungs=(rung(to("ann"), awake),)), sleeper(), BOB)

    assert decision.incident.due_at == IN_THE_NIGHT + 5 * MINUTE
    assert ("ann", MORNING) in told_by_slack(played(decision, roster)), "if nobody has it by then"


@pytest.mark.parametrize("severity", [Severity.SEV1, Severity.SEV2])
def test_what_must_wake_them_comes_at_once(severity: Severity) -> None:
    decision, _ = at_night(replace(LADDER, rungs=(rung(to("ann")),)), sleeper(), severity=severity)

    assert pages(decision)[0] == ("ann", MethodKind.SLACK, IN_THE_NIGHT)
    assert decision.incident.due_at == IN_THE_NIGHT + 5 * MINUTE


def test_a_severity_that_becomes_worse_wakes_them() -> None:
    decision, roster = at_night(replace(LADDER, rungs=(rung(to("ann")),)), sleeper())
    now = IN_THE_NIGHT + MINUTE

    worse = decide(
        decision.incident, c.ChangeSeverity(by=actor("bob"), via=Via.CARD, severity=Severity.SEV1), now
    )
    assert worse.incident.due_at is not None
    again = decide(worse.incident, c.RungDue(due_at=worse.incident.due_at, roster=roster), now)

    assert pages(again)[0] == ("ann", MethodKind.SLACK, now)
    assert again.incident.due_at == now + 5 * MINUTE


def test_a_page_by_hand_waits_for_nothing() -> None:
    decision, _ = at_night(replace(LADDER, rungs=(rung(to("bob")),)), BOB)
    wish = c.PagePeople(by=actor("bob"), via=Via.CARD, people=(sleeper(),), message="please")

    asked = decide(decision.incident, wish, IN_THE_NIGHT)

    assert pages(asked)[0] == ("ann", MethodKind.SLACK, IN_THE_NIGHT)


def test_the_quiet_set_is_used_for_quiet_severities_alone() -> None:
    person = replace(ANN, quiet=Quiet(severities=MILD, methods=EMAIL))

    assert methods_for(person, Severity.SEV4) == EMAIL
    assert methods_for(person, Severity.SEV2) == ANN.methods
    assert (
        methods_for(replace(person, quiet=Quiet(severities=MILD, hours=NIGHT)), Severity.SEV4) == ANN.methods
    )


def test_the_methods_of_a_page_are_those_of_its_set() -> None:
    person = replace(ANN, quiet=Quiet(severities=MILD, methods=EMAIL))
    decision, _ = at_night(replace(LADDER, rungs=(rung(to("ann")),)), person)

    (page,) = [each for each in decision.effects if isinstance(each, PagePerson)]

    assert (page.method, page.at) == (MethodKind.EMAIL, IN_THE_NIGHT)
    assert method_of(person, page) == EMAIL[0]
    assert method_of(ANN, page) == ANN.methods[1], "rules that were changed meanwhile: the same way"
    assert method_of(replace(ANN, methods=ANN.methods[:1]), page) is None


def test_quiet_hours_are_on_their_own_clock_also_when_clocks_change() -> None:
    new_york = replace(sleeper(), zone="America/New_York")
    paris = replace(sleeper(), zone="Europe/Paris")

    assert paged_from(new_york, Severity.SEV3, datetime(2026, 7, 1, 3, tzinfo=UTC)) == datetime(
        2026, 7, 1, 11, tzinfo=UTC
    )
    forward = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 01:30 in Paris; at 02:00 it is 03:00
    assert paged_from(paris, Severity.SEV3, forward) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    back = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in Paris, for the first time
    assert paged_from(paris, Severity.SEV3, back) == datetime(2026, 10, 25, 6, tzinfo=UTC)


def test_the_end_of_quiet_hours_is_not_quiet() -> None:
    assert paged_from(sleeper(), Severity.SEV3, MORNING) == MORNING
    assert first_paged([], Severity.SEV3, MORNING) == MORNING


spans = st.builds(Window, begin=st.times(), end=st.times())
zones = st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"])
quiets = st.builds(
    Quiet,
    severities=st.lists(st.sampled_from(Severity), min_size=1, unique=True).map(tuple),
    methods=st.sampled_from([(), EMAIL]),
    hours=st.none() | spans,
)


def rested(person: Person) -> st.SearchStrategy[Person]:
    return st.builds(lambda quiet, zone: replace(person, quiet=quiet, zone=zone), st.none() | quiets, zones)


targets = st.sampled_from([to("ann"), to("bob"), to("cleo"), to("gone")])
ladders = st.builds(
    lambda rungs, rounds: replace(LADDER, rungs=tuple(rung(*each) for each in rungs), rounds=rounds),
    st.lists(st.lists(targets, min_size=1, max_size=3), min_size=1, max_size=3),
    st.integers(1, 2),
)
instants = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # just


@settings(max_examples=150)
@given(ladders, rested(ANN), rested(BOB), rested(CLEO), st.sampled_from(Severity), instants)
def test_nothing_is_left_alone_longer_than_the_quiet_hours_last(
    ladder: Ladder, ann: Person, bob: Person, cleo: Person, severity: Severity, now: datetime
) -> None:
    """Each rung tells somebody before the next one is due, and nobody later than they wished."""
    roster = Roster(people={each.id: each for each in (ann, bob, cleo)})
    service = replace(PAYMENTS, ladder=ladder, catch_all=CATCH_ALL)
    incident: Incident = triggered(service, severity, now)
    for _ in range(12):
        assert incident.due_at is not None, "it is never left without a next rung"
        now = max(now, incident.due_at)
        decision = decide(incident, c.RungDue(due_at=incident.due_at, roster=roster), now)
        incident = decision.incident
        told = [each for each in decision.effects if isinstance(each, PagePerson)]
        escalation = incident.escalation
        assert incident.due_at is not None
        assert escalation is not None
        if not told or escalation.kept:  # a rung before may page whom it owed one while this one sleeps
            longest = LONGEST_REST if escalation.kept else LONGEST_REPEAT
            assert incident.due_at - now <= longest
            continue
        first = min(each.at for each in told)
        assert first < incident.due_at, "somebody is told before the next rung"
        assert incident.due_at - first <= LONGEST_REPEAT, "and is waited for from then on"
        for page in told:
            person = roster.people[page.person]
            rules = person.quiet
            if rules is None or severity not in rules.severities or rules.hours is None:
                assert page.at - now <= MINUTE
                continue
            length = (
                datetime.combine(now, rules.hours.end) - datetime.combine(now, rules.hours.begin)
            ) % timedelta(days=1) or timedelta(days=1)
            assert page.at - now <= length + MINUTE + CLOCKS_CHANGE
