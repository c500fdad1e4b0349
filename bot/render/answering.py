"""The buttons by which somebody takes an incident, keeps it, gives it away, or takes that back."""

from bot.domain.incident import Incident
from bot.render import actions as a
from bot.render.message import Block, button, menu, option
from bot.render.seal import Seal

INTENTS = (("15 minutes", "15m"), ("1 hour", "1h"), ("until morning", "morning"))
"""For how long one can have it, and what the menu carries."""


def acknowledge(incident: Incident, seal: Seal) -> Block:
    """One tap."""
    return button(
        "Acknowledge",
        a.ACKNOWLEDGE,
        seal.value(a.ACKNOWLEDGE, incident),
        said=f"Acknowledge incident {incident.number}",
        style="primary",
    )


def acknowledge_for(incident: Incident, seal: Seal) -> Block:
    """Two taps: for how long."""
    choices = [option(label, seal.value(a.ACKNOWLEDGE_FOR, incident, value)) for label, value in INTENTS]
    return menu(a.ACKNOWLEDGE_FOR, "Acknowledge for…", choices)


def hand_over(incident: Incident, seal: Seal) -> Block:
    """Opens the form that asks to whom."""
    return button(
        "Hand over",
        a.HAND_OVER,
        seal.value(a.HAND_OVER, incident),
        said=f"Hand over incident {incident.number}",
    )


def take_back(incident: Incident, seal: Seal) -> Block:
    """For whoever did something just now."""
    said = f"Undo what you did to incident {incident.number}"
    return button("Undo", a.UNDO, seal.value(a.UNDO, incident), said=said)
