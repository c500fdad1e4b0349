"""`rich_text` blocks as HTML: what people's own messages are made of."""

from collections.abc import Iterator

from markupsafe import Markup, escape

from bot.sandbox.slack.shapes import Json
from bot.sandbox.web import mrkdwn
from bot.sandbox.web.emoji import EMOJI
from bot.sandbox.web.reader import Reader

_WRAPS = {
    "bold": Markup("<b>{}</b>"),
    "italic": Markup("<i>{}</i>"),
    "strike": Markup("<s>{}</s>"),
    "code": Markup("<code>{}</code>"),
}
_PARTS = {
    "rich_text_section": Markup("<p>{}</p>"),
    "rich_text_quote": Markup("<blockquote>{}</blockquote>"),
    "rich_text_preformatted": Markup("<pre>{}</pre>"),
}

_ORDERED, _BULLETS = Markup("<ol>{}</ol>"), Markup("<ul>{}</ul>")


def rich_text(block: Json, reader: Reader) -> Markup:
    """The whole block; parts of unknown kinds are left out."""
    return Markup("").join(_part(part, reader) for part in _objects(block.get("elements")))


def _part(part: Json, reader: Reader) -> Markup:
    kind = part.get("type")
    if kind == "rich_text_list":
        items = [Markup("<li>{}</li>").format(_run(each, reader)) for each in _objects(part.get("elements"))]
        shape = _ORDERED if part.get("style") == "ordered" else _BULLETS
        return shape.format(Markup("").join(items))
    wrap = _PARTS.get(str(kind))
    return wrap.format(_run(part, reader)) if wrap else Markup("")


def _run(part: Json, reader: Reader) -> Markup:
    return Markup("").join(_styled(each, reader) for each in _objects(part.get("elements")))


def _styled(element: Json, reader: Reader) -> Markup:
    drawn = _element(element, reader)
    style = element.get("style")
    for name, wrap in _WRAPS.items():
        if isinstance(style, dict) and style.get(name):
            drawn = wrap.format(drawn)
    return drawn


def _element(element: Json, reader: Reader) -> Markup:
    def of(key: str) -> str:
        return str(element.get(key) or "")

    match element.get("type"):
        case "text":
            return Markup("<br>").join(escape(line) for line in of("text").split("\n"))
        case "link":
            return mrkdwn.link(of("url"), escape(of("text") or of("url")), reader)
        case "emoji":
            return escape(EMOJI.get(of("name"), f":{of('name')}:"))
        case "user":
            return mrkdwn.mention(of("user_id"), "", reader)
        case "channel":
            return mrkdwn.channel_mention(of("channel_id"), "", reader)
        case "usergroup":
            return mrkdwn.group_mention(of("usergroup_id"), "", reader)
        case "broadcast":
            return mrkdwn.broadcast(of("range"))
        case _:
            return Markup("")


def _objects(value: object) -> Iterator[Json]:
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))
