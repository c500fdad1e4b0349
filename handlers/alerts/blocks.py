"""Blocks of a Slack message, flattened to what a reader sees, within bounds."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.domain.alert import Link
from handlers.alerts.markup import Plain, clean, merged, plain, safe_link, unmarked

MAX_DEPTH = 10
MAX_ITEMS = 100
FIELD = re.compile(r"\*([^*\n]{1,80})\*:?[ \t]*\n?[ \t]*(.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A name and a value, as in a table; the name is without its colon."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One text or button of a block, with the links in it; `place` is such as `[0].elements[1]`."""

    text: str
    place: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """What blocks show: the first header, all text by lines, fields, links; and each with its place."""

    header: str = ""
    text: str = ""
    fields: tuple[Field, ...] = ()
    links: tuple[Link, ...] = ()
    shown: tuple[Shown, ...] = ()


NO_BLOCKS = Body()


@dataclass(kw_only=True, slots=True)
class Allowance:
    """How much of one message is read at most; what is beyond is not looked at."""

    chars: int = 60_000
    nodes: int = 3_000

    def take(self, value: object, *, escaped: bool = True) -> Plain:
        """A text out of JSON, cleaned and plain; empty when it is none or nothing is left.

        One that is not `escaped` has nothing but words: `<` and `&` in it mean themselves.
        """
        if not isinstance(value, str) or self.chars <= 0:
            return Plain(text="", links=())
        raw = value[: self.chars]
        self.chars -= len(raw)
        return plain(clean(raw)) if escaped else unmarked(clean(raw))

    def items(self, value: object) -> Iterator[Mapping[str, object]]:
        """The objects of a list out of JSON, as far as the allowance goes."""
        if not isinstance(value, list):
            return
        for item in value[:MAX_ITEMS]:
            self.nodes -= 1
            if self.nodes < 0:
                return
            if isinstance(item, dict):
                yield item


@dataclass(kw_only=True, slots=True)
class _Page:
    """Where a walk over blocks writes down what it sees."""

    allowance: Allowance
    header: str = ""
    lines: list[str] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    block: str = ""

    def write(self, value: object, step: str) -> str:
        """Take a text or a text object down, which stands at this step of the block; answer its text."""
        if isinstance(value, dict):
            value = value.get("text")
        taken = self.allowance.take(value)
        self.links.extend(taken.links)
        if taken.text.strip():
            self.lines.append(taken.text)
            self.shown.append(Shown(text=taken.text, place=self.block + step, links=taken.links))
        return taken.text

    def link(self, label: object, url: object, step: str) -> None:
        if isinstance(url, str):
            text = self.allowance.take(label.get("text") if isinstance(label, dict) else label).text
            if found := safe_link(text, clean(url[:4_000])):
                self.links.append(found)
                self.shown.append(Shown(text="", place=self.block + step, links=(found,)))


def read_blocks(value: object, allowance: Allowance) -> Body:
    """What a list of blocks shows. Unknown kinds are read by the names that all kinds share."""
    page = _Page(allowance=allowance)
    for number, block in enumerate(allowance.items(value)):
        page.block = f"[{number}]"
        _read_block(block, page)
    return Body(
        header=page.header,
        text="\n".join(page.lines),
        fields=tuple(page.fields),
        links=merged(tuple(page.links)),
        shown=tuple(page.shown),
    )


def read_field(text: str) -> Field | None:
    """`*Name:* value` or `*Name*` over its value, as integrations write fields of a section."""
    if (found := FIELD.match(text)) and found.group(2).strip():
        return Field(name=found.group(1).strip().rstrip(":").strip(), value=found.group(2).strip())
    return None


def _read_block(block: Mapping[str, object], page: _Page) -> None:
    match block.get("type"):
        case "header":
            text = page.write(block.get("text"), ".text")
            page.header = page.header or text.strip()
        case "actions":
            _read_buttons(block, page)
        case "rich_text":
            _read_rich(block, page)
        case "image":
            page.write(block.get("title"), ".title")
        case _:
            _read_section(block, page)


def _read_section(block: Mapping[str, object], page: _Page) -> None:
    page.write(block.get("title"), ".title")
    page.write(block.get("text"), ".text")
    for number, item in enumerate(page.allowance.items(block.get("fields"))):
        if found := read_field(page.write(item, f".fields[{number}]")):
            page.fields.append(found)
    for number, item in enumerate(page.allowance.items(block.get("elements"))):
        if item.get("type") != "image":
            page.write(item, f".elements[{number}]")
    accessory = block.get("accessory")
    if isinstance(accessory, dict):
        page.link(accessory.get("text"), accessory.get("url"), ".accessory.url")


def _read_buttons(block: Mapping[str, object], page: _Page) -> None:
    for number, item in enumerate(page.allowance.items(block.get("elements"))):
        page.link(item.get("text"), item.get("url"), f".elements[{number}].url")


def _read_rich(block: Mapping[str, object], page: _Page) -> None:
    for line in "".join(_rich(block, page, 0)).splitlines():
        if line.strip():
            page.lines.append(line)
            page.shown.append(Shown(text=line, place=page.block))


def _rich(node: Mapping[str, object], page: _Page, depth: int) -> Iterator[str]:
    """The text of rich text; sections and the items of a list end their line."""
    if depth > MAX_DEPTH:
        return
    for item in page.allowance.items(node.get("elements")):
        kind = item.get("type")
        if isinstance(item.get("elements"), list):
            yield from _rich(item, page, depth + 1)
            yield "\n"
        elif kind == "link":
            page.link(item.get("text") or "", item.get("url"), "")
            yield page.allowance.take(item.get("text") or item.get("url")).text
        elif kind == "emoji":
            yield f":{page.allowance.take(item.get('name')).text}:"
        else:
            yield _leaf(item, page)


def _leaf(item: Mapping[str, object], page: _Page) -> str:
    """A text, or a mention by its id. Text in rich text is not escaped, so it is only cleaned."""
    for name in ("user_id", "channel_id", "usergroup_id", "range"):
        if name in item:
            return "@" + page.allowance.take(item[name]).text
    value = item.get("text") or item.get("fallback")
    return page.allowance.take(value).text
