"""What can be filled in or chosen, as HTML: text inputs, menus, pickers. Names are `pick:block/action`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.workspace import ChannelKind
from bot.sandbox.web.mrkdwn import mrkdwn, plain
from bot.sandbox.web.reader import Reader, people

PICK = "pick:"
_INPUT_TYPES = {"email_text_input": "email", "url_text_input": "url", "number_input": "number"}
_TYPED = ("plain_text_input", *_INPUT_TYPES)
_PICKERS = {"datepicker": "date", "timepicker": "time", "datetimepicker": "datetime-local"}
_EMPTY = Markup("")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field: the element, its name in the form, what it holds, and how it is announced."""

    element: Json
    name: str
    state: Json
    label: str = ""
    invalid: bool = False
    press: str = ""
    """Sent at once when the choice changes; nothing in an input block, which waits for the submission."""

    @property
    def kind(self) -> str:
        """The element's type."""
        return str(self.element.get("type"))

    @property
    def dom_id(self) -> str:
        """Its id in the page."""
        return f"f-{self.name}"

    @property
    def attributes(self) -> Markup:
        """What every control of it has."""
        said = self.label or self.placeholder or self.kind.replace("_", " ")
        focus = Markup(" autofocus") if self.element.get("focus_on_load") else _EMPTY
        invalid = Markup(' aria-invalid="true"') if self.invalid else _EMPTY
        press = Markup(' data-press="{}"').format(self.press) if self.press else _EMPTY
        name = Markup(' name="{}{}" aria-label="{}"').format(PICK, self.name, said)
        return name + focus + invalid + press

    @property
    def placeholder(self) -> str:
        """The words that stand in it while it is empty."""
        words = self.element.get("placeholder")
        return str(words.get("text", "")) if isinstance(words, dict) else ""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One thing to choose."""

    value: str
    label: Markup
    description: Markup = _EMPTY
    chosen: bool = False


def field(it: Field, reader: Reader) -> Markup:
    """The control; a sentence where the sandbox has none for this type."""
    if it.kind in _TYPED:
        return _typed(it)
    if it.kind in _PICKERS:
        return _picker(it, reader)
    if it.kind in ("radio_buttons", "checkboxes"):
        return _boxes(it, _options(it, reader), many=it.kind == "checkboxes")
    choices = choices_of(it, reader)
    if choices is None:
        return Markup('<em class="undrawn">The sandbox does not draw a {}.</em>').format(it.kind)
    return _boxes(it, choices, many=True) if it.kind.startswith("multi_") else _menu(it, choices)


def choices_of(it: Field, reader: Reader) -> list[Choice] | None:
    """What a menu offers; None for a menu whose options only the app knows."""
    match it.kind.removeprefix("multi_"):
        case "static_select":
            return _options(it, reader)
        case "users_select":
            held = _held(it, "selected_user", "selected_users")
            return [_named(u.id, f"{u.real_name} (@{u.name})", held) for u in people(reader.world)]
        case "channels_select" | "conversations_select":
            held = _held(it, "selected_channel", "selected_channels") | _held(
                it, "selected_conversation", "selected_conversations"
            )
            rooms = [c for c in reader.world.channels.values() if reader.sees(c)]
            return [_named(c.id, f"#{c.name}", held) for c in rooms if c.kind is not ChannelKind.DM]
        case _:
            return None


def _named(value: str, label: str, held: set[str]) -> Choice:
    return Choice(value=value, label=Markup("{}").format(label), chosen=value in held)


def _held(it: Field, one: str, many: str) -> set[str]:
    found = it.state.get(one)
    several = it.state.get(many)
    return ({str(found)} if found else set()) | {str(each) for each in several or ()}


def _options(it: Field, reader: Reader) -> list[Choice]:
    groups = it.element.get("option_groups") or []
    options = [*(it.element.get("options") or []), *(o for group in groups for o in group["options"])]
    held = {str(each.get("value")) for each in _chosen(it.state)}
    return [
        Choice(
            value=str(each["value"]),
            label=_text(each["text"], reader),
            description=_text(each["description"], reader) if each.get("description") else _EMPTY,
            chosen=str(each["value"]) in held,
        )
        for each in options
    ]


def _chosen(state: Json) -> Iterable[Json]:
    one = state.get("selected_option")
    return [*(state.get("selected_options") or []), *([one] if isinstance(one, dict) else [])]


def _text(text: Json, reader: Reader) -> Markup:
    words = str(text.get("text", ""))
    return mrkdwn(words, reader) if text.get("type") == "mrkdwn" else plain(words)


def _typed(it: Field) -> Markup:
    value = str(it.state.get("value") or "")
    limits = _EMPTY
    for key, attribute in (("max_length", "maxlength"), ("min_length", "minlength")):
        if it.element.get(key):
            limits += Markup(' {}="{}"').format(attribute, it.element[key])
    shared = Markup(' id="{}" placeholder="{}"').format(it.dom_id, it.placeholder) + it.attributes + limits
    if it.element.get("multiline"):
        return Markup('<textarea rows="4"{}>\n{}</textarea>').format(shared, value)
    sort = _INPUT_TYPES.get(it.kind, "text")
    return Markup('<input type="{}" value="{}" autocomplete="off"{}>').format(sort, value, shared)


def _picker(it: Field, reader: Reader) -> Markup:
    value = it.state.get("selected_date") or it.state.get("selected_time") or ""
    instant = it.state.get("selected_date_time")
    if isinstance(instant, int):
        value = f"{reader.local(datetime.fromtimestamp(instant, UTC)):%Y-%m-%dT%H:%M}"
    shared = Markup(' id="{}"').format(it.dom_id) + it.attributes
    return Markup('<input type="{}" value="{}"{}>').format(_PICKERS[it.kind], str(value), shared)


def _menu(it: Field, choices: Sequence[Choice]) -> Markup:
    first = Markup('<option value="">{}</option>').format(it.placeholder or "Choose one")
    options = Markup("").join(
        Markup('<option value="{}"{}>{}</option>').format(
            each.value, Markup(" selected") if each.chosen else "", each.label.striptags()
        )
        for each in choices
    )
    shared = Markup(' id="{}"').format(it.dom_id) + it.attributes
    return Markup('<select class="menu"{}>{}{}</select>').format(shared, first, options)


def _boxes(it: Field, choices: Sequence[Choice], *, many: bool) -> Markup:
    boxes = Markup("").join(
        Markup('<label class="box"><input type="{}" value="{}"{}{}><span>{}{}</span></label>').format(
            "checkbox" if many else "radio",
            each.value,
            Markup(" checked") if each.chosen else "",
            it.attributes if not number else _later(it),
            each.label,
            Markup("<small>{}</small>").format(each.description) if each.description else "",
        )
        for number, each in enumerate(choices)
    )
    return Markup('<div class="boxes" role="group" id="{}" aria-label="{}">{}</div>').format(
        it.dom_id, it.label or it.placeholder, boxes
    )


def _later(it: Field) -> Markup:
    press = Markup(' data-press="{}"').format(it.press) if it.press else _EMPTY
    return Markup(' name="{}{}"').format(PICK, it.name) + press
