"""Bytes that were posted to us become a document, or are refused with the place of what is wrong.

Only what nobody sends by good will is refused: duplicate names, numbers that JSON does not have, depth.
Texts are cleaned instead, and a line break inside of a text is forgiven: templates that people write do
that.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from urllib.parse import parse_qsl

from handlers.webhooks.delivery import Delivery
from handlers.webhooks.depth import DEEPEST, TOO_DEEP, flattened
from handlers.webhooks.document import Malformed, Node

MOST_DIGITS = 4_000
MOST_VALUES = 300_000
MOST_FIELDS = 1_000

_JSON_FIELDS = ("payload", "data", "json")
"""Fields of forms in which senders put the whole document."""

_RAW = "x-amz-sns-rawdelivery"
"""With this header the body is whatever was published to a topic of Amazon SNS, mere text for instance."""

_UNWANTED = re.compile("[\x00\ud800-\udfff]")
_BOUNDARY = re.compile(r'boundary="?([^";\s]{1,70})')
_FIELD = re.compile(r'[;\s]name="([^"]{0,200})"')
# The longer marks first: UTF-32's begins as UTF-16's does.
_FOREIGN = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def receive(
    raw: bytes, headers: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None
) -> Delivery:
    """One request: its JSON, its form, or the JSON in a field of its form. Raises Malformed.

    What looks like JSON is read as JSON whatever its type says: many senders name none, or a wrong one.
    Without a body everything stands in the query, as some senders have it.
    """
    told = {name.lower(): value for name, value in (headers or {}).items()}
    kind = told.get("content-type", "").lower()
    form: dict[str, str] = {}
    looks_like_json = raw.removeprefix(codecs.BOM_UTF8).lstrip().startswith((b"{", b"["))
    if not looks_like_json:
        if "application/x-www-form-urlencoded" in kind:
            form = _urlencoded(_decoded(raw))
        elif "multipart/form-data" in kind:
            form = _multipart(_decoded(raw), told["content-type"])
    if query and not raw.strip():
        return Delivery(body=Node(), headers=told, query=query)
    if told.get(_RAW) == "true" and not looks_like_json:
        return Delivery(body=Node(_UNWANTED.sub("", _decoded(raw)), "body"), headers=told, query=query or {})
    body = _of_form(form) if form else document(raw)
    return Delivery(body=body, headers=told, query=query or {}, form=form)


def document(raw: bytes, place: str = "") -> Node:
    """What a JSON document says. Raises Malformed."""
    return _loaded(_decoded(raw), place)


def within(node: Node) -> Node:
    """The document that stands as JSON in this text; the node itself if it is no such text."""
    if not isinstance(node.value, str) or not node.value.lstrip().startswith(("{", "[")):
        return node
    try:
        return _loaded(node.value, node.place)
    except Malformed:
        return node


_Container = dict[str, object] | list[object]


class _Refused:
    """Stands for a moment where something stood that cannot be accepted."""

    def __init__(self, why: str) -> None:
        self.why = why


def _decoded(raw: bytes) -> str:
    if not raw.startswith((b"{", b"[")):
        for mark, name in _FOREIGN:
            if raw.startswith(mark):
                raise Malformed("", f"this is {name}; send UTF-8")
    if b"\x00" in raw[:4]:
        raise Malformed("", f"this is {'UTF-32' if raw[:4].count(0) > 2 else 'UTF-16'}; send UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed(f"byte {error.start + 1}", "this is not UTF-8; send UTF-8") from None


def _loaded(text: str, place: str) -> Node:
    if not text.strip():
        raise Malformed(place, "nothing was sent")
    if text.lstrip().startswith("<"):
        raise Malformed(place, "this is XML or HTML; send JSON")
    try:
        value = _decoder(_no_constant).decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Malformed(f"{place} {where}".strip(), f"this is not JSON: {error.msg}") from None
    except RecursionError:
        value = _shallow(text, place)
    holder = [value]
    _check(holder, place, tidy="\\u" not in text and not _UNWANTED.search(text))
    return Node(holder[0], place)


def _shallow(text: str, place: str) -> object:
    """Without what is nested too deep, so that its place can be named. Raises Malformed."""
    try:
        return _decoder(_too_deep).decode(flattened(text))
    except ValueError:
        raise Malformed(place, f"nested deeper than {DEEPEST}") from None


@cache
def _decoder(constant: Callable[[str], _Refused]) -> json.JSONDecoder:
    return json.JSONDecoder(
        strict=False,
        object_pairs_hook=_members,
        parse_constant=constant,
        parse_int=_whole,
        parse_float=_broken,
    )


def _check(holder: list[object], place: str, *, tidy: bool) -> None:
    """Cleans texts where they stand, unless they are `tidy`. Raises Malformed for the first thing refused."""
    level: list[_Container] = [holder]
    values = 0
    for _ in range(DEEPEST + 1):
        values += sum(map(len, level))
        if values > MOST_VALUES:
            raise Malformed(place, f"more than {MOST_VALUES} values")
        if not level:
            return
        below: list[_Container] = []
        for container in level:
            for value in _values(container) if tidy else _cleaned(container):
                if isinstance(value, _Refused):
                    raise Malformed(_way(Node(holder[0], place), value), value.why)
                if isinstance(value, dict | list):
                    below.append(value)
        level = below
    if level:
        raise Malformed(_way(Node(holder[0], place), level[0]), f"nested deeper than {DEEPEST}")


def _values(container: _Container) -> Iterable[object]:
    return container if isinstance(container, list) else container.values()


def _cleaned(container: _Container) -> list[object]:
    """The values of a container, whose texts are cleaned in it."""
    if isinstance(container, list):
        container[:] = [_tidy(value) for value in container]
        return container
    for name, value in container.items():
        container[name] = _tidy(value)
    return list(container.values())


def _tidy(value: object) -> object:
    if isinstance(value, str) and _UNWANTED.search(value):
        return _UNWANTED.sub("", value)
    return value


def _way(node: Node, wanted: object) -> str:
    """Where something stands, found again slowly: only for who is refused."""
    for found in _all(node):
        if found.value is wanted:
            return found.place
    return node.place


def _all(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node.value, dict):
            waiting += [node[str(name)] for name in node.value]
        elif isinstance(node.value, list):
            waiting += [node[number] for number in range(len(node.value))]


def _members(pairs: list[tuple[str, object]]) -> object:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return _Refused(f"the name {name[:80]!r} stands here twice")
        seen.add(name)
    return members


def _no_constant(name: str) -> _Refused:
    return _Refused(f"{name} is no number in JSON")


def _too_deep(name: str) -> _Refused:
    return _Refused(f"nested deeper than {DEEPEST}") if name == TOO_DEEP else _no_constant(name)


def _whole(digits: str) -> int | _Refused:
    return int(digits) if len(digits) <= MOST_DIGITS else _Refused(f"more than {MOST_DIGITS} digits")


def _broken(digits: str) -> float | _Refused:
    if len(digits) > MOST_DIGITS:
        return _Refused(f"more than {MOST_DIGITS} digits")
    number = float(digits)
    return number if abs(number) != float("inf") else _Refused("a number beyond all bounds")


def _urlencoded(text: str) -> dict[str, str]:
    try:
        return _gathered(parse_qsl(text.strip(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise Malformed("", f"more than {MOST_FIELDS} fields") from None


def _multipart(text: str, kind: str) -> dict[str, str]:
    """Fields of multipart/form-data, without files (RFC 7578)."""
    boundary = _BOUNDARY.search(kind)
    if not boundary:
        raise Malformed("", "a form without its boundary")
    fields = []
    for part in text.split("--" + boundary[1], MOST_FIELDS)[1:]:
        head, _, value = part.replace("\r\n", "\n").partition("\n\n")
        if named := _FIELD.search(head[:1_000]):
            fields.append((named[1], value.removesuffix("\n")))
    return _gathered(fields)


def _gathered(fields: list[tuple[str, str]]) -> dict[str, str]:
    """Fields by name; one that comes again is told behind the first."""
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(_UNWANTED.sub("", name), []).append(_UNWANTED.sub("", value))
    return {name: ", ".join(values) for name, values in found.items()}


def _of_form(form: Mapping[str, str]) -> Node:
    for name in _JSON_FIELDS:
        node = Node(form.get(name), name)
        if isinstance(node.value, str) and node.value.lstrip().startswith(("{", "[")):
            return _loaded(node.value, name)
    return Node(dict(form))
