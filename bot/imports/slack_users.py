"""Slack's `users.list`: member ids by e-mail address, for those whom an export knows by address alone."""

from collections.abc import Iterator
from pathlib import Path

from bot.config.problem import InvalidConfiguration, Problem
from bot.imports.file import Json, read
from bot.imports.people import SLACK, fits


def slack_users(file: Path) -> dict[str, str]:
    """Ids by address in lower case; bots and people who left are passed over, doubtful addresses too."""
    found: dict[str, set[str]] = {}
    members = 0
    for document in read(file).documents:
        for member in _members(document.data):
            members += 1
            profile = member.get("profile")
            address = profile.get("email") if isinstance(profile, dict) else None
            identifier = member.get("id")
            gone = member.get("deleted") is True or member.get("is_bot") is True
            if (
                isinstance(address, str)
                and isinstance(identifier, str)
                and fits(SLACK, identifier)
                and not gone
            ):
                found.setdefault(address.strip().lower(), set()).add(identifier)
    if not found:
        raise InvalidConfiguration([_nothing(file, members)])
    return {address: next(iter(ids)) for address, ids in found.items() if len(ids) == 1}


def _nothing(file: Path, members: int) -> Problem:
    message, remedy = "is no answer of Slack's `users.list`", "Save that method's answer as JSON."
    if members:
        message = f"has {members} members, but nobody's e-mail address"
        remedy = "The token needs the scope `users:read.email`."
    return Problem(file=str(file), line=None, path="members", message=message, remedy=remedy)


def _members(data: Json) -> Iterator[dict[str, Json]]:
    match data:
        case {"members": list(members)}:
            yield from (one for one in members if isinstance(one, dict))
        case list():
            for one in data:
                if isinstance(one, dict) and "members" not in one:
                    yield one
                else:
                    yield from _members(one)
        case _:
            return
