"""Fit a schedule to what `tocsin.yaml` may say; what does not fit is cut and said."""

from dataclasses import replace

from bot.config.references import MOST_TOGETHER
from bot.config.values import LONGEST_SHIFT
from bot.domain.schedule import Rotation
from bot.imports.draft import Ical, Plan
from bot.imports.note import Notes, Place

MOST_LAYERS, MOST_TURNS, MOST_WINDOWS, HIGHEST = 20, 100, 20, 100


def fitted(plan: Plan, notes: Notes, place: Place) -> Plan | None:
    """The same schedule within all limits; None where nobody is left in it."""
    subject = f"schedule `{plan.key}`"
    layers = [found for layer in plan.layers if (found := _layer(layer, subject, notes, place)) is not None]
    if len(layers) > MOST_LAYERS:
        what = f"has {len(layers)} layers; only the last {MOST_LAYERS} are kept, which win over the others"
        notes.lost(subject, what, "Put layers with the same hand-offs together.", place)
        layers = layers[-MOST_LAYERS:]
    if not any(isinstance(layer, Ical) or any(layer.turns) for layer in layers):
        remedy = "If it is needed, write its layers; otherwise nothing is to be done."
        notes.lost(subject, "has nobody in it any more: it is left out", remedy, place)
        return None
    plan.layers = layers
    return plan


def _layer(layer: Rotation | Ical, subject: str, notes: Notes, place: Place) -> Rotation | Ical | None:
    if isinstance(layer, Ical):
        return layer
    if not any(layer.turns) or (layer.until is not None and layer.until <= layer.start):
        return None
    if not 1 <= layer.length.count <= LONGEST_SHIFT[layer.length.unit]:
        turn = f"{layer.length.count} {layer.length.unit}"
        what = f"turns of {turn} are too long: the layer {layer.name} is left out"
        notes.lost(subject, what, "Write it with turns of a year at most.", place)
        return None
    if len(layer.windows) > MOST_WINDOWS:
        what = f"the layer {layer.name} has {len(layer.windows)} spans of hours: it is left out"
        notes.lost(subject, what, f"Write it with at most {MOST_WINDOWS} spans in `only:`.", place)
        return None
    turns = tuple(tuple(dict.fromkeys(turn))[:MOST_TOGETHER] for turn in layer.turns)
    if any(len(set(turn)) > MOST_TOGETHER for turn in layer.turns):
        what = f"more than {MOST_TOGETHER} people are on call together; the others of them are left out"
        notes.lost(subject, what, "Page a Slack user group from the ladder instead.", place)
    if len(turns) > MOST_TURNS:
        what = (
            f"the layer {layer.name} has {len(turns)} turns; those after the first {MOST_TURNS} are left out"
        )
        notes.lost(subject, what, "Split the people into several schedules.", place)
    return replace(layer, turns=turns[:MOST_TURNS])
