"""When a failed delivery is tried again, and when the next contact method joins in."""

import random
from datetime import timedelta

from bot.errors import PACED, DeliveryError, Outcome
from bot.ports import Claim

_STEPS = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0)
_LONGEST = 30.0
LOOK_UP_AFTER = timedelta(seconds=2)
"""How long the provider gets to finish what it may have accepted, before it is asked."""

PATIENCE = timedelta(seconds=15)
PATIENT_FAILURES = 2
LONG_WISH = timedelta(seconds=10)
"""A provider that wants to be left alone for longer than this is not waited for."""


def pause(error: DeliveryError, failures: int, chance: random.Random) -> timedelta:
    """How long until the next attempt, after that many failures before this one.

    Exponential and capped, with full jitter; never sooner than the provider wishes.
    """
    ceiling = _STEPS[failures] if failures < len(_STEPS) else _LONGEST
    drawn = timedelta(seconds=chance.uniform(ceiling / 2, ceiling))
    if error.outcome is Outcome.UNKNOWN:
        drawn = max(drawn, LOOK_UP_AFTER)
    return max(drawn, error.retry_after or timedelta())


def impatient(error: DeliveryError, claim: Claim, waited: timedelta) -> bool:
    """Whether the person's next contact method is to be used as well by now.

    That many pages wait for their turn with a provider is no trouble of it: only the wait counts.
    """
    if error.retry_after is not None and error.retry_after > LONG_WISH:
        return True
    if error.reason == PACED:
        return waited >= PATIENCE
    return claim.failures + 1 >= PATIENT_FAILURES or waited >= PATIENCE
