"""What the general reader looks at: the lines and fields of a message, and where each of them stands."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from handlers.alerts.blocks import Body, Field
from handlers.alerts.reading import Attachment, SlackMessage

MAX_LINES = 60
MAX_FIELDS = 120
# `Host: db-01`, `• *Host:* db-01`, and several in a line, as in `*Status:* Open   *Service:* Payments`.
NAMED_LINE = re.compile(r"[^\w\n]{0,6}([^\W\d_][\w /-]{0,40}?)\*?[ ]?:\*?\s+(\S[^\n]{0,300})")
NAMED_BOLD = re.compile(r"\*([^\W\d_][\w /-]{0,40}?)\*?[ ]?:\*?[ \t]+([^*\n]{1,300})(?=\*|$)")
JSON_PAIR = re.compile(r'"([A-Za-z_][\w .-]{0,40})"[ ]?:[ ]?"([^"\n]{1,200})"')
# `Project: payments    Alert: Many errors`: names and values in columns.
COLUMNS = re.compile(r"[ \t]{2,}|\t|[ ]\|[ ]")
LEADING_EMOJI = re.compile(r"^(?:\s*:[a-z0-9_+'-]{1,60}:)+\s*")
# Marks of Slack's for bold, code and italics; an underscore inside a word belongs to it.
MARKS = re.compile(r"[*`~]|(?<!\w)_|_(?!\w)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of words; `title` for those that stand above others."""

    text: str
    place: str
    title: bool = False

    @property
    def first(self) -> bool:
        """Whether it stands in the first attachment."""
        return self.place.startswith("attachments[0]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A named value; `name` is its `label` in lower case, with underscores. `listed`: a line has it too."""

    name: str
    label: str
    value: str
    place: str
    listed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """Lines in the order in which a reader meets them. `summaries` stand for a message elsewhere.

    `colour` is the first attachment's that has one; `colours` has them all, by the attachments' places.
    """

    lines: tuple[Line, ...]
    fields: tuple[Named, ...]
    summaries: tuple[Line, ...]
    colour: str
    colour_place: str
    colours: Mapping[str, str] = field(default_factory=dict)

    @property
    def titles(self) -> tuple[Line, ...]:
        """The lines that stand above others."""
        return tuple(line for line in self.lines if line.title)


def look_at(message: SlackMessage) -> Look:
    """Everything that is shown. The text of a message with blocks is not, so it is a summary."""
    summaries = [Line(text=part.fallback, place=f"{_part(n)}.fallback") for n, part in _parts(message)]
    lines = _distinct(shown_lines(message))
    lines = lines or _distinct([*summaries, *(_footer(n, part) for n, part in _parts(message))])
    if message.blocks.text:
        summaries = [*islice(_own(message), 3), *summaries]
    coloured = next(
        ((part.colour, f"{_part(n)}.color") for n, part in _parts(message) if part.colour), ("", "")
    )
    return Look(
        lines=lines,
        fields=tuple(islice(_fields(message, lines), MAX_FIELDS)),
        summaries=_distinct(summaries),
        colour=coloured[0],
        colour_place=coloured[1],
        colours={_part(n): part.colour for n, part in _parts(message) if part.colour},
    )


def bare(text: str) -> str:
    """Without the marks that Slack draws as bold, code or italics."""
    return MARKS.sub("", text)


def shown_lines(message: SlackMessage) -> Iterator[Line]:
    """Every line in the order in which a reader meets them, also those that stand there twice."""
    yield from _body(message.blocks, "blocks")
    if not message.blocks.text:
        yield from _own(message)
    for number, part in _parts(message):
        yield from _attachment(part, _part(number))


def _own(message: SlackMessage) -> Iterator[Line]:
    for number, line in enumerate(message.text.splitlines(), 1):
        yield Line(text=line, place=f"text line {number}")


def _attachment(part: Attachment, place: str) -> Iterator[Line]:
    yield from (Line(text=line, place=f"{place}.pretext") for line in part.pretext.splitlines())
    yield from (Line(text=line, place=f"{place}.title", title=True) for line in part.title.splitlines())
    yield from _body(part.blocks, f"{place}.blocks")
    for number, line in enumerate(part.text.splitlines(), 1):
        yield Line(text=line, place=f"{place}.text line {number}")
    for number, entry in enumerate(part.fields):
        if entry.name and not entry.value.strip():
            yield Line(text=entry.name, place=f"{place}.fields[{number}].title")


def _body(body: Body, place: str) -> Iterator[Line]:
    if body.header:
        yield Line(text=body.header, place=f"{place} header", title=True)
    for number, line in enumerate(body.text.splitlines(), 1):
        yield Line(text=line, place=f"{place} line {number}")


def _footer(number: int, part: Attachment) -> Line:
    return Line(text=part.footer, place=f"{_part(number)}.footer")


def _distinct(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Lines that are not empty, each once, as many as are looked at."""
    seen: dict[str, Line] = {}
    for line in lines:
        if text := line.text.strip():
            seen.setdefault(text, Line(text=text, place=line.place, title=line.title))
        if len(seen) >= MAX_LINES:
            break
    return tuple(seen.values())


def _fields(message: SlackMessage, lines: tuple[Line, ...]) -> Iterator[Named]:
    """Fields of attachments and blocks, then what lines name."""
    for entry in message.blocks.fields:
        yield _named(entry, "blocks", listed=True)
    for number, part in _parts(message):
        for index, entry in enumerate(part.fields):
            if entry.value.strip():
                yield _named(entry, f"{_part(number)}.fields[{index}]")
        for entry in part.blocks.fields:
            yield _named(entry, f"{_part(number)}.blocks", listed=True)
    values = (
        Line(text=e.value, place=f"{_part(n)}.fields[{i}]")
        for n, p in _parts(message)
        for i, e in enumerate(p.fields)
    )
    for line in (*lines, *values):
        for name, value in JSON_PAIR.findall(line.text[:5_000])[:40] if '":' in line.text else ():
            yield _named(Field(name=name, value=value), line.place, listed=True)
    for line in lines:
        found = NAMED_BOLD.findall(line.text[:2_000]) if line.text.count("*") >= 2 else []
        columns = COLUMNS.split(LEADING_EMOJI.sub("", line.text[:2_000]))
        found = found or [match.groups() for text in columns if (match := NAMED_LINE.match(text))]
        for name, value in found:
            yield _named(Field(name=name, value=value), line.place, listed=True)


def _named(entry: Field, place: str, *, listed: bool = False) -> Named:
    label, value = (" ".join(bare(text).split()) for text in (entry.name, entry.value))
    name = "_".join(label.casefold().replace("-", " ").split())
    return Named(name=name, label=label, value=value, place=place, listed=listed)


def _parts(message: SlackMessage) -> Iterator[tuple[int, Attachment]]:
    return enumerate(message.attachments)


def _part(number: int) -> str:
    return f"attachments[{number}]"
