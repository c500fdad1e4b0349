"""An alert that is told again: what is old, what is a repeat, and what fires anew."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain.alert import Alert, AlertState, MessageRef, Severity
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


MESSAGE = MessageRef(channel="C1", ts="1.1")


@pytest.mark.parametrize(
    ("told", "after"),
    [
        (replace(alert(at=NOW), began=True), 29 * MINUTE),  # the same beginning
        (replace(alert(at=NOW + MINUTE / 2), began=True), 29 * MINUTE),  # another one, before the end
        (alert(at=NOW), 29 * MINUTE),  # a copy of what was told
        (alert(), 5 * MINUTE),
        (replace(alert(at=LATER + MINUTE), origin=MESSAGE), 29 * MINUTE),  # an edit of the message
    ],
)
def test_what_fired_when_somebody_resolved_it_is_counted_when_it_is_told_again(
    told: Alert, after: timedelta
) -> None:
    known = replace(held(), origin=MESSAGE)
    again = c.AlertSeen(alert=told, severity=Severity.SEV2, held=known)

    decision = decide(resolved(), again, LATER + after)

    assert decision.incident.status is Status.RESOLVED
    assert decision.held[0].count == 2
    assert not decision.effects


@pytest.mark.parametrize(
    "again",
    [
        c.AlertSeen(alert=replace(alert(at=LATER + MINUTE), began=True), severity=Severity.SEV2, held=held()),
        c.AlertSeen(alert=alert(at=LATER + MINUTE), severity=Severity.SEV2, held=held()),  # told anew
        c.AlertSeen(alert=alert(), severity=Severity.SEV2, held=held()),  # long after the end
        c.AlertSeen(alert=alert(at=NOW), severity=Severity.SEV1, held=held()),  # worse
        c.AlertSeen(alert=alert(at=NOW), severity=Severity.SEV2, held=held(), anew=True),
        c.AlertSeen(alert=alert(), severity=Severity.SEV2, held=held(AlertState.CLEARED)),
    ],
)
def test_a_firing_after_somebody_resolved_it_opens_it_again(again: c.AlertSeen) -> None:
    assert decide(resolved(), again, LATER + 6 * MINUTE).incident.status is Status.TRIGGERED
