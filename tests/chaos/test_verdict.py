"""What the verdict forgives, and what it does not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.chaos.plan import Plan
from tests.chaos.verdict import Judge, Verdict
from tests.chaos.witness import Raised, Witness

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
FIRED, CLEARED = NOW, NOW + timedelta(seconds=5)


def judged(*, heard: float | None) -> Verdict:
    """Of an alert that fired, cleared and left nothing; heard of so many seconds after it fired."""
    world: Any = None  # nothing is heard in this test
    witness = Witness(slack=world, jira=world, mail=world)
    witness.raised["Alert00001"] = Raised(name="Alert00001", service=1, at=FIRED)
    witness.cleared.add("Alert00001")
    witness.ends["Alert00001"] = CLEARED
    if heard is not None:
        witness.heard["Alert00001"] = FIRED + timedelta(seconds=heard)
    later = NOW + timedelta(minutes=5)
    return Judge(plan=Plan(), witness=witness, until=later, now=later, lease=5).verdict()


@pytest.mark.parametrize("heard", [None, 5, 7])
def test_what_was_over_before_anybody_heard_of_it_is_no_lost_card(heard: float | None) -> None:
    told = judged(heard=heard)
    assert (told.unheard, told.cards_lost, told.failures) == (1, 0, [])


def test_what_was_taken_in_before_it_was_over_must_have_its_card() -> None:
    told = judged(heard=0.2)
    assert (told.unheard, told.cards_lost, told.failures) == (0, 1, ["Alert00001: no card"])
