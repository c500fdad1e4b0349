"""Why a delivery failed, told finer than its outcome: for the circuit breakers and the carriers alone."""

from datetime import timedelta

from bot.errors import DeliveryError

AWAY = timedelta(seconds=30)
"""For how long to leave a provider alone that only an operator can repair: nobody is to wait for it."""


class Outage(DeliveryError):
    """The provider as a whole failed; whatever comes next would fail in the same way."""


class Withheld(DeliveryError):
    """Nothing left the house, so nothing was learnt about the provider."""


class PayloadRefused(DeliveryError):
    """Refused for what was in it: the same wish in plain words may be accepted, at once and safely."""
