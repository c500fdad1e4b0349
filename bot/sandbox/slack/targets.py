"""Finding what a person presses or fills in, and the JSON that Slack makes of their choice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.sandbox.slack.blocks import elements_of
from bot.sandbox.slack.shapes import Json, texts

_TEXT_INPUTS = ("plain_text_input", "number_input", "email_text_input", "url_text_input")
_VALUES = {
    **dict.fromkeys(_TEXT_INPUTS, "value"),
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
}
_INITIAL = {
    **dict.fromkeys(_TEXT_INPUTS, "initial_value"),
    "datetimepicker": "initial_date_time",
    "rich_text_input": "initial_value",
}
_STATELESS = ("button", "overflow", "image")
Resolve = Callable[[str], str]


class CannotAct(Exception):
    """The person could not do this in Slack's own client either; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """An interactive element, the block it stands in, and the number of its attachment if it is in one."""

    element: Json
    block: Json
    attachment: int = 0

    @property
    def label(self) -> str:
        """What a person reads on it."""
        own = self.element.get("text") or self.element.get("placeholder") or {}
        label = self.block.get("label") or own
        return str(label.get("text", "")) if isinstance(label, dict) else ""

    def answers_to(self, name: str) -> bool:
        """Whether a test or a page means this element by that name."""
        own = self.element.get("text")
        shown = own.get("text") if isinstance(own, dict) else None
        action, block = self.element.get("action_id"), self.block.get("block_id")
        return name in (action, shown, self.label, block, f"{block}/{action}")


def elements(body: Json) -> Iterator[Found]:
    """Every interactive element of a message or view."""
    for block in body.get("blocks") or []:
        yield from (Found(element=element, block=block) for element in _interactive(block))
    for attachment in body.get("attachments") or []:
        for block in attachment.get("blocks") or []:
            number = int(attachment["id"])
            yield from (Found(element=e, block=block, attachment=number) for e in _interactive(block))


def find(body: Json, name: str) -> Found:
    """The element of that action_id, text, label or block_id; else the only one whose text holds the name.

    `block_id/action_id` names one element among several that bear the same action.
    """
    found = list(elements(body))
    exact = next((each for each in found if each.answers_to(name)), None)
    if exact:
        return exact
    near = [each for each in found if name.casefold() in each.label.casefold()]
    if len(near) == 1:
        return near[0]
    there = ", ".join(f"{each.label or '?'} ({each.element.get('action_id')})" for each in found)
    raise CannotAct(f"there is no {name!r} here; there is: {there or 'nothing to press'}")


def chosen(element: Json, value: object, resolve: Resolve) -> Json:
    """The state of an element after a person chose `value`: `{"type": …, "selected_option": …}` and so on."""
    kind = str(element["type"])
    key = _VALUES.get(kind)
    if key is None:
        raise CannotAct(f"nothing can be chosen in a {kind}")
    if value is None or value == []:
        return {"type": kind, key: [] if key.endswith("s") and isinstance(value, list) else None}
    if key == "selected_option":
        return {"type": kind, key: _option(element, value)}
    if key == "selected_options":
        many = value if isinstance(value, list | tuple) else [value]
        return {"type": kind, key: [_option(element, each) for each in many]}
    if key in ("selected_user", "selected_conversation", "selected_channel"):
        return {"type": kind, key: resolve(str(value))}
    if key in ("selected_users", "selected_conversations", "selected_channels"):
        many = value if isinstance(value, list | tuple) else [value]
        return {"type": kind, key: [resolve(str(each)) for each in many]}
    return {"type": kind, key: value if key in ("selected_date_time", "rich_text_value") else str(value)}


def state_of(body: Json, typed: Json) -> Json:
    """`state.values`: everything stateful, as typed so far or as it began."""
    values: Json = {}
    for found in elements(body):
        kind = found.element["type"]
        if kind in _STATELESS or kind not in _VALUES:
            continue
        block, action = str(found.block["block_id"]), str(found.element["action_id"])
        known = (typed.get(block) or {}).get(action)
        values.setdefault(block, {})[action] = known or _initial(found.element)
    return values


def unfinished(body: Json, values: Json) -> Json:
    """What Slack's client says about required fields that are empty and texts of a wrong length."""
    errors: Json = {}
    for found in elements(body):
        if found.block.get("type") != "input":
            continue
        block = str(found.block["block_id"])
        state = values.get(block, {}).get(str(found.element["action_id"]), {})
        value = state.get(_VALUES.get(str(found.element["type"]), "value"))
        if value in (None, "", []):
            if not found.block.get("optional"):
                errors[block] = "Please complete this required field."
        elif isinstance(value, str) and found.element["type"] == "plain_text_input":
            errors |= _length(block, found.element, value)
    return errors


def _length(block: str, element: Json, value: str) -> Json:
    most, least = int(element.get("max_length") or 3000), int(element.get("min_length") or 0)
    if len(value) > most:
        return {block: f"Must be at most {most} characters."}
    return {block: f"Must be at least {least} characters."} if len(value) < least else {}


def _interactive(block: Json) -> Iterator[Json]:
    yield from (element for element, _ in elements_of(block) if element.get("type") != "image")


def _options(element: Json) -> list[Json]:
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *(o for group in groups for o in group["options"])]


def _option(element: Json, value: object) -> Json:
    if isinstance(value, dict):
        return value
    for option in _options(element):
        if value in (option.get("value"), option["text"]["text"]):
            return option
    offered = ", ".join(str(o["text"]["text"]) for o in _options(element))
    raise CannotAct(f"there is no option {value!r}; there is: {offered or 'none'}")


def _initial(element: Json) -> Json:
    kind = str(element["type"])
    key = _VALUES[kind]
    name = _INITIAL.get(kind) or key.replace("selected_", "initial_")
    value = element.get(name)
    return {"type": kind, key: [] if value is None and kind == "checkboxes" else value}


def labels(body: Json) -> list[str]:
    """The texts on everything that can be pressed, in order."""
    return [each.label or next(texts(each.element), "") for each in elements(body)]
