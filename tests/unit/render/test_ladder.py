"""The ladder as it is shown, and the buttons of those who were asked besides it."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.alert import Severity
from bot.domain.commands import Acknowledge, PagePeople
from bot.domain.effects import PagePerson
from bot.domain.incident import Via
from bot.domain.ladder import Condition, Otherwise
from bot.render import actions as a
from bot.render.card import card_sentence
from bot.render.ladder import ladder
from bot.render.page import page
from tests.unit.render.examples import (
    ANN,
    BOB,
    LADDER,
    NOW,
    ROSTER,
    SEAL,
    SERVICE,
    after,
    opened,
    paged,
    readable,
)


def test_the_ladder_shows_its_steps_and_which_is_next() -> None:
    incident, _ = paged()

    text = readable(ladder(incident, SEAL, next_up="Bob Ray"))

    assert "1. on call for payments · wait 5 min" in text
    assert "2. bob · wait 5 min ← next" in text
    assert "Next: Bob Ray" in text


def test_every_step_can_be_chosen_from_a_sealed_menu() -> None:
    incident, _ = paged()
    row = next(block for block in ladder(incident, SEAL).blocks if block["type"] == "actions")
    elements = row["elements"]
    assert isinstance(elements, list)
    choices = elements[0]["options"]

    sealed = [SEAL.open(a.ESCALATE_TO, each["value"]) for each in choices]

    assert [each.extra for each in sealed if each] == ["1", "2", "3"]


def test_a_held_step_says_until_when_and_why() -> None:
    only = Condition(severities=(Severity.SEV1,))
    incident, _ = paged()
    assert incident.escalation is not None
    rungs = (replace(LADDER.rungs[0], when=only, otherwise=Otherwise.HOLD), *LADDER.rungs[1:])
    shown = replace(incident, escalation=replace(incident.escalation, ladder=replace(LADDER, rungs=rungs)))

    assert "only sev1 (else hold)" in readable(ladder(shown, SEAL))


def test_the_card_says_who_has_answered_and_who_is_still_needed() -> None:
    two = replace(SERVICE, ladder=replace(LADDER, acknowledgements=2))
    incident = opened(service=two)
    one, _ = after(incident, (1, Acknowledge(by=ANN, via=Via.PAGE)))

    assert "Acknowledged by Ann Lee; still needed: 1 more." in card_sentence(one, NOW + timedelta(minutes=1))


def test_who_was_asked_besides_the_ladder_can_say_no_or_stop_their_pages() -> None:
    wish = PagePeople(by=BOB, via=Via.CARD, people=(ROSTER.by_slack("U0ANN"),))
    incident, effects = after(opened(), (1, wish))
    mine = next(each for each in effects if isinstance(each, PagePerson))
    taken, _ = after(incident, (2, Acknowledge(by=BOB, via=Via.CARD)))

    assert "[I can't]" in readable(page(mine, incident, SEAL, NOW))
    assert "[Stop paging me]" in readable(page(mine, taken, SEAL, NOW))
