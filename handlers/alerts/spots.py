"""Spots: the named places of a message that a lesson can point at, and what stands there."""

import re
from collections.abc import Mapping
from itertools import islice

from bot.domain.alert import AlertState
from handlers.alerts.look import bare, look_at, shown_lines
from handlers.alerts.reading import SlackMessage
from handlers.alerts.wording import colour_state, is_yellow

FIELD, COLOUR = "field ", "colour"
PART = ", part "
MOST, MOST_PARTS = 60, 12
LONGEST_LINE = 2_000
_SEPARATORS = re.compile(r"\s*[|·•\t]\s*|\s+[-–—]+\s+")
LONGEST_LABEL = 100


def spots(message: SlackMessage) -> Mapping[str, str]:
    """What stands where, in the order of reading: lines by their place, named values by name, the colour.

    A named value keeps its spot wherever it stands, so that fields may come in another order.
    """
    look = look_at(message)
    found: dict[str, str] = {}
    for line in shown_lines(message):
        if text := bare(line.text).strip():
            found.setdefault(line.place, text)
            found.update(parts(line.place, text))
    for entry in look.fields:
        if entry.value and len(entry.label) <= LONGEST_LABEL:
            found.setdefault(f"{FIELD}{entry.label}", entry.value)
    if look.colour:
        found[COLOUR] = f"{_named(look.colour)} {look.colour}"
    for line in look.summaries:
        found.setdefault(line.place, bare(line.text).strip())
    return dict(islice(found.items(), MOST))


def parts(place: str, text: str) -> Mapping[str, str]:
    """What stands between the separators of a line, `db-1 | disk full | 97%`; nothing for a sentence."""
    found = [part for part in _SEPARATORS.split(text[:LONGEST_LINE]) if part]
    if not 2 <= len(found) <= MOST_PARTS:
        return {}
    return {f"{place}{PART}{number}": part for number, part in enumerate(found, 1)}


def _named(colour: str) -> str:
    if is_yellow(colour):
        return "yellow"
    return {AlertState.CLEARED: "green", AlertState.FIRING: "red", None: "grey"}[colour_state(colour)]
