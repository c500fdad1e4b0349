"""What a card carries for a database that has forgotten: facts beside the key, written and read."""

from collections.abc import Mapping
from datetime import datetime
from html import unescape

from bot.domain.alert import MessageRef, Severity
from bot.domain.ids import IncidentId, ServiceId
from bot.domain.incident import Incident, Status
from bot.domain.ladder import FIRST_STEP, Step
from bot.domain.people import SYSTEM, Actor, ActorKind
from bot.domain.sight import Sight
from bot.render.escape import clean

CARD = "card:"
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"})
"""Nobody shows metadata, but nothing in it looks like Slack's markup either."""

LONGEST_KEY, LONGEST_TITLE, LONGEST_NAME = 300, 150, 80


def facts(incident: Incident) -> dict[str, str]:
    """For the metadata of the card; nothing that its text does not tell, and below a kilobyte."""
    climb, who = incident.escalation, _holder(incident)
    given = {
        "number": str(incident.number),
        "version": str(incident.version),
        "status": incident.status.value,
        "severity": incident.severity.value,
        "service": str(incident.service.id),
        "title": incident.title[:LONGEST_TITLE],
        "entries": str(incident.entries),
        "epoch": str(incident.epoch),
        "step": f"{climb.step.round}.{climb.step.rung}" if climb else "",
        "due": _written(incident.due_at),
        "wake": _written(incident.wake_at),
        "by": who.id if who else "",
        "by_name": who.name[:LONGEST_NAME] if who else "",
        "by_user": (who.slack_user or "") if who else "",
        "dedup": key if (key := incident.dedup_key) and len(key) <= LONGEST_KEY else "",
        "ticket": incident.ticket.key or "",
    }
    return {name: value.translate(_MARKUP) for name, value in given.items() if value}


def sight(carried: Mapping[str, object], ref: MessageRef) -> Sight | None:
    """What a message of ours tells; None when it is no card, or one of before cards told anything."""
    told = {name: unescape(value) for name, value in carried.items() if isinstance(value, str)}
    key = told.get("key", "")
    if not key.startswith(CARD) or "version" not in told:
        return None
    try:
        return _read(told, IncidentId(key.removeprefix(CARD)), ref)
    except (KeyError, ValueError):
        return None


def _read(told: Mapping[str, str], incident: IncidentId, ref: MessageRef) -> Sight:
    round_, _, rung = told.get("step", "").partition(".")
    return Sight(
        id=incident,
        number=int(told["number"]),
        version=int(told["version"]),
        status=Status(told["status"]),
        severity=Severity(told["severity"]),
        service=ServiceId(told["service"]),
        title=clean(told.get("title", ""), LONGEST_TITLE) or "no title",
        entries=int(told.get("entries", "0")),
        epoch=int(told.get("epoch", "0")),
        step=Step(round=max(1, int(round_)), rung=max(1, int(rung))) if rung else FIRST_STEP,
        due_at=_instant(told.get("due")),
        wake_at=_instant(told.get("wake")),
        by=_actor(told),
        dedup_key=told.get("dedup"),
        ticket=told.get("ticket"),
        card=ref,
    )


def _holder(incident: Incident) -> Actor | None:
    if incident.resolution is not None:
        return incident.resolution.by
    return incident.acknowledgements[0].by if incident.acknowledgements else None


def _actor(told: Mapping[str, str]) -> Actor:
    name = clean(told.get("by_name", ""), LONGEST_NAME)
    if not told.get("by") or not name:
        return SYSTEM
    user = told.get("by_user")
    return Actor(
        kind=ActorKind.PERSON if user else ActorKind.SOURCE, id=told["by"], name=name, slack_user=user
    )


def _written(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _instant(text: str | None) -> datetime | None:
    at = datetime.fromisoformat(text) if text else None
    return at if at is None or at.tzinfo else None
