"""Slack's JSON as it is, and the pure functions over its texts: escaping, mentions, rich text, colours."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Json = dict[
    str, Any
]  # here Slack's JSON enters the sandbox; it is carried unchanged, never interpreted twice

COLOURS = {"good": "2eb886", "warning": "daa038", "danger": "a30200"}

_TYPED = re.compile(r"https?://[^\s<>|]+|(?<![\w.])@([\w.\-]+)|(?<![\w/])#([\w\-]+)")
_MARKUP = re.compile(r"<(@[UW]\w+|#[CG]\w+|!subteam\^\w+|!\w+|https?://[^|>]+|mailto:[^|>]+)(?:\|([^>]*))?>")


class SlackError(Exception):
    """Slack answers `ok: false` with this error; `extra` stands beside it in the answer."""

    def __init__(self, error: str, **extra: object) -> None:
        super().__init__(error)
        self.error = error
        self.extra: Json = dict(extra)


def invalid(error: str, messages: list[str]) -> SlackError:
    """A refusal that points into the arguments, as `invalid_blocks` and `invalid_arguments` do."""
    return SlackError(error, errors=messages, response_metadata={"messages": messages})


def escape(text: str) -> str:
    """Slack's three entities, in Slack's order."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """The three entities back into characters."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def encode_typed(
    text: str, mention: Callable[[str], str | None], channel: Callable[[str], str | None]
) -> str:
    """What the client sends for text typed by a person: entities escaped, known names and links marked up."""
    pieces: list[str] = []
    at = 0
    for found in _TYPED.finditer(text):
        handle, room = found.group(1), found.group(2)
        tail = ""
        if handle:
            trimmed = handle.rstrip(".-")
            markup, tail = mention(trimmed), handle[len(trimmed) :]
        elif room:
            markup = channel(room)
        else:
            markup = f"<{escape(found.group(0))}>"
        pieces += [escape(text[at : found.start()]), (markup + tail) if markup else escape(found.group(0))]
        at = found.end()
    return "".join([*pieces, escape(text[at:])])


def rich_text(text: str, block_id: str) -> list[Json]:
    """The `rich_text` block that Slack's client composes for a person's message."""
    elements: list[Json] = []
    at = 0
    for found in _MARKUP.finditer(text):
        if found.start() > at:
            elements.append({"type": "text", "text": unescape(text[at : found.start()])})
        elements.append(_rich_element(found.group(1), found.group(2)))
        at = found.end()
    if at < len(text):
        elements.append({"type": "text", "text": unescape(text[at:])})
    section = {"type": "rich_text_section", "elements": elements}
    return [{"type": "rich_text", "block_id": block_id, "elements": [section]}]


def _rich_element(target: str, label: str | None) -> Json:
    if target.startswith("@"):
        return {"type": "user", "user_id": target[1:]}
    if target.startswith("#"):
        return {"type": "channel", "channel_id": target[1:]}
    if target.startswith("!subteam^"):
        return {"type": "usergroup", "usergroup_id": target.removeprefix("!subteam^")}
    if target.startswith("!"):
        return {"type": "broadcast", "range": target[1:]}
    link: Json = {"type": "link", "url": unescape(target)}
    return link | {"text": unescape(label)} if label else link


def colour(value: object) -> str:
    """An attachment's colour as events carry it: named colours resolved, no `#`."""
    text = str(value)
    return COLOURS.get(text, text.removeprefix("#"))


def words(body: Mapping[str, Any]) -> str:
    """All that a reader sees of a message or view, one line per piece: for finding, not for showing."""
    pieces = [str(body["text"])] if isinstance(body.get("text"), str) and body["text"] else []
    pieces += [text for block in body.get("blocks") or [] for text in texts(block)]
    for attachment in body.get("attachments") or []:
        pieces += [str(attachment[k]) for k in ("pretext", "title", "text", "footer") if attachment.get(k)]
        pieces += [f"{f.get('title', '')}: {f.get('value', '')}" for f in attachment.get("fields") or []]
        pieces += [text for block in attachment.get("blocks") or [] for text in texts(block)]
    return "\n".join(pieces)


def texts(node: object) -> Iterator[str]:
    """Every readable string inside a block, in reading order."""
    if isinstance(node, list):
        for item in node:
            yield from texts(item)
    elif isinstance(node, dict):
        if isinstance(node.get("text"), str) and node["text"]:
            yield node["text"]
        for key, value in node.items():
            if isinstance(value, dict | list) and key != "confirm":
                yield from texts(value)
