"""What people are told of schedules: whole, short enough, and harmless whatever people are called."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.duty import Change, ChangeKind, Difference, Swap, SwapId, Turn
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.people import Actor, ActorKind, ContactMethod, MethodKind, Person
from bot.domain.timeline import Entry, EntryKind
from bot.render.duty import change_told, swap_asked, trial_report
from bot.render.message import Message
from bot.render.seal import NO_INCIDENT, Seal
from tests.unit.render.examples import judge

NOW = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)  # half an hour before the clocks of London go forward
HOUR = timedelta(hours=1)
ANN, BOB = PersonId("ann"), PersonId("bob")
SEAL = Seal(b"0123456789abcdef")
HOSTILE = "<!channel> `*Ann*` <https://evil.example|ok>"


def change(
    *differences: Difference, kind: ChangeKind = ChangeKind.OVERRIDDEN, name: str = "Ann", why: str = ""
) -> Change:
    return Change(
        kind=kind,
        at=NOW,
        by=Actor(kind=ActorKind.PERSON, id="T/U1", name=name, slack_user="U1"),
        schedule=ScheduleId("primary"),
        title=name,
        zone="Europe/London",
        since=NOW,
        until=NOW + HOUR,
        differences=differences,
        names={ANN: name, BOB: "Bob Ray"},
        reason=why,
    )


def difference(before: tuple[PersonId, ...], after: tuple[PersonId, ...], hour: int = 0) -> Difference:
    return Difference(since=NOW + hour * HOUR, until=NOW + (hour + 1) * HOUR, before=before, after=after)


def words(told: Message) -> str:
    return f"{told.text}\n{told.blocks}"


def test_a_change_shows_who_was_and_who_is_on_call_on_both_clocks() -> None:
    told = words(change_told(change(difference((ANN,), (BOB,)), why="Dentist")))

    assert "Ann → *Bob Ray*" in told
    assert "(Sun 28 Mar 00:30 to Sun 28 Mar 02:30 Europe/London)" in told, "an hour, on clocks that jump"
    assert f"<!date^{int(NOW.timestamp())}^" in told
    assert "Reason: Dentist" in told


def test_a_gap_is_loud_in_the_notification_too() -> None:
    told = change_told(change(difference((ANN,), ())))

    assert "NOBODY IS ON CALL" in told.text
    assert "NOBODY" in str(told.blocks)


def test_a_change_that_changes_nothing_says_so() -> None:
    assert "Who is on call stays the same" in words(change_told(change()))


@pytest.mark.row("A32")
@pytest.mark.parametrize("kind", list(ChangeKind))
def test_names_and_reasons_ping_and_link_nobody(kind: ChangeKind) -> None:
    told = words(change_told(change(difference((ANN,), (BOB,)), kind=kind, name=HOSTILE, why=HOSTILE)))

    assert "<!channel>" not in told
    assert "<https" not in told
    assert "`" not in told


@given(st.text(max_size=4000), st.integers(0, 400))
def test_whatever_people_are_called_it_is_a_valid_message(name: str, many: int) -> None:
    found = change(*(difference((ANN,), (), hour) for hour in range(many)), name=name, why=name)

    judge(change_told(found))


def test_an_offer_says_both_turns_and_its_buttons_are_sealed() -> None:
    swap = Swap(
        id=SwapId("01swap"),
        schedule=ScheduleId("primary"),
        mine=Turn(person=ANN, since=NOW, until=NOW + HOUR),
        theirs=Turn(person=BOB, since=NOW + 24 * HOUR, until=NOW + 25 * HOUR),
        by=change().by,
        reason=HOSTILE,
        made_at=NOW,
        expires_at=NOW + HOUR,
    )

    asked = swap_asked(swap, change(), SEAL)

    buttons = [each for block in asked.blocks for each in block.get("elements", ()) if "value" in each]  # type: ignore[attr-defined]  # a block is JSON
    opened = [SEAL.open(each["action_id"], each["value"]) for each in buttons]
    assert [each and (each.incident, each.extra) for each in opened] == [(NO_INCIDENT, "01swap")] * 2
    assert SEAL.open("duty.swap.agree", buttons[1]["value"]) is None, "no seal works on another button"
    assert "You would do" in words(asked)
    assert "<!channel>" not in words(asked)


def test_a_report_tells_each_method_apart() -> None:
    methods = tuple(ContactMethod(kind=kind, address="x") for kind in (MethodKind.SLACK, MethodKind.EMAIL))
    person = Person(id=ANN, name="Ann", methods=methods)
    facts = {"person": "Ann", "method": "slack"}
    sent = Entry(seq=1, at=NOW, kind=EntryKind.PAGE_SENT, by=change().by, facts=facts)

    told = words(trial_report(person, [sent]))

    assert "slack: taken by the provider" in told
    assert "email: NOT SENT YET" in told
    assert "did NOT go out by every method" in told
    assert "did you get it?" in told
