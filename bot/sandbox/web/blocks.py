"""Block Kit as HTML. What can be pressed becomes a button of the form that stands around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from bot.sandbox.slack.shapes import Json
from bot.sandbox.web import fields, mrkdwn
from bot.sandbox.web.reader import Reader
from bot.sandbox.web.rich_text import rich_text

_NOTHING = Markup("")
_MULTIPLE = ("checkboxes", "radio_buttons")
_LABEL = Markup('<label for="{2}">{0}{1}</label>')
_GROUP_LABEL = Markup('<span class="label">{0}{1}</span>')


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """What blocks are drawn for: the reader, what the fields hold, and errors by block id."""

    reader: Reader
    values: Json = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def blocks(many: object, canvas: Canvas) -> Markup:
    """All blocks of a message, an attachment or a view; unknown kinds are named, not drawn."""
    found = [each for each in many if isinstance(each, dict)] if isinstance(many, list) else []
    return _NOTHING.join(block(each, canvas) for each in found)


def block(one: Json, canvas: Canvas) -> Markup:
    """One block."""
    match one.get("type"):
        case "section":
            return _section(one, canvas)
        case "header":
            return Markup('<h3 class="b-header">{}</h3>').format(text_of(one.get("text"), canvas.reader))
        case "divider":
            return Markup('<hr class="b-divider">')
        case "context":
            return _context(one, canvas)
        case "actions":
            drawn = [element(each, one, canvas) for each in one.get("elements") or []]
            return Markup('<div class="b-actions">{}</div>').format(_NOTHING.join(drawn))
        case "rich_text":
            return Markup('<div class="b-rich">{}</div>').format(rich_text(one, canvas.reader))
        case "image":
            return _image(one, canvas)
        case "input":
            return _input(one, canvas)
        case "markdown":
            return Markup('<div class="b-section">{}</div>').format(
                mrkdwn.mrkdwn(str(one.get("text", "")), canvas.reader)
            )
        case other:
            return Markup('<p class="undrawn">The sandbox does not draw a block of type {}.</p>').format(
                str(other)
            )


def text_of(text: object, reader: Reader) -> Markup:
    """A text object, plain or with markup; nothing for anything else."""
    if not isinstance(text, dict):
        return _NOTHING
    words = str(text.get("text", ""))
    return mrkdwn.mrkdwn(words, reader) if text.get("type") == "mrkdwn" else mrkdwn.plain(words)


def element(one: Json, within: Json, canvas: Canvas) -> Markup:
    """One interactive element of a block."""
    name = f"{within.get('block_id', '')}/{one.get('action_id', '')}"
    match one.get("type"):
        case "button":
            return _button(one, name, canvas.reader)
        case "overflow":
            return _overflow(one, name)
        case "image":
            return Markup('<span class="image" role="img">🖼 {}</span>').format(str(one.get("alt_text", "")))
        case _:
            return fields.field(_field(one, within, name, canvas, press=f":{name}"), canvas.reader)


def _section(one: Json, canvas: Canvas) -> Markup:
    words = text_of(one.get("text"), canvas.reader)
    text = Markup('<div class="b-text">{}</div>').format(words) if words else _NOTHING
    cells = [
        Markup('<div class="b-field">{}</div>').format(text_of(each, canvas.reader))
        for each in one.get("fields") or []
    ]
    columns = Markup('<div class="b-fields">{}</div>').format(_NOTHING.join(cells)) if cells else _NOTHING
    beside = one.get("accessory")
    aside = element(beside, one, canvas) if isinstance(beside, dict) else _NOTHING
    aside = Markup('<div class="b-accessory">{}</div>').format(aside) if aside else _NOTHING
    return Markup('<div class="b-section"><div class="b-main">{}{}</div>{}</div>').format(
        text, columns, aside
    )


def _context(one: Json, canvas: Canvas) -> Markup:
    drawn = [
        Markup("<span>{}</span>").format(
            element(each, one, canvas) if each.get("type") == "image" else text_of(each, canvas.reader)
        )
        for each in one.get("elements") or []
    ]
    return Markup('<div class="b-context">{}</div>').format(_NOTHING.join(drawn))


def _image(one: Json, canvas: Canvas) -> Markup:
    title = text_of(one.get("title"), canvas.reader)
    return Markup('<figure class="b-image"><div role="img">🖼 {}</div>{}</figure>').format(
        str(one.get("alt_text", "")),
        Markup("<figcaption>{}</figcaption>").format(title) if title else _NOTHING,
    )


def _input(one: Json, canvas: Canvas) -> Markup:
    inner, name = one["element"], f"{one.get('block_id', '')}/{one['element'].get('action_id', '')}"
    wrong = canvas.errors.get(str(one.get("block_id")), "")
    press = f":{name}" if one.get("dispatch_action") else ""
    it = _field(inner, one, name, canvas, press=press, invalid=bool(wrong))
    hint = text_of(one.get("hint"), canvas.reader)
    optional = Markup(' <span class="optional">(optional)</span>') if one.get("optional") else _NOTHING
    grouped = it.kind in _MULTIPLE or it.kind.startswith("multi_")
    label = _GROUP_LABEL if grouped else _LABEL
    return Markup('<div class="b-input{}">{}{}{}{}</div>').format(
        " wrong" if wrong else "",
        label.format(text_of(one.get("label"), canvas.reader), optional, it.dom_id),
        fields.field(it, canvas.reader),
        Markup('<p class="error" role="alert">{}</p>').format(wrong) if wrong else _NOTHING,
        Markup('<p class="hint">{}</p>').format(hint) if hint else _NOTHING,
    )


def _field(
    one: Json, within: Json, name: str, canvas: Canvas, *, press: str = "", invalid: bool = False
) -> fields.Field:
    held = canvas.values.get(str(within.get("block_id"))) or {}
    state = held.get(str(one.get("action_id"))) or {}
    label = within.get("label")
    said = str(label.get("text", "")) if isinstance(label, dict) else ""
    return fields.Field(element=one, name=name, state=state, label=said, press=press, invalid=invalid)


def _button(one: Json, name: str, reader: Reader) -> Markup:
    label = mrkdwn.plain(str((one.get("text") or {}).get("text", "")))
    style = str(one.get("style") or "")
    said = str(one.get("accessibility_label") or "")
    look = Markup(' class="button {}"').format(style if style in ("primary", "danger") else "plain")
    look += Markup(' aria-label="{}"').format(said) if said else _NOTHING
    target = reader.href(str(one["url"])) if one.get("url") else None
    if target is not None:  # it opens the address, and the app hears of it all the same
        beside = _NOTHING if target.startswith("/") else Markup(' target="_blank" rel="noopener noreferrer"')
        return Markup('<a href="{}" data-press=":{}"{}{}>{}</a>').format(target, name, look, beside, label)
    return Markup('<button type="submit" name="press" value=":{}" formnovalidate{}>{}</button>').format(
        name, look, label
    )


def _overflow(one: Json, name: str) -> Markup:
    choices = [
        Markup('<button type="submit" name="press" value="{}:{}" formnovalidate>{}</button>').format(
            number, name, mrkdwn.plain(str(each["text"]["text"]))
        )
        for number, each in enumerate(one.get("options") or [])
    ]
    return Markup(
        '<details class="more"><summary class="button plain" aria-label="More actions">⋯</summary>'
        '<div class="popup">{}</div></details>'
    ).format(_NOTHING.join(choices))
