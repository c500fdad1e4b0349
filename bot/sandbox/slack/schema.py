"""Small checks that combine: each looks at one JSON value and reports problems with Slack's JSON pointers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that Slack would refuse, and where it stands."""

    pointer: str
    message: str

    def __str__(self) -> str:
        return f"[ERROR] {self.message} [json-pointer:{self.pointer}]"


Report = list[Problem]
Check = Callable[[object, str, Report], None]


def fail(report: Report, pointer: str, message: str) -> None:
    """Note a problem."""
    report.append(Problem(pointer=pointer, message=message))


def string(least: int, most: int) -> Check:
    """A string of so many characters, both ends included."""

    def check(value: object, at: str, report: Report) -> None:
        if not isinstance(value, str):
            fail(report, at, "must be a string")
        elif len(value) < least:
            fail(report, at, f"must be more than {least - 1} characters")
        elif len(value) > most:
            fail(report, at, f"must be less than {most + 1} characters")

    return check


def flag(value: object, at: str, report: Report) -> None:
    """A boolean."""
    if not isinstance(value, bool):
        fail(report, at, "must be a boolean")


def anything(value: object, at: str, report: Report) -> None:
    """Whatever it is, Slack's rule for it is not known or does not matter here."""


def whole(least: int, most: int) -> Check:
    """An integer of a range, both ends included."""

    def check(value: object, at: str, report: Report) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            fail(report, at, "must be an integer")
        elif not least <= value <= most:
            fail(report, at, f"must be between {least} and {most}")

    return check


def choice(*allowed: str) -> Check:
    """One of a few strings."""

    def check(value: object, at: str, report: Report) -> None:
        if value not in allowed:
            fail(report, at, f"must be a valid enum value: {', '.join(allowed)}")

    return check


def several(item: Check, least: int, most: int) -> Check:
    """An array of so many items, each of which passes `item`."""

    def check(value: object, at: str, report: Report) -> None:
        if not isinstance(value, list):
            fail(report, at, "must be an array")
            return
        if len(value) < least:
            fail(report, at, f"no less than {least} items required")
        if len(value) > most:
            fail(report, at, f"no more than {most} items allowed")
        for number, each in enumerate(value[:most]):
            item(each, f"{at}/{number}", report)

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these properties and no others."""
    known = {**required, **(optional or {})}

    def check(value: object, at: str, report: Report) -> None:
        if not isinstance(value, dict):
            fail(report, at, "must be an object")
            return
        for name in required:
            if value.get(name) is None:
                fail(report, at, f"missing required field: {name}")
        for name, inner in value.items():
            if name not in known:
                fail(report, at, f"invalid additional property: {name}")
            elif inner is not None:
                known[name](inner, f"{at}/{name}", report)

    return check


def typed(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` decides which check it must pass."""

    def check(value: object, at: str, report: Report) -> None:
        if not isinstance(value, dict):
            fail(report, at, "must be an object")
        elif not isinstance(value.get("type"), str):
            fail(report, at, "missing required field: type")
        elif value["type"] not in kinds:
            fail(report, f"{at}/type", f"unsupported type: {value['type']}")
        else:
            kinds[value["type"]](value, at, report)

    return check
