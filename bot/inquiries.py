"""Inquiries: questions of several parts about what happened and what would happen. They change nothing."""

from bot.domain.configuration import Configuration
from bot.ports import Tx
from bot.ports.trail import Explanation
from bot.service import Reference, find


def explained(tx: Tx, reference: Reference, configuration: Configuration | None) -> Explanation:
    """How an incident and its pages came about. Raises Refused when there is none.

    Without a configuration it cannot be told whether the ladder is another one today.
    """
    incident = find(tx, reference)
    service = configuration.services.get(incident.service.id) if configuration else None
    return Explanation(
        incident=incident,
        entries=tuple(tx.timeline(incident.id)),
        alerts=tuple(tx.alerts(incident.id)),
        deliveries=tuple(tx.deliveries(incident.id)),
        today=service.ladder_for(incident.severity) if service else None,
        configured=configuration is not None,
    )
