"""Reading Jira's JSON without trusting its shape: what is not there reads as empty."""

from collections.abc import Mapping, Sequence


def mapping(value: object) -> Mapping[str, object]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> Sequence[object]:
    """A list, or an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """A string, or an empty one."""
    return value if isinstance(value, str) else ""


def at(value: object, *path: str) -> object:
    """What stands under nested names, or None."""
    for name in path:
        value = mapping(value).get(name)
    return value


def plain(value: object, limit: int = 60) -> str:
    """A name from Jira that is safe to show and to log: one line, printable, short."""
    return "".join(character for character in text(value) if character.isprintable())[:limit]
