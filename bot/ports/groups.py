"""The ports for Slack's user groups: how the members of one are read, and what is remembered of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class Groups(Protocol):
    """Asks Slack for user groups."""

    async def members(self, group: str) -> tuple[str, ...]:
        """The Slack user ids of everybody in it. Raises DeliveryError."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackGroup:
    """What is known of a user group: its last good reading, and how the newest attempt went.

    `members` are those who can be paged; None before the first good reading. `left_out` are others of the
    group, each with the reason. `problem` is why the newest attempt failed; None when it went well.
    """

    id: str
    members: tuple[str, ...] | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    read_at: datetime | None = None
    tried_at: datetime
    problem: str | None = None


class GroupTx(Protocol):
    """What a transaction knows of user groups."""

    def groups(self) -> dict[str, SlackGroup]:
        """All that were ever read, or tried, by their ids."""
        ...

    def group_read(
        self, group: str, members: tuple[str, ...], left_out: Mapping[str, str], now: datetime
    ) -> None:
        """Remember a good reading."""
        ...

    def group_unread(self, group: str, problem: str, now: datetime) -> None:
        """Remember that it could not be read; the last good reading stays."""
        ...
