"""What those who work on an incident are told in private, without being paged."""

from bot.domain.incident import Incident
from bot.render.escape import marked
from bot.render.message import Message, message, section


def intruder(incident: Incident, name: str) -> Message:
    """Somebody who may not change the incident does not cease to try. Both names are untrusted."""
    text = (
        f"{marked(name, 80)} is not allowed to change {incident.key} ({marked(incident.title, 150)}) "
        "and tried several times. Nothing was changed, and paging goes on."
    )
    return message(text, section(text))
