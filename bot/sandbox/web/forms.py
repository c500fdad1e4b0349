"""What a form of the pages says: which element was pressed, and what stands in the fields."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from multidict import MultiMapping

from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.targets import CannotAct, Found, elements
from bot.sandbox.web.fields import PICK
from bot.sandbox.web.reader import Reader

Form = MultiMapping[str]
_STATELESS = ("button", "overflow", "image")


@dataclass(frozen=True, kw_only=True)
class Press:
    """A press as the form tells it: the element by `block/action`, and for a menu which option."""

    name: str
    option: int | None = None


def pressed(form: Form) -> Press:
    """Read `3:block/action`; the number stands only for options of an overflow menu."""
    number, colon, name = str(form.get("press", "")).partition(":")
    if not colon or not name:
        raise CannotAct("nothing was pressed")
    return Press(name=name, option=int(number) if number.isdecimal() else None)


def located(body: Json, name: str) -> Found:
    """The element of that name."""
    for found in elements(body):
        if named(found) == name:
            return found
    raise CannotAct("what you pressed is not there any more")


def named(found: Found) -> str:
    """`block/action`: the name of an element in forms."""
    return f"{found.block.get('block_id')}/{found.element.get('action_id')}"


def value_of(found: Found, press: Press, form: Form, reader: Reader) -> object:
    """What was chosen by the press; None for a button."""
    if press.option is not None:
        options: list[Json] = found.element.get("options") or []
        if press.option >= len(options):
            raise CannotAct("there is no such option")
        return options[press.option]
    return None if found.element["type"] == "button" else _held(found, form, reader)


def filled(body: Json, form: Form, reader: Reader) -> dict[str, object]:
    """What stands in the fields of a view, by `block/action`."""
    return {
        named(found): _held(found, form, reader)
        for found in elements(body)
        if found.element["type"] not in _STATELESS
    }


def _held(found: Found, form: Form, reader: Reader) -> object:
    kind = str(found.element["type"])
    given = [str(each).replace("\r\n", "\n") for each in form.getall(PICK + named(found), [])]
    several = [each for each in given if each]
    if kind.startswith("multi_") or kind == "checkboxes":
        return several
    if not several:
        return None
    read: Callable[[str, Reader], object] = _instant if kind == "datetimepicker" else _text
    return read(several[0], reader)


def _text(value: str, _: Reader) -> str:
    return value


def _instant(value: str, reader: Reader) -> int:
    try:
        there = datetime.fromisoformat(value)
    except ValueError:
        raise CannotAct("that is not a time") from None
    return int(there.replace(tzinfo=reader.zone).timestamp())
