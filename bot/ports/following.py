"""The port for Slack user groups that follow schedules."""

from collections.abc import Sequence
from typing import Protocol


class FollowedGroups(Protocol):
    """Sets who is in a user group."""

    async def put(self, group: str, members: Sequence[str]) -> bool:
        """Make the group consist of these Slack user ids; False when it did already.

        Nobody is a mistake of the caller: Slack refuses it. Raises DeliveryError.
        """
        ...
