"""Foresight: every hole of the days to come, found at the distinct situations alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.alert import Severity
from bot.domain.calendar import Calendar, Window
from bot.domain.foresight import foresee, look, situations
from bot.domain.hole import Hole
from bot.domain.ids import CalendarId, LadderId, OverrideId, PersonId, ScheduleId
from bot.domain.ladder import ChannelTarget, Condition, Ladder, Otherwise, Rung, Target
from bot.domain.override import Override, OverrideKind
from bot.domain.people import SYSTEM, Person, Quiet
from bot.domain.rehearsal import Case
from bot.domain.roster import Roster
from bot.domain.schedule import Rotation, Schedule, singly
from bot.domain.service import Service
from tests.examples import CLEO, MINUTE, PAYMENTS, ROSTER, on_call, rung, to

SINCE = datetime(2026, 12, 21, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def schedule(name: str, *windows: Window) -> Schedule:
    people = (PersonId("ann"), PersonId("bob"))
    layer = Rotation(turns=singly(people), start=date(2026, 11, 2), handoff=time(9), windows=windows)
    return Schedule(id=ScheduleId(name), zone="UTC", layers=(layer,))


def hours(begin: int, end: int) -> Window:
    return Window(begin=time(begin), end=time(end))


def world(*schedules: Schedule) -> Roster:
    return replace(ROSTER, schedules={each.id: each for each in schedules})


def service(*rungs: Rung, catch_all: Ladder | None = None) -> Service:
    ladder = Ladder(id=LadderId("payments"), rungs=rungs)
    return replace(PAYMENTS, ladder=ladder, ladders={}, catch_all=catch_all)


def spans(holes: list[Hole]) -> list[tuple[float, float]]:
    return [((hole.since - SINCE) / HOUR, (hole.until - SINCE) / HOUR) for hole in holes]


def test_a_schedule_without_gaps_has_no_holes() -> None:
    assert foresee(service(rung(on_call())), ROSTER, SINCE, SINCE + 14 * DAY) == []


def test_a_gap_of_the_first_rung_is_a_hole_from_its_first_to_its_last_instant() -> None:
    roster = world(schedule("primary", hours(7, 3)))

    holes = foresee(service(rung(on_call()), rung(to("cleo"))), roster, SINCE, SINCE + 2 * DAY)

    assert spans(holes) == [(3, 7), (27, 31)]
    assert holes[0].finding.missing == ("schedule primary",)
    assert (holes[0].finding.first, holes[0].finding.after) == ("Cleo", timedelta())
    assert holes[0].severities == tuple(Severity)


def test_a_gap_of_a_later_rung_counts_from_when_its_turn_would_come() -> None:
    roster = world(schedule("primary", hours(7, 3)))

    holes = foresee(service(rung(to("cleo")), rung(on_call())), roster, SINCE, SINCE + DAY)

    assert spans(holes) == [(3 - 1 / 12, 7 - 1 / 12)]


def test_when_no_rung_reaches_anybody_the_catch_all_is_told_and_how_long_it_takes() -> None:
    roster = world(schedule("primary", hours(7, 3)))
    cleo = Ladder(id=LadderId("last"), rungs=(rung(to("cleo")),))
    channel = Rung(targets=(on_call(), ChannelTarget(channel="#ops")), wait=25 * MINUTE)

    hole, last = foresee(service(channel, catch_all=cleo), roster, SINCE, SINCE + DAY)

    assert not hole.finding.ladder
    assert (hole.finding.first, hole.finding.after) == ("Cleo", 25 * MINUTE)
    assert (last.finding.first, last.finding.ladder) == ("Ann", True), "whoever comes on call is paged then"
    assert last.until - last.since == last.finding.after == 25 * MINUTE


def test_a_hole_without_an_end_is_open() -> None:
    (hole,) = foresee(service(rung(on_call("nobody"))), world(), SINCE, SINCE + DAY)

    assert hole.open
    assert spans([hole]) == [(0, 24)]


def test_an_override_fills_a_hole_and_another_makes_one() -> None:
    roster = replace(
        world(schedule("primary", hours(7, 3))),
        overrides={
            ScheduleId("primary"): (
                _override(OverrideKind.ADD, "cleo", 2, 5),
                _override(OverrideKind.REMOVE, "bob", 10, 12),
                _override(OverrideKind.REMOVE, "ann", 10, 12),
            )
        },
    )

    holes = foresee(service(rung(on_call()), rung(to("cleo"))), roster, SINCE, SINCE + DAY)

    assert spans(holes) == [(5, 7), (10, 12)]


def test_a_rung_that_is_skipped_or_held_by_its_condition_is_no_hole() -> None:
    office = Calendar(id=CalendarId("office"), zone="UTC", windows=(hours(9, 17),))
    held = replace(rung(to("ann")), when=Condition(during=office), otherwise=Otherwise.HOLD)
    skipped = replace(rung(to("bob")), when=Condition(during=office))

    assert foresee(service(held, rung(to("cleo"))), ROSTER, SINCE, SINCE + 2 * DAY) == []
    assert foresee(service(skipped, rung(to("cleo"))), ROSTER, SINCE, SINCE + 2 * DAY) == []


def asleep(person: Person, begin: int, end: int) -> Person:
    quiet = Quiet(severities=(Severity.SEV3, Severity.SEV4), hours=hours(begin, end))
    return replace(person, quiet=quiet)


def test_who_has_quiet_hours_is_not_reached_before_these_end() -> None:
    roster = world(schedule("primary", hours(7, 3)))
    roster = replace(roster, people={**roster.people, CLEO.id: asleep(CLEO, 22, 8)})

    urgent, mild = foresee(service(rung(on_call()), rung(to("cleo"))), roster, SINCE, SINCE + DAY)

    assert (urgent.severities, urgent.finding.after) == ((Severity.SEV1, Severity.SEV2), timedelta())
    assert (mild.severities, mild.finding.after) == ((Severity.SEV3, Severity.SEV4), 4 * HOUR)
    assert mild.finding.first != "Cleo", "somebody comes on call before she wakes"


def test_a_page_that_waits_beside_a_channel_reaches_whoever_is_awake_later_first() -> None:
    roster = world(schedule("primary", hours(7, 3)))
    roster = replace(roster, people={**roster.people, CLEO.id: asleep(CLEO, 22, 8)})
    loud = Rung(targets=(on_call(), to("cleo"), ChannelTarget(channel="#ops")), wait=25 * MINUTE)

    _, mild = foresee(service(loud, rung(to("bob"))), roster, SINCE, SINCE + DAY)

    assert (mild.finding.first, mild.finding.after) == ("Bob", 25 * MINUTE)


windows = st.builds(hours, st.integers(0, 23), st.integers(0, 23))
targets: st.SearchStrategy[Target] = st.sampled_from([on_call("one"), on_call("two"), to("cleo")])
rungs = st.builds(
    lambda which, minutes: rung(*which, minutes=minutes),
    st.lists(targets, min_size=1, max_size=2),
    st.sampled_from([1, 7, 45, 180]),
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a machine under load is no mistake
@given(
    ladder=st.lists(rungs, min_size=1, max_size=3),
    one=windows,
    two=windows,
    minutes=st.lists(st.integers(0, 2 * 24 * 60), max_size=40),
)
def test_any_minute_finds_what_its_situation_says(
    ladder: list[Rung], one: Window, two: Window, minutes: list[int]
) -> None:
    """What is found at any minute is what was found at the beginning of the situation that it lies in."""
    roster = world(schedule("one", one), schedule("two", two))
    asked = service(*ladder)
    known = list(situations(asked, Severity.SEV1, roster, SINCE, SINCE + 2 * DAY + MINUTE))

    assert [begin for begin, _, _ in known[1:]] == [end for _, end, _ in known[:-1]]
    for minute in minutes:
        at = SINCE + minute * MINUTE
        _, finding = look(Case(service=asked, severity=Severity.SEV1, at=at), roster)
        said = next(found for begin, end, found in known if begin <= at < end)
        assert (finding.missing, finding.ladder, finding.after) == (said.missing, said.ladder, said.after)


def _override(kind: OverrideKind, person: str, since: int, until: int) -> Override:
    return Override(
        id=OverrideId(f"{person}{since}"),
        schedule=ScheduleId("primary"),
        kind=kind,
        person=PersonId(person),
        since=SINCE + since * HOUR,
        until=SINCE + until * HOUR,
        by=SYSTEM,
        made_at=SINCE - DAY + since * MINUTE,
    )


def test_a_rung_that_is_held_for_days_is_followed_until_it_fires() -> None:
    weekdays = Window(days=frozenset(range(5)), begin=time(9), end=time(17))
    office = Calendar(id=CalendarId("office"), zone="UTC", windows=(weekdays,))
    held = replace(rung(on_call()), when=Condition(during=office), otherwise=Otherwise.HOLD)
    saturday = SINCE + 5 * DAY

    instants, finding = look(
        Case(service=service(held), severity=Severity.SEV3, at=saturday), world(schedule("primary"))
    )

    assert not finding.hole
    assert finding.after == 2 * DAY + 9 * HOUR
    assert max(instants) == saturday + finding.after
    assert foresee(service(held), world(schedule("primary")), SINCE, SINCE + 14 * DAY) == []
