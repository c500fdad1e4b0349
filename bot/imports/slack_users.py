"""Slack's `users.list`: who is there, for those whom an export knows by their addresses alone."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.config.problem import InvalidConfiguration, Problem
from bot.imports.file import Json, read
from bot.imports.people import SLACK, fits
from bot.imports.workspace import Workspace


def slack_users(file: Path) -> Workspace:
    """Who is in Slack; bots are passed over, and so are doubtful addresses."""
    ids: dict[str, set[str]] = {}
    left: set[str] = set()
    members, count, whole = set(), 0, True
    for document in read(file).documents:
        whole = whole and not _goes_on(document.data)
        for member in _members(document.data):
            count += 1
            address, identifier = _address(member), member.get("id")
            if not isinstance(identifier, str) or not fits(SLACK, identifier) or member.get("is_bot") is True:
                continue
            if member.get("deleted") is True:
                left.update({address, identifier} - {""})
                continue
            members.add(identifier)
            if address:
                ids.setdefault(address, set()).add(identifier)
    if not ids:
        raise InvalidConfiguration([_nothing(file, count)])
    return Workspace(
        ids={address: next(iter(found)) for address, found in ids.items() if len(found) == 1},
        left=frozenset(left - ids.keys()),
        shared=frozenset(address for address, found in ids.items() if len(found) > 1),
        members=frozenset(members),
        listed=True,
        whole=whole,
    )


def _address(member: Mapping[str, Json]) -> str:
    profile = member.get("profile")
    address = profile.get("email") if isinstance(profile, dict) else None
    return address.strip().lower() if isinstance(address, str) else ""


def _goes_on(data: Json) -> bool:
    """Whether the last answer of several, or the only one, says that there is another page."""
    last = data[-1] if isinstance(data, list) and data else data
    match last:
        case {"response_metadata": {"next_cursor": str(cursor)}}:
            return bool(cursor)
        case _:
            return False


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
