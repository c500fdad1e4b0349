"""Placing: where an alert belongs, by the routes or by whoever brought it."""

from dataclasses import replace

from bot.domain.alert import Alert
from bot.domain.configuration import Configuration
from bot.domain.ids import ServiceId
from bot.domain.route import Placement, place
from bot.intake.quieting import heartbeat_of

NAMED = "its channel names the service"


def placement_of(configuration: Configuration, alert: Alert, service: str | None = None) -> Placement:
    """Where it belongs. `service` is the one that its channel or its integration names, if they do."""
    heartbeat = heartbeat_of(configuration, alert)
    if heartbeat is not None:
        service = heartbeat.service
    placement = place(
        alert, configuration.routes, configuration.default_service, configuration.unknown_severity
    )
    if service is not None and ServiceId(service) in configuration.services:
        return replace(placement, service=ServiceId(service), route=NAMED)
    return placement
