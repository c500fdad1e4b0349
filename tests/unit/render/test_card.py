from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from bot.domain.alert import Severity
from bot.domain.commands import Acknowledge, Escalate, Resolve, Snooze
from bot.domain.ids import LadderId, PersonId
from bot.domain.incident import AlertTally, Incident, Paging, Reason, TicketState, TicketStatus, Via
from bot.domain.ladder import Kept, Ladder
from bot.render import actions as a
from bot.render import facts
from bot.render.card import card, card_sentence
from bot.render.message import Message
from tests.unit.render.examples import (
    ANN,
    ANY_TEXT,
    BOB,
    NOW,
    PATIENT,
    SEAL,
    SERVICE,
    acknowledged,
    after,
    hostile,
    judge,
    judge_markup,
    markups,
    opened,
    paged,
    readable,
    resolved,
    rung,
    strings,
)


def drawn(incident: Incident, next_up: str | None = None) -> Message:
    return card(incident, SEAL, NOW, next_up=next_up)


def labels(message: Message) -> list[str]:
    return readable(message).split("\n")[3].split("] ")


def test_a_triggered_card_reads_like_this() -> None:
    assert readable(drawn(paged()[0], "Bob Ray")) == (
        "text: SEV1 TRIGGERED INC-42: API error rate 38% on checkout (checkout-api). "
        "Paged Ann Lee. Escalates to Bob Ray at 14:42 UTC.\n"
        "🔴 *SEV1 · Triggered · INC-42*\n"
        "API error rate 38% on checkout\n"
        "[Acknowledge]* [More: 15 minutes / 1 hour / until morning] [Resolve] "
        "[More: Add note / Change severity / Page someone / Escalate now / Snooze]\n"
        "bar #a30200\n"
        "  5xx on POST /pay since the deploy of 1.2.3\n"
        "  *Service*\n"
        "  checkout-api\n"
        "  *Started*\n"
        "  <!date^1795358220^{date_short_pretty} {time}|2026-11-22 14:37 UTC>\n"
        "  *Paged*\n"
        "  Ann Lee\n"
        "  *Next*\n"
        "  Bob Ray at <!date^1795358520^{time}|14:42 UTC> (rung 2 of 3)\n"
        "  *Jira*\n"
        "  creating…\n"
        "  Source: Alertmanager · <https://wiki.example/runbook|runbook>"
    )


def test_an_acknowledged_card_says_who_has_it_and_offers_no_second_acknowledgement() -> None:
    made = drawn(acknowledged())

    assert made.text == (
        "SEV1 ACKNOWLEDGED INC-42: API error rate 38% on checkout (checkout-api). "
        "Acknowledged by Ann Lee. The escalation is stopped."
    )
    assert made.attachments[0]["color"] == "#daa038"
    assert "Ann Lee at <!date^1795358280^{time}|14:38 UTC> (after 1 min)" in readable(made)
    assert labels(made)[:2] == ["[Resolve", "[Unacknowledge"]


def test_an_acknowledgement_that_ends_says_when() -> None:
    service = replace(SERVICE, acknowledgement_timeouts={Severity.SEV1: timedelta(minutes=30)})
    incident, _ = after(opened(service=service), (1, Acknowledge(by=ANN, via=Via.CARD)))

    made = drawn(incident)

    assert made.text.endswith("The escalation begins again at 15:08 UTC.")
    assert "begins again at <!date^1795360080^{time}|15:08 UTC>" in readable(made)


def test_a_snoozed_card_is_grey_and_says_until_when() -> None:
    until = NOW + timedelta(minutes=33)
    incident, _ = after(paged()[0], (2, Snooze(by=ANN, via=Via.CARD, until=until)))

    made = drawn(incident)

    assert "SEV1 SNOOZED INC-42" in made.text
    assert "Snoozed by Ann Lee. The escalation begins again at 15:10 UTC." in made.text
    assert made.attachments[0]["color"] == "#dddddd"
    assert "silent until <!date^1795360200^{time}|15:10 UTC>" in readable(made)


def test_a_resolved_card_has_no_primary_button_and_tells_how_it_ended() -> None:
    made = drawn(resolved())

    assert made.text.endswith("Resolved by Ann Lee at 15:09 UTC after 32 min. Nobody is paged any more.")
    assert labels(made) == ["[Reopen", "[Timeline]"]
    assert "*Resolution* rolled back 1.2.3" in readable(made)
    assert made.attachments[0]["color"] == "#2eb886"


def test_a_reason_stands_on_the_card() -> None:
    resolve = Resolve(by=BOB, via=Via.CARD, reason=Reason.FALSE_POSITIVE)

    assert "false positive" in readable(drawn(after(paged()[0], (3, resolve))[0]))


def test_nobody_on_call_is_said_loudly_and_first() -> None:
    incident = replace(opened(), paging=Paging(nobody=("schedule payments",), at=NOW))

    made = drawn(incident)

    assert "NOBODY ON CALL for schedule payments." in made.text
    assert readable(made).split("\n")[5] == "  *NOBODY ON CALL for schedule payments*"


def test_an_exhausted_ladder_is_said_loudly() -> None:
    made = drawn(rung(rung(rung(paged()[0]))))

    assert "All 3 rungs paged by 14:52 UTC, nobody has it." in made.text


def test_while_the_last_wait_runs_the_catch_all_is_what_comes_next() -> None:
    ladder = Ladder(id=SERVICE.ladder.id, rungs=SERVICE.ladder.rungs[:1], rounds=2)
    catch_all = Ladder(id=LadderId("everybody"), rungs=SERVICE.ladder.rungs[:2])
    incident = rung(rung(opened(service=replace(SERVICE, ladder=ladder, catch_all=catch_all))))

    assert "rung 1 of 2 of the catch-all" in readable(drawn(incident, "Cleo"))


def test_a_ladder_that_ends_after_people_had_snoozed_it_does_not_say_that_nobody_had_acknowledged() -> None:
    until = NOW + timedelta(hours=1)
    snoozed, _ = after(
        rung(rung(paged()[0])),
        (11, Snooze(by=ANN, via=Via.CARD, until=until)),
        (11.5, Snooze(by=BOB, via=Via.CARD, until=until)),
        (12, Escalate(by=ANN, via=Via.COMMAND)),
    )

    made = drawn(rung(snoozed))

    assert "All 3 rungs paged by" in made.text
    assert "nobody has it." in made.text
    assert "acknowledged" not in made.text.partition("Escalates")[0]


def test_an_exhausted_ladder_of_several_rounds_says_how_many() -> None:
    ladder = Ladder(id=SERVICE.ladder.id, rungs=SERVICE.ladder.rungs[:1], rounds=2)
    incident = rung(rung(rung(opened(service=replace(SERVICE, ladder=ladder)))))

    assert "All 1 rung in 2 rounds paged by 14:47 UTC, nobody has it." in drawn(incident).text


def test_an_incident_opened_without_paging_says_that_nobody_is_paged() -> None:
    incident = replace(opened(), escalation=None, unpaged=True)

    made = drawn(incident)

    assert made.text.endswith("Nobody is being paged.")
    assert "nobody (opened without paging)" in readable(made)


def test_a_counter_appears_with_the_second_signal() -> None:
    one = AlertTally(firing=1, signals=1, last_at=NOW)
    many = AlertTally(firing=3, signals=14, last_at=NOW + timedelta(minutes=15))

    assert "*Alerts*" not in readable(drawn(replace(opened(), alerts=one)))
    assert "x14, 3 firing, last <!date^1795359120^{time}|14:52 UTC>" in readable(
        drawn(replace(opened(), alerts=many))
    )


@pytest.mark.parametrize(
    ("ticket", "words"),
    [
        (TicketStatus(state=TicketState.PENDING), "creating…"),
        (TicketStatus(state=TicketState.UNAVAILABLE), "unavailable, retrying"),
        (
            TicketStatus(state=TicketState.UNAVAILABLE, key="OPS-1", url="https://j.example/OPS-1"),
            "<https://j.example/OPS-1|OPS-1> (unavailable, retrying)",
        ),
        (
            TicketStatus(
                state=TicketState.OPEN, key="OPS-123", url="https://j.example/OPS-123", status="In <Progress>"
            ),
            "<https://j.example/OPS-123|OPS-123> (In &lt;Progress&gt;)",
        ),
        (TicketStatus(state=TicketState.FAILED, problem="priority cannot be set"), "failed: priority cannot"),
    ],
)
def test_the_ticket_shows_where_it_stands(ticket: TicketStatus, words: str) -> None:
    assert words in readable(drawn(replace(opened(), ticket=ticket)))


def test_a_service_without_tickets_shows_none() -> None:
    assert "Jira" not in readable(drawn(opened(service=replace(SERVICE, ticket=None))))


def test_a_failed_ticket_can_be_tried_again() -> None:
    made = drawn(replace(opened(), ticket=TicketStatus(state=TicketState.FAILED, problem="x")))

    assert labels(made)[-1] == "[Retry ticket]"


@pytest.mark.row("A19")
def test_every_button_carries_a_value_that_opens_for_its_own_action() -> None:
    for incident in (paged()[0], acknowledged(), resolved()):
        elements = drawn(incident).blocks[1]["elements"]
        assert isinstance(elements, list)
        for element in elements:
            values = [each["value"] for each in element.get("options", [element])]
            for value in values:
                sealed = SEAL.open(element["action_id"], value)
                assert sealed is not None
                assert sealed.incident == incident.id


def test_the_menu_tells_its_choices_apart() -> None:
    elements = drawn(paged()[0]).blocks[1]["elements"]
    assert isinstance(elements, list)
    opened_values = [SEAL.open(a.MORE, each["value"]) for each in elements[-1]["options"]]

    assert [each.extra for each in opened_values if each] == [
        "note",
        "severity",
        "page",
        "escalate",
        "snooze",
    ]


def test_a_screen_reader_hears_what_a_button_does() -> None:
    assert "Acknowledge incident 42" in strings(drawn(paged()[0]).body())


@pytest.mark.row("A32", "A33", "A34")
@pytest.mark.parametrize(
    "evil",
    [
        "<!channel> <!here> <@U1> <!subteam^S1>",
        "<https://evil.example|https://jira.corp/login>",
        "\u202egnp.exe\x00\ud800",
        "```" * 50,
        "&<>" * 40_000,
        "\U0001f525" * 4000,
        "",
    ],
)
def test_a_hostile_incident_still_makes_a_card_that_slack_takes(evil: str) -> None:
    triggered = hostile(evil)
    ended, _ = after(triggered, (1, Resolve(by=replace(ANN, name=evil), via=Via.CARD, summary=evil)))

    for incident in (triggered, ended):
        made = drawn(incident, evil)
        judge(made)
        for text in [made.text, *markups(made.body())]:
            judge_markup(text)


@pytest.mark.row("A32")
@PATIENT
@given(ANY_TEXT, ANY_TEXT)
def test_whatever_an_alert_says_the_card_keeps_to_the_limits_and_mentions_nobody(
    text: str, next_up: str
) -> None:
    ticket = TicketStatus(state=TicketState.FAILED, key=text, url=text, status=text, problem=text)
    incident = replace(hostile(text), ticket=ticket)
    held, _ = after(incident, (1, Acknowledge(by=replace(ANN, name=text), via=Via.CARD)))

    for each in (incident, held):
        made = drawn(each, next_up)
        judge(made)
        for words in [made.text, *markups(made.body())]:
            judge_markup(words)
        assert len(made.blocks) <= 3
        blocks = made.attachments[0]["blocks"]
        assert isinstance(blocks, list)
        assert len(made.blocks) + len(blocks) <= 6


def test_the_sentence_alone_tells_what_will_happen_next() -> None:
    assert card_sentence(opened(), NOW) == (
        "SEV1 TRIGGERED INC-42: API error rate 38% on checkout (checkout-api). Paging on call for payments."
    )


@pytest.mark.parametrize(
    ("hours", "then"), [(8, "paged then"), (1, "the turn changes at 15:37 UTC")], ids=["wakes", "hand-off"]
)
def test_a_card_says_whose_quiet_hours_are_waited_for(hours: int, then: str) -> None:
    incident = opened()
    assert incident.escalation is not None
    rest = Kept(since=NOW, until=NOW + timedelta(hours=8), people=(PersonId("ann"),), names=("Ann <!here>",))
    waiting = replace(incident.escalation, kept=rest, due_at=NOW + timedelta(hours=hours))
    incident = replace(incident, escalation=waiting)

    sentence = card_sentence(incident, NOW, next_up="Bob Ray")

    assert "<!here>" not in sentence
    assert sentence.endswith(
        f"has quiet hours until 22:37 UTC, {then}. Next: Bob Ray.".replace("UTC, the", "UTC; the")
    )
    assert f"Bob Ray; {facts.resting(incident)} (rung 1 of" in readable(drawn(incident, "Bob Ray"))
