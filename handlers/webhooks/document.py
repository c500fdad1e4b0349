"""A document from outside, walked step by step; each value knows the place where it stands."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from re import Pattern
from typing import Final

from handlers.alerts.markup import clean

MANY = 20_000
"""So many items of one list, and so many members of one object, are looked at."""

LONGEST = 20_000
"""So many characters of one text are read."""

_STEP = re.compile(r"[A-Za-z_][\w-]*")
_LONGEST_STEP = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_THOUSANDTHS_FROM = 10**11
_MILLIONTHS_FROM = 10**14
_BILLIONTHS_FROM = 10**17
_LATEST = 10**10


class _Nothing:
    """What stands where nothing stands; `null` is a value."""


NOTHING: Final = _Nothing()


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a document. `place` is how one would write the way to it: `alerts[0].labels.job`."""

    value: object = NOTHING
    place: str = ""

    def __bool__(self) -> bool:
        """Whether something stands here that is neither null nor empty."""
        return self.value is not NOTHING and self.value not in (None, "", [], {})

    def __getitem__(self, step: str | int) -> "Node":
        """The member of that name, or the item of that number; a node of nothing when there is none."""
        if isinstance(step, int):
            place = f"{self.place}[{step}]"
            items = self.value if isinstance(self.value, list) else []
            return Node(items[step] if -len(items) <= step < len(items) else NOTHING, place)
        found = self.value.get(step, NOTHING) if isinstance(self.value, dict) else NOTHING
        return Node(found, self._below(step))

    def at(self, path: str) -> "Node":
        """Several steps at once: `data.essentials.alertRule`."""
        node = self
        for step in path.split("."):
            node = node[step]
        return node

    def first(self, *paths: str) -> "Node":
        """The first of these paths where something stands; the last one's nothing otherwise."""
        node = Node(NOTHING, self.place)
        for path in paths:
            if node := self.at(path):
                return node
        return node

    @property
    def text(self) -> str:
        """A text, number or truth value as cleaned text without space around it; empty for all else."""
        value = self.value
        if type(value) is str and value.isascii() and value.isprintable() and len(value) <= LONGEST:
            return value.strip()  # nearly all of them
        match value:
            case str() as text:
                return clean(text[:LONGEST]).strip()
            case bool() as truth:
                return str(truth).lower()
            case int() | float() as number:
                return str(number)[:100]
            case _:
                return ""

    @property
    def word(self) -> str:
        """The text in small letters, for comparing."""
        return self.text.casefold()

    @property
    def items(self) -> Iterator["Node"]:
        """The items of a list, or nothing."""
        if isinstance(self.value, list):
            for number, found in enumerate(self.value[:MANY]):
                yield Node(found, f"{self.place}[{number}]")

    @property
    def members(self) -> Iterator[tuple[str, "Node"]]:
        """The members of an object, or nothing."""
        if isinstance(self.value, dict):
            for name in list(self.value)[:MANY]:
                yield _named(name), self[name]

    @property
    def moment(self) -> datetime | None:
        """A time: ISO 8601 with its zone, or seconds, thousandths, … since 1970. None for anything else."""
        if isinstance(self.value, str) and not self.text.replace(".", "", 1).isdigit():
            return _iso(self.text)
        try:
            return _since_1970(float(self.text[:30]))
        except (ValueError, OverflowError):
            return None

    @property
    def is_object(self) -> bool:
        """Whether it has members."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Whether it has items."""
        return isinstance(self.value, list)

    def object(self) -> "Node":
        """Itself, if it is an object. Raises Malformed."""
        return self._must(self.is_object, "an object")

    def list(self) -> "Node":
        """Itself, if it is a list that can be looked at to its end. Raises Malformed."""
        if isinstance(self.value, list) and len(self.value) > MANY:
            raise Malformed(self.place, f"more than {MANY} items; send them in several parts")
        return self._must(self.is_list, "a list")

    def filled(self) -> "Node":
        """Itself, if it has a text. Raises Malformed."""
        return self._must(bool(self.text), "a text")

    def among(self, known: Collection[str]) -> "Node":
        """Itself, if its word is one of these. Raises Malformed: what it means cannot be told."""
        if self.filled().word in known:
            return self
        raise Malformed(self.place, "this word is not known here")

    def name(self, shape: Pattern[str]) -> "Node":
        """Itself, if it is a name as its source makes them. Raises Malformed."""
        if shape.fullmatch(self.filled().text):
            return self
        raise Malformed(self.place, "this is not known here")

    def _must(self, holds: bool, what: str) -> "Node":
        if holds:
            return self
        raise Malformed(self.place, f"{what} is expected here, and {kind(self.value)} was sent")

    def _below(self, name: str) -> str:
        shown = _step(name[:_LONGEST_STEP])
        return f"{self.place}.{shown}" if self.place and not shown.startswith("[") else self.place + shown


class Malformed(ValueError):
    """A document that this source never sends. `place` and `why` are told to the sender."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place or 'the document'}: {why}")
        self.place, self.why = place, why


def _named(name: object) -> str:
    shown = str(name)
    return (shown if shown.isascii() and shown.isprintable() else clean(shown))[:200]


@lru_cache(maxsize=5_000)
def _step(name: str) -> str:
    return name if _STEP.fullmatch(name) else f'["{clean(name)}"]'


def kind(value: object) -> str:
    """What was sent, in words: `a list`."""
    match value:
        case None | _Nothing():
            return "nothing"
        case bool():
            return "a truth value"
        case str():
            return "a text" if value else "an empty text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case _:
            return "an object"


def _iso(text: str) -> datetime | None:
    """Fractions beyond millionths are cut, as sources in Go write them. A time without a zone is none."""
    cut = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text[:40])
    try:
        found = datetime.fromisoformat(cut)
        return found.astimezone(UTC) if found.tzinfo is not None and found.year > 1 else None
    except (ValueError, OverflowError):
        return None


def _since_1970(number: float) -> datetime | None:
    for least, part in ((_BILLIONTHS_FROM, 1e9), (_MILLIONTHS_FROM, 1e6), (_THOUSANDTHS_FROM, 1e3)):
        if number >= least:
            number /= part
            break
    return _EPOCH + timedelta(seconds=number) if 0 < number < _LATEST else None
