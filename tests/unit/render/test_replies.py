import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.decide import decide
from bot.domain.ids import PersonId, ScheduleId, ServiceId
from bot.domain.incident import Incident, TicketState, TicketStatus, Via
from bot.domain.people import ContactMethod, MethodKind, Person
from bot.domain.schedule import Shift
from bot.render import actions as a
from bot.render.lists import incident_list, my_shifts, on_call_now, picker
from bot.render.message import Message
from bot.render.replies import confirmation, error, help_text, outdated, unavailable
from bot.render.replies import opened as declared
from tests.unit.render.examples import (
    ANN,
    ANY_TEXT,
    BOB,
    NOW,
    PATIENT,
    ROSTER,
    SEAL,
    SERVICE,
    acknowledged,
    hostile,
    judge,
    judge_markup,
    markups,
    opened,
    paged,
    readable,
    resolved,
    strings,
)

SHIFT = Shift(person=PersonId("Ann Lee"), since=NOW - timedelta(days=1), until=NOW + timedelta(hours=18))
LINK = "<https://acme.slack.example/archives/C0FEED/p1795012345000100|INC-42>"


def said(message: Message) -> str:
    judge(message)
    for text in [message.text, *markups(message.body())]:
        judge_markup(text)
    return message.text


def confirmed(wish: c.Wish, before: Incident) -> str:
    after = decide(before, wish, NOW + timedelta(minutes=2)).incident
    return said(confirmation(wish, before, after, NOW + timedelta(minutes=2), next_up="Bob Ray"))


WISHES: list[tuple[c.Wish, Incident, str]] = [
    (
        c.Acknowledge(by=ANN, via=Via.CARD),
        paged()[0],
        f"You have {LINK}. Acknowledged by Ann Lee. The escalation is stopped.",
    ),
    (
        c.Acknowledge(by=BOB, via=Via.CARD),
        acknowledged(),
        f"{LINK} was already acknowledged by Ann Lee 1 min ago; you are added. "
        "Acknowledged by Ann Lee, Bob Ray. The escalation is stopped.",
    ),
    (c.Acknowledge(by=ANN, via=Via.CARD), acknowledged(), f"You have {LINK} already."),
    (
        c.Unacknowledge(by=ANN, via=Via.CARD),
        acknowledged(),
        f"{LINK} is unacknowledged. Paging Bob Ray.",
    ),
    (
        c.Snooze(by=ANN, via=Via.CARD, until=NOW + timedelta(minutes=33)),
        paged()[0],
        f"{LINK} is snoozed until 15:10 UTC.",
    ),
    (c.Resolve(by=ANN, via=Via.CARD), paged()[0], f"{LINK} is resolved. Resolved by Ann Lee at 14:39 UTC"),
    (c.Reopen(by=ANN, via=Via.CARD), resolved(), f"{LINK} is open again. Paging Bob Ray."),
    (
        c.ChangeSeverity(by=ANN, via=Via.CARD, severity=Severity.SEV3),
        paged()[0],
        f"{LINK} is SEV3 now (was SEV1). Paged Ann Lee. Escalates to Bob Ray at 14:42 UTC.",
    ),
    (c.AddNote(by=ANN, via=Via.CARD, text="x"), paged()[0], f"The note is in the timeline of {LINK}."),
    (
        c.PagePeople(by=ANN, via=Via.CARD, people=(ROSTER.by_slack("U0BOB"),)),
        paged()[0],
        f"Paging Bob Ray for {LINK}.",
    ),
    (c.Escalate(by=ANN, via=Via.CARD), paged()[0], f"{LINK}: the next rung is paged now."),
    (
        c.Decline(by=ANN, via=Via.PAGE, person=PersonId("ann"), epoch=1),
        paged()[0],
        f"Thank you for saying so. {LINK}: the next rung is paged now.",
    ),
    (
        c.Move(by=ANN, via=Via.CARD, service=replace(SERVICE, id=ServiceId("search"), name="search")),
        paged()[0],
        f"{LINK} belongs to search now. Paging ",
    ),
    (
        c.Move(
            by=ANN,
            via=Via.CARD,
            service=replace(SERVICE, id=ServiceId("search"), name="search", channel="#search"),
        ),
        paged()[0],
        "INC-42 belongs to search now. Its card moves to #search. Paging ",
    ),
    (
        c.RetryTicket(by=ANN, via=Via.CARD),
        replace(paged()[0], ticket=TicketStatus(state=TicketState.FAILED)),
        f"The ticket of {LINK} is tried again.",
    ),
]


@pytest.mark.parametrize(("wish", "before", "words"), WISHES)
def test_every_wish_is_confirmed_with_what_happens_next(wish: c.Wish, before: Incident, words: str) -> None:
    assert confirmed(wish, before).startswith(words)


@pytest.mark.parametrize(("wish", "before", "words"), WISHES)
def test_what_is_shown_to_one_reader_has_the_times_of_their_own_clock(
    wish: c.Wish, before: Incident, words: str
) -> None:
    after = decide(before, wish, NOW + timedelta(minutes=2)).incident
    answers = [
        confirmation(wish, before, after, NOW, next_up="Bob Ray"),
        declared(after, SEAL, NOW),
        outdated(after, NOW),
    ]

    for answer in answers:
        shown = json.dumps(answer.blocks)
        assert len(re.findall(r"\d\d:\d\d UTC", shown)) == len(re.findall(r"\|\d\d:\d\d UTC>", shown)), words
        assert shown.count("<!date^") == len(re.findall(r"\d\d:\d\d UTC", answer.text))


def test_a_declaration_is_confirmed_with_who_is_paged() -> None:
    made = declared(paged()[0], SEAL, NOW, next_up="Bob Ray")

    assert said(made) == (
        f"Declared SEV1 {LINK}: API error rate 38% on checkout. "
        "Paged Ann Lee. Escalates to Bob Ray at 14:42 UTC."
    )
    assert a.SHOW in strings(made.body())


@pytest.mark.row("A20")
def test_an_outdated_button_explains_what_is_true_now() -> None:
    assert "Resolved by Ann Lee at 15:09 UTC" in said(outdated(resolved(), NOW))


def test_an_error_gives_back_what_was_typed() -> None:
    made = error(
        "Couldn't note INC-42: it is gone. Try `list`.", "note INC-42 <https://x.example|see> &amp; go"
    )

    assert said(made) == "Couldn't note INC-42: it is gone. Try `list`."
    assert markups(made.body())[1] == "You typed:\n```note INC-42 see (https://x.example) &amp; go```"


@pytest.mark.row("A32")
def test_an_error_about_a_name_mentions_nobody() -> None:
    assert said(error("Couldn't: resolved by <!channel>")) == "Couldn't: resolved by &lt;!channel&gt;"


def test_a_database_that_is_away_is_said_in_plain_words() -> None:
    made = unavailable("note x", "7f3a")

    assert said(made) == (
        "Couldn't do that: the database can't be reached right now. Try again in a minute. Ref 7f3a."
    )
    assert "```note x```" in readable(made)


def test_the_short_help_has_at_most_twelve_lines() -> None:
    text = said(help_text())

    assert len(text.split("\n")) <= 12
    assert "`/incident declare DB is slow sev2`" in text
    assert "{c}" not in text


def test_the_whole_help_has_every_command() -> None:
    text = said(help_text(topic=" ALL "))

    verbs = "declare ack unack resolve reopen sev note page escalate snooze list show timeline"
    for verb in verbs.split():
        assert f"/incident {verb}" in text


def test_help_explains_one_command_and_uses_the_configured_name() -> None:
    text = said(help_text(topic="snooze", command="/firefight"))

    assert "/firefight snooze" in text
    assert "/firefight ack" not in text


def test_help_about_on_call_is_its_own() -> None:
    assert "/oncall me" in said(help_text("oncall"))


def many(count: int) -> list[Incident]:
    return [replace(opened(), number=number) for number in range(1, count + 1)]


def test_a_list_has_ten_incidents_a_page() -> None:
    made = incident_list(many(25), SEAL, NOW, page=2, asked="sev1")

    assert said(made).startswith("25 open incidents, page 2 of 3: INC-11, ")
    assert said(made).endswith("INC-20.")
    values = [each for each in strings(made.body()) if each.endswith(" sev1")]
    assert values == ["1 sev1", "3 sev1"]


@pytest.mark.parametrize(("page", "shown"), [(-3, "INC-1, "), (99, "INC-11")])
def test_a_page_beyond_the_list_is_the_nearest_one(page: int, shown: str) -> None:
    assert shown in said(incident_list(many(11), SEAL, NOW, page=page)).split(": ")[1]


def test_one_incident_needs_no_pages() -> None:
    made = incident_list([acknowledged()], SEAL, NOW)

    assert said(made) == "1 open incident: INC-42."
    assert "Ann Lee has it" in readable(made)
    assert a.LIST_PAGE not in str(made.body())


def test_an_empty_list_says_so() -> None:
    assert said(incident_list([], SEAL, NOW)) == "No open incidents."


@pytest.mark.row("A19")
def test_a_picker_offers_the_open_incidents_for_the_same_verb() -> None:
    made = picker(many(30), "ack", SEAL, typed="ack")
    menu = made.blocks[2]["elements"]
    assert isinstance(menu, list)
    options = menu[0]["options"]

    said(made)
    sealed = SEAL.open(a.PICK, options[0]["value"])
    assert sealed is not None
    assert sealed.extra == "ack"
    assert len(options) == 25
    assert "… and 5 more" in readable(made)


def test_a_picker_without_incidents_says_that_there_are_none() -> None:
    assert said(picker([], "ack", SEAL)) == "There is no open incident."


def test_who_is_on_call_is_told_in_the_readers_zone_and_the_schedules() -> None:
    made = on_call_now(
        [(ScheduleId("payments"), "Europe/London", SHIFT), (ScheduleId("db"), "UTC", None)],
        NOW,
        zone="Asia/Kolkata",
    )

    assert said(made) == "On call: payments: Ann Lee until Mon 08:37 Europe/London; db: NOBODY."
    assert "(Sun 20:07 Asia/Kolkata)" in readable(made)
    assert "*payments*: Ann Lee until <!date^1795423020^" in readable(made)


def test_without_schedules_nobody_is_invented() -> None:
    assert said(on_call_now([], NOW)) == "No schedules are configured."


def test_my_shifts_say_how_i_am_reached() -> None:
    methods = (
        ContactMethod(kind=MethodKind.SLACK, address="U1"),
        ContactMethod(kind=MethodKind.EMAIL, address="a@b.example", delay=timedelta(minutes=2)),
    )
    me = Person(id=PersonId("ann"), name="Ann", methods=methods)
    made = my_shifts([(ScheduleId("payments"), "Europe/London", SHIFT)], me, NOW)

    said(made)
    assert "You are reached by slack, email after 2 min." in readable(made)
    assert " · now" in readable(made)


def test_somebody_without_a_contact_method_is_warned() -> None:
    me = Person(id=PersonId("ann"), name="Ann")

    assert "NO CONTACT METHOD" in readable(my_shifts([], me, NOW))
    assert "not listed" in readable(my_shifts([], None, NOW))


@pytest.mark.row("A32")
@PATIENT
@given(ANY_TEXT, ANY_TEXT)
def test_whatever_anybody_says_a_reply_mentions_nobody(text: str, other: str) -> None:
    incident = hostile(text)
    shift = replace(SHIFT, person=PersonId(other))
    liar = replace(ANN, name=other)
    wish = c.Acknowledge(by=liar, via=Via.CARD)
    for made in (
        error(text, other),
        unavailable(text, other),
        help_text(topic=text),
        incident_list([incident] * 10, SEAL, NOW, asked=other),
        picker([incident] * 30, other, SEAL, typed=text),
        on_call_now([(ScheduleId(text), other, shift)] * 30, NOW, zone=text),
        my_shifts([(ScheduleId(text), other, shift)] * 30, None, NOW),
        outdated(incident, NOW),
        declared(incident, SEAL, NOW, next_up=other),
        confirmation(wish, incident, decide(incident, wish, NOW).incident, NOW, next_up=other),
    ):
        said(made)
