from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from bot.domain.ids import PersonId, ScheduleId
from bot.domain.schedule import Shift
from bot.ports import Home
from bot.render import actions as a
from bot.render.home import home_view
from bot.render.message import Block
from bot.sandbox.slack.blocks import check_view, view_too_large
from tests.unit.render.examples import (
    ANY_TEXT,
    NOW,
    PATIENT,
    SEAL,
    acknowledged,
    hostile,
    judge_json,
    judge_markup,
    markups,
    opened,
    paged,
    resolved,
    strings,
)

SHIFT = Shift(person=PersonId("Ann Lee"), since=NOW - timedelta(days=1), until=NOW + timedelta(days=6))


def drawn(home: Home) -> tuple[Block, str]:
    view = home_view(home, SEAL)
    assert check_view(view) == []
    assert not view_too_large(view)
    for text in markups(view):
        judge_markup(text)
    judge_json(view)
    return view, "\n".join(strings(view))


def test_an_empty_home_offers_a_declaration_and_says_when_it_was_updated() -> None:
    _, words = drawn(Home(user="U0ANN", now=NOW))

    assert a.HOME_DECLARE in words
    assert "No open incidents." in words
    assert "Health: everything works" in words
    assert "Updated <!date^1795358220^{time}|14:37 UTC>" in words
    assert "Needs you" not in words


def test_an_empty_home_names_the_last_incident() -> None:
    _, words = drawn(Home(user="U0ANN", now=NOW + timedelta(days=3, minutes=32), last_resolved=resolved()))

    assert "INC-42>, resolved 3 d ago." in words


def test_a_waiting_page_can_be_acknowledged_here() -> None:
    view, words = drawn(Home(user="U0ANN", now=NOW, waiting=(paged()[0],), open=(paged()[0],)))
    blocks = view["blocks"]
    assert isinstance(blocks, list)
    button = blocks[3]["elements"][0]

    assert blocks[1]["text"]["text"] == "Needs you"
    assert button["style"] == "primary"
    sealed = SEAL.open(a.ACKNOWLEDGE, button["value"])
    assert sealed is not None
    assert sealed.incident == paged()[0].id
    assert "Open for 0 s" in words


def test_who_is_on_call_is_shown_with_gaps_in_loud_words() -> None:
    home = Home(
        user="U0ANN",
        now=NOW,
        on_call=((ScheduleId("payments"), "Europe/London", SHIFT), (ScheduleId("db"), "UTC", None)),
        mine=((ScheduleId("payments"), SHIFT),),
    )
    _, words = drawn(home)

    assert "You are on call for *payments* until <!date^1795876620^" in words
    assert "*payments*: Ann Lee until <!date^1795876620^" in words
    assert "(schedule in Europe/London)" in words
    assert "*db*: NOBODY ON CALL" in words


def test_whoever_has_an_incident_is_named() -> None:
    assert "Ann Lee has it" in drawn(Home(user="U0ANN", now=NOW, open=(acknowledged(),)))[1]


def test_troubles_replace_the_good_health() -> None:
    _, words = drawn(Home(user="U0ANN", now=NOW, troubles=("Jira can't be reached <!here>",)))

    assert "Health: Jira can't be reached &lt;!here&gt;" in words


def test_a_storm_still_fits() -> None:
    many = tuple(replace(opened(), number=number) for number in range(300))
    view, words = drawn(
        Home(
            user="U0ANN",
            now=NOW,
            waiting=many,
            open=many,
            on_call=tuple((ScheduleId(f"s{n}"), "Europe/London", SHIFT) for n in range(300)),
            mine=tuple((ScheduleId(f"s{n}"), SHIFT) for n in range(300)),
        )
    )
    blocks = view["blocks"]
    assert isinstance(blocks, list)

    assert len(blocks) <= 100
    assert words.count("… and 290 more") >= 2


@pytest.mark.row("A32")
@PATIENT
@given(ANY_TEXT)
def test_whatever_an_alert_says_home_is_a_valid_view(text: str) -> None:
    incident = hostile(text)
    shift = replace(SHIFT, person=PersonId(text))
    drawn(
        Home(
            user="U0ANN",
            now=NOW,
            waiting=(incident,),
            open=(incident,),
            on_call=((ScheduleId(text), text, shift),),
            mine=((ScheduleId(text), shift),),
            troubles=(text,),
        )
    )
