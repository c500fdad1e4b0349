"""Whose time on call the events of a calendar are."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.feed import Entry, read
from bot.domain.ids import PersonId
from bot.domain.people import Person

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
PEOPLE = {
    PersonId(key): Person(id=PersonId(key), name=name, email=email)
    for key, name, email in (
        ("ann", "Ann Lee", "ann@example.com"),
        ("bob", "Bob Ray", "Bob.Ray@example.com"),
        ("lee", "Lee", None),
    )
}


def entry(summary: str = "", *attendees: str) -> Entry:
    return Entry(since=AT, until=AT + timedelta(hours=8), attendees=attendees, summary=summary)


@pytest.mark.parametrize(
    ("event", "people"),
    [
        (entry("Payments", "ann@example.com"), ["ann"]),
        (entry("ann", "bob.ray@example.com"), ["bob"]),
        (entry("ann", "somebody@elsewhere.example"), ["ann"]),
        (entry("ANN"), ["ann"]),
        (entry("Bob   Ray"), ["bob"]),
        (entry("bob.ray@example.com"), ["bob"]),
        (entry("ann, bob"), ["ann", "bob"]),
        (entry("@ann and @bob"), ["ann", "bob"]),
        (entry("On call: Ann Lee"), ["ann"]),
        (entry("Ann Lee (primary)"), ["ann"]),
        (entry("Primary - Bob Ray, Ann Lee"), ["bob", "ann"]),
        (entry("Annie Leebow"), []),
        (entry("holiday"), []),
    ],
)
def test_an_event_names_people_by_address_key_or_name(event: Entry, people: list[str]) -> None:
    reading = read([event], PEOPLE)

    assert sorted(span.person for span in reading.spans) == sorted(people)
    assert bool(reading.unknown) is not bool(people)


def test_names_that_are_nobodys_are_reported_once() -> None:
    reading = read([entry("Zoe"), entry("Zoe"), entry("Yan"), entry("", "x@example.com")], PEOPLE)

    assert reading.unknown == ("Zoe", "Yan", "x@example.com")
    assert reading.spans == ()


def test_a_name_that_two_people_share_is_nobodys() -> None:
    twins = PEOPLE | {PersonId("ann2"): Person(id=PersonId("ann2"), name="Ann Lee")}

    assert read([entry("Ann Lee")], twins).unknown == ("Ann Lee",)
