"""How long a failed delivery waits, and when the next contact method joins in."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.effects import Lane, PublishHome
from bot.errors import PACED, DeliveryError, Outcome
from bot.ports import Claim
from bot.workers.retry import LONG_WISH, LOOK_UP_AFTER, PATIENCE, impatient, pause
from tests.examples import NOW

SECOND = timedelta(seconds=1)
CEILINGS = (0, 1, 2, 5, 10, 20, 30, 30, 30)
CLAIM = Claim(
    id="1",
    effect=PublishHome(key="home:U1", user="U1"),
    incident=None,
    lane=Lane.PAGE,
    attempt=1,
    token="t",
    lease=15 * SECOND,
    claimed_at=0.0,
    uncertain=False,
    since=NOW,
    revision=1,
)


class Loaded(random.Random):
    """Chance that always falls on one end."""

    def __init__(self, *, high: bool) -> None:
        super().__init__()
        self._high = high

    def uniform(self, a: float, b: float) -> float:
        return b if self._high else a


def refused(wish: timedelta | None = None) -> DeliveryError:
    return DeliveryError(Outcome.NOT_SENT, "refused", retry_after=wish)


def unsure(wish: timedelta | None = None) -> DeliveryError:
    return DeliveryError(Outcome.UNKNOWN, "late", retry_after=wish)


@pytest.mark.parametrize(("failures", "ceiling"), list(enumerate(CEILINGS)))
def test_a_pause_lies_between_half_its_ceiling_and_the_ceiling(failures: int, ceiling: int) -> None:
    assert pause(refused(), failures, Loaded(high=True)) == ceiling * SECOND
    assert pause(refused(), failures, Loaded(high=False)) == ceiling * SECOND / 2


def test_what_may_have_arrived_is_looked_up_after_two_seconds_at_the_soonest() -> None:
    assert pause(unsure(), 0, Loaded(high=True)) == LOOK_UP_AFTER == 2 * SECOND
    assert pause(unsure(), 4, Loaded(high=True)) == 10 * SECOND
    assert pause(refused(), 0, Loaded(high=True)) == timedelta()


def test_the_wish_of_a_provider_is_kept_when_it_is_longer() -> None:
    assert pause(refused(12 * SECOND), 1, Loaded(high=True)) == 12 * SECOND
    assert pause(refused(SECOND), 5, Loaded(high=True)) == 20 * SECOND
    assert pause(unsure(SECOND), 0, Loaded(high=True)) == LOOK_UP_AFTER


@pytest.mark.parametrize(
    ("wish", "failures", "waited", "joins"),
    [
        (None, 0, timedelta(), False),
        (None, 1, timedelta(), True),  # the second failure
        (None, 0, PATIENCE - SECOND, False),
        (None, 0, PATIENCE, True),
        (LONG_WISH, 0, timedelta(), False),
        (LONG_WISH + SECOND, 0, timedelta(), True),
    ],
)
def test_the_next_method_joins_after_two_failures_or_a_while_or_at_a_long_wish(
    wish: timedelta | None, failures: int, waited: timedelta, *, joins: bool
) -> None:
    assert impatient(refused(wish), replace(CLAIM, failures=failures), waited) is joins
    assert (PATIENCE, LONG_WISH) == (15 * SECOND, 10 * SECOND)


def test_a_page_that_waits_for_its_turn_keeps_its_way_for_a_while_however_often_it_is_turned_back() -> None:
    turned_back = DeliveryError(Outcome.NOT_SENT, PACED, retry_after=2 * SECOND)

    assert not impatient(turned_back, replace(CLAIM, failures=7), PATIENCE - SECOND)
    assert impatient(turned_back, replace(CLAIM, failures=7), PATIENCE)
