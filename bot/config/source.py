"""Read YAML 1.2 strictly: plain data, the line of every value, and every mistake of form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from bot.config.problem import printable

LARGEST = 256 * 1024
MOST_NODES = 10_000
DEEPEST = 40

Data = None | bool | int | float | str | list["Data"] | dict[str, "Data"]
Path = tuple[str | int, ...]

INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Neither databases nor terminals take these, however they are escaped in the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Flaw:
    """A mistake of form at a line."""

    line: int | None
    path: Path
    message: str
    remedy: str


@dataclass(kw_only=True)
class Source:
    """What a file says. `lines` has the line of every key and item; `flaws` what is wrong with its form."""

    data: Data = None
    lines: dict[Path, int] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)

    def line(self, path: Path) -> int | None:
        """The line of the value, or of what it should stand in."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read_source(content: bytes) -> Source:
    """Read one document. Anchors, aliases, tags, doubled keys and whatever is too large are flaws."""
    if len(content) > LARGEST:
        return _hopeless(f"is larger than {LARGEST // 1024} KiB", "Remove what does not belong there.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _hopeless("is not UTF-8 text", "Save it as UTF-8.", line)
    try:
        return _Reader(text).read()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said, advice = _said(error), _advice(str(error.problem))
        if begun := _cut_off(text):  # the parser tells where it gave up, which is far away
            advice = (
                f"In line {begun} a bare # begins a comment, which hides the rest: put quotes around `#…`."
            )
        return _hopeless(f"is not YAML: {said}", advice, mark.line + 1 if mark else None)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = "has a character that YAML does not allow (a control character?)"
        return _hopeless(message, "Remove it.", line)
    except (YAMLError, ValueError, OverflowError) as error:
        return _hopeless(f"is not YAML: {str(error).splitlines()[0]}", "Correct it.")


def _hopeless(message: str, remedy: str, line: int | None = None) -> Source:
    return Source(flaws=[Flaw(line=line, path=(), message=f"the file {message}", remedy=remedy)])


def _cut_off(text: str) -> int | None:
    """The first line in which a bare `#` hides the end of what a bracket on that line opened."""
    for number, line in enumerate(text.split("\n"), 1):
        depth, quote, before = 0, "", " "
        for sign in line:
            if quote:
                quote = "" if sign == quote else quote
            elif sign in "\"'" and not before.isalnum():
                quote = sign
            elif sign == "#" and before.isspace():
                if depth > 0:
                    return number
                break
            else:
                depth += (sign in "[{") - (sign in "]}")
            before = sign
    return None


def _said(error: MarkedYAMLError) -> str:
    return " ".join(str(part) for part in (error.context, error.problem) if part)


def _advice(problem: str) -> str:
    if "\\t" in problem:
        return "Indent with spaces, not with tabs."
    if "mapping values are not allowed" in problem:
        return "Check the indentation; put text that contains `: ` in quotes."
    if "could not find expected ':'" in problem:
        return "A key needs a colon and a space after it."
    return "Check the indentation, the quotes and the brackets there."


class _TooMuch(ValueError):
    """The rest is not read."""


class _Reader:
    """Builds the data from the parser's events, so that nothing is ever resolved or constructed."""

    def __init__(self, text: str) -> None:
        self._source = Source()
        self._events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(text))
        self._nodes = 0

    def read(self) -> Source:
        documents = 0
        self._source.lines[()] = 1
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                self._check_document(event, documents)
            elif isinstance(event, NodeEvent):
                data = self._value(event, ())
                if documents == 1:
                    self._source.data = data
        return self._source

    def _check_document(self, event: DocumentStartEvent, number: int) -> None:
        if number > 1:
            self._flaw(event, (), "there is a second document (`---`)", "Keep one document in the file.")
        if event.version and tuple(event.version) != (1, 2):
            self._flaw(event, (), "the file asks for another version of YAML", "Remove the `%YAML` line.")
        if event.tags:
            self._flaw(event, (), "the file declares tags", "Remove the `%TAG` line.")

    def _value(self, event: Event, path: Path) -> Data:
        assert isinstance(event, NodeEvent)
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise _TooMuch(f"it has more than {MOST_NODES} values")
        if len(path) > DEEPEST:
            raise _TooMuch(f"it is nested more than {DEEPEST} deep")
        if isinstance(event, AliasEvent):
            self._flaw(event, path, f"`*{event.anchor}` is an alias", "Write the value out.")
            return None
        self._check_node(event, path)
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path)
        assert isinstance(event, ScalarEvent)
        return _scalar(event)

    def _check_node(self, event: NodeEvent, path: Path) -> None:
        if event.anchor:
            self._flaw(event, path, f"`&{event.anchor}` is an anchor", "Remove it, and write values out.")
        if tag := getattr(event, "tag", None):  # an alias has none
            tag = printable(str(tag))
            self._flaw(event, path, f"the tag `{tag}` is not allowed", "Remove the tag.")
        if isinstance(event, ScalarEvent) and UNFIT.search(str(event.value)):
            self._flaw(event, path, "has a control character or half of one", "Remove the `\\` escape.")

    def _mapping(self, path: Path) -> dict[str, Data]:
        found: dict[str, Data] = {}
        for event in self._until(MappingEndEvent):
            key = self._key(event, path)
            place = (*path, key)
            line = self._source.lines.get(place)
            self._source.lines.setdefault(place, _line(event))
            if key not in found:
                found[key] = self._value(next(self._events), place)
            else:
                self._value(next(self._events), (*place, "again"))
                self._flaw(event, place, f"`{key}` stands here twice (first on line {line})", "Keep one.")
        return found

    def _key(self, event: Event, path: Path) -> str:
        if isinstance(event, ScalarEvent):
            self._check_node(event, path)
            return str(event.value)
        self._flaw(event, path, "a key is not plain text", "Use a plain name as the key.")
        self._value(event, (*path, "?"))
        return "?"

    def _sequence(self, path: Path) -> list[Data]:
        found: list[Data] = []
        for event in self._until(SequenceEndEvent):
            place = (*path, len(found))
            self._source.lines[place] = _line(event)
            found.append(self._value(event, place))
        return found

    def _until(self, end: type[Event]) -> Iterator[Event]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _flaw(self, event: Event, path: Path, message: str, remedy: str) -> None:
        self._source.flaws.append(Flaw(line=_line(event), path=path, message=message, remedy=remedy))


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1


def _scalar(event: ScalarEvent) -> Data:
    """YAML 1.2's core schema: `yes`, `09:00` and `2026-01-05` are texts."""
    text = str(event.value)
    if event.style is not None:
        return text
    if text in {"", "~", "null", "Null", "NULL"}:
        return None
    if text in {"true", "True", "TRUE", "false", "False", "FALSE"}:
        return text.lower() == "true"
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if DECIMAL.fullmatch(text) else text
