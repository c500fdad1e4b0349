"""Slack's mrkdwn as HTML. Everything is escaped first; only what this module writes itself is markup."""

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from bot.sandbox.slack.shapes import unescape
from bot.sandbox.web.dates import dated
from bot.sandbox.web.emoji import EMOJI, with_emoji
from bot.sandbox.web.reader import Reader

_FENCE = re.compile(r"```(.+?)```", re.DOTALL)
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<token>[^<>\n]+)>"
    r"|:(?P<emoji>[a-z0-9_+\-]{1,40}):"
    r"|(?<![\w*])\*(?P<bold>(?=\S)[^*\n]+)(?<=\S)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>(?=\S)[^_\n]+)(?<=\S)_(?![\w_])"
    r"|(?<![\w~])~(?P<strike>(?=\S)[^~\n]+)(?<=\S)~(?![\w~])"
)
_QUOTE = re.compile(r"^(?:&gt;|>) ?")
_TAGS = {"bold": Markup("<b>{}</b>"), "italic": Markup("<i>{}</i>"), "strike": Markup("<s>{}</s>")}
_BREAK = Markup("<br>")


def mrkdwn(text: str, reader: Reader) -> Markup:
    """Text with Slack's markup, as the reader sees it."""
    pieces: list[Markup] = []
    for number, part in enumerate(_FENCE.split(text)):
        if number % 2:
            pieces.append(Markup("<pre>{}</pre>").format(unescape(part).strip("\n")))
        elif part.strip("\n") or not pieces:
            pieces.append(_lines(part.strip("\n"), reader))
    return Markup("").join(pieces)


def plain(text: str) -> Markup:
    """Text without markup; only emoji have names."""
    return escape(with_emoji(text))


def link(url: str, label: Markup, reader: Reader) -> Markup:
    """A link, or its label alone when it leads nowhere safe. What leaves this server opens beside it."""
    target = reader.href(url)
    if target is None:
        return label
    if target.startswith("/"):
        return Markup('<a href="{}">{}</a>').format(target, label)
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(target, label)


def mention(user_id: str, label: str, reader: Reader) -> Markup:
    """A user's name; louder when the reader is meant."""
    name = reader.name_of(user_id) or label or user_id
    return _chip(f"@{name}", loud=user_id == reader.user.id)


def group_mention(group_id: str, label: str, reader: Reader) -> Markup:
    """A user group's handle; louder when the reader belongs to it."""
    group = reader.world.groups.get(group_id)
    name = f"@{group.handle}" if group else label or group_id
    return _chip(name, loud=group is not None and reader.user.id in group.users)


def channel_mention(channel_id: str, label: str, reader: Reader) -> Markup:
    """A channel, with a way into it if the reader may go there."""
    name = reader.channel_name(channel_id)
    if name is None:
        return _chip(f"#{label or 'private channel'}", loud=False)
    return Markup('<a class="mention" href="{}">#{}</a>').format(reader.room(channel_id), name)


def broadcast(name: str) -> Markup:
    """`@here`, `@channel` and `@everyone`, which mean every reader."""
    return _chip(f"@{name}", loud=True)


def _chip(text: str, *, loud: bool) -> Markup:
    return Markup('<span class="mention{}">{}</span>').format(" loud" if loud else "", text)


def _lines(text: str, reader: Reader) -> Markup:
    pieces: list[Markup] = []
    quoted: list[Markup] = []
    shown: list[Markup] = []
    for line in text.split("\n"):
        mark = _QUOTE.match(line)
        if mark:
            pieces += _paragraph(shown)
            quoted.append(_inline(line[mark.end() :], reader))
        else:
            pieces += _quotation(quoted)
            shown.append(_inline(line, reader))
    return Markup("").join([*pieces, *_quotation(quoted), *_paragraph(shown)])


def _paragraph(lines: list[Markup]) -> Iterator[Markup]:
    if lines:
        yield _BREAK.join(lines)
        lines.clear()


def _quotation(lines: list[Markup]) -> Iterator[Markup]:
    if lines:
        yield Markup("<blockquote>{}</blockquote>").format(_BREAK.join(lines))
        lines.clear()


def _inline(text: str, reader: Reader) -> Markup:
    pieces: list[Markup] = []
    at = 0
    for found in _INLINE.finditer(text):
        pieces += [escape(unescape(text[at : found.start()])), _span(found, reader)]
        at = found.end()
    return Markup("").join([*pieces, escape(unescape(text[at:]))])


def _span(found: re.Match[str], reader: Reader) -> Markup:
    inner = str(found.group(str(found.lastgroup)))
    match found.lastgroup:
        case "code":
            return Markup("<code>{}</code>").format(unescape(inner))
        case "token":
            return _token(inner, reader)
        case "emoji":
            return escape(EMOJI.get(inner, f":{inner}:"))
        case name:
            return _TAGS[str(name)].format(_inline(inner, reader))


def _token(inner: str, reader: Reader) -> Markup:
    target, _, label = inner.partition("|")
    label = unescape(label)
    if target.startswith("@"):
        return mention(target[1:], label.removeprefix("@"), reader)
    if target.startswith("#"):
        return channel_mention(target[1:], label, reader)
    if target.startswith("!subteam^"):
        return group_mention(target.removeprefix("!subteam^"), label, reader)
    if target.startswith("!date^"):
        return _date(target, label, reader)
    if target in ("!here", "!channel", "!everyone"):
        return broadcast(target[1:])
    if target.startswith("!"):
        return escape(label or f"<{inner}>")
    if ":" not in target:
        return escape(f"<{unescape(inner)}>")
    url = unescape(target)
    return link(url, plain(label or url.removeprefix("mailto:")), reader)


def _date(target: str, fallback: str, reader: Reader) -> Markup:
    _, epoch, form, *address = [*target.split("^", 3), "", ""][:4]
    words = Markup('<time title="{}">{}</time>').format(
        fallback, dated(epoch, unescape(form), fallback, reader)
    )
    return link(unescape(address[0]), words, reader) if address[0] else words
