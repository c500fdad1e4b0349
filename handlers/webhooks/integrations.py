"""What an integration of `tocsin.yaml` makes of a delivery."""

from dataclasses import replace

from bot.domain.alert import Alert
from bot.domain.integration import Integration
from handlers.alerts.identity import digest
from handlers.webhooks import mapping
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.sources import SOURCES


def read(integration: Integration, delivery: Delivery) -> list[Alert]:
    """The alerts of a delivery, with the integration's labels. Raises Malformed.

    Two integrations of one source never have an alert in common: each has its own numbers of monitors.
    """
    if integration.mapping is not None:
        found = mapping.read(integration.name, integration.mapping, delivery)
    else:
        found = SOURCES[integration.source](delivery)
    return [
        replace(
            alert,
            fingerprint=digest(integration.name, alert.fingerprint),
            labels={**alert.labels, **integration.labels},
        )
        for alert in found
    ]
