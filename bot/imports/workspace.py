"""Workspace: who is in Slack, and who is there no longer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Absence(StrEnum):
    """Why somebody has no Slack user id."""

    UNASKED = "nobody asked Slack"
    LEFT = "deactivated"
    UNKNOWN = "not listed"
    SHARED = "an address of several"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """Answers of Slack's `users.list`; without any it is not `listed`, and nothing is known.

    `ids` are those of members by e-mail address in lower case, `left` the addresses and the ids of those who
    are deactivated, `shared` addresses that several have, `members` all ids of who is there. It is `whole`
    unless the last page is missing.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    left: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    listed: bool = False
    whole: bool = True

    def absence(self, address: str) -> Absence:
        """Why nobody there has that address."""
        if not self.listed:
            return Absence.UNASKED
        if address in self.shared:
            return Absence.SHARED
        return Absence.LEFT if address in self.left else Absence.UNKNOWN
