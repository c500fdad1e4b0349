"""What an integration of `tocsin.yaml` makes of a delivery."""

from bot.domain.alert import Alert
from bot.domain.changing import changed
from bot.domain.integration import Integration
from handlers.alerts.identity import digest
from handlers.webhooks import letters, mapping
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.several import Partly
from handlers.webhooks.sources import SOURCES


def read(integration: Integration, delivery: Delivery) -> list[Alert]:
    """The alerts of a delivery, with the integration's labels. Raises Malformed, or Partly with some of them.

    Two integrations of one source never have an alert in common: each has its own numbers of monitors.
    """
    try:
        return [owned(integration, alert) for alert in _read(integration, delivery)]
    except Partly as error:
        raise Partly([owned(integration, alert) for alert in error.alerts], error.refused) from None


def _read(integration: Integration, delivery: Delivery) -> list[Alert]:
    if integration.mapping is not None:
        return mapping.read(integration.name, integration.mapping, delivery)
    if integration.letters is not None:
        return letters.read(integration.name, integration.letters, delivery)
    return SOURCES[integration.source](delivery)


def owned(integration: Integration, alert: Alert) -> Alert:
    """An alert as the integration's own."""
    return changed(
        alert,
        fingerprint=digest(integration.name, alert.fingerprint),
        labels={**alert.labels, **integration.labels},
    )
