"""Timetables, links and their words: the same facts for a picture, a page, a terminal and a screen reader."""

import html
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import icalendar

from bot.domain.fairness import Told, shares
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.link import LinkId
from bot.domain.override import Override, OverrideKind
from bot.domain.people import SYSTEM, Person
from bot.domain.roster import Roster
from bot.domain.schedule import Rotation, Schedule, ShiftLength, ShiftUnit, singly
from bot.pictures.sheet import understood, written
from bot.render.shared import page, schedule_calendar
from bot.render.timetable import alt_text, rows, timetable
from bot.render.tokens import Tokens

ANN, BOB = PersonId("ann"), PersonId("bob")
PRIMARY = ScheduleId("primary")
NOW = datetime(2026, 10, 21, 10, tzinfo=UTC)
EVIL = "<script>alert(1)</script>"


def roster(*, name: str = "Ann Lee", until: date | None = None) -> Roster:
    rotation = Rotation(
        turns=singly([ANN, BOB]),
        start=date(2026, 1, 5),
        handoff=time(9),
        length=ShiftLength(count=1, unit=ShiftUnit.WEEKS),
        until=until,
    )
    taken = Override(
        id=OverrideId("o"),
        schedule=PRIMARY,
        kind=OverrideKind.REPLACE,
        person=ANN,
        since=datetime(2026, 10, 22, 8, tzinfo=UTC),
        until=datetime(2026, 10, 22, 12, tzinfo=UTC),
        by=SYSTEM,
        made_at=NOW,
    )
    return Roster(
        people={ANN: Person(id=ANN, name=name, zone="UTC"), BOB: Person(id=BOB, name="Bob Ray", zone="UTC")},
        schedules={PRIMARY: Schedule(id=PRIMARY, zone="Europe/London", layers=(rotation,), name="Payments")},
        overrides={PRIMARY: (taken,)},
    )


def test_a_timetable_begins_on_monday_and_knows_when_the_clocks_change() -> None:
    table = timetable(roster(), PRIMARY, NOW)

    assert table.since == datetime(2026, 10, 18, 23, tzinfo=UTC)
    assert table.until == datetime(2026, 11, 2, 0, tzinfo=UTC)
    assert len(table.days) == 14
    assert [(each.at, each.minutes) for each in table.changes] == [
        (datetime(2026, 10, 25, 1, tzinfo=UTC), -60)
    ]


def test_clock_changes_of_a_layers_own_zone_are_known_as_well() -> None:
    plan = roster().schedules[PRIMARY]
    (layer,) = plan.layers
    assert isinstance(layer, Rotation)
    own = replace(plan, layers=(replace(layer, zone="America/New_York"),))

    table = timetable(replace(roster(), schedules={PRIMARY: own}), PRIMARY, NOW)

    assert [(each.at, each.zone) for each in (*table.changes, *table.elsewhere)] == [
        (datetime(2026, 10, 25, 1, tzinfo=UTC), ""),
        (datetime(2026, 11, 1, 6, tzinfo=UTC), "America/New_York"),
    ]


def test_overrides_and_gaps_are_told_apart() -> None:
    table = timetable(roster(until=date(2026, 10, 29)), PRIMARY, NOW)

    assert [bar.overridden for bar in table.bars].count(True) == 1
    assert table.gaps == ((datetime(2026, 10, 29, 9, tzinfo=UTC), table.until),)
    words = alt_text(table)
    assert "Clocks go back Sun 25 Oct" in words
    assert "(override)" in words
    assert "Nobody: Thu 29 Oct 09:00" in words
    assert any(row[2] == "NOBODY" for row in rows(table))


def test_the_words_fit_slacks_limit_for_them() -> None:
    table = timetable(roster(name="A" * 60), PRIMARY, NOW, 8)

    assert len(alt_text(table)) <= 1000


def test_a_sheet_says_the_same_after_its_way_to_the_other_process() -> None:
    table = timetable(roster(), PRIMARY, NOW)

    assert understood(written(table, "svg")) == (table, "svg")


def test_nothing_in_a_page_is_taken_for_markup() -> None:
    shown = page(timetable(roster(name=EVIL), PRIMARY, NOW), b"png")

    assert EVIL not in shown
    assert html.escape(EVIL) in shown
    assert "<script" not in shown


def test_a_calendar_keeps_the_names_of_its_events_while_time_passes() -> None:
    def uids(now: datetime) -> dict[str, str]:
        events = icalendar.Calendar.from_ical(schedule_calendar(roster(), PRIMARY, now)).walk("VEVENT")
        return {str(event["UID"]): str(event["DTSTART"].to_ical()) for event in events}

    one, later = uids(NOW), uids(NOW + timedelta(hours=30))

    assert set(one.values()) & set(later.values())
    shared = {uid for uid, start in one.items() if start in later.values()}
    assert shared <= later.keys()
    assert len(one.keys() - later.keys()) <= 1


def test_a_calendar_without_a_change_stays_the_same_within_the_hour() -> None:
    assert schedule_calendar(roster(), PRIMARY, NOW) == schedule_calendar(
        roster(), PRIMARY, NOW + timedelta(minutes=5)
    )


def test_a_token_opens_only_as_it_was_made() -> None:
    tokens, link = Tokens(b"k" * 32), LinkId("0" * 32)
    token = tokens.of(link)

    assert tokens.opened(token) == link
    assert Tokens(b"o" * 32).opened(token) is None
    for wrong in ("", "x", token[:-1], f"{token}x", f"{'1' * 32}{token[32:]}", link, f"{link}."):
        assert tokens.opened(wrong) is None


def test_a_share_counts_hours_nights_weekends_and_pages() -> None:
    since, until = datetime(2026, 10, 12, 8, tzinfo=UTC), datetime(2026, 10, 19, 8, tzinfo=UTC)
    night = datetime(2026, 10, 14, 3, tzinfo=UTC)
    told = [
        Told(incident="1", name="Ann Lee", at=night),
        Told(incident="1", name="Ann Lee", at=night + timedelta(minutes=2)),
        Told(incident="1", name="Ann Lee", at=night + timedelta(minutes=40)),
        Told(incident="2", name="Ann Lee", at=night + timedelta(hours=9)),
        Told(incident="3", name="Zoe", at=night),
    ]

    found = {share.person: share for share in shares(roster(), PRIMARY, since, until, told)}

    person = max(found.values(), key=lambda share: share.hours)
    assert person.hours == 168
    assert person.nights == 63
    assert person.weekends == 48
    assert found[ANN].pages == 3
    assert found[ANN].night_pages == 2
    assert found[BOB].pages == 0
