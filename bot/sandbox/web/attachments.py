"""Attachments as HTML: the colour bar, and what stands beside it, of the old kind or made of blocks."""

import re

from markupsafe import Markup

from bot.sandbox.slack.shapes import Json
from bot.sandbox.web.blocks import Canvas, blocks
from bot.sandbox.web.mrkdwn import link, mrkdwn, plain
from bot.sandbox.web.reader import Reader

_COLOUR = re.compile(r"[0-9a-fA-F]{6}|[0-9a-fA-F]{3}")
_NOTHING = Markup("")


def attachments(many: object, canvas: Canvas) -> Markup:
    """All attachments of a message."""
    found = [each for each in many if isinstance(each, dict)] if isinstance(many, list) else []
    return _NOTHING.join(_attachment(each, canvas) for each in found)


def _attachment(one: Json, canvas: Canvas) -> Markup:
    parts = [
        _said(one, "author_name", "a-author"),
        _title(one, canvas.reader),
        _body(one, canvas.reader),
        _fields(one, canvas.reader),
        blocks(one.get("blocks"), canvas),
        _buttons(one, canvas.reader),
        _picture(one),
        _said(one, "footer", "a-footer"),
    ]
    inner = _NOTHING.join(part for part in parts if part)
    if not inner:
        inner = mrkdwn(str(one.get("fallback", "")), canvas.reader)
    before = _marked(one.get("pretext"), canvas.reader, "a-pretext")
    return Markup('{}<div class="attachment">{}<div class="a-body">{}</div></div>').format(
        before, _bar(str(one.get("color", ""))), inner
    )


def _bar(colour: str) -> Markup:
    # An SVG attribute: the page's policy allows no inline styles.
    bare = colour.removeprefix("#")
    fill = f"#{bare}" if _COLOUR.fullmatch(bare) else "#8a8a93"
    return Markup(
        '<svg class="bar" aria-hidden="true"><rect width="4" height="100%" fill="{}"/></svg>'
    ).format(fill)


def _said(one: Json, key: str, look: str) -> Markup:
    words = one.get(key)
    return Markup('<div class="{}">{}</div>').format(look, plain(str(words))) if words else _NOTHING


def _marked(words: object, reader: Reader, look: str) -> Markup:
    return Markup('<div class="{}">{}</div>').format(look, mrkdwn(str(words), reader)) if words else _NOTHING


def _title(one: Json, reader: Reader) -> Markup:
    if not one.get("title"):
        return _NOTHING
    words = plain(str(one["title"]))
    address = one.get("title_link")
    return Markup('<div class="a-title">{}</div>').format(
        link(str(address), words, reader) if address else words
    )


def _body(one: Json, reader: Reader) -> Markup:
    return _marked(one.get("text"), reader, "a-text")


def _fields(one: Json, reader: Reader) -> Markup:
    many = one.get("fields")
    cells = [
        Markup('<div class="a-field{}"><b>{}</b><div>{}</div></div>').format(
            " short" if each.get("short") else "",
            plain(str(each.get("title") or "")),
            mrkdwn(str(each.get("value") or ""), reader),
        )
        for each in (many if isinstance(many, list) else [])
        if isinstance(each, dict)
    ]
    return Markup('<div class="a-fields">{}</div>').format(_NOTHING.join(cells)) if cells else _NOTHING


def _buttons(one: Json, reader: Reader) -> Markup:
    many = one.get("actions")
    links = [
        Markup('<span class="a-link">{}</span>').format(
            link(str(each.get("url", "")), plain(str(each.get("text", "") or "Open")), reader)
        )
        for each in (many if isinstance(many, list) else [])
        if isinstance(each, dict)
    ]
    return Markup('<div class="b-actions">{}</div>').format(_NOTHING.join(links)) if links else _NOTHING


def _picture(one: Json) -> Markup:
    if not one.get("image_url"):
        return _NOTHING
    return Markup('<div class="b-image" role="img">🖼 picture, not loaded by the sandbox</div>')
