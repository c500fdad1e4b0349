"""User groups: who is in them."""

from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.pace import Rank


class SlackGroups:
    """A bot.ports.groups.Groups."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def members(self, group: str) -> tuple[str, ...]:
        """The Slack user ids of everybody in it. Raises DeliveryError."""
        answer = await self._client.read("usergroups.users.list", {"usergroup": group}, rank=Rank.COSMETIC)
        return tuple(str(user) for user in answer.get("users") or ())
