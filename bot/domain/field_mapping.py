"""Mappings: where documents that nobody knew beforehand have what makes an alert."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from bot.domain.alert import AlertState, Severity

LONGEST_EXPRESSION: Final = 500
MOST_STEPS: Final = 20

_STEP = re.compile(
    r"""\.?(?P<name>[^\s.\[\]{}|"]+)"""
    r"""|\[(?P<each>\*)\]"""
    r"""|\[(?P<number>-?[0-9]{1,4})\]"""
    r"""|\["(?P<quoted>[^"]{1,200})"\]"""
)
_ROOTS = {"$": "document", "@header": "header", "@query": "query"}


class Start(Enum):
    """Where a path begins."""

    ALERT = "alert"
    DOCUMENT = "document"
    HEADER = "header"
    QUERY = "query"


class Each(Enum):
    """The step into every item of a list."""

    ITEM = "*"


Step = str | int | Each


@dataclass(frozen=True, slots=True)
class Place:
    """A way into a document: `host.name`, `tags[*]`, `$.title` from its top, `@header.x-event`."""

    steps: tuple[Step, ...]
    start: Start = Start.ALERT


@dataclass(frozen=True, slots=True)
class Expression:
    """Texts, and between them places: of several in one spot the first that says something counts."""

    parts: tuple[str | tuple[Place, ...], ...] = ()

    def __bool__(self) -> bool:
        """Whether it says anything at all."""
        return bool(self.parts)


NOTHING: Final = Expression()


@dataclass(frozen=True, kw_only=True, slots=True)
class States:
    """What says whether it fires. Words are in small letters; those of `ignored` are no alert.

    Without words of one's own the usual ones count. Whatever is no word of these is firing.
    """

    read: Expression = NOTHING
    words: Mapping[str, AlertState] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Severities:
    """What says how bad it is. Without words of one's own the usual ones count."""

    read: Expression = NOTHING
    words: Mapping[str, Severity] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldMapping:
    """Where a document has what makes an alert. `alerts` is where several stand; without it there is one.

    `key` is what stays the same until it is over: all of its parts. A label `*` stands for every word and
    number of an object, or of a list of names and values.
    """

    title: tuple[Expression, ...]
    alerts: Place | None = None
    key: tuple[Expression, ...] = ()
    state: States = field(default_factory=States)
    severity: Severities = field(default_factory=Severities)
    description: tuple[Expression, ...] = ()
    labels: Mapping[str, Expression] = field(default_factory=dict)
    links: Mapping[str, Expression] = field(default_factory=dict)
    at: Expression = NOTHING


def expression(written: str) -> Expression:
    """`host.name | hostname`, or words with places in braces: `{check} on {host}`. Raises ValueError."""
    if len(written) > LONGEST_EXPRESSION:
        raise ValueError(f"it is longer than {LONGEST_EXPRESSION} characters")
    if "{" not in written and "}" not in written:
        return Expression((_alternatives(written),))
    parts: list[str | tuple[Place, ...]] = []
    rest = written
    while rest:
        words, opened, rest = rest.partition("{")
        if "}" in words:
            raise ValueError("a `}` stands without its `{`")
        parts += [words] if words else []
        if opened:
            inner, closed, rest = rest.partition("}")
            if not closed:
                raise ValueError("a `{` is never closed")
            parts.append(_alternatives(inner))
    return Expression(tuple(parts))


def place(written: str) -> Place:
    """`events[*]`, `incident.title`, `["odd name"]`, `$.team`, `@header.x-event`. Raises ValueError."""
    path = written.strip()
    if not path:
        raise ValueError("no path is given")
    root = next((root for root in _ROOTS if path == root or path.startswith((f"{root}.", f"{root}["))), "")
    steps = tuple(_steps(path[len(root) :], written))
    if len(steps) > MOST_STEPS:
        raise ValueError(f"it has more than {MOST_STEPS} steps")
    start = Start(_ROOTS[root]) if root else Start.ALERT
    if start in (Start.HEADER, Start.QUERY) and (len(steps) != 1 or not isinstance(steps[0], str)):
        raise ValueError(f"`{root}` is followed by one name")
    return Place(steps, start)


def _alternatives(written: str) -> tuple[Place, ...]:
    return tuple(place(each) for each in written.split("|"))


def _steps(path: str, written: str) -> list[Step]:
    steps: list[Step] = []
    at = 0
    while at < len(path):
        found = _STEP.match(path, at)
        if not found or (at == 0 and written.strip().startswith(".")):
            raise ValueError(f"`{written.strip()}` is no path from `{path[at:]}` on")
        at = found.end()
        if found["number"]:
            steps.append(int(found["number"]))
        else:
            steps.append(Each.ITEM if found["each"] else found["name"] or found["quoted"])
    return steps
