"""User groups that follow schedules: they are given their members, when they have others."""

from collections.abc import Sequence

from bot.delivery.slack.client import SlackClient, harmless
from bot.delivery.slack.pace import Rank
from bot.errors import DeliveryError


class SlackFollowedGroups:
    """A bot.ports.following.FollowedGroups."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def put(self, group: str, members: Sequence[str]) -> bool:
        """Look first: to set the same members again would be told to the whole workspace."""
        if not members:
            raise ValueError("a user group is never emptied")
        asked = {"usergroup": group}
        answer = await self._client.read("usergroups.users.list", asked, rank=Rank.COSMETIC)
        if set(answer.get("users") or ()) == set(members):
            return False
        args = {"usergroup": group, "users": ",".join(members)}
        try:
            await self._client.write("usergroups.users.update", args, rank=Rank.COSMETIC)
        except DeliveryError as error:
            raise harmless(error) from error  # to set the same members once more changes nothing
        return True
