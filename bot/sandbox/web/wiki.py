"""A little of Jira's wiki markup as HTML: bold, links, verbatim blocks, headings, lists. Escaped first."""

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from bot.sandbox.web.mrkdwn import link
from bot.sandbox.web.reader import Reader

_BLOCK = re.compile(r"\{(noformat|code)(?::[^}\n]*)?\}\n?(.*?)\{\1\}", re.DOTALL)
_HEADING = re.compile(r"^h([1-6])\. (.*)")
_BULLET = re.compile(r"^[*\-] (.*)")
_INLINE = re.compile(
    r"\\(?P<kept>[{}\[\]*_\-!|^~+?#\\])"
    r"|&(?P<entity>amp|#46|#92);"
    r"|\[(?P<label>[^\[\]|\n]*(?:\\.[^\[\]|\n]*)*)\|(?P<url>[^\[\]|\n]+)\]"
    r"|(?<![\w*\\])\*(?P<bold>(?=\S)[^*\n]+)(?<=[^\s\\])\*(?![\w*])"
    r"|(?P<address>https?://[^\s<>\[\]|]+)"
)
_ENTITIES = {"amp": "&", "#46": ".", "#92": "\\"}
_BREAK = Markup("<br>")


def wiki(text: str, reader: Reader) -> Markup:
    """A description or a comment."""
    pieces: list[Markup] = []
    at = 0
    for found in _BLOCK.finditer(text):
        pieces += [*_lines(text[at : found.start()], reader)]
        pieces.append(Markup("<pre>{}</pre>").format(found.group(2).strip("\n")))
        at = found.end()
    return Markup("").join([*pieces, *_lines(text[at:], reader)])


def _lines(text: str, reader: Reader) -> Iterator[Markup]:
    shown: list[Markup] = []
    for line in text.strip("\n").split("\n"):
        heading, bullet = _HEADING.match(line), _BULLET.match(line)
        if heading:
            shown.append(Markup("<b>{}</b>").format(_inline(heading.group(2), reader)))
        elif bullet:
            shown.append(Markup("• {}").format(_inline(bullet.group(1), reader)))
        else:
            shown.append(_inline(line, reader))
    if any(shown):
        yield Markup("<p>{}</p>").format(_BREAK.join(shown))


def _inline(text: str, reader: Reader) -> Markup:
    pieces: list[Markup] = []
    at = 0
    for found in _INLINE.finditer(text):
        pieces += [escape(text[at : found.start()]), _span(found, reader)]
        at = found.end()
    return Markup("").join([*pieces, escape(text[at:])])


def _span(found: re.Match[str], reader: Reader) -> Markup:
    if found["kept"]:
        return escape(found["kept"])
    if found["entity"]:
        return escape(_ENTITIES[found["entity"]])
    if found["url"]:
        return link(found["url"], _inline(found["label"] or "", reader) or escape(found["url"]), reader)
    if found["address"]:
        return link(found["address"], escape(found["address"]), reader)
    return Markup("<b>{}</b>").format(_inline(found["bold"], reader))
