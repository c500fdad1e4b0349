"""Questions in private, and how a screen reader calls their buttons."""

from dataclasses import replace

import pytest

from bot.domain.effects import OfferIncident
from bot.domain.ids import ScheduleId
from bot.domain.incident import Offer
from bot.render.question import question
from tests.unit.render.examples import ANN, NOW, SEAL, acknowledged, judge, readable, resolved, strings

OFFER = Offer(id="o1", slack_user="U0BOB", name="Bob Ray", giver=ANN, at=NOW)
ASKED = OfferIncident(key="offer:o1", user="U0BOB", name="Bob Ray", offer="o1")


@pytest.mark.parametrize("schedule", [None, ScheduleId("payments")], ids=["by hand", "shift change"])
def test_the_buttons_of_an_offer_are_called_by_what_stands_on_them(schedule: ScheduleId | None) -> None:
    incident = replace(acknowledged(), offers=(replace(OFFER, schedule=schedule),))

    made = question(ASKED, incident, SEAL, NOW)

    judge(made)
    assert "Accept incident 42, take it over" in strings(made.body())
    leave = "Leave with Ann Lee" if schedule else "I can't"
    assert f"[Accept]* [{leave}]" in readable(made)


def test_an_answered_question_tells_times_on_the_readers_clock() -> None:
    made = question(ASKED, resolved(), SEAL, NOW)

    assert made.text.endswith("No answer needed: resolved by Ann Lee at 15:09 UTC.")
    assert "resolved by Ann Lee at <!date^1795360140^{time}|15:09 UTC>." in readable(made)
