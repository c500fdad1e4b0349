"""Beginnings: the incident that an alert opens where none takes it."""

from datetime import datetime

from bot.domain.commands import AlertSeen
from bot.domain.decision import Decision
from bot.domain.gathering import Gathering
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident, Status
from bot.domain.intake import fired, source_of
from bot.domain.route import Limit, routing_labels
from bot.domain.service import Service
from bot.ids import new_id
from bot.intake.arrival import Arrived


def begun(one: Arrived, service: Service, number: int, limit: Limit | None, now: datetime) -> Decision:
    """A new incident of this alert: a storm where the limit of its route is exceeded."""
    alert, placement = one.alert, one.placement
    new = Incident(
        id=IncidentId(new_id(now)),
        number=number,
        title=f"Alert storm from {alert.source}" if limit else alert.title,
        description="" if limit else alert.description,
        service=service,
        severity=placement.severity,
        status=Status.TRIGGERED,
        source=alert.source,
        opened_at=now,
        opened_by=source_of(alert),
        dedup_key=one.key,
        links=() if limit else alert.links,
        labels=routing_labels(alert),
        gathering=Gathering().with_storm(limit, now) if limit else None,
    )
    return fired(new, AlertSeen(alert=alert, severity=placement.severity, placement=placement))
