"""What is told of schedules as time passes: hand-offs, shifts to come, and gaps."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.announcing import Between, due, gaps_ahead, told_at
from bot.domain.effects import SayTo
from bot.domain.following import followers
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.notice import GapsAhead, HandedOff, ShiftAhead
from bot.domain.override import Override, OverrideKind
from bot.domain.people import SYSTEM, Person
from bot.domain.roster import Roster
from bot.domain.schedule import Rotation, Schedule, Told, singly

PRIMARY = ScheduleId("primary")
ANN, BOB, CID = PersonId("ann"), PersonId("bob"), PersonId("cid")
PEOPLE = {
    each: Person(id=each, name=each.title(), slack_user=f"U0{each.upper()}0001", zone=zone)
    for each, zone in ((ANN, "Europe/London"), (BOB, "America/New_York"), (CID, "UTC"))
}
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def roster(
    *people: PersonId, told: Told | None = None, until: date | None = None, channel: str | None = "#payments"
) -> Roster:
    rotation = Rotation(turns=singly(people), start=date(2026, 11, 2), handoff=time(9), until=until)
    schedule = Schedule(
        id=PRIMARY, zone="UTC", layers=(rotation,), name="Payments", channel=channel, told=told or Told()
    )
    return Roster(people=PEOPLE, schedules={PRIMARY: schedule})


def told(roster: Roster, since: datetime, until: datetime) -> list[SayTo]:
    return list(due(roster, Between(since=since, until=until)))


def only(kind: type, messages: Sequence[SayTo]) -> list[SayTo]:
    return [each for each in messages if isinstance(each.notice, kind)]


def test_a_hand_off_is_told_to_the_channel_and_to_both() -> None:
    messages = only(
        HandedOff, told(roster(ANN, BOB), MONDAY - timedelta(seconds=15), MONDAY + timedelta(seconds=1))
    )

    assert {(each.channel, each.user) for each in messages} == {
        ("#payments", None),
        (None, "U0BOB0001"),
        (None, "U0ANN0001"),
    }
    first = messages[0].notice
    assert isinstance(first, HandedOff)
    assert (first.off, first.on, first.at) == (("Ann",), ("Bob",), MONDAY) or (first.off, first.on) == (
        ("Bob",),
        ("Ann",),
    )


def test_who_hands_off_to_themselves_is_left_alone() -> None:
    assert told(roster(ANN), MONDAY - timedelta(hours=1), MONDAY + timedelta(hours=1)) == []


def test_two_who_look_at_overlapping_times_decide_the_same_keys() -> None:
    one = told(roster(ANN, BOB), MONDAY - timedelta(minutes=5), MONDAY + timedelta(minutes=1))
    other = told(roster(ANN, BOB), MONDAY - timedelta(seconds=1), MONDAY + timedelta(minutes=9))

    assert {each.key for each in one} == {each.key for each in other}
    assert {each.key: each for each in one} == {each.key: each for each in other}


def test_a_shift_that_ends_in_a_gap_says_that_nobody_is_on_call() -> None:
    ended = roster(ANN, until=date(2026, 11, 23))

    messages = only(HandedOff, told(ended, MONDAY - timedelta(minutes=1), MONDAY))

    assert [(each.channel, each.user) for each in messages] == [("#payments", None), (None, "U0ANN0001")]
    assert isinstance(messages[0].notice, HandedOff)
    assert messages[0].notice.on == ()


def test_a_shift_is_told_a_day_and_an_hour_ahead() -> None:
    day, hour = MONDAY - timedelta(days=1), MONDAY - timedelta(hours=1)
    people = roster(CID, ANN)

    for at in (day, hour):
        messages = only(ShiftAhead, told(people, at - timedelta(minutes=1), at + timedelta(seconds=1)))
        assert len(messages) == 1, at
        assert isinstance(messages[0].notice, ShiftAhead)
        assert messages[0].notice.since == MONDAY
        assert messages[0].notice.until == MONDAY + timedelta(days=7)
    assert told(people, hour + timedelta(seconds=1), MONDAY - timedelta(minutes=1)) == []


def test_what_is_told_a_day_ahead_disturbs_no_night() -> None:
    day = timedelta(days=1)
    three = datetime(2026, 11, 24, 3, tzinfo=UTC)

    assert told_at(three, day, "UTC") == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert told_at(three, day, "America/New_York") == datetime(2026, 11, 23, 13, tzinfo=UTC)
    assert told_at(three, timedelta(hours=1), "UTC") == datetime(2026, 11, 24, 2, tzinfo=UTC)
    assert told_at(three, timedelta(hours=18), "UTC") == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert told_at(datetime(2026, 11, 24, 9, tzinfo=UTC), timedelta(hours=12), "UTC") == datetime(
        2026, 11, 23, 20, tzinfo=UTC
    )


def test_everything_can_be_switched_off() -> None:
    silent = roster(ANN, BOB, told=Told(handoffs=False, heads_up=(), gaps=False), until=date(2026, 11, 30))

    assert told(silent, MONDAY - timedelta(days=8), MONDAY + timedelta(days=8)) == []


def test_gaps_are_reported_on_mondays_for_a_fortnight() -> None:
    ended = roster(ANN, until=date(2026, 12, 4))

    messages = only(GapsAhead, told(ended, MONDAY - timedelta(seconds=30), MONDAY))

    assert [each.key for each in messages] == ["gaps:primary:2026-11-23"]
    notice = messages[0].notice
    assert isinstance(notice, GapsAhead)
    assert [gap.since for gap in notice.gaps] == [datetime(2026, 12, 4, 9, tzinfo=UTC)]
    assert notice.report
    whole = roster(ANN)
    assert only(GapsAhead, told(whole, MONDAY - timedelta(seconds=30), MONDAY)) == []


def test_a_gap_is_ahead_from_a_week_before_until_it_begins() -> None:
    gap = datetime(2026, 12, 4, 9, tzinfo=UTC)
    ended = roster(ANN, until=gap.date())
    schedule = ended.schedules[PRIMARY]

    assert gaps_ahead(ended, schedule, gap - timedelta(days=8)) == {}
    assert set(gaps_ahead(ended, schedule, gap - timedelta(days=7))) == {gap}
    assert set(gaps_ahead(ended, schedule, gap - timedelta(minutes=1))) == {gap}
    assert gaps_ahead(ended, schedule, gap) == {}


def test_a_group_has_everybody_of_all_schedules_that_share_it() -> None:
    both = roster(ANN)
    first = replace(both.schedules[PRIMARY], group="S0ONCALL001")
    second = Schedule(
        id=ScheduleId("other"),
        zone="UTC",
        group="S0ONCALL001",
        layers=(Rotation(turns=singly([BOB]), start=date(2026, 11, 2), handoff=time(9)),),
    )
    people = replace(both, schedules={PRIMARY: first, second.id: second})

    assert followers(people, MONDAY) == {"S0ONCALL001": ("U0ANN0001", "U0BOB0001")}


def test_a_group_is_nobodys_while_nobody_is_on_call() -> None:
    people = roster(ANN)
    schedule = replace(people.schedules[PRIMARY], group="S0ONCALL001")
    away = Override(
        id=OverrideId("away"),
        schedule=PRIMARY,
        kind=OverrideKind.REMOVE,
        person=ANN,
        since=MONDAY,
        until=MONDAY + timedelta(hours=1),
        by=SYSTEM,
        made_at=MONDAY,
    )

    gone = replace(people, schedules={PRIMARY: schedule}, overrides={PRIMARY: (away,)})

    assert followers(gone, MONDAY) == {"S0ONCALL001": ()}
    assert followers(gone, MONDAY + timedelta(hours=1)) == {"S0ONCALL001": ("U0ANN0001",)}
