"""Why a delivery failed, told finer than its outcome: for the circuit breakers and the carriers alone."""

from bot.errors import DeliveryError


class Outage(DeliveryError):
    """The provider as a whole failed; whatever comes next would fail in the same way."""


class Withheld(DeliveryError):
    """Nothing left the house, so nothing was learnt about the provider."""


class PayloadRefused(DeliveryError):
    """Refused for what was in it: the same wish in plain words may be accepted, at once and safely."""
