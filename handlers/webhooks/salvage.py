"""A document of which a part cannot be accepted: its lists without the items that are spoilt.

One alert with a number that JSON does not have, or with a hundred thousand brackets, must not cost the other
nine hundred and ninety-nine. Nothing is mended: an item is taken out whole, and told.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.webhooks.depth import DEEPEST, TOO_DEEP, flattened
from handlers.webhooks.document import Malformed
from handlers.webhooks.loading import MOST_DIGITS

_INDEX = re.compile(r"\[(\d{1,9})\]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Salvaged:
    """The rest of a document, as JSON, and what was taken out of it.

    `kept` has, for the place of each list that is shorter now, the numbers that its items had.
    """

    raw: bytes
    spoilt: tuple[Malformed, ...]
    kept: Mapping[str, tuple[int, ...]]

    def before(self, place: str) -> str:
        """Where something stood in the document as it came."""
        for found in self.kept:
            number = _INDEX.match(place, len(found)) if place.startswith(f"{found}[") else None
            if number and int(number[1]) < len(self.kept[found]):
                return f"{found}[{self.kept[found][int(number[1])]}]{place[number.end() :]}"
        return place


@dataclass(slots=True)
class _Spoilt:
    """Stands where something stood that cannot be accepted."""

    why: str


@dataclass(slots=True)
class _Walk:
    spoilt: list[Malformed] = field(default_factory=list)
    kept: dict[str, tuple[int, ...]] = field(default_factory=dict)


def salvage(raw: bytes) -> Salvaged | None:
    """What is left when every item of a list that cannot be accepted is taken out; None for nothing.

    To be asked after the document was refused; it is none when that has another reason.
    """
    walk = _Walk()
    try:
        rest = _pruned(_loads(raw.decode("utf-8-sig")), "", walk)
    except (ValueError, RecursionError):
        return None
    if isinstance(rest, _Spoilt) or not walk.spoilt or not any(walk.kept.values()):
        return None
    return Salvaged(raw=json.dumps(rest).encode(), spoilt=tuple(walk.spoilt), kept=walk.kept)


def _loads(text: str) -> object:
    hooks = {
        "strict": False,
        "object_pairs_hook": _members,
        "parse_int": _whole,
        "parse_float": _broken,
    }
    try:
        return json.loads(text, parse_constant=_constant, **hooks)  # type: ignore[arg-type]  # hooks of json
    except RecursionError:
        return json.loads(flattened(text), parse_constant=_deep, **hooks)  # type: ignore[arg-type]  # the same


def _pruned(value: object, place: str, walk: _Walk) -> object:
    """Without the spoilt items of the outermost lists; spoilt itself when something else is."""
    if isinstance(value, dict):
        members = {name: _pruned(inner, _below(place, name), walk) for name, inner in value.items()}
        return next((inner for inner in members.values() if isinstance(inner, _Spoilt)), members)
    if not isinstance(value, list):
        return value
    kept = []
    for number, item in enumerate(value):
        why = _fault(item)
        if why:
            walk.spoilt.append(Malformed(f"{place}[{number}]", why))
        else:
            kept.append(number)
    if len(kept) < len(value):
        walk.kept[place] = tuple(kept)
    return [value[number] for number in kept]


def _fault(item: object) -> str:
    """Why an item cannot be accepted; nothing for one that can."""
    level, depth = [item], 0
    while level:
        if depth > DEEPEST:
            return f"nested deeper than {DEEPEST}"
        below: list[object] = []
        for value in level:
            if isinstance(value, _Spoilt):
                return value.why
            if isinstance(value, dict):
                below += value.values()
            elif isinstance(value, list):
                below += value
        level, depth = below, depth + 1
    return ""


def _below(place: str, name: str) -> str:
    return f"{place}.{name[:80]}" if place else name[:80]


def _members(pairs: list[tuple[str, object]]) -> object:
    members = dict(pairs)
    return members if len(members) == len(pairs) else _Spoilt("a name stands here twice")


def _constant(name: str) -> _Spoilt:
    return _Spoilt(f"{name} is no number in JSON")


def _deep(name: str) -> _Spoilt:
    return _Spoilt(f"nested deeper than {DEEPEST}" if name == TOO_DEEP else f"{name} is no number in JSON")


def _whole(digits: str) -> object:
    return int(digits) if len(digits) <= MOST_DIGITS else _Spoilt(f"more than {MOST_DIGITS} digits")


def _broken(digits: str) -> object:
    number = float(digits) if len(digits) <= MOST_DIGITS else float("inf")
    return number if abs(number) != float("inf") else _Spoilt("a number beyond all bounds")
