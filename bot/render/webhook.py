"""The page to a machine: JSON with plain texts, as they are."""

from datetime import UTC, datetime

from bot.domain.effects import PageWebhook
from bot.domain.incident import Incident


def webhook_page(
    effect: PageWebhook, incident: Incident, now: datetime, *, next_up: str | None = None
) -> dict[str, object]:
    """What a machine is told of an incident. Texts came from outside: the receiver has to escape them."""
    return {
        "type": "incident.page",
        "timestamp": _utc(now),
        "data": {
            "key": effect.key,
            "webhook": effect.name,
            "round": effect.step.round,
            "step": effect.step.rung,
            "late_seconds": int(effect.late.total_seconds()),
            "next": {"people": next_up, "at": _utc(incident.due_at)},
            "incident": {
                "key": incident.key,
                "title": incident.title,
                "description": incident.description,
                "severity": incident.severity.value,
                "status": incident.status.value,
                "service": incident.service.id,
                "service_name": incident.service.name,
                "source": incident.source,
                "opened_at": _utc(incident.opened_at),
                "opened_by": incident.opened_by.name,
                "acknowledged_by": [item.by.name for item in incident.acknowledgements],
                "labels": dict(incident.labels),
                "links": [{"label": link.label, "url": link.url} for link in incident.links],
                "slack": incident.permalink,
                "ticket": incident.ticket.key,
            },
        },
    }


def minimal_webhook_page(effect: PageWebhook, number: int) -> dict[str, object]:
    """What is sent when everything else about an incident cannot be shown."""
    return {
        "type": "incident.page",
        "data": {"key": effect.key, "webhook": effect.name, "incident": {"key": f"INC-{number}"}},
    }


def _utc(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at is not None else None
