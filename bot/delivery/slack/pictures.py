"""Pictures: announced, uploaded and shared, as Slack wants files to come."""

import json

from bot.delivery.slack.client import SlackClient, harmless
from bot.delivery.slack.pace import Rank
from bot.errors import DeliveryError, Outcome
from bot.ports.pictures import Picture

LONGEST_ALT = 1000
ELSEWHERE = frozenset({"not_in_channel", "channel_not_found", "is_archived", "posting_to_channel_denied"})
"""Why a picture is shown in private instead."""


class SlackPictures:
    """A bot.ports.pictures.Exhibition."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def show(self, picture: Picture, channel: str, user: str) -> str:
        """Where it cannot be shared in the channel, the one who asked gets it."""
        file = await self._uploaded(picture)
        try:
            await self._share(file, picture, channel)
        except DeliveryError as error:
            if error.reason == "not_in_channel" and await self._joined(channel):
                await self._share(file, picture, channel)
            elif error.reason in ELSEWHERE:
                channel = await self._direct(user)
                await self._share(file, picture, channel)
            else:
                raise
        return channel

    async def _uploaded(self, picture: Picture) -> str:
        """Nobody sees it yet, so whatever goes wrong it can be done again."""
        asked = {
            "filename": picture.name,
            "length": str(len(picture.png)),
            "alt_txt": picture.alt[:LONGEST_ALT],
        }
        try:
            answer = await self._client.form("files.getUploadURLExternal", asked, rank=Rank.COSMETIC)
            await self._client.upload(str(answer["upload_url"]), picture.png)
        except DeliveryError as error:
            raise harmless(error) from error
        return str(answer["file_id"])

    async def _share(self, file: str, picture: Picture, channel: str) -> None:
        if not channel:
            raise DeliveryError(Outcome.REJECTED, "channel_not_found")
        files = json.dumps([{"id": file, "title": picture.title}])
        args = {"files": files, "channel_id": channel, "initial_comment": picture.title}
        await self._client.form("files.completeUploadExternal", args, rank=Rank.COSMETIC)

    async def _joined(self, channel: str) -> bool:
        try:
            await self._client.write("conversations.join", {"channel": channel}, rank=Rank.COSMETIC)
        except DeliveryError:
            return False
        return True

    async def _direct(self, user: str) -> str:
        try:
            answer = await self._client.write("conversations.open", {"users": user}, rank=Rank.COSMETIC)
        except DeliveryError as error:
            raise harmless(error) from error
        return str(answer["channel"]["id"])
