"""Several alerts in one message of an unknown bot: each attachment, section or line that says how a thing is.

Structure decides: a list is what has one form throughout and names another thing each time. Where that is
not plain, the message is one alert, and while any part of it fires it is never the end of anything.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from bot.domain.alert import AlertState
from handlers.alerts.look import Line, Look, bare
from handlers.alerts.severities import NAMES
from handlers.alerts.subject import KINDS, VOLATILE, specific, subject_of
from handlers.alerts.verdict import FORMER, UNCERTAIN, headline, is_state_field, judge
from handlers.alerts.wording import (
    CLEAR_SIGNS,
    FIRE_SIGNS,
    WORD,
    leading_state,
    meaning,
    said_states,
    signed_state,
    sole_state,
    turned_state,
    verbal_state,
)

FIRING, CLEARED = AlertState.FIRING, AlertState.CLEARED
MOST_HEADINGS = 2
MOST_SIGNS = 20  # in one line that tells of several things
# `Resolved: …`, `Still firing: …`, `- api: …`
LABEL = re.compile(r"\W{0,8}([^\W\d_][^:\n]{0,60}?)\s?:(?=\s|$)")
PART = re.compile(r"attachments\[[0-9]+\]")
PAST = re.compile(r"\b(?:was|were|had)\b")
SIGN = re.compile("|".join(re.escape(sign) for sign in (*CLEAR_SIGNS, *FIRE_SIGNS)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A line that says of one thing how it is; `form` is equal for the entries of one list."""

    line: Line
    state: AlertState
    subject: frozenset[str]
    kind: str
    form: tuple[str, ...]


def pieces(look: Look) -> list[Look]:
    """What is read as an alert each. One that is over ends nothing by itself while another part fires."""
    found = [piece for part in _attachments(look) for piece in _lines(part)]
    if len(found) > 1:
        return sorted(found, key=lambda piece: _state(piece) is CLEARED)
    return [_still_firing(look) or look]


def beside(look: Look, found: Sequence[Look]) -> Look:
    """What a message shows besides its pieces, such as a heading that holds for all of them."""
    own = Counter((line.place, line.text) for piece in found for line in set(piece.lines))
    taken = {key for key, count in own.items() if count < len(found) or len(found) == 1}
    places = {place for place, _ in taken}
    return replace(
        look,
        lines=tuple(line for line in look.lines if (line.place, line.text) not in taken),
        fields=tuple(entry for entry in look.fields if entry.place not in places),
        colour="" if any(piece.colour for piece in found) else look.colour,
    )


def _attachments(look: Look) -> list[Look]:
    """Attachments that are entries of a list; what stands before them goes with the first, unless it differs.

    They differ in state, or all say theirs in words, or look alike: then each is about its own thing.
    """
    numbered: dict[str, Look] = {}
    for place in dict.fromkeys(_part(line) for line in look.lines):
        numbered[place] = _of_part(look, place)
    told = {place: unit for place, part in numbered.items() if place and (unit := _whole(part))}
    body = _whole(numbered[""]) if "" in numbered else None
    differs = body and any(unit.kind and unit.state is not body.state for unit in told.values())
    if body and differs:
        told = {"": body} | told
    if len(told) < 2 or not _apart(tuple(told.values())):
        return [look]
    mixed = len({unit.state for unit in told.values()}) > 1
    shapes = {(unit.form, _shape(numbered[place])) for place, unit in told.items()}
    if not mixed and len(shapes) > 1 and not all(unit.kind for unit in told.values()):
        return [look]
    return [numbered[place] for place in told]


def _lines(look: Look) -> list[Look]:
    """The entries of a list of lines, or sections that begin with a state."""
    lines = tuple(_unfolded(look.lines))
    units = [_unit(line) for line in lines]
    known = [unit for unit in units if unit]
    if len(known) < 2:
        return [look]
    first = next(number for number, unit in enumerate(units) if unit)
    if first == 0 and len(known) > 2 and not _alike(known) and _alike(known[1:]):
        first, known = 1, known[1:]  # `Summary: 3 checks OK`
    listed = first <= MOST_HEADINGS and all(units[first:])
    sections = all(unit.kind in ("sign", "label") for unit in known)
    if not (_alike(known) and _apart(known) and (listed or sections)):
        return [look]
    if known[0].kind == "verb" and any(_tells(line) for line in lines[:first]):
        return [look]  # sentences below one that says the same are its reasons
    heading = tuple(line for line in lines[:first] if specific(subject_of(line.text)) and not _tells(line))
    return [_section(look, lines, unit.line, known, heading) for unit in known]


def _still_firing(look: Look) -> Look | None:
    """The part of a message that fires although the whole would be the end of something."""
    if _state(look) is not CLEARED:
        return None
    parts = [_of_part(look, place) for place in dict.fromkeys(_part(line) for line in look.lines)]
    wholes = [(part, unit) for part in parts if len(parts) > 1 and (unit := _whole(part))]
    lines = [(_only(look, (line,)), unit) for line in _unfolded(look.lines) if (unit := _unit(line))]
    for found in (wholes, lines):
        ended = [unit for _, unit in found if unit.state is CLEARED]
        for part, unit in found:
            others = [each for each in ended if each.kind == unit.kind]
            if unit.state is FIRING and unit.kind and any(_apart((each, unit)) for each in others):
                return part
    return None


def _unit(line: Line) -> Unit | None:
    """What a line says, if it names a thing and says of it how it is now."""
    text = bare(line.text)
    kind, said = _kind(line, text), subject_of(line.text)
    if not kind or not specific(said):
        return None
    verdict = judge(_only(None, (line,)), line)
    state = sole_state(LABEL.sub("", text, count=1)) if kind == "value" else None
    if state is None and verdict.confidence <= UNCERTAIN:
        return None
    said_how = WORD.findall(text.casefold())[-1] if kind == "verb" else str(_tells(line))
    return Unit(line=line, state=state or verdict.state, subject=said, kind=kind, form=(kind, said_how))


def _kind(line: Line, text: str) -> str:
    """Where a line has its state: a sign or label before all else, its value, or a verb. Fields have none."""
    label = LABEL.match(text)
    name = "_".join(label[1].casefold().split()) if label else ""
    if signed_state(line.text)[1]:
        return "sign"
    if label and sole_state(text[label.end() :]):
        return "" if _is_field(name) else "value"
    if label:
        last = name.rpartition("_")[2]
        said = meaning(last) if label[1].isupper() or last not in KINDS else None
        return "label" if said else ""
    if leading_state(text):
        return "label"
    words = WORD.findall(text.casefold())
    ends = len(words) > 1 and words[-1] not in KINDS and meaning(words[-1])
    says = turned_state(text) or verbal_state(text) or ends
    return "verb" if says and not PAST.search(text.casefold()) else ""


def _is_field(name: str) -> bool:
    known = name in NAMES or is_state_field(name) or VOLATILE.fullmatch(name) or FORMER.fullmatch(name)
    return bool(known) or name in KINDS


def _whole(part: Look) -> Unit | None:
    """An attachment as an entry: by its headline, and by its colour and fields where that says no state."""
    line = headline(part)
    unit, verdict = _unit(line), judge(part, line)
    kind = unit.kind if unit else ""
    named = (line, *part.titles) if kind else part.titles
    told = next((each for each in named if specific(subject_of(each.text))), None)
    if told is None or verdict.confidence <= UNCERTAIN:
        return None
    return Unit(line=line, state=verdict.state, subject=subject_of(told.text), kind=kind, form=(kind,))


def _shape(part: Look) -> tuple[object, ...]:
    """What an attachment consists of."""
    names = tuple(entry.name for entry in part.fields if not entry.listed)
    return part.colour, len(part.titles), bool(len(part.lines) > len(part.titles)), names


def _alike(units: Sequence[Unit]) -> bool:
    """Whether they are entries of one list: of one kind, and of one form where all say the same state."""
    mixed = len({unit.state for unit in units}) > 1
    return len({unit.kind for unit in units}) == 1 and (mixed or len({unit.form for unit in units}) == 1)


def _apart(units: Sequence[Unit]) -> bool:
    """Whether each names something that no other does."""
    pairs = combinations((unit.subject for unit in units), 2)
    return all(not (one <= other or other <= one) for one, other in pairs)


def _unfolded(lines: Sequence[Line]) -> Iterator[Line]:
    """`🟢 api 🔴 payments` is two lines, if each sign has a name and nothing else."""
    for line in lines:
        starts = [found.start() for found in SIGN.finditer(line.text)]
        if not 2 <= len(starts) <= MOST_SIGNS or starts[0] > 0:
            yield line
            continue
        ends = [*starts[1:], len(line.text)]
        cut = [replace(line, text=line.text[a:b].strip()) for a, b in zip(starts, ends, strict=True)]
        plain = all((unit := _unit(each)) and unit.form == ("sign", "False") for each in cut)
        yield from cut if plain else [line]


def _section(
    look: Look, lines: Sequence[Line], head: Line, units: Sequence[Unit], heading: tuple[Line, ...]
) -> Look:
    """A line with what stands below it, until the next one begins."""
    at = lines.index(head)
    heads = {lines.index(unit.line) for unit in units}
    end = next((number for number in range(at + 1, len(lines)) if number in heads), len(lines))
    return _only(look, (*lines[at:end], *(replace(line, title=True) for line in heading)))


def _only(look: Look | None, lines: tuple[Line, ...]) -> Look:
    """These lines and the fields in them; a state that is named there belongs to the line."""
    places = {line.place for line in lines}
    fields = (entry for entry in (look.fields if look else ()) if entry.place in places)
    kept = tuple(entry for entry in fields if sole_state(entry.value) is None or _is_field(entry.name))
    return Look(lines=lines, fields=kept, summaries=(), colour="", colour_place="")


def _of_part(look: Look, place: str) -> Look:
    """One attachment, or what stands outside of all."""
    colour = look.colours.get(place, "")
    return Look(
        lines=tuple(line for line in look.lines if _part(line) == place),
        fields=tuple(entry for entry in look.fields if _at(entry.place) == place),
        summaries=(),
        colour=colour,
        colour_place=f"{place}.color" if colour else "",
        colours={place: colour} if colour else {},
    )


def _part(line: Line) -> str:
    return _at(line.place)


def _at(place: str) -> str:
    found = PART.match(place)
    return found[0] if found else ""


def _tells(line: Line) -> bool:
    text = bare(line.text)
    return bool(leading_state(text) or verbal_state(text) or turned_state(text) or any(said_states(text)))


def _state(look: Look) -> AlertState:
    return judge(look, headline(look)).state
