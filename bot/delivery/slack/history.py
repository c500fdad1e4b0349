"""What was posted to a channel before we looked: `conversations.history`, within bounds."""

from collections.abc import Mapping

from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.pace import Rank
from bot.ports.history import Past

PAGE_SIZE = 200


class SlackHistory:
    """A bot.ports.history.History."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def of(self, channel: str, *, since: str = "", most: int = 200) -> Past:
        """Page by page, the newest first; paced behind everything that somebody waits for."""
        found: list[Mapping[str, object]] = []
        asked: dict[str, object] = {"channel": channel, "include_all_metadata": True, "inclusive": True}
        if since:
            asked["oldest"] = since
        while len(found) < most:
            asked["limit"] = min(PAGE_SIZE, most - len(found))
            answer = await self._client.read("conversations.history", asked, rank=Rank.COSMETIC)
            found += [each for each in answer.get("messages") or () if isinstance(each, dict)]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return Past(messages=found)
            asked["cursor"] = cursor
        return Past(messages=found, more=True)
