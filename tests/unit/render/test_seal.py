from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ladder import Step
from bot.render import actions as a
from bot.render.seal import Seal, Sealed
from tests.unit.render.examples import PATIENT, SEAL, acknowledged, opened, paged

INCIDENT = paged()[0]


def test_a_seal_gives_back_what_it_was_made_of() -> None:
    value = SEAL.value(a.DECLINE, INCIDENT, "ann.lee:é")

    assert SEAL.open(a.DECLINE, value) == Sealed(
        incident=INCIDENT.id, epoch=1, step=Step(round=1, rung=2), extra="ann.lee:é"
    )


def test_an_incident_without_a_ladder_has_no_step() -> None:
    value = SEAL.value(a.RESOLVE, replace(opened(), escalation=None))

    assert SEAL.open(a.RESOLVE, value) == Sealed(incident=INCIDENT.id, epoch=0, step=Step(round=0, rung=0))


@pytest.mark.row("A19")
def test_a_value_works_on_its_own_button_alone() -> None:
    assert SEAL.open(a.RESOLVE, SEAL.value(a.ACKNOWLEDGE, INCIDENT)) is None


@pytest.mark.row("A19")
def test_a_value_sealed_with_another_key_is_refused() -> None:
    assert Seal(b"another key of enough bytes").open(a.RESOLVE, SEAL.value(a.RESOLVE, INCIDENT)) is None


@pytest.mark.row("A19")
@PATIENT
@given(st.data())
def test_any_change_to_a_value_is_noticed(data: st.DataObject) -> None:
    value = SEAL.value(a.DECLINE, INCIDENT, "ann")
    place = data.draw(st.integers(min_value=0, max_value=len(value) - 1))
    other = data.draw(st.characters(exclude_characters=value[place], exclude_categories=()))

    assert SEAL.open(a.DECLINE, value[:place] + other + value[place + 1 :]) is None


@pytest.mark.row("A19")
@PATIENT
@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_nonsense_opens_nothing(value: str) -> None:
    assert SEAL.open(a.ACKNOWLEDGE, value) is None


@pytest.mark.row("A19")
def test_fields_cannot_move_between_values() -> None:
    version, incident, epoch, *rest = SEAL.value(a.ACKNOWLEDGE, INCIDENT).split(".")

    assert SEAL.open(a.ACKNOWLEDGE, ".".join([version, incident + epoch, *rest])) is None
    assert SEAL.open(a.ACKNOWLEDGE, ".".join([version, "01jd6zq8g5x0000000000000bb", epoch, *rest])) is None


@pytest.mark.row("A20")
def test_a_button_of_an_old_climb_says_so() -> None:
    old = SEAL.open(a.ESCALATE, SEAL.value(a.ESCALATE, opened()))
    new = SEAL.open(a.ESCALATE, SEAL.value(a.ESCALATE, INCIDENT))

    assert old is not None
    assert new is not None
    assert (old.step, new.step) == (Step(round=1, rung=1), Step(round=1, rung=2))


def test_a_page_keeps_the_climb_it_was_sent_in() -> None:
    found = SEAL.open(a.DECLINE, SEAL.value(a.DECLINE, acknowledged(), "ann", epoch=7))

    assert found is not None
    assert found.epoch == 7


def test_a_value_fits_a_menu_even_late_in_a_long_climb() -> None:
    escalation = INCIDENT.escalation
    assert escalation is not None
    long = replace(INCIDENT, escalation=replace(escalation, epoch=99_999, step=Step(round=99_999, rung=20)))

    assert len(SEAL.value(a.MORE, long, a.MORE_ESCALATE)) <= 150


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Seal(b"short")
