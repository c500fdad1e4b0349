"""Sights: what the cards in Slack remember of incidents."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

import structlog

from bot.delivery.slack.client import Answer, SlackClient
from bot.delivery.slack.pace import Rank
from bot.delivery.slack.search import by_us, carried
from bot.domain.alert import MessageRef
from bot.domain.sight import Sight
from bot.ports import Directory, Sightings
from bot.render.sight import sight

log = structlog.get_logger(__name__)

PAGE_SIZE = 200
MOST = 10_000
"""So many messages of one channel are looked at."""


class SlackSights:
    """A bot.ports.Witness. Raises DeliveryError and nothing else."""

    def __init__(self, client: SlackClient, directory: Directory, *, most: int = MOST) -> None:
        self._client = client
        self._directory = directory
        self._most = most

    async def of(self, card: MessageRef) -> Sight | None:
        """What that card tells; None when it is gone, or tells nothing."""
        args = {"oldest": card.ts, "latest": card.ts}
        async for messages, _ in self._history(card.channel, args, 1):
            for message in messages:
                if str(message.get("ts")) == card.ts:
                    return sight(carried(message), card)
        return None

    async def since(self, channel: str, at: datetime) -> Sightings:
        """All cards that were posted to a channel since then, as far as they can be seen."""
        place = await self._directory.channel_id(channel)
        if place is None:
            log.warning("channel_not_asked", channel=channel, why="there is none of that name for us")
            return Sightings(complete=False)
        found, complete = list[Sight](), True
        args = {"oldest": f"{at.timestamp():.6f}"}
        async for messages, more in self._history(place, args, self._most):
            seen = (sight(carried(each), MessageRef(channel=place, ts=str(each["ts"]))) for each in messages)
            found += [each for each in seen if each is not None]
            complete = not more
        if not complete:
            log.warning("channel_not_asked", channel=channel, why=f"more than {self._most} messages")
        return Sightings(sights=found, complete=complete)

    async def _history(
        self, channel: str, args: Mapping[str, object], most: int
    ) -> AsyncIterator[tuple[list[Answer], bool]]:
        """The newest messages that are our own, and whether there are more than were asked for.

        Others could carry our facts, to make us believe that somebody has it.
        """
        me = await self._client.whoami()
        ours = frozenset({me.bot_id, me.bot_user_id} - {""})
        asked = {"channel": channel, "inclusive": True, "include_all_metadata": True, **args}
        for start in range(0, most, PAGE_SIZE):
            asked["limit"] = min(PAGE_SIZE, most - start)
            answer = await self._client.read("conversations.history", asked, rank=Rank.COSMETIC)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            yield [each for each in answer.get("messages") or () if by_us(each, ours)], bool(cursor)
            if not cursor:
                return
            asked["cursor"] = cursor
