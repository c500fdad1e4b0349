"""An alert that is told again: what is old, what is a repeat, and what fires anew."""

from dataclasses import replace

import pytest

from bot.domain import commands as c
from bot.domain.alert import AlertState, Severity
from bot.domain.decide import decide
from bot.domain.incident import Status
from tests.examples import MINUTE, NOW, alert, triggered
from tests.unit.domain.test_decide import LATER, held, resolved


@pytest.mark.row("F86")
def test_what_began_before_the_end_that_was_told_fires_again_when_it_is_told_again() -> None:
    began = replace(alert(at=NOW - MINUTE), began=True)
    again = c.AlertSeen(alert=began, severity=Severity.SEV2, held=held(AlertState.CLEARED))

    decision = decide(resolved(), again, LATER)

    assert decision.incident.status is Status.TRIGGERED
    assert decision.held[0].source_at == NOW - MINUTE, "its end, told again, is newer"


@pytest.mark.row("F86")
def test_an_earlier_beginning_of_what_fires_does_not_make_older_ends_count() -> None:
    began = replace(alert(at=NOW - MINUTE), began=True)
    earlier = c.AlertSeen(alert=began, severity=Severity.SEV2, held=held())

    assert decide(triggered(), earlier, LATER).held[0].source_at == NOW
