"""Somebody who may not act does not cease to try: those who work on the incident are told."""

from dataclasses import replace

import pytest

from bot.domain import commands as c
from bot.domain.decide import decide
from bot.domain.effects import WarnPerson
from bot.domain.incident import Via
from bot.domain.outlook import in_charge
from tests.examples import LADDER, NOW, PAYMENTS, ROSTER, actor, on_call, rung, triggered

EVE = actor("eve")


def warned(command: c.DeniedAgain) -> list[WarnPerson]:
    return [effect for effect in decide(triggered(), command, NOW).effects if isinstance(effect, WarnPerson)]


@pytest.mark.row("A16")
def test_whoever_works_on_it_is_told_once_in_a_climb() -> None:
    first = warned(c.DeniedAgain(by=EVE, tell=("UANN", "UBOB")))
    again = warned(c.DeniedAgain(by=EVE, tell=("UANN", "UBOB")))

    assert [(effect.user, effect.by) for effect in first] == [("UANN", "Eve"), ("UBOB", "Eve")]
    assert [effect.key for effect in first] == [effect.key for effect in again]
    assert len({effect.key for effect in first}) == 2


@pytest.mark.row("A16")
def test_an_incident_is_worked_on_by_who_has_it_else_by_who_is_on_call() -> None:
    service = replace(PAYMENTS, ladder=replace(LADDER, rungs=(rung(on_call()), rung(on_call("gone")))))
    nobody_has_it = triggered(service)
    bob_has_it = decide(nobody_has_it, c.Acknowledge(by=actor("bob"), via=Via.CARD), NOW).incident
    unpaged = triggered(replace(PAYMENTS, ladder=replace(LADDER, rungs=(rung(on_call("gone")),))))

    assert in_charge(nobody_has_it, ROSTER, NOW) == ("UANN",)
    assert in_charge(bob_has_it, ROSTER, NOW) == ("UBOB",)
    assert in_charge(unpaged, ROSTER, NOW) == ()
