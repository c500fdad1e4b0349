"""Sights: what the cards in Slack remember of incidents."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from bot.delivery.slack.client import Answer, SlackClient
from bot.delivery.slack.messages import by_us, carried
from bot.delivery.slack.pace import Rank
from bot.domain.alert import MessageRef
from bot.domain.sight import Sight
from bot.ports import Directory
from bot.render.sight import sight

PAGE_SIZE = 200
MOST_PAGES = 50


class SlackSights:
    """A bot.ports.Witness. Raises DeliveryError and nothing else."""

    def __init__(self, client: SlackClient, directory: Directory) -> None:
        self._client = client
        self._directory = directory

    async def of(self, card: MessageRef) -> Sight | None:
        """What that card tells; None when it is gone, or tells nothing."""
        args = {"oldest": card.ts, "latest": card.ts, "limit": 1}
        async for message in self._history(card.channel, args):
            if str(message.get("ts")) == card.ts:
                return sight(carried(message), card)
        return None

    async def since(self, channel: str, at: datetime) -> Sequence[Sight]:
        """All cards that were posted to a channel since then."""
        place = await self._directory.channel_id(channel)
        if place is None:
            return ()
        args = {"oldest": f"{at.timestamp():.6f}", "limit": PAGE_SIZE}
        found = [
            sight(carried(message), MessageRef(channel=place, ts=str(message["ts"])))
            async for message in self._history(place, args)
        ]
        return [each for each in found if each is not None]

    async def _history(self, channel: str, args: Mapping[str, object]) -> AsyncIterator[Answer]:
        """Our own messages: others could carry our facts, to make us believe that somebody has it."""
        me = await self._client.whoami()
        ours = frozenset({me.bot_id, me.bot_user_id} - {""})
        asked = {"channel": channel, "inclusive": True, "include_all_metadata": True, **args}
        for _ in range(MOST_PAGES):
            answer = await self._client.read("conversations.history", asked, rank=Rank.COSMETIC)
            for message in answer.get("messages") or ():
                if by_us(message, ours):
                    yield message
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
            asked["cursor"] = cursor
