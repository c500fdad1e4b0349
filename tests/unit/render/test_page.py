from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from bot.domain.commands import Decline, PagePeople, Resolve, Unacknowledge
from bot.domain.effects import Announce, PageChannel, PagePerson
from bot.domain.ids import PersonId
from bot.domain.incident import Via
from bot.domain.ladder import FIRST_STEP, Ladder
from bot.render import actions as a
from bot.render.mail import email_page, minimal_email
from bot.render.message import Message
from bot.render.page import announcement, channel_page, minimal_page, page
from tests.unit.render.examples import (
    ANN,
    ANY_TEXT,
    BOB,
    LADDER,
    NOW,
    PATIENT,
    ROSTER,
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

INCIDENT, PAGE = paged()
CHANNEL = PageChannel(key="k", channel="C0PAY", epoch=1, step=FIRST_STEP)
EXHAUSTED = Announce(key="k", about="exhausted", epoch=1, step=FIRST_STEP)
NOBODY = Announce(key="k", about="nobody", epoch=1, step=FIRST_STEP, nobody=("schedule payments",))


@pytest.mark.row("F16")
def test_a_page_that_comes_late_says_so_first() -> None:
    late = replace(PAGE, late=timedelta(minutes=12))

    assert page(late, INCIDENT, SEAL, NOW).text.startswith("DELAYED by 12 min. PAGE SEV1 INC-42")
    assert "*DELAYED by 12 min. You are being paged" in readable(page(late, INCIDENT, SEAL, NOW))
    assert email_page(late, INCIDENT, NOW).subject.startswith("DELAYED [SEV1] INC-42")


def test_a_page_reads_like_this() -> None:
    assert readable(page(PAGE, INCIDENT, SEAL, NOW, next_up="Bob Ray")) == (
        "text: PAGE SEV1 INC-42: API error rate 38% on checkout (checkout-api). "
        "Acknowledge by 14:42 UTC or Bob Ray is paged. "
        "Why you: on call for payments, rung 1 of 3 of payments.\n"
        "🚨 *You are being paged: SEV1 INC-42*\n"
        "API error rate 38% on checkout · checkout-api\n"
        "Why you: on call for payments, rung 1 of 3 of payments.\n"
        "Next: Bob Ray at <!date^1795358520^{time}|14:42 UTC> (14:42 UTC).\n"
        "[Acknowledge]* [More: 15 minutes / 1 hour / until morning] [I can't] [Open card]\n"
        "Severity 1 · <https://acme.slack.example/archives/C0FEED/p1795012345000100|INC-42 in Slack>"
        " · Jira: creating…"
    )


def decline_value(made: Message) -> str:
    for block in made.blocks:
        elements = block.get("elements")
        assert isinstance(elements, list | None)
        for element in elements or []:
            if element.get("action_id") == a.DECLINE:
                return str(element["value"])
    raise AssertionError("no such button")


@pytest.mark.row("A19")
def test_i_cant_is_sealed_for_the_paged_person_and_the_climb() -> None:
    sealed = SEAL.open(a.DECLINE, decline_value(page(PAGE, INCIDENT, SEAL, NOW)))

    assert sealed is not None
    assert (sealed.extra, sealed.epoch) == ("ann", 1)


def test_after_an_acknowledgement_no_action_is_needed() -> None:
    made = page(PAGE, acknowledged(), SEAL, NOW)

    assert made.text.endswith("No action needed: acknowledged by Ann Lee at 14:38 UTC.")
    assert "Acknowledge]" not in readable(made)


def test_after_a_resolution_no_action_is_needed() -> None:
    made = page(PAGE, resolved(), SEAL, NOW)

    assert made.text.endswith("No action needed: resolved by Ann Lee at 15:09 UTC.")
    assert readable(made).endswith("[Open card]")


def test_whoever_cant_is_thanked_and_may_still_acknowledge() -> None:
    incident, _ = after(INCIDENT, (1, Decline(by=ANN, via=Via.PAGE, person=PersonId("ann"), epoch=1)))

    made = page(PAGE, incident, SEAL, NOW)

    assert "You said that you can't" in made.text
    assert "[Acknowledge]*" in readable(made)
    assert "I can't]" not in readable(made)


def test_a_page_of_an_older_climb_still_acknowledges() -> None:
    incident, _ = after(acknowledged(), (2, Unacknowledge(by=ANN, via=Via.CARD)))

    made = page(PAGE, incident, SEAL, NOW)

    assert "triggered again" in made.text
    assert "[Acknowledge]*" in readable(made)
    assert "I can't]" not in readable(made)


def by_hand(message: str) -> PagePerson:
    wish = PagePeople(by=BOB, via=Via.CARD, people=(ROSTER.by_slack("U0ANN"),), message=message)
    return next(each for each in after(INCIDENT, (1, wish))[1] if isinstance(each, PagePerson))


def test_a_page_by_hand_brings_its_message_and_asks_who_is_meant() -> None:
    made = page(by_hand("Is the <db> yours?"), INCIDENT, SEAL, NOW)

    assert "Is the &lt;db&gt; yours? Please acknowledge." in made.text
    assert "“Is the &lt;db&gt; yours?”" in readable(made)
    assert "Why you: Bob Ray asks for you." in readable(made)
    assert "I can't]" not in readable(made)


def test_a_page_by_hand_is_over_when_the_incident_is() -> None:
    incident, _ = after(INCIDENT, (5, Resolve(by=BOB, via=Via.CARD)))

    assert "No action needed: resolved by Bob Ray" in page(by_hand("x"), incident, SEAL, NOW).text


def test_a_page_of_a_ladder_that_ends_here_names_nobody_next() -> None:
    halted = replace(INCIDENT, escalation=replace(INCIDENT.escalation, due_at=None))  # type: ignore[type-var]  # not None here

    assert "Next: nobody." in readable(page(PAGE, halted, SEAL, NOW))


def test_a_channel_page_mentions_the_services_group() -> None:
    made = channel_page(CHANNEL, INCIDENT, SEAL, NOW, next_up="Bob Ray")

    assert made.text.count("<!subteam^S0PAYTEAM>") == 1
    assert "<!subteam^S0PAYTEAM>" in str(made.blocks[0])
    assert "[Acknowledge]*" in readable(made)
    judge(made)


@pytest.mark.parametrize("effect", [EXHAUSTED, NOBODY])
def test_an_announcement_stops_calling_once_somebody_has_it(effect: Announce) -> None:
    made = announcement(effect, acknowledged(), SEAL, NOW)

    assert made.text.endswith("No action needed: acknowledged by Ann Lee at 14:38 UTC.")
    assert "<!subteam" not in judge(made)
    assert "Page someone]" not in readable(made)


def test_a_channel_page_stops_calling_once_it_is_over() -> None:
    made = channel_page(CHANNEL, resolved(), SEAL, NOW)

    assert made.text.endswith("No action needed: resolved by Ann Lee at 15:09 UTC.")
    assert "<!subteam" not in judge(made)


def test_an_exhausted_ladder_is_announced_with_a_mention_and_what_follows() -> None:
    incident = rung(rung(rung(INCIDENT)))

    made = announcement(EXHAUSTED, incident, SEAL, NOW, next_up="Bob Ray")

    assert made.text == (
        "SEV1 INC-42: API error rate 38% on checkout (checkout-api): All 3 rungs paged by 14:52 UTC, "
        "nobody has it. <!subteam^S0PAYTEAM> "
        "The ladder begins again with Bob Ray at 14:57 UTC, and again until somebody acknowledges."
    )
    assert "[Acknowledge]* [Page someone] [Open card]" in readable(made)
    judge(made)


def test_a_catch_all_ladder_is_named_when_it_takes_over() -> None:
    catch_all = Ladder(id=LADDER.id, rungs=LADDER.rungs[1:2])
    incident = rung(rung(rung(rung(opened(service=replace(SERVICE, catch_all=catch_all))))))

    assert "The catch-all ladder goes on with bob at" in announcement(EXHAUSTED, incident, SEAL, NOW).text


def test_nobody_on_call_is_announced() -> None:
    made = announcement(NOBODY, INCIDENT, SEAL, NOW)

    assert "NOBODY ON CALL for schedule payments." in made.text
    assert "<!subteam^S0PAYTEAM>" in made.text
    judge(made)


@pytest.mark.row("A32")
def test_a_mention_that_is_no_id_is_left_out() -> None:
    incident = replace(INCIDENT, service=replace(SERVICE, mention="<!channel>"))

    for made in (announcement(NOBODY, incident, SEAL, NOW), channel_page(CHANNEL, incident, SEAL, NOW)):
        assert "<!channel" not in judge(made)


def test_the_smallest_page_needs_a_number_alone() -> None:
    assert minimal_page(123).text == "INC-123 needs you; its details could not be rendered."
    judge(minimal_page(123))
    assert minimal_email(123).subject == "INC-123 needs you"


@pytest.mark.row("A32", "A33", "A34")
@PATIENT
@given(ANY_TEXT, ANY_TEXT)
def test_whatever_an_alert_says_a_page_is_sent_and_mentions_nobody(text: str, other: str) -> None:
    incident = replace(hostile(text), escalation=INCIDENT.escalation)
    effect = replace(PAGE, why=other, message=text, name=other)
    nobody = replace(NOBODY, nobody=(text, other))
    over, _ = after(incident, (1, Resolve(by=replace(ANN, name=other), via=Via.CARD)))

    for made in (
        page(effect, incident, SEAL, NOW, next_up=other),
        page(replace(effect, step=replace(PAGE.step, round=0)), incident, SEAL, NOW, next_up=other),
        page(effect, over, SEAL, NOW),
        channel_page(CHANNEL, incident, SEAL, NOW, next_up=other),
        announcement(nobody, incident, SEAL, NOW, next_up=other),
    ):
        judge(made)
        for words in [made.text, *markups(made.body())]:
            judge_markup(words)


def test_a_mail_reads_like_this() -> None:
    made = email_page(PAGE, INCIDENT, NOW, next_up="Bob Ray", zone="Asia/Kolkata")

    assert made.subject == "[SEV1] INC-42: API error rate 38% on checkout"
    assert made.text == (
        "You are being paged for INC-42: API error rate 38% on checkout\n\n"
        "Severity: SEV1\n"
        "Service: checkout-api\n"
        "Started: 20:07 Asia/Kolkata, 2026-11-22 14:37 UTC\n"
        "Why you: on call for payments, rung 1 of 3 of payments\n"
        "Next: Bob Ray at 20:12 Asia/Kolkata, 2026-11-22 14:42 UTC\n\n"
        "5xx on POST /pay since the deploy of 1.2.3\n\n"
        "To acknowledge, press Acknowledge in Slack, or type there: /incident ack INC-42\n"
        "https://acme.slack.example/archives/C0FEED/p1795012345000100\n"
    )


def test_a_zone_that_does_not_exist_falls_back_to_utc() -> None:
    assert "Started: 2026-11-22 14:37 UTC" in email_page(PAGE, INCIDENT, NOW, zone="Mars/Olympus").text


@pytest.mark.row("A27")
def test_a_mail_has_no_link_that_acts() -> None:
    made = email_page(PAGE, INCIDENT, NOW)

    assert made.html.count("<a ") == 1
    assert 'href="https://acme.slack.example/archives/C0FEED/p1795012345000100"' in made.html


@pytest.mark.row("A38")
@PATIENT
@given(ANY_TEXT)
def test_no_title_can_add_a_header_or_a_tag_to_a_mail(text: str) -> None:
    incident = hostile(f"x\r\nBcc: a@b.c{text}<script>")

    made = email_page(replace(PAGE, why=text, message=text), incident, NOW, next_up=text, zone=text)

    assert "\n" not in made.subject
    assert "\r" not in made.subject
    assert len(made.subject) <= 200
    assert "<script" not in made.html
    for each in (made.subject, made.text, made.html):
        each.encode()
        assert "\x00" not in each


def test_the_pages_words_are_escaped_in_the_mails_html() -> None:
    incident = replace(INCIDENT, title="<b>&", description="<img src=x onerror=alert(1)>\nsecond")

    made = email_page(PAGE, incident, NOW)

    assert "&lt;b&gt;&amp;" in made.html
    assert "&lt;img src=x onerror=alert(1)&gt;<br>second" in made.html


def test_the_page_says_its_time_in_both_zones() -> None:
    assert "<!date^1795358520^{time}|14:42 UTC> (14:42 UTC)" in " ".join(
        strings(page(PAGE, INCIDENT, SEAL, NOW + timedelta(seconds=3)).body())
    )
