"""What changed between two states of an issue, and how accepted fields make the next state."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypedDict, cast

from bot.sandbox.jira.model import Change, Issue, Link, Status
from bot.sandbox.jira.refusal import Refusal

PROPERTY_LIMIT = 32_768
NAME_LIMIT = 255


class Accepted(TypedDict, total=False):
    """The attributes of an issue that fields and transitions set."""

    summary: str
    description: str
    labels: tuple[str, ...]
    priority: str | None
    resolution: str | None
    components: tuple[str, ...]
    security: str | None
    assignee: str | None
    status: Status
    custom: Mapping[str, object]


def patched(issue: Issue, accepted: Mapping[str, object]) -> Issue:
    """The issue with these attributes; custom fields are added to those it has."""
    chosen = cast("Accepted", dict(accepted))
    if "custom" in chosen:
        chosen["custom"] = {**issue.custom, **chosen["custom"]}
    return replace(issue, **chosen)


def differences(before: Issue, after: Issue, at: datetime, by: str) -> Iterator[Change]:
    """One line for each field that differs."""
    pairs = {
        name: (getattr(before, name), getattr(after, name))
        for name in Accepted.__annotations__
        if name != "custom"
    }
    for name in {**before.custom, **after.custom}:
        pairs[name] = (before.custom.get(name), after.custom.get(name))
    for name, (old, new) in pairs.items():
        if old != new:
            yield Change(at=at, by=by, field=name, before=shown(old), after=shown(new))


def shown(value: object) -> str | None:
    """A value as the history shows it."""
    if value is None or value == "":
        return None
    if isinstance(value, Status):
        return value.name
    if isinstance(value, tuple):
        return " ".join(str(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value)


def linked(number: str, kind: str, inward: Issue, outward: Issue) -> tuple[tuple[Issue, Link], ...]:
    """Both ends of a link between two issues, each as the issue at that end sees it."""
    return (
        (inward, Link(id=number, kind=kind, other=outward.key, inward=True)),
        (outward, Link(id=number, kind=kind, other=inward.key, inward=False)),
    )


def check_property(name: object, value: object) -> None:
    """Refuse a property whose name is too long, or whose value is larger than 32 KB."""
    if not isinstance(name, str) or not 0 < len(name) <= NAME_LIMIT:
        raise Refusal(400, "The property key cannot be empty or longer than 255 characters.")
    if len(json.dumps(value).encode()) > PROPERTY_LIMIT:
        raise Refusal(400, "The property value cannot be longer than 32768 characters.")
